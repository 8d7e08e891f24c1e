//! Collections: handles on the Redis types, each at a key of its own or as a field of a model.

pub(crate) mod bits;
pub(crate) mod bloom;
pub(crate) mod cycle;
pub(crate) mod default_map;
pub(crate) mod deque;
pub(crate) mod field;
pub(crate) mod fill;
pub(crate) mod flag;
pub(crate) mod float;
pub(crate) mod geo;
pub(crate) mod hyper_log_log;
pub(crate) mod integer;
pub(crate) mod iter;
pub(crate) mod keyed;
pub(crate) mod keyspace;
pub(crate) mod limiter;
pub(crate) mod list;
pub(crate) mod map;
pub(crate) mod memo;
pub(crate) mod multiset;
pub(crate) mod number;
pub(crate) mod plain;
pub(crate) mod queue;
pub(crate) mod set;
pub(crate) mod slots;
pub(crate) mod sorted_set;
pub(crate) mod stream;
pub(crate) mod temporary;
pub(crate) mod text;
pub(crate) mod topic;
pub(crate) mod unique_list;
pub(crate) mod value;
pub(crate) mod wait;

use crate::collections::keyed::Keyed;
use crate::key::Key;
use crate::place::Place;
use crate::store::Store;

/// A handle that can be opened at a key: what generic code asks of one.
///
/// ```
/// # use pottery_core::{List, Native, Open, Store};
/// fn at<H: Open>(store: &Store, key: &str) -> H {
///     store.handle(key)
/// }
/// # fn main() -> pottery_core::Result<()> {
/// # let store = Store::open("redis://127.0.0.1/")?;
/// let list: List<u64, Native> = at(&store, "k");
/// # let _ = list; Ok(()) }
/// ```
pub trait Open: Sized {
    #[doc(hidden)]
    fn __open(place: Place) -> Self;
    #[doc(hidden)]
    fn __keyed(&self) -> &Keyed;
}

/// Declares what every handle at a key has in common: how it is made, copied, shown, and what it derefs to.
macro_rules! handle {
    ($name:ident<$($param:ident),*>) => {
        impl<$($param,)* C> $name<$($param,)* C> {
            pub(crate) fn open(place: $crate::place::Place) -> Self {
                $name { at: $crate::collections::keyed::Keyed::new(place), types: ::std::marker::PhantomData }
            }

            /// The same place with another codec for its elements.
            pub fn codec<D: $crate::codec::Codec>(self) -> $name<$($param,)* D> {
                $name::open(self.at.place().clone())
            }

            #[allow(dead_code, reason = "not every handle needs its place")]
            fn place(&self) -> &$crate::place::Place {
                self.at.place()
            }
        }

        impl<$($param,)* C> $crate::collections::Open for $name<$($param,)* C> {
            fn __open(place: $crate::place::Place) -> Self {
                $name::open(place)
            }
            fn __keyed(&self) -> &$crate::collections::keyed::Keyed {
                &self.at
            }
        }

        impl<$($param,)* C> Clone for $name<$($param,)* C> {
            fn clone(&self) -> Self {
                $name::open(self.at.place().clone())
            }
        }

        impl<$($param,)* C> ::std::fmt::Debug for $name<$($param,)* C> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(self.at.key()).finish()
            }
        }

        impl<$($param,)* C> ::std::ops::Deref for $name<$($param,)* C> {
            type Target = $crate::collections::keyed::Keyed;
            fn deref(&self) -> &Self::Target {
                &self.at
            }
        }
    };
}
pub(crate) use handle;

impl Store {
    /// The list at a key. Nothing is sent.
    pub fn list<T: crate::Storable>(&self, key: impl Into<Key>) -> list::List<T> {
        self.handle(key)
    }

    /// The list at a key, as a double-ended queue. Nothing is sent.
    pub fn deque<T: crate::Storable>(&self, key: impl Into<Key>) -> deque::Deque<T> {
        self.handle(key)
    }

    /// The hash at a key. Nothing is sent.
    pub fn map<K: crate::Storable, V: crate::Storable>(&self, key: impl Into<Key>) -> map::Map<K, V> {
        self.handle(key)
    }

    /// The set at a key. Nothing is sent.
    pub fn set<T: crate::Storable>(&self, key: impl Into<Key>) -> set::Set<T> {
        self.handle(key)
    }

    /// The single value at a key. Nothing is sent.
    pub fn value<T: crate::Storable>(&self, key: impl Into<Key>) -> value::Value<T> {
        self.handle(key)
    }

    /// Any handle at a key, for generic code: `store.handle::<List<u64, Json>>("k")`. Nothing is sent.
    pub fn handle<H: Open>(&self, key: impl Into<Key>) -> H {
        H::__open(Place::free(self, key.into()))
    }
}
