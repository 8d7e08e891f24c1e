//! Commands about the connection itself.

use crate::engine::REDIS_VERSION;
use crate::engine::client::{Closing, Replies};
use crate::engine::command::{Group, Spec, acl, flag};
use crate::engine::commands::options::{int, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;

/// What even a client that hasn't logged in may do.
const LOGIN: u32 =
    flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::FAST | flag::NO_AUTH | flag::ALLOW_BUSY;

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new("auth", auth, -2, LOGIN, Group::Connection, "1.0.0", "Authenticate to the server"),
    Spec::new(
        "echo",
        echo,
        2,
        flag::LOADING | flag::STALE | flag::FAST,
        Group::Connection,
        "1.0.0",
        "Echo the given string",
    ),
    Spec::new("hello", hello, -1, LOGIN, Group::Connection, "6.0.0", "Handshake with Redis"),
    Spec::new(
        "ping",
        ping,
        -1,
        flag::FAST | flag::IN_SUBSCRIPTION,
        Group::Connection,
        "1.0.0",
        "Ping the server",
    )
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Spec::new(
        "quit",
        quit,
        -1,
        LOGIN | flag::IN_MULTI | flag::IN_SUBSCRIPTION,
        Group::Connection,
        "1.0.0",
        "Close the connection",
    ),
    Spec::new(
        "reset",
        reset,
        1,
        LOGIN | flag::IN_MULTI | flag::IN_SUBSCRIPTION,
        Group::Connection,
        "6.2.0",
        "Reset the connection",
    ),
    Spec::new(
        "select",
        select,
        2,
        flag::LOADING | flag::STALE | flag::FAST,
        Group::Connection,
        "1.0.0",
        "Change the selected database for the current connection",
    )
    .acl(acl::CONNECTION),
];

fn ping(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if args.len() > 2 {
        return Err(Error::arity("ping"));
    }
    // A RESP2 client that has subscribed can't tell replies from messages, so this looks like a message.
    if !ctx.out.resp3 && !ctx.client().subscriptions.is_empty() {
        ctx.out.array(2);
        ctx.out.bulk(b"pong");
        ctx.out.bulk(args.get(1).copied().unwrap_or_default());
        return Ok(());
    }
    match args.get(1) {
        Some(message) => ctx.out.bulk(message),
        None => ctx.out.simple("PONG"),
    }
    Ok(())
}

fn echo(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    ctx.out.bulk(args[1]);
    Ok(())
}

fn select(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let index = int(args[1])?;
    match usize::try_from(index) {
        Ok(1..) if ctx.engine().cluster.is_some() => {
            return Err(Error::text("ERR SELECT is not allowed in cluster mode"));
        }
        Ok(index) if index < ctx.engine().dbs.len() => ctx.db.index = index,
        _ => return Err(Error::text("ERR DB index is out of range")),
    }
    ctx.out.ok();
    Ok(())
}

fn quit(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.client().closing = Closing::AfterReply;
    ctx.out.ok();
    Ok(())
}

/// Back to how the connection began.
fn reset(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let id = ctx.db.client;
    ctx.engine().end_transaction(id);
    ctx.engine().unsubscribe_all(id);
    ctx.engine().stop_tracking(id);
    ctx.engine().stop_monitoring(id);
    let user = std::rc::Rc::clone(ctx.engine().users.default());
    let client = ctx.client();
    client.authenticated = user.no_password && user.enabled;
    client.user = user;
    client.name.clear();
    client.replies = Replies::On;
    client.readonly = false;
    ctx.db.index = 0;
    ctx.out.resp3 = false;
    ctx.out.simple("RESET");
    Ok(())
}

fn auth(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match args {
        [_, password] => {
            if ctx.engine().users.default().no_password {
                return Err(Error::text(
                    "ERR AUTH <password> called without any password configured for the default user. Are you sure \
                     your configuration is correct?",
                ));
            }
            log_in(ctx, b"default", password, "AUTH")?;
        }
        [_, user, password] => log_in(ctx, user, password, "AUTH")?,
        _ => return Err(Error::SYNTAX),
    }
    ctx.out.ok();
    Ok(())
}

fn log_in(ctx: &mut Ctx<'_>, user: &[u8], password: &[u8], by: &str) -> Result<(), Error> {
    let id = ctx.db.client;
    ctx.engine().log_in(id, user, password, by)
}

fn hello(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut version = None;
    if let Some(arg) = args.get(1) {
        let number =
            parse_i64(arg).ok_or(Error::text("ERR Protocol version is not an integer or out of range"))?;
        if !(2..=3).contains(&number) {
            return Err(Error::text("NOPROTO unsupported protocol version"));
        }
        version = Some(number);
    }
    let (mut login, mut name) = (None, None);
    let mut rest = args.get(2..).unwrap_or_default();
    while !rest.is_empty() {
        rest = match rest {
            [word, user, password, after @ ..] if is(word, "AUTH") => {
                login = Some((*user, *password));
                after
            }
            [word, new, after @ ..] if is(word, "SETNAME") => {
                check_name(new)?;
                name = Some(*new);
                after
            }
            _ => {
                let option = String::from_utf8_lossy(rest[0]);
                return Err(Error::new(format!("ERR Syntax error in HELLO option '{option}'")));
            }
        };
    }
    if let Some((user, password)) = login {
        log_in(ctx, user, password, "HELLO")?;
    }
    let authenticated = ctx.client().authenticated;
    if ctx.engine().needs_login(authenticated) {
        return Err(Error::text(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> \
             option can be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = name {
        ctx.client().name = name.to_vec();
    }
    if let Some(version) = version {
        ctx.out.resp3 = version == 3;
    }
    let id = ctx.db.client.0;
    let cluster = ctx.engine().cluster.is_some();
    let out = &mut ctx.out;
    out.map(7);
    out.bulk(b"server");
    out.bulk(b"redis");
    out.bulk(b"version");
    out.bulk(REDIS_VERSION.as_bytes());
    out.bulk(b"proto");
    out.integer(if out.resp3 { 3 } else { 2 });
    out.bulk(b"id");
    out.integer(i64::try_from(id).unwrap_or(i64::MAX));
    out.bulk(b"mode");
    out.bulk(if cluster { b"cluster" } else { b"standalone" });
    out.bulk(b"role");
    out.bulk(b"master");
    out.bulk(b"modules");
    out.array(0);
    Ok(())
}

/// A connection's name must fit into a line of `CLIENT LIST`.
pub(crate) fn check_name(name: &[u8]) -> Result<(), Error> {
    if name.iter().all(|byte| (b'!'..=b'~').contains(byte)) {
        Ok(())
    } else {
        Err(Error::text("ERR Client names cannot contain spaces, newlines or special characters."))
    }
}
