//! Ranges of a sorted set, by rank, by score and by bytes.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;

use super::bounds::{LexRange, ScoreRange, lex_bounds, score_bounds};
use super::{SortedSet, store};
use crate::codec::{Codec, Native};
use crate::collections::list::range::Span;
use crate::collections::set::operand::same_store;
use crate::command::Command;
use crate::decode::{Elements, Number, Scored};
use crate::error::{Error, Result};
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// A range of a [`SortedSet`], to be read, counted, removed or stored.
///
/// What it holds is settled by the range alone. [`rev`](Selection::rev) turns its order round and changes nothing else;
/// [`limit`](Selection::limit) then takes a part of it in that order.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let board = store.sorted_set::<String>("board");
/// let best_three = board.by_rank(-3..).rev().entries().wait()?;
/// let decent = board.by_score(50..).count().wait()?;
/// let due = board.by_score(..=1_700_000_000).limit(0, 10).drain().wait()?;
/// # let _ = (best_three, decent, due); Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use = "a selection does nothing until it is read, counted, removed or stored"]
pub struct Selection<T, C = Native> {
    place: Place,
    by: By,
    bounds: Result<(Vec<u8>, Vec<u8>)>,
    reversed: bool,
    limit: Option<(usize, usize)>,
    types: PhantomData<fn() -> (T, C)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

impl<T: Storable, C: Codec> SortedSet<T, C> {
    /// The members of a range of ranks, the least score first: `0..10`, `..=2`, `-3..`. Negative bounds count from the
    /// end; what lies outside is left out.
    pub fn by_rank(&self, range: impl RangeBounds<i64>) -> Selection<T, C> {
        let (from, to) = Span::of(&range).inclusive();
        self.selection(By::Rank, Ok((from.to_string().into_bytes(), to.to_string().into_bytes())))
    }

    /// The members whose scores lie in a range: `1.0..5.0`, `..=3`, `10..`.
    pub fn by_score(&self, range: impl ScoreRange) -> Selection<T, C> {
        self.selection(By::Score, score_bounds(range))
    }

    /// The members that lie in a range by their bytes: `"a".."c"`, `..="m"`. Only where all scores are the same is this
    /// order that of the set; where they are not, what comes back is anything.
    ///
    /// The bytes are those of the codec: text is in the order of its UTF-8, but numbers as text are not in theirs.
    pub fn by_lex(&self, range: impl LexRange<T>) -> Selection<T, C> {
        self.selection(By::Lex, lex_bounds::<T, C>(range))
    }

    fn selection(&self, by: By, bounds: Result<(Vec<u8>, Vec<u8>)>) -> Selection<T, C> {
        let place = self.place().clone();
        Selection { place, by, bounds, reversed: false, limit: None, types: PhantomData }
    }
}

impl<T: Storable, C: Codec> Selection<T, C> {
    /// The same members the other way round.
    pub fn rev(mut self) -> Selection<T, C> {
        self.reversed = !self.reversed;
        self
    }

    /// Passes over the first `skip` members, and takes `count` of those behind. Ranges of scores and of bytes only: one
    /// of ranks says by itself how many there are.
    pub fn limit(mut self, skip: usize, count: usize) -> Selection<T, C> {
        self.limit = Some((skip, count));
        if self.by == By::Rank && self.bounds.is_ok() {
            self.bounds = Err(Error::misuse("a range of ranks has no further limit: give the ranks"));
        }
        self
    }

    /// The members, in order. `ZRANGE` with `BYSCORE`, `BYLEX`, `REV` and `LIMIT` as they are asked for; O(log n) and
    /// O(1) for each.
    ///
    /// # Errors
    /// `Encode` for a NaN as a bound; nothing is sent then. `Misuse` if ranks are [limited](Selection::limit).
    pub fn members(self) -> Command<Vec<T>> {
        let turned = self.turns_here();
        self.read::<Elements<Vec<T>, T, C>>(&[], |place, request| {
            Command::new::<Elements<Vec<T>, T, C>>(place, request).mapped(move |mut members| {
                if turned {
                    members.reverse();
                }
                members
            })
        })
    }

