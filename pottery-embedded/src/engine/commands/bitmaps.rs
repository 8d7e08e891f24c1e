//! Strings as rows of bits.

mod field;

use std::ops::Range;

use field::{bitfield, bitfield_ro};

use crate::engine::bits::{Operation, count, position};
use crate::engine::command::{Group, Spec, flag};
use crate::engine::commands::options::{integer, is};
use crate::engine::commands::strings::part;
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::number::parse_i64;
use crate::engine::value::{Str, Value};

const READ: &[KeySpec] = &[KeySpec::first(key::RO | key::ACCESS)];

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new("bitcount", bitcount, -2, flag::READONLY, Group::Bitmap, "2.6.0", "Count set bits in a string")
        .keys(READ),
    Spec::new(
        "bitfield",
        bitfield,
        -2,
        flag::WRITE | flag::DENYOOM,
        Group::Bitmap,
        "3.2.0",
        "Perform arbitrary bitfield integer operations on strings",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE | key::VARIABLE_FLAGS)
        .note("This command allows both access and modification of the key")]),
    Spec::new(
        "bitfield_ro",
        bitfield_ro,
        -2,
        flag::READONLY | flag::FAST,
        Group::Bitmap,
        "6.0.0",
        "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
    )
    .keys(READ),
    Spec::new(
        "bitop",
        bitop,
        -4,
        flag::WRITE | flag::DENYOOM,
        Group::Bitmap,
        "2.6.0",
        "Perform bitwise operations between strings",
    )
    .keys(&[KeySpec::range(2, 0, 1, key::OW | key::UPDATE), KeySpec::range(3, -1, 1, key::RO | key::ACCESS)]),
    Spec::new(
        "bitpos",
        bitpos,
        -3,
        flag::READONLY,
        Group::Bitmap,
        "2.8.7",
        "Find first bit set or clear in a string",
    )
    .keys(READ),
    Spec::new(
        "getbit",
        getbit,
        3,
        flag::READONLY | flag::FAST,
        Group::Bitmap,
        "2.2.0",
        "Returns the bit value at offset in the string value stored at key",
    )
    .keys(READ),
    Spec::new(
        "setbit",
        setbit,
        4,
        flag::WRITE | flag::DENYOOM,
        Group::Bitmap,
        "2.2.0",
        "Sets or clears the bit at offset in the string value stored at key",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE)]),
];

const BIT: Error = Error::text("ERR bit is not an integer or out of range");

/// Reads the place of a bit. In a `field` of so many bits, `#2` is the place after two fields.
fn offset(ctx: &mut Ctx<'_>, arg: &[u8], field: Option<u32>) -> Result<u64, Error> {
    const INVALID: Error = Error::text("ERR bit offset is not an integer or out of range");
    let offset = match (arg, field) {
        ([b'#', digits @ ..], Some(bits)) => parse_i64(digits).and_then(|at| at.checked_mul(i64::from(bits))),
        _ => parse_i64(arg),
    };
    let longest = ctx.engine().config.longest_string;
    let offset = offset.filter(|offset| *offset >= 0 && offset >> 3 < longest).ok_or(INVALID)?;
    u64::try_from(offset).map_err(|_| INVALID)
}

/// The bytes at a key to change, at least up to a bit, and whether that made them longer.
fn reach<'a>(ctx: &'a mut Ctx<'_>, key: &[u8], bit: u64) -> Result<(&'a mut Vec<u8>, bool), Error> {
    let needed = (bit / 8) as usize + 1;
    let new = !ctx.db.exists(key);
    if new {
        ctx.db.add(key, Value::Str(Str::Bytes { bytes: vec![0; needed], raw: true }));
    }
    let bytes = ctx.db.get_or_create::<Str>(key)?.make_mut();
    let grown = bytes.len() < needed;
    if grown {
        bytes.resize(needed, 0);
    }
    Ok((bytes, new || grown))
}

fn setbit(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let at = offset(ctx, args[2], None)?;
    let on = match parse_i64(args[3]) {
        Some(0) => false,
        Some(1) => true,
        _ => return Err(BIT),
    };
    let (bytes, grown) = reach(ctx, args[1], at)?;
    let byte = &mut bytes[(at / 8) as usize];
    let mask = 0x80 >> (at % 8);
    let was = *byte & mask != 0;
    if was != on {
        *byte ^= mask;
    }
    if was != on || grown {
        ctx.touched(Class::STRING, "setbit", args[1]);
    }
    ctx.out.integer(i64::from(was));
    Ok(())
}

