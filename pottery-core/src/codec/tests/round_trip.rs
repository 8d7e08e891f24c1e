//! `decode(encode(x)) == x`.

use super::{Item, Maybe, Meters, Name, Shape, Suit, Unit, decode, encode, with_each_codec};
use crate::codec::{Codec, Native};
use proptest::collection::{btree_map, hash_map, hash_set, vec};
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt::Debug;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Everything {
    integers: (u8, i16, u32, i64, u64, i128, u128),
    float: f64,
    small: f32,
    text: String,
    char: char,
    bytes: Vec<u8>,
    flag: bool,
    maybe: Option<String>,
    list: Vec<Shape>,
    map: HashMap<String, Vec<i32>>,
    sorted: BTreeMap<u32, (bool, Option<char>)>,
    set: HashSet<u64>,
    unit: (),
}

fn shape() -> impl Strategy<Value = Shape> {
    let finite = || any::<f64>().prop_filter("JSON has finite ones only", |float| float.is_finite());
    let leaf = prop_oneof![
        Just(Shape::Nothing),
        finite().prop_map(Shape::Circle),
        (finite(), finite()).prop_map(|(a, b)| Shape::Rectangle(a, b)),
    ];
    leaf.prop_recursive(6, 16, 1, |inner| {
        (any::<String>(), inner).prop_map(|(name, inner)| Shape::Named { name, inner: Box::new(inner) })
    })
}

fn everything() -> impl Strategy<Value = Everything> {
    let finite = any::<f64>().prop_filter("finite", |float| float.is_finite());
    let small = any::<f32>().prop_filter("finite", |float| float.is_finite());
    let scalars =
        (any::<(u8, i16, u32, i64, u64, i128, u128)>(), finite, small, any::<(String, char, bool)>());
    let collections = (
        vec(any::<u8>(), 0..300),
        any::<Option<String>>(),
        vec(shape(), 0..4),
        hash_map(any::<String>(), vec(any::<i32>(), 0..4), 0..4),
        btree_map(any::<u32>(), any::<(bool, Option<char>)>(), 0..4),
        hash_set(any::<u64>(), 0..4),
    );
    (scalars, collections).prop_map(
        |((integers, float, small, (text, char, flag)), (bytes, maybe, list, map, sorted, set))| Everything {
            integers,
            float,
            small,
            text,
            char,
            bytes,
            flag,
            maybe,
            list,
            map,
            sorted,
            set,
            unit: (),
        },
    )
}

fn survives<C: Codec, T: Serialize + DeserializeOwned + PartialEq + Debug + 'static>(value: &T) {
    assert_eq!(decode::<C, T>(&encode::<C, T>(value)), *value, "{}", C::NAME);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn structures_survive(value in everything()) {
        with_each_codec!(survives[_](&value));
    }

    #[test]
    fn scalars_survive(
        integers in any::<(u8, i8, u16, i16, u32, i32, u64, i64)>(),
        wide in any::<(u128, i128)>(),
        texts in any::<(String, char, bool)>(),
        bytes in vec(any::<u8>(), 0..100),
    ) {
        fn check<C: Codec>(
            integers: (u8, i8, u16, i16, u32, i32, u64, i64),
            wide: (u128, i128),
            texts: &(String, char, bool),
            bytes: &Vec<u8>,
        ) {
            survives::<C, _>(&integers.0);
            survives::<C, _>(&integers.1);
            survives::<C, _>(&integers.2);
            survives::<C, _>(&integers.3);
            survives::<C, _>(&integers.4);
            survives::<C, _>(&integers.5);
            survives::<C, _>(&integers.6);
            survives::<C, _>(&integers.7);
            survives::<C, _>(&wide.0);
            survives::<C, _>(&wide.1);
            survives::<C, _>(&texts.0);
            survives::<C, _>(&texts.1);
            survives::<C, _>(&texts.2);
            survives::<C, _>(&Name(texts.0.clone()));
            survives::<C, _>(bytes);
        }
        with_each_codec!(check(integers, wide, &texts, &bytes));
    }

    #[test]
    fn every_float_keeps_its_bits(bits in any::<u64>(), small in any::<u32>()) {
        fn check<C: Codec>(bits: u64, small: u32) {
            let float = f64::from_bits(bits);
            if float.is_finite() {
                assert_eq!(decode::<C, f64>(&encode::<C, _>(&float)).to_bits(), bits, "{}", C::NAME);
            }
            let float = f32::from_bits(small);
            if float.is_finite() {
                assert_eq!(decode::<C, f32>(&encode::<C, _>(&float)).to_bits(), small, "{}", C::NAME);
            }
        }
        with_each_codec!(check(bits, small));
    }

    #[test]
    fn no_float_takes_more_digits_than_it_needs(bits in any::<u64>()) {
        // Of two equally short and equally near texts std takes the upper one, Python and we take the even one: so
        // only the number of digits is compared.
        let float = f64::from_bits(bits);
        if float.is_finite() {
            let text = String::from_utf8(encode::<Native, _>(&float)).expect("ASCII");
            let digits = |text: &str| {
                let mantissa = text.split('e').next().unwrap_or_default();
                mantissa.chars().filter(char::is_ascii_digit).collect::<String>().trim_matches('0').len()
            };
            assert_eq!(digits(&text), digits(&format!("{float:e}")));
        }
    }
}

