//! Fields: the scalars of a model, each in the hash of its object.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use super::number::sealed::Amount;
use super::number::{self, Act, FloatingPoint, Int, Number, Spot};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Bytes, Done, Flag, Stored};
use crate::error::{Error, ErrorKind, Result};
use crate::link::backoff;
use crate::operation::Operation;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// One field of an object: a field of the object's hash, read and written without the others.
///
/// A `Field<Option<T>>` can be absent; any other is an error when it is not there, unless it has a declared default
/// (`#[redis(default)]`): that is stored when the field is first used and is not there, once, however many use it at the
/// same time. Reading it costs a script then, and changing it a second command in one MULTI.
#[must_use]
pub struct Field<T, C = Native> {
    place: Place,
    /// The declared default.
    default: Option<fn() -> T>,
    types: PhantomData<fn() -> C>,
}

impl<T, C> Field<T, C> {
    pub(crate) fn open(place: Place) -> Field<T, C> {
        Field { place, default: None, types: PhantomData }
    }

    pub(crate) fn with_default(mut self, default: fn() -> T) -> Field<T, C> {
        self.default = Some(default);
        self
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// The key of the object's hash.
    pub fn key(&self) -> &crate::Key {
        self.place.key()
    }

    /// Its name in the object's hash.
    pub fn name(&self) -> &'static str {
        self.place.member()
    }

    fn member(&self) -> &'static [u8] {
        self.place.member().as_bytes()
    }
}

impl<T: Storable, C: Codec> Field<T, C> {
    /// The value. `HGET`, O(1). Where a default is declared, a script that stores it if there is none, unless there is no
    /// such object.
    ///
    /// # Errors
    /// `MissingField` if there is none, no default, and `T` is no `Option`; `Decode` if what is stored is no `T`.
    pub fn get(&self) -> Command<T> {
        let id = self.place.object().map_or("", |object| object.model.id.stored);
        let request = self.begin(id).unwrap_or_else(|| self.read("HGET"));
        Command::new::<Stored<T, C>>(&self.place, request)
    }

    /// Stores the declared default, if there is one, where the object has no value: if it has an `id`, or in any case if
    /// that is nothing. The value is what comes back.
    fn begin(&self, id: &str) -> Option<Request> {
        static DEFAULT: Script = Script::new(include_str!("../scripts/field_default.lua"));
        let default = self.default?();
        let mut present = false;
        let request = Request::write().eval(&DEFAULT, &[self.key()], |a| {
            present = a.raw(self.member()).field::<C, T>(&default);
            a.raw(id.as_bytes());
        });
        (present || request.is_failed()).then(|| request.bears(&self.place))
    }

