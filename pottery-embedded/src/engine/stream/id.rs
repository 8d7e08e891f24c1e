//! The names of a stream's entries: a time and a number.

use std::fmt;

use crate::engine::error::Error;
use crate::engine::number::parse_i64;

/// The name of an entry: `1526919030474-55`. Those of later entries are greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    /// In milliseconds since 1970, unless the client has chosen it.
    pub(crate) ms: u64,
    pub(crate) seq: u64,
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// The name that a new entry is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NewId {
    /// `*`: the time of its arrival.
    Now,
    /// `5-*`: the next one at that time.
    At(u64),
    Given(Id),
}

const INVALID: Error = Error::text("ERR Invalid stream ID specified as stream command argument");

/// Redis copies what it reads into a buffer of this size, with a zero byte at the end.
const BUFFER: usize = 128;

impl Id {
    pub(crate) const MIN: Id = Id { ms: 0, seq: 0 };
    pub(crate) const MAX: Id = Id { ms: u64::MAX, seq: u64::MAX };

    /// The next one, unless this is the last.
    pub(crate) fn next(self) -> Option<Id> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(Id { seq, ..self }),
            None => Some(Id { ms: self.ms.checked_add(1)?, seq: 0 }),
        }
    }

    /// The one before, unless this is the first.
    pub(crate) fn previous(self) -> Option<Id> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Id { seq, ..self }),
            None => Some(Id { ms: self.ms.checked_sub(1)?, seq: u64::MAX }),
        }
    }

    /// Reads a name. Where there is no number, it is `missing`.
    pub(crate) fn parse(text: &[u8], missing: u64) -> Result<Id, Error> {
        match NewId::split(text)? {
            (ms, None) => Ok(Id { ms, seq: missing }),
            (ms, Some(seq)) => Ok(Id { ms, seq: parse_u64(seq).ok_or(INVALID)? }),
        }
    }

    /// The same, where `-` and `+` are the first and the last.
    pub(crate) fn parse_or_end(text: &[u8], missing: u64) -> Result<Id, Error> {
        match as_c(text) {
            b"-" => Ok(Id::MIN),
            b"+" => Ok(Id::MAX),
            _ => Id::parse(text, missing),
        }
    }

    /// Reads where a range begins. After `(`, the range begins behind it.
    pub(crate) fn parse_start(text: &[u8]) -> Result<Id, Error> {
        match text {
            [b'(', rest @ ..] if !rest.is_empty() => {
                Id::parse(rest, 0)?.next().ok_or(Error::text("ERR invalid start ID for the interval"))
            }
            _ => Id::parse_or_end(text, 0),
        }
    }

    /// Reads where a range ends. After `(`, the range ends before it.
    pub(crate) fn parse_end(text: &[u8]) -> Result<Id, Error> {
        match text {
            [b'(', rest @ ..] if !rest.is_empty() => Id::parse(rest, u64::MAX)?
                .previous()
                .ok_or(Error::text("ERR invalid end ID for the interval")),
            _ => Id::parse_or_end(text, u64::MAX),
        }
    }

    /// The bytes by which Redis orders entries.
    pub(crate) fn key(self) -> [u8; 16] {
        (u128::from(self.ms) << 64 | u128::from(self.seq)).to_be_bytes()
    }

    pub(crate) fn from_key(key: [u8; 16]) -> Id {
        let both = u128::from_be_bytes(key);
        Id { ms: (both >> 64) as u64, seq: both as u64 }
    }
}

impl NewId {
    /// Reads what `XADD` takes.
    pub(crate) fn parse(text: &[u8]) -> Result<NewId, Error> {
        match NewId::split(text)? {
            (ms, Some(b"*")) => Ok(NewId::At(ms)),
            _ => Id::parse(text, 0).map(NewId::Given),
        }
    }

    /// The time, and the text of the number if there is one.
    fn split(text: &[u8]) -> Result<(u64, Option<&[u8]>), Error> {
        if text.len() >= BUFFER {
            return Err(INVALID);
        }
        let text = as_c(text);
        let (ms, seq) = match text.iter().position(|byte| *byte == b'-') {
            Some(dash) => (&text[..dash], Some(&text[dash + 1..])),
            None => (text, None),
        };
        Ok((parse_u64(ms).ok_or(INVALID)?, seq))
    }
}

/// Up to a zero byte.
fn as_c(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Reads a number as Redis does here: what isn't written as Redis writes numbers is left to `strtoull`, which takes white
/// space, signs and leading zeros, and lets negative numbers wrap.
fn parse_u64(text: &[u8]) -> Option<u64> {
    if let Some(number) = parse_i64(text) {
        return u64::try_from(number).ok();
    }
    let text = str::from_utf8(text).ok()?.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    match text.strip_prefix('-') {
        Some(digits) if !digits.starts_with('+') => digits.parse().map(u64::wrapping_neg).ok(),
        _ => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_redis_reads_them() {
        for (text, id) in [
            ("0", Some((0, 7))),
            ("1-2", Some((1, 2))),
            ("18446744073709551615-18446744073709551615", Some((u64::MAX, u64::MAX))),
            ("18446744073709551616", None),
            ("01-+2", Some((1, 2))),
            (" 1", Some((1, 7))),
            ("1--5", None),
            ("-", None),
            ("1-", None),
            ("1-*", None),
            ("1-2-3", None),
            ("x", None),
            ("", None),
        ] {
            let id = id.map(|(ms, seq)| Id { ms, seq });
            assert_eq!(Id::parse(text.as_bytes(), 7).ok(), id, "{text:?}");
        }
        assert_eq!(NewId::parse(b"5-*"), Ok(NewId::At(5)));
        assert_eq!(Id::parse_start(b"(1-18446744073709551615"), Ok(Id { ms: 2, seq: 0 }));
        assert_eq!(Id::parse_end(b"(2-0"), Ok(Id { ms: 1, seq: u64::MAX }));
        assert!(Id::parse_end(b"(0").is_ok() && Id::parse_end(b"(0-0").is_err());
    }
}
