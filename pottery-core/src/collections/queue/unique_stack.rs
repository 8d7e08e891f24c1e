//! Stacks without duplicates: last in, first out.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use super::gate::{Gate, Kind, Settings};
use super::shown;
use super::unique::numbered;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::collections::Open;
use crate::collections::fill::Filling;
use crate::collections::iter::Iter;
use crate::collections::keyed::Keyed;
use crate::collections::list::End;
use crate::command::Command;
use crate::decode::{Bytes, Elements, Flag, Index, Many, Number};
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::request::Request;
use crate::storable::Storable;
use crate::store::Store;

const KIND: Kind = Kind { end: End::Back, unique: true };

/// How many items an iterator fetches at once.
const PAGE: i64 = 1000;

/// A stack of work in which each item is at most once: what is put last is taken first, by one taker, whether it waits
/// or not, and may be put again then. A Redis sorted set: the scores are running numbers, given when an item is put.
/// Besides the order, it does what a [`UniqueQueue`](super::UniqueQueue) does.
///
/// Stand-alone it is [`Store::unique_stack`]. If there is a [bound](UniqueStack::bounded), [`put`](UniqueStack::put) refuses what is
/// beyond it, and [`put_wait`](UniqueStack::put_wait) waits for room.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let jobs = store.unique_stack::<String>("jobs").bounded(100);
/// jobs.put("resize 17").wait()?;
/// if jobs.put_wait("resize 18", Duration::from_secs(5)).wait()?.is_none() {
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
/// Two items are the same if their bytes are. With a bound, taking is a script that also looks after those who wait, at a second key, `{key}:room`
/// (`key:room` if the key has a hash tag), which lives ten seconds.
///
/// # Errors
/// Every method fails with [`WrongType`](crate::ErrorKind::WrongType) if there is something else than a sorted set at
/// the key, which is left as it is; with `Decode` if what is stored is no `T` (what was taken is gone then); and with `Encode` before anything is sent
/// if an item that is put has no encoding.
#[must_use]
pub struct UniqueStack<T, C = Native> {
    at: Keyed,
    settings: Settings,
    types: PhantomData<fn() -> (T, C)>,
}

impl Store {
    /// The sorted set at a key, as a stack of work without duplicates: last in, first out. Nothing is sent.
    pub fn unique_stack<T: Storable>(&self, key: impl Into<Key>) -> UniqueStack<T> {
        self.handle(key)
    }
}

impl<T, C> UniqueStack<T, C> {
    pub(crate) fn open(place: Place) -> UniqueStack<T, C> {
        UniqueStack { at: Keyed::new(place), settings: Settings::default(), types: PhantomData }
    }

    /// The same place with another codec for its items.
    pub fn codec<D: Codec>(self) -> UniqueStack<T, D> {
        UniqueStack { at: self.at, settings: self.settings, types: PhantomData }
    }

    /// The same place with a greatest length: nothing is put beyond it, whoever puts at the same time.
    ///
    /// The bound belongs to the handle and is not stored: all who put and take should have the same. A taker without it
    /// wakes nobody who waits for room; that is noticed within a second.
    pub fn bounded(mut self, max_len: usize) -> UniqueStack<T, C> {
        self.settings.bound = Some(max_len);
        self
    }

    /// The greatest length, if there is one. Nothing is sent.
    pub fn max_len(&self) -> Option<usize> {
        self.settings.bound
    }

    fn gate(&self) -> Gate {
        Gate::new(self.at.place(), KIND, self.settings)
    }
}

impl<T: Storable, C: Codec> UniqueStack<T, C> {
    /// Puts an item on top, unless it is there: then it stays where it is, and the answer is `false`. A
    /// script (`ZADD`), O(log n).
    ///
    /// # Errors
    /// `Full` if the item is new, there is a bound and it is reached; nothing is put then.
    pub fn put(&self, item: impl Arg<T>) -> Command<bool> {
        self.put_all([item]).mapped(|put| put > 0)
    }

