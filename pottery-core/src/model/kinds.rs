//! Fields of which the user has said more than their type: `#[redis(sorted_set)]`, `#[redis(queue)]` ... Each names the
//! Rust types that it fits, the handle, and how the field is written and read as a part of the whole object.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

use super::field::{FieldAs, RedisField};
use super::image::Image;
use super::read::{Reading, Slot};
use crate::codec::{Codec, Native};
use crate::collections::bits::{Bits, Positions};
use crate::collections::default_map::DefaultMap;
use crate::collections::hyper_log_log::{HyperLogLog, Sketch, Sketched};
use crate::collections::multiset::{Counted, MultiSet};
use crate::collections::queue::{Queue, Stack, UniqueQueue, UniqueStack};
use crate::collections::sorted_set::SortedSet;
use crate::collections::text::{Text, Whole};
use crate::collections::unique_list::UniqueList;
use crate::decode::{Collected, Elements, Entries, Firsts, Many, Scored};
use crate::place::Place;
use crate::registry::{FieldInfo, Kind};
use crate::reply::{Reply, Step};
use crate::storable::Storable;

/// Declares what stands for a kind.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident)*) => { $(
        $(#[$doc])*
        #[doc(hidden)]
        #[derive(Debug)]
        pub enum $name {}
    )* };
}

kinds! {
    /// `#[redis(queue)]`
    AsQueue
    /// `#[redis(stack)]`
    AsStack
    /// `#[redis(unique_queue)]`
    AsUniqueQueue
    /// `#[redis(unique_stack)]`
    AsUniqueStack
    /// `#[redis(unique_list)]`
    AsUniqueList
    /// `#[redis(sorted_set)]`
    AsSortedSet
    /// `#[redis(counter)]`
    AsCounter
    /// `#[redis(default_map)]`
    AsDefaultMap
    /// `#[redis(text)]`
    AsText
    /// `#[redis(bits)]`
    AsBits
}

/// A Rust type that a kind fits: its handle, the Redis type, how it is written, and the shape it is read as.
macro_rules! fits {
    ([$($generics:tt)*] $field:ty, $kind:ty, $handle:ty, $redis:expr, $shape:ty,
     |$place:ident| $open:expr, |$value:ident, $image:ident| $write:expr) => {
        #[diagnostic::do_not_recommend]
        impl<$($generics)* C: Codec> FieldAs<$kind, C> for $field {
            type Handle = $handle;
            const __KIND: Kind = $redis;
            const __CODEC: &'static str = C::NAME;
            fn __open($place: Place) -> $handle {
                $open
            }
            fn __write($value: &Self, $image: &mut Image) {
                $write;
            }
            fn __read(
                slot: &mut Slot<Self>,
                reading: &mut Reading,
                reply: &mut Reply<'_>,
                field: &'static FieldInfo,
            ) -> Step<()> {
                slot.read::<$shape>(reading, reply, field)
            }
        }
    };
}

macro_rules! sequences {
    ($($field:ident)*) => { $(
        fits!([T: Storable,] $field<T>, AsQueue, Queue<T, C>, Kind::List, Elements<Self, T, C>,
            |place| Queue::open(place), |items, image| image.list::<C, _>(items));
        fits!([T: Storable,] $field<T>, AsStack, Stack<T, C>, Kind::List, Elements<Self, T, C>,
            |place| Stack::open(place), |items, image| image.list::<C, _>(items));
        fits!([T: Storable,] $field<T>, AsUniqueList, UniqueList<T, C>, Kind::List, Elements<Self, T, C>,
            |place| UniqueList::open(place), |items, image| image.unique_list::<C, _>(items));
        fits!([T: Storable,] $field<T>, AsUniqueQueue, UniqueQueue<T, C>, Kind::SortedSet, Firsts<Self, T, C>,
            |place| UniqueQueue::open(place), |items, image| image.numbered::<C, _>(items));
        fits!([T: Storable,] $field<T>, AsUniqueStack, UniqueStack<T, C>, Kind::SortedSet, Firsts<Self, T, C>,
            |place| UniqueStack::open(place), |items, image| image.numbered::<C, _>(items));
    )* };
}

sequences!(Vec VecDeque);

macro_rules! maps {
    ($([$($key:tt)*] $map:ident<$($hasher:ident)?>;)*) => { $(
        fits!([$($key)*] $map<T, f64 $(, $hasher)?>, AsSortedSet, SortedSet<T, C>, Kind::SortedSet,
            Collected<Self, Scored<T, C>>,
            |place| SortedSet::open(place), |entries, image| image.scored::<C, _>(entries));
        fits!([$($key)*] $map<T, i64 $(, $hasher)?>, AsCounter, MultiSet<T, C>, Kind::Hash,
            Many<Self, Counted<T, C>>,
            |place| MultiSet::open(place), |counts, image| image.counts::<C, _>(counts));
        fits!([V: Storable + Default, $($key)*] $map<T, V $(, $hasher)?>, AsDefaultMap, DefaultMap<T, V, C>, Kind::Hash,
            Entries<Self, T, V, C>,
            |place| DefaultMap::open(place, V::default), |entries, image| image.hash::<C, _, _>(entries));
    )* };
}

