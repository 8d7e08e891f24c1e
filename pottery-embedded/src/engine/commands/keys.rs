//! Keys, whatever they hold.

mod dump;
mod object;
#[cfg(test)]
mod tests;
mod transfer;
mod wait;

use dump::{dump, restore};
use object::OBJECT;
use transfer::{copy, move_key, swapdb};
use wait::wait;

use crate::engine::command::{Group, Spec, acl, flag};
use crate::engine::commands::scan::Scan;
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::glob;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::notify::Class;

const READ: u32 = flag::READONLY | flag::FAST;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new("copy", copy, -3, flag::WRITE | flag::DENYOOM, Group::Generic, "6.2.0", "Copy a key")
        .keys(&[KeySpec::first(key::RO | key::ACCESS), KeySpec::range(2, 0, 1, key::OW | key::UPDATE)]),
    Spec::new("del", del, -2, flag::WRITE, Group::Generic, "1.0.0", "Delete a key")
        .keys(&[KeySpec::range(1, -1, 1, key::RM | key::DELETE)])
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Spec::new(
        "dump",
        dump,
        2,
        flag::READONLY,
        Group::Generic,
        "2.6.0",
        "Return a serialized version of the value stored at the specified key.",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)])
    .tips(&["nondeterministic_output"]),
    Spec::new("exists", exists, -2, READ, Group::Generic, "1.0.0", "Determine if a key exists")
        .keys(&[KeySpec::range(1, -1, 1, key::RO)])
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Spec::new(
        "keys",
        keys,
        2,
        flag::READONLY,
        Group::Generic,
        "1.0.0",
        "Find all keys matching the given pattern",
    )
    .acl(acl::KEYSPACE | acl::DANGEROUS)
    .tips(&["request_policy:all_shards", "nondeterministic_output_order"]),
    Spec::new(
        "move",
        move_key,
        3,
        flag::WRITE | flag::FAST,
        Group::Generic,
        "1.0.0",
        "Move a key to another database",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE)]),
    OBJECT,
    Spec::new(
        "randomkey",
        randomkey,
        1,
        flag::READONLY,
        Group::Generic,
        "1.0.0",
        "Return a random key from the keyspace",
    )
    .tips(&["request_policy:all_shards", "nondeterministic_output"]),
    Spec::new("rename", rename, 3, flag::WRITE, Group::Generic, "1.0.0", "Rename a key").keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::OW | key::UPDATE),
    ]),
    Spec::new(
        "renamenx",
        renamenx,
        3,
        flag::WRITE | flag::FAST,
        Group::Generic,
        "1.0.0",
        "Rename a key, only if the new key does not exist",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::OW | key::INSERT),
    ]),
    Spec::new(
        "restore",
        restore,
        -4,
        flag::WRITE | flag::DENYOOM,
        Group::Generic,
        "2.6.0",
        "Create a key using the provided serialized value, previously obtained using DUMP.",
    )
    .acl(acl::KEYSPACE | acl::DANGEROUS)
    .keys(&[KeySpec::first(key::OW | key::UPDATE)]),
    Spec::new(
        "scan",
        scan,
        -2,
        flag::READONLY,
        Group::Generic,
        "2.8.0",
        "Incrementally iterate the keys space",
    )
    .tips(&["nondeterministic_output", "request_policy:special"]),
    Spec::new(
        "swapdb",
        swapdb,
        3,
        flag::WRITE | flag::FAST,
        Group::Server,
        "4.0.0",
        "Swaps two Redis databases",
    )
    .acl(acl::KEYSPACE | acl::DANGEROUS),
    Spec::new(
        "touch",
        touch,
        -2,
        READ,
        Group::Generic,
        "3.2.1",
        "Alters the last access time of a key(s). Returns the number of existing keys specified.",
    )
    .keys(&[KeySpec::range(1, -1, 1, key::RO)])
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Spec::new("type", type_of, 2, READ, Group::Generic, "1.0.0", "Determine the type stored at key")
        .keys(&[KeySpec::first(key::RO)]),
    Spec::new(
        "unlink",
        del,
        -2,
        flag::WRITE | flag::FAST,
        Group::Generic,
        "4.0.0",
        "Delete a key asynchronously in another thread. Otherwise it is just as DEL, but non blocking.",
    )
    .keys(&[KeySpec::range(1, -1, 1, key::RM | key::DELETE)])
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"]),
    Spec::new(
        "wait",
        wait,
        3,
        flag::NOSCRIPT,
        Group::Generic,
        "3.0.0",
        "Wait for the synchronous replication of all the write commands sent in the context of the current \
         connection",
    )
    .acl(acl::CONNECTION)
    .tips(&["request_policy:all_shards", "response_policy:agg_min"]),
];

