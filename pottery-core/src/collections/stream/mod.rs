//! Streams.

mod entry;
mod group;
mod info;
mod read;

use std::marker::PhantomData;

use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Flag, Number};
use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::request::{Arguments, Request};
use crate::storable::Storable;
use crate::store::Store;

use super::fill::Filling;
use super::keyed::Keyed;
use entry::{FIELD, Id};

pub use entry::{Entry, EntryId};
pub use group::{Claimed, Consumer, Group, GroupStart, PendingEntries};
pub use info::{ConsumerInfo, GroupInfo, PendingEntry, PendingSummary, StreamInfo};

/// A Redis stream: entries that are added at the end, each with an [id](EntryId) that grows, read by any number of
/// readers, and shared out among the consumers of [groups](Stream::group).
///
/// Stand-alone it is [`Store::stream`]. An entry holds one field, `value`, with the whole value as the codec writes it;
/// entries that others have added with more fields are read by that one, and those without it are errors in their
/// place. Unlike other collections an empty stream may exist: it has an id that went last, and groups.
///
/// All operations but [`iter`](Stream::iter) and those that wait take one round trip, so each can be part of a
/// [`transaction`](crate::Store::transaction). All of them fail with [`WrongType`](crate::ErrorKind::WrongType) if
/// something else is at the key, and leave that untouched.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # use pottery_core::{EntryId, GroupStart};
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let orders = store.stream::<String>("orders");
/// let id = orders.add("12 plums").wait()?;
/// for entry in orders.range(id..).wait()? {
///     println!("{}: {}", entry.id, entry.value?);
/// }
///
/// // each entry goes to one of the consumers, and is pending until that says it is done with it
/// let cooks = orders.group("cooks");
/// cooks.create(GroupStart::Beginning).wait()?;
/// let ann = cooks.consumer("ann");
/// for entry in ann.read_wait(10, Duration::from_secs(1)).wait()? {
///     println!("ann cooks {}", entry.value?);
///     ann.ack(entry.id).wait()?;
/// }
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Stream<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(Stream<T>);

impl Store {
    /// The stream at a key. Nothing is sent.
    pub fn stream<T: Storable>(&self, key: impl Into<Key>) -> Stream<T> {
        self.handle(key)
    }
}

/// What of a stream is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Keep {
    /// The last so many entries.
    Last(usize),
    /// The last so many entries, and perhaps some hundred more: much faster. `~`.
    AboutLast(usize),
    /// The entries from this one on.
    From(EntryId),
    /// The entries from this one on, and perhaps some hundred more: much faster. `~`.
    AboutFrom(EntryId),
}

impl Keep {
    fn append(self, a: &mut Arguments<'_>) {
        match self {
            Keep::Last(count) => _ = a.raw(b"MAXLEN").raw(b"=").int(count.min(i64::MAX as usize)),
            Keep::AboutLast(count) => _ = a.raw(b"MAXLEN").raw(b"~").int(count.min(i64::MAX as usize)),
            Keep::From(id) => _ = a.raw(b"MINID").raw(b"=").raw(id.to_string().as_bytes()),
            Keep::AboutFrom(id) => _ = a.raw(b"MINID").raw(b"~").raw(id.to_string().as_bytes()),
        }
    }
}

impl<T: Storable, C: Codec> Stream<T, C> {
    /// Adds an entry at the end, and returns its id. `XADD key * value ..`, O(1).
    ///
    /// # Errors
    /// `Encode` if the value has no encoding.
    pub fn add(&self, value: impl Arg<T>) -> Command<EntryId> {
        self.append(None, None, value)
    }

    /// Adds an entry with an id of your own. `XADD key id value ..`, O(1).
    ///
    /// # Errors
    /// `Misuse` if the id is not greater than that of any entry there ever was; nothing is added then.
    pub fn add_at(&self, id: EntryId, value: impl Arg<T>) -> Command<EntryId> {
        self.append(Some(id), None, value).recover(|error| {
            let is_refusal =
                error.message().contains("equal or smaller") || error.message().contains("greater than 0-0");
            Err(match is_refusal {
                true => Error::not_applied(ErrorKind::Misuse, "an id must be greater than all before it"),
                false => error,
            })
        })
    }

