//! Queues: first in, first out. Stacks and unique ones are beside.

mod gate;
mod stack;
mod unique;
mod unique_stack;

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

pub use stack::Stack;
pub use unique::UniqueQueue;
pub use unique_stack::UniqueStack;

use super::Open;
use super::iter::Iter;
use super::keyed::Keyed;
use super::list::{End, List};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::storable::Storable;
use crate::store::Store;
use gate::{Gate, Kind, Put, Settings};

const KIND: Kind = Kind { end: End::Front, unique: false };

/// A queue of work: what is put first is taken first, by one taker, whether it waits or not. A Redis list to which
/// items are put with `RPUSH` and from which they are taken with `LPOP`, so that others can use it who do the same.
///
/// Stand-alone it is [`Store::queue`]. If there is a [bound](Queue::bounded), [`put`](Queue::put) refuses what is
/// beyond it, and [`put_wait`](Queue::put_wait) waits for room.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let jobs = store.queue::<String>("jobs").bounded(100);
/// jobs.put("resize 17").wait()?;
/// if !jobs.put_wait("resize 18", Duration::from_secs(5)).wait()? {
///     println!("nobody has made room for five seconds");
/// }
/// while let Some(job) = jobs.get_wait(Duration::from_secs(1)).wait()? {
///     println!("{job}");
/// }
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// An item is delivered at most once: it leaves Redis when it is taken, so a program that ends before its work is done,
/// or a connection that is lost while the item is on its way, takes the item along.
///
/// With a bound, `put` and `get` are scripts that also look after those who wait, at a second key, `{key}:room`
/// (`key:room` if the key has a hash tag), which lives ten seconds.
///
/// # Errors
/// Those of a [`List`]: every method fails with `WrongType` if there is something else than a list at the key, which is
/// left as it is; with `Decode` if what is stored is no `T` (what was taken is gone then); and with `Encode` before anything is sent if an item has
/// no encoding.
#[must_use]
pub struct Queue<T, C = Native> {
    list: List<T, C>,
    settings: Settings,
}

impl Store {
    /// The list at a key, as a queue of work: first in, first out. Nothing is sent.
    pub fn queue<T: Storable>(&self, key: impl Into<Key>) -> Queue<T> {
        self.handle(key)
    }
}

impl<T, C> Queue<T, C> {
    pub(crate) fn open(place: Place) -> Queue<T, C> {
        Queue { list: List::open(place), settings: Settings::default() }
    }

    /// The same place with another codec for its items.
    pub fn codec<D: Codec>(self) -> Queue<T, D> {
        Queue { list: self.list.codec(), settings: self.settings }
    }

    /// The same place with a greatest length: nothing is put beyond it, whoever puts at the same time.
    ///
    /// The bound belongs to the handle and is not stored: all who put and take should have the same. A taker without it
    /// wakes nobody who waits for room; that is noticed within a second.
    pub fn bounded(mut self, max_len: usize) -> Queue<T, C> {
        self.settings.bound = Some(max_len);
        self
    }

    /// The greatest length, if there is one. Nothing is sent.
    pub fn max_len(&self) -> Option<usize> {
        self.settings.bound
    }

    /// The same place where items are counted until they are [finished](Queue::task_done), at a second key,
    /// `{key}:unfinished`. All who put must count; who takes need not. Renaming or copying the queue leaves the count where
    /// it was. The items of a model's queue cannot be counted: to put one there is a `Misuse` error.
    pub fn counted(mut self) -> Queue<T, C> {
        self.settings.counted = true;
        self
    }

    fn gate(&self) -> Gate {
        Gate::new(self.list.place(), KIND, self.settings)
    }
}

impl<T: Storable, C: Codec> Queue<T, C> {
    /// Puts an item behind all others, and says how many there are then. `RPUSH`, O(1); with a bound or counting in a
    /// script.
    ///
    /// # Errors
    /// `Full` if there is a bound and it is reached; nothing is put then.
    pub fn put(&self, item: impl Arg<T>) -> Command<usize> {
        self.put_all([item])
    }

    /// Puts an item if there is room for it, and says whether it did. As [`put`](Queue::put), O(1).
    pub fn try_put(&self, item: impl Arg<T>) -> Command<bool> {
        match self.gate().encode::<T, C, _>([item]) {
            Ok(items) => self.gate().put(&items, Put::Behind).mapped(|put| put.is_some()),
            Err(error) => Command::refused(self.list.place(), error),
        }
    }