fn del(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut removed = 0;
    for key in &args[1..] {
        if ctx.db.remove(key).is_some() {
            ctx.touched(Class::GENERIC, "del", key);
            removed += 1;
        }
    }
    ctx.out.integer(removed);
    Ok(())
}

fn exists(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let count = args[1..].iter().filter(|key| ctx.db.exists(key)).count();
    ctx.out.count(count);
    Ok(())
}

fn touch(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let count = args[1..].iter().filter(|key| ctx.db.value(key).is_some()).count();
    ctx.out.count(count);
    Ok(())
}

fn type_of(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let name = ctx.db.peek(args[1]).map_or("none", |entry| entry.value.type_name());
    ctx.out.simple(name);
    Ok(())
}

fn rename(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    move_to(ctx, args[1], args[2], false)?;
    ctx.out.ok();
    Ok(())
}

fn renamenx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let moved = move_to(ctx, args[1], args[2], true)?;
    ctx.out.integer(i64::from(moved));
    Ok(())
}

/// Moves a key's value and time to live to another key. Returns whether it did.
fn move_to(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], only_new: bool) -> Result<bool, Error> {
    if !ctx.db.exists(from) {
        return Err(Error::NO_SUCH_KEY);
    }
    if from == to || (only_new && ctx.db.exists(to)) {
        return Ok(false);
    }
    let Some(entry) = ctx.db.remove(from) else { return Err(Error::NO_SUCH_KEY) };
    let expiry = entry.expires_at().map_or(Expiry::Never, Expiry::At);
    ctx.db.remove(to);
    ctx.db.set(to, entry.value, expiry);
    ctx.changed(from);
    ctx.changed(to);
    ctx.notify(Class::GENERIC, "rename_from", from);
    ctx.notify(Class::GENERIC, "rename_to", to);
    Ok(true)
}

fn randomkey(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let (engine, index) = (&mut *ctx.db.engine, ctx.db.index);
    let now = engine.now_ms();
    while let Some(place) = engine.dbs[index].keys().random(&mut engine.random) {
        let (key, entry) = engine.dbs[index].keys().at(place);
        if !entry.expired(now) {
            ctx.out.bulk(key);
            return Ok(());
        }
        engine.expire(index, place);
    }
    ctx.out.null();
    Ok(())
}

fn keys(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (now, pattern) = (ctx.now(), args[1]);
    let place = ctx.out.later();
    let mut count = 0;
    for (key, entry) in ctx.db.engine.dbs[ctx.db.index].keys().iter() {
        if !entry.expired(now) && (pattern == b"*" || glob::matches(pattern, key)) {
            ctx.out.bulk(key);
            count += 1;
        }
    }
    ctx.out.array_was(place, count);
    Ok(())
}

fn scan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let scan = Scan::parse(args[1], &args[2..], true)?;
    let now = ctx.now();
    let mut found = Vec::new();
    let keys = ctx.db.engine.dbs[ctx.db.index].keys();
    let next = keys.scan(scan.cursor, scan.count, |key, entry| {
        let right_type =
            || scan.of_type.is_none_or(|name| name.eq_ignore_ascii_case(entry.value.type_name().as_bytes()));
        if scan.matches(key) && right_type() && !entry.expired(now) {
            found.push(key.clone());
        }
    });
    ctx.out.array(2);
    ctx.out.bulk(itoa::Buffer::new().format(next).as_bytes());
    ctx.out.array(found.len());
    for key in &found {
        ctx.out.bulk(key);
    }
    Ok(())
}
