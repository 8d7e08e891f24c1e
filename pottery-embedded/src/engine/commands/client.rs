//! `CLIENT`: connections, seen and changed by clients.

mod kill;
mod list;
mod tracking;

use crate::engine::blocking::Outcome;
use crate::engine::client::{ClientId, Replies};
use crate::engine::command::{Group, Handler, Spec, container, flag};
use crate::engine::commands::connection::check_name;
use crate::engine::commands::options::{integer, is, timeout_ms, wrong_subcommand};
use crate::engine::context::Ctx;
use crate::engine::error::Error;

const FLAGS: u32 = flag::NOSCRIPT | flag::LOADING | flag::STALE;
const ADMIN: u32 = FLAGS | flag::ADMIN;

const fn sub(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Connection, since, summary)
}

pub(crate) const COMMANDS: &[Spec] =
    &[sub("client", container, -2, 0, "2.4.0", "Connections").acl(0).subcommands(&[
        sub("caching", tracking::caching, 3, FLAGS, "6.0.0", "Track or not what the next command reads"),
        sub("getname", getname, 2, FLAGS, "2.6.9", "The connection's name"),
        sub("getredir", tracking::getredir, 2, FLAGS, "6.0.0", "Who is told of changes in its place"),
        sub("help", help, 2, flag::LOADING | flag::STALE, "5.0.0", "What there is"),
        sub("id", id, 2, FLAGS, "5.0.0", "The connection's number"),
        sub("info", list::info, 2, FLAGS, "6.2.0", "What is known of the connection")
            .tips(&["nondeterministic_output"]),
        sub("kill", kill::kill, -3, ADMIN, "2.4.0", "End connections"),
        sub("list", list::list, -2, ADMIN, "2.4.0", "What is known of connections")
            .tips(&["nondeterministic_output"]),
        sub("no-evict", no_evict, 3, ADMIN, "7.0.0", "Keep the connection when memory is short"),
        sub("pause", pause, -3, ADMIN, "2.9.50", "Have commands wait"),
        sub("reply", reply, 3, FLAGS, "3.2.0", "Whether to reply to commands"),
        sub("setname", setname, 3, FLAGS, "2.6.9", "Give the connection a name"),
        sub("tracking", tracking::tracking, -3, FLAGS, "6.0.0", "Be told when what was read is changed"),
        sub("trackinginfo", tracking::trackinginfo, 2, FLAGS, "6.2.0", "Whether and how changes are told"),
        sub("unblock", unblock, -3, ADMIN, "5.0.0", "End a client's wait"),
        sub("unpause", unpause, 2, ADMIN, "6.2.0", "Have commands wait no more"),
    ])];

/// A client's number from an argument.
fn client_id(number: i64) -> Option<ClientId> {
    u64::try_from(number).ok().map(ClientId)
}

fn id(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let id = ctx.db.client.0;
    ctx.out.integer(i64::try_from(id).unwrap_or(i64::MAX));
    Ok(())
}

fn getname(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let name = ctx.client().name.clone();
    ctx.out.bulk_or_null(Some(&*name).filter(|name| !name.is_empty()));
    Ok(())
}

fn setname(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    check_name(args[2])?;
    ctx.client().name = args[2].to_vec();
    ctx.out.ok();
    Ok(())
}

fn reply(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if is(args[2], "ON") {
        ctx.client().replies = Replies::On;
        ctx.out.ok();
    } else if is(args[2], "OFF") {
        ctx.client().replies = Replies::Off;
    } else if is(args[2], "SKIP") {
        if ctx.client().replies != Replies::Off {
            ctx.client().replies = Replies::SkipNext;
        }
    } else {
        return Err(Error::SYNTAX);
    }
    Ok(())
}

fn no_evict(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    ctx.client().no_evict = match args[2] {
        word if is(word, "ON") => true,
        word if is(word, "OFF") => false,
        _ => return Err(Error::SYNTAX),
    };
    ctx.out.ok();
    Ok(())
}

fn pause(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let all = match args[3..] {
        [] => true,
        [mode] if is(mode, "ALL") => true,
        [mode] if is(mode, "WRITE") => false,
        [_] => return Err(Error::text("ERR CLIENT PAUSE mode must be WRITE or ALL")),
        _ => return Err(wrong_subcommand(args)),
    };
    if let Some(until) = timeout_ms(ctx.now(), args[2])? {
        ctx.engine().pause(until, all);
    }
    ctx.out.ok();
    Ok(())
}

fn unpause(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.engine().unpause();
    ctx.out.ok();
    Ok(())
}

fn unblock(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let outcome = match args[3..] {
        [] => Outcome::Timeout,
        [reason] if is(reason, "TIMEOUT") => Outcome::Timeout,
        [reason] if is(reason, "ERROR") => Outcome::Error,
        [_] => return Err(Error::text("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
        _ => return Err(wrong_subcommand(args)),
    };
    let id = client_id(integer(args[2])?);
    let ended = id.is_some_and(|id| ctx.engine().end_wait(id, outcome));
    ctx.out.integer(i64::from(ended));
    Ok(())
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "CLIENT",
        &[
            "CACHING (YES|NO)",
            "    Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.",
            "GETREDIR",
            "    Return the client ID we are redirecting to when tracking is enabled.",
            "GETNAME",
            "    Return the name of the current connection.",
            "ID",
            "    Return the ID of the current connection.",
            "INFO",
            "    Return information about the current client connection.",
            "KILL <ip:port>",
            "    Kill connection made from <ip:port>.",
            "KILL <option> <value> [<option> <value> [...]]",
            "    Kill connections. Options are:",
            "    * ADDR (<ip:port>|<unixsocket>:0)",
            "      Kill connections made from the specified address",
            "    * LADDR (<ip:port>|<unixsocket>:0)",
            "      Kill connections made to specified local address",
            "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
            "      Kill connections by type.",
            "    * USER <username>",
            "      Kill connections authenticated by <username>.",
            "    * SKIPME (YES|NO)",
            "      Skip killing current connection (default: yes).",
            "LIST [options ...]",
            "    Return information about client connections. Options:",
            "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB)",
            "      Return clients of specified type.",
            "UNPAUSE",
            "    Stop the current client pause, resuming traffic.",
            "PAUSE <timeout> [WRITE|ALL]",
            "    Suspend all, or just write, clients for <timeout> milliseconds.",
            "REPLY (ON|OFF|SKIP)",
            "    Control the replies sent to the current connection.",
            "SETNAME <name>",
            "    Assign the name <name> to the current connection.",
            "UNBLOCK <clientid> [TIMEOUT|ERROR]",
            "    Unblock the specified blocked client.",
            "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]]",
            "         [OPTIN] [OPTOUT] [NOLOOP]",
            "    Control server assisted client side caching.",
            "TRACKINGINFO",
            "    Report tracking status for the current connection.",
            "NO-EVICT (ON|OFF)",
            "    Protect current client connection from eviction.",
        ],
    );
    Ok(())
}
