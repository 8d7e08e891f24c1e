//! `BITFIELD`: integers of any width at any bit.

use super::{offset, reach};
use crate::engine::bitfield::{FieldType, Overflow};
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::Str;

/// One of the operations of a command.
#[derive(Clone, Copy, Debug)]
struct Step {
    action: Action,
    field: FieldType,
    offset: u64,
    overflow: Overflow,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Get,
    Set(i64),
    Increment(i64),
}

pub(super) fn bitfield(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let steps = parse(ctx, &args[2..])?;
    let last_write = steps.iter().filter(|it| !matches!(it.action, Action::Get)).map(last_bit).max();
    match last_write {
        Some(bit) => write(ctx, args[1], &steps, bit),
        None => read(ctx, args[1], &steps),
    }
}

pub(super) fn bitfield_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let steps = parse(ctx, &args[2..])?;
    if steps.iter().any(|it| !matches!(it.action, Action::Get)) {
        return Err(Error::text("ERR BITFIELD_RO only supports the GET subcommand"));
    }
    read(ctx, args[1], &steps)
}

fn last_bit(step: &Step) -> u64 {
    step.offset + u64::from(step.field.bits) - 1
}

fn parse(ctx: &mut Ctx<'_>, mut args: &[&[u8]]) -> Result<Vec<Step>, Error> {
    let mut steps = Vec::new();
    let mut overflow = Overflow::Wrap;
    while !args.is_empty() {
        let (field, at, action, rest) = match args {
            [word, field, at, rest @ ..] if is(word, "GET") => (field, at, None, rest),
            [word, field, at, value, rest @ ..] if is(word, "SET") => {
                (field, at, Some((Action::Set as fn(i64) -> Action, value)), rest)
            }
            [word, field, at, value, rest @ ..] if is(word, "INCRBY") => {
                (field, at, Some((Action::Increment as fn(i64) -> Action, value)), rest)
            }
            [word, name, rest @ ..] if is(word, "OVERFLOW") => {
                overflow = overflow_named(name)?;
                args = rest;
                continue;
            }
            _ => return Err(Error::SYNTAX),
        };
        const INVALID: Error = Error::text(
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        );
        let field = FieldType::parse(field).ok_or(INVALID)?;
        let offset = offset(ctx, at, Some(field.bits))?;
        let action = match action {
            Some((action, value)) => action(integer(value)?),
            None => Action::Get,
        };
        steps.push(Step { action, field, offset, overflow });
        args = rest;
    }
    Ok(steps)
}

fn overflow_named(name: &[u8]) -> Result<Overflow, Error> {
    match name {
        name if is(name, "WRAP") => Ok(Overflow::Wrap),
        name if is(name, "SAT") => Ok(Overflow::Saturate),
        name if is(name, "FAIL") => Ok(Overflow::Fail),
        _ => Err(Error::text("ERR Invalid OVERFLOW type specified")),
    }
}

fn read(ctx: &mut Ctx<'_>, key: &[u8], steps: &[Step]) -> Result<(), Error> {
    let bytes = ctx.db.get::<Str>(key)?.map(Str::bytes).unwrap_or_default();
    ctx.out.array(steps.len());
    for step in steps {
        ctx.out.integer(step.field.get(&bytes, step.offset));
    }
    Ok(())
}

fn write(ctx: &mut Ctx<'_>, key: &[u8], steps: &[Step], last_bit: u64) -> Result<(), Error> {
    let (bytes, grown) = reach(ctx, key, last_bit)?;
    let mut changed = false;
    let mut replies = Vec::with_capacity(steps.len());
    for Step { action, field, offset, overflow } in steps {
        let old = field.get(bytes, *offset);
        let (new, bent, increments) = match action {
            Action::Get => {
                replies.push(Some(old));
                continue;
            }
            Action::Set(value) => {
                let (new, bent) = field.add(*value, 0, *overflow);
                (new, bent, false)
            }
            Action::Increment(by) => {
                let (new, bent) = field.add(old, *by, *overflow);
                (new, bent, true)
            }
        };
        if bent && *overflow == Overflow::Fail {
            replies.push(None);
            continue;
        }
        field.set(bytes, *offset, new);
        changed |= grown || old != new;
        replies.push(Some(if increments { new } else { old }));
    }
    ctx.out.array(replies.len());
    for reply in replies {
        match reply {
            Some(value) => ctx.out.integer(value),
            None => ctx.out.null(),
        }
    }
    if changed {
        ctx.touched(Class::STRING, "setbit", key);
    } else if grown {
        ctx.db.changed_unnoticed(key);
    }
    Ok(())
}
