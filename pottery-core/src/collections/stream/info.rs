//! What a stream, its groups and their consumers say of themselves.

use std::collections::HashMap;
use std::time::Duration;

use super::Stream;
use super::entry::{EntryId, MaybeId};
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Decode, Many, Number, One};
use crate::error::ErrorKind;
use crate::reply::{Reply, Step, Token};
use crate::request::Request;
use crate::storable::Storable;

/// What a stream says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamInfo {
    /// How many entries there are.
    pub len: usize,
    /// The id of the entry that was added last, also if that has been removed.
    pub last_id: EntryId,
    /// How many groups there are.
    pub groups: usize,
}

/// What a group says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// Its name.
    pub name: String,
    /// How many consumers it has.
    pub consumers: usize,
    /// How many entries are pending.
    pub pending: usize,
    /// The entry that was delivered last.
    pub last_delivered: EntryId,
}

/// What a consumer of a group says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerInfo {
    /// Its name.
    pub name: String,
    /// How many entries are pending with it.
    pub pending: usize,
    /// How long ago it last tried to read or to claim.
    pub idle: Duration,
}

/// How much is pending in a group, and with whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingSummary {
    /// How many entries.
    pub count: usize,
    /// The first and the last of them.
    pub range: Option<(EntryId, EntryId)>,
    /// The consumers that have some, and how many each.
    pub consumers: Vec<(String, usize)>,
}

/// An entry that is pending.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingEntry {
    /// Its id.
    pub id: EntryId,
    /// With whom.
    pub consumer: String,
    /// How long ago it was delivered or claimed.
    pub idle: Duration,
    /// How often it was delivered.
    pub deliveries: u64,
}

impl<T: Storable, C: Codec> Stream<T, C> {
    /// What the stream says of itself; `None` if there is none. `XINFO STREAM`, O(1).
    pub fn info(&self) -> Command<Option<StreamInfo>> {
        let request = Request::read().command("XINFO", |a| _ = a.raw(b"STREAM").key(self.key()));
        Command::new::<Table>(self.place(), request)
            .mapped(|row| {
                Some(StreamInfo {
                    len: row.count("length"),
                    last_id: row.id("last-generated-id"),
                    groups: row.count("groups"),
                })
            })
            .recover(|error| if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) })
    }

    /// The id of the entry that was added last, also if that has been removed: from here on
    /// [`read_after_wait`](Stream::read_after_wait) misses nothing. [`EntryId::MIN`] if there is no stream. `XINFO
    /// STREAM`, O(1).
    pub fn last_id(&self) -> Command<EntryId> {
        self.info().mapped(|info| info.map_or(EntryId::MIN, |info| info.last_id))
    }

    /// The groups of the stream; none if there is no stream. `XINFO GROUPS`, O(groups).
    pub fn groups(&self) -> Command<Vec<GroupInfo>> {
        let request = Request::read().command("XINFO", |a| _ = a.raw(b"GROUPS").key(self.key()));
        Command::new::<Many<Vec<Row>, Table>>(self.place(), request)
            .mapped(|rows| rows.into_iter().map(GroupInfo::from).collect())
            .recover(|error| if error.kind() == ErrorKind::NotFound { Ok(Vec::new()) } else { Err(error) })
    }
}

/// Names and their values: of those that are one number or one text each.
#[derive(Debug, Default)]
pub(super) struct Row(HashMap<String, String>);

