//! `SET` and its relatives: the ones that take a time to live.

use crate::engine::commands::options::is;
use crate::engine::commands::strings::reply_with;
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::keyspec::key;
use crate::engine::notify::Class;
use crate::engine::number::parse_i64;
use crate::engine::value::{Str, Value};

/// How a time is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Ex,
    Px,
    ExAt,
    PxAt,
}

impl Unit {
    fn parse(arg: &[u8]) -> Option<Unit> {
        [("EX", Unit::Ex), ("PX", Unit::Px), ("EXAT", Unit::ExAt), ("PXAT", Unit::PxAt)]
            .into_iter()
            .find_map(|(word, unit)| is(arg, word).then_some(unit))
    }

    /// The time in milliseconds since 1970.
    fn read(self, arg: &[u8], now: i64, command: &str) -> Result<i64, Error> {
        let number = parse_i64(arg).ok_or(Error::NOT_INTEGER)?;
        let millis = match self {
            Unit::Ex | Unit::ExAt => number.checked_mul(1000),
            Unit::Px | Unit::PxAt => Some(number),
        };
        let at = millis.filter(|_| number > 0).and_then(|millis| match self {
            Unit::Ex | Unit::Px => millis.checked_add(now),
            Unit::ExAt | Unit::PxAt => Some(millis),
        });
        at.ok_or_else(|| Error::expire_time(command))
    }
}

/// Whether a time may be given: for the first time, or again in the same way. The last one counts.
fn is_free(former: Option<(Unit, &[u8])>, unit: Unit) -> bool {
    former.is_none_or(|(it, _)| it == unit)
}

/// The options of `SET`.
#[derive(Clone, Copy, Debug, Default)]
struct Options<'a> {
    only_new: bool,
    only_existing: bool,
    get: bool,
    keep: bool,
    time: Option<(Unit, &'a [u8])>,
}

impl<'a> Options<'a> {
    fn parse(args: &[&'a [u8]]) -> Result<Options<'a>, Error> {
        let mut options = Options::default();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            if is(arg, "NX") && !options.only_existing {
                options.only_new = true;
            } else if is(arg, "XX") && !options.only_new {
                options.only_existing = true;
            } else if is(arg, "GET") {
                options.get = true;
            } else if is(arg, "KEEPTTL") && options.time.is_none() {
                options.keep = true;
            } else if let Some(unit) = Unit::parse(arg)
                && !options.keep
                && is_free(options.time, unit)
            {
                options.time = Some((unit, rest.next().ok_or(Error::SYNTAX)?));
            } else {
                return Err(Error::SYNTAX);
            }
        }
        Ok(options)
    }
}

pub(super) fn set(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, value) = (args[1], args[2]);
    // Most have no options.
    if args.len() == 3 {
        ctx.db.set(key, Value::Str(Str::new(value)), Expiry::Never);
        ctx.touched(Class::STRING, "set", key);
        ctx.out.ok();
        return Ok(());
    }
    let options = Options::parse(&args[3..])?;
    let now = ctx.now();
    let at = options.time.map(|(unit, time)| unit.read(time, now, "set")).transpose()?;
    if options.get {
        reply_with(ctx, key)?;
    }
    let conditional = options.only_new || options.only_existing;
    if conditional && ctx.db.exists(key) == options.only_new {
        if !options.get {
            ctx.out.null();
        }
        return Ok(());
    }
    let expiry = match at {
        Some(at) => Expiry::At(at),
        None if options.keep => Expiry::Keep,
        None => Expiry::Never,
    };
    ctx.db.set(key, Value::Str(Str::new(value)), expiry);
    ctx.touched(Class::STRING, "set", key);
    if at.is_some() {
        ctx.notify(Class::GENERIC, "expire", key);
    }
    match at {
        Some(at) => {
            ctx.propagate_as(&[b"SET", key, value, b"PXAT", itoa::Buffer::new().format(at).as_bytes()])
        }
        None if options.keep => ctx.propagate_as(&[b"SET", key, value, b"KEEPTTL"]),
        None => ctx.propagate_as(&[b"SET", key, value]),
    }
    if !options.get {
        ctx.out.ok();
    }
    Ok(())
}

/// The key of `SET`: only with `GET` is it read too.
pub(super) fn set_keys(args: &[&[u8]]) -> Option<Vec<(usize, u32)>> {
    let reads = args.get(3..)?.iter().any(|arg| is(arg, "GET"));
    let flags = if reads { key::RW | key::ACCESS | key::UPDATE } else { key::OW | key::UPDATE };
    Some(vec![(1, flags)])
}

pub(super) fn setnx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if ctx.db.exists(args[1]) {
        ctx.out.integer(0);
        return Ok(());
    }
    ctx.db.set(args[1], Value::Str(Str::new(args[2])), Expiry::Never);
    ctx.touched(Class::STRING, "set", args[1]);
    ctx.out.integer(1);
    Ok(())
}

pub(super) fn setex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    set_for(ctx, args, Unit::Ex, "setex")
}

pub(super) fn psetex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    set_for(ctx, args, Unit::Px, "psetex")
}

fn set_for(ctx: &mut Ctx<'_>, args: &[&[u8]], unit: Unit, command: &str) -> Result<(), Error> {
    let (key, value) = (args[1], args[3]);
    let at = unit.read(args[2], ctx.now(), command)?;
    ctx.db.set(key, Value::Str(Str::new(value)), Expiry::At(at));
    ctx.touched(Class::STRING, "set", key);
    ctx.notify(Class::GENERIC, "expire", key);
    ctx.propagate_as(&[b"SET", key, value, b"PXAT", itoa::Buffer::new().format(at).as_bytes()]);
    ctx.out.ok();
    Ok(())
}

pub(super) fn getex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let (mut persist, mut time) = (false, None);
    let mut rest = args[2..].iter();
    while let Some(arg) = rest.next() {
        if is(arg, "PERSIST") && time.is_none() {
            persist = true;
        } else if let Some(unit) = Unit::parse(arg)
            && !persist
            && is_free(time, unit)
        {
            time = Some((unit, *rest.next().ok_or(Error::SYNTAX)?));
        } else {
            return Err(Error::SYNTAX);
        }
    }
    // What the key holds is looked at before the time is.
    if ctx.db.get::<Str>(key)?.is_none() {
        ctx.out.null();
        return Ok(());
    }
    let now = ctx.now();
    let at = time.map(|(unit, time)| unit.read(time, now, "getex")).transpose()?;
    reply_with(ctx, key)?;
    match at {
        Some(at) if ctx.is_past(at) => {
            ctx.db.remove(key);
            ctx.touched(Class::GENERIC, "del", key);
            ctx.propagate_as(&[b"DEL", key]);
        }
        Some(at) => {
            ctx.db.set_expiry(key, Some(at));
            ctx.touched(Class::GENERIC, "expire", key);
            ctx.propagate_as(&[b"PEXPIREAT", key, itoa::Buffer::new().format(at).as_bytes()]);
        }
        None if persist && ctx.db.expires_at(key).is_some() => {
            ctx.db.set_expiry(key, None);
            ctx.touched(Class::GENERIC, "persist", key);
            ctx.propagate_as(&[b"PERSIST", key]);
        }
        None => {}
    }
    Ok(())
}