    /// A command that builds on the value: the declared default is stored before it, in the same step.
    fn begun<R: Send + 'static>(&self, command: Command<R>) -> Command<R> {
        let Some(begin) = self.begin("") else { return command };
        let begin = Command::new::<Done>(&self.place, begin);
        crate::batch::command_of(self.place.store(), (begin, command), true)
            .map(|((), result)| result)
            .recover(|error| Err(error.without_index()))
    }

    /// The value, or `default` where there is none. Nothing is stored. `HGET`, O(1).
    pub fn get_or(&self, default: T) -> Command<T> {
        self.get().recover(move |error| match error.kind() {
            ErrorKind::MissingField => Ok(default),
            _ => Err(error),
        })
    }

    /// Stores a value. `HSET`, O(1); `None` removes the field: `HDEL`.
    pub fn set(&self, value: impl Arg<T>) -> Command<()> {
        let mut present = false;
        let mut request = Request::write().command("HSET", |a| {
            present = a.key(self.key()).raw(self.member()).field::<C, _>(value.__as());
        });
        if !present && !request.is_failed() {
            request = self.write("HDEL");
        }
        Command::new::<Done>(&self.place, request.bears(&self.place))
    }

    /// Stores a value unless there is one; `false` if there is. `HSETNX`, O(1).
    pub fn set_if_absent(&self, value: impl Arg<T>) -> Command<bool> {
        let mut present = false;
        let request = Request::write().command("HSETNX", |a| {
            present = a.key(self.key()).raw(self.member()).field::<C, _>(value.__as());
        });
        if !present && !request.is_failed() {
            return Command::known(&self.place, false);
        }
        Command::new::<Flag>(&self.place, request.bears(&self.place))
    }

    /// Stores a value and returns the one before, or `None` if there was none. One script, O(1).
    pub fn swap(&self, value: impl Arg<T>) -> Command<Option<T>> {
        static SWAP: Script = Script::new(include_str!("../scripts/field_swap.lua"));
        let request = Request::write().eval(&SWAP, &[self.key()], |a| {
            a.raw(self.member());
            perhaps::<T, C>(a, &value);
        });
        let swap = Command::new::<Bytes>(&self.place, request.bears(&self.place))
            .try_map(|old| old.map(|bytes| decode::<T, C>(Some(&bytes))).transpose());
        self.begun(swap)
    }

    /// Stores `new` if the value is `old`; says whether it was. One script, O(1).
    ///
    /// What is compared is the encoding, so a type that has several for one value (a `HashMap` in a struct) may be
    /// found to differ.
    pub fn compare_and_set(&self, old: impl Arg<T>, new: impl Arg<T>) -> Command<bool> {
        let request = self.cas(|a| perhaps::<T, C>(a, &old), |a| perhaps::<T, C>(a, &new));
        self.begun(Command::new::<Flag>(&self.place, request))
    }

    fn cas(&self, old: impl FnOnce(&mut Arguments<'_>), new: impl FnOnce(&mut Arguments<'_>)) -> Request {
        static CAS: Script = Script::new(include_str!("../scripts/field_cas.lua"));
        let request = Request::write().eval(&CAS, &[self.key()], |a| {
            a.raw(self.member());
            old(a);
            new(a);
        });
        request.bears(&self.place)
    }

    /// Removes the field; `false` if it was not there. `HDEL`, O(1). The object remains.
    pub fn remove(&self) -> Command<bool> {
        Command::new::<Flag>(&self.place, self.write("HDEL"))
    }

    /// Whether the field is there. `HEXISTS`, O(1).
    pub fn exists(&self) -> Command<bool> {
        Command::new::<Flag>(&self.place, self.read("HEXISTS"))
    }

    /// Reads the value, lets `f` change it, and stores it unless somebody else changed it meanwhile: then it begins
    /// again, up to [`Options::attempts`](crate::Options::attempts) times. So `f` may run more than once.
    ///
    /// `HGET` and a compare-and-set script: two round trips when nobody interferes, on the shared connection.
    ///
    /// # Errors
    /// `Conflict` when the attempts are used up, and those of [`get`](Field::get) and [`set`](Field::set).
    pub fn update<'a, R: Send + 'a>(&self, mut f: impl FnMut(&mut T) -> R + Send + 'a) -> Operation<'a, R>
    where
        C: 'a,
    {
        let run = self.attempt(move |value: &mut T| Ok::<R, std::convert::Infallible>(f(value)));
        Operation::new(self.place.store(), move |link| async move { run(link).await.map(|Ok(value)| value) })
    }

    /// Like [`update`](Field::update), with a closure that can refuse: then nothing is stored, and the refusal comes
    /// back in the inner `Result`.
    ///
    /// # Errors
    /// As with [`update`](Field::update).
    pub fn try_update<'a, R: Send + 'a, E: Send + 'a>(
        &self,
        f: impl FnMut(&mut T) -> Result<R, E> + Send + 'a,
    ) -> Operation<'a, Result<R, E>>
    where
        C: 'a,
    {
        let run = self.attempt(f);
        Operation::new(self.place.store(), run)
    }

    fn attempt<'a, R: Send + 'a, E: Send + 'a>(
        &self,
        mut f: impl FnMut(&mut T) -> Result<R, E> + Send + 'a,
    ) -> impl FnOnce(crate::operation::Run) -> crate::BoxFuture<'a, Result<Result<R, E>>> + Send + 'a {
        let field = self.clone();
        move |run| {
            Box::pin(async move {
                for attempt in 1..=field.place.store().attempts() {
                    if attempt > 1 {
                        run.link.sleep(backoff(attempt.min(5) - 1)).await;
                    }
                    let read = field.begin("").unwrap_or_else(|| field.read("HGET"));
                    let old = run.command(Command::new::<Bytes>(&field.place, read)).await?;
                    let (result, request) = {
                        let mut value =
                            decode::<T, C>(old.as_deref()).map_err(|error| field.place.refuse(error))?;
                        let result = match f(&mut value) {
                            Ok(result) => result,
                            Err(refusal) => return Ok(Err(refusal)),
                        };
                        let request = field.cas(
                            |a| {
                                _ = a
                                    .raw(if old.is_some() { b"1" } else { b"0" })
                                    .raw(old.as_deref().unwrap_or_default())
                            },
                            |a| perhaps::<T, C>(a, &value),
                        );
                        (result, request)
                    };
                    if run.command(Command::new::<Flag>(&field.place, request)).await? {
                        return Ok(Ok(result));
                    }
                }
                Err(field.place.refuse(Error::new(
                    ErrorKind::Conflict,
                    "the field was changed by others at every attempt",
                )))
            })
        }
    }

    fn read(&self, command: &str) -> Request {
        Request::read().command(command, |a| _ = a.key(self.key()).raw(self.member()))
    }

    fn write(&self, command: &str) -> Request {
        Request::write().command(command, |a| _ = a.key(self.key()).raw(self.member()))
    }
}

