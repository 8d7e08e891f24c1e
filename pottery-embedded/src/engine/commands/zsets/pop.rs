//! Taking the least or the greatest out, waiting for one if need be.

use crate::engine::blocking::deadline;
use crate::engine::commands::options::{is, positive};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::zset::{Element, SortedSet};

/// Which end to take from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    /// The command that takes from it, which is the event too.
    fn pop(self) -> &'static str {
        match self {
            End::Min => "zpopmin",
            End::Max => "zpopmax",
        }
    }
}

pub(super) fn zpopmin(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    zpop(ctx, args, End::Min)
}

pub(super) fn zpopmax(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    zpop(ctx, args, End::Max)
}

fn zpop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Error> {
    let count = match args {
        [_, _] => None,
        [_, _, count] => Some(positive(count)?),
        _ => return Err(Error::SYNTAX),
    };
    let popped = pop(ctx, args[1], end, count.unwrap_or(1))?.unwrap_or_default();
    if ctx.out.resp3 && count.is_some() {
        write_pairs(ctx, &popped);
    } else {
        ctx.out.array(2 * popped.len());
        for (score, member) in &popped {
            ctx.out.bulk(member);
            ctx.out.double(*score);
        }
    }
    Ok(())
}

/// Takes up to `count` elements out. `None` if there is no such key.
fn pop(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) -> Result<Option<Vec<Element>>, Error> {
    let Some(set) = ctx.db.get_mut::<SortedSet>(key)? else { return Ok(None) };
    let count = count.min(set.len());
    let popped: Vec<Element> = match end {
        End::Min => set.range(0..count).cloned().collect(),
        End::Max => set.range(set.len() - count..set.len()).rev().cloned().collect(),
    };
    for (_, member) in &popped {
        set.remove(member);
    }
    if !popped.is_empty() {
        ctx.touched(Class::ZSET, end.pop(), key);
        ctx.remove_if_empty::<SortedSet>(key);
    }
    Ok(Some(popped))
}

fn write_pairs(ctx: &mut Ctx<'_>, elements: &[Element]) {
    ctx.out.array(elements.len());
    for (score, member) in elements {
        ctx.out.array(2);
        ctx.out.bulk(member);
        ctx.out.double(*score);
    }
}

/// What `ZMPOP` and `BZMPOP` are asked for.
struct Multi<'a> {
    keys: &'a [&'a [u8]],
    end: End,
    count: usize,
}

impl<'a> Multi<'a> {
    /// Reads what begins with the number of keys.
    fn parse(args: &'a [&'a [u8]]) -> Result<Multi<'a>, Error> {
        let at_least_one = |arg: &[u8], error| positive(arg).ok().filter(|it| *it > 0).ok_or(error);
        let keys = at_least_one(args[0], Error::text("ERR numkeys should be greater than 0"))?;
        let Some((keys, [end, options @ ..])) = args[1..].split_at_checked(keys) else {
            return Err(Error::SYNTAX);
        };
        let end = match end {
            word if is(word, "MIN") => End::Min,
            word if is(word, "MAX") => End::Max,
            _ => return Err(Error::SYNTAX),
        };
        let count = match options {
            [] => 1,
            [name, count, rest @ ..] if is(name, "COUNT") => {
                let count = at_least_one(count, Error::text("ERR count should be greater than 0"))?;
                if !rest.is_empty() {
                    return Err(Error::SYNTAX);
                }
                count
            }
            _ => return Err(Error::SYNTAX),
        };
        Ok(Multi { keys, end, count })
    }

    /// Takes from the first key that exists, and answers. Returns whether there was one.
    fn pop(&self, ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> Result<bool, Error> {
        for key in keys {
            if let Some(popped) = pop(ctx, key, self.end, self.count)? {
                ctx.out.array(2);
                ctx.out.bulk(key);
                write_pairs(ctx, &popped);
                let count = itoa::Buffer::new().format(popped.len()).to_owned();
                ctx.propagate_as(&[self.end.pop().as_bytes(), key, count.as_bytes()]);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

pub(super) fn zmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let multi = Multi::parse(&args[1..])?;
    if !multi.pop(ctx, multi.keys)? {
        ctx.out.null_array();
    }
    Ok(())
}

pub(super) fn bzmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let multi = Multi::parse(&args[2..])?;
    let deadline = deadline(ctx, args[1])?;
    if multi.pop(ctx, multi.keys)? {
        return Ok(());
    }
    if ctx.may_block() {
        ctx.block(multi.keys, args, deadline, serve_bzmpop);
    } else {
        ctx.out.null_array();
    }
    Ok(())
}

fn serve_bzmpop(ctx: &mut Ctx<'_>, key: &[u8], args: &[&[u8]]) -> Result<bool, Error> {
    let served = Multi::parse(&args[2..])?.pop(ctx, &[key]);
    if served == Err(Error::WRONG_TYPE) { Ok(false) } else { served }
}

pub(super) fn bzpopmin(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    bzpop(ctx, args, End::Min)
}

pub(super) fn bzpopmax(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    bzpop(ctx, args, End::Max)
}

fn bzpop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Error> {
    let [_, keys @ .., seconds] = args else { return Err(Error::SYNTAX) };
    let deadline = deadline(ctx, seconds)?;
    for key in keys {
        if pop_one(ctx, key, end)? {
            return Ok(());
        }
    }
    if ctx.may_block() {
        let serve = match end {
            End::Min => serve_bzpopmin,
            End::Max => serve_bzpopmax,
        };
        ctx.block(keys, args, deadline, serve);
    } else {
        ctx.out.null_array();
    }
    Ok(())
}

/// Takes one element out and answers with it and its key. Returns false if there is no such key.
fn pop_one(ctx: &mut Ctx<'_>, key: &[u8], end: End) -> Result<bool, Error> {
    let Some(popped) = pop(ctx, key, end, 1)? else { return Ok(false) };
    ctx.out.array(1 + 2 * popped.len());
    ctx.out.bulk(key);
    for (score, member) in &popped {
        ctx.out.bulk(member);
        ctx.out.double(*score);
    }
    ctx.propagate_as(&[end.pop().as_bytes(), key]);
    Ok(true)
}

fn serve_bzpopmin(ctx: &mut Ctx<'_>, key: &[u8], _: &[&[u8]]) -> Result<bool, Error> {
    serve_bzpop(ctx, key, End::Min)
}

fn serve_bzpopmax(ctx: &mut Ctx<'_>, key: &[u8], _: &[&[u8]]) -> Result<bool, Error> {
    serve_bzpop(ctx, key, End::Max)
}

fn serve_bzpop(ctx: &mut Ctx<'_>, key: &[u8], end: End) -> Result<bool, Error> {
    let served = pop_one(ctx, key, end);
    // Another type may come and go while it waits.
    if served == Err(Error::WRONG_TYPE) { Ok(false) } else { served }
}
