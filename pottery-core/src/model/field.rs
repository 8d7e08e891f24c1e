//! Which Redis type a field is, by its Rust type.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

use crate::codec::Codec;
use crate::collections::deque::Deque;
use crate::collections::field::Field;
use crate::collections::list::List;
use crate::collections::map::Map;
use crate::collections::set::Set;
use crate::decode::{Decode, Elements, Entries, Stored};
use crate::model::image::Image;
use crate::model::read::{Reading, Slot};
use crate::place::Place;
use crate::registry::{FieldInfo, Kind};
use crate::reply::{Reply, Step};
use crate::storable::Storable;

/// A type that can be a field of a model. `Vec` and `VecDeque` are lists, `HashMap` and `BTreeMap` hashes, `HashSet`
/// and `BTreeSet` sets; numbers, `bool`, `char`, `String`, `Option`s of them and every [`RedisValue`] are fields of
/// the object's hash.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a Redis model",
    label = "pottery does not know which Redis type this is",
    note = "if the type is yours, add `#[derive(RedisValue)]` to it; otherwise mark the field `#[redis(value)]` to store it whole",
    note = "the elements of a collection need `serde::Serialize` and `serde::Deserialize`"
)]
pub trait RedisField: Sized {
    /// What reaches the field in Redis.
    type Handle<C: Codec>;
    #[doc(hidden)]
    const __KIND: Kind;
    #[doc(hidden)]
    type __Shape<C: Codec>: Decode<Output = Self> + 'static;
    #[doc(hidden)]
    fn __open<C: Codec>(place: Place) -> Self::Handle<C>;
    /// The same where a default is declared. A collection that is not there is empty, and needs none.
    #[doc(hidden)]
    fn __open_or<C: Codec>(place: Place, _: fn() -> Self) -> Self::Handle<C> {
        Self::__open::<C>(place)
    }
    #[doc(hidden)]
    fn __write<C: Codec>(value: &Self, image: &mut Image);
    #[doc(hidden)]
    fn __read<C: Codec>(
        slot: &mut Slot<Self>,
        reading: &mut Reading,
        reply: &mut Reply<'_>,
        field: &'static FieldInfo,
    ) -> Step<()> {
        slot.read::<Self::__Shape<C>>(reading, reply, field)
    }
}

/// A field of which the user has said more than its type: its kind `K`, its codec `C`. It has what [`RedisField`] has,
/// with both on the trait: what does not fit is then refused in the same words wherever it stands, and the compiler
/// says them once.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a Redis model",
    label = "pottery does not know which Redis type this is",
    note = "if the type is yours, add `#[derive(RedisValue)]` to it; otherwise mark the field `#[redis(value)]` to store it whole",
    note = "each kind fits certain types: `list` and the queues a `Vec` or a `VecDeque`, `sorted_set` a map to `f64`, `counter` a map to `i64`, `default_map` a map to a type with a `Default`, `bits` a set of `u64`, `text` a `String`"
)]
pub trait FieldAs<K, C>: Sized {
    type Handle;
    const __KIND: Kind;
    const __CODEC: &'static str;
    fn __open(place: Place) -> Self::Handle;
    fn __open_or(place: Place, _: fn() -> Self) -> Self::Handle {
        Self::__open(place)
    }
    fn __write(value: &Self, image: &mut Image);
    fn __read(
        slot: &mut Slot<Self>,
        reading: &mut Reading,
        reply: &mut Reply<'_>,
        field: &'static FieldInfo,
    ) -> Step<()>;
}

/// The type itself. It gives a type another place in the source, that of its path, for the compiler's errors.
#[doc(hidden)]
pub type Same<T> = T;

/// The kind that a field's type says.
#[doc(hidden)]
#[derive(Debug)]
pub enum AsItIs {}

/// One value, whatever the field's type is: `#[redis(value)]`.
#[doc(hidden)]
#[derive(Debug)]
pub enum AsValue {}

/// A list, although it could be bytes: `#[redis(list)]`.
#[doc(hidden)]
#[derive(Debug)]
pub enum AsList {}

macro_rules! field_as {
    ([$($generics:tt)*] $field:ty, $kind:ty) => {
        impl<$($generics)*, C: Codec> FieldAs<$kind, C> for $field {
            type Handle = <$field as RedisField>::Handle<C>;
            const __KIND: Kind = <$field as RedisField>::__KIND;
            const __CODEC: &'static str = C::NAME;
            fn __open(place: Place) -> Self::Handle {
                <$field as RedisField>::__open::<C>(place)
            }
            fn __open_or(place: Place, default: fn() -> Self) -> Self::Handle {
                <$field as RedisField>::__open_or::<C>(place, default)
            }
            fn __write(value: &Self, image: &mut Image) {
                <$field as RedisField>::__write::<C>(value, image);
            }
            fn __read(
                slot: &mut Slot<Self>,
                reading: &mut Reading,
                reply: &mut Reply<'_>,
                field: &'static FieldInfo,
            ) -> Step<()> {
                <$field as RedisField>::__read::<C>(slot, reading, reply, field)
            }
        }
    };
}

field_as!([F: RedisField] F, AsItIs);
field_as!([T: Storable] Vec<T>, AsList);
field_as!([T: Storable] VecDeque<T>, AsList);

