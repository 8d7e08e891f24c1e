//! A key as commands that make it.

use std::io;

use crate::engine::db::Entry;
use crate::engine::number::format_f64;
use crate::engine::stream::{Group, Id, Stream};
use crate::engine::value::Value;
use crate::persistence::rewrite::Output;

/// How many elements one command adds, as in Redis.
const ELEMENTS: usize = 64;

/// Writes a key that isn't there yet.
pub(crate) fn dump(output: &mut Output, db: usize, key: &[u8], entry: &Entry) -> io::Result<()> {
    output.log.select(db);
    match &entry.value {
        Value::Str(value) => output.log.raw(&[b"SET", key, &value.bytes()]),
        Value::List(list) => {
            elements(output, b"RPUSH", key, 1, list.items.iter(), |item, log| log(item))?;
        }
        Value::Set(set) => {
            elements(output, b"SADD", key, 1, set.members.keys(), |member, log| log(member))?;
        }
        Value::Hash(hash) => elements(output, b"HSET", key, 2, hash.fields.iter(), |(field, value), log| {
            log(field);
            log(value);
        })?,
        Value::ZSet(zset) => elements(output, b"ZADD", key, 2, zset.iter(), |(score, member), log| {
            log(format_f64(*score).as_bytes());
            log(member);
        })?,
        Value::Stream(value) => stream(output, key, value)?,
    }
    if let Some(at) = entry.expires_at() {
        output.log.raw(&[b"PEXPIREAT", key, itoa::Buffer::new().format(at).as_bytes()]);
    }
    output.spill()
}

/// Writes the elements of a container, each of which takes `width` arguments.
fn elements<T>(
    output: &mut Output,
    command: &[u8],
    key: &[u8],
    width: usize,
    items: impl Iterator<Item = T>,
    write: impl Fn(T, &mut dyn FnMut(&[u8])),
) -> io::Result<()> {
    let mut items = items.peekable();
    let mut batch = Vec::with_capacity(ELEMENTS);
    while items.peek().is_some() {
        batch.extend(items.by_ref().take(ELEMENTS));
        output.log.head(2 + width * batch.len());
        output.log.arg(command);
        output.log.arg(key);
        for item in batch.drain(..) {
            write(item, &mut |arg| output.log.arg(arg));
        }
        output.spill()?;
    }
    Ok(())
}

/// Writes a stream and its groups. As with Redis, what is pending and gone from the stream is forgotten.
fn stream(output: &mut Output, key: &[u8], stream: &Stream) -> io::Result<()> {
    if stream.len() == 0 {
        // Nothing else makes an empty stream.
        output.log.raw(&[b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y"]);
    }
    for (id, entry) in stream.range(Id::MIN, Id::MAX) {
        let pairs = entry.as_args();
        output.log.head(3 + pairs.len());
        output.log.arg(b"XADD");
        output.log.arg(key);
        output.log.arg(id.to_string().as_bytes());
        for it in pairs {
            output.log.arg(it);
        }
        output.spill()?;
    }
    let (last, added) = (stream.last_id.to_string(), stream.entries_added.max(0).to_string());
    let deleted = stream.max_deleted_id.to_string();
    let command: [&[u8]; 7] = [
        b"XSETID",
        key,
        last.as_bytes(),
        b"ENTRIESADDED",
        added.as_bytes(),
        b"MAXDELETEDID",
        deleted.as_bytes(),
    ];
    output.log.raw(&command);
    for (name, it) in &stream.groups {
        group(output, key, name, it)?;
    }
    Ok(())
}

fn group(output: &mut Output, key: &[u8], name: &[u8], group: &Group) -> io::Result<()> {
    let (last, read) = (group.last_id.to_string(), group.entries_read.unwrap_or(-1).to_string());
    let command: [&[u8]; 7] =
        [b"XGROUP", b"CREATE", key, name, last.as_bytes(), b"ENTRIESREAD", read.as_bytes()];
    output.log.raw(&command);
    for consumer in group.consumers().keys() {
        output.log.raw(&[b"XGROUP", b"CREATECONSUMER", key, name, consumer]);
    }
    for (id, pending) in group.pending() {
        let (id, at) = (id.to_string(), pending.delivered_at.to_string());
        let count = pending.deliveries.to_string();
        let command: [&[u8]; 12] = [
            b"XCLAIM",
            key,
            name,
            &pending.consumer,
            b"0",
            id.as_bytes(),
            b"TIME",
            at.as_bytes(),
            b"RETRYCOUNT",
            count.as_bytes(),
            b"JUSTID",
            b"FORCE",
        ];
        output.log.raw(&command);
        output.spill()?;
    }
    Ok(())
}
