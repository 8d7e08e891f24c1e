//! One database: its keys, when they expire, and who waits for what.
//!
//! This is bookkeeping. What an access *means* (expiry, events, propagation) is in [`crate::engine::context`].

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::engine::client::ClientId;
use crate::engine::dict::{Dict, Place};
use crate::engine::value::Value;

/// A key's value and its time to live.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    /// When it expires, in milliseconds since 1970. Change it with [`Db::set_expiry`] alone.
    expires_at: Option<i64>,
    /// About how many bytes it takes, when that was last looked at.
    size: usize,
    /// When it was last looked up, in seconds since 1970: `OBJECT IDLETIME`.
    pub(crate) accessed: u32,
}

impl Entry {
    pub(crate) fn new(value: Value) -> Entry {
        Entry { value, expires_at: None, size: 0, accessed: 0 }
    }

    pub(crate) fn expires_at(&self) -> Option<i64> {
        self.expires_at
    }

    /// Whether it is there no more, although nobody may have removed it yet.
    ///
    /// In Redis a key outlives its time by a millisecond. Nobody sees that of a clock that runs, but a test that advances
    /// one by the time to live would find the key alive.
    pub(crate) fn expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| now >= at)
    }
}

/// One of the databases that `SELECT` chooses from.
#[derive(Debug, Default)]
pub(crate) struct Db {
    keys: Dict<Entry>,
    /// When keys expire, and their numbers in `keys`: exactly those that have a time to live.
    expiries: BTreeSet<(i64, u64)>,
    /// About how many bytes the keys take; kept only while there is a limit.
    pub(crate) used: usize,
    /// Who watches a key, for `EXEC`.
    pub(crate) watchers: HashMap<Box<[u8]>, Vec<ClientId>>,
    /// Who is blocked on a key.
    pub(crate) waiting: HashMap<Box<[u8]>, Waiting>,
}

/// Who is blocked on a key.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// In the order of arrival.
    pub(crate) clients: Vec<ClientId>,
    /// Whether it has been noted already that the key has come into being.
    pub(crate) noted: bool,
}

impl Db {
    /// The keys, expired ones included.
    pub(crate) fn keys(&self) -> &Dict<Entry> {
        &self.keys
    }

    pub(crate) fn value_mut(&mut self, place: Place) -> &mut Value {
        &mut self.keys.at_mut(place).value
    }

    /// Notes that a key was looked up.
    pub(crate) fn accessed(&mut self, place: Place, second: u32) {
        self.keys.at_mut(place).accessed = second;
    }

    /// How many keys have a time to live.
    pub(crate) fn expiring(&self) -> usize {
        self.expiries.len()
    }

    /// Keys that have a time to live, those that expire soonest first.
    pub(crate) fn soonest(&self) -> impl Iterator<Item = Place> {
        self.expiries.iter().filter_map(|(_, sequence)| self.keys.find_sequence(*sequence))
    }

    /// Notes how many bytes a key takes.
    pub(crate) fn set_size(&mut self, place: Place, size: usize) {
        let former = std::mem::replace(&mut self.keys.at_mut(place).size, size);
        self.used = self.used.saturating_sub(former) + size;
    }

    /// Notes that of all keys.
    pub(crate) fn measure(&mut self, usage: impl Fn(&[u8], &Entry) -> usize) {
        let sizes: Vec<usize> = self.keys.iter().map(|(key, entry)| usage(key, entry)).collect();
        self.used = sizes.iter().sum();
        for (entry, size) in self.keys.values_mut().zip(sizes) {
            entry.size = size;
        }
    }

    /// The first time at which a key expires.
    pub(crate) fn next_expiry(&self) -> Option<i64> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// A key that has expired.
    pub(crate) fn next_expired(&self, now: i64) -> Option<Place> {
        let (at, sequence) = self.expiries.first()?;
        if now >= *at { self.keys.find_sequence(*sequence) } else { None }
    }

    /// Adds a key that isn't there.
    pub(crate) fn add(&mut self, key: &[u8], value: Value) -> Place {
        match self.keys.find(key) {
            Ok(place) => {
                *self.value_mut(place) = value;
                place
            }
            Err(absent) => self.keys.insert_absent(absent, key.into(), Entry::new(value)),
        }
    }

    /// Sets or takes away the time to live.
    pub(crate) fn set_expiry(&mut self, place: Place, at: Option<i64>) {
        let sequence = self.keys.sequence(place);
        let entry = self.keys.at_mut(place);
        if let Some(former) = entry.expires_at {
            self.expiries.remove(&(former, sequence));
        }
        entry.expires_at = at;
        if let Some(at) = at {
            self.expiries.insert((at, sequence));
        }
    }

    pub(crate) fn remove(&mut self, place: Place) -> (Box<[u8]>, Entry) {
        if let Some(at) = self.keys.at(place).1.expires_at {
            self.expiries.remove(&(at, self.keys.sequence(place)));
        }
        let (key, entry) = self.keys.remove_at(place);
        self.used = self.used.saturating_sub(entry.size);
        (key, Entry { size: 0, ..entry })
    }

    /// Removes all keys and returns how many there were.
    pub(crate) fn clear(&mut self) -> usize {
        let count = self.keys.len();
        self.keys.clear();
        self.expiries.clear();
        self.used = 0;
        count
    }

    /// Takes over the keys of another database, which takes those of this one. Who waits or watches stays.
    pub(crate) fn swap_keys(&mut self, other: &mut Db) {
        std::mem::swap(&mut self.keys, &mut other.keys);
        std::mem::swap(&mut self.expiries, &mut other.expiries);
        std::mem::swap(&mut self.used, &mut other.used);
    }
}
