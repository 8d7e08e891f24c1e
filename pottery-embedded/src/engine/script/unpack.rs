//! Lua's `unpack`. The interpreter's own believes bounds that lie further apart than an `int` can count, and then reads what
//! isn't there.

use mlua::{Lua, MultiValue, Result, Value};

use super::raise::{self, Args};

/// How many values fit on the interpreter's stack, arguments included.
const STACK: i64 = 8000;

pub(super) fn unpack(lua: &Lua, args: Args) -> Result<MultiValue> {
    let list = args.table(lua, 1)?;
    // As C cuts them to an `int`.
    let first = i64::from(args.integer_or(lua, 2, 1)? as i32);
    let last = match args.get(3) {
        Value::Nil => list.raw_len() as i64,
        _ => i64::from(args.integer(lua, 3)? as i32),
    };
    if last - first + 1 + args.len() as i64 > STACK {
        return Err(raise::text(lua, "too many results to unpack"));
    }
    (first..=last).map(|index| list.raw_get(index)).collect()
}
