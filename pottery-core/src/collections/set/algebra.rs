//! Sets together: union, intersection, difference and symmetric difference.
//!
//! What is only read is combined by the server as far as it goes, and then here, with what the program has: that is
//! atomic, since the program's own operands do not change. What is stored is combined in one script.

use std::collections::HashSet;
use std::hash::Hash;

use crate::codec::Codec;
use crate::command::Command;
use crate::decode::{Bytes, Elements, Many, Number, undecodable};
use crate::error::Result;
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

use super::operand::{Operands, Others, naming, toggle};
use super::{ITEMS_PER_COMMAND, Set};

/// Members as they are stored.
type Raw = Many<Vec<Option<Vec<u8>>>, Bytes>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Combination {
    Union,
    Intersection,
    Difference,
    Symmetric,
}

impl Combination {
    /// Its name for the script.
    fn name(self) -> &'static [u8] {
        match self {
            Combination::Union => b"SUNION",
            Combination::Intersection => b"SINTER",
            Combination::Difference => b"SDIFF",
            Combination::Symmetric => b"SYMMETRIC",
        }
    }

    /// All operands that the program has, as one. What has no encoding is in no set: it can be left out unless it
    /// would be a member of the result.
    fn fold(self, others: &mut Others) -> Result<HashSet<Vec<u8>>> {
        match self {
            Combination::Union => others.encodable().map(|()| others.united()),
            Combination::Symmetric => others.encodable().map(|()| others.odd()),
            Combination::Intersection => Ok(others.common()),
            Combination::Difference => Ok(others.united()),
        }
    }
}

/// # Sets together
///
/// On a cluster all keys of one of these operations must be in one slot (`CrossSlot` if they are not). While sets are
/// combined the server does nothing else: some 1 to 3 µs for each member, 10 µs for a symmetric difference that is
/// stored. `WrongType` if something else than a set is at
/// one of the keys, `Misuse` if a set is of another store; nothing is changed then.
impl<T: Storable, C: Codec> Set<T, C> {
    /// What is in this set or in any of the operands. `SUNION`, O(all members).
    ///
    /// # Errors
    /// `Encode` if something in a native operand has no encoding.
    pub fn union(&self, operands: impl Operands<T, C>) -> Command<HashSet<T>>
    where
        T: Eq + Hash,
    {
        let (others, local) = match self.others(Combination::Union, operands) {
            Ok(operands) => operands,
            Err(error) => return Command::refused(self.place(), error),
        };
        let stored = self.combined("SUNION", &others);
        if local.is_empty() {
            return stored;
        }
        stored.try_map(move |mut stored| {
            for member in &local {
                stored.insert(C::decode(member).map_err(undecodable)?);
            }
            Ok(stored)
        })
    }

    /// What is in this set and in all of the operands. `SINTER`, O(the smallest set × the number of sets); with a native
    /// operand, `SMISMEMBER` of what is in all of these, for each set in one `MULTI`. If that is nothing, nothing is
    /// sent.
    pub fn intersection(&self, operands: impl Operands<T, C>) -> Command<HashSet<T>>
    where
        T: Eq + Hash,
    {
        let parts = operands.__parts();
        let has_local = parts.iter().any(|part| matches!(part, super::operand::Part::Local(_)));
        let mut others = match Others::of(self.place(), parts) {
            Ok(others) => others,
            Err(error) => return Command::refused(self.place(), error),
        };
        if !has_local {
            return self.combined("SINTER", &others);
        }
        let candidates: Vec<Vec<u8>> = others.common().into_iter().collect();
        if candidates.is_empty() {
            return Command::known(self.place(), HashSet::new());
        }
        let keys = others.keys(self.key());
        let mut request = Request::read().atomic();
        for key in &keys {
            for chunk in candidates.chunks(ITEMS_PER_COMMAND) {
                request.push("SMISMEMBER", |a| {
                    a.key(key);
                    chunk.iter().for_each(|member| _ = a.raw(member));
                });
            }
        }
        let flags = Command::several::<Many<Vec<u8>, Number<u8>>>(self.place(), request);
        naming(flags, &keys).try_map(move |flags| {
            let mut everywhere = vec![true; candidates.len()];
            let chunks = candidates.len().div_ceil(ITEMS_PER_COMMAND);
            for (i, flags) in flags.into_iter().enumerate() {
                let chunk = &mut everywhere[i % chunks * ITEMS_PER_COMMAND..];
                chunk.iter_mut().zip(flags).for_each(|(member, flag)| *member &= flag == 1);
            }
            decoded::<T, C>(candidates.iter().zip(everywhere).filter(|(_, in_all)| *in_all).map(|(m, _)| m))
        })
    }

