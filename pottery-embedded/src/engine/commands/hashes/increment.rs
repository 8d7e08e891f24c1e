//! Counting in a field of a hash.

use crate::engine::commands::options::integer;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::long_double::LongDouble;
use crate::engine::notify::Class;
use crate::engine::number::parse_i64;
use crate::engine::value::Hash;

pub(super) fn hincrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, field) = (args[1], args[2]);
    let increment = integer(args[3])?;
    let value = match ctx.db.get_mut::<Hash>(key)?.and_then(|hash| hash.fields.get(field)) {
        Some(value) => parse_i64(value).ok_or(Error::text("ERR hash value is not an integer"))?,
        None => 0,
    };
    let sum = value.checked_add(increment).ok_or(Error::OVERFLOW)?;
    set(ctx, key, field, itoa::Buffer::new().format(sum).as_bytes())?;
    ctx.touched(Class::HASH, "hincrby", key);
    ctx.out.integer(sum);
    Ok(())
}

pub(super) fn hincrbyfloat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, field) = (args[1], args[2]);
    let increment = LongDouble::parse(args[3]).ok_or(Error::NOT_FLOAT)?;
    if !increment.is_finite() {
        return Err(Error::text("ERR value is NaN or Infinity"));
    }
    let value = match ctx.db.get_mut::<Hash>(key)?.and_then(|hash| hash.fields.get(field)) {
        Some(value) => LongDouble::parse(value).ok_or(Error::text("ERR hash value is not a float"))?,
        None => LongDouble::from(0),
    };
    let sum =
        value.checked_add(increment).ok_or(Error::text("ERR increment would produce NaN or Infinity"))?;
    let sum = sum.format().into_bytes();
    set(ctx, key, field, &sum)?;
    ctx.touched(Class::HASH, "hincrbyfloat", key);
    // Another machine's rounding must not make another number of it.
    ctx.propagate_as(&[b"HSET", key, field, &sum]);
    ctx.out.bulk(&sum);
    Ok(())
}

fn set(ctx: &mut Ctx<'_>, key: &[u8], field: &[u8], value: &[u8]) -> Result<(), Error> {
    let limits = ctx.db.engine.config.hash_listpack;
    ctx.db.get_or_create::<Hash>(key)?.set(field, value, limits);
    Ok(())
}
