//! `Vec<u8>` and its like, stored raw. Serde shows them as a sequence of numbers, so they are recognised by their
//! type, and taken out of serde's hands and put together again without a line of unsafe code.

use crate::codec::stop::{Stop, stop_serializing};
use serde::ser::Impossible;
use serde::{Serialize, Serializer};
use std::any::{Any, TypeId};

/// Whether a `T` is nothing but bytes.
pub(super) fn is_raw<T: ?Sized + 'static>() -> bool {
    let id = TypeId::of::<T>();
    id == TypeId::of::<Vec<u8>>() || id == TypeId::of::<[u8]>() || id == TypeId::of::<Box<[u8]>>()
}

/// Whether a `T` is bytes that may be absent.
pub(super) fn is_optional_raw<T: ?Sized + 'static>() -> bool {
    let id = TypeId::of::<T>();
    id == TypeId::of::<Option<Vec<u8>>>() || id == TypeId::of::<Option<Box<[u8]>>>()
}

/// Appends the bytes of a value whose type one of the two has recognised.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), Stop> {
    value.serialize(Raw(out))
}

/// Makes such a value.
pub(super) fn decode<T: 'static>(bytes: &[u8]) -> Option<T> {
    let mut made: Option<T> = None;
    let slot: &mut dyn Any = &mut made;
    if let Some(slot) = slot.downcast_mut::<Option<Vec<u8>>>() {
        *slot = Some(bytes.to_vec());
    } else if let Some(slot) = slot.downcast_mut::<Option<Box<[u8]>>>() {
        *slot = Some(bytes.into());
    } else if let Some(slot) = slot.downcast_mut::<Option<Option<Vec<u8>>>>() {
        *slot = Some(Some(bytes.to_vec()));
    } else if let Some(slot) = slot.downcast_mut::<Option<Option<Box<[u8]>>>>() {
        *slot = Some(Some(bytes.into()));
    }
    made
}

struct Raw<'o>(&'o mut Vec<u8>);

impl Serializer for Raw<'_> {
    type Ok = ();
    type Error = Stop;

    stop_serializing!(Stop::NotScalar; integers u8 texts newtype_struct structures unit_variant variants);

    type SerializeSeq = Impossible<(), Stop>;

    fn serialize_none(self) -> Result<(), Stop> {
        Err(Stop::Absent)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Stop> {
        Err(Stop::NotScalar)
    }

    /// Slices and vectors serialize themselves through this, so the whole iterator is at hand, and extending a vector
    /// from a mapped slice becomes one copy.
    fn collect_seq<I>(self, elements: I) -> Result<(), Stop>
    where
        I: IntoIterator,
        I::Item: Serialize,
    {
        let mut other = false;
        self.0.extend(elements.into_iter().map(|element| {
            element.serialize(Byte).unwrap_or_else(|_| {
                other = true;
                0
            })
        }));
        if other { Err(Stop::NotScalar) } else { Ok(()) }
    }
}

/// Answers with the byte it is given.
struct Byte;

macro_rules! no_byte {
    ($($name:ident($($type:ty),*) -> $ok:ty;)*) => { $(
        fn $name(self, $(_: $type),*) -> Result<$ok, Stop> { Err(Stop::NotScalar) }
    )* };
}

impl Serializer for Byte {
    type Ok = u8;
    type Error = Stop;
    type SerializeSeq = Impossible<u8, Stop>;
    type SerializeTuple = Impossible<u8, Stop>;
    type SerializeTupleStruct = Impossible<u8, Stop>;
    type SerializeTupleVariant = Impossible<u8, Stop>;
    type SerializeMap = Impossible<u8, Stop>;
    type SerializeStruct = Impossible<u8, Stop>;
    type SerializeStructVariant = Impossible<u8, Stop>;

    fn serialize_u8(self, byte: u8) -> Result<u8, Stop> {
        Ok(byte)
    }

    no_byte! {
        serialize_bool(bool) -> u8;
        serialize_i8(i8) -> u8;
        serialize_i16(i16) -> u8;
        serialize_i32(i32) -> u8;
        serialize_i64(i64) -> u8;
        serialize_u16(u16) -> u8;
        serialize_u32(u32) -> u8;
        serialize_u64(u64) -> u8;
        serialize_f32(f32) -> u8;
        serialize_f64(f64) -> u8;
        serialize_char(char) -> u8;
        serialize_str(&str) -> u8;
        serialize_bytes(&[u8]) -> u8;
        serialize_none() -> u8;
        serialize_unit() -> u8;
        serialize_unit_struct(&'static str) -> u8;
        serialize_unit_variant(&'static str, u32, &'static str) -> u8;
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_map(Option<usize>) -> Self::SerializeMap;
        serialize_struct(&'static str, usize) -> Self::SerializeStruct;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }

    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<u8, Stop> {
        Err(Stop::NotScalar)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, _: &T) -> Result<u8, Stop> {
        Err(Stop::NotScalar)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<u8, Stop> {
        Err(Stop::NotScalar)
    }
}
