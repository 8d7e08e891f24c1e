//! Maps with a default.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::map::Map;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::key::Key;
use crate::place::Place;
use crate::storable::Storable;
use crate::store::Store;

/// A [`Map`] in which every key has a value: to [`get`](DefaultMap::get) one that is not there stores the default and
/// returns it. A Redis hash.
///
/// It derefs to the map, whose operations it has all; of these, none but [`get`](DefaultMap::get) knows the default:
/// `contains_key`, `get_many`, `get_or` and [`peek`](DefaultMap::peek) insert nothing, and `incr` counts from 0.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let lives = store.default_map::<String, u32>("lives", || 3);
/// assert_eq!(lives.get("ann").wait()?, 3);
/// lives.insert("bob", 1).wait()?;
/// assert_eq!(lives.get("bob").wait()?, 1);
/// assert_eq!(lives.peek("eve").wait()?, None);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct DefaultMap<K, V, C = Native> {
    map: Map<K, V, C>,
    default: Arc<dyn Fn() -> V + Send + Sync>,
}

impl Store {
    /// The hash at a key, as a map with a default: `|| 3`, `Vec::new`, `Default::default`. Nothing is sent.
    pub fn default_map<K: Storable, V: Storable>(
        &self,
        key: impl Into<Key>,
        default: impl Fn() -> V + Send + Sync + 'static,
    ) -> DefaultMap<K, V> {
        DefaultMap::open(Place::free(self, key.into()), default)
    }
}

impl<K, V, C> DefaultMap<K, V, C> {
    pub(crate) fn open(place: Place, default: impl Fn() -> V + Send + Sync + 'static) -> DefaultMap<K, V, C> {
        DefaultMap { map: Map::open(place), default: Arc::new(default) }
    }

    /// The same place with another codec for its entries.
    pub fn codec<D: Codec>(self) -> DefaultMap<K, V, D> {
        DefaultMap { map: self.map.codec(), default: self.default }
    }

    /// The same place as a plain map.
    pub fn into_map(self) -> Map<K, V, C> {
        self.map
    }
}

impl<K: Storable, V: Storable, C: Codec> DefaultMap<K, V, C> {
    /// The value of a key; if there is none, the default, which is stored: all who ask at the same time get the same. The
    /// default is made on each call, whether it is needed or not. A script of `HGET` and `HSET`, O(1).
    ///
    /// # Errors
    /// `Encode` if the key or the default has no encoding. Otherwise those of a [`Map`].
    pub fn get(&self, key: impl Arg<K>) -> Command<V> {
        self.map.get_or_insert(key, (self.default)())
    }

    /// The value of a key, or `None`; nothing is stored. `HGET`, O(1).
    pub fn peek(&self, key: impl Arg<K>) -> Command<Option<V>> {
        self.map.get(key)
    }
}

impl<K, V, C> Clone for DefaultMap<K, V, C> {
    fn clone(&self) -> Self {
        DefaultMap { map: self.map.clone(), default: self.default.clone() }
    }
}

impl<K, V, C> fmt::Debug for DefaultMap<K, V, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DefaultMap").field(self.map.key()).finish()
    }
}

impl<K, V, C> Deref for DefaultMap<K, V, C> {
    type Target = Map<K, V, C>;
    fn deref(&self) -> &Map<K, V, C> {
        &self.map
    }
}
