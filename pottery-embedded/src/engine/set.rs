//! What a set does besides holding members: whole numbers alone are an intset in Redis, which is sorted.

use crate::engine::number::parse_i64;
use crate::engine::value::Set;

impl Set {
    /// Adds a member. Returns whether it is new. `entries` is up to how many numbers Redis keeps as an intset.
    pub(crate) fn add(&mut self, member: &[u8], entries: usize) -> bool {
        let Err(absent) = self.members.find(member) else { return false };
        self.members.insert_absent(absent, member.into(), ());
        self.table = self.table || parse_i64(member).is_none() || self.members.len() > entries;
        true
    }

    /// A set of these members.
    pub(crate) fn collect<'a>(members: impl Iterator<Item = &'a [u8]>, entries: usize) -> Set {
        let mut set = Set::default();
        for member in members {
            set.add(member, entries);
        }
        set
    }

    /// The members as Redis lists them: those of an intset by size, others in no order.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &[u8]> {
        let (unsorted, mut numbers) = if self.table {
            (Some(self.members.keys()), Vec::new())
        } else {
            let number = |member: &'_ [u8]| parse_i64(member).unwrap_or_default();
            (None, self.members.keys().map(|member| (number(member), &**member)).collect())
        };
        numbers.sort_unstable();
        let sorted = numbers.into_iter().map(|(_, member)| member);
        sorted.chain(unsorted.into_iter().flatten().map(|member| &**member))
    }

    pub(crate) fn contains(&self, member: &[u8]) -> bool {
        self.members.contains(member)
    }

    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }
}
