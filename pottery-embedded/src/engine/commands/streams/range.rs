//! `XRANGE` and `XREVRANGE`.

use crate::engine::args::Owned;
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::stream::{Id, Stream};

use super::write_entries;

pub(super) fn xrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    range(ctx, args, false)
}

pub(super) fn xrevrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    range(ctx, args, true)
}

fn range(ctx: &mut Ctx<'_>, args: &[&[u8]], backwards: bool) -> Result<(), Error> {
    let (start, end) = if backwards { (args[3], args[2]) } else { (args[2], args[3]) };
    let (start, end) = (Id::parse_start(start)?, Id::parse_end(end)?);
    let mut count = usize::MAX;
    let mut rest = &args[4..];
    while !rest.is_empty() {
        rest = match rest {
            [word, value, after @ ..] if is(word, "COUNT") => {
                count = usize::try_from(integer(value)?).unwrap_or(0);
                after
            }
            _ => return Err(Error::SYNTAX),
        };
    }
    let Some(stream) = ctx.db.get::<Stream>(args[1])? else {
        ctx.out.array(0);
        return Ok(());
    };
    if count == 0 {
        ctx.out.null_array();
        return Ok(());
    }
    let found = stream.range(start, end);
    let entries: Vec<(Id, &Owned)> =
        if backwards { found.rev().take(count).collect() } else { found.take(count).collect() };
    write_entries(&mut ctx.out, &entries);
    Ok(())
}
