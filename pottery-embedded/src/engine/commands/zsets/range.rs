//! `ZRANGE` in all its forms, and `ZRANGESTORE`.

use std::ops::Range;
use std::rc::Rc;

use crate::engine::commands::options::{integer, slice};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::zset::{Element, SortedSet};

use super::bounds::{LexRange, ScoreRange};
use super::{store, write_element, write_head};

/// What the bounds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// What a command's name says, and its options may not say again. What is `None` is for the options to say.
#[derive(Clone, Copy, Debug)]
struct Form {
    by: Option<By>,
    backwards: Option<bool>,
    stores: bool,
}

const ZRANGE: Form = Form { by: None, backwards: None, stores: false };

pub(super) fn zrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, ZRANGE)
}

pub(super) fn zrevrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Form { by: Some(By::Rank), backwards: Some(true), ..ZRANGE })
}

pub(super) fn zrangebyscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Form { by: Some(By::Score), backwards: Some(false), ..ZRANGE })
}

pub(super) fn zrevrangebyscore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Form { by: Some(By::Score), backwards: Some(true), ..ZRANGE })
}

pub(super) fn zrangebylex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Form { by: Some(By::Lex), backwards: Some(false), ..ZRANGE })
}

pub(super) fn zrevrangebylex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    answer(ctx, args, Form { by: Some(By::Lex), backwards: Some(true), ..ZRANGE })
}

pub(super) fn zrangestore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let query = Query::parse(&args[3..], Form { stores: true, ..ZRANGE })?;
    let limits = ctx.engine().config.zset_listpack;
    let mut found: Vec<Element> = Vec::new();
    if let Some(set) = ctx.db.get::<SortedSet>(args[2])? {
        found = set.range(query.ranks(set)).map(|(score, member)| (*score, Rc::clone(member))).collect();
    }
    store(ctx, args[1], SortedSet::from_sorted(found, limits), "zrangestore");
    Ok(())
}

fn answer(ctx: &mut Ctx<'_>, args: &[&[u8]], form: Form) -> Result<(), Error> {
    let query = Query::parse(&args[2..], form)?;
    let Some(set) = ctx.db.get::<SortedSet>(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    let found = query.ranks(set);
    write_head(&mut ctx.out, found.len(), query.scores);
    let write = |(score, member): &Element| {
        write_element(&mut ctx.out, member, query.scores.then_some(*score));
    };
    if query.backwards {
        set.range(found).rev().for_each(write);
    } else {
        set.range(found).for_each(write);
    }
    Ok(())
}

/// What is asked for.
#[derive(Debug)]
struct Query<'a> {
    bounds: Bounds<'a>,
    backwards: bool,
    scores: bool,
    /// How many to skip, and how many to take at most.
    offset: i64,
    limit: i64,
}

#[derive(Debug)]
enum Bounds<'a> {
    Rank(i64, i64),
    Score(ScoreRange),
    Lex(LexRange<'a>),
}

impl<'a> Query<'a> {
    /// Reads the two bounds and the options after them.
    fn parse(args: &[&'a [u8]], form: Form) -> Result<Query<'a>, Error> {
        let (mut by, mut backwards) = (form.by, form.backwards);
        let (mut scores, mut offset, mut limit) = (false, 0, -1);
        let mut rest = &args[2..];
        while let [option, after @ ..] = rest {
            rest = after;
            match (option.to_ascii_lowercase().as_slice(), after) {
                (b"withscores", _) if !form.stores => scores = true,
                (b"limit", [skip, count, after @ ..]) => {
                    offset = integer(skip)?;
                    limit = integer(count)?;
                    rest = after;
                }
                (b"rev", _) if backwards.is_none() => backwards = Some(true),
                (b"bylex", _) if by.is_none() => by = Some(By::Lex),
                (b"byscore", _) if by.is_none() => by = Some(By::Score),
                _ => return Err(Error::SYNTAX),
            }
        }
        let (by, backwards) = (by.unwrap_or(By::Rank), backwards.unwrap_or(false));
        if limit != -1 && by == By::Rank {
            return Err(Error::text(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if scores && by == By::Lex {
            return Err(Error::text("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
        }
        let (min, max) = if backwards { (args[1], args[0]) } else { (args[0], args[1]) };
        let bounds = match by {
            By::Rank => Bounds::Rank(integer(args[0])?, integer(args[1])?),
            By::Score => Bounds::Score(ScoreRange::parse(min, max)?),
            By::Lex => Bounds::Lex(LexRange::parse(min, max)?),
        };
        Ok(Query { bounds, backwards, scores, offset, limit })
    }

    /// The ranks of what is asked for, from the front in any case.
    fn ranks(&self, set: &SortedSet) -> Range<usize> {
        let all = match &self.bounds {
            Bounds::Rank(start, end) => {
                let found = slice(*start, *end, set.len()).unwrap_or_default();
                return if self.backwards { set.len() - found.end..set.len() - found.start } else { found };
            }
            Bounds::Score(range) => range.ranks(set),
            Bounds::Lex(range) => range.ranks(set, self.backwards),
        };
        let Ok(skip) = usize::try_from(self.offset) else { return 0..0 };
        let skip = skip.min(all.len());
        let take = usize::try_from(self.limit).unwrap_or(usize::MAX).min(all.len() - skip);
        if self.backwards {
            all.end - skip - take..all.end - skip
        } else {
            all.start + skip..all.start + skip + take
        }
    }
}
