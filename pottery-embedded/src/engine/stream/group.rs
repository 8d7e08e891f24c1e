//! Consumer groups: who was given which entries and hasn't acknowledged them yet.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::engine::stream::Id;

/// A group of consumers that share a stream's entries.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Group {
    /// The last entry that any of them was given.
    pub(crate) last_id: Id,
    /// How many entries they were given of all that ever were, if that is known.
    pub(crate) entries_read: Option<i64>,
    /// What they haven't acknowledged. The same is in each [`Consumer::pending`].
    pending: BTreeMap<Id, Pending>,
    consumers: BTreeMap<Rc<[u8]>, Consumer>,
}

/// An entry that was delivered and is not acknowledged.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pending {
    pub(crate) consumer: Rc<[u8]>,
    /// When, in milliseconds since 1970, and how often.
    pub(crate) delivered_at: i64,
    pub(crate) deliveries: i64,
}

/// One of a group's consumers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Consumer {
    /// When it was last heard of, in milliseconds since 1970.
    pub(crate) seen_at: i64,
    pub(crate) pending: BTreeSet<Id>,
}

impl Group {
    pub(crate) fn new(last_id: Id, entries_read: Option<i64>) -> Group {
        Group { last_id, entries_read, pending: BTreeMap::new(), consumers: BTreeMap::new() }
    }

    pub(crate) fn pending(&self) -> &BTreeMap<Id, Pending> {
        &self.pending
    }

    /// By name, in the order of their bytes.
    pub(crate) fn consumers(&self) -> &BTreeMap<Rc<[u8]>, Consumer> {
        &self.consumers
    }

    /// The name of a consumer that has just been heard of, and whether it is a new one.
    pub(crate) fn consumer(&mut self, name: &[u8], now: i64) -> (Rc<[u8]>, bool) {
        if let Some(own) = self.consumers.get_key_value(name).map(|(own, _)| Rc::clone(own)) {
            self.saw(&own, now);
            return (own, false);
        }
        let own: Rc<[u8]> = name.into();
        self.consumers.insert(Rc::clone(&own), Consumer { seen_at: now, pending: BTreeSet::new() });
        (own, true)
    }

    fn saw(&mut self, name: &[u8], now: i64) {
        if let Some(consumer) = self.consumers.get_mut(name) {
            consumer.seen_at = now;
        }
    }

    /// Gives an entry to a consumer, whoever had it before.
    pub(crate) fn assign(&mut self, id: Id, consumer: &Rc<[u8]>, delivered_at: i64, deliveries: i64) {
        let pending = Pending { consumer: Rc::clone(consumer), delivered_at, deliveries };
        if let Some(before) = self.pending.insert(id, pending)
            && before.consumer != *consumer
            && let Some(before) = self.consumers.get_mut(&before.consumer)
        {
            before.pending.remove(&id);
        }
        if let Some(consumer) = self.consumers.get_mut(consumer) {
            consumer.pending.insert(id);
        }
    }

    /// Notes that an entry was delivered once more to the consumer that has it.
    pub(crate) fn deliver_again(&mut self, id: Id, now: i64) {
        if let Some(pending) = self.pending.get_mut(&id) {
            pending.delivered_at = now;
            pending.deliveries = pending.deliveries.wrapping_add(1);
        }
    }

    /// Forgets that an entry is pending. Returns what was known of it.
    pub(crate) fn acknowledge(&mut self, id: Id) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        Some(pending)
    }

    /// Forgets a consumer, and the entries that it had. Returns how many those were.
    pub(crate) fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }
}
