//! What differs from one Redis type to the next where whole objects are read, written and compared: all that must be
//! told of a type of Redis before fields can be of it.

use std::collections::{HashMap, HashSet};

use super::image::FieldView;
use super::save::Write;
use crate::key::Key;
use crate::registry::{FieldInfo, Kind};
use crate::request::{Arguments, Request};

/// Elements of one variadic command at the most: more would hold up the server for others.
const CHUNK: usize = 1000;

/// The command that reads all that a field holds at a key of its own.
pub(crate) fn read(kind: Kind, key: &Key, request: &mut Request) {
    match kind {
        Kind::Scalar => {}
        Kind::List => request.push("LRANGE", |a| _ = a.key(key).raw(b"0").raw(b"-1")),
        Kind::Hash => request.push("HGETALL", |a| _ = a.key(key)),
        Kind::Set => request.push("SMEMBERS", |a| _ = a.key(key)),
        Kind::SortedSet => {
            request.push("ZRANGE", |a| _ = a.key(key).raw(b"0").raw(b"-1").raw(b"WITHSCORES"));
        }
        Kind::String => request.push("GET", |a| _ = a.key(key)),
    }
}

/// The commands that append a collection's elements, from one on.
pub(crate) fn append<'a>(
    field: &'static FieldInfo,
    view: FieldView<'a>,
    from: usize,
    writes: &mut Vec<Write<'a>>,
) {
    let command = match field.kind {
        Kind::List => "RPUSH",
        Kind::Set => "SADD",
        Kind::Hash => "HSET",
        Kind::SortedSet => "ZADD",
        Kind::String => "SET",
        Kind::Scalar => return,
    };
    let mut at = from;
    while at < view.len() {
        let end = view.len().min(at + CHUNK);
        let arguments = Box::new(move |a: &mut Arguments<'_>| _ = a.packed(view.packed(at, end), end - at));
        writes.push(Write { field: Some(field), command, bears: true, arguments });
        at = end;
    }
}

/// The commands that make what a field held into what it shall hold.
pub(crate) fn changes<'a>(
    field: &'static FieldInfo,
    before: FieldView<'a>,
    after: FieldView<'a>,
    writes: &mut Vec<Write<'a>>,
) {
    match field.kind {
        _ if after.is_relative() => {
            if !before.equals(after) {
                writes.push(write(field, "UNLINK", |_| {}));
                append(field, after, 0, writes);
            }
        }
        Kind::Scalar => {}
        Kind::List => list_changes(field, before, after, writes),
        Kind::Set => set_changes(field, before, after, writes),
        Kind::Hash => pair_changes(field, 0, ("HSET", "HDEL"), before, after, writes),
        Kind::SortedSet => pair_changes(field, 1, ("ZADD", "ZREM"), before, after, writes),
        Kind::String => string_changes(field, before, after, writes),
    }
}

fn write<'a>(
    field: &'static FieldInfo,
    command: &'static str,
    arguments: impl FnOnce(&mut Arguments<'_>) + 'a,
) -> Write<'a> {
    Write { field: Some(field), command, bears: false, arguments: Box::new(arguments) }
}

/// A list keeps the part that stayed the same at its head; the rest is cut and appended. Where the length is the same
/// and few items differ, each is set.
fn list_changes<'a>(
    field: &'static FieldInfo,
    before: FieldView<'a>,
    after: FieldView<'a>,
    writes: &mut Vec<Write<'a>>,
) {
    let same = before.items().zip(after.items()).take_while(|(old, new)| old == new).count();
    if same == before.len() && same == after.len() {
        return;
    }
    if before.len() == after.len() {
        let differing: Vec<_> =
            (same..after.len()).filter(|at| before.item(*at) != after.item(*at)).collect();
        if differing.len() * 4 <= after.len() - same + 4 {
            for at in differing {
                writes.push(write(field, "LSET", move |a| _ = a.int(at).packed(after.item(at), 1)));
            }
            return;
        }
    }
    if same == 0 && before.len() > 0 {
        writes.push(write(field, "UNLINK", |_| {}));
    } else if same < before.len() {
        writes.push(write(field, "LTRIM", move |a| _ = a.raw(b"0").int(same - 1)));
    }
    append(field, after, same, writes);
}

fn set_changes<'a>(
    field: &'static FieldInfo,
    before: FieldView<'a>,
    after: FieldView<'a>,
    writes: &mut Vec<Write<'a>>,
) {
    let old: HashSet<&[u8]> = before.items().collect();
    let new: HashSet<&[u8]> = after.items().collect();
    let gone: Vec<&[u8]> = before.items().filter(|item| !new.contains(item)).collect();
    let come: Vec<&[u8]> = after.items().filter(|item| !old.contains(item)).collect();
    each_chunk(field, "SREM", gone, false, writes);
    each_chunk(field, "SADD", come, true, writes);
}

/// Of a hash and of a sorted set: pairs, of which the one at `key` (0 or 1) distinguishes them.
fn pair_changes<'a>(
    field: &'static FieldInfo,
    key: usize,
    commands: (&'static str, &'static str),
    before: FieldView<'a>,
    after: FieldView<'a>,
    writes: &mut Vec<Write<'a>>,
) {
    let entries = |view: FieldView<'a>| {
        (0..view.len() / 2).map(move |at| (view.item(2 * at + key), view.item(2 * at + 1 - key)))
    };
    let old: HashMap<&[u8], &[u8]> = entries(before).collect();
    let new: HashMap<&[u8], &[u8]> = entries(after).collect();
    let gone: Vec<&[u8]> = entries(before).map(|(key, _)| key).filter(|key| !new.contains_key(key)).collect();
    let come: Vec<&[u8]> = (0..after.len() / 2)
        .filter(|at| old.get(after.item(2 * at + key)) != Some(&after.item(2 * at + 1 - key)))
        .flat_map(|at| [after.item(2 * at), after.item(2 * at + 1)])
        .collect();
    let (add, remove) = commands;
    each_chunk(field, remove, gone, false, writes);
    each_chunk(field, add, come, true, writes);
}

/// A string is written anew, and keeps its time to live.
fn string_changes<'a>(
    field: &'static FieldInfo,
    before: FieldView<'a>,
    after: FieldView<'a>,
    writes: &mut Vec<Write<'a>>,
) {
    if after.len() == 0 {
        if before.len() > 0 {
            writes.push(write(field, "UNLINK", |_| {}));
        }
    } else if !before.equals(after) {
        let arguments = Box::new(move |a: &mut Arguments<'_>| _ = a.packed(after.item(0), 1).raw(b"KEEPTTL"));
        writes.push(Write { field: Some(field), command: "SET", bears: true, arguments });
    }
}

fn each_chunk<'a>(
    field: &'static FieldInfo,
    command: &'static str,
    items: Vec<&'a [u8]>,
    bears: bool,
    writes: &mut Vec<Write<'a>>,
) {
    for chunk in items.chunks(CHUNK) {
        let chunk = chunk.to_vec();
        let arguments = Box::new(move |a: &mut Arguments<'_>| {
            for item in chunk {
                a.packed(item, 1);
            }
        });
        writes.push(Write { field: Some(field), command, bears, arguments });
    }
}
