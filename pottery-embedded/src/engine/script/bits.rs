//! The library `bit`: operations on 32 bits.

use mlua::{Lua, Result, Table, Value};

use super::raise::{self, Args};

type Operation = fn(&Lua, &Args) -> Result<Value>;

/// The functions.
pub(super) fn library(lua: &Lua) -> Result<Table> {
    let operations: [(&str, Operation); 12] = [
        ("tobit", |lua, args| Ok(value(bits(lua, args, 1)?))),
        ("bnot", |lua, args| Ok(value(!bits(lua, args, 1)?))),
        ("band", |lua, args| fold(lua, args, |a, b| a & b)),
        ("bor", |lua, args| fold(lua, args, |a, b| a | b)),
        ("bxor", |lua, args| fold(lua, args, |a, b| a ^ b)),
        ("lshift", |lua, args| shift(lua, args, |bits, by| bits << by)),
        ("rshift", |lua, args| shift(lua, args, |bits, by| bits >> by)),
        ("arshift", |lua, args| shift(lua, args, |bits, by| (bits.cast_signed() >> by).cast_unsigned())),
        ("rol", |lua, args| shift(lua, args, u32::rotate_left)),
        ("ror", |lua, args| shift(lua, args, u32::rotate_right)),
        ("bswap", |lua, args| Ok(value(bits(lua, args, 1)?.swap_bytes()))),
        ("tohex", to_hex),
    ];
    let library = lua.create_table()?;
    for (name, operation) in operations {
        library.raw_set(name, lua.create_function(move |lua, args: Args| operation(lua, &args))?)?;
    }
    Ok(library)
}

/// An argument's lowest 32 bits. Fractions are rounded, to the even number when in doubt.
fn bits(lua: &Lua, args: &Args, index: usize) -> Result<u32> {
    // Pushes the fraction out of the double, which leaves the integer in its lowest bits.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    let number = raise::number(lua, args.get(index))?;
    let bits = (number.unwrap_or(0.0) + SHIFT).to_bits() as u32;
    if number.is_none() {
        args.number(lua, index)?;
    }
    Ok(bits)
}

/// Scripts see the bits as a signed number.
fn value(bits: u32) -> Value {
    Value::Integer(i64::from(bits.cast_signed()))
}

fn fold(lua: &Lua, args: &Args, operation: fn(u32, u32) -> u32) -> Result<Value> {
    let mut all = bits(lua, args, 1)?;
    for index in (2..=args.len()).rev() {
        all = operation(all, bits(lua, args, index)?);
    }
    Ok(value(all))
}

fn shift(lua: &Lua, args: &Args, operation: fn(u32, u32) -> u32) -> Result<Value> {
    let number = bits(lua, args, 1)?;
    let by = bits(lua, args, 2)? & 31;
    Ok(value(operation(number, by)))
}

fn to_hex(lua: &Lua, args: &Args) -> Result<Value> {
    let number = bits(lua, args, 1)?;
    let digits = if args.len() < 2 { 8 } else { bits(lua, args, 2)?.cast_signed() };
    let count = digits.unsigned_abs().min(8) as usize;
    let hex = if digits < 0 { format!("{number:08X}") } else { format!("{number:08x}") };
    Ok(Value::String(lua.create_string(&hex[8 - count..])?))
}