    /// What is in this set and in none of the operands. `SDIFF`, O(all members).
    pub fn difference(&self, operands: impl Operands<T, C>) -> Command<HashSet<T>>
    where
        T: Eq + Hash,
    {
        let (others, local) = match self.others(Combination::Difference, operands) {
            Ok(operands) => operands,
            Err(error) => return Command::refused(self.place(), error),
        };
        if local.is_empty() {
            return self.combined("SDIFF", &others);
        }
        let keys = others.keys(self.key());
        let request = Request::read().command("SDIFF", |a| keys.iter().for_each(|key| _ = a.key(key)));
        naming(Command::new::<Raw>(self.place(), request), &keys).try_map(move |stored| {
            decoded::<T, C>(stored.iter().flatten().filter(|member| !local.contains(*member)))
        })
    }

    /// What is in an odd number of this set and the operands: with one operand, what is in one of the two alone.
    /// `SMEMBERS` for each set in one `MULTI`, O(all members), all of which travel.
    ///
    /// # Errors
    /// `Encode` if something in a native operand has no encoding.
    pub fn symmetric_difference(&self, operands: impl Operands<T, C>) -> Command<HashSet<T>>
    where
        T: Eq + Hash,
    {
        let (others, local) = match self.others(Combination::Symmetric, operands) {
            Ok(operands) => operands,
            Err(error) => return Command::refused(self.place(), error),
        };
        let keys = others.keys(self.key());
        let mut request = Request::read().atomic();
        for key in &keys {
            request.push("SMEMBERS", |a| _ = a.key(key));
        }
        naming(Command::several::<Raw>(self.place(), request), &keys).try_map(move |sets| {
            let mut odd = local;
            for member in sets.into_iter().flatten().flatten() {
                toggle(&mut odd, member);
            }
            decoded::<T, C>(odd.iter())
        })
    }

    /// Adds what is in any of the operands, and says how many members there are then. A script of `SUNIONSTORE` and
    /// `SADD`, O(all members); with native operands alone, O(their members).
    ///
    /// # Errors
    /// `Encode` if something in a native operand has no encoding.
    pub fn union_with(&self, operands: impl Operands<T, C>) -> Command<usize> {
        self.store(Combination::Union, operands, self)
    }

    /// Keeps only what is in all of the operands, and says how many members there are then: none, if an operand is
    /// empty. Without operands nothing is changed. A script of `SINTERSTORE`, O(all members); with a native operand, of
    /// `SMISMEMBER` and `SADD`, O(its members × the number of sets).
    pub fn intersect_with(&self, operands: impl Operands<T, C>) -> Command<usize> {
        self.store(Combination::Intersection, operands, self)
    }

    /// Removes what is in any of the operands, and says how many members there are then. A script of `SDIFFSTORE` and
    /// `SREM`, O(all members); with native operands alone, O(their members).
    pub fn difference_with(&self, operands: impl Operands<T, C>) -> Command<usize> {
        self.store(Combination::Difference, operands, self)
    }

    /// Removes what is in the operand and in this set, adds what is in the operand alone, and says how many members
    /// there are then. With several operands this is done one after the other, in one step. A script of `SMEMBERS`,
    /// `SMISMEMBER`, `SREM` and `SADD`, O(the operands' members).
    ///
    /// # Errors
    /// `Encode` if something in a native operand has no encoding.
    pub fn symmetric_difference_with(&self, operands: impl Operands<T, C>) -> Command<usize> {
        self.store(Combination::Symmetric, operands, self)
    }

