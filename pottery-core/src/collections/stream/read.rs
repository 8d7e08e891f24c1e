//! Reading a stream.

use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Stream;
use super::entry::{Entry, EntryId, EntryShape, FIELD, OfOne, bounds};
use crate::arg::Arg;
use crate::codec::Codec;
use crate::collections::iter::Iter;
use crate::collections::wait::{at_once, waiting, whole_millis};
use crate::command::Command;
use crate::decode::{Bytes, Many};
use crate::operation::Operation;
use crate::request::Request;
use crate::storable::Storable;

/// How many entries a page of an iteration has.
const PAGE: usize = 500;

/// Entries; nil in the place of those that have been removed.
pub(super) type Entries<T, C> = Many<Vec<Option<Entry<T>>>, EntryShape<T, C>>;

/// Passes over what is nil.
pub(super) fn there<T>(entries: Vec<Option<Entry<T>>>) -> Vec<Entry<T>> {
    entries.into_iter().flatten().collect()
}

impl<T: Storable, C: Codec> Stream<T, C> {
    /// The entries of a range of ids, the oldest first: `id..`, `..=id`, `..`. `XRANGE` (bounds that are excluded: Redis
    /// 6.2), O(n).
    pub fn range(&self, range: impl RangeBounds<EntryId>) -> Command<Vec<Entry<T>>> {
        self.ranged(range, None, false)
    }

    /// The first `count` entries of a range of ids. `XRANGE .. COUNT`, O(`count`).
    pub fn range_n(&self, range: impl RangeBounds<EntryId>, count: usize) -> Command<Vec<Entry<T>>> {
        self.ranged(range, Some(count), false)
    }

    /// The entries of a range of ids, the newest first. `XREVRANGE`, O(n).
    pub fn rev_range(&self, range: impl RangeBounds<EntryId>) -> Command<Vec<Entry<T>>> {
        self.ranged(range, None, true)
    }

    /// The last `count` entries of a range of ids, the newest first. `XREVRANGE .. COUNT`, O(`count`).
    pub fn rev_range_n(&self, range: impl RangeBounds<EntryId>, count: usize) -> Command<Vec<Entry<T>>> {
        self.ranged(range, Some(count), true)
    }

    fn ranged(
        &self,
        range: impl RangeBounds<EntryId>,
        count: Option<usize>,
        reversed: bool,
    ) -> Command<Vec<Entry<T>>> {
        let (from, to) = bounds(&range);
        let (command, first, second) = if reversed { ("XREVRANGE", to, from) } else { ("XRANGE", from, to) };
        let request = Request::read().command(command, |a| {
            a.key(self.key()).raw(first.as_bytes()).raw(second.as_bytes());
            if let Some(count) = count {
                a.raw(b"COUNT").int(count.min(i64::MAX as usize));
            }
        });
        Command::new::<Entries<T, C>>(self.place(), request).mapped(there)
    }

    /// The value of an entry, or `None` if there is no such entry. `XRANGE key id id`, O(1).
    ///
    /// # Errors
    /// `Decode` if it is no `T`.
    pub fn get(&self, id: EntryId) -> Command<Option<T>> {
        self.range(id..=id).try_map(|mut entries| entries.pop().map(|entry| entry.value).transpose())
    }

    /// The oldest entry, or `None`. `XRANGE key - + COUNT 1`, O(1).
    pub fn first(&self) -> Command<Option<Entry<T>>> {
        self.range_n(.., 1).mapped(|mut entries| entries.pop())
    }

    /// The newest entry, or `None`. `XREVRANGE key + - COUNT 1`, O(1).
    pub fn last(&self) -> Command<Option<Entry<T>>> {
        self.rev_range_n(.., 1).mapped(|mut entries| entries.pop())
    }

    /// All values, the oldest first. `XRANGE key - +`, O(n); what is large is better [iterated](Stream::iter).
    ///
    /// # Errors
    /// `Decode` if one of them is no `T`.
    pub fn to_vec(&self) -> Command<Vec<T>> {
        self.range(..).try_map(|entries| entries.into_iter().map(|entry| entry.value).collect())
    }

