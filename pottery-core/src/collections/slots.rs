//! Slots: a number of places to be taken.

use std::fmt;
use std::ops::Deref;

use super::keyed::Keyed;
use crate::command::Command;
use crate::decode::{Flag, Number};
use crate::key::Key;
use crate::place::Place;
use crate::request::Request;
use crate::script::Script;
use crate::store::Store;

/// A number of places that can be taken and given back: seats, licences, calls under way. A Redis string that counts
/// those taken; never more than there are, never fewer than none, whoever takes and gives back at the same time.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let seats = store.slots("seats", 40);
/// if seats.reserve().wait()? {
///     println!("seated, {} left", seats.available().wait()?);
///     seats.release().wait()?;
/// }
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// Nobody knows who has taken a place: one that is taken by a program which ends before it gives it back stays taken,
/// until somebody else gives it back or the key is removed. Where places must come back by themselves, use a semaphore,
/// whose permits are leases.
///
/// # Errors
/// `WrongType` if there is something else than a string at the key, `Decode` if it is no number.
#[derive(Clone)]
#[must_use]
pub struct Slots {
    at: Keyed,
    count: u32,
}

impl Store {
    /// So many places, of which those taken are counted at a key. Nothing is sent.
    pub fn slots(&self, key: impl Into<Key>, count: u32) -> Slots {
        Slots::open(Place::free(self, key.into()), count)
    }
}

impl Slots {
    pub(crate) fn open(place: Place, count: u32) -> Slots {
        Slots { at: Keyed::new(place), count }
    }

    /// How many places there are. Nothing is sent.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Takes a place; `false` if all are taken. A script (`GET`, `INCR`), O(1).
    pub fn reserve(&self) -> Command<bool> {
        self.shift(b"1")
    }

    /// Gives a place back; `false` if none is taken. A time to live stays, so that places can come back all at once. A
    /// script (`GET`, `DECR`), O(1).
    pub fn release(&self) -> Command<bool> {
        self.shift(b"-1")
    }

    /// How many places are taken. `GET`, O(1).
    pub fn taken(&self) -> Command<u32> {
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        Command::new::<Number<i64>>(self.at.place(), request)
            .mapped(|taken| u32::try_from(taken.max(0)).unwrap_or(u32::MAX))
    }

    /// How many places are free. `GET`, O(1).
    pub fn available(&self) -> Command<u32> {
        let count = self.count;
        self.taken().mapped(move |taken| count.saturating_sub(taken))
    }

    fn shift(&self, by: &[u8]) -> Command<bool> {
        static MOVE: Script = Script::new(include_str!("../scripts/slots_move.lua"));
        let request = Request::write().eval(&MOVE, &[self.key()], |a| _ = a.raw(by).int(self.count));
        Command::new::<Flag>(self.at.place(), request.bears(self.at.place()))
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Slots").field(self.key()).field(&self.count).finish()
    }
}

impl Deref for Slots {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.at
    }
}
