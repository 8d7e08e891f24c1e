//! Groups of consumers.

use std::fmt;
use std::ops::RangeBounds;
use std::time::Duration;

use std::marker::PhantomData;

use super::entry::{Entry, EntryId, EntryShape, Id, MaybeId, OfOne, bounds};
use super::info::{PendingEntry, PendingSummary, Summary, Table};
use super::read::{Entries, there};
use super::{ConsumerInfo, info};
use crate::codec::{Codec, Native};
use crate::collections::wait::{at_once, waiting, whole_millis};
use crate::command::Command;
use crate::decode::{Decode, Done, Flag, Many, Number};
use crate::error::ErrorKind;
use crate::operation::Operation;
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::{Arguments, Request};
use crate::storable::Storable;

/// A group of consumers of a [`Stream`](super::Stream): each entry goes to one of them, and is pending until it is
/// [acknowledged](Group::ack). What a consumer has been given and has not acknowledged, another can
/// [claim](Consumer::claim).
///
/// Operations on a group that has not been [made](Group::create) are [`NotFound`](crate::ErrorKind::NotFound) errors.
#[must_use]
pub struct Group<T, C = Native> {
    place: Place,
    name: Box<str>,
    types: PhantomData<fn() -> (T, C)>,
}

/// Where a group begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupStart {
    /// With the first entry there is.
    Beginning,
    /// With what is added from now on.
    Now,
    /// Behind this entry.
    After(EntryId),
}

impl GroupStart {
    fn append(self, a: &mut Arguments<'_>) {
        match self {
            GroupStart::Beginning => _ = a.raw(b"0"),
            GroupStart::Now => _ = a.raw(b"$"),
            GroupStart::After(id) => _ = a.raw(id.to_string().as_bytes()),
        }
    }
}

impl<T, C> Group<T, C> {
    pub(super) fn new(place: Place, name: &str) -> Group<T, C> {
        Group { place, name: name.into(), types: PhantomData }
    }

    /// The group's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A consumer of the group, by a name that no other has at the same time. Nothing is sent; the server makes it when
    /// it first reads.
    pub fn consumer(&self, name: &str) -> Consumer<T, C> {
        Consumer { group: self.clone(), name: name.into() }
    }

    fn subcommand(&self, mut request: Request, command: &str, word: &[u8]) -> Request {
        request.push(command, |a| _ = a.raw(word).key(self.place.key()).raw(self.name.as_bytes()));
        request
    }
}

impl<T: Storable, C: Codec> Group<T, C> {
    /// Makes the group, and the stream if there is none; `false` if there is such a group already, which stays as it is.
    /// `XGROUP CREATE key name id MKSTREAM`, O(1).
    pub fn create(&self, start: GroupStart) -> Command<bool> {
        let request = Request::write().command("XGROUP", |a| {
            a.raw(b"CREATE").key(self.place.key()).raw(self.name.as_bytes());
            start.append(a);
            a.raw(b"MKSTREAM");
        });
        Command::new::<Flag>(&self.place, request.bears(&self.place)).recover(|error| match error.kind() {
            ErrorKind::KeyExists => Ok(false),
            _ => Err(error),
        })
    }

    /// Removes the group with all that is pending; `false` if there was none. `XGROUP DESTROY`, O(pending).
    ///
    /// # Errors
    /// `NotFound` if there is no stream.
    pub fn destroy(&self) -> Command<bool> {
        let request = self.subcommand(Request::write(), "XGROUP", b"DESTROY");
        missing_stream(Command::new::<Flag>(&self.place, request))
    }

    /// Sets where the group goes on reading. What is pending stays. `XGROUP SETID`, O(1).
    pub fn set_start(&self, start: GroupStart) -> Command<()> {
        let request = Request::write().command("XGROUP", |a| {
            a.raw(b"SETID").key(self.place.key()).raw(self.name.as_bytes());
            start.append(a);
        });
        missing_stream(Command::new::<Done>(&self.place, request))
    }

    /// Says that an entry is done with; `false` if it was not pending. `XACK`, O(1).
    pub fn ack(&self, id: EntryId) -> Command<bool> {
        self.ack_many([id]).mapped(|count| count > 0)
    }