#[test]
fn integers_are_exact_to_their_ends() {
    fn check<C: Codec>() {
        for value in [i64::MIN, i64::MIN + 1, -1, 0, 1 << 53, (1 << 53) + 1, i64::MAX] {
            survives::<C, _>(&value);
        }
        for value in [0, u64::MAX - 1, u64::MAX] {
            survives::<C, _>(&value);
        }
        for value in [i128::MIN, -1, i128::MAX] {
            survives::<C, _>(&value);
        }
        survives::<C, _>(&u128::MAX);
        survives::<C, _>(&(i64::MIN, u64::MAX, i128::MIN, u128::MAX));
    }
    with_each_codec!(check());
}

#[test]
fn shapes_of_all_kinds_survive() {
    fn check<C: Codec>() {
        survives::<C, _>(&Unit);
        survives::<C, _>(&());
        survives::<C, _>(&Meters(1.5));
        survives::<C, _>(&Maybe(Some(3)));
        survives::<C, _>(&Suit::Spades);
        survives::<C, _>(&vec![(); 1000]);
        survives::<C, _>(&vec![vec![()], vec![]]);
        survives::<C, _>(&VecDeque::from([1_u8, 2]));
        survives::<C, _>(&[Some(Suit::Hearts), None]);
        survives::<C, _>(&(Item { name: "é😀".into(), weight: f32::MIN_POSITIVE }, [[1_u64; 3]; 3]));
        survives::<C, _>(&(1, (2, (3, (4, "x".to_owned())))));
        survives::<C, _>(&Ok::<u8, String>(1));
        survives::<C, _>(&std::time::Duration::from_nanos(1));
        survives::<C, _>(&vec![u128::MAX; 10_000]);
        survives::<C, _>(&vec![Unit; 4096]);
        survives::<C, _>(&vec!["x".repeat(100_000); 3]);
    }
    with_each_codec!(check());
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    #[derive(Serialize, Deserialize, Debug)]
    struct Nested(Vec<Nested>);
    fn check<C: Codec>() {
        let mut nested = Nested(Vec::new());
        for _ in 0..200 {
            nested = Nested(vec![nested]);
        }
        let mut out = Vec::new();
        let error = C::encode(&nested, &mut out).expect_err("too deep");
        assert!(error.to_string().contains("nested"), "{error}");
        let error = C::encode(&vec!["x".repeat(1 << 20); 65], &mut out).expect_err("too long");
        assert!(error.to_string().contains("more than"), "{error}");
        assert!(out.is_empty());
    }
    with_each_codec!(check());
    let error = Native::encode(&vec![(); 5000], &mut Vec::new()).expect_err("nothing, too often");
    assert!(error.to_string().contains("without content"), "{error}");
}

#[test]
fn a_long_text_or_blob_has_no_limit_of_ours() {
    survives::<Native, _>(&"x".repeat(65 << 20));
    survives::<Native, _>(&vec![7_u8; 65 << 20]);
}

#[test]
fn a_field_that_is_left_out_is_refused_where_fields_are_found_by_position() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Sparse {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        a: Option<u8>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        b: Option<u64>,
        c: u8,
    }
    let error =
        Native::encode(&Sparse { a: None, b: Some(1281), c: 9 }, &mut Vec::new()).expect_err("a is left out");
    assert!(error.to_string().contains("`a` is left out"), "{error}");
    survives::<Native, _>(&Sparse { a: Some(1), b: Some(1281), c: 9 });
    #[cfg(feature = "postcard")]
    crate::codec::Postcard::encode(&Sparse { a: None, b: None, c: 9 }, &mut Vec::new())
        .expect_err("left out");
    #[cfg(feature = "json")]
    survives::<crate::codec::Json, _>(&Sparse { a: None, b: Some(1281), c: 9 });
    #[cfg(feature = "msgpack")]
    survives::<crate::codec::MessagePack, _>(&Sparse { a: None, b: Some(1281), c: 9 });
}
