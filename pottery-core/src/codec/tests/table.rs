//! The bytes themselves: they are in people's databases.

use super::{Item, Maybe, Meters, Name, Shape, Suit, decode, encode};
use crate::codec::{Codec, Native};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU8;
use std::time::Duration;

fn is<T: Serialize + DeserializeOwned + Debug + PartialEq + 'static>(value: T, bytes: impl AsRef<[u8]>) {
    let bytes = bytes.as_ref();
    assert_eq!(encode::<Native, T>(&value), bytes, "{value:?}");
    assert_eq!(decode::<Native, T>(bytes), value);
}

#[test]
fn native_scalars_are_what_redis_writes() {
    is(0_u8, "0");
    is(-128_i8, "-128");
    is(i64::MIN, "-9223372036854775808");
    is(u64::MAX, "18446744073709551615");
    is(i128::MIN, "-170141183460469231731687303715884105728");
    is(u128::MAX, "340282366920938463463374607431768211455");
    is(NonZeroU8::MIN, "1");
    is(5.0_f64, "5");
    is(10.5_f64, "10.5");
    is(0.1_f32, "0.1");
    is(1e300_f64, "1e+300");
    is(1e-7_f64, "1e-07");
    is(f64::INFINITY, "inf");
    is(f32::NEG_INFINITY, "-inf");
    is(true, "1");
    is(false, "0");
    is('é', "é");
    is(String::new(), "");
    is("a\r\n\0é".to_owned(), "a\r\n\0é");
    is(Box::<str>::from("x"), "x");
    is(vec![0_u8, 255, b'\n'], [0, 255, b'\n']);
    is(Vec::<u8>::new(), "");
    is(Box::<[u8]>::from([1, 2]), [1, 2]);
    is(Meters(2.0), "2");
    is(Name("x y".into()), "x y");
    is(std::num::Wrapping(7_u32), "7");
    is(IpAddr::V4(Ipv4Addr::LOCALHOST), "127.0.0.1");
    assert_eq!(encode::<Native, [u8]>(&[1, 2, 3]), [1, 2, 3]);
    assert_eq!(encode::<Native, str>("str"), b"str");
    assert!(decode::<Native, f64>(&encode::<Native, _>(&-0.0_f64)).is_sign_negative());
}

#[test]
fn native_structures_are_bincode() {
    is(Some(5_u64), [1, 5]);
    is(None::<u64>, [0]);
    is((), "");
    is((1_u8, 300_u16), [1, 251, 44, 1]);
    is([1_u8, 2, 3], [1, 2, 3]);
    is(vec![1_u16, 2], [2, 1, 2]);
    is(vec![vec![1_u8]], [1, 1, 1]);
    is(Suit::Hearts, "Hearts");
    is(Suit::Spades, "Spades");
    is(Shape::Nothing, "Nothing");
    is(Shape::Circle(0.0), [0xff, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    is(Item { name: "ab".into(), weight: 1.0 }, [2, b'a', b'b', 0, 0, 128, 63]);
    is(Maybe(Some(1)), [1, 1]);
    is(Maybe(None), [0]);
    is(Duration::from_millis(1), [0, 252, 64, 66, 15, 0]);
    is("key".to_owned(), "key");
    is(("key".to_owned(), true), [3, b'k', b'e', b'y', 1]);
}

#[cfg(feature = "msgpack")]
#[test]
fn msgpack_structs_are_maps_with_names() {
    use crate::codec::MessagePack;
    let bytes = encode::<MessagePack, _>(&Item { name: "ab".into(), weight: 1.0 });
    assert_eq!(bytes, b"\x82\xa4name\xa2ab\xa6weight\xca\x3f\x80\0\0");

    // One that has lost a field and gained two.
    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Newer {
        weight: f32,
        #[serde(default)]
        price: u64,
        tag: Option<String>,
    }
    assert_eq!(decode::<MessagePack, Newer>(&bytes), Newer { weight: 1.0, price: 0, tag: None });
}

#[cfg(feature = "postcard")]
#[test]
fn postcard_is_postcard() {
    use crate::codec::Postcard;
    assert_eq!(
        encode::<Postcard, _>(&(300_u16, "ab".to_owned(), Some(-1_i32))),
        [172, 2, 2, b'a', b'b', 1, 1]
    );
}

#[test]
fn what_is_not_quite_the_scalar_is_refused() {
    fn refused<T: DeserializeOwned + Debug + 'static>(bytes: impl AsRef<[u8]>, expected: &str) {
        let error = Native::decode::<T>(bytes.as_ref()).expect_err("refused");
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.is_missing());
    }
    refused::<u8>("256", "range of `u8`");
    refused::<u64>("-1", "as `u64` writes it");
    refused::<i64>("+1", "as `i64` writes it");
    refused::<u64>("", "as `u64` writes it");
    refused::<f64>("nan", "as `f64` writes it");
    refused::<f32>("1e39", "range of `f32`");
    refused::<NonZeroU8>("0", "nonzero");
    for text in ["true", "false", "", "2", "01", "1 "] {
        refused::<bool>(text, "`1` or `0`");
    }
    refused::<char>("ab", "one character");
    refused::<char>("", "one character");
    refused::<String>([0xff], "UTF-8");
    refused::<IpAddr>("127.0.0.x", "refused");
    refused::<Suit>("", "expected one of `Hearts`, `Spades`");
    refused::<Suit>("Clubs", "expected one of `Hearts`, `Spades`");
    refused::<Suit>("hearts", "expected one of");
    refused::<Suit>([0xfe], "UTF-8");
    refused::<Suit>([0xff], "too early");
    refused::<Suit>([0xff, 2], "shape");
    refused::<Suit>([0xff, 0, 0], "ends after 1");
    refused::<Shape>("Circle", "expected");
    Native::encode(&f64::NAN, &mut Vec::new()).expect_err("NaN");
    Native::encode(&f32::NAN, &mut Vec::new()).expect_err("NaN");
}

#[test]
fn an_error_does_not_quote_the_data() {
    let error = Native::decode::<u64>(b"hunter2").expect_err("no number").to_string();
    assert!(!error.contains("hunter2") && error.contains("7 bytes") && error.contains("`u64`"), "{error}");
    let bytes = encode::<Native, _>(&("hunter2".to_owned(), 1_u8));
    let error = Native::decode::<(IpAddr, u8)>(&bytes).expect_err("no address").to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn self_describing_types_are_sent_to_json() {
    #[derive(Serialize, serde::Deserialize, Debug)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    for value in [Either::Number(5), Either::Text("5".into())] {
        let error = Native::decode::<Either>(&encode::<Native, _>(&value)).expect_err("ambiguous");
        assert!(error.to_string().contains("Json"), "{error}");
    }
    let error = Native::decode::<(u8, Either)>(&[1, 5]).expect_err("ambiguous");
    assert!(error.to_string().contains("Json"), "{error}");

    #[derive(Serialize)]
    struct Flat {
        #[serde(flatten)]
        item: Item,
    }
    let flat = Flat { item: Item { name: String::new(), weight: 0.0 } };
    let error = Native::encode(&flat, &mut Vec::new()).expect_err("of unknown length");
    assert!(error.to_string().contains("Json"), "{error}");
}
