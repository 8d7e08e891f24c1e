//! Flags: marks that are there or not, perhaps for a while.

use std::time::Duration;

use super::keyed::{Keyed, millis};
use crate::command::Command;
use crate::decode::{self, Bytes, Number};
use crate::key::Key;
use crate::request::{Arguments, Request};
use crate::store::Store;

/// A mark at a key, which is there or not, and may end by itself: a Redis string, `1`.
///
/// Whatever an operation does, it does atomically and in one round trip. All of them fail with
/// [`WrongType`](crate::ErrorKind::WrongType) if something else than a string is at the key, and leave that untouched,
/// except [`mark_if_absent`](Flag::mark_if_absent) and [`mark_if_absent_for`](Flag::mark_if_absent_for), to whom a mark
/// is anything that is there.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let seen = store.flag("seen:welcome:raj");
/// assert!(!seen.is_marked().wait()?);
/// seen.mark_for(Duration::from_secs(3600)).wait()?;
/// assert!(seen.is_marked().wait()?);
/// assert!(seen.unmark().wait()?, "it was marked");
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Flag {
    at: Keyed,
}

super::plain::plain_handle!(Flag);

impl Store {
    /// The flag at a key. Nothing is sent.
    pub fn flag(&self, key: impl Into<Key>) -> Flag {
        self.handle(key)
    }
}

impl Flag {
    /// Marks it for ever, and says whether that is new. `SET key 1 GET`, O(1).
    pub fn mark(&self) -> Command<bool> {
        self.put(|_| {})
    }

    /// Marks it for a time that begins now, also if it is marked already, and says whether that is new. `SET key 1 PX
    /// millis GET`, O(1).
    ///
    /// # Errors
    /// `Misuse` if the time is longer than Redis can keep.
    pub fn mark_for(&self, time: Duration) -> Command<bool> {
        match millis(time) {
            Ok(time) => self.put(|a| _ = a.raw(b"PX").int(time)),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Marks it for ever unless it is marked; `false` if it is, and then its time stays as it was. `SET key 1 NX`,
    /// O(1).
    pub fn mark_if_absent(&self) -> Command<bool> {
        self.put_new(|_| {})
    }

    /// Marks it for a time unless it is marked; `false` if it is, and then its time stays as it was. `SET key 1 NX PX
    /// millis`, O(1).
    ///
    /// # Errors
    /// `Misuse` if the time is longer than Redis can keep.
    pub fn mark_if_absent_for(&self, time: Duration) -> Command<bool> {
        match millis(time) {
            Ok(time) => self.put_new(|a| _ = a.raw(b"PX").int(time)),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Whether it is marked. `STRLEN`, O(1).
    pub fn is_marked(&self) -> Command<bool> {
        let request = Request::read().command("STRLEN", |a| _ = a.key(self.key()));
        Command::new::<Number<u64>>(self.place(), request).mapped(|len| len > 0)
    }

    /// Takes the mark away, and says whether there was one. `GETDEL`, O(1).
    pub fn unmark(&self) -> Command<bool> {
        let request = Request::write().command("GETDEL", |a| _ = a.key(self.key()));
        Command::new::<Bytes>(self.place(), request).mapped(|old| old.is_some())
    }

    fn put(&self, options: impl FnOnce(&mut Arguments<'_>)) -> Command<bool> {
        let request = Request::write().command("SET", |a| {
            options(a.key(self.key()).raw(b"1"));
            a.raw(b"GET");
        });
        Command::new::<Bytes>(self.place(), request.bears(self.place())).mapped(|old| old.is_none())
    }

    fn put_new(&self, options: impl FnOnce(&mut Arguments<'_>)) -> Command<bool> {
        let request = Request::write().command("SET", |a| options(a.key(self.key()).raw(b"1").raw(b"NX")));
        Command::new::<decode::Flag>(self.place(), request.bears(self.place()))
    }
}
