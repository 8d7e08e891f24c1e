//! Bytes that nobody wrote: an error, soon, within bounded memory, and never a panic.

use super::{Item, Shape, Suit, encode, with_each_codec};
use crate::codec::{Codec, Native};
use serde::de::{DeserializeOwned, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::{Duration, Instant};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Sample {
    id: u64,
    items: Vec<Item>,
    map: BTreeMap<String, (i8, Option<char>)>,
    shape: Shape,
    suit: Suit,
    end: String,
}

fn sample() -> Sample {
    Sample {
        id: 1 << 40,
        items: vec![Item { name: "a".into(), weight: 0.5 }, Item { name: "é".into(), weight: -1.0 }],
        map: BTreeMap::from([("k".into(), (-1, Some('ß'))), ("l".into(), (2, None))]),
        shape: Shape::Named { name: "n".into(), inner: Box::new(Shape::Rectangle(1.0, 2.0)) },
        suit: Suit::Spades,
        end: "end".into(),
    }
}

/// Recursive types, by every kind of layer that can carry the recursion.
#[derive(Serialize, Deserialize, Debug)]
struct Tree(Vec<Tree>);
#[derive(Serialize, Deserialize, Debug)]
struct Chain(Option<Box<Chain>>);
#[derive(Serialize, Deserialize, Debug)]
enum Cons {
    Nil,
    Cons(Box<Cons>),
}
#[derive(Serialize, Deserialize, Debug)]
struct Dir {
    sub: BTreeMap<u8, Dir>,
}
#[derive(Serialize, Deserialize, Debug)]
struct Known {
    known: u8,
}

/// Decodes as everything there is; returns how often that succeeded.
fn as_anything<C: Codec>(bytes: &[u8]) -> usize {
    fn one<C: Codec, T: DeserializeOwned + 'static>(bytes: &[u8]) -> usize {
        // Only `Native` reads a field in another way than a value.
        if C::NAME == Native::NAME {
            let _ = C::decode_field::<T>(Some(bytes));
        }
        usize::from(C::decode::<T>(bytes).is_ok())
    }
    one::<C, Sample>(bytes)
        + one::<C, Tree>(bytes)
        + one::<C, Chain>(bytes)
        + one::<C, Cons>(bytes)
        + one::<C, Dir>(bytes)
        + one::<C, Known>(bytes)
        + one::<C, Vec<()>>(bytes)
        + one::<C, Vec<u8>>(bytes)
        + one::<C, Vec<String>>(bytes)
        + one::<C, HashMap<u32, Vec<u64>>>(bytes)
        + one::<C, HashSet<i128>>(bytes)
        + one::<C, Option<Vec<Option<bool>>>>(bytes)
        + one::<C, (f32, char, f64)>(bytes)
        + one::<C, u64>(bytes)
        + one::<C, f64>(bytes)
        + one::<C, char>(bytes)
        + one::<C, IgnoredAny>(bytes)
}

#[test]
fn a_truncated_value_is_an_error() {
    fn check<C: Codec>() {
        let bytes = encode::<C, _>(&sample());
        assert_eq!(C::decode::<Sample>(&bytes).expect("whole"), sample());
        for len in 0..bytes.len() {
            C::decode::<Sample>(&bytes[..len]).expect_err("cut off");
            as_anything::<C>(&bytes[..len]);
        }
    }
    with_each_codec!(check());
}

#[test]
fn trailing_bytes_are_an_error() {
    fn check<C: Codec>() {
        for tail in [b"\0".as_slice(), b"1", b"x", b"\xff", b"{}", b"\xc0"] {
            let mut bytes = encode::<C, _>(&sample());
            bytes.extend_from_slice(tail);
            let error = C::decode::<Sample>(&bytes).expect_err("too long");
            assert!(!error.is_missing());
            let mut bytes = encode::<C, _>(&(7_u8, true));
            bytes.extend_from_slice(tail);
            C::decode::<(u8, bool)>(&bytes).expect_err("too long");
        }
    }
    with_each_codec!(check());
}

