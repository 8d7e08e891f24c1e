//! Strings and counters.

mod float;
mod lcs;
mod range;
mod set;

use float::incrbyfloat;
use lcs::lcs;
pub(crate) use range::part;
use range::{getrange, setrange};
use set::{getex, psetex, setex, setnx};

use crate::engine::command::{Group, Spec, flag};
use crate::engine::commands::options::integer;
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::value::{Str, Value};

const READ: u32 = flag::READONLY | flag::FAST;
const COUNT: u32 = flag::WRITE | flag::DENYOOM | flag::FAST;
const COUNTER: &[KeySpec] = &[KeySpec::first(key::RW | key::ACCESS | key::UPDATE)];

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new("append", append, 3, COUNT, Group::String, "2.0.0", "Append a value to a key")
        .keys(&[KeySpec::first(key::RW | key::INSERT)]),
    Spec::new("decr", decr, 2, COUNT, Group::String, "1.0.0", "Decrement the integer value of a key by one")
        .keys(COUNTER),
    Spec::new(
        "decrby",
        decrby,
        3,
        COUNT,
        Group::String,
        "1.0.0",
        "Decrement the integer value of a key by the given number",
    )
    .keys(COUNTER),
    Spec::new("get", get, 2, READ, Group::String, "1.0.0", "Get the value of a key")
        .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new(
        "getdel",
        getdel,
        2,
        flag::WRITE | flag::FAST,
        Group::String,
        "6.2.0",
        "Get the value of a key and delete the key",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::DELETE)]),
    Spec::new(
        "getex",
        getex,
        -2,
        flag::WRITE | flag::FAST,
        Group::String,
        "6.2.0",
        "Get the value of a key and optionally set its expiration",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::UPDATE).note("RW and UPDATE because it changes the TTL")
    ]),
    Spec::new(
        "getrange",
        getrange,
        4,
        flag::READONLY,
        Group::String,
        "2.4.0",
        "Get a substring of the string stored at a key",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new(
        "getset",
        getset,
        3,
        COUNT,
        Group::String,
        "1.0.0",
        "Set the string value of a key and return its old value",
    )
    .keys(COUNTER),
    Spec::new("incr", incr, 2, COUNT, Group::String, "1.0.0", "Increment the integer value of a key by one")
        .keys(COUNTER),
    Spec::new(
        "incrby",
        incrby,
        3,
        COUNT,
        Group::String,
        "1.0.0",
        "Increment the integer value of a key by the given amount",
    )
    .keys(COUNTER),
    Spec::new(
        "incrbyfloat",
        incrbyfloat,
        3,
        COUNT,
        Group::String,
        "2.6.0",
        "Increment the float value of a key by the given amount",
    )
    .keys(COUNTER),
    Spec::new("lcs", lcs, -3, flag::READONLY, Group::String, "7.0.0", "Find longest common substring")
        .keys(&[KeySpec::range(1, 1, 1, key::RO | key::ACCESS)]),
    Spec::new("mget", mget, -2, READ, Group::String, "1.0.0", "Get the values of all the given keys")
        .keys(&[KeySpec::range(1, -1, 1, key::RO | key::ACCESS)])
        .tips(&["request_policy:multi_shard"]),
    Spec::new(
        "mset",
        mset,
        -3,
        flag::WRITE | flag::DENYOOM,
        Group::String,
        "1.0.1",
        "Set multiple keys to multiple values",
    )
    .keys(&[KeySpec::range(1, -1, 2, key::OW | key::UPDATE)])
    .tips(&["request_policy:multi_shard", "response_policy:all_succeeded"]),
    Spec::new(
        "msetnx",
        msetnx,
        -3,
        flag::WRITE | flag::DENYOOM,
        Group::String,
        "1.0.1",
        "Set multiple keys to multiple values, only if none of the keys exist",
    )
    .keys(&[KeySpec::range(1, -1, 2, key::OW | key::INSERT)])
    .tips(&["request_policy:multi_shard", "response_policy:agg_min"]),
    Spec::new(
        "psetex",
        psetex,
        4,
        flag::WRITE | flag::DENYOOM,
        Group::String,
        "2.6.0",
        "Set the value and expiration in milliseconds of a key",
    )
    .keys(&[KeySpec::first(key::OW | key::UPDATE)]),
    Spec::new(
        "set",
        set::set,
        -3,
        flag::WRITE | flag::DENYOOM,
        Group::String,
        "1.0.0",
        "Set the string value of a key",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE | key::VARIABLE_FLAGS)
        .note("RW and ACCESS due to the optional `GET` argument")])
    .find_keys(set::set_keys),
    Spec::new(
        "setex",
        setex,
        4,
        flag::WRITE | flag::DENYOOM,
        Group::String,
        "2.0.0",
        "Set the value and expiration of a key",
    )
    .keys(&[KeySpec::first(key::OW | key::UPDATE)]),
    Spec::new(
        "setnx",
        setnx,
        3,
        COUNT,
        Group::String,
        "1.0.0",
        "Set the value of a key, only if the key does not exist",
    )
    .keys(&[KeySpec::first(key::OW | key::INSERT)]),
    Spec::new(
        "setrange",
        setrange,
        4,
        flag::WRITE | flag::DENYOOM,
        Group::String,
        "2.2.0",
        "Overwrite part of a string at key starting at the specified offset",
    )
    .keys(&[KeySpec::first(key::RW | key::UPDATE)]),
    Spec::new(
        "strlen",
        strlen,
        2,
        READ,
        Group::String,
        "2.2.0",
        "Get the length of the value stored in a key",
    )
    .keys(&[KeySpec::first(key::RO)]),
    Spec::new(
        "substr",
        getrange,
        4,
        flag::READONLY,
        Group::String,
        "1.0.0",
        "Get a substring of the string stored at a key",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
];

