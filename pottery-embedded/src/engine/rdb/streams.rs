//! Streams: their entries in listpacks, each beginning with the fields that most of its entries share, then the groups.

use std::collections::BTreeMap;

use super::packed::listpack;
use super::read::Reader;
use super::write;
use crate::engine::number::parse_i64;
use crate::engine::stream::{Group, Id, Stream};

/// An entry that was removed.
const DELETED: i64 = 1;

/// An entry with the fields that its listpack begins with.
const SAME_FIELDS: i64 = 2;

pub(super) fn write(out: &mut Vec<u8>, stream: &Stream) {
    let pieces: Vec<(Id, Vec<u8>)> =
        stream.pieces().into_iter().filter_map(|piece| pack(stream, piece)).collect();
    number(out, pieces.len() as u64);
    for (first, packed) in pieces {
        write::string(out, &first.key());
        write::string(out, &packed);
    }
    number(out, stream.len() as u64);
    for id in [stream.last_id, stream.first_id().unwrap_or(Id::MIN), stream.max_deleted_id] {
        write_id(out, id);
    }
    number(out, stream.entries_added as u64);
    number(out, stream.groups.len() as u64);
    for (name, group) in &stream.groups {
        write::string(out, name);
        write_id(out, group.last_id);
        number(out, group.entries_read.unwrap_or(-1) as u64);
        number(out, group.pending().len() as u64);
        for (id, pending) in group.pending() {
            out.extend(id.key());
            out.extend(pending.delivered_at.to_le_bytes());
            number(out, pending.deliveries as u64);
        }
        number(out, group.consumers().len() as u64);
        for (name, consumer) in group.consumers() {
            write::string(out, name);
            out.extend(consumer.seen_at.to_le_bytes());
            number(out, consumer.pending.len() as u64);
            consumer.pending.iter().for_each(|id| out.extend(id.key()));
        }
    }
}

fn write_id(out: &mut Vec<u8>, id: Id) {
    number(out, id.ms);
    number(out, id.seq);
}

/// A number in as few bytes as it needs.
fn number(out: &mut Vec<u8>, value: u64) {
    if let Ok(small) = u32::try_from(value) {
        write::length(out, small as usize);
    } else {
        out.push(0x81);
        out.extend(value.to_be_bytes());
    }
}

/// The entries from one name to another as a listpack, and the name of the first.
fn pack(stream: &Stream, (start, end): (Id, Id)) -> Option<(Id, Vec<u8>)> {
    let (first, entry) = stream.range(start, end).next()?;
    let shared: Vec<&[u8]> = entry.as_args().iter().step_by(2).copied().collect();
    let mut pack = Pack::default();
    pack.integer(stream.range(start, end).count() as i64);
    pack.integer(0);
    pack.integer(shared.len() as i64);
    shared.iter().for_each(|field| pack.string(field));
    pack.integer(0);
    for (id, entry) in stream.range(start, end) {
        let pairs = entry.as_args();
        let count = pairs.len() / 2;
        let same = pairs.iter().step_by(2).eq(&shared);
        pack.integer(if same { SAME_FIELDS } else { 0 });
        pack.integer(id.ms.wrapping_sub(first.ms) as i64);
        pack.integer(id.seq.wrapping_sub(first.seq) as i64);
        if same {
            pairs.iter().skip(1).step_by(2).for_each(|value| pack.string(value));
            pack.integer(count as i64 + 3);
        } else {
            pack.integer(count as i64);
            pairs.iter().for_each(|it| pack.string(it));
            pack.integer(2 * count as i64 + 4);
        }
    }
    Some((first, pack.finish()))
}

/// A listpack that is being written.
#[derive(Debug, Default)]
struct Pack {
    elements: Vec<u8>,
    count: usize,
}

impl Pack {
    fn integer(&mut self, value: i64) {
        let start = self.elements.len();
        let out = &mut self.elements;
        match value {
            0..=127 => out.push(value as u8),
            -4096..=4095 => out.extend([(value >> 8) as u8 & 0x1f | 0xc0, value as u8]),
            -32_768..=32_767 => {
                out.push(0xf1);
                out.extend((value as i16).to_le_bytes());
            }
            -8_388_608..=8_388_607 => {
                out.push(0xf2);
                out.extend(&(value as i32).to_le_bytes()[..3]);
            }
            -2_147_483_648..=2_147_483_647 => {
                out.push(0xf3);
                out.extend((value as i32).to_le_bytes());
            }
            _ => {
                out.push(0xf4);
                out.extend(value.to_le_bytes());
            }
        }
        self.end(start);
    }

