//! Absence: a `None` that is to be an absent field of a hash, or an absent key.

use super::CodecError;
use super::stop::{Stop, stop_serializing};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserializer, Serialize, Serializer, forward_to_deserialize_any};

/// Whether the value is `None`, also inside newtypes. It looks at the outermost layer only.
pub(super) fn is_none<T: Serialize + ?Sized>(value: &T) -> bool {
    matches!(value.serialize(Probe), Err(Stop::Absent))
}

/// The `T` that an absent field stands for: `None`, also inside newtypes, or [`CodecError::missing`].
pub(super) fn absent<T: DeserializeOwned>() -> Result<T, CodecError> {
    T::deserialize(Absent).map_err(|stop| match stop {
        Stop::Refused(error) => error,
        Stop::NotScalar | Stop::Variant | Stop::Absent => CodecError::missing(),
    })
}

struct Probe;

impl Serializer for Probe {
    type Ok = ();
    type Error = Stop;

    stop_serializing!(Stop::NotScalar; integers u8 texts seq structures unit_variant variants);

    fn serialize_none(self) -> Result<(), Stop> {
        Err(Stop::Absent)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, _: &T) -> Result<(), Stop> {
        Err(Stop::NotScalar)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }
}

struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop::Absent)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}
