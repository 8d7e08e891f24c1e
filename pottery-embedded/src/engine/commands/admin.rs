//! What operators do to a server: end it, look inside, save it. Much of that is the embedding program's business here,
//! and is refused.

use crate::engine::client::Closing;
use crate::engine::command::{Group, Handler, Spec, acl, flag};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;

const ADMIN: u32 = flag::ADMIN | flag::NOSCRIPT;

const fn command(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Server, since, summary)
}

pub(crate) const COMMANDS: &[Spec] = &[
    command(
        "bgsave",
        bgsave,
        -1,
        ADMIN | flag::NO_ASYNC_LOADING,
        "1.0.0",
        "Write all data to disk, meanwhile",
    ),
    command(
        "lastsave",
        lastsave,
        1,
        flag::LOADING | flag::STALE | flag::FAST,
        "1.0.0",
        "When all data were last written to disk",
    )
    .acl(acl::ADMIN | acl::DANGEROUS)
    .tips(&["nondeterministic_output"]),
    command(
        "monitor",
        monitor,
        1,
        ADMIN | flag::LOADING | flag::STALE,
        "1.0.0",
        "Be told of every command that is run",
    ),
    command(
        "replicaof",
        replicaof,
        3,
        ADMIN | flag::STALE | flag::NO_ASYNC_LOADING,
        "5.0.0",
        "Follow another server",
    ),
    command(
        "role",
        role,
        1,
        flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST,
        "2.8.12",
        "What the server is to others",
    )
    .acl(acl::ADMIN | acl::DANGEROUS),
    command(
        "save",
        save,
        1,
        ADMIN | flag::NO_ASYNC_LOADING | flag::NO_MULTI,
        "1.0.0",
        "Write all data to disk, now",
    ),
    command(
        "shutdown",
        shutdown,
        -1,
        ADMIN | flag::LOADING | flag::STALE | flag::NO_MULTI | flag::ALLOW_BUSY,
        "1.0.0",
        "End the server",
    ),
    command(
        "slaveof",
        replicaof,
        3,
        ADMIN | flag::STALE | flag::NO_ASYNC_LOADING,
        "1.0.0",
        "Follow another server",
    ),
];

fn save(_: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    Err(Error::text("ERR pottery-embedded writes no snapshots"))
}

fn bgsave(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match args[1..] {
        [] => save(ctx, args),
        [word] if is(word, "SCHEDULE") => save(ctx, args),
        _ => Err(Error::SYNTAX),
    }
}

fn lastsave(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let started = ctx.engine().started;
    ctx.out.integer(started.div_euclid(1_000_000));
    Ok(())
}

fn monitor(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    if ctx.is_nested() {
        return Err(Error::text("ERR MONITOR isn't allowed for DENY BLOCKING client"));
    }
    let id = ctx.db.client;
    ctx.engine().start_monitoring(id);
    ctx.out.ok();
    Ok(())
}

fn role(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(3);
    ctx.out.bulk(b"master");
    ctx.out.integer(0);
    ctx.out.array(0);
    Ok(())
}

fn replicaof(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if ctx.engine().config.cluster {
        return Err(Error::text("ERR REPLICAOF not allowed in cluster mode."));
    }
    if is(args[1], "NO") && is(args[2], "ONE") {
        ctx.out.ok();
        return Ok(());
    }
    if parse_i64(args[2]).is_none_or(|port| !(0..=65_535).contains(&port)) {
        return Err(Error::text("ERR Invalid master port"));
    }
    Err(Error::text("ERR pottery-embedded can't be a replica"))
}

/// Ends the server when what has been written until now has been sent. The client that asked gets no reply.
fn shutdown(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (mut save, mut nosave, mut now, mut force, mut abort) = (false, false, false, false, false);
    for arg in &args[1..] {
        let option = match arg {
            it if is(it, "NOSAVE") => &mut nosave,
            it if is(it, "SAVE") => &mut save,
            it if is(it, "NOW") => &mut now,
            it if is(it, "FORCE") => &mut force,
            it if is(it, "ABORT") => &mut abort,
            _ => return Err(Error::SYNTAX),
        };
        *option = true;
    }
    if (abort && (save || nosave || now || force)) || (save && nosave) {
        return Err(Error::SYNTAX);
    }
    if abort {
        return Err(Error::text("ERR No shutdown in progress."));
    }
    if save && !force {
        return Err(Error::text("ERR Errors trying to SHUTDOWN. Check logs."));
    }
    ctx.engine().shut_down();
    ctx.client().closing = Closing::Now;
    Ok(())
}
