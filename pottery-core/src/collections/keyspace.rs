//! All keys behind a prefix, as one dictionary.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::time::Duration;

use super::iter::{Iter, Page};
use super::value::Value;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Bytes, Done, Flag, Many, Maybe, Number, Scanned, undecodable};
use crate::error::{Error, Result};
use crate::key::{Key, escape_glob};
use crate::operation::{Operation, Run};
use crate::place::Place;
use crate::request::Request;
use crate::storable::Storable;
use crate::store::Store;

/// How many keys the server looks at for a page.
const LOOKED_AT: usize = 1000;

/// The values of all string keys behind a prefix: a dictionary that has no key of its own.
///
/// It is [`Store::keyspace`]. Its keys are what stands behind the prefix, and each value is a [`Value`]: by
/// [`at`](Keyspace::at) it can be had as one, with times to live and all. Keys of other types are not of it: what goes
/// through all keys passes over them, and what reads one by its name is a [`WrongType`](crate::ErrorKind::WrongType)
/// error.
///
/// To go through all keys the server goes through all that its database has, whatever their names: in pages, so that
/// nobody waits, but in a time that grows with the whole database. `KEYS` is never sent.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let sessions = store.keyspace::<String>("session:");
/// sessions.set_for("4711", "ann", Duration::from_secs(3600)).wait()?;
/// assert_eq!(sessions.get("4711").wait()?.as_deref(), Some("ann"));
/// assert_eq!(sessions.get_many(["4711", "4712"]).wait()?, [Some("ann".to_owned()), None]);
/// for entry in sessions.iter().wait() {
///     let (key, name) = entry?;
///     println!("{key}: {name}");
/// }
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Keyspace<V, C = Native> {
    store: Store,
    /// With the namespace.
    prefix: Key,
    types: PhantomData<fn() -> (V, C)>,
}

impl Store {
    /// All values behind a prefix, which may be empty. Nothing is sent.
    pub fn keyspace<V: Storable>(&self, prefix: impl Into<Key>) -> Keyspace<V> {
        Keyspace { store: self.clone(), prefix: prefix.into().behind(self.prefix()), types: PhantomData }
    }
}

impl<V, C> Clone for Keyspace<V, C> {
    fn clone(&self) -> Self {
        Keyspace { store: self.store.clone(), prefix: self.prefix.clone(), types: PhantomData }
    }
}

impl<V, C> fmt::Debug for Keyspace<V, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyspace").field(&self.prefix).finish()
    }
}

/// Which keys of a [`Keyspace`] are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<u8>);

impl Pattern {
    /// All.
    #[must_use]
    pub fn all() -> Pattern {
        Pattern(b"*".to_vec())
    }

    /// Those that begin with this, whatever characters it has.
    #[must_use]
    pub fn prefix(start: impl Into<Key>) -> Pattern {
        let mut glob = Vec::new();
        escape_glob(start.into().as_bytes(), &mut glob);
        glob.push(b'*');
        Pattern(glob)
    }

    /// Those that match a pattern of Redis's: `*` is anything, `?` one byte, `[a-c]` one of these, `[^a]` one but these,
    /// and a backslash takes what follows as it is.
    #[must_use]
    pub fn glob(pattern: impl Into<Key>) -> Pattern {
        Pattern(pattern.into().as_bytes().to_vec())
    }
}

impl<V, C> Keyspace<V, C> {
    /// The same keys with another codec for their values.
    pub fn codec<D: Codec>(self) -> Keyspace<V, D> {
        Keyspace { store: self.store, prefix: self.prefix, types: PhantomData }
    }

    /// What all keys begin with, with the namespace.
    pub fn prefix(&self) -> &Key {
        &self.prefix
    }

    fn place(&self, key: impl Into<Key>) -> Place {
        Place::at(&self.store, key.into().behind(self.prefix.as_bytes()))
    }

    /// No key of it in particular.
    fn whole(&self) -> Place {
        Place::at(&self.store, self.prefix.clone())
    }

    /// A page of the keys that match, as they are in Redis.
    async fn page(&self, run: &Run, pattern: &Pattern, cursor: u64) -> Result<Page<Vec<u8>>> {
        let mut glob = Vec::new();
        escape_glob(self.prefix.as_bytes(), &mut glob);
        glob.extend_from_slice(&pattern.0);
        let request = Request::read().command("SCAN", |a| {
            a.int(cursor).raw(b"MATCH").raw(&glob).raw(b"COUNT").int(LOOKED_AT).raw(b"TYPE").raw(b"string");
        });
        let (keys, next) = run.command(Command::new::<Scanned<Bytes>>(&self.whole(), request)).await?;
        Ok((keys.into_iter().flatten().collect(), next))
    }

    /// The key behind the prefix.
    fn behind(&self, key: &[u8]) -> Key {
        Key::from(key.strip_prefix(self.prefix.as_bytes()).unwrap_or(key))
    }
}

