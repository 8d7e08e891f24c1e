//! Numbers that Redis keeps as text: arithmetic on them, in one step on the server, wherever they are.

use std::future::Future;

use crate::codec::{Codec, CodecError, Native};
use crate::command::Command;
use crate::decode::{Flag, Stored};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::operation::Operation;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// The numbers that can be calculated with in Redis: the integers of up to 64 bits, and the floats.
///
/// Arithmetic on integers is exact to the ends of the type, those of `i64` and of `u64` too, and never wraps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be counted by Redis",
    label = "neither an integer of up to 64 bits nor a float",
    note = "other types can be changed with `update`"
)]
pub trait Number: Storable + Copy + sealed::Counted {}

/// The integers that can be calculated with in Redis: up to 64 bits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be counted by Redis",
    label = "not an integer of up to 64 bits",
    note = "floats have `incr_float`; other types can be changed with `update`"
)]
pub trait Int: Number<Operand = i64, Exponent = u32> {}

/// The floats that can be calculated with in Redis.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a float", label = "not an `f32` or `f64`")]
pub trait FloatingPoint: Number<Operand = f64, Exponent = f64> {}

pub(crate) mod sealed {
    /// What is calculated with, on its way to the server.
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[doc(hidden)]
    pub enum Amount {
        Int(i128),
        Float(f64),
    }

    impl From<i64> for Amount {
        fn from(number: i64) -> Amount {
            Amount::Int(number.into())
        }
    }

    impl From<u32> for Amount {
        fn from(number: u32) -> Amount {
            Amount::Int(number.into())
        }
    }

    impl From<f64> for Amount {
        fn from(number: f64) -> Amount {
            Amount::Float(number)
        }
    }

    /// What all numbers have.
    pub trait Counted: Sized {
        /// What is added, multiplied with, divided by: `i64` for integers, `f64` for floats.
        type Operand: Into<Amount> + Copy + Send + 'static;
        /// What it is raised to: `u32` for integers, `f64` for floats.
        type Exponent: Into<Amount> + Copy + Send + 'static;
        #[doc(hidden)]
        const ZERO: Self;
        #[doc(hidden)]
        const LEAST: Amount;
        #[doc(hidden)]
        const GREATEST: Amount;
        #[doc(hidden)]
        fn amount(self) -> Amount;
    }
}

use sealed::Amount;

