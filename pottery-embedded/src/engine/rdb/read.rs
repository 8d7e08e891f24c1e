//! Reading values. Nothing is believed: what a length promises is taken from what is there, or there is no value.

use super::packed::{intset, listpack, ziplist};
use super::{Loaded, kind, lzf, streams};
use crate::engine::number::parse_f64;

/// The value at the beginning of `body`.
pub(super) fn value(body: &[u8], longest: usize) -> Option<Loaded> {
    let (kind, rest) = body.split_first()?;
    let mut reader = Reader { rest, longest };
    match *kind {
        kind::STRING => reader.string().map(Loaded::Str),
        kind::LIST => reader.strings(1).map(Loaded::List),
        kind::SET => reader.strings(1).map(Loaded::Set),
        kind::HASH => reader.strings(2).and_then(pairs).map(Loaded::Hash),
        kind::ZSET_TEXT => reader.scored(Reader::text_score),
        kind::ZSET => reader.scored(Reader::score),
        kind::LIST_ZIPLIST => ziplist(&reader.string()?).map(Loaded::List),
        kind::SET_INTSET => intset(&reader.string()?).map(Loaded::Set),
        kind::HASH_ZIPLIST => ziplist(&reader.string()?).and_then(pairs).map(Loaded::Hash),
        kind::HASH_LISTPACK => listpack(&reader.string()?).and_then(pairs).map(Loaded::Hash),
        kind::ZSET_ZIPLIST => ziplist(&reader.string()?).and_then(pairs).and_then(scores),
        kind::ZSET_LISTPACK => listpack(&reader.string()?).and_then(pairs).and_then(scores),
        kind::LIST_OF_ZIPLISTS => reader.nodes(|reader| ziplist(&reader.string()?)),
        kind::LIST_OF_LISTPACKS => reader.nodes(Reader::node),
        kind::STREAM_OF_OLD => streams::read(&mut reader, false).map(|it| Loaded::Stream(Box::new(it))),
        kind::STREAM => streams::read(&mut reader, true).map(|it| Loaded::Stream(Box::new(it))),
        _ => None,
    }
}

pub(super) struct Reader<'a> {
    rest: &'a [u8],
    longest: usize,
}

/// What stands before a string or a number of elements.
enum Length {
    Plain(usize),
    /// A string in a form of its own.
    Special(u8),
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*bytes)
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn length(&mut self) -> Option<Length> {
        let first = self.byte()?;
        let length = match first >> 6 {
            0 => u64::from(first),
            1 => u64::from(first & 0x3f) << 8 | u64::from(self.byte()?),
            2 if first == 0x80 => u64::from(u32::from_be_bytes(self.bytes()?)),
            2 if first == 0x81 => u64::from_be_bytes(self.bytes()?),
            2 => return None,
            _ => return Some(Length::Special(first & 0x3f)),
        };
        usize::try_from(length).ok().map(Length::Plain)
    }

    pub(super) fn count(&mut self) -> Option<usize> {
        match self.length()? {
            Length::Plain(count) => Some(count),
            Length::Special(_) => None,
        }
    }

    pub(super) fn string(&mut self) -> Option<Vec<u8>> {
        let number = |number: i64| Some(itoa::Buffer::new().format(number).as_bytes().to_vec());
        match self.length()? {
            Length::Plain(length) if length <= self.longest => self.take(length).map(<[u8]>::to_vec),
            Length::Plain(_) => None,
            Length::Special(0) => number(i8::from_le_bytes(self.bytes()?).into()),
            Length::Special(1) => number(i16::from_le_bytes(self.bytes()?).into()),
            Length::Special(2) => number(i32::from_le_bytes(self.bytes()?).into()),
            Length::Special(3) => {
                let (packed, length) = (self.count()?, self.count()?);
                if length > self.longest {
                    return None;
                }
                lzf::unpack(self.take(packed)?, length)
            }
            Length::Special(_) => None,
        }
    }

    /// A number, then so many times `each` strings.
    fn strings(&mut self, each: usize) -> Option<Vec<Vec<u8>>> {
        let count = self.count()?.checked_mul(each)?;
        (0..count).map(|_| self.string()).collect()
    }

    fn scored(&mut self, score: fn(&mut Self) -> Option<f64>) -> Option<Loaded> {
        let count = self.count()?;
        let pairs = (0..count).map(|_| Some((self.string()?, score(self).filter(|score| !score.is_nan())?)));
        pairs.collect::<Option<_>>().map(Loaded::ZSet)
    }

    fn score(&mut self) -> Option<f64> {
        self.bytes().map(f64::from_le_bytes)
    }

    fn text_score(&mut self) -> Option<f64> {
        match self.byte()? {
            255 => Some(f64::NEG_INFINITY),
            254 => Some(f64::INFINITY),
            253 => None,
            length => parse_f64(self.take(length.into())?),
        }
    }

    /// A list in pieces.
    fn nodes(&mut self, node: impl Fn(&mut Self) -> Option<Vec<Vec<u8>>>) -> Option<Loaded> {
        let count = self.count()?;
        let mut items = Vec::new();
        for _ in 0..count {
            items.append(&mut node(self)?);
        }
        Some(Loaded::List(items))
    }

    /// A piece of a list: one long element, or a listpack of several.
    fn node(&mut self) -> Option<Vec<Vec<u8>>> {
        match self.count()? {
            1 => self.string().map(|item| vec![item]),
            2 => listpack(&self.string()?),
            _ => None,
        }
    }
}

/// Two by two.
fn pairs(strings: Vec<Vec<u8>>) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let mut strings = strings.into_iter();
    let mut pairs = Vec::with_capacity(strings.len() / 2);
    while let Some(first) = strings.next() {
        pairs.push((first, strings.next()?));
    }
    Some(pairs)
}

fn scores(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Option<Loaded> {
    let score = |text: &[u8]| parse_f64(text).filter(|score| !score.is_nan());
    let scored = pairs.into_iter().map(|(member, text)| Some((member, score(&text)?)));
    scored.collect::<Option<_>>().map(Loaded::ZSet)
}
