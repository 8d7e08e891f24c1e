//! Rate limits.

use std::fmt;
use std::ops::Deref;
use std::time::{Duration, Instant};

use super::Open;
use super::keyed::Keyed;
use crate::command::Command;
use crate::decode::{Many, Number};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::request::Request;
use crate::script::Script;
use crate::store::Store;

/// A limit on how often something may happen, shared by all programs.
///
/// It is a bucket (the generic cell rate algorithm, GCRA): it is full with `limit` permits, each
/// [`check`](Limiter::check) takes one, and one comes back every `window / limit`, evenly. So after a pause `limit`
/// checks succeed at once, and over a long time `limit` in each `window`; in the first window after a pause up to twice
/// as many, less one: those of the full bucket, and those that come back meanwhile.
///
/// To look and to take are one step on the server, by the server's own clock: of any number of programs no two take the
/// same permit, whatever their clocks say. Times count in microseconds, and `window / limit` is rounded up to whole ones.
///
/// The key holds the moment at which the bucket will be full again, in microseconds since 1970, as text, and expires
/// at that moment by itself. The limit belongs to the handle, and is not stored: all who ask should have the same.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # use pottery_core::Verdict;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let logins = store.limiter("logins:ann").allow(5, Duration::from_secs(60));
/// match logins.check().wait()? {
///     Verdict::Allowed { remaining, .. } => println!("{remaining} more"),
///     Verdict::Refused { retry_after, .. } => println!("not before {retry_after:?} from now"),
/// }
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
#[derive(Clone)]
pub struct Limiter {
    at: Keyed,
    rate: Option<(u64, Duration)>,
}

impl Store {
    /// The rate limiter at a key, whose limit is to be said by [`allow`](Limiter::allow). Nothing is sent.
    pub fn limiter(&self, key: impl Into<Key>) -> Limiter {
        self.handle(key)
    }
}

impl Open for Limiter {
    fn __open(place: Place) -> Self {
        Limiter { at: Keyed::new(place), rate: None }
    }
    fn __keyed(&self) -> &Keyed {
        &self.at
    }
}

impl Deref for Limiter {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.at
    }
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("key", self.at.key()).field("rate", &self.rate).finish()
    }
}

/// What a [`Limiter`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may happen now.
    Allowed {
        /// How many permits are left.
        remaining: u64,
        /// How long it takes until the bucket is full again, if nobody asks meanwhile.
        full_after: Duration,
    },
    /// It may not happen now; nothing was taken.
    Refused {
        /// How many permits there are: fewer than were asked for.
        remaining: u64,
        /// After which time there will be enough, if nobody asks meanwhile.
        retry_after: Duration,
    },
}

impl Verdict {
    /// Whether it may happen now.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Verdict::Allowed { .. })
    }

    /// How many permits are left.
    pub fn remaining(&self) -> u64 {
        match self {
            Verdict::Allowed { remaining, .. } | Verdict::Refused { remaining, .. } => *remaining,
        }
    }

    /// How long to wait before it may happen; `None` if it may happen now.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Verdict::Allowed { .. } => None,
            Verdict::Refused { retry_after, .. } => Some(*retry_after),
        }
    }
}

impl Limiter {
    /// The same place with a limit: so many in each window. At the most one each microsecond, and a window of up to a
    /// year.
    pub fn allow(mut self, limit: u64, window: Duration) -> Limiter {
        self.rate = Some((limit, window));
        self
    }

    /// Takes a permit if there is one, and says whether it did so. One script (`TIME`, `GET`, `SET PXAT`, Redis 6.2), O(1).
    ///
    /// # Errors
    /// `Misuse` if no [limit](Limiter::allow) is given, or one that cannot be kept; `WrongType` or `Decode` if something
    /// else than a limiter is at the key, which then stays as it is.
    pub fn check(&self) -> Command<Verdict> {
        self.ask(1, true)
    }

