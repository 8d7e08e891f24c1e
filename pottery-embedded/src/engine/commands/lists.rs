//! Lists.

mod blocking;

use blocking::{blpop, brpop};

use crate::engine::command::{Group, Spec, flag};
use crate::engine::commands::options::{integer, positive, slice};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::value::List;

const PUSH: u32 = flag::WRITE | flag::DENYOOM | flag::FAST;
const POP: u32 = flag::WRITE | flag::FAST;
const INSERTED: &[KeySpec] = &[KeySpec::first(key::RW | key::INSERT)];
const TAKEN: &[KeySpec] = &[KeySpec::first(key::RW | key::ACCESS | key::DELETE)];

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "blpop",
        blpop,
        -3,
        flag::WRITE | flag::NOSCRIPT | flag::BLOCKING,
        Group::List,
        "2.0.0",
        "Remove and get the first element in a list, or block until one is available",
    )
    .keys(&[KeySpec::range(1, -2, 1, key::RW | key::ACCESS | key::DELETE)]),
    Spec::new(
        "brpop",
        brpop,
        -3,
        flag::WRITE | flag::NOSCRIPT | flag::BLOCKING,
        Group::List,
        "2.0.0",
        "Remove and get the last element in a list, or block until one is available",
    )
    .keys(&[KeySpec::range(1, -2, 1, key::RW | key::ACCESS | key::DELETE)]),
    Spec::new("llen", llen, 2, flag::READONLY | flag::FAST, Group::List, "1.0.0", "Get the length of a list")
        .keys(&[KeySpec::first(key::RO)]),
    Spec::new("lpop", lpop, -2, POP, Group::List, "1.0.0", "Remove and get the first elements in a list")
        .keys(TAKEN),
    Spec::new("lpush", lpush, -3, PUSH, Group::List, "1.0.0", "Prepend one or multiple elements to a list")
        .keys(INSERTED),
    Spec::new(
        "lpushx",
        lpushx,
        -3,
        PUSH,
        Group::List,
        "2.2.0",
        "Prepend an element to a list, only if the list exists",
    )
    .keys(INSERTED),
    Spec::new(
        "lrange",
        lrange,
        4,
        flag::READONLY,
        Group::List,
        "1.0.0",
        "Get a range of elements from a list",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new("rpop", rpop, -2, POP, Group::List, "1.0.0", "Remove and get the last elements in a list")
        .keys(TAKEN),
    Spec::new("rpush", rpush, -3, PUSH, Group::List, "1.0.0", "Append one or multiple elements to a list")
        .keys(INSERTED),
    Spec::new(
        "rpushx",
        rpushx,
        -3,
        PUSH,
        Group::List,
        "2.2.0",
        "Append an element to a list, only if the list exists",
    )
    .keys(INSERTED),
];

/// One of a list's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Left,
    Right,
}

impl End {
    /// The command that takes from this end, and the event that this causes.
    pub(crate) fn pop_name(self) -> &'static str {
        match self {
            End::Left => "lpop",
            End::Right => "rpop",
        }
    }

    fn push_name(self) -> &'static str {
        match self {
            End::Left => "lpush",
            End::Right => "rpush",
        }
    }
}

impl List {
    pub(crate) fn push(&mut self, end: End, item: &[u8]) {
        match end {
            End::Left => self.items.push_front(item.into()),
            End::Right => self.items.push_back(item.into()),
        }
    }

    pub(crate) fn pop(&mut self, end: End) -> Option<Box<[u8]>> {
        match end {
            End::Left => self.items.pop_front(),
            End::Right => self.items.pop_back(),
        }
    }
}

fn lpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Left, false)
}

fn rpush(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Right, false)
}

fn lpushx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Left, true)
}

fn rpushx(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    push(ctx, args, End::Right, true)
}

fn push(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End, only_existing: bool) -> Result<(), Error> {
    let key = args[1];
    let list =
        if only_existing { ctx.db.get_mut::<List>(key)? } else { Some(ctx.db.get_or_create::<List>(key)?) };
    let Some(list) = list else {
        ctx.out.integer(0);
        return Ok(());
    };
    for item in &args[2..] {
        list.push(end, item);
    }
    let length = list.items.len();
    ctx.touched(Class::LIST, end.push_name(), key);
    ctx.out.count(length);
    Ok(())
}

fn lpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    pop(ctx, args, End::Left)
}

fn rpop(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    pop(ctx, args, End::Right)
}

fn pop(ctx: &mut Ctx<'_>, args: &[&[u8]], end: End) -> Result<(), Error> {
    let key = args[1];
    if args.len() > 3 {
        return Err(Error::arity(end.pop_name()));
    }
    let count = args.get(2).map(|arg| positive(arg)).transpose()?;
    let Some(list) = ctx.db.get_mut::<List>(key)? else {
        if count.is_some() {
            ctx.out.null_array()
        } else {
            ctx.out.null()
        }
        return Ok(());
    };
    match count {
        None => {
            let item = list.pop(end).unwrap_or_default();
            ctx.out.bulk(&item);
        }
        Some(0) => {
            ctx.out.array(0);
            return Ok(());
        }
        Some(count) => {
            let count = count.min(list.items.len());
            ctx.out.array(count);
            for _ in 0..count {
                ctx.out.bulk(&list.pop(end).unwrap_or_default());
            }
        }
    }
    popped(ctx, key, end);
    Ok(())
}

/// What follows from taking something from a list.
fn popped(ctx: &mut Ctx<'_>, key: &[u8], end: End) {
    ctx.notify(Class::LIST, end.pop_name(), key);
    ctx.remove_if_empty::<List>(key);
    ctx.changed(key);
}

fn llen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let length = ctx.db.get::<List>(args[1])?.map_or(0, |list| list.items.len());
    ctx.out.count(length);
    Ok(())
}

fn lrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (start, stop) = (integer(args[2])?, integer(args[3])?);
    let list = ctx.db.get::<List>(args[1])?;
    let Some((list, range)) = list.and_then(|list| Some((list, slice(start, stop, list.items.len())?)))
    else {
        ctx.out.array(0);
        return Ok(());
    };
    ctx.out.array(range.len());
    for item in list.items.range(range) {
        ctx.out.bulk(item);
    }
    Ok(())
}
