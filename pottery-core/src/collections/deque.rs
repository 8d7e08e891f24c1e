//! Double-ended queues.

use std::collections::VecDeque;
use std::fmt;
use std::ops::{Deref, RangeBounds};
use std::time::Duration;

use super::Open;
use super::iter::Iter;
use super::keyed::Keyed;
use super::list::{End, List};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::Elements;
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::place::Place;
use crate::request::Request;
use crate::storable::Storable;

/// A double-ended queue: a Redis list, with the names of `VecDeque` and, if wanted, a greatest length.
///
/// Stand-alone it is [`Store::deque`](crate::Store::deque); as a field of a model it is what a `VecDeque` becomes. The
/// same key can be opened as a [`List`], whose rules about indexes, ranges, equality and errors hold here as well.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let recent = store.deque::<String>("recent").bounded(2);
/// recent.extend(["a", "b", "c"]).wait()?;
/// assert_eq!(recent.to_vec().wait()?, ["b", "c"]);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Deque<T, C = Native> {
    list: List<T, C>,
    bound: Option<usize>,
}

impl<T, C> Deque<T, C> {
    pub(crate) fn open(place: Place) -> Deque<T, C> {
        Deque { list: List::open(place), bound: None }
    }

    /// The same place with another codec for its elements.
    pub fn codec<D: Codec>(self) -> Deque<T, D> {
        Deque { list: self.list.codec(), bound: self.bound }
    }

    /// The same place with a greatest length: whatever is pushed at one end beyond it makes items drop from the other
    /// end, in the same step.
    ///
    /// The bound belongs to the handle, and is not stored: all who push should have the same.
    /// [`check_bound`](Deque::check_bound) says whether there is more already.
    pub fn bounded(mut self, max_len: usize) -> Deque<T, C> {
        self.bound = Some(max_len);
        self
    }

    /// The greatest length, if there is one. Nothing is sent.
    pub fn max_len(&self) -> Option<usize> {
        self.bound
    }
}

impl<T: Storable, C: Codec> Deque<T, C> {
    /// Succeeds if what is stored keeps to the bound. `LLEN`, O(1).
    ///
    /// # Errors
    /// `Full` if there are more items than [`bounded`](Deque::bounded) allows.
    pub fn check_bound(&self) -> Command<()> {
        let bound = self.bound;
        self.list.len().try_map(move |length| match bound {
            Some(bound) if length > bound => Err(Error::new(
                ErrorKind::Full,
                format!("there are {length} items, and there may be no more than {bound}"),
            )),
            _ => Ok(()),
        })
    }

    /// Appends an item, and says how long the deque is then. If there is a bound and it is reached, the first item is
    /// dropped. `RPUSH`, with a bound `MULTI`, `RPUSH`, `LTRIM`, `EXEC`; O(1).
    pub fn push_back(&self, item: impl Arg<T>) -> Command<usize> {
        self.push_at(End::Back, item)
    }

    /// Puts an item before all others, and says how long the deque is then. If there is a bound and it is reached, the
    /// last item is dropped. `LPUSH`, with a bound `MULTI`, `LPUSH`, `LTRIM`, `EXEC`; O(1).
    pub fn push_front(&self, item: impl Arg<T>) -> Command<usize> {
        self.push_at(End::Front, item)
    }

    fn push_at(&self, end: End, item: impl Arg<T>) -> Command<usize> {
        self.list.push_all(end, [item], self.bound)
    }

