//! Sorted sets.

pub(crate) mod bounds;
mod combine;
mod pop;
mod select;
pub(in crate::collections) mod store;
mod whole;

use std::marker::PhantomData;

use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Flag, Index, Many, Maybe, MaybeScore, Number, Score};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::request::{Arguments, Request};
use crate::storable::Storable;
use crate::store::Store;

use super::keyed::Keyed;
use bounds::score_text;

pub use bounds::{LexRange, ScoreRange};
pub use combine::{Aggregate, Combination, SortedOperands};
pub use select::Selection;

/// Commands for one element of many take at most this many of them; more go into several commands.
const ENTRIES_PER_COMMAND: usize = 500;
/// What the server may be asked for at once: more than it has is as good as all.
const SAMPLE_AT_MOST: usize = 1 << 31;

/// A Redis sorted set: members without duplicates, each with a score, in the order of the scores.
///
/// Stand-alone it is [`Store::sorted_set`]. An empty one is no key at all: it exists with its first member and is gone
/// with its last.
///
/// Scores are `f64`, and come back exactly as they were given; integers are exact up to 2^53, and a negative zero is
/// stored as 0. A NaN is refused before
/// anything is sent ([`Encode`](crate::ErrorKind::Encode)); infinities are scores like others. Members of the same score
/// are in the order of their bytes. Two members are the same if their bytes are; one without an encoding cannot be
/// there, so looking for it finds nothing.
///
/// Ranges are chosen by rank, by score or by bytes ([`by_rank`](SortedSet::by_rank), [`by_score`](SortedSet::by_score),
/// [`by_lex`](SortedSet::by_lex)), and then read, counted, removed or stored: see [`Selection`].
///
/// Whatever an operation does, it does atomically and in one round trip, except [`iter`](SortedSet::iter) and the pops
/// that wait. All of them fail with [`WrongType`](crate::ErrorKind::WrongType) if something else is at the key, and leave
/// that untouched. A time to live stays as it is, as long as the set is not empty; storing what was
/// found elsewhere ends that of the target.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let board = store.sorted_set::<String>("board");
/// board.extend([("ann", 31.5), ("bob", 12.0), ("cid", 40.0)]).wait()?;
/// assert!(board.raise("bob", 33).wait()?, "his best so far");
/// assert_eq!(board.incr("ann", 2.0).wait()?, 33.5);
/// assert_eq!(board.rank("cid").wait()?, Some(2));
/// assert_eq!(board.range(-2..).wait()?, ["ann", "cid"]);
/// assert_eq!(board.by_score(..33.5).members().wait()?, ["bob"]);
/// assert_eq!(board.pop_max().wait()?, Some(("cid".to_owned(), 40.0)));
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct SortedSet<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(SortedSet<T>);

impl Store {
    /// The sorted set at a key. Nothing is sent.
    pub fn sorted_set<T: Storable>(&self, key: impl Into<Key>) -> SortedSet<T> {
        self.handle(key)
    }
}

/// Which scores are set: [`SortedSet::insert_by`], [`SortedSet::extend_by`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// All. `ZADD`.
    Always,
    /// Those of members that are not there yet. `ZADD NX`.
    IfAbsent,
    /// Those of members that are there. `ZADD XX`.
    IfPresent,
    /// Those that are greater than before, and those of new members. `ZADD GT`.
    Raise,
    /// Those that are less than before, and those of new members. `ZADD LT`.
    Lower,
    /// Those that are greater than before, of members that are there. `ZADD XX GT`.
    RaiseIfPresent,
    /// Those that are less than before, of members that are there. `ZADD XX LT`.
    LowerIfPresent,
}

impl Rule {
    fn words(self) -> &'static [&'static [u8]] {
        match self {
            Rule::Always => &[],
            Rule::IfAbsent => &[b"NX"],
            Rule::IfPresent => &[b"XX"],
            Rule::Raise => &[b"GT"],
            Rule::Lower => &[b"LT"],
            Rule::RaiseIfPresent => &[b"XX", b"GT"],
            Rule::LowerIfPresent => &[b"XX", b"LT"],
        }
    }

    fn may_add(self) -> bool {
        !matches!(self, Rule::IfPresent | Rule::RaiseIfPresent | Rule::LowerIfPresent)
    }
}

