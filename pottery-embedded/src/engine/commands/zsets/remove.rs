//! `ZREM` and the removal of ranges.

use std::ops::Range;
use std::rc::Rc;

use crate::engine::commands::options::{integer, slice};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::zset::SortedSet;

use super::bounds::{LexRange, ScoreRange};

pub(super) fn zrem(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut removed = 0;
    if let Some(set) = ctx.db.get_mut::<SortedSet>(args[1])? {
        removed = args[2..].iter().filter(|member| set.remove(member).is_some()).count();
    }
    finish(ctx, args[1], removed, "zrem");
    Ok(())
}

pub(super) fn zremrangebyrank(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (start, end) = (integer(args[2])?, integer(args[3])?);
    remove_range(ctx, args[1], "zremrangebyrank", |set| slice(start, end, set.len()).unwrap_or_default())
}

pub(super) fn zremrangebyscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let range = ScoreRange::parse(args[2], args[3])?;
    remove_range(ctx, args[1], "zremrangebyscore", |set| range.ranks(set))
}

pub(super) fn zremrangebylex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let range = LexRange::parse(args[2], args[3])?;
    remove_range(ctx, args[1], "zremrangebylex", |set| range.ranks(set, false))
}

fn remove_range(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    event: &str,
    range: impl FnOnce(&SortedSet) -> Range<usize>,
) -> Result<(), Error> {
    let mut removed = 0;
    if let Some(set) = ctx.db.get_mut::<SortedSet>(key)? {
        let range = range(set);
        let members: Vec<Rc<[u8]>> = set.range(range).map(|(_, member)| Rc::clone(member)).collect();
        removed = members.iter().filter(|member| set.remove(member).is_some()).count();
    }
    finish(ctx, key, removed, event);
    Ok(())
}

/// Answers how many were removed, and says so.
fn finish(ctx: &mut Ctx<'_>, key: &[u8], removed: usize, event: &str) {
    ctx.out.count(removed);
    if removed > 0 {
        ctx.touched(Class::ZSET, event, key);
        ctx.remove_if_empty::<SortedSet>(key);
    }
}
