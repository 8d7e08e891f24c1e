//! Looking into a hash.

use crate::engine::commands::scan::{Found, Scan};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::resp::Out;
use crate::engine::value::Hash;

/// A field of a hash, if both exist.
fn field<'a>(ctx: &'a mut Ctx<'_>, args: &[&[u8]]) -> Result<(Option<&'a [u8]>, &'a mut Out), Error> {
    let hash = ctx.db.get::<Hash>(args[1])?;
    Ok((hash.and_then(|hash| hash.fields.get(args[2])).map(|value| &**value), &mut ctx.out))
}

pub(super) fn hget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (value, out) = field(ctx, args)?;
    out.bulk_or_null(value);
    Ok(())
}

pub(super) fn hexists(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (value, out) = field(ctx, args)?;
    out.integer(i64::from(value.is_some()));
    Ok(())
}

pub(super) fn hstrlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (value, out) = field(ctx, args)?;
    out.count(value.map_or(0, <[u8]>::len));
    Ok(())
}

pub(super) fn hmget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let hash = ctx.db.get::<Hash>(args[1])?;
    ctx.out.array(args.len() - 2);
    for field in &args[2..] {
        ctx.out.bulk_or_null(hash.and_then(|hash| hash.fields.get(field)).map(|value| &**value));
    }
    Ok(())
}

pub(super) fn hlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let length = ctx.db.get::<Hash>(args[1])?.map_or(0, |hash| hash.fields.len());
    ctx.out.count(length);
    Ok(())
}

pub(super) fn hgetall(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let Some(hash) = ctx.db.get::<Hash>(args[1])? else {
        ctx.out.map(0);
        return Ok(());
    };
    ctx.out.map(hash.fields.len());
    for (field, value) in hash.fields.iter() {
        ctx.out.bulk(field);
        ctx.out.bulk(value);
    }
    Ok(())
}

pub(super) fn hkeys(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    list(ctx, args[1], |field, _| field)
}

pub(super) fn hvals(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    list(ctx, args[1], |_, value| value)
}

/// Replies with one half of each pair.
fn list(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    half: for<'a> fn(&'a [u8], &'a [u8]) -> &'a [u8],
) -> Result<(), Error> {
    let Some(hash) = ctx.db.get::<Hash>(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    ctx.out.array(hash.fields.len());
    for (field, value) in hash.fields.iter() {
        ctx.out.bulk(half(field, value));
    }
    Ok(())
}

pub(super) fn hscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    // Where there is no hash, options are of no interest, but the cursor is.
    Scan::parse(args[2], &[], false)?;
    let mut found = Found::default();
    let mut next = 0;
    if let Some(hash) = ctx.db.get::<Hash>(args[1])? {
        let scan = Scan::parse(args[2], &args[3..], false)?;
        let mut visit = |field: &[u8], value: &[u8]| {
            if scan.matches(field) {
                found.add(field);
                found.add(value);
            }
        };
        if hash.table {
            next = hash.fields.scan(scan.cursor, scan.count, |field, value| visit(field, value));
        } else {
            // A small one is told in one go, whatever the cursor.
            hash.fields.iter().for_each(|(field, value)| visit(field, value));
        }
    }
    found.reply(&mut ctx.out, next);
    Ok(())
}