    /// All values, the oldest first, in a collection of your choice. `XRANGE key - +`, O(n).
    ///
    /// # Errors
    /// `Decode` if one of them is no `T`.
    pub fn collect<M: FromIterator<T> + 'static>(&self) -> Command<M> {
        self.range(..).try_map(|entries| entries.into_iter().map(|entry| entry.value).collect())
    }

    /// Whether the stream holds these values and no others, in this order. Values are compared as bytes, and where these
    /// differ by `PartialEq`. `XRANGE key - +`, O(n).
    pub fn content_eq<I>(&self, values: I) -> Command<bool>
    where
        I: IntoIterator<Item: Arg<T>>,
        T: PartialEq,
    {
        let mut expected = Vec::new();
        for value in values {
            let mut bytes = Vec::new();
            if C::encode(value.__as(), &mut bytes).is_err() {
                // what cannot be stored is not there
                return self.len().map(|_| false);
            }
            expected.push(bytes);
        }
        let request = Request::read().command("XRANGE", |a| _ = a.key(self.key()).raw(b"-").raw(b"+"));
        type Raw = Many<Vec<Vec<u8>>, RawValue>;
        let same = |stored: &[u8], expected: &[u8]| {
            stored == expected
                || matches!((C::decode::<T>(stored), C::decode::<T>(expected)), (Ok(a), Ok(b)) if a == b)
        };
        Command::new::<Raw>(self.place(), request).map(move |stored| {
            stored.len() == expected.len()
                && stored.iter().zip(&expected).all(|(stored, expected)| same(stored, expected))
        })
    }

    /// Up to `count` entries behind this one: those that were added since. [`EntryId::MIN`] stands before all. `XREAD`,
    /// O(`count`).
    pub fn read_after(&self, id: EntryId, count: usize) -> Command<Vec<Entry<T>>> {
        self.read(id, count, None)
    }

    /// Up to `count` entries behind this one; if there are none, waits for some. None when the time is over.
    ///
    /// `XREAD .. BLOCK`, O(`count`), on a connection of its own. All who wait get the same entries, and nothing is taken:
    /// to drop it, or to lose the connection, loses nothing. To wait for what comes from now on, begin behind
    /// [`last_id`](Stream::last_id), and go on behind the last entry that came: nothing can slip in between.
    pub fn read_after_wait(
        &self,
        id: EntryId,
        count: usize,
        timeout: Duration,
    ) -> Operation<'static, Vec<Entry<T>>> {
        if timeout.is_zero() || count == 0 {
            return at_once(self.place(), self.read(id, count, None));
        }
        waiting(self.place(), self.read(id, count, Some(timeout)), timeout)
    }

    fn read(&self, id: EntryId, count: usize, timeout: Option<Duration>) -> Command<Vec<Entry<T>>> {
        if count == 0 {
            // Redis takes 0 for all
            return Command::known(self.place(), Vec::new());
        }
        let request = Request::read().command("XREAD", |a| {
            a.raw(b"COUNT").int(count.min(i64::MAX as usize));
            if let Some(timeout) = timeout {
                a.raw(b"BLOCK").int(whole_millis(timeout));
            }
            a.raw(b"STREAMS").key(self.key()).raw(id.to_string().as_bytes());
        });
        Command::new::<OfOne<Entries<T, C>>>(self.place(), request).mapped(there)
    }

    /// The entries, the oldest first, fetched in pages of 500 as they are needed. `XRANGE .. COUNT`, one round trip for
    /// each page.
    ///
    /// Others may add and remove entries meanwhile. What is there from beginning to end comes exactly once, in order;
    /// what is added comes as well, if that is before the end is reached. A value that is no `T` does not end the
    /// iteration: [`Entry::value`].
    pub fn iter(&self) -> Iter<Entry<T>> {
        let last: Arc<Mutex<Option<EntryId>>> = Arc::default();
        let this = self.clone();
        Iter::new(move |cursor| {
            let behind = *last.lock().unwrap_or_else(PoisonError::into_inner);
            let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
            let page = this.range_n((from, Bound::Unbounded), PAGE);
            let last = last.clone();
            Operation::new(this.place().store(), move |run| async move {
                let page = run.command(page).await?;
                *last.lock().unwrap_or_else(PoisonError::into_inner) = page.last().map(|entry| entry.id);
                let next = (page.len() == PAGE).then_some(cursor + 1);
                Ok((page, next))
            })
        })
    }
}

/// The value of an entry as it is stored; empty if it has none.
struct RawValue;

impl crate::decode::Decode for RawValue {
    type Output = Vec<u8>;
    type Partial = (u8, <Many<Vec<Option<Vec<u8>>>, Bytes> as crate::decode::Decode>::Partial);

    fn resume(
        partial: &mut Self::Partial,
        reply: &mut crate::reply::Reply<'_>,
    ) -> crate::reply::Step<Vec<u8>> {
        if partial.0 == 0 {
            reply.aggregate()?;
            partial.0 = 1;
        }
        if partial.0 == 1 {
            reply.token()?;
            partial.0 = 2;
        }
        let fields = Many::<Vec<Option<Vec<u8>>>, Bytes>::resume(&mut partial.1, reply)?;
        let value = fields.chunks_exact(2).find(|field| field[0].as_deref() == Some(FIELD));
        Ok(value.and_then(|field| field[1].clone()).unwrap_or_default())
    }
}
