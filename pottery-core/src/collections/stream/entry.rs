//! Entries of a stream and their ids.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

use crate::codec::Codec;
use crate::decode::{Decode, undecodable};
use crate::error::{Error, ErrorKind, Result};
use crate::reply::{Reply, Step, Token};
use crate::storable::Storable;

/// The name of the field that holds the value of an entry.
pub(super) const FIELD: &[u8] = b"value";

/// The id of an entry: when it was added, in milliseconds since 1970 by the server's clock, and a number that tells
/// apart those of one millisecond. Ids only grow. As text `1700000000000-0`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// Milliseconds since 1970.
    pub millis: u64,
    /// Which one of that millisecond.
    pub sequence: u64,
}

impl EntryId {
    /// Before all entries: no entry has it.
    pub const MIN: EntryId = EntryId { millis: 0, sequence: 0 };
    /// Behind which there is none.
    pub const MAX: EntryId = EntryId { millis: u64::MAX, sequence: u64::MAX };

    /// The id of this millisecond and number.
    pub const fn new(millis: u64, sequence: u64) -> EntryId {
        EntryId { millis, sequence }
    }

    pub(super) fn parse(text: &[u8]) -> Option<EntryId> {
        let text = std::str::from_utf8(text).ok()?;
        let (millis, sequence) = text.split_once('-').unwrap_or((text, "0"));
        Some(EntryId { millis: millis.parse().ok()?, sequence: sequence.parse().ok()? })
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.millis, self.sequence)
    }
}

impl FromStr for EntryId {
    type Err = Error;

    /// # Errors
    /// `Misuse` if it is no id.
    fn from_str(text: &str) -> Result<EntryId> {
        EntryId::parse(text.as_bytes())
            .ok_or_else(|| Error::misuse(format!("`{text}` is no id of an entry: that is `1700000000000-0`")))
    }
}

/// An entry of a stream.
#[derive(Debug)]
#[non_exhaustive]
pub struct Entry<T> {
    /// Its id.
    pub id: EntryId,
    /// Its value; or why there is none, so that one entry that cannot be read does not hide the others:
    /// [`Decode`](ErrorKind::Decode) if it is of another type, [`NotFound`](ErrorKind::NotFound) if it has been removed
    /// from the stream since it was delivered.
    pub value: Result<T>,
}

/// The two bounds of a range of ids as Redis writes them.
pub(super) fn bounds(range: &impl RangeBounds<EntryId>) -> (String, String) {
    let text = |bound: Bound<&EntryId>, open: &str| match bound {
        Bound::Included(id) => id.to_string(),
        Bound::Excluded(id) => format!("({id}"),
        Bound::Unbounded => open.to_owned(),
    };
    // there is nothing behind the last id, and nothing before the first, which Redis takes for a mistake
    match (range.start_bound(), range.end_bound()) {
        (Bound::Excluded(&EntryId::MAX), _) | (_, Bound::Excluded(&EntryId::MIN)) => {
            (EntryId::MAX.to_string(), EntryId::MIN.to_string())
        }
        (from, to) => (text(from, "-"), text(to, "+")),
    }
}

fn no_entry() -> Error {
    Error::new(ErrorKind::Decode, "the server answered with something else than an entry of a stream")
}

/// An id.
#[derive(Debug)]
pub(super) struct Id;

impl Decode for Id {
    type Output = EntryId;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<EntryId> {
        MaybeId::resume(&mut (), reply)?.ok_or_else(|| no_entry().into())
    }
}

/// An id, or nil.
#[derive(Debug)]
pub(super) struct MaybeId;

impl Decode for MaybeId {
    type Output = Option<EntryId>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Option<EntryId>> {
        reply.nil_or(|text| Ok(EntryId::parse(text).ok_or_else(no_entry)?))
    }
}

/// An entry; `None` where the server has nil in its place.
pub(super) struct EntryShape<T, C>(PhantomData<(T, C)>);

/// How much of an entry has been read.
#[derive(Default)]
pub(super) struct Reading<T> {
    begun: bool,
    id: Option<EntryId>,
    /// How many fields and values are still to come.
    left: Option<usize>,
    /// Whether the field that is being read is the value.
    at_value: Option<bool>,
    value: Option<Result<T>>,
}

impl<T: Storable, C: Codec> Decode for EntryShape<T, C> {
    type Output = Option<Entry<T>>;
    type Partial = ReadingSoFar<T>;

    fn resume(partial: &mut ReadingSoFar<T>, reply: &mut Reply<'_>) -> Step<Option<Entry<T>>> {
        let partial = &mut partial.0;
        if !partial.begun {
            if reply.aggregate()?.is_none() {
                return Ok(None);
            }
            partial.begun = true;
        }
        let id = match partial.id {
            Some(id) => id,
            None => *partial.id.insert(Id::resume(&mut (), reply)?),
        };
        if partial.left.is_none() {
            match reply.aggregate()? {
                Some(fields) => partial.left = Some(fields),
                None => {
                    let gone = format!("the entry `{id}` has been removed from the stream");
                    return Ok(Some(Entry { id, value: Err(Error::new(ErrorKind::NotFound, gone)) }));
                }
            }
        }
        while let Some(left) = partial.left.filter(|left| *left > 0) {
            match partial.at_value {
                None => {
                    let is_value = reply.nil_or(|name| Ok(name == FIELD))?.unwrap_or(false);
                    partial.at_value = Some(is_value);
                }
                Some(true) => {
                    let value = reply.nil_or(|bytes| Ok(C::decode(bytes)))?;
                    partial.value = value.map(|value| {
                        value.map_err(|error| {
                            let message = format!("entry `{id}`: {error}");
                            Error::new(undecodable(error).kind(), message)
                        })
                    });
                    partial.at_value = None;
                }
                Some(false) => {
                    reply.head()?;
                    partial.at_value = None;
                }
            }
            partial.left = Some(left - 1);
        }
        let value = partial.value.take().unwrap_or_else(|| {
            Err(Error::new(ErrorKind::Decode, format!("entry `{id}` has no field `value`")))
        });
        Ok(Some(Entry { id, value }))
    }
}

/// The same, which has a default whatever `T` is.
pub(super) struct ReadingSoFar<T>(Reading<T>);

impl<T> Default for ReadingSoFar<T> {
    fn default() -> Self {
        ReadingSoFar(Reading { begun: false, id: None, left: None, at_value: None, value: None })
    }
}

/// What XREAD and XREADGROUP bring of one stream: its entries, or nil when there are none.
pub(super) struct OfOne<D>(PhantomData<D>);

/// How much of it has been read.
#[derive(Default)]
pub(super) struct OfOneSoFar<P> {
    /// Headers, and the key.
    stage: u8,
    entries: P,
}

impl<D: Decode<Output: Default>> Decode for OfOne<D> {
    type Output = D::Output;
    type Partial = OfOneSoFar<D::Partial>;

    fn resume(partial: &mut Self::Partial, reply: &mut Reply<'_>) -> Step<D::Output> {
        if partial.stage == 0 {
            match reply.token()? {
                Token::Nil | Token::Array(0) | Token::Map(0) => return Ok(D::Output::default()),
                // RESP3 says it as a map, RESP2 as pairs
                Token::Map(_) => partial.stage = 2,
                Token::Array(_) => partial.stage = 1,
                _ => return Err(no_entry().into()),
            }
        }
        if partial.stage == 1 {
            reply.aggregate()?;
            partial.stage = 2;
        }
        if partial.stage == 2 {
            reply.token()?;
            partial.stage = 3;
        }
        D::resume(&mut partial.entries, reply)
    }
}
