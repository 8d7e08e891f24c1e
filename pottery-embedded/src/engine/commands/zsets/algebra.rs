//! Unions, intersections and differences of sorted sets, and of sets, whose members all have the score 1.

use std::rc::Rc;

use hashbrown::HashMap;

use crate::engine::commands::options::{float, integer, is};
use crate::engine::context::{Ctx, Keyspace};
use crate::engine::error::Error;
use crate::engine::number::parse_i64;
use crate::engine::value::Value;
use crate::engine::zset::{self, SortedSet};

use super::{store, write_element, write_head};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Union,
    Inter,
    Diff,
}

/// What becomes of the scores that a member has in several sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn apply(self, score: f64, other: f64) -> f64 {
        match self {
            // Both infinities make nothing.
            Aggregate::Sum => zero_if_nan(score + other),
            // A product of zero and infinity loses.
            Aggregate::Min => {
                if other < score {
                    other
                } else {
                    score
                }
            }
            Aggregate::Max => {
                if other > score {
                    other
                } else {
                    score
                }
            }
        }
    }
}

fn zero_if_nan(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

pub(super) fn zunion(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Operation::Union)
}

pub(super) fn zinter(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Operation::Inter)
}

pub(super) fn zdiff(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Operation::Diff)
}

pub(super) fn zunionstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    keep(ctx, args, Operation::Union, "zunionstore")
}

pub(super) fn zinterstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    keep(ctx, args, Operation::Inter, "zinterstore")
}

pub(super) fn zdiffstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    keep(ctx, args, Operation::Diff, "zdiffstore")
}

pub(super) fn zintercard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (keys, options) = keys(args, 1)?;
    let values = operands(&mut ctx.db, keys)?;
    let mut limit = 0;
    let mut rest = options;
    while let [option, value, after @ ..] = rest {
        if !is(option, "LIMIT") {
            return Err(Error::SYNTAX);
        }
        let negative = Error::text("ERR LIMIT can't be negative");
        limit = parse_i64(value).filter(|it| *it >= 0).ok_or(negative)?;
        rest = after;
    }
    if !rest.is_empty() {
        return Err(Error::SYNTAX);
    }
    let limit = usize::try_from(limit).ok().filter(|it| *it > 0).unwrap_or(usize::MAX);
    let query = Query { weights: vec![1.0; keys.len()], aggregate: Aggregate::Sum, scores: false };
    let mut count = 0;
    query.intersect(&values, |_, _| {
        count += 1;
        count < limit
    });
    ctx.out.count(count);
    Ok(())
}

fn answer(ctx: &mut Ctx<'_>, args: &[&[u8]], operation: Operation) -> Result<(), Error> {
    let (keys, options) = keys(args, 1)?;
    let values = operands(&mut ctx.db, keys)?;
    let query = Query::parse(options, keys.len(), operation, false)?;
    let result = query.compute(operation, &values);
    write_head(&mut ctx.out, result.len(), query.scores);
    for (score, member) in result {
        write_element(&mut ctx.out, member, query.scores.then_some(score));
    }
    Ok(())
}

fn keep(ctx: &mut Ctx<'_>, args: &[&[u8]], operation: Operation, event: &str) -> Result<(), Error> {
    let limits = ctx.engine().config.zset_listpack;
    let (keys, options) = keys(args, 2)?;
    let values = operands(&mut ctx.db, keys)?;
    let query = Query::parse(options, keys.len(), operation, true)?;
    let result = query.compute(operation, &values);
    let result = result.into_iter().map(|(score, member)| (score, Rc::from(member))).collect();
    store(ctx, args[1], SortedSet::from_sorted(result, limits), event);
    Ok(())
}

