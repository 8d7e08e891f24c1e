//! Collections that end with their owner.

use std::fmt::{self, Write};
use std::ops::Deref;

use super::Open;
use crate::command::Command;
use crate::operation::Operation;
use crate::store::Store;

/// A collection at a key that nobody else knows, removed when this is dropped: for intermediate results. It derefs to
/// the handle.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use pottery_core::Set;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let both = store.temporary::<Set<u64>>();
/// store.set::<u64>("red").intersection_into(&store.set("round"), &both).wait()?;
/// println!("{} are red and round", both.len().wait()?);
/// both.remove().wait()?; // or leave it to the end of the scope
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// Dropping it waits for nothing: the key is removed in the background, as a task of the runtime in which it is
/// dropped, or else in a thread of pottery's own. It is removed with best effort: where the program ends right then, or
/// the server cannot be reached, the key stays. [`remove`](Temporary::remove) says what became of it.
#[must_use = "dropping it removes the key"]
pub struct Temporary<H: Open> {
    handle: H,
    /// Whether the key is somebody else's by now.
    is_given: bool,
}

impl Store {
    /// A collection at a new random key, `temporary:` and 32 hexadecimal digits, that is removed when its owner is
    /// dropped. Nothing is sent.
    pub fn temporary<H: Open>(&self) -> Temporary<H> {
        let mut key = String::from("temporary:");
        for byte in crate::random::bytes() {
            _ = write!(key, "{byte:02x}");
        }
        Temporary { handle: self.handle(key), is_given: false }
    }
}

impl<H: Open> Temporary<H> {
    /// The handle, at a key that will stay: rename it, or it will be forgotten.
    pub fn keep(mut self) -> H {
        self.is_given = true;
        H::__open(self.handle.__keyed().place().clone())
    }

    /// Removes the key; `false` if there was nothing. `UNLINK`, O(1) for others.
    pub fn remove(mut self) -> Command<bool> {
        self.is_given = true;
        self.handle.__keyed().clear()
    }
}

impl<H: Open> Drop for Temporary<H> {
    fn drop(&mut self) {
        if self.is_given {
            return;
        }
        let keyed = self.handle.__keyed();
        let clear = keyed.clear();
        let removal =
            Operation::new(keyed.place().store(), |run| async move { run.command(clear).await.map(drop) });
        crate::link::background::detach(removal);
    }
}

impl<H: Open> Deref for Temporary<H> {
    type Target = H;
    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H: Open + fmt::Debug> fmt::Debug for Temporary<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Temporary").field(&self.handle).finish()
    }
}