macro_rules! integers {
    ($($t:ty),*) => {$(
        impl Number for $t {}
        impl Int for $t {}
        impl sealed::Counted for $t {
            type Operand = i64;
            type Exponent = u32;
            const ZERO: $t = 0;
            const LEAST: Amount = Amount::Int(<$t>::MIN as i128);
            const GREATEST: Amount = Amount::Int(<$t>::MAX as i128);
            fn amount(self) -> Amount {
                Amount::Int(self as i128)
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

macro_rules! floats {
    ($($t:ty),*) => {$(
        impl Number for $t {}
        impl FloatingPoint for $t {}
        impl sealed::Counted for $t {
            type Operand = f64;
            type Exponent = f64;
            const ZERO: $t = 0.0;
            const LEAST: Amount = Amount::Float(<$t>::MIN as f64);
            const GREATEST: Amount = Amount::Float(<$t>::MAX as f64);
            fn amount(self) -> Amount {
                Amount::Float(self.into())
            }
        }
    )*};
}

floats!(f32, f64);

impl Amount {
    fn negative(self) -> Amount {
        match self {
            Amount::Int(number) => Amount::Int(-number),
            Amount::Float(number) => Amount::Float(-number),
        }
    }

    pub(crate) fn is_finite(self) -> bool {
        !matches!(self, Amount::Float(number) if !number.is_finite())
    }

    /// Whether it is so small that any `f64` and it, added precisely, are rounded to a finite `f64`: less than half of
    /// what lies between the two greatest.
    fn is_moderate(self) -> bool {
        matches!(self, Amount::Float(number) if number.abs() < 1e291)
    }

    fn is_zero(self) -> bool {
        self == Amount::Int(0) || self == Amount::Float(0.0)
    }

    fn write(self, a: &mut Arguments<'_>) {
        match self {
            Amount::Int(number) => _ = a.int(number),
            Amount::Float(number) => _ = a.value::<Native, f64>(&number),
        }
    }
}

/// Where a number is: at a key of its own, or in a hash, in what `member` appends.
pub(crate) struct Spot<'a, M> {
    place: &'a Place,
    member: Option<M>,
}

/// What is done with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Add,
    Mul,
    Quotient,
    DivFloor,
    RemFloor,
    Pow,
    And,
    Or,
    Xor,
    Shl,
    Shr,
    CompareAndSet,
}

impl Act {
    /// What the scripts call it.
    fn name(self) -> &'static str {
        match self {
            Act::Add => "add",
            Act::Mul => "mul",
            Act::Quotient => "quo",
            Act::DivFloor => "div",
            Act::RemFloor => "rem",
            Act::Pow => "pow",
            Act::And => "and",
            Act::Or => "or",
            Act::Xor => "xor",
            Act::Shl => "shl",
            Act::Shr => "shr",
            Act::CompareAndSet => "cas",
        }
    }
}

/// For a number at a key of its own.
type NoMember = fn(&mut Arguments<'_>);

impl<'a> Spot<'a, NoMember> {
    pub(crate) fn at_key(place: &'a Place) -> Spot<'a, NoMember> {
        Spot { place, member: None }
    }
}

impl<'a, M: FnOnce(&mut Arguments<'_>)> Spot<'a, M> {
    pub(crate) fn in_hash(place: &'a Place, member: M) -> Spot<'a, M> {
        Spot { place, member: Some(member) }
    }

    /// Adds to the number, and answers with the sum.
    pub(crate) fn add<T: Number>(self, by: T::Operand) -> Command<T> {
        self.calculate(Act::Add, by.into())
    }

    /// Subtracts from the number, and answers with the difference.
    pub(crate) fn subtract<T: Number>(self, by: T::Operand) -> Command<T> {
        self.calculate(Act::Add, by.into().negative())
    }

    /// Adds to the number unless the sum is above the limit.
    pub(crate) fn add_up_to<T: Number>(self, by: T::Operand, limit: T::Operand) -> Command<Option<T>> {
        let place = self.place;
        let sum: Command<T> = match limit.into() {
            limit if limit.is_finite() => self.run(Act::Add, by.into(), Some(limit)),
            _ => Command::refused(place, Error::misuse("the limit must be a finite number")),
        };
        sum.map(Some).recover(|error| match error.kind() {
            ErrorKind::Overflow => Ok(None),
            _ => Err(error),
        })
    }

    /// Does something with the number, and answers with the result.
    pub(crate) fn calculate<T: Number>(self, act: Act, operand: Amount) -> Command<T> {
        self.run(act, operand, None)
    }

    /// Stores `new` if the number is `old`; says whether it was.
    pub(crate) fn compare_and_set<T: Number>(self, old: T, new: T) -> Command<bool> {
        let (place, new) = (self.place, new.amount());
        if !new.is_finite() {
            return Command::refused(place, infinite());
        }
        match self.request::<T>(Act::CompareAndSet, old.amount(), Some(new)) {
            Ok(request) => Command::new::<Flag>(place, request),
            Err(error) => Command::refused(place, error),
        }
    }

    fn run<T: Number>(self, act: Act, operand: Amount, extra: Option<Amount>) -> Command<T> {
        let place = self.place;
        match self.request::<T>(act, operand, extra) {
            Ok(request) => Command::new::<Stored<T, Native>>(place, request),
            Err(error) => Command::refused(place, error),
        }
    }

    /// `HINCRBY` or `INCRBY` where 64 signed bits are the type's own range, `INCRBYFLOAT` where the sum is sure to be an
    /// `f64`; else a script that changes nothing if the result is out of range.
    fn request<T: Number>(self, act: Act, operand: Amount, extra: Option<Amount>) -> Result<Request> {
        static NUMBER: Script = Script::new(include_str!("../scripts/number.lua"));
        static NUMBER_FLOAT: Script = Script::new(include_str!("../scripts/number_float.lua"));
        if !operand.is_finite() {
            return Err(Error::misuse("only a finite number can be calculated with"));
        }
        if matches!(act, Act::Quotient | Act::DivFloor | Act::RemFloor) && operand.is_zero() {
            return Err(Error::misuse("a number cannot be divided by 0"));
        }
        let Spot { place, member } = self;
        let is_i64 = (T::LEAST, T::GREATEST) == (i64::MIN.into(), i64::MAX.into());
        let plain = match operand {
            Amount::Int(by) if is_i64 && act == Act::Add && extra.is_none() => i64::try_from(by).ok(),
            _ => None,
        };
        let is_f64 = T::GREATEST == f64::MAX.into();
        let request = match (plain, member) {
            (None, None) if is_f64 && act == Act::Add && extra.is_none() && operand.is_moderate() => {
                Request::write().command("INCRBYFLOAT", |a| operand.write(a.key(place.key())))
            }
            (Some(by), Some(member)) => Request::write().command("HINCRBY", |a| {
                member(a.key(place.key()));
                a.int(by);
            }),
            (Some(by), None) => Request::write().command("INCRBY", |a| _ = a.key(place.key()).int(by)),
            (None, member) => {
                let script = if matches!(operand, Amount::Int(_)) { &NUMBER } else { &NUMBER_FLOAT };
                Request::write().eval(script, &[place.key()], |a| {
                    match member {
                        Some(member) => member(a.raw(b"hash")),
                        None => _ = a.raw(b"string").raw(b""),
                    }
                    a.raw(act.name().as_bytes());
                    operand.write(a);
                    T::LEAST.write(a);
                    T::GREATEST.write(a);
                    if let Some(extra) = extra {
                        extra.write(a);
                    }
                })
            }
        };
        Ok(request.bears(place))
    }
}

/// What is said of a NaN or an infinity that should be stored.
pub(crate) fn infinite() -> Error {
    Error::new(ErrorKind::Encode, "a number in Redis must be finite, or it could not be calculated with")
}

/// Runs `add`, then `body` with its sum; if that fails, panics or is dropped, also `back`.
pub(crate) fn with_rewind<'a, T, R, E, F>(
    place: &Place,
    add: Command<T>,
    back: Command<T>,
    body: impl FnOnce(T) -> F + Send + 'a,
) -> Operation<'a, Result<R, E>>
where
    T: Send + 'static,
    R: Send + 'a,
    E: Send + 'a,
    F: Future<Output = Result<R, E>> + Send + 'a,
{
    let place = place.clone();
    Operation::new(place.clone().store(), move |run| async move {
        let sum = run.command(add).await?;
        let mut rewind = Rewind { place, back: Some(back) };
        let result = body(sum).await;
        let back = rewind.back.take();
        match (result, back) {
            // what was added stays, or it is not known whether it does
            (Err(refusal), Some(back)) => match run.command(back).await {
                Ok(_) => Ok(Err(refusal)),
                Err(error) if error.outcome() == Outcome::Unknown => Err(error),
                Err(error) => Err(error.settled_as(Outcome::Applied)),
            },
            (result, _) => Ok(result),
        }
    })
}

/// What is done in the background if nobody is left to do it.
struct Rewind<T: Send + 'static> {
    place: Place,
    back: Option<Command<T>>,
}

impl<T: Send + 'static> Drop for Rewind<T> {
    fn drop(&mut self) {
        if let Some(back) = self.back.take() {
            let store = self.place.store();
            crate::link::background::detach(Operation::new(store, |run| async move {
                run.command(back).await.map(drop)
            }));
        }
    }
}

/// Whether a codec writes numbers as Redis does, so that Redis can count them.
pub(crate) fn countable<C: Codec>(place: &Place) -> Result<(), Error> {
    let mut text = Vec::new();
    let plain: Result<(), CodecError> = C::encode(&-12_i64, &mut text);
    if plain.is_ok() && text == b"-12" {
        Ok(())
    } else {
        let message =
            format!("the codec `{}` does not store numbers as text, so Redis cannot count them", C::NAME);
        Err(place.refuse(Error::misuse(message)))
    }
}
