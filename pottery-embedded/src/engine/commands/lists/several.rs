//! Taking several elements from the first of several lists that has any.

use crate::engine::blocking::{Serve, deadline};
use crate::engine::commands::lists::{End, popped};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;
use crate::engine::value::List;

/// What is asked for.
struct Request<'a> {
    keys: &'a [&'a [u8]],
    end: End,
    count: usize,
}

impl<'a> Request<'a> {
    /// Reads the arguments from the number of keys on.
    fn parse(args: &'a [&'a [u8]]) -> Result<Request<'a>, Error> {
        let number = above_zero(args[0], Error::text("ERR numkeys should be greater than 0"))?;
        let rest = number.checked_add(1).and_then(|end| args.get(end..)).ok_or(Error::SYNTAX)?;
        let [end, options @ ..] = rest else { return Err(Error::SYNTAX) };
        let end = End::parse(end)?;
        let count = match options {
            [] => 1,
            [word, count] if is(word, "COUNT") => {
                above_zero(count, Error::text("ERR count should be greater than 0"))?
            }
            [word, count, ..] if is(word, "COUNT") => {
                above_zero(count, Error::text("ERR count should be greater than 0"))?;
                return Err(Error::SYNTAX);
            }
            _ => return Err(Error::SYNTAX),
        };
        Ok(Request { keys: &args[1..=number], end, count })
    }

    /// Takes from the first list that exists. Returns whether there is one.
    fn take(&self, ctx: &mut Ctx<'_>) -> Result<bool, Error> {
        for key in self.keys {
            if ctx.db.get_mut::<List>(key)?.is_some() {
                take(ctx, key, self.end, self.count);
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn above_zero(arg: &[u8], error: Error) -> Result<usize, Error> {
    parse_i64(arg).and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0).ok_or(error)
}

/// Takes from a list that exists, and replies.
fn take(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) {
    let Ok(Some(list)) = ctx.db.get_mut::<List>(key) else { return };
    let count = count.min(list.items.len());
    ctx.out.array(2);
    ctx.out.bulk(key);
    ctx.out.array(count);
    for _ in 0..count {
        ctx.out.bulk(&list.pop(end).unwrap_or_default());
    }
    popped(ctx, key, end);
    let command = end.pop_name().to_ascii_uppercase();
    ctx.propagate_as(&[command.as_bytes(), key, itoa::Buffer::new().format(count).as_bytes()]);
}

pub(super) fn lmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if !Request::parse(&args[1..])?.take(ctx)? {
        ctx.out.null_array();
    }
    Ok(())
}

pub(super) fn blmpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let request = Request::parse(&args[2..])?;
    let deadline = deadline(ctx, args[1])?;
    if request.take(ctx)? {
        return Ok(());
    }
    if ctx.may_block() {
        let serve: Serve = |ctx, key, args| {
            let Request { end, count, .. } = Request::parse(&args[2..])?;
            let found = matches!(ctx.db.get_mut::<List>(key), Ok(Some(_)));
            if found {
                take(ctx, key, end, count);
            }
            Ok(found)
        };
        ctx.block(request.keys, args, deadline, serve);
    } else {
        ctx.out.null_array();
    }
    Ok(())
}
