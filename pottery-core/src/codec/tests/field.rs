//! A field of a hash: `None` is absence.

use super::{Item, Maybe, Meters, Shape, Suit, encode_field, with_each_codec};
use crate::codec::{Codec, Native};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

fn survives<C: Codec, T: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(
    value: T,
) -> Option<Vec<u8>> {
    let bytes = encode_field::<C, T>(&value);
    let decoded: T =
        C::decode_field(bytes.as_deref()).unwrap_or_else(|error| panic!("{}: {value:?}: {error}", C::NAME));
    assert_eq!(decoded, value, "{}", C::NAME);
    bytes
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Outer(Maybe);

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct MaybeItem(Option<Item>);

#[test]
fn none_is_an_absent_field() {
    fn check<C: Codec>() {
        assert_eq!(survives::<C, _>(None::<u64>), None);
        assert_eq!(survives::<C, _>(None::<Item>), None);
        assert_eq!(survives::<C, _>(None::<Vec<u8>>), None);
        assert_eq!(survives::<C, _>(Maybe(None)), None);
        assert_eq!(survives::<C, _>(Outer(Maybe(None))), None);
        assert_eq!(survives::<C, _>(MaybeItem(None)), None);
        for error in [
            C::decode_field::<u64>(None).expect_err("absent"),
            C::decode_field::<String>(None).expect_err("absent"),
            C::decode_field::<Vec<u8>>(None).expect_err("absent"),
            C::decode_field::<Item>(None).map(|_| ()).expect_err("absent"),
            C::decode_field::<Meters>(None).map(|_| ()).expect_err("absent"),
        ] {
            assert!(error.is_missing(), "{error}");
        }
    }
    with_each_codec!(check());
}

#[test]
fn what_is_there_survives() {
    fn check<C: Codec>() {
        survives::<C, _>(5_u64);
        survives::<C, _>(Some(5_u64));
        survives::<C, _>(Some(String::new()));
        survives::<C, _>(Some(vec![1_u8, 0, 255]));
        survives::<C, _>(Some(Vec::<u8>::new()));
        survives::<C, _>(Some(Box::<[u8]>::from([1, 2])));
        survives::<C, _>(vec![1_u8, 2]);
        survives::<C, _>(Maybe(Some(7)));
        survives::<C, _>(Outer(Maybe(Some(7))));
        survives::<C, _>(Some(Suit::Spades));
        survives::<C, _>(Some(Item { name: "x".into(), weight: 1.5 }));
        survives::<C, _>(MaybeItem(Some(Item { name: "x".into(), weight: 1.5 })));
        survives::<C, _>(Some(vec![Some(1_u8), None]));
        survives::<C, _>(Some(Some(5_u64)));
        survives::<C, _>((Some(1_u8), None::<u8>));
    }
    with_each_codec!(check());
}

#[test]
fn native_stores_some_as_its_content() {
    for (bytes, expected) in [
        (survives::<Native, _>(Some(5_u64)), b"5".as_slice()),
        (survives::<Native, _>(Some("x".to_owned())), b"x"),
        (survives::<Native, _>(Some(vec![1_u8, 0])), &[1, 0]),
        (survives::<Native, _>(Outer(Maybe(Some(7)))), b"7"),
        (survives::<Native, _>(Some(Suit::Spades)), b"Spades"),
        (survives::<Native, _>(Some(Shape::Circle(0.0))), &[0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        (survives::<Native, _>(Some((1_u8, 2_u8))), &[1, 2]),
        // Only the outermost `Option` is presence: the inner one keeps its tag, so `Some(None)` is not lost.
        (survives::<Native, _>(Some(Some(5_u64))), &[1, 5]),
        (survives::<Native, _>(Some(None::<u64>)), &[0]),
    ] {
        assert_eq!(bytes.as_deref(), Some(expected));
    }
}

#[test]
fn an_empty_field_is_not_an_absent_one() {
    assert_eq!(Native::decode_field::<Option<String>>(Some(b"")).expect("text"), Some(String::new()));
    assert_eq!(Native::decode_field::<Option<Vec<u8>>>(Some(b"")).expect("bytes"), Some(Vec::new()));
    Native::decode_field::<Option<u64>>(Some(b"")).expect_err("no number");
}