impl<V: Storable, C: Codec> Keyspace<V, C> {
    /// The single value at a key. Nothing is sent.
    pub fn at(&self, key: impl Into<Key>) -> Value<V, C> {
        Value::open(self.place(key))
    }

    /// The value of a key, or `None`. `GET`, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `V`, `WrongType` if it is no string.
    pub fn get(&self, key: impl Into<Key>) -> Command<Option<V>> {
        self.at(key).get()
    }

    /// The value of a key, or `default` if there is none: what is stored comes back, also if it is 0, `false` or empty.
    /// Nothing is stored. `GET`, O(1).
    pub fn get_or(&self, key: impl Into<Key>, default: V) -> Command<V> {
        self.at(key).get_or(default)
    }

    /// The values of several keys, in the order of the keys, `None` for those that are not there, or are of another
    /// type. `MGET`, O(1) for each; for no keys nothing is sent. On a cluster all keys must be in one slot.
    pub fn get_many<I>(&self, keys: I) -> Command<Vec<Option<V>>>
    where
        I: IntoIterator<Item: Into<Key>>,
    {
        let keys: Vec<Place> = keys.into_iter().map(|key| self.place(key)).collect();
        if keys.is_empty() {
            return Command::known(&self.whole(), Vec::new());
        }
        let request = Request::read().command("MGET", |a| keys.iter().for_each(|key| _ = a.key(key.key())));
        Command::new::<Many<Vec<Option<Vec<u8>>>, Bytes>>(&self.whole(), request).try_map(move |found| {
            let decoded = |(place, bytes): (&Place, Option<Vec<u8>>)| match bytes {
                Some(bytes) => decoded::<V, C>(place, &bytes).map(Some),
                None => Ok(None),
            };
            keys.iter().zip(found).map(decoded).collect()
        })
    }

    /// Sets the value of a key, in place of whatever was there; a time to live stays. `SET key value KEEPTTL`, O(1).
    pub fn set(&self, key: impl Into<Key>, value: impl Arg<V>) -> Command<()> {
        self.at(key).set(value)
    }

    /// Sets the value of a key, which ends after this time. `SET key value PX millis`, O(1).
    pub fn set_for(&self, key: impl Into<Key>, value: impl Arg<V>, time: Duration) -> Command<()> {
        self.at(key).set_for(value, time)
    }

    /// Sets the value of a key that has none; `false` if it has one. `SET key value NX`, O(1).
    pub fn set_if_absent(&self, key: impl Into<Key>, value: impl Arg<V>) -> Command<bool> {
        self.at(key).set_if_absent(value)
    }

    /// Sets several values in one step, in place of whatever was there; times to live end. Of entries with the same key
    /// the last one wins. `MSET`, O(1) for each; for none nothing is sent. On a cluster all keys must be in one slot.
    ///
    /// # Errors
    /// `Encode` if a value has no encoding; nothing is sent then.
    pub fn set_many<I, K, A>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (K, A)>,
        K: Into<Key>,
        A: Arg<V>,
    {
        let mut is_empty = true;
        let request = Request::write().command("MSET", |a| {
            for (key, value) in entries {
                a.key(self.place(key).key()).value::<C, _>(value.__as());
                is_empty = false;
            }
        });
        if is_empty {
            return Command::known(&self.whole(), ());
        }
        Command::new::<Done>(&self.whole(), request)
    }

    /// Removes the value of a key, and returns it. `GETDEL` (Redis 6.2), O(1).
    pub fn take(&self, key: impl Into<Key>) -> Command<Option<V>> {
        let place = self.place(key);
        let request = Request::write().command("GETDEL", |a| _ = a.key(place.key()));
        Command::new::<Maybe<V, C>>(&place, request)
    }

    /// Removes a key, of whatever type; `false` if there is none. `UNLINK`, O(1).
    pub fn remove(&self, key: impl Into<Key>) -> Command<bool> {
        self.at(key).clear()
    }

    /// Removes several keys, of whatever type, and says how many there were. `UNLINK`, O(1) for each; for none nothing is
    /// sent. On a cluster all keys must be in one slot.
    pub fn remove_many<I>(&self, keys: I) -> Command<usize>
    where
        I: IntoIterator<Item: Into<Key>>,
    {
        let mut is_empty = true;
        let request = Request::write().command("UNLINK", |a| {
            for key in keys {
                a.key(self.place(key).key());
                is_empty = false;
            }
        });
        if is_empty {
            return Command::known(&self.whole(), 0);
        }
        Command::new::<Number<usize>>(&self.whole(), request)
    }

    /// Whether there is anything at a key, of whatever type. `EXISTS`, O(1).
    pub fn contains(&self, key: impl Into<Key>) -> Command<bool> {
        let place = self.place(key);
        let request = Request::read().command("EXISTS", |a| _ = a.key(place.key()));
        Command::new::<Flag>(&place, request)
    }

