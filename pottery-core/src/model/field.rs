//! Which Redis type a field is, by its Rust type.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use crate::codec::Codec;
use crate::collections::deque::Deque;
use crate::collections::field::Field;
use crate::collections::list::List;
use crate::collections::map::Map;
use crate::collections::set::Set;
use crate::decode::{Decode, Elements, Entries, Stored};
use crate::model::image::Image;
use crate::place::Place;
use crate::registry::Kind;
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
pub trait RedisField {
    /// What the struct holds.
    #[doc(hidden)]
    type __Value;
    /// What reaches the field in Redis.
    type Handle<C: Codec>;
    #[doc(hidden)]
    const __KIND: Kind;
    #[doc(hidden)]
    type __Shape<C: Codec>: Decode<Output = Self::__Value> + 'static;
    #[doc(hidden)]
    fn __open<C: Codec>(place: Place) -> Self::Handle<C>;
    #[doc(hidden)]
    fn __write<C: Codec>(value: &Self::__Value, image: &mut Image);
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

/// A field that is stored whole whatever its type is: `#[redis(value)]`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Whole<T>(PhantomData<fn() -> T>);

/// A field that is a list whatever its type is called: `#[redis(list)]`.
#[doc(hidden)]
#[derive(Debug)]
pub struct AsList<T>(PhantomData<fn() -> T>);

macro_rules! scalar_field {
    ($(#[$doc:meta])* [$($generics:tt)*] $marker:ty, $value:ty) => {
        $(#[$doc])*
        impl<$($generics)*> RedisField for $marker {
            type __Value = $value;
            type Handle<C: Codec> = Field<$value, C>;
            const __KIND: Kind = Kind::Scalar;
            type __Shape<C: Codec> = Stored<$value, C>;
            fn __open<C: Codec>(place: Place) -> Field<$value, C> {
                Field::open(place)
            }
            fn __write<C: Codec>(value: &$value, image: &mut Image) {
                image.scalar::<C, _>(value);
            }
        }
    };
}

scalar_field!(#[diagnostic::do_not_recommend] [T: RedisValue] T, T);
scalar_field!([T: RedisValue] Option<T>, Option<T>);
scalar_field!([T: Storable] Whole<T>, T);

macro_rules! list_field {
    ([$($generics:tt)*] $marker:ty, $value:ty, $handle:ident<$element:ident>) => {
        impl<$($generics)*> RedisField for $marker {
            type __Value = $value;
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

list_field!([T: Storable] Vec<T>, Vec<T>, List<T>);
list_field!([T: Storable] VecDeque<T>, VecDeque<T>, Deque<T>);
list_field!([T: Storable] AsList<Vec<T>>, Vec<T>, List<T>);

macro_rules! hash_field {
    ([$($generics:tt)*] $value:ty) => {
        impl<$($generics)*> RedisField for $value {
            type __Value = $value;
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
            type __Value = $value;
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
