//! Random fields of a hash.

use crate::engine::commands::options::is;
use crate::engine::commands::random::{Wanted, distinct, may_grow, repetitions};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::resp::Out;
use crate::engine::value::Hash;

pub(super) fn hrandfield(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let Some(count) = args.get(2) else { return one(ctx, key) };
    let wanted = Wanted::parse(count)?;
    let values = match args[3..] {
        [] => false,
        [word] if is(word, "WITHVALUES") => true,
        _ => return Err(Error::SYNTAX),
    };
    if values && wanted.count() > i64::MAX.unsigned_abs() / 2 {
        return Err(Error::text("ERR value is out of range"));
    }
    several(ctx, key, wanted, values)
}

fn one(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Error> {
    let mut random = ctx.db.engine.random.fork();
    let Some(hash) = ctx.db.get::<Hash>(key)? else {
        ctx.out.null();
        return Ok(());
    };
    let field = hash.fields.random(&mut random).map(|place| &**hash.fields.at(place).0);
    ctx.out.bulk_or_null(field);
    Ok(())
}

fn several(ctx: &mut Ctx<'_>, key: &[u8], wanted: Wanted, values: bool) -> Result<(), Error> {
    let mut random = ctx.db.engine.random.fork();
    let Some(hash) = ctx.db.get::<Hash>(key)? else {
        ctx.out.array(0);
        return Ok(());
    };
    let out = &mut ctx.out;
    match wanted {
        Wanted::Repeated(count) => {
            let (count, start) = (repetitions(count)?, out.len());
            head(out, count, values);
            for place in (0..count).map_while(|_| hash.fields.random(&mut random)) {
                let (field, value) = hash.fields.at(place);
                element(out, field, value, values);
                may_grow(out.len() - start)?;
            }
        }
        Wanted::Distinct(count) if count >= hash.fields.len() => {
            head(out, hash.fields.len(), values);
            for (field, value) in hash.fields.iter() {
                element(out, field, value, values);
            }
        }
        Wanted::Distinct(count) => {
            head(out, count, values);
            for place in distinct(&hash.fields, count, &mut random) {
                let (field, value) = hash.fields.at(place);
                element(out, field, value, values);
            }
        }
    }
    Ok(())
}

/// In RESP2 pairs are flat.
fn head(out: &mut Out, count: usize, values: bool) {
    out.array(if values && !out.resp3 { 2 * count } else { count });
}

fn element(out: &mut Out, field: &[u8], value: &[u8], values: bool) {
    if values && out.resp3 {
        out.array(2);
    }
    out.bulk(field);
    if values {
        out.bulk(value);
    }
}
