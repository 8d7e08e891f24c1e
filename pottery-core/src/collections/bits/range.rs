//! Ranges of bits.

use std::ops::{Bound, RangeBounds};

use crate::command::Command;
use crate::decode::{Flag, Number};
use crate::error::Result;
use crate::request::Request;
use crate::script::Script;

use super::{Bits, check};

static RANGE: Script = Script::new(include_str!("../../scripts/bits_range.lua"));

/// What is done with a range.
#[derive(Clone, Copy)]
enum Action {
    Count,
    Find(bool),
    Fill(bool),
    Flip,
}

impl Bits {
    /// How many bits of a range are set. `BITCOUNT` for all bits (`..`), else in a script; O(n), some 10 GB/s.
    ///
    /// # Errors
    /// `IndexOutOfRange` if the range reaches beyond 2³².
    pub fn count(&self, range: impl RangeBounds<u64>) -> Command<u64> {
        if let (Bound::Unbounded, Bound::Unbounded) = (range.start_bound(), range.end_bound()) {
            let request = Request::read().command("BITCOUNT", |a| _ = a.key(self.key()));
            return Command::new::<Number<u64>>(self.place(), request);
        }
        match self.ranged(Request::read(), Action::Count, &range) {
            Ok(request) => Command::new::<Number<u64>>(self.place(), request),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// The first bit of a range that is set, by its index; `None` if none is. `BITPOS` in a script, O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if the range reaches beyond 2³².
    pub fn first_set(&self, range: impl RangeBounds<u64>) -> Command<Option<u64>> {
        self.find(true, &range)
    }

    /// The first bit of a range that is not set, by its index; `None` if all are. Those behind the end are not set, so
    /// a range without an end always has one. `BITPOS` in a script, O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if the range reaches beyond 2³².
    pub fn first_clear(&self, range: impl RangeBounds<u64>) -> Command<Option<u64>> {
        self.find(false, &range)
    }

    fn find(&self, bit: bool, range: &impl RangeBounds<u64>) -> Command<Option<u64>> {
        match self.ranged(Request::read(), Action::Find(bit), range) {
            Ok(request) => Command::new::<crate::decode::Index>(self.place(), request)
                .mapped(|index| index.map(|index| index as u64)),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Sets all bits of a range, or clears them. A range without an end goes to the last bit there is; what is cleared
    /// behind that stays away. `SETRANGE` and `SETBIT` in a script, O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if the range reaches beyond 2³².
    pub fn fill(&self, range: impl RangeBounds<u64>, bit: bool) -> Command<()> {
        self.change(Action::Fill(bit), &range)
    }

    /// Turns all bits of a range. A range without an end goes to the last bit there is. `GETRANGE` and `SETRANGE` in a
    /// script, O(n), some 10 MB/s; [`invert`](Bits::invert) is faster for all bits.
    ///
    /// # Errors
    /// `IndexOutOfRange` if the range reaches beyond 2³².
    pub fn flip_range(&self, range: impl RangeBounds<u64>) -> Command<()> {
        self.change(Action::Flip, &range)
    }

    fn change(&self, action: Action, range: &impl RangeBounds<u64>) -> Command<()> {
        match self.ranged(Request::write(), action, range) {
            Ok(request) => Command::new::<Flag>(self.place(), request.bears(self.place())).mapped(|_| ()),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    fn ranged(&self, request: Request, action: Action, range: &impl RangeBounds<u64>) -> Result<Request> {
        let first = match range.start_bound() {
            Bound::Included(first) => *first,
            Bound::Excluded(before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        // the last one; `None` without an end
        let behind = match range.end_bound() {
            Bound::Included(last) => Some(last.saturating_add(1)),
            Bound::Excluded(behind) => Some(*behind),
            Bound::Unbounded => None,
        };
        match behind {
            Some(0) => {}
            Some(behind) => check(behind - 1, 1)?,
            None => check(first, 1)?,
        }
        // an empty one begins behind its end
        let (first, last) = match behind {
            None => (i128::from(first), -1),
            Some(behind) if behind > first => (first.into(), i128::from(behind) - 1),
            Some(_) => (1, 0),
        };
        let (name, bit) = match action {
            Action::Count => ("count", false),
            Action::Find(bit) => ("find", bit),
            Action::Fill(bit) => ("fill", bit),
            Action::Flip => ("flip", false),
        };
        Ok(request.eval(&RANGE, &[self.key()], |a| {
            a.raw(name.as_bytes()).int(first).int(last).int(u8::from(bit));
        }))
    }
}
