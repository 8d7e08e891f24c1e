//! The hash table under the keyspace, hashes, sets and sorted sets.
//!
//! Elements lie in the order in which they were inserted, each with a number that grows from one to the next; the table
//! proper holds places in that row. This gives three things that an ordinary table doesn't: a scan whose cursor is the
//! number of the next element to visit, a random element at once, and the same order in every run.
//!
//! A scan goes from the newest element to the oldest. So what is inserted while it lasts lies behind it and can't
//! prolong it, and whatever is there from its start to its end is met exactly once; Redis promises "at least once".

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// A table from bytes to `V`, whose keys are kept as `K`.
#[derive(Clone, Debug)]
pub(crate) struct Dict<V, K = Box<[u8]>> {
    /// In the order of insertion, with holes where elements were removed; the last one is no hole.
    slots: Vec<Slot<V, K>>,
    /// Places in `slots`.
    table: HashTable<u32>,
    /// The number of the next element.
    next: u64,
    hasher: DefaultHashBuilder,
}

#[derive(Clone, Debug)]
struct Slot<V, K> {
    hash: u64,
    sequence: u64,
    item: Option<(K, V)>,
}

/// Where an element lies, until the next removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u32);

/// The hash of a key that was looked for in vain, so that inserting it needs no second one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Absent(u64);

/// Fewer holes than this are left alone.
const HOLES: usize = 32;

impl<V, K> Default for Dict<V, K> {
    fn default() -> Dict<V, K> {
        Dict { slots: Vec::new(), table: HashTable::new(), next: 1, hasher: DefaultHashBuilder::default() }
    }
}

impl<V, K: AsRef<[u8]> + for<'k> From<&'k [u8]>> Dict<V, K> {
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Where the key is, or what it takes to insert it.
    pub(crate) fn find(&self, key: &[u8]) -> Result<Place, Absent> {
        let hash = self.hasher.hash_one(key);
        let found = self.table.find(hash, |place| self.slots[*place as usize].is(hash, key));
        found.map(|place| Place(*place)).ok_or(Absent(hash))
    }

    /// The element at a place.
    ///
    /// # Panics
    /// When the place is out of date.
    pub(crate) fn at(&self, place: Place) -> (&K, &V) {
        let (key, value) =
            self.slots[place.0 as usize].item.as_ref().expect("places live until the next removal");
        (key, value)
    }

    /// The value at a place, to change.
    ///
    /// # Panics
    /// When the place is out of date.
    pub(crate) fn at_mut(&mut self, place: Place) -> &mut V {
        let item = self.slots[place.0 as usize].item.as_mut();
        &mut item.expect("places live until the next removal").1
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&V> {
        self.find(key).ok().map(|place| self.at(place).1)
    }

    pub(crate) fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        self.find(key).ok().map(|place| self.at_mut(place))
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        self.find(key).is_ok()
    }

    /// Sets the value of a key, which keeps its place if it has one. Returns the former value.
    pub(crate) fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        match self.find(key) {
            Ok(place) => Some(std::mem::replace(self.at_mut(place), value)),
            Err(absent) => {
                self.insert_absent(absent, key.into(), value);
                None
            }
        }
    }

    /// Inserts a key that [`Dict::find`] has just not found.
    pub(crate) fn insert_absent(&mut self, Absent(hash): Absent, key: K, value: V) -> Place {
        let place = u32::try_from(self.slots.len()).expect("four billion elements don't fit into memory");
        self.slots.push(Slot { hash, sequence: self.next, item: Some((key, value)) });
        self.next += 1;
        self.table.insert_unique(hash, place, |place| self.slots[*place as usize].hash);
        Place(place)
    }

    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<(K, V)> {
        self.find(key).ok().map(|place| self.remove_at(place))
    }

    /// Removes the element at a place.
    ///
    /// # Panics
    /// When the place is out of date.
    pub(crate) fn remove_at(&mut self, place: Place) -> (K, V) {
        let slot = &mut self.slots[place.0 as usize];
        let item = slot.item.take().expect("places live until the next removal");
        if let Ok(entry) = self.table.find_entry(slot.hash, |it| *it == place.0) {
            entry.remove();
        }
        while self.slots.last().is_some_and(|slot| slot.item.is_none()) {
            self.slots.pop();
        }
        let holes = self.slots.len() - self.table.len();
        if holes > HOLES && holes > self.table.len() {
            self.compact();
        }
        item
    }

    /// Removes everything. Numbers go on growing, so a cursor from before ends its scan early and repeats nothing.
    pub(crate) fn clear(&mut self) {
        self.slots = Vec::new();
        self.table = HashTable::new();
    }

    /// The elements, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.slots.iter().filter_map(|slot| slot.item.as_ref().map(|(key, value)| (key, value)))
    }

    /// Where the elements are, oldest first.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> {
        (0u32..).zip(&self.slots).filter(|(_, slot)| slot.item.is_some()).map(|(place, _)| Place(place))
    }

    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    pub(crate) fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.slots.iter_mut().filter_map(|slot| slot.item.as_mut().map(|(_, value)| value))
    }

    /// Visits up to `count` elements from `cursor` on and returns the cursor to go on with, 0 at the end. A scan starts
    /// with cursor 0; any other number is allowed too.
    pub(crate) fn scan<'a>(&'a self, cursor: u64, count: usize, mut visit: impl FnMut(&'a K, &'a V)) -> u64 {
        let end = match cursor {
            0 => self.slots.len(),
            cursor => self.slots.partition_point(|slot| slot.sequence <= cursor),
        };
        let mut rest =
            self.slots[..end].iter().rev().filter_map(|slot| slot.item.as_ref().map(|item| (slot, item)));
        for (_, (key, value)) in rest.by_ref().take(count) {
            visit(key, value);
        }
        rest.next().map_or(0, |(slot, _)| slot.sequence)
    }

    /// Any element, each as likely as the others. At least about half of all slots are taken, so this rarely needs more
    /// than a few tries.
    pub(crate) fn random(&self, random: &mut fastrand::Rng) -> Option<Place> {
        if self.is_empty() {
            return None;
        }
        loop {
            let place = random.usize(..self.slots.len());
            if self.slots[place].item.is_some() {
                return Some(Place(place as u32));
            }
        }
    }

    /// The number of the element at a place, which never changes while the element is there.
    pub(crate) fn sequence(&self, place: Place) -> u64 {
        self.slots[place.0 as usize].sequence
    }

    /// Where the element with a number is.
    pub(crate) fn find_sequence(&self, sequence: u64) -> Option<Place> {
        let place = self.slots.binary_search_by_key(&sequence, |slot| slot.sequence).ok()?;
        self.slots[place].item.is_some().then_some(Place(place as u32))
    }

    /// Closes the holes.
    fn compact(&mut self) {
        self.slots.retain(|slot| slot.item.is_some());
        self.slots.shrink_to(2 * self.slots.len());
        self.table.clear();
        for (place, slot) in (0u32..).zip(&self.slots) {
            self.table.insert_unique(slot.hash, place, |place| self.slots[*place as usize].hash);
        }
        self.table.shrink_to(2 * self.slots.len(), |place| self.slots[*place as usize].hash);
    }
}

