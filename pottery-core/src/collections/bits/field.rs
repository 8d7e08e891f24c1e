//! Integers among bits, of any width.

use std::fmt;
use std::marker::PhantomData;

use crate::command::Command;
use crate::decode::Decode;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::{Reply, Step, Token};
use crate::request::{Arguments, Request};

use super::{Bits, check};

/// The integers that can lie among bits at their own width: all up to 64 bits but `u64`, of which Redis takes 63 bits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot lie among bits",
    label = "not an integer that Redis has in a bit field",
    note = "Redis has unsigned ones of up to 63 bits: use `Bits::unsigned_field` with a width"
)]
pub trait FieldInt: Copy + Send + sealed::FieldInt + 'static {}

mod sealed {
    pub trait FieldInt: TryFrom<i64> + Into<i128> {
        const SIGNED: bool;
        const WIDTH: u32;
    }
}

macro_rules! field_ints {
    ($($t:ty: $signed:expr),*) => {$(
        impl FieldInt for $t {}
        impl sealed::FieldInt for $t {
            const SIGNED: bool = $signed;
            const WIDTH: u32 = <$t>::BITS;
        }
    )*};
}

field_ints!(i8: true, i16: true, i32: true, i64: true, u8: false, u16: false, u32: false, u64: false);

/// An integer among [`Bits`], from a bit on, with its highest bit first: Redis's `BITFIELD`. It is 0 where there is
/// nothing.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let packed = store.bits("player:1:stats");
/// let (level, luck) = (packed.field::<u8>(0), packed.signed_field(8, 5));
/// assert_eq!(level.incr(200).wait()?, 200);
/// assert!(level.incr(100).wait().is_err()); // more than a `u8` can be
/// assert_eq!(level.saturating_incr(100).wait()?, 255);
/// assert_eq!(level.wrapping_incr(1).wait()?, 0);
/// luck.set(-16).wait()?;
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct BitField<T> {
    bits: Bits,
    offset: u64,
    width: u32,
    types: PhantomData<fn() -> T>,
}

impl Bits {
    /// The integer of the type's own width that begins at a bit. Nothing is sent. Not for `u64`: see
    /// [`unsigned_field`](Bits::unsigned_field).
    pub fn field<T: FieldInt>(&self, offset: u64) -> BitField<T> {
        self.wide(offset, T::WIDTH)
    }

    /// The signed integer of 1 to 64 bits that begins at a bit. Nothing is sent.
    pub fn signed_field(&self, offset: u64, width: u32) -> BitField<i64> {
        self.wide(offset, width)
    }

    /// The unsigned integer of 1 to 63 bits that begins at a bit. Nothing is sent.
    pub fn unsigned_field(&self, offset: u64, width: u32) -> BitField<u64> {
        self.wide(offset, width)
    }

    fn wide<T>(&self, offset: u64, width: u32) -> BitField<T> {
        BitField { bits: self.clone(), offset, width, types: PhantomData }
    }
}

impl<T: FieldInt> BitField<T> {
    /// The integer. `BITFIELD_RO GET`, O(1).
    ///
    /// # Errors
    /// `IndexOutOfRange` if it reaches beyond 2³² bits, `Misuse` if Redis has no integer of this width; as with all
    /// operations here, before anything is sent.
    pub fn get(&self) -> Command<T> {
        self.run(Request::read(), "BITFIELD_RO", |a, kind| {
            a.raw(b"GET").raw(kind.as_bytes()).int(self.offset);
        })
    }

    /// Stores an integer, and returns the one before. `BITFIELD SET`, O(1), or as much as the string grows.
    ///
    /// # Errors
    /// `Overflow` if it does not fit in, before anything is sent.
    pub fn set(&self, value: T) -> Command<T> {
        if let Err(error) = self.check() {
            return Command::refused(self.bits.place(), error);
        }
        let wide: i128 = value.into();
        let (least, greatest) = self.bounds();
        if wide < least || wide > greatest {
            let why = format!("{wide} is outside of {least}..={greatest}");
            return Command::refused(self.bits.place(), Error::new(ErrorKind::Overflow, why));
        }
        self.run(Request::write(), "BITFIELD", |a, kind| {
            a.raw(b"SET").raw(kind.as_bytes()).int(self.offset).int(wide);
        })
    }

