//! Floating-point numbers at a key.

use std::future::Future;
use std::marker::PhantomData;

use super::keyed::Keyed;
use super::number::sealed::Amount;
use super::number::{self, Act, FloatingPoint, Spot};
use crate::codec::Native;
use crate::command::Command;
use crate::decode::{Decode, Done, Flag, Maybe};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::operation::Operation;
use crate::request::{Arguments, Request};
use crate::store::Store;

/// A floating-point number at a key: a Redis string of decimal text, which counts as 0 while there is none.
///
/// All arithmetic is done in place, atomically, and in one round trip. It is that of `f64`, except that the server adds
/// in at least 64 bits of precision and keeps 17 digits behind the decimal point: `0.1` and `0.2` make `0.3`, and what
/// is smaller than 10⁻¹⁷ becomes 0 when something is added. Whatever is stored otherwise is the shortest text that is
/// this number and no other, so it comes back as it was. Infinities and NaN are refused: a result that is not a finite
/// `T` is an [`Overflow`](crate::ErrorKind::Overflow) error and changes nothing. The same operations are there on the
/// float fields of models ([`Field`](crate::Field)).
///
/// What is at the key but no number is a [`Decode`](crate::ErrorKind::Decode) error, another Redis type a
/// [`WrongType`](crate::ErrorKind::WrongType) error; both stay as they are, except that [`set`](Float::set) replaces
/// anything. A time to live stays.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let level = store.float::<f64>("level");
/// assert_eq!(level.incr(1.5).wait()?, 1.5);
/// assert_eq!(level.mul(3.0).wait()?, 4.5);
/// assert_eq!(level.rem_floor(-2.0).wait()?, -1.5);
/// assert!(level.div(0.0).wait().is_err());
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Float<T = f64> {
    at: Keyed,
    types: PhantomData<fn() -> T>,
}

super::plain::plain_handle!(Float<T>);

impl Store {
    /// The floating-point number at a key. Nothing is sent.
    pub fn float<T: FloatingPoint>(&self, key: impl Into<Key>) -> Float<T> {
        self.handle(key)
    }
}

impl<T: FloatingPoint> Float<T> {
    /// The number; 0 if there is none. `GET`, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `T`.
    pub fn get(&self) -> Command<T> {
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        Command::new::<Maybe<T, Native>>(self.place(), request).mapped(|number| number.unwrap_or(T::ZERO))
    }

    /// Stores a number in place of whatever was there; a time to live stays. `SET key number KEEPTTL`, O(1).
    ///
    /// # Errors
    /// `Encode` if the number is not finite.
    pub fn set(&self, number: T) -> Command<()> {
        self.put::<Done>(number, |a| _ = a.raw(b"KEEPTTL"))
    }

    /// Stores a number where there must be none. `SET key number NX`, O(1).
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key; it is not touched.
    pub fn create(&self, number: T) -> Command<()> {
        self.put::<Flag>(number, |a| _ = a.raw(b"NX")).try_map(|stored| match stored {
            true => Ok(()),
            false => Err(Error::not_applied(ErrorKind::KeyExists, "there is a number already")),
        })
    }

    /// Stores a number and returns the one before, which is 0 if there was none; a time to live stays. `SET key number
    /// KEEPTTL GET`, O(1).
    ///
    /// # Errors
    /// `Decode` if what was there is no `T`; it is replaced all the same.
    pub fn swap(&self, number: T) -> Command<T> {
        self.put::<Maybe<T, Native>>(number, |a| _ = a.raw(b"KEEPTTL").raw(b"GET"))
            .mapped(|old| old.unwrap_or(T::ZERO))
    }

    /// Removes the number and returns it: it is 0 afterwards. `GETDEL`, O(1).
    pub fn take(&self) -> Command<T> {
        let request = Request::write().command("GETDEL", |a| _ = a.key(self.key()));
        Command::new::<Maybe<T, Native>>(self.place(), request).mapped(|number| number.unwrap_or(T::ZERO))
    }

    /// Stores `new` if the number is `old`, and says whether it was; no number is 0. One script, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `T`. `Misuse` if `old` is no number, `Encode` if `new` is not finite.
    pub fn compare_and_set(&self, old: T, new: T) -> Command<bool> {
        self.spot().compare_and_set(old, new)
    }

