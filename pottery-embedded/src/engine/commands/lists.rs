//! Lists.

mod blocking;
mod edit;
mod ends;
mod moves;
mod read;
mod several;
#[cfg(test)]
mod tests;

use blocking::{blpop, brpop};
use edit::{linsert, lrem, lset, ltrim};
use ends::{lpop, lpush, lpushx, rpop, rpush, rpushx};
use moves::{blmove, brpoplpush, lmove, rpoplpush};
use read::{lindex, llen, lpos, lrange};
use several::{blmpop, lmpop};

use crate::engine::command::{Group, Spec, flag};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{Begin, Find, KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::value::List;

const PUSH: u32 = flag::WRITE | flag::DENYOOM | flag::FAST;
const POP: u32 = flag::WRITE | flag::FAST;
const INSERTED: &[KeySpec] = &[KeySpec::first(key::RW | key::INSERT)];
const TAKEN: &[KeySpec] = &[KeySpec::first(key::RW | key::ACCESS | key::DELETE)];

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "blmove",
        blmove,
        6,
        flag::WRITE | flag::DENYOOM | flag::NOSCRIPT | flag::BLOCKING,
        Group::List,
        "6.2.0",
        "Pop an element from a list, push it to another list and return it; or block until one is available",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::RW | key::INSERT),
    ]),
    Spec::new(
        "blmpop",
        blmpop,
        -5,
        flag::WRITE | flag::BLOCKING,
        Group::List,
        "7.0.0",
        "Pop elements from a list, or block until one is available",
    )
    .keys(&[KeySpec::new(Begin::Index(2), Find::Count(0, 1, 1), key::RW | key::ACCESS | key::DELETE)]),
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
    Spec::new(
        "brpoplpush",
        brpoplpush,
        4,
        flag::WRITE | flag::DENYOOM | flag::NOSCRIPT | flag::BLOCKING,
        Group::List,
        "2.2.0",
        "Pop an element from a list, push it to another list and return it; or block until one is available",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::RW | key::INSERT),
    ]),
    Spec::new(
        "lindex",
        lindex,
        3,
        flag::READONLY,
        Group::List,
        "1.0.0",
        "Get an element from a list by its index",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new(
        "linsert",
        linsert,
        5,
        flag::WRITE | flag::DENYOOM,
        Group::List,
        "2.2.0",
        "Insert an element before or after another element in a list",
    )
    .keys(&[KeySpec::first(key::RW | key::INSERT)]),
    Spec::new("llen", llen, 2, flag::READONLY | flag::FAST, Group::List, "1.0.0", "Get the length of a list")
        .keys(&[KeySpec::first(key::RO)]),
    Spec::new(
        "lmove",
        lmove,
        5,
        flag::WRITE | flag::DENYOOM,
        Group::List,
        "6.2.0",
        "Pop an element from a list, push it to another list and return it",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::RW | key::INSERT),
    ]),
    Spec::new("lmpop", lmpop, -4, flag::WRITE, Group::List, "7.0.0", "Pop elements from a list")
        .keys(&[KeySpec::new(Begin::Index(1), Find::Count(0, 1, 1), key::RW | key::ACCESS | key::DELETE)]),
    Spec::new("lpop", lpop, -2, POP, Group::List, "1.0.0", "Remove and get the first elements in a list")
        .keys(TAKEN),
    Spec::new(
        "lpos",
        lpos,
        -3,
        flag::READONLY,
        Group::List,
        "6.0.6",
        "Return the index of matching elements on a list",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
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
    Spec::new("lrem", lrem, 4, flag::WRITE, Group::List, "1.0.0", "Remove elements from a list")
        .keys(&[KeySpec::first(key::RW | key::DELETE)]),
    Spec::new(
        "lset",
        lset,
        4,
        flag::WRITE | flag::DENYOOM,
        Group::List,
        "1.0.0",
        "Set the value of an element in a list by its index",
    )
    .keys(&[KeySpec::first(key::RW | key::UPDATE)]),
    Spec::new("ltrim", ltrim, 4, flag::WRITE, Group::List, "1.0.0", "Trim a list to the specified range")
        .keys(&[KeySpec::first(key::RW | key::DELETE)]),
    Spec::new("rpop", rpop, -2, POP, Group::List, "1.0.0", "Remove and get the last elements in a list")
        .keys(TAKEN),
    Spec::new(
        "rpoplpush",
        rpoplpush,
        3,
        flag::WRITE | flag::DENYOOM,
        Group::List,
        "1.2.0",
        "Remove the last element in a list, prepend it to another list and return it",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::RW | key::INSERT),
    ]),
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
    /// `LEFT` or `RIGHT`.
    fn parse(arg: &[u8]) -> Result<End, Error> {
        [("LEFT", End::Left), ("RIGHT", End::Right)]
            .into_iter()
            .find_map(|(word, end)| is(arg, word).then_some(end))
            .ok_or(Error::SYNTAX)
    }

    /// The command that takes from this end, and the event that this causes.
    fn pop_name(self) -> &'static str {
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
    pub(crate) fn push(&mut self, end: End, item: Box<[u8]>) {
        match end {
            End::Left => self.items.push_front(item),
            End::Right => self.items.push_back(item),
        }
    }

    pub(crate) fn pop(&mut self, end: End) -> Option<Box<[u8]>> {
        match end {
            End::Left => self.items.pop_front(),
            End::Right => self.items.pop_back(),
        }
    }
}

/// The element that an index means, counted from the end if negative.
fn place(index: i64, length: usize) -> Option<usize> {
    let place = if index < 0 {
        length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)?
    } else {
        usize::try_from(index).ok()?
    };
    (place < length).then_some(place)
}

/// What follows from taking something from a list.
fn popped(ctx: &mut Ctx<'_>, key: &[u8], end: End) {
    ctx.notify(Class::LIST, end.pop_name(), key);
    ctx.remove_if_empty::<List>(key);
    ctx.changed(key);
}