maps! {
    [T: Storable + Eq + Hash, S: BuildHasher + Default + Send + 'static,] HashMap<S>;
    [T: Storable + Ord,] BTreeMap<>;
}

fits!([T: Storable,] Vec<(T, f64)>, AsSortedSet, SortedSet<T, C>, Kind::SortedSet, Scored<T, C>,
    |place| SortedSet::open(place),
    |entries, image| image.scored::<C, T>(entries.iter().map(|(member, score)| (member, score))));

fits!([] String, AsText, Text, Kind::String, Whole,
    |place| Text::open(place), |text, image| image.string(text.as_bytes()));

fits!([S: BuildHasher + Default + Send + 'static,] HashSet<u64, S>, AsBits, Bits, Kind::String, Positions<Self>,
    |place| Bits::open(place), |positions, image| image.bits(positions.iter().copied()));
fits!([] BTreeSet<u64>, AsBits, Bits, Kind::String, Positions<Self>,
    |place| Bits::open(place), |positions, image| image.bits(positions.iter().copied()));

#[diagnostic::do_not_recommend]
impl<T: Storable> RedisField for Sketch<T> {
    type Handle<C: Codec> = HyperLogLog<T, C>;
    const __KIND: Kind = Kind::String;
    type __Shape<C: Codec> = Sketched<T>;
    fn __open<C: Codec>(place: Place) -> HyperLogLog<T, C> {
        HyperLogLog::open(place)
    }
    fn __write<C: Codec>(sketch: &Self, image: &mut Image) {
        match sketch.is_empty() {
            true => image.nothing(),
            false => image.string(sketch.as_bytes()),
        }
    }
}

/// What is written of the kinds that are more than a list, a hash or a set.
impl Image {
    /// A list of which no item is there twice: of equal ones the last stays.
    fn unique_list<'a, C: Codec, T: Storable>(&mut self, items: impl IntoIterator<Item = &'a T>) {
        let encoded: Vec<Vec<u8>> =
            items.into_iter().map(|item| self.encoded(|a| _ = a.value::<C, T>(item))).collect();
        let mut seen = HashSet::new();
        let mut last: Vec<&[u8]> =
            encoded.iter().rev().map(Vec::as_slice).filter(|item| seen.insert(*item)).collect();
        last.reverse();
        self.elements(last);
    }

    /// A sorted set with running numbers: of equal items the first counts.
    fn numbered<'a, C: Codec, T: Storable>(&mut self, items: impl IntoIterator<Item = &'a T>) {
        let encoded: Vec<Vec<u8>> =
            items.into_iter().map(|item| self.encoded(|a| _ = a.member::<C, T>(item))).collect();
        let mut seen = HashSet::new();
        let first: Vec<&[u8]> = encoded.iter().map(Vec::as_slice).filter(|item| seen.insert(*item)).collect();
        let numbers: Vec<Vec<u8>> =
            (1..=first.len()).map(|number| self.encoded(|a| _ = a.int(number))).collect();
        self.elements(numbers.iter().zip(first).flat_map(|(number, item)| [number.as_slice(), item]));
        self.relative();
    }

    /// Of equal members the last counts.
    fn scored<'a, C: Codec, T: Storable>(&mut self, entries: impl IntoIterator<Item = (&'a T, &'a f64)>) {
        let encoded: Vec<[Vec<u8>; 2]> = entries
            .into_iter()
            .map(|(member, score)| {
                [
                    self.encoded(|a| match crate::collections::sorted_set::bounds::score_text(*score) {
                        Ok(score) => _ = a.raw(score.as_bytes()),
                        Err(error) => a.fail(error),
                    }),
                    self.encoded(|a| _ = a.member::<C, T>(member)),
                ]
            })
            .collect();
        let mut seen = HashSet::new();
        let mut last: Vec<_> =
            encoded.iter().rev().filter(|[_, member]| seen.insert(member.as_slice())).collect();
        last.reverse();
        self.elements(last.into_iter().flatten().map(Vec::as_slice));
    }

    /// Counts are numbers as Redis counts them, whatever the codec.
    fn counts<'a, C: Codec, T: Storable>(&mut self, counts: impl IntoIterator<Item = (&'a T, &'a i64)>) {
        let encoded: Vec<Vec<u8>> = counts
            .into_iter()
            .flat_map(|(item, count)| {
                [
                    self.encoded(|a| _ = a.member::<C, T>(item)),
                    self.encoded(|a| _ = a.value::<Native, i64>(count)),
                ]
            })
            .collect();
        self.elements(encoded.iter().map(Vec::as_slice));
    }

    fn bits(&mut self, positions: impl Iterator<Item = u64>) {
        match crate::collections::bits::bytes_of(positions) {
            Ok(bytes) if bytes.is_empty() => self.nothing(),
            Ok(bytes) => self.string(&bytes),
            Err(error) => self.refused(error),
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        let encoded = self.encoded(|a| _ = a.raw(bytes));
        self.elements([encoded.as_slice()]);
    }

    fn nothing(&mut self) {
        self.elements([]);
    }
}
