//! `EVAL` and its kin, and `SCRIPT`.

use crate::engine::command::{Group, Handler, Spec, container, flag};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{Begin, Find, KeySpec, key};
use crate::engine::number::parse_i64;
use crate::engine::script::{self, Killed, Sha};

const FLAGS: u32 = flag::NOSCRIPT | flag::STALE | flag::SKIP_MONITOR | flag::NO_MANDATORY_KEYS;

const WRITES: u32 = key::RW | key::ACCESS | key::UPDATE;
const READS: u32 = key::RO | key::ACCESS;

const fn keys(flags: u32) -> KeySpec {
    KeySpec::new(Begin::Index(2), Find::Count(0, 1, 1), flags)
}

/// One of those that run a script.
const fn eval_like(
    name: &'static str,
    handler: Handler,
    flags: u32,
    since: &'static str,
    summary: &'static str,
    keys: &'static [KeySpec],
) -> Spec {
    Spec::new(name, handler, -3, FLAGS | flags, Group::Scripting, since, summary).keys(keys)
}

const RUN: &str = "Execute a Lua script server side";
const RUN_RO: &str = "Execute a read-only Lua script server side";

pub(crate) const COMMANDS: &[Spec] = &[
    eval_like(
        "eval",
        eval,
        0,
        "2.6.0",
        RUN,
        &[keys(WRITES)
            .note("We cannot tell how the keys will be used so we assume the worst, RW and UPDATE")],
    ),
    eval_like("evalsha", evalsha, 0, "2.6.0", RUN, &[keys(WRITES)]),
    eval_like(
        "eval_ro",
        eval_ro,
        flag::READONLY,
        "7.0.0",
        RUN_RO,
        &[keys(READS).note("We cannot tell how the keys will be used so we assume the worst, RO and ACCESS")],
    ),
    eval_like("evalsha_ro", evalsha_ro, flag::READONLY, "7.0.0", RUN_RO, &[keys(READS)]),
    Spec::new(
        "script",
        container,
        -2,
        0,
        Group::Scripting,
        "2.6.0",
        "A container for Lua scripts management commands",
    )
    .acl(0)
    .subcommands(&[
        Spec::new(
            "debug",
            debug,
            3,
            flag::NOSCRIPT,
            Group::Scripting,
            "3.2.0",
            "Set the debug mode for executed scripts.",
        ),
        Spec::new(
            "exists",
            exists,
            -3,
            flag::NOSCRIPT,
            Group::Scripting,
            "2.6.0",
            "Check existence of scripts in the script cache.",
        )
        .tips(&["request_policy:all_shards", "response_policy:agg_logical_and"]),
        Spec::new(
            "flush",
            flush,
            -2,
            flag::NOSCRIPT,
            Group::Scripting,
            "2.6.0",
            "Remove all the scripts from the script cache.",
        )
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
        Spec::new(
            "help",
            help,
            2,
            flag::LOADING | flag::STALE,
            Group::Scripting,
            "5.0.0",
            "Show helpful text about the different subcommands",
        ),
        Spec::new(
            "kill",
            kill,
            2,
            flag::NOSCRIPT | flag::ALLOW_BUSY,
            Group::Scripting,
            "2.6.0",
            "Kill the script currently in execution.",
        )
        .tips(&["request_policy:all_shards", "response_policy:one_succeeded"]),
        Spec::new(
            "load",
            load,
            3,
            flag::NOSCRIPT | flag::STALE,
            Group::Scripting,
            "2.6.0",
            "Load the specified Lua script into the script cache.",
        )
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    ]),
];

fn eval(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    by_text(ctx, args, false)
}

fn eval_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    by_text(ctx, args, true)
}

fn evalsha(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    by_name(ctx, args, false)
}

fn evalsha_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    by_name(ctx, args, true)
}

fn by_text(ctx: &mut Ctx<'_>, args: &[&[u8]], read_only: bool) -> Result<(), Error> {
    let keys = number_of_keys(args)?;
    let sha = ctx.engine().scripts.load(args[1])?;
    script::run(ctx, &sha, read_only, &args[3..3 + keys], &args[3 + keys..])
}

fn by_name(ctx: &mut Ctx<'_>, args: &[&[u8]], read_only: bool) -> Result<(), Error> {
    let Ok(mut sha) = Sha::try_from(args[1]) else {
        return Err(Error::text("NOSCRIPT No matching script. Please use EVAL."));
    };
    sha.make_ascii_lowercase();
    let keys = number_of_keys(args)?;
    script::run(ctx, &sha, read_only, &args[3..3 + keys], &args[3 + keys..])
}

fn number_of_keys(args: &[&[u8]]) -> Result<usize, Error> {
    match parse_i64(args[2]).ok_or(Error::NOT_INTEGER)? {
        ..0 => Err(Error::text("ERR Number of keys can't be negative")),
        keys => match usize::try_from(keys) {
            Ok(keys) if keys <= args.len() - 3 => Ok(keys),
            _ => Err(Error::text("ERR Number of keys can't be greater than number of args")),
        },
    }
}

fn load(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let sha = ctx.engine().scripts.load(args[2])?;
    ctx.out.bulk(&sha);
    Ok(())
}

fn exists(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(args.len() - 2);
    for sha in &args[2..] {
        let known = ctx.engine().scripts.knows(sha);
        ctx.out.integer(i64::from(known));
    }
    Ok(())
}

fn flush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match args[2..] {
        [] => {}
        [mode] if is(mode, "sync") || is(mode, "async") => {}
        _ => return Err(Error::text("ERR SCRIPT FLUSH only support SYNC|ASYNC option")),
    }
    ctx.engine().scripts.flush();
    ctx.out.ok();
    Ok(())
}

fn kill(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    match ctx.engine().scripts.kill() {
        Killed::Ok => ctx.out.ok(),
        Killed::NotBusy => return Err(Error::text("NOTBUSY No scripts in execution right now.")),
        Killed::Unkillable => {
            return Err(Error::text(
                "UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
                 the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.",
            ));
        }
    }
    Ok(())
}

/// There is no debugger.
fn debug(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if is(args[2], "no") {
        ctx.out.ok();
        return Ok(());
    }
    if is(args[2], "yes") || is(args[2], "sync") {
        return Err(Error::text("ERR SCRIPT DEBUG is not supported"));
    }
    Err(Error::text("ERR Use SCRIPT DEBUG YES/SYNC/NO"))
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "SCRIPT",
        &[
            "DEBUG (YES|SYNC|NO)",
            "    Set the debug mode for subsequent scripts executed.",
            "EXISTS <sha1> [<sha1> ...]",
            "    Return information about the existence of the scripts in the script cache.",
            "FLUSH [ASYNC|SYNC]",
            "    Flush the Lua scripts cache. Very dangerous on replicas.",
            "    When called without the optional mode argument, the behavior is determined by the",
            "    lazyfree-lazy-user-flush configuration directive. Valid modes are:",
            "    * ASYNC: Asynchronously flush the scripts cache.",
            "    * SYNC: Synchronously flush the scripts cache.",
            "KILL",
            "    Kill the currently executing Lua script.",
            "LOAD <script>",
            "    Load a script into the scripts cache without executing it.",
        ],
    );
    Ok(())
}
