use super::structure;
use crate::codec::float::{self, Whole};
use crate::codec::stop::{Stop, stop_serializing};
use serde::{Serialize, Serializer};
use std::fmt::{self, Display, Write};

/// Appends a scalar; says [`Stop::NotScalar`] or [`Stop::Variant`] to everything else, before it has written anything.
pub(super) struct Scalar<'o> {
    out: &'o mut Vec<u8>,
    field: bool,
}

impl<'o> Scalar<'o> {
    /// `Option`s are structures.
    pub(super) fn value(out: &'o mut Vec<u8>) -> Self {
        Self { out, field: false }
    }

    /// The outermost `Option` is presence: `None` is [`Stop::Absent`], and `Some(x)` is written as `x` is.
    pub(super) fn field(out: &'o mut Vec<u8>) -> Self {
        Self { out, field: true }
    }

    fn float(self, value: impl ryu::Float + Into<f64>) -> Result<(), Stop> {
        let wide: f64 = value.into();
        if wide.is_finite() {
            float::write(value, Whole::Bare, self.out);
        } else if wide.is_nan() {
            return Err(Stop::refuse("NaN has no place among Redis's numbers"));
        } else {
            self.out.extend_from_slice(if wide > 0.0 { b"inf" } else { b"-inf" });
        }
        Ok(())
    }
}

macro_rules! integers {
    ($($name:ident($type:ty))*) => { $(
        #[inline]
        fn $name(self, value: $type) -> Result<(), Stop> {
            self.out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
            Ok(())
        }
    )* };
}

impl Serializer for Scalar<'_> {
    type Ok = ();
    type Error = Stop;

    stop_serializing!(Stop::NotScalar; seq structures);
    stop_serializing!(Stop::Variant; variants);

    integers! {
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
    }

    fn serialize_bool(self, value: bool) -> Result<(), Stop> {
        self.out.push(if value { b'1' } else { b'0' });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Stop> {
        self.float(value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Stop> {
        self.float(value)
    }

    fn serialize_char(self, value: char) -> Result<(), Stop> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Stop> {
        self.out.extend_from_slice(value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Stop> {
        self.out.extend_from_slice(value);
        Ok(())
    }

    fn collect_str<T: ?Sized + Display>(self, value: &T) -> Result<(), Stop> {
        write!(Text(self.out), "{value}").map_err(|_| Stop::refuse("its `Display` implementation refused"))
    }

    /// A variant that holds nothing is its name.
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Stop> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), Stop> {
        Err(if self.field { Stop::Absent } else { Stop::NotScalar })
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<(), Stop> {
        if !self.field {
            return Err(Stop::NotScalar);
        }
        // Only here is the content of the `Option` at hand, so its structure is written here too.
        match value.serialize(Scalar::value(self.out)) {
            Err(Stop::NotScalar) => structure::encode(value, self.out, false).map_err(Stop::Refused),
            Err(Stop::Variant) => structure::encode_variant(value, self.out, false).map_err(Stop::Refused),
            done => done,
        }
    }

    fn is_human_readable(&self) -> bool {
        true
    }
}

/// `Display` straight into the output.
struct Text<'o>(&'o mut Vec<u8>);

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }
}
