//! What all codecs promise, tried on all of them.

mod crates;
mod field;
mod hostile;
mod member;
mod round_trip;
mod table;

use super::{Codec, CodecError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Calls a function that is generic over its codec (and another type) with each of them.
macro_rules! with_each_codec {
    ($name:ident $([$other:ty])? ($($arg:expr),*)) => {
        $name::<$crate::codec::Native $(, $other)?>($($arg),*);
        #[cfg(feature = "json")]
        $name::<$crate::codec::Json $(, $other)?>($($arg),*);
        #[cfg(feature = "msgpack")]
        $name::<$crate::codec::MessagePack $(, $other)?>($($arg),*);
        #[cfg(feature = "postcard")]
        $name::<$crate::codec::Postcard $(, $other)?>($($arg),*);
    };
}
use with_each_codec;

fn encode<C: Codec, T: Serialize + ?Sized + 'static>(value: &T) -> Vec<u8> {
    let mut out = b"before".to_vec();
    C::encode(value, &mut out).expect("encodes");
    assert_eq!(out.drain(..6).as_slice(), b"before");
    out
}

fn encode_field<C: Codec, T: Serialize + ?Sized + 'static>(value: &T) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let present = C::encode_field(value, &mut out).expect("encodes");
    assert!(present || out.is_empty());
    present.then_some(out)
}

fn encode_member<C: Codec, T: Serialize + ?Sized + 'static>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    C::encode_member(value, &mut out).map(|()| out)
}

fn decode<C: Codec, T: DeserializeOwned + 'static>(bytes: &[u8]) -> T {
    C::decode(bytes).unwrap_or_else(|error| panic!("{}: {error}: {bytes:?}", C::NAME))
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Unit;

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Meters(f64);

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Name(String);

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Maybe(Option<u32>);

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Suit {
    Hearts,
    Spades,
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Shape {
    Nothing,
    Circle(f64),
    Rectangle(f64, f64),
    Named { name: String, inner: Box<Shape> },
}

#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Item {
    name: String,
    weight: f32,
}