/// `1` and a value, or `0` and nothing.
fn perhaps<T: Storable, C: Codec>(a: &mut Arguments<'_>, value: &impl Arg<T>) {
    if a.marked(b"1", |a| a.field::<C, _>(value.__as())) {
        return;
    }
    a.raw(b"0").raw(b"");
}

fn decode<T: Storable, C: Codec>(bytes: Option<&[u8]>) -> Result<T> {
    C::decode_field(bytes).map_err(crate::decode::undecodable)
}

impl<T: Number, C: Codec> Field<T, C> {
    /// Adds to the number, which is 0 where there is none, and returns the sum; negative numbers subtract. Atomic.
    /// `HINCRBY`, O(1); for types other than `i64` a script that also keeps the sum in the type's range. For floats see
    /// [`incr_float`](Field::incr_float).
    ///
    /// # Errors
    /// `Overflow` if the sum is outside of the type's range: nothing is changed then. `Decode` if what is stored is no
    /// `T`. `Misuse` for a codec that does not store numbers as text, as with all arithmetic here.
    pub fn incr(&self, by: T::Operand) -> Command<T> {
        self.counted(|spot| spot.add(by))
    }

    /// Subtracts from the number: [`incr`](Field::incr) with the sign turned.
    ///
    /// # Errors
    /// As with [`incr`](Field::incr).
    pub fn decr(&self, by: T::Operand) -> Command<T> {
        self.counted(|spot| spot.subtract(by))
    }

    /// Adds to the number unless the sum would be above `limit`: `None` then, and nothing is changed. One script, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `T`.
    pub fn incr_up_to(&self, by: T::Operand, limit: T::Operand) -> Command<Option<T>> {
        self.counted(|spot| spot.add_up_to(by, limit))
    }

