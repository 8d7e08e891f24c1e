//! The server as a whole.

use crate::engine::Engine;
use crate::engine::command::{Group, Spec, acl, flag};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "dbsize",
        dbsize,
        1,
        flag::READONLY | flag::FAST,
        Group::Server,
        "1.0.0",
        "Return the number of keys in the selected database",
    )
    .acl(acl::KEYSPACE)
    .tips(&["request_policy:all_shards", "response_policy:agg_sum"]),
    Spec::new(
        "flushall",
        flushall,
        -1,
        flag::WRITE,
        Group::Server,
        "1.0.0",
        "Remove all keys from all databases",
    )
    .acl(acl::KEYSPACE | acl::DANGEROUS)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Spec::new(
        "flushdb",
        flushdb,
        -1,
        flag::WRITE,
        Group::Server,
        "1.0.0",
        "Remove all keys from the current database",
    )
    .acl(acl::KEYSPACE | acl::DANGEROUS)
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Spec::new(
        "time",
        time,
        1,
        flag::LOADING | flag::STALE | flag::FAST,
        Group::Server,
        "2.6.0",
        "Return the current server time",
    )
    .tips(&["nondeterministic_output"]),
];

fn dbsize(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let count = ctx.db.engine.dbs[ctx.db.index].keys().len();
    ctx.out.count(count);
    Ok(())
}

fn time(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    // Not when the command began: scripts measure with this how long they take.
    let now = ctx.engine().clock.micros();
    ctx.out.array(2);
    ctx.out.bulk_integer(now.div_euclid(1_000_000));
    ctx.out.bulk_integer(now.rem_euclid(1_000_000));
    Ok(())
}

fn flushdb(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    check_mode(args)?;
    let index = ctx.db.index;
    flush(ctx.engine(), index);
    ctx.engine().invalidate_all();
    ctx.out.ok();
    Ok(())
}

fn flushall(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    check_mode(args)?;
    for index in 0..ctx.engine().dbs.len() {
        flush(ctx.engine(), index);
    }
    ctx.engine().invalidate_all();
    ctx.out.ok();
    Ok(())
}

/// `SYNC` and `ASYNC` are the same here.
fn check_mode(args: &[&[u8]]) -> Result<(), Error> {
    match args {
        [_] => Ok(()),
        [_, mode] if is(mode, "SYNC") || is(mode, "ASYNC") => Ok(()),
        _ => Err(Error::SYNTAX),
    }
}

fn flush(engine: &mut Engine, index: usize) {
    engine.touch_all_watched(index, None);
    // An empty database counts too: the command is propagated in any case.
    engine.dirty += 1 + engine.dbs[index].clear() as u64;
    engine.all_keys_may_be_gone(index);
}
