//! Looking for what is wrong: `SLOWLOG`, `LATENCY`, `DEBUG` and `MODULE`.

use std::time::Duration;

use crate::engine::command::{Group, Handler, Spec, container, flag};
use crate::engine::commands::options::{integer, is, wrong_subcommand};
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::number::{parse_f64, parse_i64};
use crate::engine::value::{Str, Value};

const HELPS: u32 = flag::LOADING | flag::STALE;
const SLOW: u32 = flag::ADMIN | flag::LOADING | flag::STALE;
const ADMIN: u32 = SLOW | flag::NOSCRIPT;

const fn sub(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Server, since, summary)
}

const ALL_NODES: &[&str] = &["request_policy:all_nodes", "nondeterministic_output"];
const LATENCY: &[&str] = &["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"];

pub(crate) const COMMANDS: &[Spec] = &[
    sub("debug", debug, -2, ADMIN, "1.0.0", "For tests of the server itself"),
    sub("latency", container, -2, 0, "2.8.13", "What took long").subcommands(&[
        sub("doctor", latency_doctor, 2, ADMIN, "2.8.13", "What might be done about it").tips(LATENCY),
        sub("graph", latency_graph, 3, ADMIN, "2.8.13", "The latest, drawn").tips(LATENCY),
        sub("help", latency_help, 2, HELPS, "2.8.13", "What there is"),
        sub("histogram", latency_histogram, -2, ADMIN, "7.0.0", "How long commands took").tips(LATENCY),
        sub("history", nothing, 3, ADMIN, "2.8.13", "When an event took long").tips(LATENCY),
        sub("latest", nothing, 2, ADMIN, "2.8.13", "The latest of all events").tips(LATENCY),
        sub("reset", latency_reset, -2, ADMIN, "2.8.13", "Forget all that")
            .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    ]),
    sub("module", container, -2, 0, "4.0.0", "Modules, of which there are none").subcommands(&[
        sub("help", module_help, 2, HELPS, "5.0.0", "What there is"),
        sub("list", nothing, 2, flag::ADMIN | flag::NOSCRIPT, "4.0.0", "The modules")
            .tips(&["nondeterministic_output_order"]),
    ]),
    sub("slowlog", container, -2, 0, "2.2.12", "The slowest commands").subcommands(&[
        sub("get", slowlog_get, -2, SLOW, "2.2.12", "The latest of them").tips(ALL_NODES),
        sub("help", slowlog_help, 2, HELPS, "6.2.0", "What there is"),
        sub("len", slowlog_len, 2, SLOW, "2.2.12", "How many there are").tips(&[
            "request_policy:all_nodes",
            "response_policy:agg_sum",
            "nondeterministic_output",
        ]),
        sub("reset", slowlog_reset, 2, SLOW, "2.2.12", "Forget them")
            .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    ]),
];

fn nothing(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(0);
    Ok(())
}

fn slowlog_get(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let count = match args[2..] {
        [] => 10,
        [count] => {
            let count = parse_i64(count).filter(|count| *count >= -1);
            let count = count.ok_or(Error::text("ERR count should be greater than or equal to -1"))?;
            usize::try_from(count).unwrap_or(usize::MAX)
        }
        _ => return Err(wrong_subcommand(args)),
    };
    let entries: Vec<_> = ctx.engine().slow.entries.iter().take(count).cloned().collect();
    let out = &mut ctx.out;
    out.array(entries.len());
    for entry in entries {
        out.array(6);
        out.integer(i64::try_from(entry.id).unwrap_or(i64::MAX));
        out.integer(entry.time);
        out.integer(i64::try_from(entry.micros).unwrap_or(i64::MAX));
        out.array(entry.args.len());
        for arg in &entry.args {
            out.bulk(arg);
        }
        out.bulk(entry.address.as_bytes());
        out.bulk(&entry.name);
    }
    Ok(())
}

fn slowlog_len(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let count = ctx.engine().slow.entries.len();
    ctx.out.count(count);
    Ok(())
}

fn slowlog_reset(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.engine().slow.entries.clear();
    ctx.out.ok();
    Ok(())
}

fn slowlog_help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "SLOWLOG",
        &[
            "GET [<count>]",
            "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
            "    Entries are made of:",
            "    id, timestamp, time in microseconds, arguments array, client IP and port,",
            "    client name",
            "LEN",
            "    Return the length of the slowlog.",
            "RESET",
            "    Reset the slowlog.",
        ],
    );
    Ok(())
}

fn latency_reset(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.integer(0);
    Ok(())
}

fn latency_histogram(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.map(0);
    Ok(())
}

fn latency_graph(_: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    Err(Error::bytes([b"ERR No samples available for event '", args[2], b"'"].concat()))
}

fn latency_doctor(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.verbatim(
        "txt",
        b"I'm sorry, Dave, I can't do that. Latency monitoring is disabled in this Redis instance. You may use \"CONFIG SET \
          latency-monitor-threshold <milliseconds>.\" in order to enable it. If we weren't in a deep space mission I'd \
          suggest to take a look at https://redis.io/topics/latency-monitor.\n",
    );
    Ok(())
}

