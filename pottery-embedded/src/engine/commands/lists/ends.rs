//! Putting something at the ends of a list, and taking it from there.

use crate::engine::commands::lists::{End, popped};
use crate::engine::commands::options::positive;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::List;

pub(super) fn lpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Left, false)
}

pub(super) fn rpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Right, false)
}

pub(super) fn lpushx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Left, true)
}

pub(super) fn rpushx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Right, true)
}

fn push(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End, only_existing: bool) -> Result<(), Error> {
    let key = args[1];
    let list =
        if only_existing { ctx.db.get_mut::<List>(key)? } else { Some(ctx.db.get_or_create::<List>(key)?) };
    let Some(list) = list else {
        ctx.out.integer(0);
        return Ok(());
    };
    for item in &args[2..] {
        list.push(end, (*item).into());
    }
    let length = list.items.len();
    ctx.touched(Class::LIST, end.push_name(), key);
    ctx.out.count(length);
    Ok(())
}

pub(super) fn lpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    pop(ctx, args, End::Left)
}

pub(super) fn rpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Error> {
    let key = args[1];
    if args.len() > 3 {
        return Err(Error::arity(end.pop_name()));
    }
    let count = args.get(2).map(|arg| positive(arg)).transpose()?;
    let Some(list) = ctx.db.get_mut::<List>(key)? else {
        if count.is_some() {
            ctx.out.null_array()
        } else {
            ctx.out.null()
        }
        return Ok(());
    };
    match count {
        None => {
            let item = list.pop(end).unwrap_or_default();
            ctx.out.bulk(&item);
        }
        Some(0) => {
            ctx.out.array(0);
            return Ok(());
        }
        Some(count) => {
            let count = count.min(list.items.len());
            ctx.out.array(count);
            for _ in 0..count {
                ctx.out.bulk(&list.pop(end).unwrap_or_default());
            }
        }
    }
    popped(ctx, key, end);
    Ok(())
}