    /// The members with their scores, in order. `ZRANGE .. WITHSCORES` as [`members`](Selection::members); by bytes a
    /// script of `ZRANGE` and `ZMSCORE`.
    ///
    /// # Errors
    /// Those of [`members`](Selection::members).
    pub fn entries(self) -> Command<Vec<(T, f64)>> {
        if self.by == By::Lex {
            return self.script(b"look", Command::new::<Scored<T, C>>);
        }
        let turned = self.turns_here();
        self.read::<Scored<T, C>>(&[b"WITHSCORES"], |place, request| {
            Command::new::<Scored<T, C>>(place, request).mapped(move |mut entries| {
                if turned {
                    entries.reverse();
                }
                entries
            })
        })
    }

    /// How many there are. `ZCOUNT` or `ZLEXCOUNT`, O(log n); for ranks `ZCARD`, O(1).
    ///
    /// # Errors
    /// Those of [`members`](Selection::members).
    pub fn count(self) -> Command<usize> {
        let (from, to) = match self.bounds {
            Ok(bounds) => bounds,
            Err(error) => return Command::refused(&self.place, error),
        };
        let command = match self.by {
            By::Rank => "ZCARD",
            By::Score => "ZCOUNT",
            By::Lex => "ZLEXCOUNT",
        };
        let request = Request::read().command(command, |a| {
            a.key(self.place.key());
            if self.by != By::Rank {
                a.raw(&from).raw(&to);
            }
        });
        let count = Command::new::<Number<usize>>(&self.place, request);
        match self.by {
            By::Rank => count.map(move |length| ranked(length, &from, &to)),
            _ => match self.limit {
                Some((skip, most)) => count.mapped(move |count| count.saturating_sub(skip).min(most)),
                None => count,
            },
        }
    }

    /// Removes them, and says how many there were. `ZREMRANGEBYRANK`, `ZREMRANGEBYSCORE` or `ZREMRANGEBYLEX`, O(log n)
    /// and O(1) for each; with a limit a script of `ZRANGE` and `ZREM`.
    ///
    /// # Errors
    /// Those of [`members`](Selection::members).
    pub fn remove(self) -> Command<usize> {
        if self.limit.is_some() {
            return self.script(b"remove", Command::new::<Number<usize>>);
        }
        let (from, to) = match self.bounds {
            Ok(bounds) => bounds,
            Err(error) => return Command::refused(&self.place, error),
        };
        let command = match self.by {
            By::Rank => "ZREMRANGEBYRANK",
            By::Score => "ZREMRANGEBYSCORE",
            By::Lex => "ZREMRANGEBYLEX",
        };
        let request = Request::write().command(command, |a| _ = a.key(self.place.key()).raw(&from).raw(&to));
        Command::new::<Number<usize>>(&self.place, request)
    }

    /// Removes them, and returns what was removed, in order: of all who drain the same range each gets what no other
    /// gets. A script of `ZRANGE`, `ZMSCORE` and `ZREM`, O(log n) for each.
    ///
    /// # Errors
    /// Those of [`members`](Selection::members). `Decode` if a member is not a `T`; all are removed then all the same.
    pub fn drain(self) -> Command<Vec<(T, f64)>> {
        let turned = self.turns_here();
        self.script(b"drain", move |place, request| {
            Command::new::<Scored<T, C>>(place, request).mapped(move |mut entries| {
                if turned {
                    entries.reverse();
                }
                entries
            })
        })
    }