#[test]
fn random_bytes_never_panic() {
    struct Random(u64);
    impl Random {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }
    }
    fn check<C: Codec>() {
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let valid = encode::<C, _>(&sample());
        for round in 0..20_000 {
            let bytes: Vec<u8> = if round % 2 == 0 {
                (0..random.next() % 40).map(|_| random.next() as u8).collect()
            } else {
                // A valid one with a few bytes turned.
                let mut bytes = valid.clone();
                for _ in 0..=random.next() % 3 {
                    let at = random.next() as usize % bytes.len();
                    bytes[at] = random.next() as u8;
                }
                bytes
            };
            as_anything::<C>(&bytes);
        }
    }
    with_each_codec!(check());
}

/// A length as each of the formats writes it, before anything at all.
fn claims() -> Vec<Vec<u8>> {
    let mut claims = Vec::new();
    for len in [1_u64 << 13, 1 << 20, 1 << 31, 1 << 40, 1 << 63, u64::MAX] {
        let mut bincode = vec![253];
        bincode.extend(len.to_le_bytes());
        claims.push(bincode);
        let mut leb = Vec::new();
        let mut rest = len;
        while rest > 127 {
            leb.push(rest as u8 | 128);
            rest >>= 7;
        }
        leb.push(rest as u8);
        claims.push(leb);
        for marker in [0xdd, 0xdf, 0xdb, 0xc6, 0xc9] {
            let mut msgpack = vec![marker];
            msgpack.extend((len.min(u32::MAX.into()) as u32).to_be_bytes());
            claims.push(msgpack);
        }
    }
    claims
}

#[test]
fn claimed_lengths_are_not_believed() {
    fn check<C: Codec>() {
        let start = Instant::now();
        for claim in claims() {
            as_anything::<C>(&claim);
            // And again at every level.
            as_anything::<C>(&claim.repeat(1000));
            for error in [
                C::decode::<Vec<(u64, String)>>(&claim).map(drop).expect_err("too few"),
                C::decode::<(String, u8)>(&claim).map(drop).expect_err("too few"),
                C::decode::<Tree>(&claim.repeat(1000)).map(drop).expect_err("too deep, or too few"),
            ] {
                assert!(!error.is_missing());
            }
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
    with_each_codec!(check());
    for claim in [[253, 0, 0, 0, 0, 0, 1, 0, 0], [253, 255, 255, 255, 255, 255, 255, 255, 255]] {
        let start = Instant::now();
        let error = Native::decode::<Vec<()>>(&claim).expect_err("nobody has that much nothing");
        assert!(error.to_string().contains("more elements"), "{error}");
        Native::decode::<(String, u8)>(&claim).expect_err("nine bytes");
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
}

thread_local! {
    static RESERVED: Cell<usize> = const { Cell::new(0) };
}

/// Notes for how many elements its visitors would reserve memory.
#[derive(Debug)]
struct Reserving;

impl<'de> Deserialize<'de> for Reserving {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Noting;
        impl<'de> Visitor<'de> for Noting {
            type Value = Reserving;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a sequence")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Reserving, A::Error> {
                RESERVED.set(RESERVED.get().saturating_add(seq.size_hint().unwrap_or(0)));
                while seq.next_element::<Reserving>()?.is_some() {}
                Ok(Reserving)
            }
        }
        deserializer.deserialize_seq(Noting)
    }
}

#[test]
fn memory_reserved_by_claims_is_bounded_by_the_bytes_there_are() {
    fn check<C: Codec>() {
        for claim in claims() {
            let bytes = claim.repeat(100);
            RESERVED.set(0);
            let _ = C::decode::<Reserving>(&bytes);
            assert!(RESERVED.get() <= bytes.len(), "{}: {} > {}", C::NAME, RESERVED.get(), bytes.len());
        }
    }
    with_each_codec!(check());
}

fn with_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(run).expect("a thread");
    thread.join().expect("no panic");
}

