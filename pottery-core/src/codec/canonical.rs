//! A look at a structure before it is written: whether it can be read back at all, and whether it has one encoding
//! only, which set members and hash keys need, because Redis compares them as bytes.

use super::guard::{DEPTH, FREE_ELEMENTS};
use super::stop::Stop;
use super::{CodecError, MAX_LEN};
use serde::ser::{self, Serialize, Serializer};
use std::fmt::Display;

/// What is asked of the value.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    /// One value, one encoding: no maps and hash sets (their order is random), no NaN (equal to nothing).
    pub(super) canonical: bool,
    /// The format has no words for infinities and NaN.
    pub(super) finite: bool,
    /// What the format says of itself, since some types change their shape by it.
    pub(super) human_readable: bool,
    /// The format finds the fields of a structure by their position, so none may be left out.
    pub(super) positional: bool,
}

/// What the look has found, to be compared with the encoding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    elements: usize,
}

impl Seen {
    /// Refuses what the readers in this folder would refuse.
    pub(super) fn check_len(self, written: usize) -> Result<(), CodecError> {
        if written > MAX_LEN {
            return Err(CodecError::new(format!("the value takes {written} bytes, more than {MAX_LEN}")));
        }
        if self.elements > written.saturating_add(FREE_ELEMENTS) {
            return Err(CodecError::new(format!(
                "a collection of {} elements without content",
                self.elements
            )));
        }
        Ok(())
    }
}

/// Walks the value. The compiler removes nearly all of it for types that are not recursive.
pub(super) fn inspect<T: Serialize + ?Sized>(value: &T, rules: Rules) -> Result<Seen, CodecError> {
    let mut walk = Walk { rules, depth: 0, elements: 0, composite: false };
    match value.serialize(&mut walk) {
        Ok(()) => {}
        Err(Stop::Refused(error)) => return Err(error),
        Err(Stop::NotScalar | Stop::Variant | Stop::Absent) => {
            return Err(CodecError::new("the value was refused"));
        }
    }
    if rules.canonical && walk.composite {
        refuse_unordered::<T>()?;
    }
    Ok(Seen { elements: walk.elements })
}

/// Serde shows a hash set as a plain sequence, so only its name gives it away.
fn refuse_unordered<T: ?Sized>() -> Result<(), CodecError> {
    const UNORDERED: [&str; 5] = ["HashSet<", "HashMap<", "IndexSet<", "IndexMap<", "BinaryHeap<"];
    let name = std::any::type_name::<T>();
    if name.contains('<') && UNORDERED.iter().any(|unordered| name.contains(unordered)) {
        return Err(not_canonical("its order is not fixed"));
    }
    Ok(())
}

#[cold]
fn not_canonical(why: &str) -> CodecError {
    CodecError::new(format!(
        "equal values must have equal bytes to be a set's member or a map's key, and this one has no such encoding: {why}"
    ))
}

struct Walk {
    rules: Rules,
    depth: usize,
    elements: usize,
    composite: bool,
}

impl Walk {
    fn enter(&mut self) -> Result<&mut Self, Stop> {
        self.composite = true;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Stop::refuse(format!("it is nested deeper than {DEPTH} levels")));
        }
        Ok(self)
    }

    fn inside<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        if self.rules.canonical {
            refuse_unordered::<T>().map_err(Stop::Refused)?;
        }
        value.serialize(&mut *self)
    }

    fn one<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.enter()?.inside(value)?;
        self.depth -= 1;
        Ok(())
    }

    fn float(&self, finite: bool, nan: bool) -> Result<(), Stop> {
        if self.rules.finite && !finite {
            return Err(Stop::refuse("a float that is infinite or NaN"));
        }
        if self.rules.canonical && nan {
            return Err(Stop::Refused(not_canonical("a float is NaN")));
        }
        Ok(())
    }
}

macro_rules! leaves {
    ($($name:ident($type:ty))*) => { $( fn $name(self, _: $type) -> Result<(), Stop> { Ok(()) } )* };
}

impl<'w> Serializer for &'w mut Walk {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = &'w mut Walk;
    type SerializeTuple = &'w mut Walk;
    type SerializeTupleStruct = &'w mut Walk;
    type SerializeTupleVariant = &'w mut Walk;
    type SerializeMap = &'w mut Walk;
    type SerializeStruct = &'w mut Walk;
    type SerializeStructVariant = &'w mut Walk;

    leaves! {
        serialize_bool(bool) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_unit_struct(&'static str)
    }

    fn is_human_readable(&self) -> bool {
        self.rules.human_readable
    }

    fn collect_str<T: Display + ?Sized>(self, _: &T) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Stop> {
        self.float(value.is_finite(), value.is_nan())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Stop> {
        self.float(value.is_finite(), value.is_nan())
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        self.one(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Stop> {
        self.one(value)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Result<(), Stop> {
        Ok(())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.one(value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Stop> {
        self.enter()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Stop> {
        self.enter()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Stop> {
        self.enter()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Stop> {
        self.enter()
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Stop> {
        if self.rules.canonical {
            return Err(Stop::Refused(not_canonical("a map's order is not fixed")));
        }
        self.enter()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Stop> {
        self.enter()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Stop> {
        self.enter()
    }
}

impl ser::SerializeMap for &mut Walk {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        self.elements += 1;
        self.inside(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.inside(value)
    }

    fn end(self) -> Result<(), Stop> {
        self.depth -= 1;
        Ok(())
    }
}

/// The other compounds differ in their method's name, in whether a field has a name, and in whether their length is
/// the data's (and so is counted) or the type's.
macro_rules! compounds {
    ($($trait:ident $method:ident($($key:ty)?) $counted:literal $([$skip:ident])?)*) => { $(
        impl ser::$trait for &mut Walk {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(&mut self, $(_: $key,)? value: &T) -> Result<(), Stop> {
                self.elements += $counted;
                self.inside(value)
            }

            $(fn $skip(&mut self, name: &'static str) -> Result<(), Stop> {
                if self.rules.positional {
                    return Err(Stop::refuse(format!(
                        "its field `{name}` is left out (`serde(skip_serializing_if)`), and this codec finds fields by \
                         their position: use `Json` or `MessagePack`"
                    )));
                }
                Ok(())
            })?

            fn end(self) -> Result<(), Stop> {
                self.depth -= 1;
                Ok(())
            }
        }
    )* };
}

compounds! {
    SerializeSeq serialize_element() 1
    SerializeTuple serialize_element() 0
    SerializeTupleStruct serialize_field() 0
    SerializeTupleVariant serialize_field() 0
    SerializeStruct serialize_field(&'static str) 0 [skip_field]
    SerializeStructVariant serialize_field(&'static str) 0 [skip_field]
}
