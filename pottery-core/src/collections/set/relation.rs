//! Sets beside each other: how many members they have in common.

use crate::codec::Codec;
use crate::command::Command;
use crate::decode::{Decode, Many, Number};
use crate::error::{Error, ErrorKind};
use crate::reply::{Reply, Step, Token};
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

use super::operand::{Operand, Part, naming, same_store};
use super::{ITEMS_PER_COMMAND, Set};

/// How many members a set has, how many another, and how many both.
struct Relation {
    this: usize,
    other: usize,
    common: usize,
}

/// A number, or the sum of an array of them.
struct Sum;

impl Decode for Sum {
    type Output = usize;
    type Partial = (Option<usize>, usize);

    fn resume((left, sum): &mut (Option<usize>, usize), reply: &mut Reply<'_>) -> Step<usize> {
        let next = |reply: &mut Reply<'_>| -> Step<(usize, Option<usize>)> {
            match reply.token()? {
                Token::Int(number) => Ok((usize::try_from(number).unwrap_or(0), None)),
                Token::Array(count) => Ok((0, Some(count))),
                _ => Err(Error::new(ErrorKind::Decode, "the server answered with other than counts").into()),
            }
        };
        if left.is_none() {
            match next(reply)? {
                (number, None) => return Ok(number),
                (_, count) => *left = count,
            }
        }
        while let Some(more) = left.filter(|more| *more > 0) {
            *sum += next(reply)?.0;
            *left = Some(more - 1);
        }
        Ok(*sum)
    }
}

/// # Sets beside each other
///
/// `WrongType` if something else than a set is at one of the keys, `Misuse` if a set is of another store. On a cluster
/// both keys must be in one slot.
///
/// With a set of the store these are a script of `SCARD` and `SINTERCARD` (`SINTER` before Redis 7.0), O(the smaller
/// set); with what the program has, `SCARD` and `SMISMEMBER`, O(what it has), up to 1,000 in a command; more go in one
/// `MULTI`.
impl<T: Storable, C: Codec> Set<T, C> {
    /// Whether the two have no member in common. With a set of the store, the first common one ends the search.
    pub fn is_disjoint(&self, other: impl Operand<T, C>) -> Command<bool> {
        self.relation(other, 1).map(|relation| relation.common == 0)
    }

    /// Whether all members of this set are in the other.
    pub fn is_subset(&self, other: impl Operand<T, C>) -> Command<bool> {
        self.relation(other, 0).map(|relation| relation.common == relation.this)
    }

    /// Whether all members of the other are in this set.
    pub fn is_superset(&self, other: impl Operand<T, C>) -> Command<bool> {
        self.relation(other, 0).map(|relation| relation.common == relation.other)
    }

    /// Whether all members of this set are in the other, and the other has more.
    pub fn is_proper_subset(&self, other: impl Operand<T, C>) -> Command<bool> {
        self.relation(other, 0)
            .map(|relation| relation.common == relation.this && relation.this < relation.other)
    }

    /// Whether all members of the other are in this set, and this one has more.
    pub fn is_proper_superset(&self, other: impl Operand<T, C>) -> Command<bool> {
        self.relation(other, 0)
            .map(|relation| relation.common == relation.other && relation.other < relation.this)
    }

    /// Whether the two have the same members.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let friends = store.set::<u64>("friends");
    /// assert!(friends.content_eq(&[9, 12, 40]).wait()?);
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn content_eq(&self, other: impl Operand<T, C>) -> Command<bool> {
        self.relation(other, 0)
            .map(|relation| relation.common == relation.this && relation.common == relation.other)
    }

    /// Compares the two; common members are counted up to `limit`, if that is above 0 and both are in the store.
    fn relation(&self, other: impl Operand<T, C>, limit: usize) -> Command<Relation> {
        static COMPARE: Script = Script::new(include_str!("../../scripts/set_compare.lua"));
        match other.__part() {
            Part::Remote(other) => {
                if let Err(error) = same_store(self.place(), &other) {
                    return Command::refused(self.place(), error);
                }
                let keys = [self.key(), other.key()];
                let request = Request::read().eval(&COMPARE, &keys, |a| _ = a.int(limit));
                let counts = Command::new::<Many<Vec<usize>, Number<usize>>>(self.place(), request);
                naming(counts, &keys).try_map(|counts| match counts[..] {
                    [this, other, common] => Ok(Relation { this, other, common }),
                    _ => {
                        Err(Error::new(ErrorKind::Decode, "the server answered with other than three counts"))
                    }
                })
            }
            Part::Local(members) => {
                let mut request = Request::read().atomic().command("SCARD", |a| _ = a.key(self.key()));
                let mut left = members.encoded.iter().peekable();
                while left.peek().is_some() {
                    request.push("SMISMEMBER", |a| {
                        a.key(self.key());
                        left.by_ref().take(ITEMS_PER_COMMAND).for_each(|member| _ = a.raw(member));
                    });
                }
                // what has no encoding is no member of this set
                let other = members.encoded.len() + usize::from(members.unencodable.is_some());
                Command::several::<Sum>(self.place(), request).map(move |counts| {
                    let this = counts.first().copied().unwrap_or(0);
                    Relation { this, other, common: counts.iter().skip(1).sum() }
                })
            }
        }
    }
}