    /// Takes `cost` permits if there are so many, or none, and says which. One script, O(1), as
    /// [`check`](Limiter::check).
    ///
    /// # Errors
    /// Those of [`check`](Limiter::check); `Misuse` also if the cost is more than the limit: there would never be enough.
    pub fn check_cost(&self, cost: u64) -> Command<Verdict> {
        self.ask(cost, true)
    }

    /// What [`check`](Limiter::check) would say now; nothing is taken, and `remaining` is what would be left. One script,
    /// O(1).
    ///
    /// # Errors
    /// Those of [`check`](Limiter::check).
    pub fn peek(&self) -> Command<Verdict> {
        self.ask(1, false)
    }

    /// What [`check_cost`](Limiter::check_cost) would say now; nothing is taken. One script, O(1). With a cost of 0 it
    /// says how many permits there are.
    ///
    /// # Errors
    /// Those of [`check_cost`](Limiter::check_cost).
    pub fn peek_cost(&self, cost: u64) -> Command<Verdict> {
        self.ask(cost, false)
    }

    /// Takes `cost` permits as soon as there are so many; if that is not within `timeout`, takes none. It asks, waits
    /// for as long as it is told, and asks again: who waits has no place in a queue, and may find that others were
    /// faster. `check_cost` for each time it asks.
    ///
    /// # Errors
    /// Those of [`check_cost`](Limiter::check_cost).
    pub fn check_wait(&self, cost: u64, timeout: Duration) -> Operation<'static, Verdict> {
        let limiter = self.clone();
        Operation::new(self.at.place().store(), move |run| async move {
            let begun = Instant::now();
            loop {
                let verdict = run.command(limiter.check_cost(cost)).await?;
                match verdict.retry_after() {
                    Some(wait) if begun.elapsed().saturating_add(wait) <= timeout => {
                        run.link.sleep(wait).await;
                    }
                    _ => return Ok(verdict),
                }
            }
        })
    }

    /// Fills the bucket; `false` if it was full. `UNLINK`, O(1).
    pub fn reset(&self) -> Command<bool> {
        self.at.clear()
    }

    fn ask(&self, cost: u64, take: bool) -> Command<Verdict> {
        static LIMITER: Script = Script::new(include_str!("../scripts/limiter.lua"));
        let place = self.at.place();
        let (interval, limit) = match self.interval(cost) {
            Ok(rate) => rate,
            Err(error) => return Command::refused(place, error),
        };
        // to look may be repeated, to take may not
        let request = if take { Request::write() } else { Request::read() };
        let request = request.eval(&LIMITER, &[place.key()], |a| {
            a.int(interval).int(limit).int(cost).raw(if take { b"1" } else { b"0" });
        });
        Command::new::<Many<Vec<u64>, Number<u64>>>(place, request).try_map(|said| match said[..] {
            [1, remaining, _, full] => {
                Ok(Verdict::Allowed { remaining, full_after: Duration::from_micros(full) })
            }
            [_, remaining, wait, _] => {
                Ok(Verdict::Refused { remaining, retry_after: Duration::from_micros(wait) })
            }
            _ => Err(Error::new(ErrorKind::Decode, "the script answered with something else than a verdict")),
        })
    }

    /// After how many microseconds one permit comes back, and how many there are.
    fn interval(&self, cost: u64) -> Result<(u64, u64)> {
        const YEAR: u128 = 366 * 24 * 3600 * 1_000_000;
        let Some((limit, window)) = self.rate else {
            return Err(Error::misuse("this limiter has no limit: give one by `allow`"));
        };
        let window = window.as_micros();
        if limit == 0 || u128::from(limit) > window || window > YEAR {
            return Err(Error::misuse(
                "a limit is at least 1, at the most one each microsecond, in a window of up to a year",
            ));
        }
        if cost > limit {
            return Err(Error::misuse("it costs more than there ever will be"));
        }
        // what was compared with a year fits
        Ok((u64::try_from(window.div_ceil(u128::from(limit))).unwrap_or(u64::MAX), limit))
    }
}
