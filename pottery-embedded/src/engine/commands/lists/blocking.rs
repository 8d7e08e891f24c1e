//! Taking from a list, and waiting if there is nothing.

use crate::engine::blocking::deadline;
use crate::engine::commands::lists::{End, popped};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::value::List;

pub(super) fn blpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    pop(ctx, args, End::Left)
}

pub(super) fn brpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Error> {
    let (timeout, keys) = (args[args.len() - 1], &args[1..args.len() - 1]);
    let deadline = deadline(ctx, timeout)?;
    for key in keys {
        if ctx.db.get_mut::<List>(key)?.is_some() {
            take(ctx, key, end);
            return Ok(());
        }
    }
    if ctx.may_block() {
        ctx.block(
            keys,
            args,
            deadline,
            match end {
                End::Left => |ctx, key, _| Ok(serve(ctx, key, End::Left)),
                End::Right => |ctx, key, _| Ok(serve(ctx, key, End::Right)),
            },
        );
    } else {
        ctx.out.null_array();
    }
    Ok(())
}

fn serve(ctx: &mut Ctx<'_>, key: &[u8], end: End) -> bool {
    // Another type isn't what it waits for.
    let found = matches!(ctx.db.get_mut::<List>(key), Ok(Some(_)));
    if found {
        take(ctx, key, end);
    }
    found
}

/// Takes from a list that exists, and replies.
fn take(ctx: &mut Ctx<'_>, key: &[u8], end: End) {
    if let Ok(Some(list)) = ctx.db.get_mut::<List>(key) {
        let item = list.pop(end).unwrap_or_default();
        ctx.out.array(2);
        ctx.out.bulk(key);
        ctx.out.bulk(&item);
        popped(ctx, key, end);
        let command: &[u8] = if end == End::Left { b"LPOP" } else { b"RPOP" };
        ctx.propagate_as(&[command, key]);
    }
}