    /// Stores them, with their scores, in place of what `into` holds, and says how many there are. What is not found
    /// leaves `into` empty. `ZRANGESTORE` in a script, O(log n) and O(log n) for each. On a cluster both keys must be in one slot.
    /// A time to live of `into` ends.
    ///
    /// # Errors
    /// Those of [`members`](Selection::members); `Misuse` if the two are not of one store; `WrongType` also if there is
    /// something else than a sorted set at `into`, which is left as it is.
    pub fn store_into(self, into: &SortedSet<T, C>) -> Command<usize> {
        if let Err(error) = same_store(&self.place, into.place()) {
            return Command::refused(&self.place, error);
        }
        // ranks from the other end select others, and stored there is no order but that of scores
        let reversed = self.reversed && self.by != By::Rank;
        let bounds = match self.bounds {
            Ok(bounds) => bounds,
            Err(error) => return Command::refused(&self.place, error),
        };
        let request = store::from_one(into.key(), self.place.key(), "ZRANGESTORE", |a| {
            arguments(a, self.by, &bounds, reversed, self.limit);
        });
        Command::new::<Number<usize>>(&self.place, request.bears(into.place()))
    }

    /// Ranks from the other end select others: those are turned round here.
    fn turns_here(&self) -> bool {
        self.by == By::Rank && self.reversed
    }

    fn read<D: crate::decode::Decode<Output: Send + 'static>>(
        self,
        behind: &[&[u8]],
        command: impl FnOnce(&Place, Request) -> Command<D::Output>,
    ) -> Command<D::Output> {
        let bounds = match self.bounds {
            Ok(bounds) => bounds,
            Err(error) => return Command::refused(&self.place, error),
        };
        let request = Request::read().command("ZRANGE", |a| {
            a.key(self.place.key());
            arguments(a, self.by, &bounds, self.reversed && self.by != By::Rank, self.limit);
            behind.iter().for_each(|word| _ = a.raw(word));
        });
        command(&self.place, request)
    }

    fn script<R: Send + 'static>(
        self,
        mode: &[u8],
        command: impl FnOnce(&Place, Request) -> Command<R>,
    ) -> Command<R> {
        static SELECT: Script = Script::new(include_str!("../../scripts/sorted_set_select.lua"));
        let bounds = match self.bounds {
            Ok(bounds) => bounds,
            Err(error) => return Command::refused(&self.place, error),
        };
        let request = if mode == b"look" { Request::read() } else { Request::write() };
        let request = request.eval(&SELECT, &[self.place.key()], |a| {
            a.raw(mode);
            arguments(a, self.by, &bounds, self.reversed && self.by != By::Rank, self.limit);
        });
        command(&self.place, request)
    }
}

/// What `ZRANGE` takes behind the key.
fn arguments(
    a: &mut Arguments<'_>,
    by: By,
    (from, to): &(Vec<u8>, Vec<u8>),
    reversed: bool,
    limit: Option<(usize, usize)>,
) {
    if reversed {
        a.raw(to).raw(from);
    } else {
        a.raw(from).raw(to);
    }
    match by {
        By::Rank => {}
        By::Score => _ = a.raw(b"BYSCORE"),
        By::Lex => _ = a.raw(b"BYLEX"),
    }
    if reversed {
        a.raw(b"REV");
    }
    if let Some((skip, count)) = limit {
        let most = i64::MAX as usize;
        a.raw(b"LIMIT").int(skip.min(most)).int(count.min(most));
    }
}

/// How many of `length` lie between two ranks, both included.
fn ranked(length: usize, from: &[u8], to: &[u8]) -> usize {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let index = |text: &[u8]| {
        let rank: i64 = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        if rank < 0 { rank.saturating_add(length) } else { rank }
    };
    let (from, to) = (index(from).max(0), index(to).min(length - 1));
    usize::try_from(to.saturating_sub(from).saturating_add(1)).unwrap_or(0)
}

impl<T, C> fmt::Debug for Selection<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection").field("of", &self.place).field("by", &self.by).finish_non_exhaustive()
    }
}
