//! Multisets together.

use std::collections::HashMap;
use std::hash::Hash;

use super::MultiSet;
use super::operand::{Counts, Local, Part, overflow};
use crate::batch;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Bytes, Many, Number, undecodable};
use crate::error::{Error, Result};
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// # Multisets together
///
/// The other operand is a `&MultiSet` of the same store, or [`Counts`] that the program has. The result holds only items
/// whose count is above 0, as Python's operators have it. What is only read is combined here, of one moment of both; what
/// is changed is combined in a script, which needs some microseconds for each item, on a cluster both in one slot.
/// `Misuse` if the other is of another store.
impl<T: Storable, C: Codec> MultiSet<T, C> {
    /// The counts of both added up: Python's `+`. `HGETALL`, O(n).
    pub fn sum(&self, other: impl Counts<T, C>) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.combined(other, |own, other| own.checked_add(other).ok_or_else(overflow))
    }

    /// The counts of this less those of the other: Python's `-`. `HGETALL`, O(n).
    pub fn difference(&self, other: impl Counts<T, C>) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.combined(other, |own, other| own.checked_sub(other).ok_or_else(overflow))
    }

    /// Of each item the greater count: Python's `|`. `HGETALL`, O(n).
    pub fn union(&self, other: impl Counts<T, C>) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.combined(other, |own, other| Ok(own.max(other)))
    }

    /// Of each item the smaller count: Python's `&`. `HGETALL`, O(n).
    pub fn intersection(&self, other: impl Counts<T, C>) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.combined(other, |own, other| Ok(own.min(other)))
    }

    /// The items whose count is above 0: Python's unary `+`. `HGETALL`, O(n).
    pub fn positive(&self) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.entries().mapped(|entries| entries.into_iter().filter(|(_, count)| *count > 0).collect())
    }

    /// The items whose count is below 0, with counts above it: Python's unary `-`. `HGETALL`, O(n).
    pub fn negative(&self) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.entries().try_map(|entries| {
            let negative = entries.into_iter().filter(|(_, count)| *count < 0);
            negative.map(|(item, count)| Ok((item, count.checked_neg().ok_or_else(overflow)?))).collect()
        })
    }

    /// Adds the counts of the other, and drops what is not above 0 then: Python's `+=`. Says how many different items are
    /// left. A script, O(n).
    pub fn sum_update(&self, other: impl Counts<T, C>) -> Command<usize> {
        self.change(b"ADD", true, other.__counts())
    }

    /// Subtracts the counts of the other, and drops what is not above 0 then: Python's `-=`. Says how many different
    /// items are left. A script, O(n).
    pub fn difference_update(&self, other: impl Counts<T, C>) -> Command<usize> {
        self.change(b"SUB", true, other.__counts())
    }

    /// Raises each count to that of the other, and drops what is not above 0 then: Python's `|=`. Says how many different
    /// items are left. A script, O(n).
    pub fn union_update(&self, other: impl Counts<T, C>) -> Command<usize> {
        self.change(b"MAX", true, other.__counts())
    }

    /// Lowers each count to that of the other, and drops what is not above 0 then: Python's `&=`. Says how many different
    /// items are left. A script, O(n).
    pub fn intersection_update(&self, other: impl Counts<T, C>) -> Command<usize> {
        self.change(b"MIN", true, other.__counts())
    }

    /// Drops what is not above 0, and says how many different items are left. A script, O(n).
    pub fn keep_positive(&self) -> Command<usize> {
        self.change(b"NONE", true, Part::Local(Ok(Local::new())))
    }

    /// Runs the script that changes counts.
    pub(super) fn change(&self, operation: &[u8], drops: bool, other: Part) -> Command<usize> {
        static CHANGE: Script = Script::new(include_str!("../../scripts/multiset_change.lua"));
        let mut keys = vec![self.key()];
        let (mut packed, mut failed, mut count) = (Vec::new(), None, 0);
        match &other {
            Part::Remote(place) => match self.reaches(place) {
                Ok(()) => keys.push(place.key()),
                Err(error) => return Command::refused(self.place(), error),
            },
            Part::Local(Ok(counts)) => {
                if counts.is_empty() && !drops {
                    return self.len();
                }
                count = 2 * counts.len();
                append(counts, &mut Arguments::over(&mut packed, &mut failed));
            }
            Part::Local(Err(_)) => {}
        }
        if let Part::Local(Err(error)) = other {
            return Command::refused(self.place(), error);
        }
        let request = Request::write().eval(&CHANGE, &keys, |a| {
            a.raw(operation).raw(if drops { b"1" } else { b"0" }).packed(&packed, count);
        });
        Command::new::<Number<usize>>(self.place(), request.bears(self.place()))
    }

    /// Fills the key with counts.
    pub(super) fn filled(
        &self,
        counts: Result<Local>,
        fill: impl FnOnce(&Place, &[u8], usize) -> Command<()>,
    ) -> Command<()> {
        match counts {
            Ok(counts) => {
                let (mut packed, mut failed) = (Vec::new(), None);
                append(&counts, &mut Arguments::over(&mut packed, &mut failed));
                fill(self.place(), &packed, 2 * counts.len())
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Combines the counts of each item that is in one of both, and keeps those above 0.
    fn combined(
        &self,
        other: impl Counts<T, C>,
        combine: impl Fn(i64, i64) -> Result<i64> + Send + 'static,
    ) -> Command<HashMap<T, i64>>
    where
        T: Eq + Hash,
    {
        self.with_other(other.__counts(), move |own, mut other| {
            let own = own.into_iter().map(|(item, count)| {
                let others = other.remove(&item).unwrap_or(0);
                (item, count, others)
            });
            let mut both: Vec<(Vec<u8>, i64, i64)> = own.collect();
            both.extend(other.into_iter().map(|(item, count)| (item, 0, count)));
            let mut result = HashMap::new();
            for (item, own, other) in both {
                let count = combine(own, other)?;
                if count > 0 {
                    result.insert(C::decode::<T>(&item).map_err(undecodable)?, count);
                }
            }
            Ok(result)
        })
    }

    /// Reads both of one moment.
    pub(super) fn with_other<R: Send + 'static>(
        &self,
        other: Part,
        combine: impl FnOnce(Local, Local) -> Result<R> + Send + 'static,
    ) -> Command<R> {
        let own = stored(self.place());
        match other {
            Part::Local(Ok(other)) => own.try_map(move |own| combine(own, other)),
            Part::Local(Err(error)) => Command::refused(self.place(), error),
            Part::Remote(place) => match self.reaches(&place) {
                Ok(()) => batch::command_of(self.place().store(), (own, stored(&place)), true)
                    .try_map(move |(own, other)| combine(own, other)),
                Err(error) => Command::refused(self.place(), error),
            },
        }
    }

    fn reaches(&self, other: &Place) -> Result<()> {
        if self.place().store().shares_link_with(other.store()) {
            Ok(())
        } else {
            Err(Error::misuse("multisets can only be combined if they are of the same store"))
        }
    }
}

fn append(counts: &Local, arguments: &mut Arguments<'_>) {
    for (item, count) in counts {
        arguments.raw(item).int(*count);
    }
}

/// What is stored at a place, by the bytes of the items.
fn stored(place: &Place) -> Command<Local> {
    type Raw = Many<Vec<Option<Vec<u8>>>, Bytes>;
    let request = Request::read().command("HGETALL", |a| _ = a.key(place.key()));
    Command::new::<Raw>(place, request).try_map(|stored| {
        let mut local = Local::with_capacity(stored.len() / 2);
        let mut values = stored.into_iter().flatten();
        while let (Some(item), Some(count)) = (values.next(), values.next()) {
            let count = <Native as Codec>::decode::<i64>(&count).map_err(undecodable)?;
            local.insert(item, count);
        }
        Ok(local)
    })
}