    fn string(&mut self, text: &[u8]) {
        if let Some(number) = parse_i64(text) {
            return self.integer(number);
        }
        let start = self.elements.len();
        let out = &mut self.elements;
        match text.len() {
            length @ 0..64 => out.push(length as u8 | 0x80),
            length @ 64..4096 => out.extend([(length >> 8) as u8 | 0xe0, length as u8]),
            length => {
                out.push(0xf0);
                out.extend((length as u32).to_le_bytes());
            }
        }
        out.extend_from_slice(text);
        self.end(start);
    }

    /// Writes the length of an element behind it, so that it can be read from there: seven bits in each byte, the lowest
    /// last.
    fn end(&mut self, start: usize) {
        let length = self.elements.len() - start;
        let bytes = match length {
            0..=127 => 1,
            128..16_383 => 2,
            16_383..2_097_151 => 3,
            2_097_151..268_435_455 => 4,
            _ => 5,
        };
        for index in (0..bytes).rev() {
            let more = if index + 1 < bytes { 0x80 } else { 0 };
            self.elements.push((length >> (7 * index)) as u8 & 0x7f | more);
        }
        self.count += 1;
    }

    fn finish(self) -> Vec<u8> {
        let mut whole = Vec::with_capacity(self.elements.len() + 7);
        whole.extend((self.elements.len() as u32 + 7).to_le_bytes());
        whole.extend(u16::try_from(self.count).unwrap_or(u16::MAX).to_le_bytes());
        whole.extend(self.elements);
        whole.push(0xff);
        whole
    }
}

/// Reads a stream: the form of Redis 7 if `counted`, otherwise that of Redis 5 and 6, which count less.
pub(super) fn read(reader: &mut Reader<'_>, counted: bool) -> Option<Stream> {
    let mut stream = Stream::default();
    for _ in 0..reader.count()? {
        let first = Id::from_key(reader.string()?.try_into().ok()?);
        unpack(&mut stream, first, &listpack(&reader.string()?)?)?;
    }
    if reader.count()? != stream.len() {
        return None;
    }
    let last_id = read_id(reader)?;
    if last_id < stream.last_id {
        return None;
    }
    stream.last_id = last_id;
    stream.entries_added = stream.len() as i64;
    if counted {
        let _first = read_id(reader)?;
        stream.max_deleted_id = read_id(reader)?;
        stream.entries_added = i64::try_from(reader.count()?).ok()?;
    }
    for _ in 0..reader.count()? {
        let name = reader.string()?;
        let group = read_group(reader, &stream, counted)?;
        if stream.groups.insert(name.into(), group).is_some() {
            return None;
        }
    }
    Some(stream)
}

fn read_id(reader: &mut Reader<'_>) -> Option<Id> {
    Some(Id { ms: reader.count()? as u64, seq: reader.count()? as u64 })
}

/// Adds the entries of a listpack.
fn unpack(stream: &mut Stream, first: Id, items: &[Vec<u8>]) -> Option<()> {
    let mut items = items.iter().map(Vec::as_slice);
    let integer = |item: Option<&[u8]>| item.and_then(parse_i64);
    let size = |item: Option<&[u8]>| integer(item).and_then(|it| usize::try_from(it).ok());
    let (live, dead) = (size(items.next())?, size(items.next())?);
    let shared: Vec<&[u8]> = (0..size(items.next())?).map(|_| items.next()).collect::<Option<_>>()?;
    items.next()?;
    for _ in 0..live.checked_add(dead)? {
        let flags = integer(items.next())?;
        let (ms, seq) = (integer(items.next())?, integer(items.next())?);
        let id = Id { ms: first.ms.wrapping_add(ms as u64), seq: first.seq.wrapping_add(seq as u64) };
        let pairs: Vec<&[u8]> = if flags & SAME_FIELDS != 0 {
            let mut pairs = Vec::with_capacity(2 * shared.len());
            for field in &shared {
                pairs.extend([*field, items.next()?]);
            }
            pairs
        } else {
            let count = size(items.next())?.checked_mul(2)?;
            (0..count).map(|_| items.next()).collect::<Option<_>>()?
        };
        items.next()?;
        if flags & DELETED == 0 {
            if id <= stream.last_id {
                return None;
            }
            stream.append(id, &pairs);
        }
    }
    Some(())
}

