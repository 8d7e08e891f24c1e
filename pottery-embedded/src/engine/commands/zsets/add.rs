//! `ZADD` and `ZINCRBY`.

use crate::engine::commands::options::float;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::zset::SortedSet;

const NO_NUMBER: Error = Error::text("ERR resulting score is not a number (NaN)");

/// The options of `ZADD`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    /// Only add.
    pub(crate) nx: bool,
    /// Only change.
    pub(crate) xx: bool,
    /// Only make greater.
    pub(crate) gt: bool,
    /// Only make less.
    pub(crate) lt: bool,
    /// Count what was changed, too.
    pub(crate) ch: bool,
    /// Add to the score, and answer with it.
    pub(crate) incr: bool,
}

/// What is to become of an element.
enum Verdict {
    /// An option forbids it.
    Nothing,
    Score(f64),
}

impl Options {
    /// Reads options from the front; what follows them is left in `args`.
    pub(crate) fn parse(args: &mut &[&[u8]]) -> Options {
        let mut options = Options::default();
        while let [arg, rest @ ..] = *args {
            match arg.to_ascii_lowercase().as_slice() {
                b"nx" => options.nx = true,
                b"xx" => options.xx = true,
                b"gt" => options.gt = true,
                b"lt" => options.lt = true,
                b"ch" => options.ch = true,
                b"incr" => options.incr = true,
                _ => break,
            }
            *args = rest;
        }
        options
    }

    fn check(self, elements: usize) -> Result<(), Error> {
        if self.nx && self.xx {
            return Err(Error::text("ERR XX and NX options at the same time are not compatible"));
        }
        if [self.nx, self.gt, self.lt].into_iter().filter(|it| *it).count() > 1 {
            return Err(Error::text("ERR GT, LT, and/or NX options at the same time are not compatible"));
        }
        if self.incr && elements > 1 {
            return Err(Error::text("ERR INCR option supports a single increment-element pair"));
        }
        Ok(())
    }

    /// Decides on one element. `present` is its score, if there is one.
    fn judge(self, present: Option<f64>, score: f64) -> Result<Verdict, Error> {
        let Some(present) = present else {
            return Ok(if self.xx { Verdict::Nothing } else { Verdict::Score(score) });
        };
        if self.nx {
            return Ok(Verdict::Nothing);
        }
        let score = if self.incr { score + present } else { score };
        if score.is_nan() {
            return Err(NO_NUMBER);
        }
        let refused = (self.lt && score >= present) || (self.gt && score <= present);
        Ok(if refused { Verdict::Nothing } else { Verdict::Score(score) })
    }
}

pub(super) fn zadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut rest = &args[2..];
    let options = Options::parse(&mut rest);
    let (pairs, odd) = rest.as_chunks::<2>();
    if pairs.is_empty() || !odd.is_empty() {
        return Err(Error::SYNTAX);
    }
    options.check(pairs.len())?;
    let elements: Result<Vec<(f64, &[u8])>, Error> =
        pairs.iter().map(|[score, member]| Ok((float(score)?, *member))).collect();
    add(ctx, args[1], options, &elements?)
}

pub(super) fn zincrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let options = Options { incr: true, ..Options::default() };
    add(ctx, args[1], options, &[(float(args[2])?, args[3])])
}

/// Adds elements to a sorted set and answers. With [`Options::incr`] there is one.
pub(crate) fn add(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    options: Options,
    elements: &[(f64, &[u8])],
) -> Result<(), Error> {
    let limits = ctx.engine().config.zset_listpack;
    let (mut added, mut changed) = (0, 0);
    let mut incremented = None;
    if ctx.db.get_mut::<SortedSet>(key)?.is_some() || !options.xx {
        let set = ctx.db.get_or_create::<SortedSet>(key)?;
        for (score, member) in elements {
            set.update(member, limits, |present| {
                let Verdict::Score(score) = options.judge(present, *score)? else {
                    return Ok::<_, Error>(None);
                };
                incremented = Some(score);
                match present {
                    None => added += 1,
                    Some(present) if present != score => changed += 1,
                    Some(_) => {}
                }
                Ok(Some(score))
            })?;
        }
    }
    match incremented {
        Some(score) if options.incr => ctx.out.double(score),
        None if options.incr => ctx.out.null(),
        _ => ctx.out.count(if options.ch { added + changed } else { added }),
    }
    if added + changed > 0 {
        ctx.touched(Class::ZSET, if options.incr { "zincr" } else { "zadd" }, key);
    }
    Ok(())
}
