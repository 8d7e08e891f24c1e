//! The whole of a hash: snapshots, comparison, replacement, iteration.

use std::collections::HashMap;
use std::hash::Hash;

use crate::arg::Arg;
use crate::codec::Codec;
use crate::collections::fill::Filling;
use crate::collections::iter::Iter;
use crate::command::Command;
use crate::decode::{Bytes, Entries, Entry, Many, Scanned};
use crate::operation::Operation;
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

use super::Map;

impl<K: Storable, V: Storable, C: Codec> Map<K, V, C> {
    /// All entries, in a collection of your choice. `HGETALL`, O(n); what is large is better [iterated](Map::iter).
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # use std::collections::BTreeMap;
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let sorted: BTreeMap<String, u32> = store.map("stock").collect().wait()?;
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn collect<M: FromIterator<(K, V)> + 'static>(&self) -> Command<M> {
        self.entries().mapped(M::from_iter)
    }

    /// All entries. `HGETALL`, O(n).
    pub fn to_map(&self) -> Command<HashMap<K, V>>
    where
        K: Eq + Hash,
    {
        Command::new::<Entries<HashMap<K, V>, K, V, C>>(self.place(), self.get_all())
    }

    /// All entries, which are removed: the map is empty afterwards. A script of `HGETALL` and `UNLINK`, O(n).
    ///
    /// # Errors
    /// `Decode` if an entry is not of the types `K` and `V`; all are removed then all the same.
    pub fn drain(&self) -> Command<Vec<(K, V)>> {
        static DRAIN: Script = Script::new(include_str!("../../scripts/map_drain.lua"));
        let request = Request::write().eval(&DRAIN, &[self.key()], |_| {});
        Command::new::<Entries<Vec<(K, V)>, K, V, C>>(self.place(), request)
    }

    /// Removes what is there and sets these entries instead, in one step: nobody sees the map empty or half full. A
    /// time to live stays. Without entries the map is removed. A script of `UNLINK` and `HSET`, O(n), and the server
    /// does nothing else meanwhile: some 3 µs for each entry.
    ///
    /// # Errors
    /// `Encode` if a key or a value has no encoding; then nothing is sent.
    pub fn replace_all<I, A, B>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Arg<K>,
        B: Arg<V>,
    {
        Filling::HASH.replace(self.place(), |a| {
            for (key, value) in entries {
                a.member::<C, _>(key.__as()).value::<C, _>(value.__as());
            }
        })
    }

    /// Sets these entries where there is nothing yet. A script of `EXISTS` and `HSET`, O(n) as
    /// [`replace_all`](Map::replace_all). Without entries it only looks whether the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was. `Encode` if a key or a value has no encoding.
    pub fn create<I, A, B>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Arg<K>,
        B: Arg<V>,
    {
        Filling::HASH.create(self.place(), |a| {
            for (key, value) in entries {
                a.member::<C, _>(key.__as()).value::<C, _>(value.__as());
            }
        })
    }

    /// Whether the map holds these entries and no others, in whatever order; of entries with the same key the last one
    /// counts. Values are compared as bytes, and where these differ by `PartialEq`. `HGETALL`, O(n).
    pub fn content_eq<I, A, B>(&self, entries: I) -> Command<bool>
    where
        I: IntoIterator<Item = (A, B)>,
        A: Arg<K>,
        B: Arg<V>,
        V: PartialEq,
    {
        let mut expected = HashMap::new();
        for (key, value) in entries {
            let (mut field, mut content) = (Vec::new(), Vec::new());
            let encoded =
                C::encode_member(key.__as(), &mut field).and_then(|()| C::encode(value.__as(), &mut content));
            if encoded.is_err() {
                // what cannot be stored is not there
                return self.len().map(|_| false);
            }
            expected.insert(field, content);
        }
        let same = |stored: &[u8], expected: &[u8]| {
            stored == expected
                || matches!((C::decode::<V>(stored), C::decode::<V>(expected)), (Ok(a), Ok(b)) if a == b)
        };
        Command::new::<Many<Vec<Option<Vec<u8>>>, Bytes>>(self.place(), self.get_all()).map(move |stored| {
            stored.len() == 2 * expected.len()
                && stored.chunks_exact(2).all(|entry| match entry {
                    [Some(key), Some(value)] => {
                        expected.get(key).is_some_and(|expected| same(value, expected))
                    }
                    _ => false,
                })
        })
    }

    /// The entries, fetched in pages of about 500 as they are needed, in no order. `HSCAN`, O(1) for each entry and one
    /// round trip for each page.
    ///
    /// Others may change the map meanwhile. What is there from beginning to end comes at least once; what is added or
    /// removed meanwhile may come or not; and an entry may come twice, with another value, if the map grows or shrinks
    /// much meanwhile. For a consistent picture use [`collect`](Map::collect).
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// for entry in store.map::<String, u32>("stock").iter().wait() {
    ///     let (name, count) = entry?;
    ///     println!("{name}: {count}");
    /// }
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn iter(&self) -> Iter<(K, V)> {
        let place = self.place().clone();
        Iter::new(move |cursor| {
            let request = Request::read().command("HSCAN", |a| {
                a.key(place.key()).int(cursor).raw(b"COUNT").raw(b"500");
            });
            let page = Command::new::<Scanned<Entry<K, V, C>>>(&place, request);
            Operation::new(place.store(), |run| async move { run.command(page).await })
        })
    }

    fn entries(&self) -> Command<Vec<(K, V)>> {
        Command::new::<Entries<Vec<(K, V)>, K, V, C>>(self.place(), self.get_all())
    }

    fn get_all(&self) -> Request {
        Request::read().command("HGETALL", |a| _ = a.key(self.key()))
    }
}
