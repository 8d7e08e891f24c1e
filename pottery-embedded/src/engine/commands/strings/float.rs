//! `INCRBYFLOAT`.

use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::long_double::LongDouble;
use crate::engine::notify::Class;
use crate::engine::value::{Str, Value};

pub(super) fn incrbyfloat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let value = match ctx.db.get::<Str>(key)? {
        Some(Str::Int(number)) => LongDouble::from(*number),
        Some(Str::Bytes { bytes, .. }) => LongDouble::parse(bytes).ok_or(Error::NOT_FLOAT)?,
        None => LongDouble::from(0),
    };
    let increment = LongDouble::parse(args[2]).ok_or(Error::NOT_FLOAT)?;
    let sum =
        value.checked_add(increment).ok_or(Error::text("ERR increment would produce NaN or Infinity"))?;
    let sum = sum.format().into_bytes();
    ctx.out.bulk(&sum);
    // Another machine's rounding must not make another number of it.
    ctx.propagate_as(&[b"SET", key, &sum, b"KEEPTTL"]);
    ctx.db.set(key, Value::Str(Str::Bytes { bytes: sum, raw: false }), Expiry::Keep);
    ctx.touched(Class::STRING, "incrbyfloat", key);
    Ok(())
}
