//! Changing a list elsewhere than at its ends.

use crate::engine::commands::lists::place;
use crate::engine::commands::options::{integer, is, slice};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::List;

pub(super) fn lset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let list = ctx.db.get_mut::<List>(key)?.ok_or(Error::NO_SUCH_KEY)?;
    let place = place(integer(args[2])?, list.items.len());
    list.items[place.ok_or(Error::text("ERR index out of range"))?] = args[3].into();
    ctx.touched(Class::LIST, "lset", key);
    ctx.out.ok();
    Ok(())
}

pub(super) fn linsert(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, pivot, item) = (args[1], args[3], args[4]);
    let after = is(args[2], "AFTER");
    if !after && !is(args[2], "BEFORE") {
        return Err(Error::SYNTAX);
    }
    let Some(list) = ctx.db.get_mut::<List>(key)? else {
        ctx.out.integer(0);
        return Ok(());
    };
    let Some(place) = list.items.iter().position(|it| **it == *pivot) else {
        ctx.out.integer(-1);
        return Ok(());
    };
    list.items.insert(place + usize::from(after), item.into());
    let length = list.items.len();
    ctx.touched(Class::LIST, "linsert", key);
    ctx.out.count(length);
    Ok(())
}

pub(super) fn lrem(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, element) = (args[1], args[3]);
    let count = integer(args[2])?;
    let Some(list) = ctx.db.get_mut::<List>(key)? else {
        ctx.out.integer(0);
        return Ok(());
    };
    let most = match usize::try_from(count.unsigned_abs()) {
        Ok(0) | Err(_) => usize::MAX,
        Ok(most) => most,
    };
    // The last ones are those that come after all others.
    let skip = if count < 0 {
        list.items.iter().filter(|it| ***it == *element).count().saturating_sub(most)
    } else {
        0
    };
    let (mut met, mut removed) = (0, 0);
    list.items.retain(|it| {
        if removed == most || **it != *element {
            return true;
        }
        met += 1;
        removed += usize::from(met > skip);
        met <= skip
    });
    if removed > 0 {
        ctx.notify(Class::LIST, "lrem", key);
        ctx.remove_if_empty::<List>(key);
        ctx.changed(key);
    }
    ctx.out.count(removed);
    Ok(())
}

pub(super) fn ltrim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let key = args[1];
    let (start, stop) = (integer(args[2])?, integer(args[3])?);
    let Some(list) = ctx.db.get_mut::<List>(key)? else {
        ctx.out.ok();
        return Ok(());
    };
    let before = list.items.len();
    match slice(start, stop, before) {
        Some(range) => {
            list.items.truncate(range.end);
            list.items.drain(..range.start);
        }
        None => list.items.clear(),
    }
    let trimmed = list.items.len() != before;
    ctx.notify(Class::LIST, "ltrim", key);
    ctx.remove_if_empty::<List>(key);
    // Who watches the key is told even if nothing was cut off, but there is nothing to do again.
    ctx.changed(key);
    if !trimmed {
        ctx.propagate_nothing();
    }
    ctx.out.ok();
    Ok(())
}
