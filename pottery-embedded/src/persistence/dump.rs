//! A key as commands that make it.

use std::io;

use crate::engine::db::Entry;
use crate::engine::number::format_f64;
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
