//! Streams: entries in the order of their names, and groups of consumers that read them.

mod group;
mod id;
mod node;

use std::collections::BTreeMap;

use crate::engine::args::Owned;

pub(crate) use group::{Group, Pending};
pub(crate) use id::{Id, NewId};
pub(crate) use node::MAX_ENTRIES;
use node::Node;

/// A stream. It stays when it becomes empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stream {
    /// Fields and values in turn.
    entries: BTreeMap<Id, Owned>,
    /// By the names of their first entries: see [`Node`].
    nodes: BTreeMap<Id, Node>,
    /// The greatest name that an entry ever had.
    pub(crate) last_id: Id,
    /// The greatest name of an entry that was removed by name.
    pub(crate) max_deleted_id: Id,
    /// How many entries there ever were.
    pub(crate) entries_added: i64,
    pub(crate) groups: BTreeMap<Box<[u8]>, Group>,
}

/// What is to go when a stream is trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// The oldest beyond so many.
    Over(usize),
    /// Those before one.
    Before(Id),
}

impl Stream {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn first_id(&self) -> Option<Id> {
        self.entries.first_key_value().map(|(id, _)| *id)
    }

    /// The last entry that is there.
    pub(crate) fn top_id(&self) -> Option<Id> {
        self.entries.last_key_value().map(|(id, _)| *id)
    }

    pub(crate) fn get(&self, id: Id) -> Option<&Owned> {
        self.entries.get(&id)
    }

    /// The entries from one name to another, both included.
    pub(crate) fn range(&self, start: Id, end: Id) -> impl DoubleEndedIterator<Item = (Id, &Owned)> {
        let range = (start <= end).then(|| self.entries.range(start..=end));
        range.into_iter().flatten().map(|(id, entry)| (*id, entry))
    }

    /// The name that a new entry gets. `None` if there is none left that would fit.
    pub(crate) fn next_id(&self, id: NewId, now: i64) -> Option<Id> {
        match id {
            NewId::Given(id) => Some(id),
            NewId::At(ms) if ms == self.last_id.ms => Some(Id { ms, seq: self.last_id.seq.checked_add(1)? }),
            NewId::At(ms) => Some(Id { ms, seq: 0 }),
            NewId::Now => match u64::try_from(now) {
                Ok(ms) if ms > self.last_id.ms => Some(Id { ms, seq: 0 }),
                _ => self.last_id.next(),
            },
        }
    }

    /// Adds an entry, whose name must be greater than all before; `pairs` are fields and values in turn.
    pub(crate) fn append(&mut self, id: Id, pairs: &[&[u8]]) {
        debug_assert!(id > self.last_id);
        match self.nodes.last_entry() {
            Some(mut node) if node.get().has_room(pairs) => node.get_mut().add(id, pairs),
            _ => drop(self.nodes.insert(id, Node::new(id, pairs))),
        }
        self.entries.insert(id, Owned::new(pairs));
        self.last_id = id;
        self.entries_added = self.entries_added.wrapping_add(1);
    }

    /// Removes an entry by name. Returns whether it was there.
    pub(crate) fn remove(&mut self, id: Id) -> bool {
        if self.entries.remove(&id).is_none() {
            return false;
        }
        self.max_deleted_id = self.max_deleted_id.max(id);
        if let Some((first, node)) = self.nodes.range_mut(..=id).next_back() {
            node.live -= 1;
            node.dead += 1;
            if node.live == 0 {
                let first = *first;
                self.nodes.remove(&first);
            }
        }
        true
    }

    /// Removes what is too much. `whole` removes only what Redis keeps together, all of it or nothing, and no more than
    /// `limit` unless that is 0. Returns how many entries were removed.
    pub(crate) fn trim(&mut self, excess: Excess, whole: bool, limit: usize) -> usize {
        let mut removed = 0;
        while let Some(entry) = self.nodes.first_entry() {
            let node = entry.get();
            if matches!(excess, Excess::Over(most) if self.entries.len() <= most)
                || (limit > 0 && removed + node.live > limit)
            {
                break;
            }
            let all = match excess {
                Excess::Over(most) => self.entries.len() - node.live >= most,
                Excess::Before(id) => node.last < id,
            };
            if all {
                removed += node.live;
                for _ in 0..node.live {
                    self.entries.pop_first();
                }
                entry.remove();
                continue;
            }
            if !whole {
                let before = self.entries.len();
                match excess {
                    Excess::Over(most) => {
                        while self.entries.len() > most {
                            self.entries.pop_first();
                        }
                    }
                    Excess::Before(id) => {
                        while self.entries.first_key_value().is_some_and(|(first, _)| *first < id) {
                            self.entries.pop_first();
                        }
                    }
                }
                let gone = before - self.entries.len();
                let node = entry.into_mut();
                node.live -= gone;
                node.dead += gone;
                removed += gone;
            }
            break;
        }
        removed
    }

    /// The names between which lies what Redis would keep together.
    pub(crate) fn pieces(&self) -> Vec<(Id, Id)> {
        self.nodes.iter().map(|(first, node)| (*first, node.last)).collect()
    }

    /// How many pieces Redis would keep this in, and how many nodes its tree would have.
    pub(crate) fn tree_size(&self) -> (usize, usize) {
        let keys: Vec<[u8; 16]> = self.nodes.keys().map(|id| id.key()).collect();
        (keys.len(), node::radix_nodes(&keys))
    }

    /// Notes that a group was given an entry, one after those that it was given before.
    pub(crate) fn advance(&mut self, group: &[u8], id: Id) {
        let counted = !self.has_gaps_after(id);
        let distance = self.distance(id);
        let Some(group) = self.groups.get_mut(group) else { return };
        group.entries_read = match group.entries_read {
            Some(read) if counted => Some(read.wrapping_add(1)),
            known if self.entries_added == 0 => known,
            _ => distance,
        };
        group.last_id = id;
    }

    /// How many entries a group hasn't been given yet, if that can be told.
    pub(crate) fn lag(&self, group: &Group) -> Option<i64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        let read = match group.entries_read {
            Some(read) if !self.has_gaps_after(group.last_id) => read,
            _ => self.distance(group.last_id)?,
        };
        Some(self.entries_added.wrapping_sub(read))
    }

    /// Whether entries from a name on may have been removed.
    fn has_gaps_after(&self, id: Id) -> bool {
        let before_all = self.first_id().is_none_or(|first| first > self.max_deleted_id);
        self.max_deleted_id != Id::MIN && !before_all && id <= self.max_deleted_id
    }

    /// Which of all entries that ever were an entry is, if that can be told.
    pub(crate) fn distance(&self, id: Id) -> Option<i64> {
        let added = self.entries_added;
        if added == 0 {
            return Some(0);
        }
        let length = self.len() as i64;
        let Some(first) = self.first_id() else { return (id <= self.last_id).then_some(added) };
        if id >= self.last_id {
            return (id == self.last_id).then_some(added);
        }
        let whole = self.max_deleted_id == Id::MIN || self.max_deleted_id < first;
        match id.cmp(&first) {
            std::cmp::Ordering::Less if whole => Some(added.wrapping_sub(length)),
            std::cmp::Ordering::Equal if whole => Some(added.wrapping_sub(length).wrapping_add(1)),
            _ => None,
        }
    }
}