    /// The keys that match, without the prefix, fetched in pages as they are needed, in no order. `SCAN MATCH .. TYPE
    /// string`, in a time that grows with the whole database.
    ///
    /// Others may set and remove keys meanwhile. What is there from beginning to end comes at least once; what comes or
    /// goes meanwhile may come or not; and a key may come twice.
    pub fn keys(&self, pattern: Pattern) -> Iter<Key> {
        let this = self.clone();
        Iter::new(move |cursor| {
            let (this, pattern) = (this.clone(), pattern.clone());
            Operation::new(&this.store.clone(), move |run| async move {
                let (keys, next) = this.page(&run, &pattern, cursor).await?;
                Ok((keys.iter().map(|key| this.behind(key)).collect(), next))
            })
        })
    }

    /// The keys and their values, fetched in pages as they are needed, in no order: `SCAN` as [`keys`](Keyspace::keys),
    /// and an `MGET` for each key in one round trip for each page. A value that is no `V` is an error that names its
    /// key, and does not end the iteration.
    pub fn iter(&self) -> Iter<(Key, V)> {
        let this = self.clone();
        Iter::of_results(move |cursor| {
            let this = this.clone();
            Operation::new(&this.store.clone(), move |run| async move {
                let (keys, next) = this.page(&run, &Pattern::all(), cursor).await?;
                if keys.is_empty() {
                    return Ok((Vec::new(), next));
                }
                // each alone, since they are in as many slots; and not `GET`, which fails on another type
                let mut request = Request::read();
                keys.iter().for_each(|key| request.push("MGET", |a| _ = a.raw(key)));
                let values = Command::several::<Many<Vec<Option<Vec<u8>>>, Bytes>>(&this.whole(), request);
                let values = run.command(values).await?.into_iter().map(|mut value| value.pop().flatten());
                let entry = |(key, value): (&Vec<u8>, Option<Vec<u8>>)| {
                    let place = Place::at(&this.store, Key::from(&key[..]));
                    // what has gone meanwhile is not there
                    value.map(|value| Ok((this.behind(key), decoded::<V, C>(&place, &value)?)))
                };
                Ok((keys.iter().zip(values).filter_map(entry).collect(), next))
            })
        })
    }

    /// How many keys there are. `SCAN` as [`keys`](Keyspace::keys), one round trip for each page; each key counts once,
    /// if nobody sets or removes keys meanwhile. It remembers 8 bytes of each key.
    pub fn len(&self) -> Operation<'static, usize> {
        self.folded(|_, _| None)
    }

    /// Whether there are no keys. `SCAN` as [`keys`](Keyspace::keys), up to the first key found.
    pub fn is_empty(&self) -> Operation<'static, bool> {
        let this = self.clone();
        Operation::new(&self.store, move |run| async move {
            let mut cursor = 0;
            loop {
                match this.page(&run, &Pattern::all(), cursor).await? {
                    (keys, _) if !keys.is_empty() => return Ok(false),
                    (_, None) => return Ok(true),
                    (_, Some(next)) => cursor = next,
                }
            }
        })
    }

    /// Removes all keys, and says how many there were. Keys of other types stay. `SCAN` as [`keys`](Keyspace::keys), and
    /// `UNLINK` for each key in one round trip for each page. It is not one step: what others set meanwhile may stay or
    /// go, and where it fails, or is dropped, a part is gone.
    pub fn clear(&self) -> Operation<'static, usize> {
        self.folded(|whole, keys| {
            let mut request = Request::write();
            keys.iter().for_each(|key| request.push("UNLINK", |a| _ = a.raw(key)));
            Some(Command::several::<Number<usize>>(whole, request))
        })
    }

    /// Goes through all keys, does with each page what is to be done, and counts: what the commands count if there are
    /// any, or else the keys.
    fn folded(
        &self,
        with: impl Fn(&Place, &[Vec<u8>]) -> Option<Command<Vec<usize>>> + Send + Sync + 'static,
    ) -> Operation<'static, usize> {
        let this = self.clone();
        Operation::new(&self.store, move |run| async move {
            let (mut cursor, mut count) = (0, 0);
            let (hasher, mut seen) = (RandomState::new(), HashSet::new());
            loop {
                let (keys, next) = this.page(&run, &Pattern::all(), cursor).await?;
                let command = if keys.is_empty() { None } else { with(&this.whole(), &keys) };
                match command {
                    Some(command) => count += run.command(command).await?.into_iter().sum::<usize>(),
                    // the server may name a key twice
                    None => count += keys.iter().filter(|key| seen.insert(hasher.hash_one(key))).count(),
                }
                match next {
                    Some(next) => cursor = next,
                    None => return Ok(count),
                }
            }
        })
    }
}

fn decoded<V: Storable, C: Codec>(place: &Place, bytes: &[u8]) -> Result<V, Error> {
    C::decode(bytes).map_err(|error| place.blame(undecodable(error)))
}