    /// Puts an item; if there is no room, waits for it. `false` when the time is over. As [`put`](Queue::put), and
    /// `BLPOP` at `{key}:room` on a connection of its own while it waits.
    ///
    /// With no time it does not wait: it is [`try_put`](Queue::try_put). Of several who wait, whoever is woken first
    /// goes first. To drop it while it waits puts nothing, unless the item is on its way already.
    pub fn put_wait(&self, item: impl Arg<T>, timeout: Duration) -> Operation<'static, bool> {
        let gate = self.gate();
        gate.put_wait(gate.encode::<T, C, _>([item]), timeout).map(|put| put.is_some())
    }

    /// Puts items behind all others in their order, all or none, and says how many there are then. `RPUSH`, O(1) for
    /// each; with a bound, counting, or more than 1,000 items in a script. Of no items it is [`len`](Queue::len).
    ///
    /// # Errors
    /// `Full` if there is a bound and no room for all of them; nothing is put then.
    pub fn put_all<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        match self.gate().encode::<T, C, _>(items) {
            Ok(items) if items.count == 0 => self.len(),
            items => self.gate().put_or_full(items),
        }
    }

    /// Takes the first item; `None` if there is none. `LPOP`, O(1); with a bound in a script.
    pub fn get(&self) -> Command<Option<T>> {
        self.gate().take::<T, C>()
    }

    /// Takes the first item; if there is none, waits for one. `None` when the time is over.
    ///
    /// `BLPOP`, O(1), on a connection of its own. Of those who wait at one queue, the one who has waited longest gets an
    /// item first. With no time it does not wait: it is [`get`](Queue::get). To drop it while it waits takes nothing
    /// from the queue, unless an item is on its way already, or is put before the server has noticed: then that one is lost.
    ///
    /// # Errors
    /// If the connection is lost, or the answer fails to come in time, the outcome is `Unknown`: an item may have been
    /// taken.
    pub fn get_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.gate().take_wait::<T, C>(timeout)
    }

    /// Takes up to `max` items, in their order. `LPOP key count`, O(`max`); with a bound in a script.
    pub fn drain_to(&self, max: usize) -> Command<Vec<T>> {
        self.gate().take_some::<T, C>(max)
    }

    /// The item that would be taken next, which stays; `None` if there is none. `LINDEX key 0`, O(1).
    pub fn peek(&self) -> Command<Option<T>> {
        self.list.first()
    }

    /// How many items there are. `LLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        self.list.len()
    }

    /// Whether there are no items. `LLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.list.is_empty()
    }

    /// Whether there is a bound and it is reached. `LLEN`, O(1).
    pub fn is_full(&self) -> Command<bool> {
        let bound = self.settings.bound;
        self.list.len().mapped(move |length| bound.is_some_and(|bound| length >= bound))
    }

    /// Removes all items; `false` if there were none. `UNLINK`; with a bound, those who wait for room are woken. Where
    /// items are counted, those removed count as finished (a script).
    pub fn clear(&self) -> Command<bool> {
        self.gate().clear(self.list.clear())
    }

    /// All items, the one that would be taken next first. `LRANGE`, O(n).
    pub fn to_vec(&self) -> Command<Vec<T>> {
        self.list.to_vec()
    }

    /// All items one after the other, the next first, fetched 1,000 at a time: [`List::iter`] says what becomes of
    /// changes meanwhile. `LRANGE` for each page.
    pub fn iter(&self) -> Iter<T> {
        self.list.iter()
    }

    /// Whether the queue holds just these items, in this order. `LRANGE`, O(n), of no more items than are given and one.
    pub fn content_eq<I>(&self, items: I) -> Command<bool>
    where
        T: PartialEq,
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.content_eq(items)
    }

    /// Makes the queue, of these items, where there is none. A script (`EXISTS`, `RPUSH`), O(n).
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is. `Full` if they are more than
    /// the bound allows.
    pub fn create<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.gate().create::<T, C, _>(items, |items| self.list.create(items))
    }

    /// Puts items in the place of all that the queue holds. `RPUSH` for each 1,000 and `LTRIM`, in one `MULTI`; O(n). Where
    /// items are counted, those removed count as finished (a script).
    ///
    /// # Errors
    /// `Full` if they are more than the bound allows; nothing is changed then.
    pub fn replace_all<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.gate().replace::<T, _>(items, |items| self.list.replace_all(items))
    }

    /// How many items have been put by those who [count](Queue::counted) and are not finished. `GET`, O(1).
    pub fn unfinished(&self) -> Command<usize> {
        self.gate().count_unfinished()
    }

    /// Counts an item that was taken as finished, and says how many are left. A script (`DECRBY`), O(1).
    ///
    /// An item whose taker has died is never finished: then [`clear`](Queue::clear) does not help either, and the key
    /// `{key}:unfinished` is to be removed.
    ///
    /// # Errors
    /// `Misuse` if none is unfinished.
    pub fn task_done(&self) -> Command<usize> {
        self.gate().finish(1)
    }

    /// Waits until all items that were put are finished; `false` when the time is over. `GET`, and `BLPOP` at
    /// `{key}:done` on a connection of its own while it waits.
    pub fn join(&self, timeout: Duration) -> Operation<'static, bool> {
        self.gate().join(timeout)
    }
}

impl<T, C> Open for Queue<T, C> {
    fn __open(place: Place) -> Self {
        Queue::open(place)
    }
    fn __keyed(&self) -> &Keyed {
        self
    }
}

impl<T, C> Clone for Queue<T, C> {
    fn clone(&self) -> Self {
        Queue { list: self.list.clone(), settings: self.settings }
    }
}

impl<T, C> fmt::Debug for Queue<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "Queue", self.key(), self.settings)
    }
}

impl<T, C> Deref for Queue<T, C> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.list
    }
}

/// How all queues are shown.
fn shown(f: &mut fmt::Formatter<'_>, name: &str, key: &Key, settings: Settings) -> fmt::Result {
    let mut shown = f.debug_tuple(name);
    shown.field(key);
    if let Some(bound) = settings.bound {
        shown.field(&format_args!("at most {bound}"));
    }
    shown.finish()
}
