//! Multisets: how many there are of each item.

mod algebra;
mod operand;

use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;

pub use operand::Counts;

use super::fill::Filling;
use super::iter::Iter;
use super::keyed::Keyed;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Decode, Elements, Flag, Many, Number, One};
use crate::error::{Error, ErrorKind};
use crate::key::Key;
use crate::operation::Operation;
use crate::reply::{Reply, Step};
use crate::request::Request;
use crate::storable::Storable;
use crate::store::Store;
use operand::{Part, overflow, tally, too_many};

/// How many there are of each item: Python's `Counter`. A Redis hash of items and counts.
///
/// Stand-alone it is [`Store::multiset`]. A count is an `i64`, exact to its ends, and may be negative; an item that is
/// not there has the count 0, and one whose count is set to 0 is there until it is [removed](MultiSet::remove). Counts
/// are stored as decimal text whatever the codec, which is for the items.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let letters = store.multiset::<char>("letters");
/// letters.extend("abracadabra".chars()).wait()?;
/// assert_eq!(letters.count('a').wait()?, 5);
/// assert_eq!(letters.most_common(Some(1)).wait()?, [('a', 5)]);
/// letters.subtract([('a', 5), ('b', 1)]).wait()?;
/// let left = letters.union([('z', 2)]).wait()?;
/// assert_eq!(left[&'b'], 1);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// Two items are the same if their bytes are. Every operation but [`iter`](MultiSet::iter) is atomic and one round trip.
///
/// # Errors
/// Every method fails with [`WrongType`](crate::ErrorKind::WrongType) if there is something else than a hash at the key,
/// which is left as it is; with `Decode` if what is stored is no `T` or no count; with `Overflow` where a count would
/// leave the range of an `i64`, and then nothing is changed; and with `Encode` before anything is sent if an item that
/// is counted has no encoding.
#[must_use]
pub struct MultiSet<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(MultiSet<T>);

impl Store {
    /// The hash at a key, as a multiset: how many there are of each item. Nothing is sent.
    pub fn multiset<T: Storable>(&self, key: impl Into<Key>) -> MultiSet<T> {
        self.handle(key)
    }
}

/// An item and its count.
pub(crate) struct Counted<T, C>(PhantomData<(T, C)>);

impl<T: Storable, C: Codec> Decode for Counted<T, C> {
    type Output = (T, i64);
    type Partial = Option<T>;
    const VALUES: usize = 2;

    fn resume(item: &mut Option<T>, reply: &mut Reply<'_>) -> Step<(T, i64)> {
        if item.is_none() {
            *item = Some(One::<T, C>::resume(&mut (), reply)?);
        }
        let count = One::<i64, Native>::resume(&mut (), reply)?;
        match item.take() {
            Some(item) => Ok((item, count)),
            None => Err(Error::new(ErrorKind::Decode, "a count without an item").into()),
        }
    }
}

impl<T: Storable, C: Codec> MultiSet<T, C> {
    /// How many there are of an item: 0 if it is not there. `HGET`, O(1).
    pub fn count(&self, item: impl Arg<T>) -> Command<i64> {
        match self.sought("HGET", item, true) {
            Some(request) => Command::new::<Number<i64>>(self.place(), request),
            None => Command::known(self.place(), 0),
        }
    }

    /// Sets how many there are of an item; 0 is a count like any other. `HSET`, O(1).
    pub fn set(&self, item: impl Arg<T>, count: i64) -> Command<()> {
        let request = Request::write().command("HSET", |a| {
            a.key(self.key()).member::<C, _>(item.__as()).int(count);
        });
        Command::new::<Flag>(self.place(), request.bears(self.place())).mapped(drop)
    }

    /// Adds to the count of an item, and returns the sum. `HINCRBY`, O(1).
    pub fn add(&self, item: impl Arg<T>, count: i64) -> Command<i64> {
        let request = Request::write().command("HINCRBY", |a| {
            a.key(self.key()).member::<C, _>(item.__as()).int(count);
        });
        Command::new::<Number<i64>>(self.place(), request.bears(self.place()))
    }