fn latency_help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "LATENCY",
        &[
            "DOCTOR",
            "    Return a human readable latency analysis report.",
            "GRAPH <event>",
            "    Return an ASCII latency graph for the <event> class.",
            "HISTORY <event>",
            "    Return time-latency samples for the <event> class.",
            "LATEST",
            "    Return the latest latency samples for all events.",
            "RESET [<event> ...]",
            "    Reset latency data of one or more <event> classes.",
            "    (default: reset all data for all event classes)",
            "HISTOGRAM [COMMAND ...]",
            "    Return a cumulative distribution of latencies in the format of a histogram for the specified command names.",
            "    If no commands are specified then all histograms are replied.",
        ],
    );
    Ok(())
}

fn module_help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "MODULE",
        &[
            "LIST",
            "    Return a list of loaded modules.",
            "LOAD <path> [<arg> ...]",
            "    Load a module library from <path>, passing to it any optional arguments.",
            "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
            "    Load a module library from <path>, while passing it module configurations and optional arguments.",
            "UNLOAD <name>",
            "    Unload a module.",
        ],
    );
    Ok(())
}

/// `DEBUG SLEEP` keeps the server busy no longer than this, so that it can still be ended.
const LONGEST_SLEEP: f64 = 60.0;

/// `DEBUG POPULATE` makes no more keys than this.
const MOST_KEYS: i64 = 10_000_000;

fn debug(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match &args[1..] {
        [word, seconds] if is(word, "SLEEP") => {
            let seconds = parse_f64(seconds).filter(|it| *it > 0.0).unwrap_or(0.0);
            std::thread::sleep(Duration::from_secs_f64(seconds.min(LONGEST_SLEEP)));
        }
        [word, on] if is(word, "SET-ACTIVE-EXPIRE") => {
            ctx.engine().active_expiry = parse_i64(on) != Some(0);
            ctx.engine().alarm_at(0);
        }
        [word, key] if is(word, "OBJECT") => return debug_object(ctx, key),
        [word, text] if is(word, "ERROR") => return Err(Error::bytes(text.to_vec())),
        [word, _] if is(word, "LOG") => {}
        [word, count, rest @ ..] if is(word, "POPULATE") && rest.len() <= 2 => {
            return populate(ctx, count, rest);
        }
        // What these change isn't there.
        [word, _] if is(word, "QUICKLIST-PACKED-THRESHOLD") || is(word, "SET-DISABLE-DENY-SCRIPTS") => {}
        [word] if is(word, "CHANGE-REPL-ID") => {}
        [word] if is(word, "HELP") => {
            ctx.out.help("DEBUG", HELP);
            return Ok(());
        }
        _ => return Err(wrong_subcommand(args)),
    }
    ctx.out.ok();
    Ok(())
}

const HELP: &[&str] = &[
    "CHANGE-REPL-ID",
    "    Does nothing: there is no replication.",
    "ERROR <string>",
    "    Return a Redis protocol error with <string> as message. Useful for clients",
    "    unit tests to simulate Redis errors.",
    "LOG <message>",
    "    Does nothing: there is no log.",
    "OBJECT <key>",
    "    Show low level info about `key` and associated value.",
    "POPULATE <count> [<prefix>] [<size>]",
    "    Create <count> string keys named key:<num>. If <prefix> is specified then",
    "    it is used instead of the 'key' prefix.",
    "QUICKLIST-PACKED-THRESHOLD <size>",
    "    Does nothing: lists have one encoding.",
    "SET-ACTIVE-EXPIRE <0|1>",
    "    Setting it to 0 disables expiring keys in background when they are not",
    "    accessed (otherwise the Redis behavior). Setting it to 1 reenables back the",
    "    default.",
    "SLEEP <seconds>",
    "    Stop the server for <seconds>. Decimals allowed.",
];

fn debug_object(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Error> {
    let now = ctx.now() / 1000;
    let entry = ctx.db.peek(key).ok_or(Error::NO_SUCH_KEY)?;
    let size = crate::engine::memory::usage(key, entry, 5);
    let encoding = entry.value.encoding();
    let idle = (now - i64::from(entry.accessed)).max(0);
    ctx.out.simple(&format!(
        "Value at:0x0 refcount:1 encoding:{encoding} serializedlength:{size} lru:{} lru_seconds_idle:{idle}",
        now & 0xff_ffff
    ));
    Ok(())
}

fn populate(ctx: &mut Ctx<'_>, count: &[u8], rest: &[&[u8]]) -> Result<(), Error> {
    let count = integer(count)?;
    if !(0..=MOST_KEYS).contains(&count) {
        return Err(Error::NOT_POSITIVE);
    }
    let prefix = rest.first().copied().unwrap_or(b"key");
    let size = match rest.get(1) {
        Some(size) => {
            usize::try_from(integer(size)?).map_err(|_| Error::NOT_POSITIVE)?.min(512 * 1024 * 1024)
        }
        None => 0,
    };
    for number in 0..count {
        let key = [prefix, b":", number.to_string().as_bytes()].concat();
        if ctx.db.exists(&key) {
            continue;
        }
        let mut value = format!("value:{number}").into_bytes();
        if size > 0 {
            value.resize(size, 0);
        }
        ctx.db.set(&key, Value::Str(Str::new(&value)), Expiry::Never);
        ctx.changed(&key);
        // The command itself would do something else where some of the keys are there already.
        ctx.propagate_as(&[b"SET", &key, &value]);
    }
    ctx.out.ok();
    Ok(())
}
