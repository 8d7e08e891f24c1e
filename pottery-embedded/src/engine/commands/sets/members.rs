//! Members of one set.

use crate::engine::commands::scan::{Found, Scan};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::Set;

pub(super) fn sadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let entries = ctx.db.engine.config.intset_entries;
    let set = ctx.db.get_or_create::<Set>(key)?;
    let added = args[2..].iter().filter(|member| set.add(member, entries)).count();
    if added > 0 {
        ctx.touched(Class::SET, "sadd", key);
    }
    ctx.out.count(added);
    Ok(())
}

pub(super) fn srem(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let mut removed = 0;
    if let Some(set) = ctx.db.get_mut::<Set>(key)? {
        removed = args[2..].iter().filter(|member| set.members.remove(member).is_some()).count();
    }
    if removed > 0 {
        ctx.changed(key);
        ctx.notify(Class::SET, "srem", key);
        ctx.remove_if_empty::<Set>(key);
    }
    ctx.out.count(removed);
    Ok(())
}

pub(super) fn smove(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (from, to, member) = (args[1], args[2], args[3]);
    let Some(place) = ctx.db.get_mut::<Set>(from)?.map(|set| set.members.find(member)) else {
        ctx.out.integer(0);
        return Ok(());
    };
    ctx.db.get_mut::<Set>(to)?;
    if from == to || place.is_err() {
        ctx.out.integer(i64::from(place.is_ok()));
        return Ok(());
    }
    if let Some(set) = ctx.db.get_mut::<Set>(from)? {
        set.members.remove(member);
    }
    ctx.notify(Class::SET, "srem", from);
    ctx.remove_if_empty::<Set>(from);
    let entries = ctx.db.engine.config.intset_entries;
    let added = ctx.db.get_or_create::<Set>(to)?.add(member, entries);
    ctx.changed(from);
    if added {
        ctx.touched(Class::SET, "sadd", to);
    }
    ctx.out.integer(1);
    Ok(())
}

pub(super) fn sismember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let found = ctx.db.get::<Set>(args[1])?.is_some_and(|set| set.contains(args[2]));
    ctx.out.integer(i64::from(found));
    Ok(())
}

pub(super) fn smismember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let set = ctx.db.get::<Set>(args[1])?;
    ctx.out.array(args.len() - 2);
    for member in &args[2..] {
        ctx.out.integer(i64::from(set.is_some_and(|set| set.contains(member))));
    }
    Ok(())
}

pub(super) fn scard(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let count = ctx.db.get::<Set>(args[1])?.map_or(0, Set::len);
    ctx.out.count(count);
    Ok(())
}

pub(super) fn sscan(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    // Where there is no set, options are of no interest, but the cursor is.
    Scan::parse(args[2], &[], false)?;
    let mut found = Found::default();
    let mut next = 0;
    if let Some(set) = ctx.db.get::<Set>(args[1])? {
        let scan = Scan::parse(args[2], &args[3..], false)?;
        let mut visit = |member: &[u8]| {
            if scan.matches(member) {
                found.add(member);
            }
        };
        if set.table {
            next = set.members.scan(scan.cursor, scan.count, |member, ()| visit(member));
        } else {
            // A small one is told in one go, whatever the cursor.
            set.in_order().for_each(visit);
        }
    }
    found.reply(&mut ctx.out, next);
    Ok(())
}
