//! The ends of a sorted set.

use std::ops::RangeBounds;
use std::time::Duration;

use super::{SAMPLE_AT_MOST, SortedSet};
use crate::codec::Codec;
use crate::collections::wait::{at_once, seconds, waiting};
use crate::command::Command;
use crate::decode::{PoppedScored, Scored};
use crate::operation::Operation;
use crate::request::Request;
use crate::storable::Storable;

impl<T: Storable, C: Codec> SortedSet<T, C> {
    /// The member with the least score, or `None`. `ZRANGE key 0 0 WITHSCORES`, O(log n).
    pub fn first(&self) -> Command<Option<(T, f64)>> {
        self.by_rank(..=0).entries().mapped(|mut entries| entries.pop())
    }

    /// The member with the greatest score, or `None`. `ZRANGE key -1 -1 WITHSCORES`, O(log n).
    pub fn last(&self) -> Command<Option<(T, f64)>> {
        self.by_rank(-1..).entries().mapped(|mut entries| entries.pop())
    }

    /// The members of a range of ranks, without scores: `0..10`, `-3..`. `ZRANGE`, O(log n) and O(1) for each. More of
    /// ranges: [`by_rank`](SortedSet::by_rank).
    pub fn range(&self, range: impl RangeBounds<i64>) -> Command<Vec<T>> {
        self.by_rank(range).members()
    }

    /// Removes the member with the least score, and returns it; `None` if there is none. `ZPOPMIN`, O(log n).
    ///
    /// # Errors
    /// `Decode` if the member is not a `T`; it is removed then all the same.
    pub fn pop_min(&self) -> Command<Option<(T, f64)>> {
        self.pop_one("ZPOPMIN")
    }

    /// Removes the member with the greatest score, and returns it; `None` if there is none. `ZPOPMAX`, O(log n).
    ///
    /// # Errors
    /// `Decode` if the member is not a `T`; it is removed then all the same.
    pub fn pop_max(&self) -> Command<Option<(T, f64)>> {
        self.pop_one("ZPOPMAX")
    }

    /// Removes up to `count` members, the least scores first. `ZPOPMIN key count`, O(log n) for each.
    ///
    /// # Errors
    /// `Decode` if a member is not a `T`; all are removed then all the same.
    pub fn pop_min_n(&self, count: usize) -> Command<Vec<(T, f64)>> {
        self.pop_many("ZPOPMIN", count)
    }

    /// Removes up to `count` members, the greatest scores first. `ZPOPMAX key count`, O(log n) for each.
    ///
    /// # Errors
    /// `Decode` if a member is not a `T`; all are removed then all the same.
    pub fn pop_max_n(&self, count: usize) -> Command<Vec<(T, f64)>> {
        self.pop_many("ZPOPMAX", count)
    }

    /// Removes the member with the least score; if there is none, waits for one. `None` when the time is over.
    ///
    /// `BZPOPMIN`, O(log n), on a connection of its own. Of those who wait, the one who has waited longest is served
    /// first. With no time it does not wait: it is [`pop_min`](SortedSet::pop_min). To drop it while it waits takes
    /// nothing from the set, unless a member is on its way already, or is put before the server has noticed: then that one is
    /// lost.
    ///
    /// # Errors
    /// If the connection is lost, or the answer fails to come in time, the outcome is `Unknown`: a member may have been
    /// taken.
    pub fn pop_min_wait(&self, timeout: Duration) -> Operation<'static, Option<(T, f64)>> {
        self.pop_wait("ZPOPMIN", "BZPOPMIN", timeout)
    }

    /// Removes the member with the greatest score; if there is none, waits for one. `None` when the time is over.
    /// `BZPOPMAX`; otherwise like [`pop_min_wait`](SortedSet::pop_min_wait).
    ///
    /// # Errors
    /// Those of [`pop_min_wait`](SortedSet::pop_min_wait).
    pub fn pop_max_wait(&self, timeout: Duration) -> Operation<'static, Option<(T, f64)>> {
        self.pop_wait("ZPOPMAX", "BZPOPMAX", timeout)
    }

    fn pop_one(&self, command: &str) -> Command<Option<(T, f64)>> {
        let request = Request::write().command(command, |a| _ = a.key(self.key()));
        Command::new::<Scored<T, C>>(self.place(), request).mapped(|mut entries| entries.pop())
    }

    fn pop_many(&self, command: &str, count: usize) -> Command<Vec<(T, f64)>> {
        let request =
            Request::write().command(command, |a| _ = a.key(self.key()).int(count.min(SAMPLE_AT_MOST)));
        Command::new::<Scored<T, C>>(self.place(), request)
    }

    fn pop_wait(
        &self,
        command: &str,
        blocking: &str,
        timeout: Duration,
    ) -> Operation<'static, Option<(T, f64)>> {
        if timeout.is_zero() {
            return at_once(self.place(), self.pop_one(command));
        }
        let request = Request::write().command(blocking, |a| {
            a.key(self.key());
            seconds(a, timeout);
        });
        waiting(self.place(), Command::new::<PoppedScored<T, C>>(self.place(), request), timeout)
    }
}
