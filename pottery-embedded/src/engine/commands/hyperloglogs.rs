//! HyperLogLogs: see [`crate::engine::hyperloglog`].

use crate::engine::command::{Group, Spec, flag};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::hyperloglog::{self, Corrupt, Union};
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::value::{Str, Value};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "pfadd",
        pfadd,
        -2,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Hyperloglog,
        "2.8.9",
        "Adds the specified elements to the specified HyperLogLog.",
    )
    .keys(&[KeySpec::first(key::RW | key::INSERT)]),
    Spec::new(
        "pfcount",
        pfcount,
        -2,
        flag::READONLY,
        Group::Hyperloglog,
        "2.8.9",
        "Return the approximated cardinality of the set(s) observed by the HyperLogLog at key(s).",
    )
    .keys(&[KeySpec::range(1, -1, 1, key::RW | key::ACCESS)
        .note("RW because it may change the internal representation of the key, and propagate to replicas")]),
    Spec::new(
        "pfmerge",
        pfmerge,
        -2,
        flag::WRITE | flag::DENYOOM,
        Group::Hyperloglog,
        "2.8.9",
        "Merge N different HyperLogLogs into a single one.",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::INSERT),
        KeySpec::range(2, -1, 1, key::RO | key::ACCESS),
    ]),
];

fn corrupt(_: Corrupt) -> Error {
    Error::text("INVALIDOBJ Corrupted HLL object detected")
}

/// A string that is a HyperLogLog as far as its header tells.
fn check(string: &Str) -> Result<(), Error> {
    if hyperloglog::is_valid(&string.bytes()) {
        return Ok(());
    }
    Err(Error::text("WRONGTYPE Key is not a valid HyperLogLog string value."))
}

/// The HyperLogLog at a key, to change; a new one if there is none. Says whether it is new.
fn get_or_create<'a>(ctx: &'a mut Ctx<'_>, key: &[u8]) -> Result<(&'a mut Vec<u8>, bool), Error> {
    let new = !ctx.db.exists(key);
    if new {
        ctx.db.add(key, Value::Str(Str::Bytes { bytes: hyperloglog::empty(), raw: true }));
    }
    let string = ctx.db.get_or_create::<Str>(key)?;
    check(string)?;
    Ok((string.make_mut(), new))
}

fn pfadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let limit = ctx.engine().config.hll_sparse_bytes;
    let (value, mut changed) = get_or_create(ctx, args[1])?;
    for element in &args[2..] {
        changed |= hyperloglog::add(value, element, limit).map_err(corrupt)?;
    }
    if changed {
        hyperloglog::mark_stale(value);
        ctx.touched(Class::STRING, "pfadd", args[1]);
    }
    ctx.out.integer(i64::from(changed));
    Ok(())
}

fn pfcount(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if args.len() > 2 {
        let count = union(ctx, &args[1..])?.count();
        ctx.out.integer(count as i64);
        return Ok(());
    }
    // A look that counts as one, and says so if there is nothing to see.
    let Some(string) = ctx.db.get::<Str>(args[1])? else {
        ctx.out.integer(0);
        return Ok(());
    };
    check(string)?;
    let Some(string) = ctx.db.get_mut::<Str>(args[1])? else { return Ok(()) };
    let value = string.make_mut();
    let count = match hyperloglog::cached_count(value) {
        Some(count) => count,
        None => {
            let count = hyperloglog::count(value).map_err(corrupt)?;
            // The count is kept in the value, which is thereby another one.
            ctx.changed(args[1]);
            count
        }
    };
    ctx.out.integer(count as i64);
    Ok(())
}

fn pfmerge(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let union = union(ctx, &args[1..])?;
    let limit = ctx.engine().config.hll_sparse_bytes;
    let (value, _) = get_or_create(ctx, args[1])?;
    union.write(value, limit).map_err(corrupt)?;
    ctx.touched(Class::STRING, "pfadd", args[1]);
    ctx.out.ok();
    Ok(())
}

fn union(ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> Result<Union, Error> {
    let mut union = Union::new();
    for key in keys {
        if let Some(string) = ctx.db.get::<Str>(key)? {
            check(string)?;
            union.add(&string.bytes()).map_err(corrupt)?;
        }
    }
    Ok(union)
}