    /// Adds to the number and returns the sum; a negative number subtracts. `INCRBYFLOAT`, O(1); for `f32`, and
    /// from 10²⁹¹ on, a script that keeps the sum in the type's range, and adds as `f64` does.
    ///
    /// # Errors
    /// `Overflow` if the sum is outside of the type's range: nothing is changed then. `Decode` if what is stored is no
    /// `T`. `Misuse` if `by` is not finite.
    pub fn incr(&self, by: f64) -> Command<T> {
        self.spot().add(by)
    }

    /// Subtracts from the number and returns the difference: [`incr`](Float::incr) with the sign turned.
    ///
    /// # Errors
    /// As with [`incr`](Float::incr).
    pub fn decr(&self, by: f64) -> Command<T> {
        self.spot().subtract(by)
    }

    /// Adds to the number unless the sum would be above `limit`: `None` then, and nothing is changed. One script,
    /// which adds as `f64` does, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `T`. `Misuse` if `by` or `limit` is not finite.
    pub fn incr_up_to(&self, by: f64, limit: f64) -> Command<Option<T>> {
        self.spot().add_up_to(by, limit)
    }

    /// Adds to the number and runs `body` with the sum; if `body` fails, what was added is subtracted again, and its
    /// error comes back in the inner `Result`. The same, in the background and with best effort, if it panics or if
    /// the operation is dropped while it runs. Others see the sum before it is certain. Two round trips at most.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let seats = store.float::<f64>("seats:taken");
    /// let ticket = seats.incr_while(1.0, |seat| async move {
    ///     if seat > 100.0 { Err("sold out") } else { Ok(format!("seat {seat}")) }
    /// });
    /// println!("{:?}", ticket.wait()?);
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    ///
    /// # Errors
    /// As with [`incr`](Float::incr). If `body` failed and the taking back fails too, its error says so, with the outcome
    /// `Applied` if what was added stays for sure, and `Unknown` if it may: the error of `body` is lost.
    pub fn incr_while<'a, R, E, F>(
        &self,
        by: f64,
        body: impl FnOnce(T) -> F + Send + 'a,
    ) -> Operation<'a, Result<R, E>>
    where
        R: Send + 'a,
        E: Send + 'a,
        F: Future<Output = Result<R, E>> + Send + 'a,
    {
        number::with_rewind(self.place(), self.incr(by), self.decr(by), body)
    }

    /// Multiplies the number in place, and returns the product. One script, O(1).
    ///
    /// # Errors
    /// `Overflow` if the product is outside of the type's range: nothing is changed then.
    pub fn mul(&self, by: f64) -> Command<T> {
        self.calculate(Act::Mul, by)
    }

    /// Divides the number in place, and returns the quotient. One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is 0 or not finite; `Overflow` if the quotient would not be finite: nothing is changed then.
    pub fn div(&self, by: f64) -> Command<T> {
        self.calculate(Act::Quotient, by)
    }

    /// Divides the number in place, rounding down as Python's `//` does, and returns the quotient: `-7` by `2` is `-4`.
    /// One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is 0; `Overflow` if the quotient is outside of the type's range: nothing is changed then.
    pub fn div_floor(&self, by: f64) -> Command<T> {
        self.calculate(Act::DivFloor, by)
    }

    /// The remainder in place, with the sign of the divisor as Python's `%` has it: `-7` by `2` leaves `1`, and `7` by
    /// `-2` leaves `-1`. One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is 0; `Overflow` if the remainder is outside of the type's range: nothing is changed then.
    pub fn rem_floor(&self, by: f64) -> Command<T> {
        self.calculate(Act::RemFloor, by)
    }

    /// Raises the number to a power in place, and returns it. One script, O(1).
    ///
    /// # Errors
    /// `Overflow` if it is outside of the type's range: nothing is changed then.
    pub fn pow(&self, exponent: f64) -> Command<T> {
        self.calculate(Act::Pow, exponent)
    }

    fn spot(&self) -> Spot<'_, fn(&mut Arguments<'_>)> {
        Spot::at_key(self.place())
    }

    fn calculate(&self, act: Act, operand: impl Into<Amount>) -> Command<T> {
        self.spot().calculate(act, operand.into())
    }

    fn put<D>(&self, number: T, options: impl FnOnce(&mut Arguments<'_>)) -> Command<D::Output>
    where
        D: Decode + 'static,
        D::Output: Send + 'static,
    {
        if !number.amount().is_finite() {
            return Command::refused(self.place(), number::infinite());
        }
        let request = Request::write().command("SET", |a| {
            a.key(self.key()).value::<Native, T>(&number);
            options(a);
        });
        Command::new::<D>(self.place(), request.bears(self.place()))
    }
}
