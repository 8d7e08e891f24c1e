//! Parts of a list.

use std::ops::{Bound, RangeBounds};

use super::List;
use crate::arg::Arg;
use crate::codec::Codec;
use crate::command::Command;
use crate::decode::Elements;
use crate::error::Error;
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

/// Where a range begins, and the index behind its end; negative ones count from the end of the list, `i64::MAX` is
/// the end.
#[derive(Clone, Copy)]
pub(in crate::collections) struct Span {
    from: i64,
    to: i64,
}

impl Span {
    pub(in crate::collections) fn of(range: &impl RangeBounds<i64>) -> Span {
        // behind the last item there is nothing, and not the first
        let behind = |index: i64| if index == -1 { i64::MAX } else { index.saturating_add(1) };
        Span {
            from: match range.start_bound() {
                Bound::Included(&index) => index,
                Bound::Excluded(&index) => behind(index),
                Bound::Unbounded => 0,
            },
            to: match range.end_bound() {
                Bound::Included(&index) => behind(index),
                Bound::Excluded(&index) => index,
                Bound::Unbounded => i64::MAX,
            },
        }
    }

    /// As Redis has it: the end included.
    pub(in crate::collections) fn inclusive(self) -> (i64, i64) {
        match self.to {
            // before the first item there is nothing, and not the last
            0 => (1, 0),
            to => (self.from, to.saturating_sub(1)),
        }
    }
}

impl<T: Storable, C: Codec> List<T, C> {
    /// The items of a range: `1..4`, `..=2`, `-3..`. Negative bounds count from the end; what lies outside is left out.
    /// `LRANGE`, O(n).
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let lyrics = store.list::<String>("lyrics");
    /// lyrics.replace_all(["everything", "in", "its", "right", "place"]).wait()?;
    /// assert_eq!(lyrics.range(1..3).wait()?, ["in", "its"]);
    /// assert_eq!(lyrics.range(-2..).wait()?, ["right", "place"]);
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn range(&self, range: impl RangeBounds<i64>) -> Command<Vec<T>> {
        let (from, to) = Span::of(&range).inclusive();
        self.read_range(from, to)
    }

    /// The items from one index to another, both included.
    pub(super) fn read_range(&self, from: i64, to: i64) -> Command<Vec<T>> {
        let request = Request::read().command("LRANGE", |a| _ = a.key(self.key()).int(from).int(to));
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), request)
    }

    /// Every `step`th item from `start` on and before `stop`, as Python's `list[start:stop:step]`: with a negative step
    /// backwards, and without a bound to the end. `LRANGE`, O(n); the items between are fetched as well.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let numbers = store.list::<u64>("numbers");
    /// numbers.replace_all(0..10).wait()?;
    /// assert_eq!(numbers.slice(1, 8, 3).wait()?, [1, 4, 7]);
    /// assert_eq!(numbers.slice(None, None, -4).wait()?, [9, 5, 1]);
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    ///
    /// # Errors
    /// `Misuse` if `step` is 0.
    pub fn slice(
        &self,
        start: impl Into<Option<i64>>,
        stop: impl Into<Option<i64>>,
        step: i64,
    ) -> Command<Vec<T>> {
        let (start, stop) = (start.into(), stop.into());
        let stride = usize::try_from(step.unsigned_abs()).unwrap_or(usize::MAX);
        if step == 0 {
            return Command::refused(self.place(), Error::misuse("the step of a slice must not be 0"));
        }
        if step > 0 {
            let span = Span { from: start.unwrap_or(0), to: stop.unwrap_or(i64::MAX) };
            let (from, to) = span.inclusive();
            return self.read_range(from, to).map(move |items| items.into_iter().step_by(stride).collect());
        }
        // backwards: the same items read forwards begin behind `stop` and end with `start`
        let from = match stop {
            None => Bound::Unbounded,
            Some(stop) => Bound::Excluded(stop),
        };
        let (from, to) = Span::of(&(from, Bound::Included(start.unwrap_or(-1)))).inclusive();
        self.read_range(from, to).map(move |items| items.into_iter().rev().step_by(stride).collect())
    }

    /// Puts items in the place of a range, which may be shorter, as long or longer, and returns what was there. With an
    /// empty range it inserts. One script (`LRANGE`, `LTRIM`, pushes); O(n): the shorter side of the list is moved.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let numbers = store.list::<u64>("numbers");
    /// numbers.replace_all([1, 2, 3, 4]).wait()?;
    /// assert_eq!(numbers.splice(1..3, [7, 8, 9]).wait()?, [2, 3]);
    /// assert_eq!(numbers.to_vec().wait()?, [1, 7, 8, 9, 4]);
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn splice<I>(&self, range: impl RangeBounds<i64>, items: I) -> Command<Vec<T>>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        static SPLICE: Script = Script::new(include_str!("../../scripts/list_splice.lua"));
        let span = Span::of(&range);
        let request = Request::write().eval(&SPLICE, &[self.key()], |a| {
            a.int(span.from).int(span.to);
            for item in items {
                a.value::<C, _>(item.__as());
            }
        });
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), request.bears(self.place()))
    }

    /// Removes a range, and returns what was there. One script (`LRANGE`, `LTRIM`, pushes); O(n): the shorter side of
    /// the list is moved.
    pub fn drain(&self, range: impl RangeBounds<i64>) -> Command<Vec<T>> {
        self.splice(range, std::iter::empty::<T>())
    }

    /// Keeps the items of a range, and drops the others. `LTRIM`, O(n) in the number of items dropped.
    pub fn trim(&self, range: impl RangeBounds<i64>) -> Command<()> {
        let (from, to) = Span::of(&range).inclusive();
        self.cut(from, to)
    }

    /// Keeps the first `length` items, and drops the others. `LTRIM`, O(n) in the number of items dropped.
    pub fn truncate(&self, length: usize) -> Command<()> {
        self.keep(super::End::Front, length)
    }
}
