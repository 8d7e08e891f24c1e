//! The default codec: scalars as Redis itself writes them, everything else as bincode.

mod bytes;
mod de;
mod number;
mod ser;
mod structure;

use super::stop::Stop;
use super::{Codec, CodecError, field, whole};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What Redis understands natively, and bincode for everything else.
///
/// Integers and floats are decimal text, so that `HINCRBY` and `SORT` work and sets of integers are compact; `bool`
/// is `1` or `0`; strings and bytes are raw; newtypes are what they wrap; types with a readable form (`Uuid`, times,
/// `Decimal`, IP addresses) are that text; a variant of an enum that holds nothing is its name, so that the order of
/// variants may change, and a name that the program does not know is refused. Structs, other variants (behind a byte
/// 255, which no name begins with), tuples and nested collections are bincode 2 (`standard`
/// configuration). `Vec<u8>`, `Box<[u8]>` and `[u8]` are raw bytes when they are the whole value; inside a newtype or
/// a structure serde shows them as a list of numbers, and `bytes::Bytes` or `serde_bytes` serve better.
///
/// bincode stores no field names: adding a field to a stored struct makes old values unreadable.
/// `Json` and `MessagePack` can evolve, and can hold self-describing types such as `serde_json::Value`, which `Native`
/// refuses to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Native;

const NAME: &str = "native";

impl Codec for Native {
    const NAME: &'static str = NAME;

    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        whole(out, |out| match scalar(value, out) {
            Err(Stop::NotScalar) => structure::encode(value, out, false),
            Err(Stop::Variant) => structure::encode_variant(value, out, false),
            done => finish::<T>(done),
        })
    }

    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
        if bytes::is_raw::<T>() {
            return bytes::decode(bytes).ok_or_else(|| undecodable::<T>(bytes, Stop::NotScalar));
        }
        match T::deserialize(de::Scalar::value(bytes)) {
            Ok(value) => Ok(value),
            Err(Stop::NotScalar) => structure::decode(bytes, false),
            Err(Stop::Variant) => structure::decode(&bytes[1..], false),
            Err(stop) => Err(undecodable::<T>(bytes, stop)),
        }
    }

    fn encode_member<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        whole(out, |out| match scalar(value, out) {
            Err(Stop::NotScalar) => structure::encode(value, out, true),
            Err(Stop::Variant) => structure::encode_variant(value, out, true),
            done => finish::<T>(done),
        })
    }

    fn encode_field<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecError> {
        whole(out, |out| {
            let done = if bytes::is_raw::<T>() || bytes::is_optional_raw::<T>() {
                bytes::encode(value, out)
            } else {
                value.serialize(ser::Scalar::field(out))
            };
            match done {
                Err(Stop::NotScalar) => structure::encode(value, out, false).map(|()| true),
                Err(Stop::Variant) => structure::encode_variant(value, out, false).map(|()| true),
                Err(Stop::Absent) => Ok(false),
                done => finish::<T>(done).map(|()| true),
            }
        })
    }

    fn decode_field<T: DeserializeOwned + 'static>(bytes: Option<&[u8]>) -> Result<T, CodecError> {
        let Some(bytes) = bytes else { return field::absent() };
        if bytes::is_raw::<T>() || bytes::is_optional_raw::<T>() {
            return bytes::decode(bytes).ok_or_else(|| undecodable::<T>(bytes, Stop::NotScalar));
        }
        match T::deserialize(de::Scalar::field(bytes)) {
            Ok(value) => Ok(value),
            Err(Stop::NotScalar) => structure::decode(bytes, true),
            Err(Stop::Variant) => structure::decode(&bytes[1..], true),
            Err(stop) => Err(undecodable::<T>(bytes, stop)),
        }
    }
}

fn scalar<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), Stop> {
    if bytes::is_raw::<T>() { bytes::encode(value, out) } else { value.serialize(ser::Scalar::value(out)) }
}

fn finish<T: ?Sized>(done: Result<(), Stop>) -> Result<(), CodecError> {
    done.map_err(|stop| CodecError::unencodable::<T>(NAME, stop))
}

#[cold]
fn undecodable<T>(bytes: &[u8], why: Stop) -> CodecError {
    CodecError::undecodable::<T>(NAME, bytes.len(), why)
}
