//! What stands between a format's deserializer and hostile bytes.
//!
//! Formats trust the lengths they read: a claim of 2^63 elements of nothing loops for ever, a claim of 2^31 of
//! something reserves memory at every level of nesting, and nesting itself ends in a stack overflow, which no caller
//! can catch. [`Guarded`] wraps any `Deserializer` and bounds all three by the number of bytes there are.

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// How deep a value may be nested. Every structure, enum, newtype and `Some` is a level. Values that are deeper are
/// refused when they are written.
pub(super) const DEPTH: usize = 80;

/// Readers allow a little more than writers, for layers that are counted on one side only.
const DEPTH_READ: usize = DEPTH + 4;

/// Elements that take no bytes (`()`, structs without stored fields) cannot be bounded by the bytes there are; this
/// many are granted on top.
pub(super) const FREE_ELEMENTS: usize = 4096;

/// The budget of one decoding.
#[derive(Debug)]
pub(super) struct Guard {
    depth: Cell<usize>,
    /// How many elements may still be read.
    elements: Cell<usize>,
    /// For how many elements memory may still be reserved before they are read.
    reserve: Cell<usize>,
    tripped: Cell<Option<&'static str>>,
}

impl Guard {
    /// For data of this many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            depth: Cell::new(0),
            elements: Cell::new(bytes.saturating_add(FREE_ELEMENTS)),
            reserve: Cell::new(bytes),
            tripped: Cell::new(None),
        }
    }

    /// Why this guard ended the decoding, if it did.
    pub(super) fn tripped(&self) -> Option<&'static str> {
        self.tripped.get()
    }

    #[cold]
    fn trip<E: Error>(&self, why: &'static str) -> E {
        self.tripped.set(Some(why));
        E::custom(why)
    }

    fn enter<E: Error>(&self) -> Result<(), E> {
        let depth = self.depth.get();
        if depth >= DEPTH_READ {
            return Err(self.trip("it is nested too deeply"));
        }
        self.depth.set(depth + 1);
        Ok(())
    }

    // Not on errors: those end the decoding.
    fn leave(&self) {
        self.depth.set(self.depth.get() - 1);
    }

    fn element<E: Error>(&self) -> Result<(), E> {
        match self.elements.get().checked_sub(1) {
            Some(left) => {
                self.elements.set(left);
                Ok(())
            }
            None => Err(self.trip("it claims more elements than it can hold")),
        }
    }

    fn grant(&self, claimed: Option<usize>) -> Option<usize> {
        let granted = claimed?.min(self.reserve.get());
        self.reserve.set(self.reserve.get() - granted);
        Some(granted)
    }
}

/// Decodes a `T` under a guard; for formats whose functions take a seed.
#[derive(Debug)]
pub(super) struct Root<'g, T> {
    pub(super) guard: &'g Guard,
    /// The outermost `Option` has no tag in the data: what is there is its content.
    pub(super) bare: bool,
    pub(super) value: PhantomData<fn() -> T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Root<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<T, D::Error> {
        let place = if self.bare { Place::Bare } else { Place::Plain };
        T::deserialize(Guarded { inner, guard: self.guard, place })
    }
}

/// Anything of serde's (deserializer, visitor, seed, access) with the guard at its side.
struct Guarded<'g, X> {
    inner: X,
    guard: &'g Guard,
    place: Place,
}

/// What is special about where a deserializer or a visitor stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Plain,
    /// See [`Root::bare`].
    Bare,
    /// The number of elements is the type's and not the data's: nothing to bound.
    Fixed,
}

impl<'g, X> Guarded<'g, X> {
    fn around<Y>(&self, inner: Y) -> Guarded<'g, Y> {
        Guarded { inner, guard: self.guard, place: Place::Plain }
    }
}

/// Numbers hold nothing: their visitors go through as they are.
macro_rules! direct {
    ($($name:ident)*) => { $(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.inner.$name(visitor)
        }
    )* };
}

/// Texts hold nothing either, but in a self-describing format something else may stand in their place. They are asked
/// for as borrowed ones: bincode allocates an owned one by its claimed length before it looks whether it is there.
macro_rules! texts {
    ($($name:ident as $borrowed:ident)*) => { $(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            let visitor = self.around(visitor);
            self.inner.$borrowed(visitor)
        }
    )* };
}

