//! Lists without duplicates.

use std::fmt;
use std::ops::{Deref, RangeBounds};

use super::Open;
use super::iter::Iter;
use super::keyed::Keyed;
use super::list::{End, List};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::Number;
use crate::key::Key;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;
use crate::store::Store;

/// A list in which each item is at most once, and, if wanted, with a greatest length: what is pushed and is there
/// already moves to the end at which it is pushed, and beyond the limit items drop from the other end. "Recently seen",
/// for example. A Redis list.
///
/// Stand-alone it is [`Store::unique_list`]. (A list with a limit and with duplicates is a [`Deque`](crate::Deque) with
/// [`bounded`](crate::Deque::bounded).)
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let seen = store.unique_list::<String>("seen").limited(3);
/// seen.extend(["a", "b", "c"]).wait()?;
/// seen.push("a").wait()?;
/// seen.push("d").wait()?;
/// assert_eq!(seen.to_vec().wait()?, ["c", "a", "d"]);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// Two items are the same if their bytes are. The limit and the rule belong to the handle: whoever writes to the key as
/// a plain [`List`] keeps to neither.
///
/// # Errors
/// Those of a [`List`].
#[must_use]
pub struct UniqueList<T, C = Native> {
    list: List<T, C>,
    limit: Option<usize>,
}

impl Store {
    /// The list at a key, as one without duplicates. Nothing is sent.
    pub fn unique_list<T: Storable>(&self, key: impl Into<Key>) -> UniqueList<T> {
        self.handle(key)
    }
}

impl<T, C> UniqueList<T, C> {
    pub(crate) fn open(place: Place) -> UniqueList<T, C> {
        UniqueList { list: List::open(place), limit: None }
    }

    /// The same place with another codec for its items.
    pub fn codec<D: Codec>(self) -> UniqueList<T, D> {
        UniqueList { list: self.list.codec(), limit: self.limit }
    }

    /// The same place with a greatest length. It belongs to the handle, and is not stored.
    pub fn limited(mut self, max_len: usize) -> UniqueList<T, C> {
        self.limit = Some(max_len);
        self
    }

    /// The greatest length, if there is one. Nothing is sent.
    pub fn max_len(&self) -> Option<usize> {
        self.limit
    }
}

impl<T: Storable, C: Codec> UniqueList<T, C> {
    /// Appends an item, or moves it to the end, and says how long the list is then. Beyond the limit the first item is
    /// dropped. A script (`LREM`, `RPUSH`, `LTRIM`), O(n).
    pub fn push(&self, item: impl Arg<T>) -> Command<usize> {
        self.push_all(End::Back, [item])
    }

    /// Puts an item before all others, or moves it there, and says how long the list is then. Beyond the limit the last
    /// item is dropped. A script (`LREM`, `LPUSH`, `LTRIM`), O(n).
    pub fn push_front(&self, item: impl Arg<T>) -> Command<usize> {
        self.push_all(End::Front, [item])
    }