    /// Counts one more for each time that an item is given, and says how many different items there are then. A script
    /// (`HINCRBY`), O(n).
    pub fn extend<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let counts = tally::<T, C, _>(items.into_iter().map(|item| (item, 1)));
        self.change(b"ADD", false, Part::Local(counts))
    }

    /// Adds counts, which may be negative, as sums may be, and says how many different items there are then. A script
    /// (`HINCRBY`), O(n).
    pub fn update(&self, counts: impl Counts<T, C>) -> Command<usize> {
        self.change(b"ADD", false, counts.__counts())
    }

    /// Subtracts counts; what is left may be negative. Says how many different items there are then. A script
    /// (`HINCRBY`), O(n).
    pub fn subtract(&self, counts: impl Counts<T, C>) -> Command<usize> {
        self.change(b"SUB", false, counts.__counts())
    }

    /// Removes an item, whatever its count; `false` if it is not there. `HDEL`, O(1).
    pub fn remove(&self, item: impl Arg<T>) -> Command<bool> {
        match self.sought("HDEL", item, false) {
            Some(request) => Command::new::<Flag>(self.place(), request),
            None => Command::known(self.place(), false),
        }
    }

    /// Whether an item is there, whatever its count. `HEXISTS`, O(1).
    pub fn contains(&self, item: impl Arg<T>) -> Command<bool> {
        match self.sought("HEXISTS", item, true) {
            Some(request) => Command::new::<Flag>(self.place(), request),
            None => Command::known(self.place(), false),
        }
    }

    /// How many different items there are, whatever their counts. `HLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        let request = Request::read().command("HLEN", |a| _ = a.key(self.key()));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Whether there are no items. `HLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|length| length == 0)
    }

    /// The sum of all counts. `HVALS`, O(n).
    pub fn total(&self) -> Command<i64> {
        let request = Request::read().command("HVALS", |a| _ = a.key(self.key()));
        Command::new::<Elements<Vec<i64>, i64, Native>>(self.place(), request).try_map(|counts| {
            i64::try_from(counts.into_iter().map(i128::from).sum::<i128>()).map_err(|_| overflow())
        })
    }

    /// Each item as often as it counts, in no order but the same ones together; those with a count of 0 or less not at
    /// all. `HGETALL`, O(n), and memory for the sum of the counts.
    ///
    /// # Errors
    /// `Overflow` if there is not so much memory.
    pub fn elements(&self) -> Command<Vec<T>>
    where
        T: Clone,
    {
        self.entries().try_map(|entries| {
            let mut elements = Vec::new();
            for (item, count) in entries {
                let count = usize::try_from(count.max(0)).map_err(|_| too_many())?;
                elements.try_reserve(count).map_err(|_| too_many())?;
                elements.extend(std::iter::repeat_n(item, count));
            }
            Ok(elements)
        })
    }

    /// The items with the greatest counts and these, the greatest first; all items if no number is given. `HGETALL`,
    /// O(n log n).
    pub fn most_common(&self, n: Option<usize>) -> Command<Vec<(T, i64)>> {
        self.entries().mapped(move |mut entries| {
            entries.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            entries.truncate(n.unwrap_or(usize::MAX));
            entries
        })
    }

    /// All items and their counts, in no order. `HGETALL`, O(n).
    pub fn to_map(&self) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        Command::new::<Many<HashMap<T, i64>, Counted<T, C>>>(self.place(), self.get_all())
    }

    /// All items and their counts, in a collection of your choice. `HGETALL`, O(n).
    pub fn collect<M: FromIterator<(T, i64)> + 'static>(&self) -> Command<M> {
        self.entries().mapped(M::from_iter)
    }

    /// The items and their counts, fetched in pages of about 500 as they are needed, in no order: [`Map::iter`] says
    /// what becomes of changes meanwhile. `HSCAN`.
    ///
    /// [`Map::iter`]: crate::Map::iter
    pub fn iter(&self) -> Iter<(T, i64)> {
        let place = self.place().clone();
        Iter::new(move |cursor| {
            let request = Request::read().command("HSCAN", |a| {
                a.key(place.key()).int(cursor).raw(b"COUNT").raw(b"500");
            });
            let page = Command::new::<crate::decode::Scanned<Counted<T, C>>>(&place, request);
            Operation::new(place.store(), |run| async move { run.command(page).await })
        })
    }

    /// Whether the multiset holds just these items, with these counts: 0 is not the same as not there. `HGETALL`, O(n).
    pub fn content_eq(&self, counts: impl Counts<T, C>) -> Command<bool> {
        match counts.__counts() {
            // what cannot be stored is not there
            Part::Local(Err(error)) if error.kind() == ErrorKind::Encode => self.len().mapped(|_| false),
            other => self.with_other(other, |own, other| Ok(own == other)),
        }
    }

    /// Makes the multiset, with these counts, where there is none. A script (`EXISTS`, `HSET`), O(n).
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is.
    pub fn create<I, A>(&self, counts: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, i64)>,
        A: Arg<T>,
    {
        self.filled(tally::<T, C, _>(counts), |place, packed, count| {
            Filling::HASH.create(place, |a| _ = a.packed(packed, count))
        })
    }

    /// Puts these counts in the place of all that is there. A time to live stays. A script (`UNLINK`, `HSET`), O(n).
    pub fn replace_all<I, A>(&self, counts: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, i64)>,
        A: Arg<T>,
    {
        self.filled(tally::<T, C, _>(counts), |place, packed, count| {
            Filling::HASH.replace(place, |a| _ = a.packed(packed, count))
        })
    }

    /// A command that looks for one item; `None` if the item has no encoding.
    fn sought(&self, command: &str, item: impl Arg<T>, reads: bool) -> Option<Request> {
        let mut found = false;
        let request = if reads { Request::read() } else { Request::write() };
        let request = request.command(command, |a| found = a.key(self.key()).sought::<C, _>(item.__as()));
        found.then_some(request)
    }

    fn entries(&self) -> Command<Vec<(T, i64)>> {
        Command::new::<Many<Vec<(T, i64)>, Counted<T, C>>>(self.place(), self.get_all())
    }

    fn get_all(&self) -> Request {
        Request::read().command("HGETALL", |a| _ = a.key(self.key()))
    }
}
