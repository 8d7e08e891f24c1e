//! Values as `DUMP` writes and `RESTORE` reads them: Redis's own format for snapshots, with its version and a checksum at
//! the end.
//!
//! What is written are the plain forms (a length, then the elements), which every Redis reads and packs by its own
//! limits. What is read are all forms that Redis 3 to 7 write of strings, lists, sets, hashes, sorted
//! sets and streams.

mod crc64;
mod lzf;
mod packed;
mod read;
mod streams;
mod write;

use crate::engine::stream::Stream;
use crate::engine::value::Value;

/// The newest version of the format that is read, and the one that is written.
const VERSION: u16 = 10;

/// The version and the checksum.
const FOOTER: usize = 2 + 8;

/// What comes before a value.
mod kind {
    pub(super) const STRING: u8 = 0;
    pub(super) const LIST: u8 = 1;
    pub(super) const SET: u8 = 2;
    pub(super) const ZSET_TEXT: u8 = 3;
    pub(super) const HASH: u8 = 4;
    pub(super) const ZSET: u8 = 5;
    pub(super) const LIST_ZIPLIST: u8 = 10;
    pub(super) const SET_INTSET: u8 = 11;
    pub(super) const ZSET_ZIPLIST: u8 = 12;
    pub(super) const HASH_ZIPLIST: u8 = 13;
    pub(super) const LIST_OF_ZIPLISTS: u8 = 14;
    pub(super) const HASH_LISTPACK: u8 = 16;
    pub(super) const ZSET_LISTPACK: u8 = 17;
    pub(super) const LIST_OF_LISTPACKS: u8 = 18;
    pub(super) const STREAM_OF_OLD: u8 = 15;
    pub(super) const STREAM: u8 = 19;
}

/// What a payload holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loaded {
    Str(Vec<u8>),
    List(Vec<Vec<u8>>),
    Set(Vec<Vec<u8>>),
    Hash(Vec<(Vec<u8>, Vec<u8>)>),
    ZSet(Vec<(Vec<u8>, f64)>),
    Stream(Box<Stream>),
}

/// The value as a payload.
pub(crate) fn dump(value: &Value) -> Vec<u8> {
    let mut payload = write::value(value);
    payload.extend(VERSION.to_le_bytes());
    let checksum = crc64::checksum(&payload);
    payload.extend(checksum.to_le_bytes());
    payload
}

/// What a payload holds without its footer, if that is right.
pub(crate) fn verify(payload: &[u8]) -> Option<&[u8]> {
    let (body, footer) = payload.split_at_checked(payload.len().checked_sub(FOOTER)?)?;
    let (version, checksum) = footer.split_first_chunk::<2>()?;
    let checksum = u64::from_le_bytes(checksum.try_into().ok()?);
    let intact = checksum == crc64::checksum(&payload[..payload.len() - 8]);
    (u16::from_le_bytes(*version) <= VERSION && intact).then_some(body)
}

/// Reads what [`verify`] returned. No string in it may be longer than `longest`.
pub(crate) fn load(body: &[u8], longest: usize) -> Option<Loaded> {
    read::value(body, longest).filter(|loaded| match loaded {
        Loaded::Str(_) | Loaded::Stream(_) => true,
        Loaded::List(items) | Loaded::Set(items) => !items.is_empty(),
        Loaded::Hash(pairs) => !pairs.is_empty(),
        Loaded::ZSet(pairs) => !pairs.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::engine::value::{Hash, List, Set, Str};

    const LONGEST: usize = 1 << 20;

    fn loaded(value: &Value) -> Option<Loaded> {
        load(verify(&dump(value))?, LONGEST)
    }

    fn strings() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let string = prop_oneof![
            any::<i64>().prop_map(|it| it.to_string().into_bytes()),
            (-200i64..200).prop_map(|it| it.to_string().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..100),
            prop::collection::vec(any::<u8>(), 300..301),
        ];
        prop::collection::vec(string, 1..20)
    }

    proptest! {
        #[test]
        fn what_is_dumped_is_loaded(strings in strings()) {
            for string in &strings {
                prop_assert_eq!(loaded(&Value::Str(Str::new(string))), Some(Loaded::Str(string.clone())));
            }
            let list = List { items: strings.iter().map(|it| it.as_slice().into()).collect() };
            prop_assert_eq!(loaded(&Value::List(Box::new(list))), Some(Loaded::List(strings.clone())));
            let set = Set::collect(strings.iter().map(Vec::as_slice), 512);
            let mut distinct: Vec<Vec<u8>> = set.members.keys().map(|it| it.to_vec()).collect();
            let Some(Loaded::Set(mut members)) = loaded(&Value::Set(Box::new(set))) else {
                return Err(TestCaseError::fail("a set"));
            };
            distinct.sort();
            members.sort();
            prop_assert_eq!(members, distinct);
            let mut hash = Hash::default();
            for string in &strings {
                hash.set(string, b"value", (512, 64));
            }
            let pairs = hash.fields.iter().map(|(field, value)| (field.to_vec(), value.to_vec())).collect();
            prop_assert_eq!(loaded(&Value::Hash(Box::new(hash))), Some(Loaded::Hash(pairs)));
        }

        #[test]
        fn nonsense_is_refused_or_loaded_and_no_more(mut body in prop::collection::vec(any::<u8>(), 0..200), kind in 0u8..20) {
            if let Some(first) = body.first_mut() {
                *first = kind;
            }
            let _ = load(&body, LONGEST);
        }

        #[test]
        fn any_changed_byte_is_noticed(at in 0usize..30, by in 1u8..) {
            let mut payload = dump(&Value::Str(Str::new(b"a string of twenty b")));
            let at = at % payload.len();
            payload[at] ^= by;
            prop_assert_eq!(verify(&payload), None);
        }
    }

    /// Recorded from Redis 7.0.15: `SET k 1`, `DUMP k`.
    #[test]
    fn a_payload_is_that_of_redis() {
        let payload = b"\x00\xc0\x01\n\x00&x\xe7\xb6\xd1\x01\x11\xfc";
        assert_eq!(dump(&Value::Str(Str::Int(1))), payload);
    }
}
