//! Hashes.

mod count;
mod expiry;
mod whole;

use std::marker::PhantomData;

use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Elements, Flag, Many, Maybe, Number, One, Pairs};
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

use super::keyed::Keyed;

/// Commands for one element of many take at most this many of them; more go into several commands.
const ENTRIES_PER_COMMAND: usize = 500;
/// What the server may be asked for at random: more than it has is as good as all.
const SAMPLE_AT_MOST: usize = 1 << 31;

/// A Redis hash: keys and values, without order.
///
/// Stand-alone it is [`Store::map`](crate::Store::map); as a field of a model it is what a `HashMap` or a `BTreeMap`
/// becomes. An empty map is no key at all: it exists with its first entry and is gone with its last.
///
/// Two keys are the same if their bytes are. A key without an encoding (a NaN) cannot be in a map, so looking for one
/// finds nothing; inserting it is an [`Encode`](crate::ErrorKind::Encode) error.
///
/// Whatever an operation does, it does atomically and in one round trip, except [`iter`](Map::iter); so each can be
/// part of a [`transaction`](crate::Store::transaction). All of them fail with
/// [`WrongType`](crate::ErrorKind::WrongType) if something else than a hash is at the key, and leave that untouched,
/// and those that read keys or values fail with [`Decode`](crate::ErrorKind::Decode) if they are not of the types `K`
/// and `V`. A time to live stays as it is, as long as the map is not empty.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let stock = store.map::<String, u32>("stock");
/// stock.extend([("pears", 7), ("plums", 40)]).wait()?;
/// assert!(!stock.insert("pears", 8).wait()?, "the key was there already");
/// assert_eq!(stock.get("pears").wait()?, Some(8));
/// assert_eq!(stock.incr("plums", -2).wait()?, 38);
/// assert_eq!(stock.get_many(["plums", "figs"]).wait()?, [Some(38), None]);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Map<K, V, C = Native> {
    at: Keyed,
    types: PhantomData<Types<K, V, C>>,
}

/// It gives entries and holds none, so it can be sent wherever it is used.
type Types<K, V, C> = fn() -> (K, V, C);

super::handle!(Map<K, V>);

impl<K: Storable, V: Storable, C: Codec> Map<K, V, C> {
    /// The value of a key, or `None`. `HGET`, O(1).
    pub fn get(&self, key: impl Arg<K>) -> Command<Option<V>> {
        match self.sought("HGET", key) {
            Some(request) => Command::new::<Maybe<V, C>>(self.place(), request),
            None => Command::known(self.place(), None),
        }
    }

    /// The value of a key, or `default`. The map is not changed. `HGET`, O(1).
    pub fn get_or(&self, key: impl Arg<K>, default: V) -> Command<V> {
        self.get(key).map(|value| value.unwrap_or(default))
    }

    /// The values of several keys, in the order of the keys, `None` for those that are not there. `HMGET`, O(1) for
    /// each; for no keys nothing is sent.
    pub fn get_many<I>(&self, keys: I) -> Command<Vec<Option<V>>>
    where
        I: IntoIterator<Item: Arg<K>>,
    {
        let mut encodable = Vec::new();
        let request = Request::read().command("HMGET", |a| {
            a.key(self.key());
            encodable.extend(keys.into_iter().map(|key| a.sought::<C, _>(key.__as())));
        });
        let sent = encodable.iter().filter(|sent| **sent).count();
        if sent == 0 {
            return Command::known(self.place(), encodable.iter().map(|_| None).collect());
        }
        let command = Command::new::<Many<Vec<Option<V>>, Maybe<V, C>>>(self.place(), request);
        if sent == encodable.len() {
            return command;
        }
        command.map(move |found| {
            let mut found = found.into_iter();
            encodable.into_iter().map(|sent| if sent { found.next().flatten() } else { None }).collect()
        })
    }

    /// Whether there is a value for the key. `HEXISTS`, O(1).
    pub fn contains_key(&self, key: impl Arg<K>) -> Command<bool> {
        match self.sought("HEXISTS", key) {
            Some(request) => Command::new::<Flag>(self.place(), request),
            None => Command::known(self.place(), false),
        }
    }