    /// Adds to the integer and returns the sum. `BITFIELD OVERFLOW FAIL INCRBY`, O(1).
    ///
    /// # Errors
    /// `Overflow` if the sum does not fit in: nothing is changed then.
    pub fn incr(&self, by: i64) -> Command<T> {
        self.add(b"FAIL", by)
    }

    /// Adds to the integer and returns the sum, which stops at the greatest or the least there is. `BITFIELD OVERFLOW
    /// SAT INCRBY`, O(1).
    pub fn saturating_incr(&self, by: i64) -> Command<T> {
        self.add(b"SAT", by)
    }

    /// Adds to the integer and returns the sum, which goes on at the other end of the range. `BITFIELD OVERFLOW WRAP
    /// INCRBY`, O(1).
    pub fn wrapping_incr(&self, by: i64) -> Command<T> {
        self.add(b"WRAP", by)
    }

    fn add(&self, overflow: &[u8], by: i64) -> Command<T> {
        self.run(Request::write(), "BITFIELD", |a, kind| {
            a.raw(b"OVERFLOW").raw(overflow).raw(b"INCRBY").raw(kind.as_bytes()).int(self.offset).int(by);
        })
    }

    fn bounds(&self) -> (i128, i128) {
        match T::SIGNED {
            true => (-(1 << (self.width - 1)), (1 << (self.width - 1)) - 1),
            false => (0, (1 << self.width) - 1),
        }
    }

    fn run(
        &self,
        request: Request,
        command: &str,
        write: impl FnOnce(&mut Arguments<'_>, &str),
    ) -> Command<T> {
        let place = self.bits.place();
        if let Err(error) = self.check() {
            return Command::refused(place, error);
        }
        let kind = format!("{}{}", if T::SIGNED { 'i' } else { 'u' }, self.width);
        let request = request.command(command, |a| write(a.key(place.key()), &kind));
        Command::new::<Single>(place, request.bears(place)).try_map(|number| match number {
            Some(number) => T::try_from(number)
                .map_err(|_| Error::new(ErrorKind::Decode, "the server answered with a larger number")),
            None => Err(Error::not_applied(ErrorKind::Overflow, "the sum does not fit into the field")),
        })
    }

    fn check(&self) -> Result<()> {
        let widest = if T::SIGNED { 64 } else { 63 };
        if self.width == 0 || self.width > widest {
            let kind = if T::SIGNED { "signed" } else { "unsigned" };
            return Err(Error::misuse(format!(
                "Redis has {kind} integers of 1 to {widest} bits, and none of {}",
                self.width
            )));
        }
        check(self.offset, self.width.into())
    }
}

/// The one number that `BITFIELD` answers with, or nil.
struct Single;

impl Decode for Single {
    type Output = Option<i64>;
    type Partial = bool;
    fn resume(begun: &mut bool, reply: &mut Reply<'_>) -> Step<Option<i64>> {
        if !*begun {
            reply.aggregate()?;
            *begun = true;
        }
        match reply.token()? {
            Token::Nil => Ok(None),
            Token::Int(number) => Ok(Some(number)),
            _ => {
                Err(Error::new(ErrorKind::Decode, "the server answered with something else than a number")
                    .into())
            }
        }
    }
}

impl<T> Clone for BitField<T> {
    fn clone(&self) -> Self {
        self.bits.wide(self.offset, self.width)
    }
}

impl<T> fmt::Debug for BitField<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BitField({:?}, {} bits from {})", self.bits.key(), self.width, self.offset)
    }
}
