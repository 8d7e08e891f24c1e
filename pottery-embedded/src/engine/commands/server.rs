//! The server as a whole.

use std::fmt::Write as _;

use crate::engine::command::{Group, Spec, acl, flag};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::{Engine, REDIS_VERSION};

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
        "info",
        info,
        -1,
        flag::LOADING | flag::STALE,
        Group::Server,
        "1.0.0",
        "Get information and statistics about the server",
    )
    .acl(acl::DANGEROUS)
    .tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"]),
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
    engine.all_keys_are_gone(index);
}

/// The sections that are shown unless others are asked for.
const DEFAULT: [&str; 6] = ["server", "clients", "persistence", "stats", "replication", "keyspace"];

fn info(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let wanted = &args[1..];
    let everything = ["default", "all", "everything"];
    let all = wanted.is_empty()
        || wanted.iter().any(|arg| everything.iter().any(|it| arg.eq_ignore_ascii_case(it.as_bytes())));
    let mut text = String::new();
    for section in DEFAULT {
        if all || wanted.iter().any(|arg| arg.eq_ignore_ascii_case(section.as_bytes())) {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            for line in section_lines(ctx.engine(), section) {
                text.push_str(&line);
                text.push_str("\r\n");
            }
        }
    }
    ctx.out.verbatim("txt", text.as_bytes());
    Ok(())
}

fn section_lines(engine: &Engine, section: &str) -> Vec<String> {
    match section {
        "server" => {
            let uptime = (engine.now - engine.started).max(0) / 1_000_000;
            vec![
                "# Server".to_owned(),
                format!("redis_version:{REDIS_VERSION}"),
                format!("pottery_embedded:{}", env!("CARGO_PKG_VERSION")),
                "redis_mode:standalone".to_owned(),
                format!("os:{}", std::env::consts::OS),
                format!("arch_bits:{}", usize::BITS),
                format!("process_id:{}", std::process::id()),
                format!("run_id:{}", engine.run_id),
                format!("tcp_port:{}", engine.port),
                format!("server_time_usec:{}", engine.now),
                format!("uptime_in_seconds:{uptime}"),
                format!("uptime_in_days:{}", uptime / 86_400),
            ]
        }
        "clients" => vec![
            "# Clients".to_owned(),
            format!("connected_clients:{}", engine.clients.len()),
            format!("blocked_clients:{}", engine.clients.values().filter(|it| it.is_blocked()).count()),
        ],
        "persistence" => {
            let file = engine.propagation.hook.as_ref().map(|hook| hook.describe());
            let mut lines = vec!["# Persistence".to_owned(), "loading:0".to_owned()];
            lines.extend(file.unwrap_or_else(|| vec!["aof_enabled:0".to_owned()]));
            lines
        }
        "stats" => vec![
            "# Stats".to_owned(),
            format!("total_connections_received:{}", engine.stats.connections),
            format!("total_commands_processed:{}", engine.stats.commands),
            format!("expired_keys:{}", engine.stats.expired),
            format!("keyspace_hits:{}", engine.stats.hits),
            format!("keyspace_misses:{}", engine.stats.misses),
            format!("pubsub_channels:{}", engine.channels.channels.len()),
            format!("pubsub_patterns:{}", engine.channels.patterns.len()),
        ],
        "replication" => {
            vec!["# Replication".to_owned(), "role:master".to_owned(), "connected_slaves:0".to_owned()]
        }
        _ => {
            let mut lines = vec!["# Keyspace".to_owned()];
            for (index, db) in engine.dbs.iter().enumerate().filter(|(_, db)| !db.keys().is_empty()) {
                let mut line = String::new();
                // Writing to a string can't fail.
                let _ =
                    write!(line, "db{index}:keys={},expires={},avg_ttl=0", db.keys().len(), db.expiring());
                lines.push(line);
            }
            lines
        }
    }
}
