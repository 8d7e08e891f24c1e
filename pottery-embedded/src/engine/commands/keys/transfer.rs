//! Keys from one place to another: `COPY`, `MOVE`, `SWAPDB`.

use crate::engine::Engine;
use crate::engine::commands::options::{integer, is};
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::number::parse_i64;

const OUT_OF_RANGE: Error = Error::text("ERR DB index is out of range");
const SAME: Error = Error::text("ERR source and destination objects are the same");

/// Reads the number of a database.
fn database(ctx: &mut Ctx<'_>, arg: &[u8]) -> Result<usize, Error> {
    let index = i32::try_from(integer(arg)?).map_err(|_| {
        Error::text("ERR value is out of range, value must between -2147483648 and 2147483647")
    })?;
    let count = ctx.engine().dbs.len();
    usize::try_from(index).ok().filter(|index| *index < count).ok_or(OUT_OF_RANGE)
}

/// The options of `COPY`: the other database, and whether to overwrite.
fn copy_options(ctx: &mut Ctx<'_>, mut args: &[&[u8]]) -> Result<(usize, bool), Error> {
    let (mut target, mut replace) = (ctx.db.index, false);
    while !args.is_empty() {
        args = match args {
            [word, rest @ ..] if is(word, "REPLACE") => {
                replace = true;
                rest
            }
            [word, index, rest @ ..] if is(word, "DB") => {
                target = database(ctx, index)?;
                rest
            }
            _ => return Err(Error::SYNTAX),
        };
    }
    Ok((target, replace))
}

pub(super) fn copy(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (from, to) = (args[1], args[2]);
    let (target, replace) = copy_options(ctx, &args[3..])?;
    if target != 0 && ctx.engine().cluster.is_some() {
        return Err(Error::text("ERR Copying to another database is not allowed in cluster mode"));
    }
    if target == ctx.db.index && from == to {
        return Err(SAME);
    }
    let Some(value) = ctx.db.value(from) else {
        ctx.out.integer(0);
        return Ok(());
    };
    let value = value.clone();
    let expiry = ctx.db.expires_at(from).map_or(Expiry::Never, Expiry::At);
    let mut target = ctx.db.other(target);
    if target.exists(to) {
        if !replace {
            ctx.out.integer(0);
            return Ok(());
        }
        target.remove(to);
    }
    target.set(to, value, expiry);
    target.changed(to);
    target.notify(Class::GENERIC, "copy_to", to);
    ctx.out.integer(1);
    Ok(())
}

pub(super) fn move_key(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if ctx.engine().cluster.is_some() {
        return Err(Error::text("ERR MOVE is not allowed in cluster mode"));
    }
    let key = args[1];
    let target = database(ctx, args[2])?;
    if target == ctx.db.index {
        return Err(SAME);
    }
    if !ctx.db.exists(key) || ctx.db.other(target).exists(key) {
        ctx.out.integer(0);
        return Ok(());
    }
    if let Some(entry) = ctx.db.remove(key) {
        let expiry = entry.expires_at().map_or(Expiry::Never, Expiry::At);
        ctx.db.other(target).set(key, entry.value, expiry);
        ctx.touched(Class::GENERIC, "move_from", key);
        let mut target = ctx.db.other(target);
        target.changed(key);
        target.notify(Class::GENERIC, "move_to", key);
    }
    ctx.out.integer(1);
    Ok(())
}

pub(super) fn swapdb(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if ctx.engine().cluster.is_some() {
        return Err(Error::text("ERR SWAPDB is not allowed in cluster mode"));
    }
    let number = |arg, error| parse_i64(arg).and_then(|it| i32::try_from(it).ok()).ok_or(error);
    let a = number(args[1], Error::text("ERR invalid first DB index"))?;
    let b = number(args[2], Error::text("ERR invalid second DB index"))?;
    let count = ctx.engine().dbs.len();
    let index = |it| usize::try_from(it).ok().filter(|it| *it < count).ok_or(OUT_OF_RANGE);
    let (a, b) = (index(a)?, index(b)?);
    if a != b {
        swap(ctx.engine(), a, b);
    }
    // It is propagated even if nothing changed.
    ctx.engine().dirty += 1;
    ctx.out.ok();
    Ok(())
}

fn swap(engine: &mut Engine, a: usize, b: usize) {
    engine.touch_all_watched(a, Some(b));
    engine.touch_all_watched(b, Some(a));
    let (low, high) = (a.min(b), a.max(b));
    let (left, right) = engine.dbs.split_at_mut(high);
    left[low].swap_keys(&mut right[0]);
    for index in [a, b] {
        let waited_for: Vec<Box<[u8]>> = engine.dbs[index].waiting.keys().cloned().collect();
        for key in waited_for {
            // Some wait only for as long as there is a key, and learn that there is none.
            if engine.fragile_waits > 0 || engine.dbs[index].keys().contains(&key) {
                engine.key_is_ready(index, &key);
            }
        }
        engine.all_keys_may_be_gone(index);
    }
}