impl<T: Storable, C: Codec> SortedSet<T, C> {
    /// Sets the score of a member, and says whether the member is new. `ZADD`, O(log n).
    ///
    /// # Errors
    /// `Encode` if the score is a NaN or the member has no encoding; nothing is sent then.
    pub fn insert(&self, member: impl Arg<T>, score: impl Into<f64>) -> Command<bool> {
        self.add(Rule::Always, false, member, score.into())
    }

    /// Sets the score of a member that is not there yet, and says whether it did so. `ZADD NX`, O(log n).
    ///
    /// # Errors
    /// Those of [`insert`](SortedSet::insert).
    pub fn insert_if_absent(&self, member: impl Arg<T>, score: impl Into<f64>) -> Command<bool> {
        self.insert_by(Rule::IfAbsent, member, score)
    }

    /// Raises the score of a member to this one, and says whether anything was changed: it is not if the score is this
    /// high already. A member that is not there is added. `ZADD GT CH`, O(log n).
    ///
    /// # Errors
    /// Those of [`insert`](SortedSet::insert).
    pub fn raise(&self, member: impl Arg<T>, score: impl Into<f64>) -> Command<bool> {
        self.insert_by(Rule::Raise, member, score)
    }

    /// Lowers the score of a member to this one, and says whether anything was changed: it is not if the score is this
    /// low already. A member that is not there is added. `ZADD LT CH`, O(log n).
    ///
    /// # Errors
    /// Those of [`insert`](SortedSet::insert).
    pub fn lower(&self, member: impl Arg<T>, score: impl Into<f64>) -> Command<bool> {
        self.insert_by(Rule::Lower, member, score)
    }

    /// Sets the score of a member if the rule lets it, and says whether anything was changed. `ZADD .. CH`, O(log n).
    ///
    /// # Errors
    /// Those of [`insert`](SortedSet::insert).
    pub fn insert_by(&self, rule: Rule, member: impl Arg<T>, score: impl Into<f64>) -> Command<bool> {
        self.add(rule, true, member, score.into())
    }

    fn add(&self, rule: Rule, changed: bool, member: impl Arg<T>, score: f64) -> Command<bool> {
        let score = match score_text(score) {
            Ok(score) => score,
            Err(error) => return Command::refused(self.place(), error),
        };
        let request = Request::write().command("ZADD", |a| {
            self.rules(a, rule, changed);
            a.raw(score.as_bytes()).member::<C, _>(member.__as());
        });
        Command::new::<Flag>(self.place(), self.born(rule, request))
    }

    fn rules(&self, a: &mut Arguments<'_>, rule: Rule, changed: bool) {
        a.key(self.key());
        rule.words().iter().for_each(|word| _ = a.raw(word));
        if changed {
            a.raw(b"CH");
        }
    }

    fn born(&self, rule: Rule, request: Request) -> Request {
        if rule.may_add() { request.bears(self.place()) } else { request }
    }

    /// Sets the scores of several members, and says how many of them are new. Of entries with the same member the last
    /// one wins. `ZADD`, O(log n) for each, up to 500 in a command; more go in one `MULTI`. For none nothing is sent.
    ///
    /// # Errors
    /// `Encode` if a score is a NaN or a member has no encoding; nothing is sent then.
    pub fn extend<I, A, S>(&self, entries: I) -> Command<usize>
    where
        I: IntoIterator<Item = (A, S)>,
        A: Arg<T>,
        S: Into<f64>,
    {
        self.add_all(Rule::Always, false, entries)
    }

    /// Sets those of the scores that the rule lets, and says how many members were added or got another score. `ZADD ..
    /// CH`, as [`extend`](SortedSet::extend).
    ///
    /// # Errors
    /// Those of [`extend`](SortedSet::extend).
    pub fn extend_by<I, A, S>(&self, rule: Rule, entries: I) -> Command<usize>
    where
        I: IntoIterator<Item = (A, S)>,
        A: Arg<T>,
        S: Into<f64>,
    {
        self.add_all(rule, true, entries)
    }