    /// Puts an item; if there is no room, waits for it. `Some(false)` if it is there already, `None` when the time is
    /// over. As [`put`](UniqueStack::put), and `BLPOP` at `{key}:room` on a connection of its own while it waits.
    ///
    /// With no time it does not wait. Of several who wait, whoever is woken first goes first. To drop it while it waits
    /// puts nothing, unless the item is on its way already.
    pub fn put_wait(&self, item: impl Arg<T>, timeout: Duration) -> Operation<'static, Option<bool>> {
        let gate = self.gate();
        gate.put_wait(gate.encode::<T, C, _>([item]), timeout).map(|put| put.map(|put| put > 0))
    }

    /// Puts those of the items that are not there on top, one after the other, all or none, and says how many. A
    /// script (`ZMSCORE`, `ZADD`), O(log n) for each.
    ///
    /// # Errors
    /// `Full` if there is a bound and no room for all of them; nothing is put then.
    pub fn put_all<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let gate = self.gate();
        gate.put_or_full(gate.encode::<T, C, _>(items))
    }

    /// Takes the last item; `None` if there is none. `ZPOPMAX`, O(log n); with a bound in a script.
    pub fn get(&self) -> Command<Option<T>> {
        self.gate().take::<T, C>()
    }

    /// Takes the last item; if there is none, waits for one. `None` when the time is over.
    ///
    /// `BZPOPMAX`, O(log n), on a connection of its own. Of those who wait at one stack, the one who has waited longest gets an
    /// item first. With no time it does not wait: it is [`get`](UniqueStack::get). To drop it while it waits takes nothing
    /// from the stack, unless an item is on its way already, or is put before the server has noticed: then that one is lost.
    ///
    /// # Errors
    /// If the connection is lost, or the answer fails to come in time, the outcome is `Unknown`: an item may have been
    /// taken.
    pub fn get_wait(&self, timeout: Duration) -> Operation<'static, Option<T>> {
        self.gate().take_wait::<T, C>(timeout)
    }

    /// Takes up to `max` items, the last one first. A script (`ZPOPMAX`), O(`max` log n).
    pub fn drain_to(&self, max: usize) -> Command<Vec<T>> {
        self.gate().take_some::<T, C>(max)
    }

    /// The item that would be taken next, which stays; `None` if there is none. `ZREVRANGE`, O(log n).
    pub fn peek(&self) -> Command<Option<T>> {
        self.read_range(0, 0).mapped(|mut items| items.pop())
    }

    /// Whether the item is there. `ZREVRANK`, O(log n).
    pub fn contains(&self, item: impl Arg<T>) -> Command<bool> {
        self.position(item).mapped(|position| position.is_some())
    }

    /// How many items would be taken before this one; `None` if it is not there. `ZREVRANK`, O(log n).
    pub fn position(&self, item: impl Arg<T>) -> Command<Option<usize>> {
        let mut found = false;
        let request =
            Request::read().command("ZREVRANK", |a| found = a.key(self.key()).sought::<C, _>(item.__as()));
        if found {
            Command::new::<Index>(self.at.place(), request)
        } else {
            Command::known(self.at.place(), None)
        }
    }

    /// Removes an item, wherever it is; `false` if it is not there. `ZREM`, O(log n); with a bound, those who wait for
    /// room are woken.
    pub fn remove(&self, item: impl Arg<T>) -> Command<bool> {
        let mut found = false;
        let request =
            Request::write().command("ZREM", |a| found = a.key(self.key()).sought::<C, _>(item.__as()));
        match found {
            true => self.gate().and_wake(Command::new::<Flag>(self.at.place(), request)),
            false => Command::known(self.at.place(), false),
        }
    }

    /// How many items there are. `ZCARD`, O(1).
    pub fn len(&self) -> Command<usize> {
        let request = Request::read().command("ZCARD", |a| _ = a.key(self.key()));
        Command::new::<Number<usize>>(self.at.place(), request)
    }

    /// Whether there are no items. `ZCARD`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|length| length == 0)
    }

    /// Whether there is a bound and it is reached. `ZCARD`, O(1).
    pub fn is_full(&self) -> Command<bool> {
        let bound = self.settings.bound;
        self.len().mapped(move |length| bound.is_some_and(|bound| length >= bound))
    }

    /// Removes all items; `false` if there were none. `UNLINK`; with a bound, those who wait for room are woken.
    pub fn clear(&self) -> Command<bool> {
        self.gate().and_wake(self.at.clear())
    }

    /// All items, the one that would be taken next first. `ZREVRANGE`, O(n).
    pub fn to_vec(&self) -> Command<Vec<T>> {
        self.read_range(0, -1)
    }

    /// All items one after the other, the next first, fetched 1,000 at a time. `ZREVRANGE` for each page.
    ///
    /// Others may change the stack between two pages: then some items may come twice, and some may be left out.
    /// [`to_vec`](UniqueStack::to_vec) is one moment.
    pub fn iter(&self) -> Iter<T> {
        let stack = self.clone();
        Iter::new(move |from| {
            let first = i64::try_from(from).unwrap_or(i64::MAX - PAGE);
            let page = stack.read_range(first, first.saturating_add(PAGE - 1));
            Operation::new(stack.at.place().store(), move |run| async move {
                let items = run.command(page).await?;
                let next = (items.len() as i64 == PAGE).then_some(from + PAGE as u64);
                Ok((items, next))
            })
        })
    }

    /// Whether the stack holds just these items, the next first. `ZREVRANGE`, O(n), of no more items than are given and
    /// one. Items are compared as bytes.
    pub fn content_eq<I>(&self, items: I) -> Command<bool>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let mut wanted = Vec::new();
        for item in items {
            let mut bytes = Vec::new();
            if C::encode_member(item.__as(), &mut bytes).is_err() {
                // what cannot be stored is not there
                return self.len().mapped(|_| false);
            }
            wanted.push(Some(bytes));
        }
        let request = self.range_request(0, i64::try_from(wanted.len()).unwrap_or(i64::MAX));
        Command::new::<Many<Vec<Option<Vec<u8>>>, Bytes>>(self.at.place(), request)
            .mapped(move |stored| stored == wanted)
    }

    /// Makes the stack, of these items, where there is none; of those that are there twice, the first counts. A script
    /// (`EXISTS`, `ZADD`), O(n log n).
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is. `Full` if they are more than
    /// the bound allows.
    pub fn create<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        match numbered::<T, C, I>(self.at.place(), items) {
            Ok(items) => match self.gate().fitting(items.count) {
                Ok(()) => Filling::SORTED_SET
                    .create(self.at.place(), |a| _ = a.packed(&items.packed, 2 * items.count)),
                Err(refused) => refused,
            },
            Err(error) => Command::refused(self.at.place(), error),
        }
    }

    /// Puts items in the place of all that the stack holds; of those that are there twice, the first counts. A time to
    /// live stays. A script (`UNLINK`, `ZADD`), O(n log n).
    ///
    /// # Errors
    /// `Full` if they are more than the bound allows; nothing is changed then.
    pub fn replace_all<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        match numbered::<T, C, I>(self.at.place(), items) {
            Ok(items) => match self.gate().fitting(items.count) {
                Ok(()) => self.gate().and_wake(
                    Filling::SORTED_SET
                        .replace(self.at.place(), |a| _ = a.packed(&items.packed, 2 * items.count)),
                ),
                Err(refused) => refused,
            },
            Err(error) => Command::refused(self.at.place(), error),
        }
    }

    fn read_range(&self, from: i64, to: i64) -> Command<Vec<T>> {
        Command::new::<Elements<Vec<T>, T, C>>(self.at.place(), self.range_request(from, to))
    }

    fn range_request(&self, from: i64, to: i64) -> Request {
        Request::read().command("ZREVRANGE", |a| _ = a.key(self.key()).int(from).int(to))
    }
}

impl<T, C> Open for UniqueStack<T, C> {
    fn __open(place: Place) -> Self {
        UniqueStack::open(place)
    }
    fn __keyed(&self) -> &Keyed {
        self
    }
}

impl<T, C> Clone for UniqueStack<T, C> {
    fn clone(&self) -> Self {
        UniqueStack { at: self.at.clone(), settings: self.settings, types: PhantomData }
    }
}

impl<T, C> fmt::Debug for UniqueStack<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown(f, "UniqueStack", self.key(), self.settings)
    }
}

impl<T, C> Deref for UniqueStack<T, C> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.at
    }
}