impl<T: Storable, C: Codec> FieldAs<AsValue, C> for T {
    type Handle = Field<T, C>;
    const __KIND: Kind = Kind::Scalar;
    const __CODEC: &'static str = C::NAME;
    fn __open(place: Place) -> Field<T, C> {
        Field::open(place)
    }
    fn __open_or(place: Place, default: fn() -> T) -> Field<T, C> {
        Field::open(place).with_default(default)
    }
    fn __write(value: &T, image: &mut Image) {
        image.scalar::<C, _>(value);
    }
    fn __read(
        slot: &mut Slot<T>,
        reading: &mut Reading,
        reply: &mut Reply<'_>,
        field: &'static FieldInfo,
    ) -> Step<()> {
        slot.read::<Stored<T, C>>(reading, reply, field)
    }
}

/// A type that is stored whole, as one value: in a field of a hash, or as an element.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a Redis model",
    label = "pottery does not know which Redis type this is",
    note = "if the type is yours, add `#[derive(RedisValue)]` to it; otherwise mark the field `#[redis(value)]` to store it whole",
    note = "the elements of a collection need `serde::Serialize` and `serde::Deserialize`"
)]
pub trait RedisValue: Storable {}

macro_rules! values {
    ($($t:ty),* $(,)?) => {$( impl RedisValue for $t {} )*};
}

values!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize, f32, f64, bool, char, String);
values!(std::time::Duration, std::time::SystemTime, std::net::IpAddr, std::net::Ipv4Addr, std::net::Ipv6Addr);
values!(std::net::SocketAddr, std::num::NonZeroU32, std::num::NonZeroU64, std::path::PathBuf);
#[cfg(feature = "uuid")]
values!(uuid::Uuid);
#[cfg(feature = "chrono")]
values!(chrono::NaiveDate, chrono::NaiveTime, chrono::NaiveDateTime);
#[cfg(feature = "chrono")]
impl<Z: chrono::TimeZone + 'static> RedisValue for chrono::DateTime<Z> where chrono::DateTime<Z>: Storable {}
#[cfg(feature = "time")]
values!(time::Date, time::Time, time::PrimitiveDateTime, time::OffsetDateTime, time::Duration);
#[cfg(feature = "bytes")]
values!(bytes::Bytes);
#[cfg(feature = "rust_decimal")]
values!(rust_decimal::Decimal);

impl<T: RedisValue> RedisValue for Box<T> {}

macro_rules! scalar_field {
    ($(#[$hint:meta])* [$($generics:tt)*] $value:ty) => {
        $(#[$hint])*
        impl<$($generics)*> RedisField for $value {
            type Handle<C: Codec> = Field<$value, C>;
            const __KIND: Kind = Kind::Scalar;
            type __Shape<C: Codec> = Stored<$value, C>;
            fn __open<C: Codec>(place: Place) -> Field<$value, C> {
                Field::open(place)
            }
            fn __open_or<C: Codec>(place: Place, default: fn() -> $value) -> Field<$value, C> {
                Field::open(place).with_default(default)
            }
            fn __write<C: Codec>(value: &$value, image: &mut Image) {
                image.scalar::<C, _>(value);
            }
        }
    };
}

scalar_field!(#[diagnostic::do_not_recommend] [T: RedisValue] T);
scalar_field!([T: RedisValue] Option<T>);

macro_rules! list_field {
    ([$($generics:tt)*] $value:ty, $handle:ident<$element:ident>) => {
        impl<$($generics)*> RedisField for $value {
            type Handle<C: Codec> = $handle<$element, C>;
            const __KIND: Kind = Kind::List;
            type __Shape<C: Codec> = Elements<$value, $element, C>;
            fn __open<C: Codec>(place: Place) -> $handle<$element, C> {
                $handle::open(place)
            }
            fn __write<C: Codec>(value: &$value, image: &mut Image) {
                image.list::<C, _>(value);
            }
        }
    };
}

list_field!([T: Storable] Vec<T>, List<T>);
list_field!([T: Storable] VecDeque<T>, Deque<T>);

macro_rules! hash_field {
    ([$($generics:tt)*] $value:ty) => {
        impl<$($generics)*> RedisField for $value {
            type Handle<C: Codec> = Map<K, V, C>;
            const __KIND: Kind = Kind::Hash;
            type __Shape<C: Codec> = Entries<$value, K, V, C>;
            fn __open<C: Codec>(place: Place) -> Map<K, V, C> {
                Map::open(place)
            }
            fn __write<C: Codec>(value: &$value, image: &mut Image) {
                image.hash::<C, _, _>(value);
            }
        }
    };
}

hash_field!([K: Storable + Eq + Hash, V: Storable, S: BuildHasher + Default + Send + 'static] HashMap<K, V, S>);
hash_field!([K: Storable + Ord, V: Storable] BTreeMap<K, V>);

macro_rules! set_field {
    ([$($generics:tt)*] $value:ty) => {
        impl<$($generics)*> RedisField for $value {
            type Handle<C: Codec> = Set<T, C>;
            const __KIND: Kind = Kind::Set;
            type __Shape<C: Codec> = Elements<$value, T, C>;
            fn __open<C: Codec>(place: Place) -> Set<T, C> {
                Set::open(place)
            }
            fn __write<C: Codec>(value: &$value, image: &mut Image) {
                image.set::<C, _>(value);
            }
        }
    };
}

set_field!([T: Storable + Eq + Hash, S: BuildHasher + Default + Send + 'static] HashSet<T, S>);
set_field!([T: Storable + Ord] BTreeSet<T>);
