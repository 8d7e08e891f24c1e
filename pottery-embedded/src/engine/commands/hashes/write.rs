//! Setting and deleting fields of a hash.

use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::Hash;

pub(super) fn hset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let new = set(ctx, args, "hset")?;
    ctx.out.count(new);
    Ok(())
}

pub(super) fn hmset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    set(ctx, args, "hmset")?;
    ctx.out.ok();
    Ok(())
}

/// Sets fields and returns how many of them are new.
fn set(ctx: &mut Ctx<'_>, args: &[&[u8]], command: &str) -> Result<usize, Error> {
    let key = args[1];
    let (pairs, rest) = args[2..].as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Error::arity(command));
    }
    let limits = ctx.db.engine.config.hash_listpack;
    let hash = ctx.db.get_or_create::<Hash>(key)?;
    let new = pairs.iter().filter(|[field, value]| hash.set(field, value, limits)).count();
    ctx.touched(Class::HASH, "hset", key);
    Ok(new)
}

pub(super) fn hsetnx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let limits = ctx.db.engine.config.hash_listpack;
    let hash = ctx.db.get_or_create::<Hash>(key)?;
    if hash.fields.contains(args[2]) {
        ctx.out.integer(0);
        return Ok(());
    }
    hash.set(args[2], args[3], limits);
    ctx.touched(Class::HASH, "hset", key);
    ctx.out.integer(1);
    Ok(())
}

pub(super) fn hdel(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let mut removed = 0;
    if let Some(hash) = ctx.db.get_mut::<Hash>(key)? {
        removed = args[2..].iter().filter(|field| hash.fields.remove(field).is_some()).count();
    }
    if removed > 0 {
        ctx.changed(key);
        ctx.notify(Class::HASH, "hdel", key);
        ctx.remove_if_empty::<Hash>(key);
    }
    ctx.out.count(removed);
    Ok(())
}