/// Writes the string at a key, or nothing.
fn reply_with(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Error> {
    match ctx.db.get::<Str>(key)? {
        Some(Str::Int(number)) => ctx.out.bulk_integer(*number),
        Some(Str::Bytes { bytes, .. }) => ctx.out.bulk(bytes),
        None => ctx.out.null(),
    }
    Ok(())
}

/// Sets a key as `SET` without options does.
fn store(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8]) {
    ctx.db.set(key, Value::Str(Str::new(value)), Expiry::Never);
    ctx.touched(Class::STRING, "set", key);
}

fn get(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    reply_with(ctx, args[1])
}

fn getset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    reply_with(ctx, args[1])?;
    store(ctx, args[1], args[2]);
    ctx.propagate_as(&[b"SET", args[1], args[2]]);
    Ok(())
}

fn getdel(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    reply_with(ctx, args[1])?;
    if ctx.db.remove(args[1]).is_some() {
        ctx.touched(Class::GENERIC, "del", args[1]);
        ctx.propagate_as(&[b"DEL", args[1]]);
    }
    Ok(())
}

fn mget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(args.len() - 1);
    for key in &args[1..] {
        // Other types are nothing here.
        if reply_with(ctx, key).is_err() {
            ctx.out.null();
        }
    }
    Ok(())
}

fn mset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let pairs = pairs(args, "mset")?;
    for (key, value) in pairs {
        store(ctx, key, value);
    }
    ctx.out.ok();
    Ok(())
}

fn msetnx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let pairs = pairs(args, "msetnx")?;
    for (key, _) in pairs.clone() {
        if ctx.db.exists(key) {
            ctx.out.integer(0);
            return Ok(());
        }
    }
    for (key, value) in pairs {
        store(ctx, key, value);
    }
    ctx.out.integer(1);
    Ok(())
}

/// Keys and values in turn.
fn pairs<'a>(
    args: &'a [&'a [u8]],
    command: &str,
) -> Result<impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone, Error> {
    if args.len().is_multiple_of(2) {
        return Err(Error::arity(command));
    }
    Ok(args[1..].chunks_exact(2).map(|pair| (pair[0], pair[1])))
}

fn append(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let longest = ctx.engine().config.longest_string;
    let length = match ctx.db.get_mut::<Str>(args[1])? {
        Some(string) => {
            check_length(string.len(), args[2].len(), longest)?;
            let bytes = string.make_mut();
            bytes.extend_from_slice(args[2]);
            bytes.len()
        }
        None => {
            ctx.db.add(args[1], Value::Str(Str::new(args[2])));
            args[2].len()
        }
    };
    ctx.touched(Class::STRING, "append", args[1]);
    ctx.out.count(length);
    Ok(())
}

/// Refuses to make a string longer than any may be.
pub(crate) fn check_length(length: usize, more: usize, longest: i64) -> Result<(), Error> {
    let total = length.checked_add(more).and_then(|total| i64::try_from(total).ok());
    if total.is_some_and(|total| total <= longest) { Ok(()) } else { Err(Error::TOO_LONG) }
}

fn strlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let length = ctx.db.get::<Str>(args[1])?.map_or(0, Str::len);
    ctx.out.count(length);
    Ok(())
}

fn incr(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    add(ctx, args[1], 1)
}

fn decr(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    add(ctx, args[1], -1)
}

fn incrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    add(ctx, args[1], integer(args[2])?)
}

fn decrby(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let by = integer(args[2])?;
    add(ctx, args[1], by.checked_neg().ok_or(Error::text("ERR decrement would overflow"))?)
}

fn add(ctx: &mut Ctx<'_>, key: &[u8], by: i64) -> Result<(), Error> {
    let sum = match ctx.db.get_mut::<Str>(key)? {
        Some(string) => {
            let number = string.integer().ok_or(Error::NOT_INTEGER)?;
            let sum = number.checked_add(by).ok_or(Error::OVERFLOW)?;
            *string = Str::Int(sum);
            sum
        }
        None => {
            ctx.db.add(key, Value::Str(Str::Int(by)));
            by
        }
    };
    ctx.touched(Class::STRING, "incrby", key);
    ctx.out.integer(sum);
    Ok(())
}