impl Row {
    fn text(&self, name: &str) -> String {
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn count(&self, name: &str) -> usize {
        self.0.get(name).and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    fn id(&self, name: &str) -> EntryId {
        self.0.get(name).and_then(|text| text.parse().ok()).unwrap_or(EntryId::MIN)
    }
}

impl From<Row> for GroupInfo {
    fn from(row: Row) -> GroupInfo {
        GroupInfo {
            name: row.text("name"),
            consumers: row.count("consumers"),
            pending: row.count("pending"),
            last_delivered: row.id("last-delivered-id"),
        }
    }
}

impl From<Row> for ConsumerInfo {
    fn from(row: Row) -> ConsumerInfo {
        let idle = Duration::from_millis(row.count("idle") as u64);
        ConsumerInfo { name: row.text("name"), pending: row.count("pending"), idle }
    }
}

/// A map, or an array of names and values by turns.
pub(super) struct Table;

/// How much of it has been read.
#[derive(Debug, Default)]
pub(super) struct Tabling {
    left: Option<usize>,
    name: Option<String>,
    row: Row,
}

impl Decode for Table {
    type Output = Row;
    type Partial = Tabling;

    fn resume(partial: &mut Tabling, reply: &mut Reply<'_>) -> Step<Row> {
        if partial.left.is_none() {
            partial.left = Some(reply.aggregate()?.unwrap_or(0) / 2);
        }
        while let Some(left) = partial.left.filter(|left| *left > 0) {
            if partial.name.is_none() {
                partial.name = Some(One::<String, Native>::resume(&mut (), reply)?);
            }
            let value = match reply.head()? {
                Token::Int(number) => Some(number.to_string()),
                Token::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
                _ => None,
            };
            if let (Some(name), Some(value)) = (partial.name.take(), value) {
                partial.row.0.insert(name, value);
            }
            partial.left = Some(left - 1);
        }
        Ok(std::mem::take(&mut partial.row))
    }
}

/// The answer to XPENDING about a whole group.
pub(super) struct Summary;

/// How much of it has been read.
#[derive(Debug, Default)]
pub(super) struct Summing {
    begun: bool,
    count: Option<usize>,
    first: Option<Option<EntryId>>,
    last: Option<Option<EntryId>>,
    consumers: <Many<Vec<(String, usize)>, ConsumerCount> as Decode>::Partial,
}

impl Decode for Summary {
    type Output = PendingSummary;
    type Partial = Summing;

    fn resume(partial: &mut Summing, reply: &mut Reply<'_>) -> Step<PendingSummary> {
        if !partial.begun {
            reply.aggregate()?;
            partial.begun = true;
        }
        let count = match partial.count {
            Some(count) => count,
            None => *partial.count.insert(Number::<usize>::resume(&mut (), reply)?),
        };
        let first = match partial.first {
            Some(first) => first,
            None => *partial.first.insert(MaybeId::resume(&mut (), reply)?),
        };
        let last = match partial.last {
            Some(last) => last,
            None => *partial.last.insert(MaybeId::resume(&mut (), reply)?),
        };
        let consumers = Many::<Vec<(String, usize)>, ConsumerCount>::resume(&mut partial.consumers, reply)?;
        Ok(PendingSummary { count, range: first.zip(last), consumers })
    }
}

/// A name and a number, in an array of their own.
pub(super) struct ConsumerCount;

impl Decode for ConsumerCount {
    type Output = (String, usize);
    type Partial = (bool, Option<String>);

    fn resume(partial: &mut (bool, Option<String>), reply: &mut Reply<'_>) -> Step<(String, usize)> {
        if !partial.0 {
            reply.aggregate()?;
            partial.0 = true;
        }
        if partial.1.is_none() {
            partial.1 = Some(One::<String, Native>::resume(&mut (), reply)?);
        }
        let count = Number::<usize>::resume(&mut (), reply)?;
        Ok((partial.1.take().unwrap_or_default(), count))
    }
}

/// One entry in the answer to XPENDING.
pub(super) struct PendingShape;

/// How much of it has been read.
#[derive(Debug, Default)]
pub(super) struct PendingSoFar {
    begun: bool,
    id: Option<EntryId>,
    consumer: Option<String>,
    idle: Option<u64>,
}

impl Decode for PendingShape {
    type Output = PendingEntry;
    type Partial = PendingSoFar;

    fn resume(partial: &mut PendingSoFar, reply: &mut Reply<'_>) -> Step<PendingEntry> {
        if !partial.begun {
            reply.aggregate()?;
            partial.begun = true;
        }
        let id = match partial.id {
            Some(id) => id,
            None => *partial.id.insert(super::entry::Id::resume(&mut (), reply)?),
        };
        if partial.consumer.is_none() {
            partial.consumer = Some(One::<String, Native>::resume(&mut (), reply)?);
        }
        let idle = match partial.idle {
            Some(idle) => idle,
            None => *partial.idle.insert(Number::<u64>::resume(&mut (), reply)?),
        };
        let deliveries = Number::<u64>::resume(&mut (), reply)?;
        let consumer = partial.consumer.take().unwrap_or_default();
        Ok(PendingEntry { id, consumer, idle: Duration::from_millis(idle), deliveries })
    }
}