    /// Says that several entries are done with, and how many of them were pending. `XACK`, O(1) for each; for none
    /// nothing is sent.
    pub fn ack_many(&self, ids: impl IntoIterator<Item = EntryId>) -> Command<usize> {
        let mut is_empty = true;
        let request = Request::write().command("XACK", |a| {
            a.key(self.place.key()).raw(self.name.as_bytes());
            for id in ids {
                a.raw(id.to_string().as_bytes());
                is_empty = false;
            }
        });
        if is_empty {
            return Command::known(&self.place, 0);
        }
        Command::new::<Number<usize>>(&self.place, request)
    }

    /// How much is pending, and with whom. `XPENDING key group`, O(consumers).
    pub fn pending(&self) -> Command<PendingSummary> {
        let request =
            Request::read().command("XPENDING", |a| _ = a.key(self.place.key()).raw(self.name.as_bytes()));
        Command::new::<Summary>(&self.place, request)
    }

    /// Up to `count` of the entries of a range that are pending, the oldest first. With
    /// [`idle`](PendingEntries::idle) and [`of`](PendingEntries::of) only some of them.
    pub fn pending_entries(&self, range: impl RangeBounds<EntryId>, count: usize) -> PendingEntries {
        let mut group = Vec::new();
        group.extend_from_slice(self.name.as_bytes());
        PendingEntries {
            place: self.place.clone(),
            group,
            bounds: bounds(&range),
            count,
            idle: None,
            consumer: None,
        }
    }

    /// The consumers of the group. `XINFO CONSUMERS`, O(consumers).
    pub fn consumers(&self) -> Command<Vec<ConsumerInfo>> {
        let request = self.subcommand(Request::read(), "XINFO", b"CONSUMERS");
        missing_stream(
            Command::new::<Many<Vec<info::Row>, Table>>(&self.place, request)
                .mapped(|rows| rows.into_iter().map(ConsumerInfo::from).collect()),
        )
    }

    /// Removes a consumer, and says how many entries were pending with it: they are pending with nobody then, and will
    /// not come again. `XGROUP DELCONSUMER`, O(pending).
    pub fn remove_consumer(&self, name: &str) -> Command<usize> {
        let request = Request::write().command("XGROUP", |a| {
            a.raw(b"DELCONSUMER").key(self.place.key()).raw(self.name.as_bytes()).raw(name.as_bytes());
        });
        missing_stream(Command::new::<Number<usize>>(&self.place, request))
    }
}

/// Tells apart that there is no stream to have groups.
fn missing_stream<R: 'static>(command: Command<R>) -> Command<R> {
    command.recover(|error| match error.message().contains("requires the key to exist") {
        true => Err(crate::Error::not_applied(ErrorKind::NotFound, "there is no such stream")),
        false => Err(error),
    })
}

/// What is pending in a [`Group`], to be [looked at](PendingEntries::get).
#[must_use = "nothing is sent before `get`"]
#[derive(Debug)]
pub struct PendingEntries {
    place: Place,
    group: Vec<u8>,
    bounds: (String, String),
    count: usize,
    idle: Option<Duration>,
    consumer: Option<Box<str>>,
}

impl PendingEntries {
    /// Only what was delivered at least this long ago. Redis 6.2.
    pub fn idle(mut self, time: Duration) -> PendingEntries {
        self.idle = Some(time);
        self
    }

    /// Only what is pending with this consumer.
    pub fn of(mut self, consumer: &str) -> PendingEntries {
        self.consumer = Some(consumer.into());
        self
    }

    /// The entries. `XPENDING key group [IDLE ..] from to count [consumer]`, O(`count`).
    pub fn get(self) -> Command<Vec<PendingEntry>> {
        let request = Request::read().command("XPENDING", |a| {
            a.key(self.place.key()).raw(&self.group);
            if let Some(idle) = self.idle {
                a.raw(b"IDLE").int(whole_millis(idle));
            }
            a.raw(self.bounds.0.as_bytes()).raw(self.bounds.1.as_bytes()).int(self.count.min(1 << 31));
            if let Some(consumer) = &self.consumer {
                a.raw(consumer.as_bytes());
            }
        });
        Command::new::<Many<Vec<PendingEntry>, info::PendingShape>>(&self.place, request)
    }
}

