//! Bits combined with others, bit by bit.

use std::borrow::Borrow;

use crate::command::Command;
use crate::decode::Number;
use crate::error::Error;
use crate::place::Place;
use crate::request::Request;
use crate::script::Script;

use super::Bits;

/// Bit by bit, a shorter operand counts as followed by zeros, and the result is as long as the longest. On a cluster
/// all keys must be in one slot.
impl Bits {
    /// Keeps the bits that all the others have too. `BITOP AND` in a script, O(n).
    ///
    /// # Errors
    /// `Misuse` if one is of another store, as with all that combine.
    pub fn and_with<B: Borrow<Bits>>(&self, others: impl IntoIterator<Item = B>) -> Command<()> {
        self.combine("AND", others, self)
    }

    /// Sets the bits that any of the others has. `BITOP OR` in a script, O(n).
    ///
    /// # Errors
    /// As with [`and_with`](Bits::and_with).
    pub fn or_with<B: Borrow<Bits>>(&self, others: impl IntoIterator<Item = B>) -> Command<()> {
        self.combine("OR", others, self)
    }

    /// Turns each bit once for each of the others that has it. `BITOP XOR` in a script, O(n).
    ///
    /// # Errors
    /// As with [`and_with`](Bits::and_with).
    pub fn xor_with<B: Borrow<Bits>>(&self, others: impl IntoIterator<Item = B>) -> Command<()> {
        self.combine("XOR", others, self)
    }

    /// Turns all bits there are: as many as [`len`](Bits::len) says. `BITOP NOT` in a script, O(n).
    pub fn invert(&self) -> Command<()> {
        self.combine("NOT", [self; 0], self)
    }

    /// Stores the bits that this one and all the others have, in place of what `target` was. `BITOP AND` in a script,
    /// O(n).
    ///
    /// # Errors
    /// As with [`and_with`](Bits::and_with).
    pub fn and_into<B: Borrow<Bits>>(
        &self,
        others: impl IntoIterator<Item = B>,
        target: &Bits,
    ) -> Command<()> {
        self.combine("AND", others, target)
    }

    /// Stores the bits that this one or any of the others has, in place of what `target` was. `BITOP OR` in a script,
    /// O(n).
    ///
    /// # Errors
    /// As with [`and_with`](Bits::and_with).
    pub fn or_into<B: Borrow<Bits>>(
        &self,
        others: impl IntoIterator<Item = B>,
        target: &Bits,
    ) -> Command<()> {
        self.combine("OR", others, target)
    }

    /// Stores the bits that an odd number of this one and the others has, in place of what `target` was. `BITOP XOR` in
    /// a script, O(n).
    ///
    /// # Errors
    /// As with [`and_with`](Bits::and_with).
    pub fn xor_into<B: Borrow<Bits>>(
        &self,
        others: impl IntoIterator<Item = B>,
        target: &Bits,
    ) -> Command<()> {
        self.combine("XOR", others, target)
    }

    /// Stores all bits there are turned, in place of what `target` was. `BITOP NOT` in a script, O(n).
    ///
    /// # Errors
    /// As with [`and_with`](Bits::and_with).
    pub fn invert_into(&self, target: &Bits) -> Command<()> {
        self.combine("NOT", [self; 0], target)
    }

    fn combine<B: Borrow<Bits>>(
        &self,
        operation: &str,
        others: impl IntoIterator<Item = B>,
        target: &Bits,
    ) -> Command<()> {
        static STORE: Script = Script::new(include_str!("../../scripts/bits_store.lua"));
        let mut places: Vec<Place> = vec![target.place().clone(), self.place().clone()];
        places.extend(others.into_iter().map(|other| other.borrow().place().clone()));
        if !places.iter().all(|place| place.store().shares_link_with(self.place().store())) {
            return Command::refused(
                self.place(),
                Error::misuse("only what is on one server, through one store, can be combined there"),
            );
        }
        let keys: Vec<_> = places.iter().map(Place::key).collect();
        let request = Request::write().eval(&STORE, &keys, |a| _ = a.raw(operation.as_bytes()));
        Command::new::<Number<u64>>(self.place(), request.bears(target.place())).mapped(|_| ())
    }
}
