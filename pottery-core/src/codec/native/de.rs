use super::number::{Fault, Number};
use super::structure;
use crate::codec::stop::Stop;
use serde::Deserializer;
use serde::de::Visitor;
use serde::de::value::BorrowedStrDeserializer;

/// Reads a scalar; says [`Stop::NotScalar`] if the type asks for anything else.
#[derive(Clone, Copy)]
pub(super) struct Scalar<'de> {
    bytes: &'de [u8],
    field: bool,
}

impl<'de> Scalar<'de> {
    /// `Option`s are structures.
    pub(super) fn value(bytes: &'de [u8]) -> Self {
        Self { bytes, field: false }
    }

    /// The outermost `Option` is presence, and the bytes are there.
    pub(super) fn field(bytes: &'de [u8]) -> Self {
        Self { bytes, field: true }
    }

    #[inline]
    fn number<T: Number>(self) -> Result<T, Stop> {
        T::parse(self.bytes).map_err(|fault| {
            let name = std::any::type_name::<T>();
            Stop::refuse(match fault {
                Fault::Malformed => format!("expected a number as `{name}` writes it"),
                Fault::OutOfRange => format!("expected a number within the range of `{name}`"),
            })
        })
    }

    fn text(self) -> Result<&'de str, Stop> {
        std::str::from_utf8(self.bytes).map_err(|_| Stop::refuse("expected text in UTF-8"))
    }
}

macro_rules! numbers {
    ($($name:ident $visit:ident)*) => { $(
        #[inline]
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
            visitor.$visit(self.number()?)
        }
    )* };
}

macro_rules! structures {
    ($($name:ident($($type:ty),*))*) => { $(
        #[inline]
        fn $name<V: Visitor<'de>>(self, $(_: $type,)* _: V) -> Result<V::Value, Stop> {
            Err(Stop::NotScalar)
        }
    )* };
}

impl<'de> Deserializer<'de> for Scalar<'de> {
    type Error = Stop;

    numbers! {
        deserialize_i8 visit_i8
        deserialize_i16 visit_i16
        deserialize_i32 visit_i32
        deserialize_i64 visit_i64
        deserialize_i128 visit_i128
        deserialize_u8 visit_u8
        deserialize_u16 visit_u16
        deserialize_u32 visit_u32
        deserialize_u64 visit_u64
        deserialize_u128 visit_u128
        deserialize_f32 visit_f32
        deserialize_f64 visit_f64
    }

    structures! {
        deserialize_unit() deserialize_unit_struct(&'static str)
        deserialize_seq() deserialize_tuple(usize) deserialize_tuple_struct(&'static str, usize)
        deserialize_map() deserialize_struct(&'static str, &'static [&'static str])
    }

    /// The name of a variant that holds nothing; others are structures, and marked as such.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        if self.bytes.first() == Some(&structure::VARIANT) {
            return Err(Stop::Variant);
        }
        visitor.visit_enum(BorrowedStrDeserializer::new(self.text()?))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.bytes {
            b"1" => visitor.visit_bool(true),
            b"0" => visitor.visit_bool(false),
            _ => Err(Stop::refuse("expected `1` or `0`")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        let mut chars = self.text()?.chars();
        match (chars.next(), chars.next()) {
            (Some(char), None) => visitor.visit_char(char),
            _ => Err(Stop::refuse("expected one character")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_borrowed_bytes(self.bytes)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_byte_buf(self.bytes.to_vec())
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.field { visitor.visit_some(Self { field: false, ..self }) } else { Err(Stop::NotScalar) }
    }

    /// The type wants to be told what is there, and text alone cannot say whether `5` was a number or a string.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if is_always_text::<V::Value>() {
            return self.deserialize_str(visitor);
        }
        Err(Stop::refuse(
            "the type asks the data what it is, and only the `Json` and `MessagePack` codecs can tell",
        ))
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_any(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_any(visitor)
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

/// Two crates ask what is there although they write nothing but text: `time`, always, and `rust_decimal`, unless a
/// feature is on that only some users turn on.
fn is_always_text<T>() -> bool {
    let name = std::any::type_name::<T>();
    name.starts_with("time::") || name == "rust_decimal::decimal::Decimal"
}