/// One of those who share out a stream among them: [`Group::consumer`].
#[must_use]
pub struct Consumer<T, C = Native> {
    group: Group<T, C>,
    name: Box<str>,
}

/// What [`Consumer::claim_idle`] brings.
#[derive(Debug)]
#[non_exhaustive]
pub struct Claimed<T> {
    /// The entries, pending with this consumer now.
    pub entries: Vec<Entry<T>>,
    /// Where to go on; `None` when all that is pending has been looked at.
    pub next: Option<EntryId>,
    /// What was pending and has been removed from the stream: it is not pending any more. Always empty before Redis 7.
    pub removed: Vec<EntryId>,
}

impl<T, C> Consumer<T, C> {
    /// The consumer's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its group.
    pub fn group(&self) -> &Group<T, C> {
        &self.group
    }
}

impl<T: Storable, C: Codec> Consumer<T, C> {
    /// Up to `count` entries that nobody of the group has been given; they are pending with this consumer then.
    /// `XREADGROUP .. >`, O(`count`).
    ///
    /// # Errors
    /// `NotFound` if there is no such group. If the connection is lost, the outcome is `Unknown`: what was delivered
    /// into it is pending, and comes by [`read_pending`](Consumer::read_pending).
    pub fn read(&self, count: usize) -> Command<Vec<Entry<T>>> {
        self.reading(count, None, ">")
    }

    /// Up to `count` entries that nobody of the group has been given; if there are none, waits for some. None when the
    /// time is over.
    ///
    /// `XREADGROUP .. BLOCK .. >`, O(`count`), on a connection of its own. Each entry goes to one of those who wait. What
    /// is delivered to one who does not listen any more (since this was dropped, or the connection was lost) is not
    /// lost: it is pending with this consumer, and comes by [`read_pending`](Consumer::read_pending).
    ///
    /// # Errors
    /// Those of [`read`](Consumer::read).
    pub fn read_wait(&self, count: usize, timeout: Duration) -> Operation<'static, Vec<Entry<T>>> {
        if timeout.is_zero() || count == 0 {
            return at_once(&self.group.place, self.read(count));
        }
        waiting(&self.group.place, self.reading(count, Some(timeout), ">"), timeout)
    }

    /// Up to `count` of the entries behind `id` that are pending with this consumer: what it was given and has not
    /// acknowledged, for one who begins again after a crash. `XREADGROUP .. id`, O(`count`).
    ///
    /// # Errors
    /// `NotFound` if there is no such group.
    pub fn read_pending(&self, id: EntryId, count: usize) -> Command<Vec<Entry<T>>> {
        self.reading(count, None, &id.to_string())
    }

    fn reading(&self, count: usize, timeout: Option<Duration>, from: &str) -> Command<Vec<Entry<T>>> {
        let place = &self.group.place;
        if count == 0 {
            // Redis takes 0 for all
            return Command::known(place, Vec::new());
        }
        let request = Request::write().command("XREADGROUP", |a| {
            a.raw(b"GROUP").raw(self.group.name.as_bytes()).raw(self.name.as_bytes());
            a.raw(b"COUNT").int(count.min(i64::MAX as usize));
            if let Some(timeout) = timeout {
                a.raw(b"BLOCK").int(whole_millis(timeout));
            }
            a.raw(b"STREAMS").key(place.key()).raw(from.as_bytes());
        });
        Command::new::<OfOne<Entries<T, C>>>(place, request).mapped(there)
    }

    /// Says that an entry is done with; `false` if it was not pending in the group. `XACK`, O(1).
    pub fn ack(&self, id: EntryId) -> Command<bool> {
        self.group.ack(id)
    }

    /// Says that several entries are done with, and how many of them were pending in the group. `XACK`, O(1) for each.
    pub fn ack_many(&self, ids: impl IntoIterator<Item = EntryId>) -> Command<usize> {
        self.group.ack_many(ids)
    }

    /// Takes over those of the entries that are pending with others for at least `idle`, and returns them. Of several who
    /// claim the same one gets it, since claiming makes it young. `XCLAIM`, O(1) for each; for none nothing is sent.
    ///
    /// # Errors
    /// `NotFound` if there is no such group.
    pub fn claim(&self, ids: impl IntoIterator<Item = EntryId>, idle: Duration) -> Command<Vec<Entry<T>>> {
        let place = &self.group.place;
        let mut is_empty = true;
        let request = Request::write().command("XCLAIM", |a| {
            a.key(place.key()).raw(self.group.name.as_bytes()).raw(self.name.as_bytes());
            a.int(whole_millis(idle));
            for id in ids {
                a.raw(id.to_string().as_bytes());
                is_empty = false;
            }
        });
        if is_empty {
            return Command::known(place, Vec::new());
        }
        Command::new::<Entries<T, C>>(place, request).mapped(there)
    }

    /// Takes over up to `count` entries from `start` on that are pending for at least `idle`, whoever has them, and
    /// returns them. [`EntryId::MIN`] is the first; then go on with what [`next`](Claimed::next) says. `XAUTOCLAIM`
    /// (Redis 6.2), O(`count`).
    ///
    /// # Errors
    /// `NotFound` if there is no such group.
    pub fn claim_idle(&self, idle: Duration, start: EntryId, count: usize) -> Command<Claimed<T>> {
        let place = &self.group.place;
        if count == 0 {
            return Command::known(
                place,
                Claimed { entries: Vec::new(), next: Some(start), removed: Vec::new() },
            );
        }
        let request = Request::write().command("XAUTOCLAIM", |a| {
            a.key(place.key()).raw(self.group.name.as_bytes()).raw(self.name.as_bytes());
            a.int(whole_millis(idle)).raw(start.to_string().as_bytes());
            // more than this the server does not take
            a.raw(b"COUNT").int(count.min(1 << 24));
        });
        Command::new::<ClaimedShape<T, C>>(place, request)
    }
}

