//! Stacks: last in, first out.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use super::gate::{Gate, Kind, Put, Settings};
use super::shown;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::collections::Open;
use crate::collections::iter::Iter;
use crate::collections::keyed::Keyed;
use crate::collections::list::{End, List};
use crate::command::Command;
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::storable::Storable;
use crate::store::Store;

const KIND: Kind = Kind { end: End::Back, unique: false };

/// How many items an iterator fetches at once.
const PAGE: i64 = 1000;

fn reversed<T>(mut items: Vec<T>) -> Vec<T> {
    items.reverse();
    items
}

/// A stack of work: what is put last is taken first, by one taker, whether it waits or not. A Redis list to which
/// items are put with `RPUSH` and from which they are taken with `RPOP`, so that others can use it who do the same.
/// Besides the order, it does what a [`Queue`](super::Queue) does.
///
/// Stand-alone it is [`Store::stack`]. If there is a [bound](Stack::bounded), [`put`](Stack::put) refuses what is
/// beyond it, and [`put_wait`](Stack::put_wait) waits for room.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let jobs = store.stack::<String>("jobs").bounded(100);
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
pub struct Stack<T, C = Native> {
    list: List<T, C>,
    settings: Settings,
}

impl Store {
    /// The list at a key, as a stack of work: last in, first out. Nothing is sent.
    pub fn stack<T: Storable>(&self, key: impl Into<Key>) -> Stack<T> {
        self.handle(key)
    }
}

impl<T, C> Stack<T, C> {
    pub(crate) fn open(place: Place) -> Stack<T, C> {
        Stack { list: List::open(place), settings: Settings::default() }
    }

    /// The same place with another codec for its items.
    pub fn codec<D: Codec>(self) -> Stack<T, D> {
        Stack { list: self.list.codec(), settings: self.settings }
    }

    /// The same place with a greatest length: nothing is put beyond it, whoever puts at the same time.
    ///
    /// The bound belongs to the handle and is not stored: all who put and take should have the same. A taker without it
    /// wakes nobody who waits for room; that is noticed within a second.
    pub fn bounded(mut self, max_len: usize) -> Stack<T, C> {
        self.settings.bound = Some(max_len);
        self
    }

    /// The greatest length, if there is one. Nothing is sent.
    pub fn max_len(&self) -> Option<usize> {
        self.settings.bound
    }

    /// The same place where items are counted until they are [finished](Stack::task_done), at a second key,
    /// `{key}:unfinished`. All who put must count; who takes need not. Renaming or copying the stack leaves the count where
    /// it was. The items of a model's stack cannot be counted: to put one there is a `Misuse` error.
    pub fn counted(mut self) -> Stack<T, C> {
        self.settings.counted = true;
        self
    }

    fn gate(&self) -> Gate {
        Gate::new(self.list.place(), KIND, self.settings)
    }
}

impl<T: Storable, C: Codec> Stack<T, C> {
    /// Puts an item on top, and says how many there are then. `RPUSH`, O(1); with a bound or counting in a
    /// script.
    ///
    /// # Errors
    /// `Full` if there is a bound and it is reached; nothing is put then.
    pub fn put(&self, item: impl Arg<T>) -> Command<usize> {
        self.put_all([item])
    }

    /// Puts an item if there is room for it, and says whether it did. As [`put`](Stack::put), O(1).
    pub fn try_put(&self, item: impl Arg<T>) -> Command<bool> {
        match self.gate().encode::<T, C, _>([item]) {
            Ok(items) => self.gate().put(&items, Put::Behind).mapped(|put| put.is_some()),
            Err(error) => Command::refused(self.list.place(), error),
        }
    }

