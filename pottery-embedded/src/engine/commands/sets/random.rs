//! Random members of a set.

use crate::engine::commands::options::positive;
use crate::engine::commands::random::{Wanted, distinct, may_grow, repetitions};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::Set;

pub(super) fn srandmember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(Error::SYNTAX);
    }
    let wanted = args.get(2).map(|count| Wanted::parse(count)).transpose()?;
    let mut random = ctx.db.engine.random.fork();
    let (set, out) = (ctx.db.get::<Set>(args[1])?, &mut ctx.out);
    match (set, wanted) {
        (None, None) => out.null(),
        (None, Some(_)) => out.array(0),
        (Some(set), None) => {
            let member = set.members.random(&mut random).map(|place| &**set.members.at(place).0);
            out.bulk_or_null(member);
        }
        (Some(set), Some(Wanted::Repeated(count))) => {
            let (count, start) = (repetitions(count)?, out.len());
            out.array(count);
            for place in (0..count).map_while(|_| set.members.random(&mut random)) {
                out.bulk(set.members.at(place).0);
                may_grow(out.len() - start)?;
            }
        }
        (Some(set), Some(Wanted::Distinct(count))) if count >= set.len() => {
            out.array(set.len());
            set.in_order().for_each(|member| out.bulk(member));
        }
        (Some(set), Some(Wanted::Distinct(count))) => {
            out.array(count);
            for place in distinct(&set.members, count, &mut random) {
                out.bulk(set.members.at(place).0);
            }
        }
    }
    Ok(())
}

pub(super) fn spop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match args {
        [_, key] => one(ctx, key),
        [_, key, count] => several(ctx, key, positive(count)?),
        _ => Err(Error::SYNTAX),
    }
}

fn one(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<(), Error> {
    let mut random = ctx.db.engine.random.fork();
    let members = ctx.db.get_mut::<Set>(key)?.map(|set| &mut set.members);
    let taken = members.and_then(|members| Some(members.remove_at(members.random(&mut random)?)));
    let Some((member, ())) = taken else {
        ctx.out.null();
        return Ok(());
    };
    ctx.out.bulk(&member);
    ctx.propagate_as(&[b"SREM", key, &member]);
    popped(ctx, key);
    Ok(())
}

fn several(ctx: &mut Ctx<'_>, key: &[u8], count: usize) -> Result<(), Error> {
    let mut random = ctx.db.engine.random.fork();
    let entries = ctx.db.engine.config.intset_entries;
    let Some(set) = ctx.db.get_mut::<Set>(key)?.filter(|_| count > 0) else {
        ctx.out.set(0);
        return Ok(());
    };
    if count >= set.len() {
        ctx.out.set(set.len());
        set.in_order().for_each(|member| ctx.out.bulk(member));
        set.members.clear();
        ctx.propagate_as(&[b"DEL", key]);
    } else {
        ctx.out.set(count);
        let mut effect: Vec<Box<[u8]>> = Vec::with_capacity(count);
        for place in distinct(&set.members, count, &mut random) {
            effect.push(set.members.at(place).0.clone());
        }
        for member in &effect {
            ctx.out.bulk(member);
            set.members.remove(member);
        }
        // When few are left, Redis moves them into a new set, which may be an intset again.
        if set.table && set.len() * FEW <= count {
            *set = Set::collect(set.members.keys().map(|member| &**member), entries);
        }
        let words: [&[u8]; 2] = [b"SREM", key];
        let words: Vec<&[u8]> = words.into_iter().chain(effect.iter().map(|member| &**member)).collect();
        ctx.propagate_as(&words);
    }
    popped(ctx, key);
    Ok(())
}

/// So many times fewer than are taken are few.
const FEW: usize = 5;

/// What follows from taking something from a set.
fn popped(ctx: &mut Ctx<'_>, key: &[u8]) {
    ctx.notify(Class::SET, "spop", key);
    ctx.remove_if_empty::<Set>(key);
    ctx.changed(key);
}