    /// Appends items in their order, or moves them to the end, and says how long the list is then. Beyond the limit items
    /// are dropped from the front. A script, O(n).
    pub fn extend<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.push_all(End::Back, items)
    }

    /// Puts items before all others, in their order, or moves them there, and says how long the list is then. Beyond the
    /// limit items are dropped from the end. A script, O(n).
    pub fn prepend<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let items: Vec<I::Item> = items.into_iter().collect();
        self.push_all(End::Front, items.into_iter().rev())
    }

    fn push_all<I>(&self, end: End, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        static PUSH: Script = Script::new(include_str!("../scripts/unique_list_push.lua"));
        let (mut packed, mut failed, mut count) = (Vec::new(), None, 0);
        let mut arguments = Arguments::over(&mut packed, &mut failed);
        for item in items {
            arguments.value::<C, _>(item.__as());
            count += 1;
        }
        match failed {
            Some(error) => return Command::refused(self.list.place(), error),
            None if count == 0 => return self.len(),
            None => {}
        }
        let request = Request::write().eval(&PUSH, &[self.key()], |a| {
            a.raw(end.push().as_bytes());
            // a list cannot have more than 2^32 items
            match self.limit.filter(|limit| u32::try_from(*limit).is_ok()) {
                Some(limit) => a.int(limit),
                None => a.raw(b""),
            };
            a.packed(&packed, count);
        });
        Command::new::<Number<usize>>(self.list.place(), request.bears(self.list.place()))
    }

    /// Removes the last item; `None` if there is none. `RPOP`, O(1).
    pub fn pop(&self) -> Command<Option<T>> {
        self.list.pop()
    }

    /// Removes the first item; `None` if there is none. `LPOP`, O(1).
    pub fn pop_front(&self) -> Command<Option<T>> {
        self.list.pop_front()
    }

    /// Removes an item; `false` if it is not there. `LREM`, O(n).
    pub fn remove(&self, item: impl Arg<T>) -> Command<bool> {
        self.list.remove(item)
    }

    /// Whether the item is there. `LPOS`, O(n).
    pub fn contains(&self, item: impl Arg<T>) -> Command<bool> {
        self.list.contains(item)
    }

    /// The index of an item; `None` if it is not there. `LPOS`, O(n).
    pub fn index_of(&self, item: impl Arg<T>) -> Command<Option<usize>> {
        self.list.index_of(item)
    }

    /// The item at `index`, or `None` if there is none; negative ones count from the end. `LINDEX`, O(1) at both ends.
    pub fn get(&self, index: i64) -> Command<Option<T>> {
        self.list.get(index)
    }

    /// The first item, or `None`. `LINDEX key 0`, O(1).
    pub fn first(&self) -> Command<Option<T>> {
        self.list.first()
    }

    /// The last item, or `None`. `LINDEX key -1`, O(1).
    pub fn last(&self) -> Command<Option<T>> {
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

    /// Keeps the first `length` items, and drops the others. `LTRIM`, O(n) in the number of items dropped.
    pub fn truncate(&self, length: usize) -> Command<()> {
        self.list.truncate(length)
    }

    /// The items of a range: [`List::range`]. `LRANGE`, O(n).
    pub fn range(&self, range: impl RangeBounds<i64>) -> Command<Vec<T>> {
        self.list.range(range)
    }

    /// All items. `LRANGE`, O(n).
    pub fn to_vec(&self) -> Command<Vec<T>> {
        self.list.to_vec()
    }

    /// All items one after the other, fetched 1,000 at a time: [`List::iter`] says what becomes of changes meanwhile.
    /// `LRANGE` for each page.
    pub fn iter(&self) -> Iter<T> {
        self.list.iter()
    }

    /// Whether the list holds just these items, in this order. `LRANGE`, O(n), of no more items than are given and one.
    pub fn content_eq<I>(&self, items: I) -> Command<bool>
    where
        T: PartialEq,
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.content_eq(items)
    }

    /// Makes the list, of these items, where there is none; what is given twice, or beyond the limit, is treated as if
    /// the items were pushed one after the other. A script (`EXISTS`, `RPUSH`), O(n).
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is.
    pub fn create<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.create(self.distinct(items))
    }

    /// Puts items in the place of all that the list holds; what is given twice, or beyond the limit, is treated as if
    /// they were pushed one after the other. `RPUSH` for each 1,000 and `LTRIM`, in one `MULTI`; O(n).
    pub fn replace_all<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.list.replace_all(self.distinct(items))
    }

    /// What is left of items that are pushed one after the other.
    fn distinct<I>(&self, items: I) -> Vec<I::Item>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let items: Vec<I::Item> = items.into_iter().collect();
        let mut seen = std::collections::HashSet::new();
        let mut kept: Vec<I::Item> = items
            .into_iter()
            .rev()
            .filter(|item| {
                let mut bytes = Vec::new();
                // what has no encoding is refused later
                C::encode(item.__as(), &mut bytes).is_err() || seen.insert(bytes)
            })
            .collect();
        kept.truncate(self.limit.unwrap_or(usize::MAX));
        kept.reverse();
        kept
    }
}

impl<T, C> Open for UniqueList<T, C> {
    fn __open(place: Place) -> Self {
        UniqueList::open(place)
    }
    fn __keyed(&self) -> &Keyed {
        self
    }
}

impl<T, C> Clone for UniqueList<T, C> {
    fn clone(&self) -> Self {
        UniqueList { list: self.list.clone(), limit: self.limit }
    }
}

impl<T, C> fmt::Debug for UniqueList<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_tuple("UniqueList");
        shown.field(self.key());
        if let Some(limit) = self.limit {
            shown.field(&format_args!("at most {limit}"));
        }
        shown.finish()
    }
}

impl<T, C> Deref for UniqueList<T, C> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.list
    }
}
