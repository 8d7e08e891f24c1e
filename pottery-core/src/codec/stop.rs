use super::CodecError;
use serde::{de, ser};
use std::fmt::Display;

/// How the small serializers and deserializers of this folder end early. Three of the four are answers, not errors,
/// and cost nothing to make.
#[derive(Debug)]
pub(super) enum Stop {
    /// The value is a structure, so it is not for a scalar's serializer.
    NotScalar,
    /// The value is a variant of an enum that holds something.
    Variant,
    /// The value is a `None` that is to be an absent field.
    Absent,
    /// The value cannot be stored or read at all.
    Refused(CodecError),
}

impl Stop {
    #[cold]
    pub(super) fn refuse(why: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        Stop::Refused(CodecError::new(why))
    }
}

impl Display for Stop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Stop::NotScalar => f.write_str("not a scalar"),
            Stop::Variant => f.write_str("a variant that holds something"),
            Stop::Absent => f.write_str("absent"),
            Stop::Refused(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    // The text is the user's type's own and may hold the value.
    fn custom<T: Display>(_: T) -> Self {
        Stop::refuse("its `Serialize` implementation refused")
    }
}

impl de::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Stop::refuse("its `Deserialize` implementation refused")
    }

    // serde's default texts quote what was found; what was expected is enough and comes from the type.
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Stop::refuse(format!("expected {expected}"))
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Stop::refuse(format!("expected {expected}"))
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        let names: Vec<_> = expected.iter().map(|name| format!("`{name}`")).collect();
        Stop::refuse(format!("expected one of {}", names.join(", ")))
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Stop::refuse(format!("expected {expected}"))
    }
}

/// Writes the methods of a `Serializer` that only refuse, by the names of their kinds.
macro_rules! stop_serializing {
    ($stop:expr; $($kind:ident)*) => { $( $crate::codec::stop::stop_serializing!(@ $kind $stop); )* };
    (@ integers $stop:expr) => {
        $crate::codec::stop::stop_serializing!(@scalars $stop;
            serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
            serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128));
    };
    (@ u8 $stop:expr) => { $crate::codec::stop::stop_serializing!(@scalars $stop; serialize_u8(u8)); };
    (@ texts $stop:expr) => {
        $crate::codec::stop::stop_serializing!(@scalars $stop;
            serialize_bool(bool) serialize_f32(f32) serialize_f64(f64) serialize_char(char)
            serialize_str(&str) serialize_bytes(&[u8]));
        fn collect_str<T: ?Sized + std::fmt::Display>(self, _: &T) -> Result<(), Self::Error> { Err($stop) }
    };
    (@scalars $stop:expr; $($name:ident($type:ty))*) => {
        $( fn $name(self, _: $type) -> Result<(), Self::Error> { Err($stop) } )*
    };
    (@ option $stop:expr) => {
        fn serialize_none(self) -> Result<(), Self::Error> { Err($stop) }
        fn serialize_some<T: ?Sized + serde::Serialize>(self, _: &T) -> Result<(), Self::Error> { Err($stop) }
    };
    (@ newtype_struct $stop:expr) => {
        fn serialize_newtype_struct<T: ?Sized + serde::Serialize>(self, _: &'static str, _: &T) -> Result<(), Self::Error> {
            Err($stop)
        }
    };
    (@ seq $stop:expr) => {
        type SerializeSeq = serde::ser::Impossible<(), Self::Error>;
        fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Self::Error> { Err($stop) }
    };
    (@ unit_variant $stop:expr) => {
        fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Self::Error> {
            Err($stop)
        }
    };
    (@ variants $stop:expr) => {
        type SerializeTupleVariant = serde::ser::Impossible<(), Self::Error>;
        type SerializeStructVariant = serde::ser::Impossible<(), Self::Error>;
        fn serialize_newtype_variant<T: ?Sized + serde::Serialize>(
            self, _: &'static str, _: u32, _: &'static str, _: &T,
        ) -> Result<(), Self::Error> { Err($stop) }
        fn serialize_tuple_variant(
            self, _: &'static str, _: u32, _: &'static str, _: usize,
        ) -> Result<Self::SerializeTupleVariant, Self::Error> { Err($stop) }
        fn serialize_struct_variant(
            self, _: &'static str, _: u32, _: &'static str, _: usize,
        ) -> Result<Self::SerializeStructVariant, Self::Error> { Err($stop) }
    };
    (@ structures $stop:expr) => {
        type SerializeTuple = serde::ser::Impossible<(), Self::Error>;
        type SerializeTupleStruct = serde::ser::Impossible<(), Self::Error>;
        type SerializeMap = serde::ser::Impossible<(), Self::Error>;
        type SerializeStruct = serde::ser::Impossible<(), Self::Error>;
        fn serialize_unit(self) -> Result<(), Self::Error> { Err($stop) }
        fn serialize_unit_struct(self, _: &'static str) -> Result<(), Self::Error> { Err($stop) }
        fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Self::Error> { Err($stop) }
        fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Self::Error> {
            Err($stop)
        }
        fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Self::Error> { Err($stop) }
        fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Self::Error> {
            Err($stop)
        }
    };
}
pub(super) use stop_serializing;