#[test]
fn deep_nesting_is_an_error_and_no_stack_overflow() {
    fn check<C: Codec>() {
        for (open, close) in [
            (b"\x01".as_slice(), b"".as_slice()),
            (b"\x01\x00", b""),
            (b"\x91", b"\x90"),
            (b"\x81\x00", b"\x80"),
            (b"\x81\xa3sub\x81\x01", b""),
            (b"\x81\xa4Cons", b"\xa3Nil"),
            (b"\x81\xa1x", b"\xc0"),
            (b"[", b""),
            (b"{\"Cons\":", b"\"Nil\""),
            (b"{\"sub\":{\"1\":", b""),
            (b"{\"x\":", b""),
            (b"{\"known\":1,\"x\":", b""),
        ] {
            for depth in [10, 100, 128, 1000, 100_000] {
                let mut bytes = open.repeat(depth);
                bytes.extend_from_slice(close);
                as_anything::<C>(&bytes);
                if depth > 200 {
                    C::decode::<Tree>(&bytes).expect_err("too deep");
                    C::decode::<Cons>(&bytes).expect_err("too deep");
                    C::decode::<Dir>(&bytes).expect_err("too deep");
                }
            }
        }
        // Neither JSON nor MessagePack moves on for a newtype or an `Option`.
        for bytes in [b"1".as_slice(), b"\x01", b"[]", b"\x90"] {
            C::decode::<Chain>(bytes).expect_err("endless");
        }
    }
    with_small_stack(|| {
        with_each_codec!(check());
    });
}

#[test]
fn what_may_be_written_may_be_read_on_a_small_stack() {
    fn check<C: Codec>() {
        fn deepest<C: Codec, T: Serialize + DeserializeOwned + 'static>(
            leaf: fn() -> T,
            wrap: fn(T) -> T,
        ) -> usize {
            for depth in 1.. {
                let value = (0..depth).fold(leaf(), |value, _| wrap(value));
                let mut out = Vec::new();
                if C::encode(&value, &mut out).is_err() {
                    return depth;
                }
                C::decode::<T>(&out)
                    .map(drop)
                    .unwrap_or_else(|error| panic!("{}: {depth}: {error}", C::NAME));
            }
            unreachable!()
        }
        assert!(deepest::<C, _>(|| Tree(Vec::new()), |tree| Tree(vec![tree])) >= 40);
        assert!(deepest::<C, _>(|| Cons::Nil, |cons| Cons::Cons(Box::new(cons))) >= 80);
        assert!(
            deepest::<C, _>(|| Dir { sub: BTreeMap::new() }, |dir| Dir { sub: BTreeMap::from([(1, dir)]) })
                >= 40
        );
    }
    with_small_stack(|| {
        with_each_codec!(check());
    });
}

#[cfg(feature = "json")]
#[test]
fn self_describing_values_are_bounded_too() {
    use crate::codec::Json;
    fn check() {
        for depth in [100_000, 1000] {
            Json::decode::<serde_json::Value>(&b"[".repeat(depth)).expect_err("too deep");
            Json::decode::<Known>(&b"{\"known\":1,\"x\":[".repeat(depth)).map(drop).expect_err("too deep");
            #[cfg(feature = "msgpack")]
            crate::codec::MessagePack::decode::<serde_json::Value>(&b"\x91".repeat(depth))
                .expect_err("too deep");
        }
        let value: serde_json::Value = serde_json::json!({"a": [1, -2, 0.5, null, "x", {"b": true}]});
        assert_eq!(Json::decode::<serde_json::Value>(&encode::<Json, _>(&value)).expect("decodes"), value);
        #[cfg(feature = "msgpack")]
        {
            use crate::codec::MessagePack;
            let bytes = encode::<MessagePack, _>(&value);
            assert_eq!(MessagePack::decode::<serde_json::Value>(&bytes).expect("decodes"), value);
        }
    }
    with_small_stack(check);
}

#[test]
fn a_huge_value_is_refused_at_once() {
    fn check<C: Codec>(bytes: &[u8]) {
        // The fastest of some tries: others use the machine as well.
        let quick = (0..200).any(|_| {
            let start = Instant::now();
            C::decode::<Vec<Item>>(bytes).expect_err("too long");
            C::decode::<Vec<()>>(bytes).expect_err("too long");
            start.elapsed() < Duration::from_millis(10)
        });
        assert!(quick, "it reads what it refuses");
    }
    let bytes = vec![0; 512 << 20];
    with_each_codec!(check(&bytes));
}