impl<V, K: AsRef<[u8]>> Slot<V, K> {
    fn is(&self, hash: u64, key: &[u8]) -> bool {
        self.hash == hash && self.item.as_ref().is_some_and(|(own, _)| own.as_ref() == key)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8, u32),
        Remove(u8),
        Clear,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => (any::<u8>(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
            6 => any::<u8>().prop_map(Step::Remove),
            1 => Just(Step::Clear),
        ];
        prop::collection::vec(step, 0..600)
    }

    fn apply(dict: &mut Dict<u32>, step: &Step) {
        match step {
            Step::Insert(key, value) => drop(dict.insert(&[*key], *value)),
            Step::Remove(key) => drop(dict.remove(&[*key])),
            Step::Clear => dict.clear(),
        }
    }

    proptest! {
        #[test]
        fn holds_what_a_map_holds(steps in steps()) {
            let mut dict: Dict<u32> = Dict::default();
            let mut model = BTreeMap::new();
            let mut random = fastrand::Rng::with_seed(7);
            for step in &steps {
                apply(&mut dict, step);
                match step {
                    Step::Insert(key, value) => drop(model.insert(*key, *value)),
                    Step::Remove(key) => drop(model.remove(key)),
                    Step::Clear => model.clear(),
                }
                prop_assert_eq!(dict.len(), model.len());
                let picked = dict.random(&mut random).map(|place| dict.at(place).0[0]);
                prop_assert_eq!(picked.is_some(), !model.is_empty());
                prop_assert!(picked.is_none_or(|key| model.contains_key(&key)));
            }
            let found: BTreeMap<u8, u32> = dict.iter().map(|(key, value)| (key[0], *value)).collect();
            prop_assert_eq!(&found, &model);
            for key in 0..=255 {
                prop_assert_eq!(dict.get(&[key]), model.get(&key));
                if let Ok(place) = dict.find(&[key]) {
                    prop_assert_eq!(dict.find_sequence(dict.sequence(place)), Some(place));
                }
            }
            prop_assert!(dict.slots.len() <= 2 * dict.len() + HOLES);
        }

        /// What changes between two portions of the scan is drawn anew each time.
        #[test]
        fn a_scan_meets_all_that_stays_once_and_ends(
            before in steps(),
            during in prop::collection::vec(prop::collection::vec((any::<u8>(), any::<bool>()), 0..40), 0..60),
            count in 1usize..20,
        ) {
            let mut dict: Dict<u32> = Dict::default();
            for step in &before {
                apply(&mut dict, step);
            }
            let mut stays: BTreeSet<u8> = dict.keys().map(|key| key[0]).collect();
            let limit = dict.len();
            let mut met = Vec::new();
            let mut during = during.iter();
            let mut cursor = 0;
            loop {
                cursor = dict.scan(cursor, count, |key, _| met.push(key[0]));
                if cursor == 0 {
                    break;
                }
                for (key, insert) in during.next().into_iter().flatten() {
                    if *insert {
                        dict.insert(&[*key], 0);
                    } else {
                        dict.remove(&[*key]);
                        stays.remove(key);
                    }
                }
            }
            prop_assert!(met.len() <= limit);
            for key in stays {
                prop_assert_eq!(met.iter().filter(|it| **it == key).count(), 1, "{}", key);
            }
        }
    }
}
