//! Commands that look at members and count them.

use crate::engine::commands::options::is;
use crate::engine::commands::random::{Wanted, distinct, may_grow, repetitions};
use crate::engine::commands::scan::{Found, Scan};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::format_f64;
use crate::engine::resp::Out;
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
    let wanted = Wanted::parse(count)?;
    let scores = match &args[3..] {
        [] => false,
        [option] if is(option, "WITHSCORES") => true,
        _ => return Err(Error::SYNTAX),
    };
    // Twice as many must be a number, too.
    if scores && wanted.count() > i64::MAX as u64 / 2 {
        return Err(Error::text("ERR value is out of range"));
    }
    random_members(ctx, args[1], wanted, scores)
}

fn random_members(ctx: &mut Ctx<'_>, key: &[u8], wanted: Wanted, scores: bool) -> Result<(), Error> {
    let mut random = ctx.engine().random.fork();
    let Some(set) = ctx.db.get::<SortedSet>(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    let out = &mut ctx.out;
    let at = |out: &mut Out, place| {
        let (member, score) = set.members().at(place);
        write_element(out, member, scores.then_some(*score));
    };
    match wanted {
        Wanted::Repeated(count) => {
            let count = repetitions(count)?;
            let start = out.len();
            write_head(out, count, scores);
            for place in (0..count).filter_map(|_| set.members().random(&mut random)) {
                at(out, place);
                may_grow(out.len() - start)?;
            }
        }
        // Redis walks over all of them from the end.
        Wanted::Distinct(count) if count >= set.len() => {
            write_head(out, set.len(), scores);
            for (score, member) in set.iter().rev() {
                write_element(out, member, scores.then_some(*score));
            }
        }
        Wanted::Distinct(count) => {
            write_head(out, count, scores);
            for place in distinct(set.members(), count, &mut random) {
                at(out, place);
            }
        }
    }
    Ok(())
}

pub(super) fn zscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    // The cursor is checked before the key, the options after it.
    Scan::parse(args[2], &[], false)?;
    let Some(set) = ctx.db.get::<SortedSet>(args[1])? else {
        Found::default().reply(&mut ctx.out, 0);
        return Ok(());
    };
    let scan = Scan::parse(args[2], &args[3..], false)?;
    let mut found = Found::default();
    let mut add = |member: &[u8], score: String| {
        if scan.matches(member) {
            found.add(member);
            found.add(score.as_bytes());
        }
    };
    let mut next = 0;
    if set.skiplist {
        next = set.members().scan(scan.cursor, scan.count, |member, score| add(member, format_f64(*score)));
    } else {
        // A small set comes whole.
        set.iter().for_each(|(score, member)| add(member, format_packed(*score)));
    }
    found.reply(&mut ctx.out, next);
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