/// Some of a command's arguments.
type Args<'a> = &'a [&'a [u8]];

/// The keys, whose number is at `index`, and what follows them.
fn keys<'a>(args: Args<'a>, index: usize) -> Result<(Args<'a>, Args<'a>), Error> {
    let count = integer(args[index])?;
    if count < 1 {
        let name = String::from_utf8_lossy(args[0]).to_ascii_lowercase();
        return Err(Error::new(format!("ERR at least 1 input key is needed for '{name}' command")));
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    args[index + 1..].split_at_checked(count).ok_or(Error::SYNTAX)
}

/// What a member comes from: a sorted set, a set, or nothing.
#[derive(Clone, Copy)]
enum Operand<'a> {
    Sorted(&'a SortedSet),
    Set(&'a crate::engine::value::Set),
    Missing,
}

fn operands<'a>(db: &'a mut Keyspace<'_>, keys: &[&[u8]]) -> Result<Vec<Operand<'a>>, Error> {
    let operand = |value: Option<&'a Value>| match value {
        None => Ok(Operand::Missing),
        Some(Value::ZSet(set)) => Ok(Operand::Sorted(set)),
        Some(Value::Set(set)) => Ok(Operand::Set(set)),
        Some(_) => Err(Error::WRONG_TYPE),
    };
    db.values(keys).into_iter().map(operand).collect()
}

impl<'a> Operand<'a> {
    fn len(self) -> usize {
        match self {
            Operand::Sorted(set) => set.len(),
            Operand::Set(set) => set.members.len(),
            Operand::Missing => 0,
        }
    }

    fn score(self, member: &[u8]) -> Option<f64> {
        match self {
            Operand::Sorted(set) => set.score(member),
            Operand::Set(set) => set.members.contains(member).then_some(1.0),
            Operand::Missing => None,
        }
    }

    /// Visits all elements, until it is told that this is enough.
    fn visit(self, mut visit: impl FnMut(f64, &'a [u8]) -> bool) {
        match self {
            Operand::Sorted(set) => drop(set.iter().all(|(score, member)| visit(*score, member))),
            Operand::Set(set) => drop(set.members.keys().all(|member| visit(1.0, member))),
            Operand::Missing => {}
        }
    }
}

#[derive(Debug)]
struct Query {
    weights: Vec<f64>,
    aggregate: Aggregate,
    scores: bool,
}

impl Query {
    fn parse(options: &[&[u8]], keys: usize, operation: Operation, stores: bool) -> Result<Query, Error> {
        let mut query = Query { weights: vec![1.0; keys], aggregate: Aggregate::Sum, scores: false };
        let mut rest = options;
        while let [option, after @ ..] = rest {
            rest = after;
            let diff = operation == Operation::Diff;
            match option.to_ascii_lowercase().as_slice() {
                b"weights" if !diff && after.len() >= keys => {
                    let weight =
                        |arg: &&[u8]| float(arg).map_err(|_| Error::text("ERR weight value is not a float"));
                    query.weights = after[..keys].iter().map(weight).collect::<Result<_, _>>()?;
                    rest = &after[keys..];
                }
                b"aggregate" if !diff && !after.is_empty() => {
                    query.aggregate = match after[0].to_ascii_lowercase().as_slice() {
                        b"sum" => Aggregate::Sum,
                        b"min" => Aggregate::Min,
                        b"max" => Aggregate::Max,
                        _ => return Err(Error::SYNTAX),
                    };
                    rest = &after[1..];
                }
                b"withscores" if !stores => query.scores = true,
                _ => return Err(Error::SYNTAX),
            }
        }
        Ok(query)
    }

    /// The result in order.
    fn compute<'a>(&self, operation: Operation, operands: &[Operand<'a>]) -> Vec<(f64, &'a [u8])> {
        let mut result = Vec::new();
        match operation {
            Operation::Union => result = self.unite(operands),
            Operation::Inter => self.intersect(operands, |score, member| {
                result.push((score, member));
                true
            }),
            Operation::Diff => {
                let Some((first, others)) = operands.split_first() else { return result };
                first.visit(|score, member| {
                    if others.iter().all(|other| other.score(member).is_none()) {
                        result.push((score, member));
                    }
                    true
                });
            }
        }
        result.sort_unstable_by(|a, b| zset::order(a.0, a.1, b.0, b.1));
        result
    }

    /// The operands and their weights, the smallest first: the order in which Redis adds, which shows in the last digits.
    fn by_size<'a>(&self, operands: &[Operand<'a>]) -> Vec<(Operand<'a>, f64)> {
        let mut weighted: Vec<_> = operands.iter().copied().zip(self.weights.iter().copied()).collect();
        weighted.sort_by_key(|(operand, _)| operand.len());
        weighted
    }

    fn unite<'a>(&self, operands: &[Operand<'a>]) -> Vec<(f64, &'a [u8])> {
        let mut scores: HashMap<&[u8], f64> = HashMap::new();
        for (operand, weight) in self.by_size(operands) {
            operand.visit(|score, member| {
                let score = zero_if_nan(weight * score);
                scores
                    .entry(member)
                    .and_modify(|sum| *sum = self.aggregate.apply(*sum, score))
                    .or_insert(score);
                true
            });
        }
        scores.into_iter().map(|(member, score)| (score, member)).collect()
    }

    /// Visits what is in all operands, until it is told that this is enough.
    fn intersect<'a>(&self, operands: &[Operand<'a>], mut visit: impl FnMut(f64, &'a [u8]) -> bool) {
        let weighted = self.by_size(operands);
        let Some(((smallest, weight), others)) = weighted.split_first() else { return };
        smallest.visit(|score, member| {
            let first = zero_if_nan(weight * score);
            let score = others.iter().try_fold(first, |score, (operand, weight)| {
                Some(self.aggregate.apply(score, operand.score(member)? * weight))
            });
            score.is_none_or(|score| visit(score, member))
        });
    }
}
