//! Bits: Redis's bitmaps.

mod algebra;
mod field;
mod range;
mod whole;

use super::keyed::Keyed;
use crate::command::Command;
use crate::decode::{Done, Flag, Many, Number};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::request::Request;
use crate::store::Store;

pub use field::{BitField, FieldInt};
pub(crate) use whole::{Positions, bytes_of};

/// How many bits there may be: those of 512 MiB, the longest string that Redis has.
const BITS_AT_MOST: u64 = 1 << 32;
/// So many bits are set by one command at most; more go into several.
const ITEMS_PER_COMMAND: usize = 1000;

/// Bits at a key, numbered from 0: Redis's bitmap, which is a string. All bits that were never set are `false`.
///
/// Bit 0 is the highest one of the first byte. There is room for 2³² bits; a larger index is an
/// [`IndexOutOfRange`](crate::ErrorKind::IndexOutOfRange) error before anything is sent. Setting a bit makes the string
/// reach up to it: a single bit at 4,000,000,000 takes 500 MB.
///
/// Whatever an operation does, it does atomically and in one round trip, except [`iter`](Bits::iter). All of them fail
/// with [`WrongType`](crate::ErrorKind::WrongType) if something else than a string is at the key. A time to live stays.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let (monday, tuesday) = (store.bits("active:{web}:mon"), store.bits("active:{web}:tue"));
/// assert!(!monday.set(7, true).wait()?, "it was not set before");
/// monday.extend([8, 12]).wait()?;
/// tuesday.extend([7, 12, 40]).wait()?;
///
/// assert_eq!(monday.count(..).wait()?, 3);
/// assert_eq!(monday.first_set(9..).wait()?, Some(12));
/// monday.and_into([&tuesday], &store.bits("active:{web}:both")).wait()?;
/// assert_eq!(store.bits("active:{web}:both").to_positions().wait()?, [7, 12]);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Bits {
    at: Keyed,
}

super::plain::plain_handle!(Bits);

impl Store {
    /// The bits at a key. Nothing is sent.
    pub fn bits(&self, key: impl Into<Key>) -> Bits {
        self.handle(key)
    }
}

impl Bits {
    /// Sets one bit, and says what it was. `SETBIT`, O(1), or as much as the string grows.
    ///
    /// # Errors
    /// `IndexOutOfRange` for a bit beyond 2³².
    pub fn set(&self, index: u64, bit: bool) -> Command<bool> {
        if let Err(error) = check(index, 1) {
            return Command::refused(self.place(), error);
        }
        let request =
            Request::write().command("SETBIT", |a| _ = a.key(self.key()).int(index).int(u8::from(bit)));
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// One bit; `false` behind the end. `GETBIT`, O(1).
    ///
    /// # Errors
    /// `IndexOutOfRange` for a bit beyond 2³².
    pub fn get(&self, index: u64) -> Command<bool> {
        if let Err(error) = check(index, 1) {
            return Command::refused(self.place(), error);
        }
        let request = Request::read().command("GETBIT", |a| _ = a.key(self.key()).int(index));
        Command::new::<Flag>(self.place(), request)
    }

    /// For each index its bit, in the same order. `BITFIELD_RO`, O(1) for each; for none nothing is sent.
    ///
    /// # Errors
    /// `IndexOutOfRange` for a bit beyond 2³².
    pub fn get_many(&self, indexes: impl IntoIterator<Item = u64>) -> Command<Vec<bool>> {
        let (mut checked, mut none) = (Ok(()), true);
        let request = Request::read().command("BITFIELD_RO", |a| {
            a.key(self.key());
            for index in indexes {
                checked = std::mem::replace(&mut checked, Ok(())).and(check(index, 1));
                none = false;
                a.raw(b"GET").raw(b"u1").int(index);
            }
        });
        match checked {
            Err(error) => Command::refused(self.place(), error),
            Ok(()) if none => Command::known(self.place(), Vec::new()),
            Ok(()) => Command::new::<Many<Vec<u8>, Number<u8>>>(self.place(), request)
                .mapped(|bits| bits.into_iter().map(|bit| bit == 1).collect()),
        }
    }

    /// Turns one bit, and says what it is then. `BITFIELD` with `INCRBY u1`, O(1), or as much as the string grows.
    ///
    /// # Errors
    /// `IndexOutOfRange` for a bit beyond 2³².
    pub fn flip(&self, index: u64) -> Command<bool> {
        if let Err(error) = check(index, 1) {
            return Command::refused(self.place(), error);
        }
        let request = Request::write().command("BITFIELD", |a| {
            a.key(self.key()).raw(b"INCRBY").raw(b"u1").int(index).int(1);
        });
        Command::new::<Many<Vec<u8>, Number<u8>>>(self.place(), request.bears(self.place()))
            .mapped(|bits| bits.first() == Some(&1))
    }

    /// Sets the bits at these positions. `BITFIELD`, O(1) for each, up to 1,000 in a command; more go in one `MULTI`.
    /// For none nothing is sent.
    ///
    /// # Errors
    /// `IndexOutOfRange` for a position beyond 2³²; then nothing is sent.
    pub fn extend(&self, positions: impl IntoIterator<Item = u64>) -> Command<()> {
        self.put(positions, b"1")
    }

    /// Clears the bits at these positions. `BITFIELD`, O(1) for each, up to 1,000 in a command; more go in one `MULTI`.
    /// For none nothing is sent.
    ///
    /// # Errors
    /// `IndexOutOfRange` for a position beyond 2³²; then nothing is sent.
    pub fn remove_many(&self, positions: impl IntoIterator<Item = u64>) -> Command<()> {
        self.put(positions, b"0")
    }

    fn put(&self, positions: impl IntoIterator<Item = u64>, bit: &[u8]) -> Command<()> {
        let mut positions = positions.into_iter().peekable();
        let mut request = Request::write().atomic();
        let mut checked = Ok(());
        while positions.peek().is_some() {
            request.push("BITFIELD", |a| {
                a.key(self.key());
                for index in positions.by_ref().take(ITEMS_PER_COMMAND) {
                    checked = std::mem::replace(&mut checked, Ok(())).and(check(index, 1));
                    a.raw(b"SET").raw(b"u1").int(index).raw(bit);
                }
            });
        }
        if let Err(error) = checked {
            return Command::refused(self.place(), error);
        }
        match request.len() {
            0 => Command::known(self.place(), ()),
            1 => Command::new::<Many<Vec<u8>, Number<u8>>>(self.place(), request.bears(self.place()))
                .mapped(|_| ()),
            _ => Command::several::<Many<Vec<u8>, Number<u8>>>(self.place(), request.bears(self.place()))
                .map(|_| ()),
        }
    }

    /// How many bits the string has room for: 8 for each byte. `STRLEN`, O(1).
    pub fn len(&self) -> Command<u64> {
        let request = Request::read().command("STRLEN", |a| _ = a.key(self.key()));
        Command::new::<Number<u64>>(self.place(), request).mapped(|bytes| bytes * 8)
    }

    /// Whether there is nothing: no room for any bit. Bits that are all `false` are something. `STRLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|len| len == 0)
    }

    fn done(&self, request: Request) -> Command<()> {
        Command::new::<Done>(self.place(), request.bears(self.place()))
    }
}

/// Whether there can be so many bits from `index` on.
fn check(index: u64, width: u64) -> Result<()> {
    match index.checked_add(width) {
        Some(end) if end <= BITS_AT_MOST => Ok(()),
        _ => Err(Error::new(ErrorKind::IndexOutOfRange, "Redis has no bit beyond 4294967295")),
    }
}
