//! Cycles: values in turn.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::keyed::Keyed;
use crate::command::Command;
use crate::decode::{Bytes, Number};
use crate::error::Error;
use crate::key::Key;
use crate::place::Place;
use crate::request::Request;
use crate::script::Script;
use crate::store::Store;

/// Values that take turns: the program knows them, and Redis which one's turn it is. A Redis string that holds the
/// position.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let theme = store.cycle("theme", ["light", "dark", "dim"]);
/// assert_eq!(theme.value().wait()?, "light");
/// assert_eq!(theme.next().wait()?, "dark");
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// If the program gets fewer values than it had, a position beyond them counts as if it had gone round.
///
/// # Errors
/// `WrongType` if there is something else than a string at the key, `Decode` if it is no position, and `Misuse` for a
/// cycle of no values.
#[must_use]
pub struct Cycle<T> {
    at: Keyed,
    values: Arc<[T]>,
}

impl Store {
    /// Values in turn, whose position lies at a key. Nothing is sent.
    pub fn cycle<T>(&self, key: impl Into<Key>, values: impl IntoIterator<Item = T>) -> Cycle<T> {
        Cycle::open(Place::free(self, key.into()), values.into_iter().collect())
    }
}

impl<T> Cycle<T> {
    pub(crate) fn open(place: Place, values: Arc<[T]>) -> Cycle<T> {
        Cycle { at: Keyed::new(place), values }
    }

    /// All values, in their order. Nothing is sent.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

impl<T: Clone + Send + Sync + 'static> Cycle<T> {
    /// The value whose turn it is: the first in the beginning. `GET`, O(1).
    pub fn value(&self) -> Command<T> {
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        self.picked(Command::new::<Number<usize>>(self.at.place(), request))
    }

    /// Gives the turn to the next value, after the last to the first, and returns that. Of several who do so at the same
    /// time, each gets another turn. A script (`GET`, `SET`), O(1).
    pub fn next(&self) -> Command<T> {
        static NEXT: Script = Script::new(include_str!("../scripts/cycle_next.lua"));
        let request = Request::write().eval(&NEXT, &[self.key()], |a| _ = a.int(self.values.len()));
        self.picked(Command::new::<Number<usize>>(self.at.place(), request.bears(self.at.place())))
    }

    /// The position of the value whose turn it is, counted from 0. `GET`, O(1).
    pub fn position(&self) -> Command<usize> {
        let count = self.values.len().max(1);
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        Command::new::<Number<usize>>(self.at.place(), request).mapped(move |position| position % count)
    }

    /// Gives the turn to the value at this position. `SET key position KEEPTTL GET` (Redis 6.2), O(1).
    ///
    /// # Errors
    /// `IndexOutOfRange` if there is no such value.
    pub fn set_position(&self, position: usize) -> Command<()> {
        if position >= self.values.len() {
            let message = format!("there are {} values, counted from 0", self.values.len());
            return Command::refused(self.at.place(), Error::new(crate::ErrorKind::IndexOutOfRange, message));
        }
        let request = Request::write()
            .command("SET", |a| _ = a.key(self.key()).int(position).raw(b"KEEPTTL").raw(b"GET"));
        // with GET, another type is refused and not replaced
        Command::new::<Bytes>(self.at.place(), request.bears(self.at.place())).mapped(drop)
    }

    fn picked(&self, position: Command<usize>) -> Command<T> {
        if self.values.is_empty() {
            return Command::refused(self.at.place(), Error::misuse("a cycle has at least one value"));
        }
        let values = self.values.clone();
        position.mapped(move |position| values[position % values.len()].clone())
    }
}

impl<T> Clone for Cycle<T> {
    fn clone(&self) -> Self {
        Cycle { at: self.at.clone(), values: self.values.clone() }
    }
}

impl<T> fmt::Debug for Cycle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cycle").field(self.key()).field(&format_args!("{} values", self.values.len())).finish()
    }
}

impl<T> Deref for Cycle<T> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.at
    }
}