    /// Adds to the number and runs `body` with the sum; if `body` fails, what was added is subtracted again, and its
    /// error comes back in the inner `Result`. The same, in the background and with best effort, if it panics or if the
    /// operation is dropped meanwhile. Others see the sum before it is certain. See
    /// [`Integer::incr_while`](crate::Integer::incr_while).
    ///
    /// # Errors
    /// As with [`incr`](Field::incr). If `body` failed and the taking back fails too, its error says so, with the outcome
    /// `Applied` if what was added stays for sure, and `Unknown` if it may: the error of `body` is lost.
    pub fn incr_while<'a, R, E, F>(
        &self,
        by: T::Operand,
        body: impl FnOnce(T) -> F + Send + 'a,
    ) -> Operation<'a, Result<R, E>>
    where
        R: Send + 'a,
        E: Send + 'a,
        F: Future<Output = Result<R, E>> + Send + 'a,
    {
        number::with_rewind(&self.place, self.incr(by), self.decr(by), body)
    }

    /// Multiplies the number in place, for integers exactly, and returns the product. One script, O(1).
    ///
    /// # Errors
    /// `Overflow` if the product is outside of the type's range: nothing is changed then.
    pub fn mul(&self, by: T::Operand) -> Command<T> {
        self.calculate(Act::Mul, by)
    }

    /// Divides the number in place, rounding down as Python's `//` does, and returns the quotient: `-7` by `2` is `-4`.
    /// One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is 0; `Overflow` if the quotient is outside of the type's range: nothing is changed then.
    pub fn div_floor(&self, by: T::Operand) -> Command<T> {
        self.calculate(Act::DivFloor, by)
    }

    /// The remainder in place, with the sign of the divisor as Python's `%` has it: `-7` by `2` leaves `1`, and `7` by
    /// `-2` leaves `-1`. One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is 0; `Overflow` if the remainder is outside of the type's range: nothing is changed then.
    pub fn rem_floor(&self, by: T::Operand) -> Command<T> {
        self.calculate(Act::RemFloor, by)
    }

    /// Raises the number to a power in place, and returns it. One script, O(1).
    ///
    /// # Errors
    /// `Overflow` if it is outside of the type's range: nothing is changed then.
    pub fn pow(&self, exponent: T::Exponent) -> Command<T> {
        self.calculate(Act::Pow, exponent)
    }

    fn calculate(&self, act: Act, operand: impl Into<Amount>) -> Command<T> {
        self.counted(|spot| spot.calculate(act, operand.into()))
    }

    fn counted<R>(
        &self,
        calculate: impl FnOnce(Spot<'_, &dyn Fn(&mut Arguments<'_>)>) -> Command<R>,
    ) -> Command<R>
    where
        R: Send + 'static,
    {
        match number::countable::<C>(&self.place) {
            Ok(()) => self.begun(calculate(Spot::in_hash(&self.place, &|a| _ = a.raw(self.member())))),
            Err(error) => Command::refused(&self.place, error),
        }
    }
}

impl<T: Int, C: Codec> Field<T, C> {
    /// Keeps the bits that `mask` has too, and returns the number. One script, O(1).
    pub fn bit_and(&self, mask: T) -> Command<T> {
        self.calculate(Act::And, mask.amount())
    }

    /// Sets the bits that `mask` has, and returns the number. One script, O(1).
    pub fn bit_or(&self, mask: T) -> Command<T> {
        self.calculate(Act::Or, mask.amount())
    }

    /// Turns the bits that `mask` has, and returns the number. One script, O(1).
    pub fn bit_xor(&self, mask: T) -> Command<T> {
        self.calculate(Act::Xor, mask.amount())
    }

    /// Shifts the bits up, and returns the number. One script, O(1).
    ///
    /// # Errors
    /// `Overflow` if bits would be lost: nothing is changed then.
    pub fn shl(&self, bits: u32) -> Command<T> {
        self.calculate(Act::Shl, bits)
    }

    /// Shifts the bits down, and returns the number; a negative one is rounded down, and never more than `-1`. One
    /// script, O(1).
    pub fn shr(&self, bits: u32) -> Command<T> {
        self.calculate(Act::Shr, bits)
    }
}

impl<T: FloatingPoint, C: Codec> Field<T, C> {
    /// Adds to the number, which is 0 where there is none, and returns the sum: [`incr`](Field::incr) by another name.
    /// Atomic. `HINCRBYFLOAT` in a script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is not finite; `Overflow` if the sum would not be: nothing is changed then.
    pub fn incr_float(&self, by: f64) -> Command<T> {
        self.incr(by)
    }

    /// Divides the number in place, and returns the quotient. One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if `by` is 0 or not finite; `Overflow` if the quotient would not be finite: nothing is changed then.
    pub fn div(&self, by: f64) -> Command<T> {
        self.calculate(Act::Quotient, by)
    }
}

impl<T, C> Clone for Field<T, C> {
    fn clone(&self) -> Self {
        Field { place: self.place.clone(), default: self.default, types: PhantomData }
    }
}

impl<T, C> fmt::Debug for Field<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Field({:?}, {:?})", self.key(), self.place.member())
    }
}