    fn add_all<I, A, S>(&self, rule: Rule, changed: bool, entries: I) -> Command<usize>
    where
        I: IntoIterator<Item = (A, S)>,
        A: Arg<T>,
        S: Into<f64>,
    {
        let mut entries = entries.into_iter().peekable();
        let mut request = Request::write().atomic();
        let mut wrong = None;
        while entries.peek().is_some() {
            request.push("ZADD", |a| {
                self.rules(a, rule, changed);
                for (member, score) in entries.by_ref().take(ENTRIES_PER_COMMAND) {
                    entry::<C, T, A>(a, &member, score.into(), &mut wrong);
                }
            });
        }
        if let Some(error) = wrong {
            return Command::refused(self.place(), error);
        }
        self.counted(self.born(rule, request))
    }

    /// Adds to the score of a member, which counts from 0 if it is not there, and returns the sum. `ZINCRBY`, O(log n).
    ///
    /// # Errors
    /// `Encode` if `by` is a NaN or the member has no encoding; `Server` if the sum is no number (`inf - inf`), and the
    /// score stays as it was then.
    pub fn incr(&self, member: impl Arg<T>, by: impl Into<f64>) -> Command<f64> {
        let by = match score_text(by.into()) {
            Ok(by) => by,
            Err(error) => return Command::refused(self.place(), error),
        };
        let request = Request::write().command("ZINCRBY", |a| {
            a.key(self.key()).raw(by.as_bytes()).member::<C, _>(member.__as());
        });
        Command::new::<Score>(self.place(), request.bears(self.place()))
    }

    /// The score of a member, or `None`. `ZSCORE`, O(1).
    pub fn score(&self, member: impl Arg<T>) -> Command<Option<f64>> {
        match self.sought("ZSCORE", member) {
            Some(request) => Command::new::<MaybeScore>(self.place(), request),
            None => Command::known(self.place(), None),
        }
    }