    /// How many entries there are. `HLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        Command::new::<Number<usize>>(
            self.place(),
            Request::read().command("HLEN", |a| _ = a.key(self.key())),
        )
    }

    /// Whether there are no entries. `HLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|len| len == 0)
    }

    /// Sets the value of a key, and says whether the key is new. `HSET`, O(1).
    ///
    /// # Errors
    /// `Encode` if the key or the value has no encoding.
    pub fn insert(&self, key: impl Arg<K>, value: impl Arg<V>) -> Command<bool> {
        let request = self.request_with("HSET", key, value);
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// Sets the value of a key that has none yet, and says whether it did so. `HSETNX`, O(1).
    ///
    /// # Errors
    /// `Encode` if the key or the value has no encoding.
    pub fn insert_if_absent(&self, key: impl Arg<K>, value: impl Arg<V>) -> Command<bool> {
        let request = self.request_with("HSETNX", key, value);
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// The value of a key, after it was set to `value` if there was none: all who ask at the same time get the same.
    /// A script of `HGET` and `HSET`, O(1).
    ///
    /// # Errors
    /// `Encode` if the key or the value has no encoding.
    pub fn get_or_insert(&self, key: impl Arg<K>, value: impl Arg<V>) -> Command<V> {
        static GET_OR_INSERT: Script = Script::new(include_str!("../../scripts/map_get_or_insert.lua"));
        let request = Request::write().eval(&GET_OR_INSERT, &[self.key()], |a| {
            a.member::<C, _>(key.__as()).value::<C, _>(value.__as());
        });
        Command::new::<One<V, C>>(self.place(), request.bears(self.place()))
    }

    /// Sets the value of a key, and returns the one it had before. A script of `HGET` and `HSET`, O(1).
    ///
    /// # Errors
    /// `Encode` if the key or the value has no encoding. `Decode` if the old value is not a `V`; the new one is set
    /// then all the same.
    pub fn swap(&self, key: impl Arg<K>, value: impl Arg<V>) -> Command<Option<V>> {
        static REPLACE: Script = Script::new(include_str!("../../scripts/map_replace.lua"));
        let request = Request::write().eval(&REPLACE, &[self.key()], |a| {
            a.member::<C, _>(key.__as()).value::<C, _>(value.__as());
        });
        Command::new::<Maybe<V, C>>(self.place(), request.bears(self.place()))
    }

    /// Removes an entry, and says whether it was there. `HDEL`, O(1). [`take`](Map::take) also returns the value.
    pub fn remove(&self, key: impl Arg<K>) -> Command<bool> {
        let mut found = false;
        let request =
            Request::write().command("HDEL", |a| found = a.key(self.key()).sought::<C, _>(key.__as()));
        if found { Command::new::<Flag>(self.place(), request) } else { Command::known(self.place(), false) }
    }

    /// Removes an entry, and returns its value. A script of `HGET` and `HDEL`, O(1).
    ///
    /// # Errors
    /// `Decode` if the value is not a `V`; it is removed then all the same.
    pub fn take(&self, key: impl Arg<K>) -> Command<Option<V>> {
        static TAKE: Script = Script::new(include_str!("../../scripts/map_take.lua"));
        let mut found = false;
        let request = Request::write().eval(&TAKE, &[self.key()], |a| found = a.sought::<C, _>(key.__as()));
        if found {
            Command::new::<Maybe<V, C>>(self.place(), request)
        } else {
            Command::known(self.place(), None)
        }
    }

    /// Removes any entry, at random, and returns it; `None` if there are none. A script of `HRANDFIELD` and `HDEL`,
    /// O(1).
    ///
    /// # Errors
    /// `Decode` if the entry is not of the types `K` and `V`; it is removed then all the same.
    pub fn pop_any(&self) -> Command<Option<(K, V)>> {
        static POP_ANY: Script = Script::new(include_str!("../../scripts/map_pop_any.lua"));
        let request = Request::write().eval(&POP_ANY, &[self.key()], |_| {});
        Command::new::<Pairs<K, V, C>>(self.place(), request).mapped(|mut entries| entries.pop())
    }

    /// Removes several entries, and says how many of them were there. `HDEL`, O(1) for each, up to 500 in a command;
    /// more go in one `MULTI`. For no keys nothing is sent.
    pub fn remove_many<I>(&self, keys: I) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<K>>,
    {
        let mut keys = keys.into_iter().peekable();
        let mut request = Request::write().atomic();
        while keys.peek().is_some() {
            let (mut chunk, mut failed) = (Vec::new(), None);
            let mut arguments = Arguments::over(&mut chunk, &mut failed);
            let encodable = keys.by_ref().take(ENTRIES_PER_COMMAND);
            let count = encodable.filter(|key| arguments.sought::<C, _>(key.__as())).count();
            if count > 0 {
                request.push("HDEL", |a| _ = a.key(self.key()).packed(&chunk, count));
            }
        }
        self.counted(request)
    }

    /// Sets several entries, and says how many of their keys are new. Of entries with the same key the last one wins.
    /// `HSET`, O(1) for each, up to 500 in a command; more go in one `MULTI`. For no entries nothing is sent.
    ///
    /// # Errors
    /// `Encode` if a key or a value has no encoding; then nothing is sent.
    pub fn extend<I, A, B>(&self, entries: I) -> Command<usize>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Arg<K>,
        B: Arg<V>,
    {
        let mut entries = entries.into_iter().peekable();
        let mut request = Request::write().atomic();
        while entries.peek().is_some() {
            request.push("HSET", |a| {
                a.key(self.key());
                for (key, value) in entries.by_ref().take(ENTRIES_PER_COMMAND) {
                    a.member::<C, _>(key.__as()).value::<C, _>(value.__as());
                }
            });
        }
        self.counted(request.bears(self.place()))
    }

    /// Sets several keys to one value, and says how many of them are new. `HSET`, as in [`extend`](Map::extend).
    ///
    /// # Errors
    /// `Encode` if a key or the value has no encoding; then nothing is sent.
    pub fn extend_keys<I>(&self, keys: I, value: impl Arg<V>) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<K>>,
    {
        let mut packed = Vec::new();
        let mut failed = None;
        Arguments::over(&mut packed, &mut failed).value::<C, _>(value.__as());
        if let Some(error) = failed {
            return Command::refused(self.place(), error);
        }
        let mut keys = keys.into_iter().peekable();
        let mut request = Request::write().atomic();
        while keys.peek().is_some() {
            request.push("HSET", |a| {
                a.key(self.key());
                for key in keys.by_ref().take(ENTRIES_PER_COMMAND) {
                    a.member::<C, _>(key.__as()).packed(&packed, 1);
                }
            });
        }
        self.counted(request.bears(self.place()))
    }

    /// Any key, at random. `HRANDFIELD`, O(1).
    pub fn random_key(&self) -> Command<Option<K>> {
        Command::new::<Maybe<K, C>>(
            self.place(),
            Request::read().command("HRANDFIELD", |a| _ = a.key(self.key())),
        )
    }

    /// Up to `count` different entries, at random; all of them if there are not more. `HRANDFIELD`, O(`count`).
    pub fn random_entries(&self, count: usize) -> Command<Vec<(K, V)>> {
        let request = Request::read().command("HRANDFIELD", |a| {
            a.key(self.key()).int(count.min(SAMPLE_AT_MOST)).raw(b"WITHVALUES");
        });
        Command::new::<Pairs<K, V, C>>(self.place(), request)
    }

    /// All keys, in no order. `HKEYS`, O(n).
    pub fn keys(&self) -> Command<Vec<K>> {
        let request = Request::read().command("HKEYS", |a| _ = a.key(self.key()));
        Command::new::<Elements<Vec<K>, K, C>>(self.place(), request)
    }

    /// All values, in no order. `HVALS`, O(n).
    pub fn values(&self) -> Command<Vec<V>> {
        let request = Request::read().command("HVALS", |a| _ = a.key(self.key()));
        Command::new::<Elements<Vec<V>, V, C>>(self.place(), request)
    }

    /// A command that looks for one key; `None` if the key has no encoding.
    fn sought(&self, command: &str, key: impl Arg<K>) -> Option<Request> {
        let mut found = false;
        let request =
            Request::read().command(command, |a| found = a.key(self.key()).sought::<C, _>(key.__as()));
        found.then_some(request)
    }

    /// A command for one entry.
    fn request_with(&self, command: &str, key: impl Arg<K>, value: impl Arg<V>) -> Request {
        Request::write().command(command, |a| {
            a.key(self.key()).member::<C, _>(key.__as()).value::<C, _>(value.__as());
        })
    }

    /// Runs commands that each answer with a count, and adds the counts up.
    fn counted(&self, request: Request) -> Command<usize> {
        match request.len() {
            0 => Command::known(self.place(), 0),
            1 => Command::new::<Number<usize>>(self.place(), request),
            _ => Command::several::<Number<usize>>(self.place(), request)
                .map(|counts| counts.into_iter().sum()),
        }
    }
}
