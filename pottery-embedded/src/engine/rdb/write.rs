//! Writing values.

use super::{kind, streams};
use crate::engine::value::{Str, Value};

pub(super) fn value(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::Str(Str::Int(number)) => {
            out.push(kind::STRING);
            integer(&mut out, *number);
        }
        Value::Str(Str::Bytes { bytes, .. }) => {
            out.push(kind::STRING);
            string(&mut out, bytes);
        }
        Value::List(list) => {
            begin(&mut out, kind::LIST, list.items.len());
            list.items.iter().for_each(|item| string(&mut out, item));
        }
        Value::Set(set) => {
            begin(&mut out, kind::SET, set.len());
            set.in_order().for_each(|member| string(&mut out, member));
        }
        Value::Hash(hash) => {
            begin(&mut out, kind::HASH, hash.fields.len());
            for (field, value) in hash.fields.iter() {
                string(&mut out, field);
                string(&mut out, value);
            }
        }
        Value::ZSet(zset) => {
            begin(&mut out, kind::ZSET, zset.len());
            for (score, member) in zset.iter() {
                string(&mut out, member);
                out.extend(score.to_le_bytes());
            }
        }
        Value::Stream(stream) => {
            out.push(kind::STREAM);
            streams::write(&mut out, stream);
        }
    }
    out
}

fn begin(out: &mut Vec<u8>, kind: u8, count: usize) {
    out.push(kind);
    length(out, count);
}

pub(super) fn length(out: &mut Vec<u8>, length: usize) {
    match length {
        0..0x40 => out.push(length as u8),
        0x40..0x4000 => out.extend([(length >> 8) as u8 | 0x40, length as u8]),
        _ => match u32::try_from(length) {
            Ok(length) => {
                out.push(0x80);
                out.extend(length.to_be_bytes());
            }
            Err(_) => {
                out.push(0x81);
                out.extend((length as u64).to_be_bytes());
            }
        },
    }
}

pub(super) fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    // Only what is short can be a number of 32 bits.
    if bytes.len() <= 11
        && let Some(number) = crate::engine::number::parse_i64(bytes)
    {
        integer(out, number);
    } else {
        length(out, bytes.len());
        out.extend_from_slice(bytes);
    }
}

fn integer(out: &mut Vec<u8>, number: i64) {
    if let Ok(number) = i8::try_from(number) {
        out.push(0xc0);
        out.extend(number.to_le_bytes());
    } else if let Ok(number) = i16::try_from(number) {
        out.push(0xc1);
        out.extend(number.to_le_bytes());
    } else if let Ok(number) = i32::try_from(number) {
        out.push(0xc2);
        out.extend(number.to_le_bytes());
    } else {
        let mut buffer = itoa::Buffer::new();
        let digits = buffer.format(number).as_bytes();
        length(out, digits.len());
        out.extend_from_slice(digits);
    }
}