    /// Adds an entry at the end, and removes what is not to be kept, in one step; returns its id. `XADD key MAXLEN .. *
    /// value ..` or `MINID` (Redis 6.2), O(1) and O(1) for each that is removed.
    ///
    /// # Errors
    /// `Encode` if the value has no encoding.
    pub fn add_keeping(&self, keep: Keep, value: impl Arg<T>) -> Command<EntryId> {
        self.append(None, Some(keep), value)
    }

    fn append(&self, id: Option<EntryId>, keep: Option<Keep>, value: impl Arg<T>) -> Command<EntryId> {
        let request = Request::write().command("XADD", |a| {
            a.key(self.key());
            if let Some(keep) = keep {
                keep.append(a);
            }
            match id {
                Some(id) => _ = a.raw(id.to_string().as_bytes()),
                None => _ = a.raw(b"*"),
            }
            a.raw(FIELD).value::<C, _>(value.__as());
        });
        Command::new::<Id>(self.place(), request.bears(self.place()))
    }

    /// Adds several entries at the end, one behind the other with nobody's between, and returns their ids. `XADD` for
    /// each, in one `MULTI`. For none nothing is sent.
    ///
    /// # Errors
    /// `Encode` if a value has no encoding; nothing is sent then.
    pub fn extend<I>(&self, values: I) -> Command<Vec<EntryId>>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut request = Request::write().atomic();
        for value in values {
            request.push("XADD", |a| {
                a.key(self.key()).raw(b"*").raw(FIELD).value::<C, _>(value.__as());
            });
        }
        match request.len() {
            0 => Command::known(self.place(), Vec::new()),
            _ => Command::several::<Id>(self.place(), request.bears(self.place())),
        }
    }

    /// How many entries there are. `XLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        let request = Request::read().command("XLEN", |a| _ = a.key(self.key()));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Whether there are no entries. `XLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|len| len == 0)
    }

    /// Removes an entry, and says whether it was there. `XDEL`, O(1).
    pub fn remove(&self, id: EntryId) -> Command<bool> {
        let request =
            Request::write().command("XDEL", |a| _ = a.key(self.key()).raw(id.to_string().as_bytes()));
        Command::new::<Flag>(self.place(), request)
    }

    /// Removes several entries, and says how many of them were there. `XDEL`, O(1) for each; for none nothing is sent.
    pub fn remove_many(&self, ids: impl IntoIterator<Item = EntryId>) -> Command<usize> {
        let mut is_empty = true;
        let request = Request::write().command("XDEL", |a| {
            a.key(self.key());
            for id in ids {
                a.raw(id.to_string().as_bytes());
                is_empty = false;
            }
        });
        if is_empty {
            return Command::known(self.place(), 0);
        }
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Removes what is not to be kept, and says how many that were. `XTRIM`, O(1) for each.
    pub fn trim(&self, keep: Keep) -> Command<usize> {
        let request = Request::write().command("XTRIM", |a| keep.append(a.key(self.key())));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Makes the stream, of these values, where there is nothing yet. A script of `EXISTS` and `XADD`, O(n). Of no
    /// values it only looks whether the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was. `Encode` if a value has no encoding.
    pub fn create<I>(&self, values: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        Filling::STREAM.create(self.place(), |a| {
            values.into_iter().for_each(|value| _ = a.value::<C, _>(value.__as()));
        })
    }

    /// Puts these values in the place of the whole stream, in one step. Its groups go with it, and its ids begin anew;
    /// a time to live stays. A script of `UNLINK` and `XADD`, O(n).
    ///
    /// # Errors
    /// `Encode` if a value has no encoding; nothing is sent then.
    pub fn replace_all<I>(&self, values: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        Filling::STREAM.replace(self.place(), |a| {
            values.into_iter().for_each(|value| _ = a.value::<C, _>(value.__as()));
        })
    }

    /// A group of consumers, by its name. Nothing is sent; [`create`](Group::create) makes it.
    pub fn group(&self, name: &str) -> Group<T, C> {
        Group::new(self.place().clone(), name)
    }
}
