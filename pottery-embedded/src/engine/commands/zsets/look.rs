//! Commands that look at members and count them.

use std::collections::HashSet;

use crate::engine::commands::options::{integer, is};
use crate::engine::commands::scan::Scan;
use crate::engine::context::Ctx;
use crate::engine::dict::Place;
use crate::engine::error::Error;
use crate::engine::number::format_f64;
use crate::engine::zset::SortedSet;

use super::bounds::{LexRange, ScoreRange};
use super::{write_element, write_head};

pub(super) fn zcard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let length = ctx.db.get::<SortedSet>(args[1])?.map_or(0, SortedSet::len);
    ctx.out.count(length);
    Ok(())
}

pub(super) fn zscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match ctx.db.get::<SortedSet>(args[1])?.and_then(|set| set.score(args[2])) {
        Some(score) => ctx.out.double(score),
        None => ctx.out.null(),
    }
    Ok(())
}

pub(super) fn zmscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let set = ctx.db.get::<SortedSet>(args[1])?;
    ctx.out.array(args.len() - 2);
    for member in &args[2..] {
        match set.and_then(|set| set.score(member)) {
            Some(score) => ctx.out.double(score),
            None => ctx.out.null(),
        }
    }
    Ok(())
}

pub(super) fn zrank(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    rank(ctx, args, false)
}

pub(super) fn zrevrank(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    rank(ctx, args, true)
}

fn rank(ctx: &mut Ctx<'_>, args: &[&[u8]], backwards: bool) -> Result<(), Error> {
    let rank = ctx.db.get::<SortedSet>(args[1])?.and_then(|set| {
        let rank = set.rank(args[2])?;
        Some(if backwards { set.len() - 1 - rank } else { rank })
    });
    match rank {
        Some(rank) => ctx.out.count(rank),
        None => ctx.out.null(),
    }
    Ok(())
}

pub(super) fn zcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let range = ScoreRange::parse(args[2], args[3])?;
    let count = ctx.db.get::<SortedSet>(args[1])?.map_or(0, |set| range.ranks(set).len());
    ctx.out.count(count);
    Ok(())
}

pub(super) fn zlexcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let range = LexRange::parse(args[2], args[3])?;
    let count = ctx.db.get::<SortedSet>(args[1])?.map_or(0, |set| range.ranks(set, false).len());
    ctx.out.count(count);
    Ok(())
}

pub(super) fn zrandmember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let Some(count) = args.get(2) else {
        let mut random = ctx.engine().random.fork();
        let set = ctx.db.get::<SortedSet>(args[1])?;
        let member = set.and_then(|set| Some(set.members().at(set.members().random(&mut random)?).0));
        ctx.out.bulk_or_null(member.map(|it| &**it));
        return Ok(());
    };
    let count = integer(count)?;
    if count == i64::MIN {
        return Err(Error::text(
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
        ));
    }
    let scores = match &args[3..] {
        [] => false,
        [option] if is(option, "WITHSCORES") => true,
        _ => return Err(Error::SYNTAX),
    };
    let too_many = if scores { i64::MAX / 2 } else { i64::MAX };
    if count.abs() > too_many {
        return Err(Error::text("ERR value is out of range"));
    }
    random_members(ctx, args[1], count, scores)
}

/// The most elements that are drawn with repetitions. Redis has no limit, and writes until its memory is full.
const MOST_DRAWN: usize = 1 << 24;

/// Answers with members by chance: up to `count` different ones or, if it is negative, that many with repetitions.
fn random_members(ctx: &mut Ctx<'_>, key: &[u8], count: i64, scores: bool) -> Result<(), Error> {
    let mut random = ctx.engine().random.fork();
    let Some(set) = ctx.db.get::<SortedSet>(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    let wanted = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let drawn: Vec<(&[u8], f64)> = if count < 0 || count == 1 {
        if wanted > MOST_DRAWN {
            return Err(Error::text("ERR value is out of range"));
        }
        let draw = |_| set.members().random(&mut random).map(|place| at(set, place));
        (0..wanted).filter_map(draw).collect()
    } else if wanted >= set.len() {
        set.iter().rev().map(|(score, member)| (&**member, *score)).collect()
    } else {
        different(set, wanted, &mut random)
    };
    write_head(&mut ctx.out, drawn.len(), scores);
    for (member, score) in drawn {
        write_element(&mut ctx.out, member, scores.then_some(score));
    }
    Ok(())
}

fn at(set: &SortedSet, place: Place) -> (&[u8], f64) {
    let (member, score) = set.members().at(place);
    (member, *score)
}

/// Draws `count` different members, fewer than there are.
fn different<'a>(set: &'a SortedSet, count: usize, random: &mut fastrand::Rng) -> Vec<(&'a [u8], f64)> {
    // Many of few: a walk over all is cheaper than drawing the same ones again and again.
    if count > set.len() / 3 {
        let all = set.iter().map(|(score, member)| (&**member, *score));
        return random.choose_multiple(all, count);
    }
    let mut seen = HashSet::new();
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        let Some(place) = set.members().random(random) else { break };
        if seen.insert(set.members().sequence(place)) {
            drawn.push(at(set, place));
        }
    }
    drawn
}

pub(super) fn zscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    // The cursor is checked before the key, the options after it.
    Scan::parse(args[2], &[], false)?;
    let Some(set) = ctx.db.get::<SortedSet>(args[1])? else {
        ctx.out.array(2);
        ctx.out.bulk(b"0");
        ctx.out.array(0);
        return Ok(());
    };
    let scan = Scan::parse(args[2], &args[3..], false)?;
    let mut found = Vec::new();
    let mut next = 0u64;
    if set.skiplist {
        next = set.members().scan(scan.cursor, scan.count, |member, score| {
            if scan.matches(member) {
                found.push((&**member, format_f64(*score)));
            }
        });
    } else {
        // A small set comes whole.
        let all = set.iter().filter(|(_, member)| scan.matches(member));
        found.extend(all.map(|(score, member)| (&**member, format_packed(*score))));
    }
    ctx.out.array(2);
    ctx.out.bulk(itoa::Buffer::new().format(next).as_bytes());
    ctx.out.array(2 * found.len());
    for (member, score) in found {
        ctx.out.bulk(member);
        ctx.out.bulk(score.as_bytes());
    }
    Ok(())
}

/// A score as it lies in a listpack, where whole numbers are whole numbers even if they are large.
fn format_packed(score: f64) -> String {
    const LIMIT: f64 = (i64::MAX / 2) as f64;
    if score == score.trunc() && score.abs() <= LIMIT {
        (score as i64).to_string()
    } else {
        format_f64(score)
    }
}