    /// Stores the [union](Set::union) in `into`, in place of the members that are there, and says how many it has. A
    /// time to live of `into` stays. A script as [`union_with`](Set::union_with).
    ///
    /// # Errors
    /// `Encode` if something in a native operand has no encoding.
    pub fn union_into(&self, operands: impl Operands<T, C>, into: &Set<T, C>) -> Command<usize> {
        self.store(Combination::Union, operands, into)
    }

    /// Stores the [intersection](Set::intersection) in `into`, in place of the members that are there, and says how
    /// many it has. A time to live of `into` stays. A script as [`intersect_with`](Set::intersect_with).
    pub fn intersection_into(&self, operands: impl Operands<T, C>, into: &Set<T, C>) -> Command<usize> {
        self.store(Combination::Intersection, operands, into)
    }

    /// Stores the [difference](Set::difference) in `into`, in place of the members that are there, and says how many it
    /// has. A time to live of `into` stays. A script as [`difference_with`](Set::difference_with).
    pub fn difference_into(&self, operands: impl Operands<T, C>, into: &Set<T, C>) -> Command<usize> {
        self.store(Combination::Difference, operands, into)
    }

    /// Stores the [symmetric difference](Set::symmetric_difference) in `into`, in place of the members that are there,
    /// and says how many it has. A time to live of `into` stays. A script as
    /// [`symmetric_difference_with`](Set::symmetric_difference_with).
    ///
    /// # Errors
    /// `Encode` if something in a native operand has no encoding.
    pub fn symmetric_difference_into(
        &self,
        operands: impl Operands<T, C>,
        into: &Set<T, C>,
    ) -> Command<usize> {
        self.store(Combination::Symmetric, operands, into)
    }

    fn store(
        &self,
        combination: Combination,
        operands: impl Operands<T, C>,
        into: &Set<T, C>,
    ) -> Command<usize> {
        static STORE: Script = Script::new(include_str!("../../scripts/set_store.lua"));
        let prepared = super::operand::same_store(self.place(), into.place())
            .and_then(|()| Others::of(self.place(), operands.__parts()))
            .and_then(|mut others| {
                let has_local = !others.local.is_empty();
                combination.fold(&mut others).map(|local| (others, local, has_local))
            });
        let (others, local, has_local) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => return Command::refused(self.place(), error),
        };
        let in_place = self.place().same_key(into.place());
        if in_place && others.remote.is_empty() && !has_local {
            return self.len();
        }
        let mut keys = others.keys(self.key());
        keys.insert(0, into.key());
        let mut request = Request::write().eval(&STORE, &keys, |a| {
            a.raw(combination.name()).raw(if has_local { b"1" } else { b"0" });
            local.iter().for_each(|member| _ = a.raw(member));
        });
        // what is only taken away brings nothing into being
        if !in_place || matches!(combination, Combination::Union | Combination::Symmetric) {
            request = request.bears(into.place());
        }
        let named = if in_place { &keys[1..] } else { &keys };
        naming(Command::new::<Number<usize>>(self.place(), request), named)
    }

    /// The operands, those that the program has made one.
    fn others(
        &self,
        combination: Combination,
        operands: impl Operands<T, C>,
    ) -> Result<(Others, HashSet<Vec<u8>>)> {
        let mut others = Others::of(self.place(), operands.__parts())?;
        let local = combination.fold(&mut others)?;
        Ok((others, local))
    }

    /// What the server makes of this set and the remote operands.
    fn combined(&self, command: &str, others: &Others) -> Command<HashSet<T>>
    where
        T: Eq + Hash,
    {
        let keys = others.keys(self.key());
        let request = Request::read().command(command, |a| keys.iter().for_each(|key| _ = a.key(key)));
        naming(Command::new::<Elements<HashSet<T>, T, C>>(self.place(), request), &keys)
    }
}

fn decoded<'a, T: Storable + Eq + Hash, C: Codec>(
    members: impl Iterator<Item = &'a Vec<u8>>,
) -> Result<HashSet<T>> {
    members.map(|member| C::decode(member).map_err(undecodable)).collect()
}