/// One level deeper.
macro_rules! nested {
    ($($place:ident: $($name:ident($($arg:ident: $type:ty),*))*;)*) => { $($(
        fn $name<V: Visitor<'de>>(self, $($arg: $type,)* visitor: V) -> Result<V::Value, D::Error> {
            self.guard.enter()?;
            let guard = self.guard;
            let visitor = Guarded { inner: visitor, guard, place: Place::$place };
            let value = self.inner.$name($($arg,)* visitor)?;
            guard.leave();
            Ok(value)
        }
    )*)* };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<'_, D> {
    type Error = D::Error;

    direct! {
        deserialize_bool deserialize_char deserialize_f32 deserialize_f64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    texts! {
        deserialize_str as deserialize_str
        deserialize_string as deserialize_str
        deserialize_bytes as deserialize_bytes
        deserialize_byte_buf as deserialize_bytes
        deserialize_identifier as deserialize_identifier
        deserialize_unit as deserialize_unit
    }

    nested! {
        Plain:
            deserialize_any() deserialize_ignored_any() deserialize_seq() deserialize_map()
            deserialize_unit_struct(name: &'static str)
            deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        Fixed:
            deserialize_tuple(len: usize)
            deserialize_tuple_struct(name: &'static str, len: usize)
            deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, D::Error> {
        self.guard.enter()?;
        let guard = self.guard;
        let value = if self.place == Place::Bare {
            self.place = Place::Plain;
            visitor.visit_some(self)?
        } else {
            let visitor = self.around(visitor);
            self.inner.deserialize_option(visitor)?
        };
        guard.leave();
        Ok(value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.guard.enter()?;
        let guard = self.guard;
        let visitor = Guarded { inner: visitor, guard, place: self.place };
        let value = self.inner.deserialize_newtype_struct(name, visitor)?;
        guard.leave();
        Ok(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! visits {
    ($($name:ident($type:ty))*) => { $(
        fn $name<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$name(value)
        }
    )* };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Guarded<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visits! {
        visit_bool(bool) visit_char(char) visit_f32(f32) visit_f64(f64)
        visit_i8(i8) visit_i16(i16) visit_i32(i32) visit_i64(i64) visit_i128(i128)
        visit_u8(u8) visit_u16(u16) visit_u32(u32) visit_u64(u64) visit_u128(u128)
        visit_str(&str) visit_borrowed_str(&'de str) visit_string(String)
        visit_bytes(&[u8]) visit_borrowed_bytes(&'de [u8]) visit_byte_buf(Vec<u8>)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let inner = self.around(inner);
        self.inner.visit_some(inner)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let inner = Guarded { inner, guard: self.guard, place: self.place };
        self.inner.visit_newtype_struct(inner)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let inner = Elements::new(inner, &self, SeqAccess::size_hint);
        self.inner.visit_seq(inner)
    }

    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let inner = Elements::new(inner, &self, MapAccess::size_hint);
        self.inner.visit_map(inner)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let inner = self.around(inner);
        self.inner.visit_enum(inner)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Guarded<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let inner = self.around(inner);
        self.inner.deserialize(inner)
    }
}

impl<'de, 'g, A: EnumAccess<'de>> EnumAccess<'de> for Guarded<'g, A> {
    type Error = A::Error;
    type Variant = Guarded<'g, A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self::Variant), A::Error> {
        let Guarded { inner, guard, .. } = self;
        let (value, variant) = inner.variant_seed(Guarded { inner: seed, guard, place: Place::Plain })?;
        Ok((value, Guarded { inner: variant, guard, place: Place::Plain }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Guarded<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.around(seed);
        self.inner.newtype_variant_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, A::Error> {
        let visitor = Guarded { inner: visitor, guard: self.guard, place: Place::Fixed };
        self.inner.tuple_variant(len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let visitor = Guarded { inner: visitor, guard: self.guard, place: Place::Fixed };
        self.inner.struct_variant(fields, visitor)
    }
}

/// The elements of a sequence or the entries of a map, with the reservation granted to it.
struct Elements<'g, A> {
    inner: A,
    guard: &'g Guard,
    counted: bool,
    granted: Option<usize>,
}

impl<'g, A> Elements<'g, A> {
    fn new<V>(inner: A, visitor: &Guarded<'g, V>, hint: impl Fn(&A) -> Option<usize>) -> Self {
        let counted = visitor.place != Place::Fixed;
        let granted = hint(&inner);
        let granted = if counted { visitor.guard.grant(granted) } else { granted };
        Self { inner, guard: visitor.guard, counted, granted }
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        if self.counted { self.guard.element() } else { Ok(()) }
    }

    fn around<Y>(&self, inner: Y) -> Guarded<'g, Y> {
        Guarded { inner, guard: self.guard, place: Place::Plain }
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.count()?;
        let seed = self.around(seed);
        self.inner.next_element_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.granted
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Elements<'_, A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        self.count()?;
        let seed = self.around(seed);
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.around(seed);
        self.inner.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.granted
    }
}
