//! Intersections, unions and differences of sets.

use std::cmp::Reverse;

use crate::engine::commands::options::{is, positive};
use crate::engine::context::{Ctx, Expiry, Keyspace};
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::number::parse_i64;
use crate::engine::value::{Kind, Set};

/// The sets at some keys; what isn't there is empty.
fn operands<'s>(db: &'s mut Keyspace<'_>, keys: &[&[u8]]) -> Result<Vec<Option<&'s Set>>, Error> {
    let values = db.values(keys).into_iter();
    values.map(|value| value.map(|value| Set::of(value).ok_or(Error::WRONG_TYPE)).transpose()).collect()
}

/// The members that all sets have, in the order of the smallest.
fn intersection<'s>(sets: &[Option<&'s Set>]) -> impl Iterator<Item = &'s [u8]> {
    let all: Option<Vec<&Set>> = sets.iter().copied().collect();
    let mut all = all.unwrap_or_default();
    // The smallest one leads, and what it has is most likely missing in the next one.
    all.sort_by_key(|set| set.len());
    let (smallest, others) = match all.split_first() {
        Some((smallest, others)) => (Some(*smallest), others.to_vec()),
        None => (None, Vec::new()),
    };
    let members = smallest.into_iter().flat_map(Set::in_order);
    members.filter(move |member| others.iter().all(|set| set.contains(member)))
}

fn union(sets: &[Option<&Set>], entries: usize) -> Set {
    Set::collect(sets.iter().flatten().flat_map(|set| set.in_order()), entries)
}

/// The members of the first set that no other has. Which way is taken tells in the encoding of the result, so the choice
/// is Redis's.
fn difference(sets: &[Option<&Set>], entries: usize) -> Set {
    let mut difference = Set::default();
    let [Some(first), others @ ..] = sets else { return difference };
    let mut others: Vec<&Set> = others.iter().copied().flatten().collect();
    if others.iter().any(|set| std::ptr::eq(*set, *first)) {
        return difference;
    }
    let lookups = first.len().saturating_mul(others.len() + 1) / 2;
    let removals = first.len() + others.iter().map(|set| set.len()).sum::<usize>();
    if lookups <= removals {
        others.sort_by_key(|set| Reverse(set.len()));
        let members = first.in_order().filter(|member| !others.iter().any(|set| set.contains(member)));
        difference = Set::collect(members, entries);
    } else {
        difference = Set::collect(first.in_order(), entries);
        for member in others.iter().flat_map(|set| set.in_order()) {
            difference.members.remove(member);
            if difference.members.is_empty() {
                break;
            }
        }
    }
    difference
}

/// Makes one set of several; the number is that of an intset's entries.
type Combine = fn(&[Option<&Set>], usize) -> Set;

fn reply(ctx: &mut Ctx<'_>, keys: &[&[u8]], combine: Combine) -> Result<(), Error> {
    let entries = ctx.db.engine.config.intset_entries;
    let result = combine(&operands(&mut ctx.db, keys)?, entries);
    ctx.out.set(result.len());
    result.in_order().for_each(|member| ctx.out.bulk(member));
    Ok(())
}

/// Puts the result where a key of any type may have been before.
fn store(ctx: &mut Ctx<'_>, args: &[&[u8]], event: &str, combine: Combine) -> Result<(), Error> {
    let key = args[1];
    let entries = ctx.db.engine.config.intset_entries;
    let result = combine(&operands(&mut ctx.db, &args[2..])?, entries);
    let count = result.len();
    if count > 0 {
        ctx.db.set(key, result.into_value(), Expiry::Never);
        ctx.touched(Class::SET, event, key);
    } else if ctx.db.remove(key).is_some() {
        ctx.touched(Class::GENERIC, "del", key);
    }
    ctx.out.count(count);
    Ok(())
}

pub(super) fn smembers(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let Some(set) = ctx.db.get::<Set>(args[1])? else {
        ctx.out.set(0);
        return Ok(());
    };
    ctx.out.set(set.len());
    set.in_order().for_each(|member| ctx.out.bulk(member));
    Ok(())
}

pub(super) fn sinter(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let sets = operands(&mut ctx.db, &args[1..])?;
    let place = ctx.out.later();
    let count = intersection(&sets).map(|member| ctx.out.bulk(member)).count();
    ctx.out.set_was(place, count);
    Ok(())
}

pub(super) fn sinterstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    store(ctx, args, "sinterstore", |sets, entries| Set::collect(intersection(sets), entries))
}

pub(super) fn sintercard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let number = parse_i64(args[1]).and_then(|number| usize::try_from(number).ok());
    let number = number.filter(|it| *it > 0).ok_or(Error::text("ERR numkeys should be greater than 0"))?;
    if number > args.len() - 2 {
        return Err(Error::text("ERR Number of keys can't be greater than number of args"));
    }
    let (keys, mut options) = args[2..].split_at(number);
    let mut limit = 0;
    while !options.is_empty() {
        options = match options {
            [word, count, rest @ ..] if is(word, "LIMIT") => {
                limit = positive(count).map_err(|_| Error::text("ERR LIMIT can't be negative"))?;
                rest
            }
            _ => return Err(Error::SYNTAX),
        };
    }
    let most = if limit == 0 { usize::MAX } else { limit };
    let count = intersection(&operands(&mut ctx.db, keys)?).take(most).count();
    ctx.out.count(count);
    Ok(())
}

pub(super) fn sunion(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    reply(ctx, &args[1..], union)
}

pub(super) fn sunionstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    store(ctx, args, "sunionstore", union)
}

pub(super) fn sdiff(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    reply(ctx, &args[1..], difference)
}

pub(super) fn sdiffstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    store(ctx, args, "sdiffstore", difference)
}
