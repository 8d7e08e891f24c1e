//! Moving an element from one list to another, or to the other end.

use crate::engine::blocking::{Serve, deadline};
use crate::engine::commands::lists::{End, popped};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::List;

pub(super) fn lmove(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    move_or_null(ctx, args[1], args[2], End::parse(args[3])?, End::parse(args[4])?)
}

pub(super) fn rpoplpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    move_or_null(ctx, args[1], args[2], End::Right, End::Left)
}

fn move_or_null(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], take: End, put: End) -> Result<(), Error> {
    if ctx.db.get_mut::<List>(from)?.is_none() {
        ctx.out.null();
        return Ok(());
    }
    move_item(ctx, from, to, take, put)
}

/// Moves an element of a list that exists, and replies with it.
fn move_item(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], take: End, put: End) -> Result<(), Error> {
    // Nothing is taken if it can't be put.
    ctx.db.get_mut::<List>(to)?;
    let Some(item) = ctx.db.get_mut::<List>(from)?.and_then(|list| list.pop(take)) else { return Ok(()) };
    ctx.out.bulk(&item);
    // The list may be the same, and empty at this moment.
    ctx.db.get_or_create::<List>(to)?.push(put, item);
    ctx.touched(Class::LIST, put.push_name(), to);
    popped(ctx, from, take);
    Ok(())
}

pub(super) fn blmove(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    // Words are checked before the time is.
    for word in &args[3..=4] {
        End::parse(word)?;
    }
    let serve: Serve = |ctx, key, args| {
        let (take, put) = (End::parse(args[3])?, End::parse(args[4])?);
        serve(ctx, key, args[2], take, put, &[b"LMOVE", key, args[2], args[3], args[4]])
    };
    move_or_wait(ctx, args, serve)
}

pub(super) fn brpoplpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let serve: Serve =
        |ctx, key, args| serve(ctx, key, args[2], End::Right, End::Left, &[b"RPOPLPUSH", key, args[2]]);
    move_or_wait(ctx, args, serve)
}

fn move_or_wait(ctx: &mut Ctx<'_>, args: &[&[u8]], serve: Serve) -> Result<(), Error> {
    let key = args[1];
    let deadline = deadline(ctx, args[args.len() - 1])?;
    if ctx.db.get_mut::<List>(key)?.is_some() {
        // Done now it is what it would be later.
        serve(ctx, key, args)?;
    } else if ctx.may_block() {
        ctx.block(&[key], args, deadline, serve);
    } else {
        ctx.out.null();
    }
    Ok(())
}

/// Moves if there is a list to take from; `effect` does the same without waiting.
fn serve(
    ctx: &mut Ctx<'_>,
    from: &[u8],
    to: &[u8],
    take: End,
    put: End,
    effect: &[&[u8]],
) -> Result<bool, Error> {
    if !matches!(ctx.db.get_mut::<List>(from), Ok(Some(_))) {
        return Ok(false);
    }
    move_item(ctx, from, to, take, put)?;
    ctx.propagate_as(effect);
    Ok(true)
}