    /// Puts an item; if there is no room, waits for it. `false` when the time is over. As [`put`](Stack::put), and
    /// `BLPOP` at `{key}:room` on a connection of its own while it waits.
    ///
    /// With no time it does not wait: it is [`try_put`](Stack::try_put). Of several who wait, whoever is woken first
    /// goes first. To drop it while it waits puts nothing, unless the item is on its way already.
    pub fn put_wait(&self, item: impl Arg<T>, timeout: Duration) -> Operation<'static, bool> {
        let gate = self.gate();
        gate.put_wait(gate.encode::<T, C, _>([item]), timeout).map(|put| put.is_some())
    }

    /// Puts items on top, one after the other, all or none, and says how many there are then. `RPUSH`, O(1) for
    /// each; with a bound, counting, or more than 1,000 items in a script. Of no items it is [`len`](Stack::len).
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

    /// Takes the last item; `None` if there is none. `RPOP`, O(1); with a bound in a script.
    pub fn get(&self) -> Command<Option<T>> {
        self.gate().take::<T, C>()
    }

    /// Takes the last item; if there is none, waits for one. `None` when the time is over.
    ///
    /// `BRPOP`, O(1), on a connection of its own. Of those who wait at one stack, the one who has waited longest gets an
    /// item first. With no time it does not wait: it is [`get`](Stack::get). To drop it while it waits takes nothing
    /// from the stack, unless an item is on its way already, or is put before the server has noticed: then that one is lost.
    ///
    /// # Errors
    /// If the connection is lost, or the answer fails to come in time, the outcome is `Unknown`: an item may have been
    /// taken.
    pub fn get_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.gate().take_wait::<T, C>(timeout)
    }

    /// Takes up to `max` items, the last one first. `RPOP key count`, O(`max`); with a bound in a script.
    pub fn drain_to(&self, max: usize) -> Command<Vec<T>> {
        self.gate().take_some::<T, C>(max)
    }

    /// The item that would be taken next, which stays; `None` if there is none. `LINDEX key -1`, O(1).
    pub fn peek(&self) -> Command<Option<T>> {
        self.list.last()
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
        self.list.to_vec().mapped(reversed)
    }

    /// All items one after the other, the next first, fetched 1,000 at a time. `LRANGE` for each page.
    ///
    /// If others put items meanwhile, some come twice; if they take items, some are left out.
    /// [`to_vec`](Stack::to_vec) is one moment.
    pub fn iter(&self) -> Iter<T> {
        let list = self.list.clone();
        Iter::new(move |from| {
            let last = -1 - i64::try_from(from).unwrap_or(i64::MAX - PAGE);
            let page = list.read_range(last - (PAGE - 1), last).mapped(reversed);
            Operation::new(list.place().store(), move |run| async move {
                let items = run.command(page).await?;
                let next = (items.len() as i64 == PAGE).then_some(from + PAGE as u64);
                Ok((items, next))
            })
        })
    }

    /// Whether the stack holds just these items, the next first. `LRANGE`, O(n), of no more items than
    /// are given and one.
    pub fn content_eq<I>(&self, items: I) -> Command<bool>
    where
        T: PartialEq,
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let items: Vec<I::Item> = items.into_iter().collect();
        self.list.content_eq(items.into_iter().rev())
    }

    /// Makes the stack, of these items, put one after the other, where there is none. A script (`EXISTS`, `RPUSH`), O(n).
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

    /// Puts items, one after the other, in the place of all that the stack holds. `RPUSH` for each 1,000 and `LTRIM`, in one
    /// `MULTI`; O(n). Where items are counted, those removed count as finished (a script).
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

    /// How many items have been put by those who [count](Stack::counted) and are not finished. `GET`, O(1).
    pub fn unfinished(&self) -> Command<usize> {
        self.gate().count_unfinished()
    }

    /// Counts an item that was taken as finished, and says how many are left. A script (`DECRBY`), O(1).
    ///
    /// An item whose taker has died is never finished: then [`clear`](Stack::clear) does not help either, and the key
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

impl<T, C> Open for Stack<T, C> {
    fn __open(place: Place) -> Self {
        Stack::open(place)
    }
    fn __keyed(&self) -> &Keyed {
        self
    }
}

impl<T, C> Clone for Stack<T, C> {
    fn clone(&self) -> Self {
        Stack { list: self.list.clone(), settings: self.settings }
    }
}

impl<T, C> fmt::Debug for Stack<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "Stack", self.key(), self.settings)
    }
}

impl<T, C> Deref for Stack<T, C> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.list
    }
}