    /// The scores of several members, in the order of the members, `None` for those that are not there. `ZMSCORE`, O(1)
    /// for each; for none nothing is sent.
    pub fn score_many<I>(&self, members: I) -> Command<Vec<Option<f64>>>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut encodable = Vec::new();
        let request = Request::read().command("ZMSCORE", |a| {
            a.key(self.key());
            encodable.extend(members.into_iter().map(|member| a.sought::<C, _>(member.__as())));
        });
        if !encodable.contains(&true) {
            return Command::known(self.place(), encodable.iter().map(|_| None).collect());
        }
        Command::new::<Many<Vec<Option<f64>>, MaybeScore>>(self.place(), request).map(move |found| {
            let mut found = found.into_iter();
            encodable.into_iter().map(|sent| if sent { found.next().flatten() } else { None }).collect()
        })
    }

    /// Whether it is a member. `ZSCORE`, O(1).
    pub fn contains(&self, member: impl Arg<T>) -> Command<bool> {
        self.score(member).mapped(|score| score.is_some())
    }

    /// How many members stand before this one, or `None` if it is none. `ZRANK`, O(log n).
    pub fn rank(&self, member: impl Arg<T>) -> Command<Option<usize>> {
        self.ranked("ZRANK", member)
    }

    /// How many members stand behind this one, or `None` if it is none: the best has 0. `ZREVRANK`, O(log n).
    pub fn rev_rank(&self, member: impl Arg<T>) -> Command<Option<usize>> {
        self.ranked("ZREVRANK", member)
    }

    fn ranked(&self, command: &str, member: impl Arg<T>) -> Command<Option<usize>> {
        match self.sought(command, member) {
            Some(request) => Command::new::<Index>(self.place(), request),
            None => Command::known(self.place(), None),
        }
    }

    /// How many members there are. `ZCARD`, O(1).
    pub fn len(&self) -> Command<usize> {
        let request = Request::read().command("ZCARD", |a| _ = a.key(self.key()));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Whether there are no members. `ZCARD`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|len| len == 0)
    }

    /// Removes a member, and says whether it was there. `ZREM`, O(log n).
    pub fn remove(&self, member: impl Arg<T>) -> Command<bool> {
        let mut found = false;
        let request =
            Request::write().command("ZREM", |a| found = a.key(self.key()).sought::<C, _>(member.__as()));
        if found { Command::new::<Flag>(self.place(), request) } else { Command::known(self.place(), false) }
    }

    /// Removes a member that must be there. `ZREM`, O(log n).
    ///
    /// # Errors
    /// `NotFound` if it is not there.
    pub fn try_remove(&self, member: impl Arg<T>) -> Command<()> {
        self.remove(member).try_map(|found| match found {
            true => Ok(()),
            false => Err(Error::not_applied(ErrorKind::NotFound, "there is no such member")),
        })
    }

    /// Removes several members, and says how many of them were there. `ZREM`, O(log n) for each, up to 500 in a
    /// command; more go in one `MULTI`. For none nothing is sent.
    pub fn remove_many<I>(&self, members: I) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut members = members.into_iter().peekable();
        let mut request = Request::write().atomic();
        while members.peek().is_some() {
            let (mut chunk, mut failed) = (Vec::new(), None);
            let mut arguments = Arguments::over(&mut chunk, &mut failed);
            let some = members.by_ref().take(ENTRIES_PER_COMMAND);
            let count = some.filter(|member| arguments.sought::<C, _>(member.__as())).count();
            if count > 0 {
                request.push("ZREM", |a| _ = a.key(self.key()).packed(&chunk, count));
            }
        }
        self.counted(request)
    }

    /// Any member, at random. `ZRANDMEMBER`, O(1).
    pub fn random(&self) -> Command<Option<T>> {
        let request = Request::read().command("ZRANDMEMBER", |a| _ = a.key(self.key()));
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    /// Up to `count` different members with their scores, at random; all of them if there are not more. `ZRANDMEMBER key
    /// count WITHSCORES`, O(`count`).
    pub fn sample(&self, count: usize) -> Command<Vec<(T, f64)>> {
        let request = Request::read().command("ZRANDMEMBER", |a| {
            a.key(self.key()).int(count.min(SAMPLE_AT_MOST)).raw(b"WITHSCORES");
        });
        Command::new::<crate::decode::Scored<T, C>>(self.place(), request)
    }

    /// A command that looks for one member; `None` if the member has no encoding.
    fn sought(&self, command: &str, member: impl Arg<T>) -> Option<Request> {
        let mut found = false;
        let request =
            Request::read().command(command, |a| found = a.key(self.key()).sought::<C, _>(member.__as()));
        found.then_some(request)
    }

    /// Runs commands that each answer with a count, and adds the counts up.
    fn counted(&self, request: Request) -> Command<usize> {
        match request.len() {
            0 => Command::known(self.place(), 0),
            1 => Command::new::<Number<usize>>(self.place(), request),
            _ => Command::several::<Number<usize>>(self.place(), request)
                .map(|counts| counts.into_iter().sum()),
        }
    }
}

/// A score and its member; what is wrong with the score is noted.
fn entry<C: Codec, T, A: Arg<T>>(a: &mut Arguments<'_>, member: &A, score: f64, wrong: &mut Option<Error>) {
    match score_text(score) {
        Ok(score) => _ = a.raw(score.as_bytes()).member::<C, _>(member.__as()),
        Err(error) => _ = wrong.get_or_insert(error),
    }
}

/// Entries as arguments of `ZADD`, packed, and how many arguments they are.
fn packed<C: Codec, T, A: Arg<T>, S: Into<f64>>(
    entries: impl IntoIterator<Item = (A, S)>,
) -> Result<(Vec<u8>, usize)> {
    let (mut bytes, mut failed, mut wrong) = (Vec::new(), None, None);
    let mut a = Arguments::over(&mut bytes, &mut failed);
    let mut count = 0;
    for (member, score) in entries {
        entry::<C, T, A>(&mut a, &member, score.into(), &mut wrong);
        count += 2;
    }
    match wrong.or(failed) {
        Some(error) => Err(error),
        None => Ok((bytes, count)),
    }
}