fn read_group(reader: &mut Reader<'_>, stream: &Stream, counted: bool) -> Option<Group> {
    let last_id = read_id(reader)?;
    let read = if counted {
        Some(reader.count()? as u64 as i64).filter(|it| *it >= 0)
    } else {
        stream.distance(last_id)
    };
    let mut group = Group::new(last_id, read);
    let mut pending: BTreeMap<Id, (i64, i64)> = BTreeMap::new();
    for _ in 0..reader.count()? {
        let id = Id::from_key(reader.bytes()?);
        let delivered_at = i64::from_le_bytes(reader.bytes()?);
        pending.insert(id, (delivered_at, reader.count()? as i64));
    }
    for _ in 0..reader.count()? {
        let name = reader.string()?;
        let seen_at = i64::from_le_bytes(reader.bytes()?);
        let (name, created) = group.consumer(&name, seen_at);
        if !created {
            return None;
        }
        for _ in 0..reader.count()? {
            let id = Id::from_key(reader.bytes()?);
            let (delivered_at, deliveries) = pending.remove(&id)?;
            group.assign(id, &name, delivered_at, deliveries);
        }
    }
    pending.is_empty().then_some(group)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::rdb::{Loaded, dump, load, verify};
    use crate::engine::value::{Kind, Value};

    fn loaded(payload: &[u8]) -> Option<Stream> {
        match load(verify(payload)?, 1 << 20)? {
            Loaded::Stream(stream) => Some(*stream),
            _ => None,
        }
    }

    #[test]
    fn what_is_dumped_is_loaded() {
        let mut stream = Stream::default();
        let long = "x".repeat(5000);
        for number in 1..500u64 {
            let (text, wide) =
                (number.to_string(), (i64::MAX / number as i64 - 5000 * number as i64).to_string());
            let value = ["v", &text, &wide, &long[..number as usize * 10]][number as usize % 4].as_bytes();
            let pairs: &[&[u8]] =
                if number % 7 == 0 { &[b"other", value, b"12", b""] } else { &[b"field", value] };
            stream.append(Id { ms: number.pow(5), seq: number % 3 * (u64::MAX / 5) }, pairs);
        }
        for number in [1u64, 8, 300] {
            assert!(stream.remove(Id { ms: number.pow(5), seq: number % 3 * (u64::MAX / 5) }));
        }
        let mut group = Group::new(Id { ms: 77, seq: 5 }, None);
        let (consumer, _) = group.consumer(b"12345", 1_000);
        group.consumer(b"idle", 2_000);
        group.assign(Id { ms: 32, seq: 1 }, &consumer, 3_000, 4);
        stream.groups.insert((*b"g").into(), group);
        stream.groups.insert((*b"").into(), Group::new(Id::MAX, Some(300)));
        let again = loaded(&dump(&stream.clone().into_value())).expect("a stream");
        assert!(again.range(Id::MIN, Id::MAX).eq(stream.range(Id::MIN, Id::MAX)));
        assert_eq!(again.groups, stream.groups);
        let counters = |it: &Stream| (it.last_id, it.max_deleted_id, it.entries_added);
        assert_eq!(counters(&again), counters(&stream));
        let empty = Stream::default();
        assert_eq!(loaded(&dump(&Value::Stream(Box::new(empty.clone())))), Some(empty));
    }

    /// Recorded from Redis 7.0.15: three entries, of which the second was removed, and a group whose consumer was given the
    /// first.
    #[test]
    fn a_payload_of_redis_is_loaded() {
        let payload = b"\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\xc36=\x12=\x00\x00\x00\x19\
            \x00\x02\x01\x01\x01\x02\x01\x81a\x02\x81b\x02\x00 \x09\x00\x00 \x01@\x11\x02\x05\x01\x03`\x09\x02\x03\x01\x04 \x0b@\
            \x13@\x03\x08\x81c\x02\x81x\x02\x06\x01\xff\x02\x02\x01\x01\x01\x01\x02\x03\x01\x01g\x01\x01\x81\xff\xff\xff\xff\xff\
            \xff\xff\xff\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\xac\x0b\x97\xfe\xa1\x01\x00\x00\x01\
            \x01\x01c\xac\x0b\x97\xfe\xa1\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x0a\x00\
            \x0f\x8enD.\xd54\xfa";
        let stream = loaded(payload).expect("a stream");
        let entries: Vec<String> = stream
            .range(Id::MIN, Id::MAX)
            .map(|(id, entry)| format!("{id} {}", entry.as_args().len()))
            .collect();
        assert_eq!(entries, ["1-1 4", "2-1 2"]);
        assert_eq!((stream.max_deleted_id, stream.entries_added), (Id { ms: 1, seq: 2 }, 3));
        let group = &stream.groups[&b"g"[..]];
        let pending: Vec<_> = group.pending().values().map(|it| (it.delivered_at, it.deliveries)).collect();
        assert_eq!(pending, [(1_795_272_674_220, 1)]);
    }
}
