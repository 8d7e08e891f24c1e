//! How long keys live.

use crate::engine::command::{Group, Spec, cut, flag};
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::notify::Class;

const WRITE: u32 = flag::WRITE | flag::FAST;
const READ: u32 = flag::READONLY | flag::FAST;
const CHANGED: &[KeySpec] = &[KeySpec::first(key::RW | key::UPDATE)];
const ASKED: &[KeySpec] = &[KeySpec::first(key::RO | key::ACCESS)];

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new("expire", expire, -3, WRITE, Group::Generic, "1.0.0", "Set a key's time to live in seconds")
        .keys(CHANGED),
    Spec::new(
        "expireat",
        expireat,
        -3,
        WRITE,
        Group::Generic,
        "1.2.0",
        "Set the expiration for a key as a UNIX timestamp",
    )
    .keys(CHANGED),
    Spec::new(
        "expiretime",
        expiretime,
        2,
        READ,
        Group::Generic,
        "7.0.0",
        "Get the expiration Unix timestamp for a key",
    )
    .keys(ASKED),
    Spec::new("persist", persist, 2, WRITE, Group::Generic, "2.2.0", "Remove the expiration from a key")
        .keys(CHANGED),
    Spec::new(
        "pexpire",
        pexpire,
        -3,
        WRITE,
        Group::Generic,
        "2.6.0",
        "Set a key's time to live in milliseconds",
    )
    .keys(CHANGED),
    Spec::new(
        "pexpireat",
        pexpireat,
        -3,
        WRITE,
        Group::Generic,
        "2.6.0",
        "Set the expiration for a key as a UNIX timestamp specified in milliseconds",
    )
    .keys(CHANGED),
    Spec::new(
        "pexpiretime",
        pexpiretime,
        2,
        READ,
        Group::Generic,
        "7.0.0",
        "Get the expiration Unix timestamp for a key in milliseconds",
    )
    .keys(ASKED),
    Spec::new(
        "pttl",
        pttl,
        2,
        READ,
        Group::Generic,
        "2.6.0",
        "Get the time to live for a key in milliseconds",
    )
    .keys(ASKED)
    .tips(&["nondeterministic_output"]),
    Spec::new("ttl", ttl, 2, READ, Group::Generic, "1.0.0", "Get the time to live for a key in seconds")
        .keys(ASKED)
        .tips(&["nondeterministic_output"]),
];

fn expire(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now();
    expire_from(ctx, args, "expire", now, 1000)
}

fn pexpire(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now();
    expire_from(ctx, args, "pexpire", now, 1)
}

fn expireat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    expire_from(ctx, args, "expireat", 0, 1000)
}

fn pexpireat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    expire_from(ctx, args, "pexpireat", 0, 1)
}

/// When to set a time: `NX`, `XX`, `GT`, `LT`.
#[derive(Clone, Copy, Debug, Default)]
struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    fn parse(args: &[&[u8]]) -> Result<Conditions, Error> {
        let mut all = Conditions::default();
        for arg in args {
            match arg {
                arg if is(arg, "NX") => all.nx = true,
                arg if is(arg, "XX") => all.xx = true,
                arg if is(arg, "GT") => all.gt = true,
                arg if is(arg, "LT") => all.lt = true,
                other => {
                    return Err(Error::bytes([b"ERR Unsupported option ", cut(other, usize::MAX)].concat()));
                }
            }
        }
        if all.nx && (all.xx || all.gt || all.lt) {
            return Err(Error::text("ERR NX and XX, GT or LT options at the same time are not compatible"));
        }
        if all.gt && all.lt {
            return Err(Error::text("ERR GT and LT options at the same time are not compatible"));
        }
        Ok(all)
    }

    fn hold(self, current: Option<i64>, new: i64) -> bool {
        // Without a time to live a key lives for ever.
        let later = current.is_some_and(|current| new > current);
        let sooner = current.is_none_or(|current| new < current);
        !(self.nx && current.is_some()
            || self.xx && current.is_none()
            || self.gt && !later
            || self.lt && !sooner)
    }
}

fn expire_from(ctx: &mut Ctx<'_>, args: &[&[u8]], command: &str, from: i64, unit: i64) -> Result<(), Error> {
    let key = args[1];
    let conditions = Conditions::parse(&args[3..])?;
    let at = integer(args[2])?.checked_mul(unit).and_then(|millis| {
        // Redis looks at one end only; far below zero is as good as now.
        if millis < 0 { Some(millis.saturating_add(from)) } else { millis.checked_add(from) }
    });
    let at = at.ok_or_else(|| Error::expire_time(command))?;
    if !ctx.db.exists(key) || !conditions.hold(ctx.db.expires_at(key), at) {
        ctx.out.integer(0);
        return Ok(());
    }
    if ctx.is_past(at) {
        ctx.db.remove(key);
        ctx.touched(Class::GENERIC, "del", key);
        ctx.propagate_as(&[b"DEL", key]);
    } else {
        ctx.db.set_expiry(key, Some(at));
        ctx.touched(Class::GENERIC, "expire", key);
        ctx.propagate_as(&[b"PEXPIREAT", key, itoa::Buffer::new().format(at).as_bytes()]);
    }
    ctx.out.integer(1);
    Ok(())
}

fn persist(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if ctx.db.expires_at(args[1]).is_none() {
        ctx.out.integer(0);
        return Ok(());
    }
    ctx.db.set_expiry(args[1], None);
    ctx.touched(Class::GENERIC, "persist", args[1]);
    ctx.out.integer(1);
    Ok(())
}

fn ttl(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now();
    reply_with_time(ctx, args[1], |at| (at - now + 500) / 1000)
}

fn pttl(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now();
    reply_with_time(ctx, args[1], |at| at - now)
}

fn expiretime(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    // Beyond the largest number, as Redis adds.
    reply_with_time(ctx, args[1], |at| ((at.max(0) as u64 + 500) / 1000) as i64)
}

fn pexpiretime(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    reply_with_time(ctx, args[1], |at| at)
}

/// -2 without the key, -1 if it lives for ever.
fn reply_with_time(ctx: &mut Ctx<'_>, key: &[u8], show: impl Fn(i64) -> i64) -> Result<(), Error> {
    let time = match ctx.db.peek(key) {
        None => -2,
        Some(entry) => entry.expires_at().map_or(-1, |at| show(at).max(0)),
    };
    ctx.out.integer(time);
    Ok(())
}