fn getbit(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let at = offset(ctx, args[2], None)?;
    let bytes = ctx.db.get::<Str>(args[1])?.map(Str::bytes).unwrap_or_default();
    let set = bytes.get((at / 8) as usize).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
    ctx.out.integer(i64::from(set));
    Ok(())
}

/// `start end [BYTE|BIT]`: the range of bits that is meant in `length` bytes; `None` when it is empty.
fn range(start: i64, end: i64, unit: Option<&&[u8]>, length: usize) -> Result<Option<Range<u64>>, Error> {
    let length = length as u64;
    match unit {
        Some(unit) if is(unit, "BIT") => Ok(part(start, end, length * 8)),
        Some(unit) if !is(unit, "BYTE") => Err(Error::SYNTAX),
        _ => Ok(part(start, end, length).map(|bytes| bytes.start * 8..bytes.end * 8)),
    }
}

fn bitcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let Some(string) = ctx.db.get::<Str>(args[1])? else {
        ctx.out.integer(0);
        return Ok(());
    };
    let bytes = string.bytes();
    let range = match &args[2..] {
        [] => Some(0..bytes.len() as u64 * 8),
        [start, end, unit @ ..] if unit.len() < 2 => {
            let (start, end) = (integer(start)?, integer(end)?);
            // Redis sees that the range is empty before it looks at the unit.
            if start < 0 && end < 0 && start > end {
                None
            } else {
                range(start, end, unit.first(), bytes.len())?
            }
        }
        _ => return Err(Error::SYNTAX),
    };
    ctx.out.integer(range.map_or(0, |range| count(&bytes, range)) as i64);
    Ok(())
}

fn bitpos(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let bit = match integer(args[2])? {
        0 => false,
        1 => true,
        _ => return Err(Error::text("ERR The bit argument must be 1 or 0.")),
    };
    let Some(string) = ctx.db.get::<Str>(args[1])? else {
        // As if it were followed by zeros for ever.
        ctx.out.integer(if bit { -1 } else { 0 });
        return Ok(());
    };
    let bytes = string.bytes();
    let (range, bounded) = match &args[3..] {
        [] => (range(0, -1, None, bytes.len())?, false),
        [start] => (range(integer(start)?, -1, None, bytes.len())?, false),
        [start, end, unit @ ..] if unit.len() < 2 => {
            let start = integer(start)?;
            // The unit is looked at before the end is.
            range(0, 0, unit.first(), 0)?;
            // Unlike BITCOUNT it takes a start behind the end for the first part, if both lie before it.
            let bits = unit.first().is_some_and(|unit| is(unit, "BIT"));
            let length = bytes.len() as i64 * if bits { 8 } else { 1 };
            let from_end = |at: i64| if at < 0 { at.saturating_add(length).max(0) } else { at };
            (range(from_end(start), from_end(integer(end)?), unit.first(), bytes.len())?, true)
        }
        _ => return Err(Error::SYNTAX),
    };
    let found = range.and_then(|range| {
        // A string without zeros is followed by one, unless it was said where to stop.
        position(&bytes, bit, range.clone()).or((!bit && !bounded).then_some(range.end))
    });
    ctx.out.integer(found.map_or(-1, |at| at as i64));
    Ok(())
}

fn bitop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (target, sources) = (args[2], &args[3..]);
    let operation = Operation::parse(args[1]).ok_or(Error::SYNTAX)?;
    if operation == Operation::Not && sources.len() != 1 {
        return Err(Error::text("ERR BITOP NOT must be called with a single source key."));
    }
    let mut result = Vec::new();
    for (place, source) in sources.iter().enumerate() {
        let bytes = ctx.db.get::<Str>(source)?.map(Str::bytes).unwrap_or_default();
        match place {
            0 if operation == Operation::Not => result = bytes.iter().map(|byte| !byte).collect(),
            0 => result = bytes.into_owned(),
            _ => operation.apply(&mut result, &bytes),
        }
    }
    let length = result.len();
    if length > 0 {
        ctx.db.set(target, Value::Str(Str::Bytes { bytes: result, raw: true }), Expiry::Never);
        ctx.touched(Class::STRING, "set", target);
    } else if ctx.db.remove(target).is_some() {
        ctx.touched(Class::GENERIC, "del", target);
    }
    ctx.out.count(length);
    Ok(())
}