    /// Appends items in their order, and says how long the deque is then. If that is beyond a bound, items are dropped
    /// from the front. `RPUSH` for each 1,000, and with a bound `LTRIM`; if that is more than one command, in one
    /// `MULTI`. O(1) for each item.
    pub fn extend<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.push_all(End::Back, items, self.bound)
    }

    /// Puts items before all others, one after the other, so that the last becomes the first of the deque: their order
    /// is turned round, as by Python's `extendleft`. Says how long the deque is then. If that is beyond a bound, items
    /// are dropped from the end. `LPUSH` for each 1,000, and with a bound `LTRIM`; if that is more than one command, in
    /// one `MULTI`. O(1) for each item.
    pub fn extend_front<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.push_all(End::Front, items, self.bound)
    }

    /// Removes the last item; `None` if there is none. `RPOP`, O(1).
    pub fn pop_back(&self) -> Command<Option<T>> {
        self.list.pop()
    }

    /// Removes the first item; `None` if there is none. `LPOP`, O(1).
    pub fn pop_front(&self) -> Command<Option<T>> {
        self.list.pop_front()
    }

    /// Removes up to `count` of the last items, the last one first. `RPOP key count`, O(count).
    pub fn pop_back_n(&self, count: usize) -> Command<Vec<T>> {
        self.list.pop_n(count)
    }

    /// Removes up to `count` of the first items, in their order. `LPOP key count`, O(count).
    pub fn pop_front_n(&self, count: usize) -> Command<Vec<T>> {
        self.list.pop_front_n(count)
    }

    /// Removes the last item; if there is none, waits for one. `None` when the time is over. `BRPOP`:
    /// [`List::pop_wait`].
    ///
    /// # Errors
    /// Those of [`List::pop_wait`].
    pub fn pop_back_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.list.pop_wait(timeout)
    }

    /// Removes the first item; if there is none, waits for one. `None` when the time is over. `BLPOP`:
    /// [`List::pop_wait`].
    ///
    /// # Errors
    /// Those of [`List::pop_wait`].
    pub fn pop_front_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.list.pop_front_wait(timeout)
    }

    /// The item at `index`, or `None` if there is none; negative ones count from the end. `LINDEX`, O(1) at both ends,
    /// O(n) in the middle.
    pub fn get(&self, index: i64) -> Command<Option<T>> {
        self.list.get(index)
    }

    /// The first item, or `None` if there is none. `LINDEX key 0`, O(1).
    pub fn front(&self) -> Command<Option<T>> {
        self.list.first()
    }

    /// The last item, or `None` if there is none. `LINDEX key -1`, O(1).
    pub fn back(&self) -> Command<Option<T>> {
        self.list.last()
    }

    /// Puts an item in the place of the one at `index`; negative ones count from the end. `LSET`, O(1) at both ends,
    /// O(n) in the middle.
    ///
    /// # Errors
    /// `IndexOutOfRange` if there is no such item.
    pub fn set(&self, index: i64, item: impl Arg<T>) -> Command<()> {
        self.list.set(index, item)
    }

    /// Puts an item before the one at `index`, and says how long the deque is then; [`List::insert`]. One script, O(1)
    /// at both ends, else O(index).
    ///
    /// # Errors
    /// `Full` if there is a bound and it is reached: nothing says which item to drop.
    pub fn insert(&self, index: i64, item: impl Arg<T>) -> Command<usize> {
        self.list.insert_within(index, item, self.bound)
    }

    /// Removes the item at `index` and returns it; `None` if there is none. Negative indexes count from the end. One
    /// script, O(n) in the distance to the nearer end.
    pub fn remove_at(&self, index: i64) -> Command<Option<T>> {
        self.list.remove_at(index)
    }

    /// Removes the first such item; `false` if there is none. `LREM key 1 item`, O(n).
    pub fn remove(&self, item: impl Arg<T>) -> Command<bool> {
        self.list.remove(item)
    }

    /// Removes all such items, and says how many there were. `LREM key 0 item`, O(n).
    pub fn remove_all(&self, item: impl Arg<T>) -> Command<usize> {
        self.list.remove_all(item)
    }

    /// Swaps two items; negative indexes count from the end. One script (`LINDEX`, `LSET`), O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if one of them does not exist; nothing is changed then.
    pub fn swap(&self, a: i64, b: i64) -> Command<()> {
        self.list.swap(a, b)
    }

    /// Moves `count` items, one after the other, from the end to the front; a negative count from the front to the end.
    /// It may be larger than the deque. One script, O(n) in the number of items moved, at most half of all.
    pub fn rotate(&self, count: i64) -> Command<()> {
        self.list.rotate(count)
    }

    /// Turns the deque round. One script (`LRANGE`, `LPUSH`, `LTRIM`), O(n).
    pub fn reverse(&self) -> Command<()> {
        self.list.reverse()
    }

    /// Keeps the first `length` items, and drops the others. `LTRIM`, O(n) in the number of items dropped.
    pub fn truncate(&self, length: usize) -> Command<()> {
        self.list.truncate(length)
    }

    /// Removes a range, and returns what was there: [`List::drain`]. One script, O(n).
    pub fn drain(&self, range: impl RangeBounds<i64>) -> Command<Vec<T>> {
        self.list.drain(range)
    }

    /// Puts items in the place of all that the deque holds; beyond a bound only the last of them. `RPUSH` for each 1,000
    /// and `LTRIM`, in one `MULTI`; O(n).
    pub fn replace_all<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.replace_all(self.within_bound(items))
    }

    /// Makes the deque, of these items, where there is none; beyond a bound of the last of them. One script (`EXISTS`,
    /// `RPUSH`), O(n).
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is.
    pub fn create<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.create(self.within_bound(items))
    }

    /// The items that are left of so many if they are pushed one after the other.
    fn within_bound<I: IntoIterator>(&self, items: I) -> impl Iterator<Item = I::Item> {
        let items: Vec<I::Item> = items.into_iter().collect();
        let dropped = self.bound.map_or(0, |bound| items.len().saturating_sub(bound));
        items.into_iter().skip(dropped)
    }

    /// Whether there is such an item. `LPOS`, O(n).
    pub fn contains(&self, item: impl Arg<T>) -> Command<bool> {
        self.list.contains(item)
    }

    /// The index of the first such item; `None` if there is none. `LPOS`, O(n).
    pub fn index_of(&self, item: impl Arg<T>) -> Command<Option<usize>> {
        self.list.index_of(item)
    }

    /// How many such items there are. One script (`LPOS`), O(n).
    pub fn count(&self, item: impl Arg<T>) -> Command<usize> {
        self.list.count(item)
    }

    /// How many items there are. `LLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        self.list.len()
    }

    /// Whether there are no items. `LLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.list.is_empty()
    }

    /// The items of a range: [`List::range`]. `LRANGE`, O(n).
    pub fn range(&self, range: impl RangeBounds<i64>) -> Command<Vec<T>> {
        self.list.range(range)
    }

    /// All items. `LRANGE`, O(n).
    pub fn to_vec(&self) -> Command<Vec<T>> {
        self.list.to_vec()
    }

    /// All items, as a `VecDeque`. `LRANGE`, O(n).
    pub fn to_deque(&self) -> Command<VecDeque<T>> {
        let request = Request::read().command("LRANGE", |a| _ = a.key(self.key()).raw(b"0").raw(b"-1"));
        Command::new::<Elements<VecDeque<T>, T, C>>(self.place(), request)
    }

    /// All items one after the other, fetched 1,000 at a time: [`List::iter`] says what becomes of changes meanwhile.
    /// `LRANGE` for each page.
    pub fn iter(&self) -> Iter<T> {
        self.list.iter()
    }

    /// Whether the deque holds just these items, in this order. `LRANGE`, O(n), of no more items than are given and one.
    pub fn content_eq<I>(&self, items: I) -> Command<bool>
    where
        T: PartialEq,
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.content_eq(items)
    }
}

impl<T, C> Open for Deque<T, C> {
    fn __open(place: Place) -> Self {
        Deque::open(place)
    }
    fn __keyed(&self) -> &Keyed {
        self
    }
}

impl<T, C> Clone for Deque<T, C> {
    fn clone(&self) -> Self {
        Deque { list: self.list.clone(), bound: self.bound }
    }
}

impl<T, C> fmt::Debug for Deque<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut deque = f.debug_tuple("Deque");
        deque.field(self.key());
        if let Some(bound) = self.bound {
            deque.field(&format_args!("at most {bound}"));
        }
        deque.finish()
    }
}

impl<T, C> Deref for Deque<T, C> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.list
    }
}