/// The answer to XAUTOCLAIM.
struct ClaimedShape<T, C>(PhantomData<(T, C)>);

/// How much of it has been read.
struct Claiming<T: Storable, C: Codec> {
    /// How many values of the answer are still to come.
    left: Option<usize>,
    next: Option<EntryId>,
    entries: Option<Vec<Entry<T>>>,
    reading: <Entries<T, C> as Decode>::Partial,
    removed: <Many<Vec<Option<EntryId>>, MaybeId> as Decode>::Partial,
}

impl<T: Storable, C: Codec> Default for Claiming<T, C> {
    fn default() -> Self {
        Claiming {
            left: None,
            next: None,
            entries: None,
            reading: Default::default(),
            removed: Default::default(),
        }
    }
}

impl<T: Storable, C: Codec> Decode for ClaimedShape<T, C> {
    type Output = Claimed<T>;
    type Partial = Claiming<T, C>;

    fn resume(partial: &mut Claiming<T, C>, reply: &mut Reply<'_>) -> Step<Claimed<T>> {
        let left = match partial.left {
            Some(left) => left,
            None => *partial.left.insert(reply.aggregate()?.unwrap_or(0)),
        };
        let next = match partial.next {
            Some(next) => next,
            None => *partial.next.insert(Id::resume(&mut (), reply)?),
        };
        if partial.entries.is_none() {
            let entries = Many::<Vec<_>, EntryShape<T, C>>::resume(&mut partial.reading, reply)?;
            partial.entries = Some(there(entries));
        }
        let mut removed = Vec::new();
        if left > 2 {
            let ids = Many::<Vec<_>, MaybeId>::resume(&mut partial.removed, reply)?;
            removed.extend(ids.into_iter().flatten());
        }
        Ok(Claimed {
            entries: partial.entries.take().unwrap_or_default(),
            next: (next != EntryId::MIN).then_some(next),
            removed,
        })
    }
}

impl<T, C> Clone for Group<T, C> {
    fn clone(&self) -> Self {
        Group { place: self.place.clone(), name: self.name.clone(), types: PhantomData }
    }
}

impl<T, C> Clone for Consumer<T, C> {
    fn clone(&self) -> Self {
        Consumer { group: self.group.clone(), name: self.name.clone() }
    }
}

impl<T, C> fmt::Debug for Group<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Group").field(&self.place).field(&self.name).finish()
    }
}

impl<T, C> fmt::Debug for Consumer<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Consumer").field(&self.group).field(&self.name).finish()
    }
}
