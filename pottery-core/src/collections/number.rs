//! Numbers that Redis itself can count.

use crate::codec::{Codec, CodecError, Native};
use crate::command::Command;
use crate::decode::Stored;
use crate::error::Error;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// The integers that Redis can count: up to 64 bits. Arithmetic is exact, and never wraps.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be counted by Redis",
    label = "not an integer of up to 64 bits",
    note = "floats have `incr_float`; other types can be changed with `update`"
)]
pub trait Integer: Storable + Copy + sealed::Number {}

/// The floats that Redis can count.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a float", label = "not an `f32` or `f64`")]
pub trait Float: Storable + Copy + sealed::Number {
    #[doc(hidden)]
    const GREATEST: f64;
}

pub(crate) mod sealed {
    /// What all numbers have.
    pub trait Number: Sized {
        /// The least and the greatest value, as far as Redis's 64 bits must be held to them.
        const BOUNDS: Option<(i64, i64)>;
        #[doc(hidden)]
        fn wide(self) -> i128;
        #[doc(hidden)]
        fn narrow(wide: i128) -> Option<Self>;
    }
}

macro_rules! integers {
    ($($t:ty: $bounds:expr),* $(,)?) => {$(
        impl Integer for $t {}
        impl sealed::Number for $t {
            const BOUNDS: Option<(i64, i64)> = $bounds;
            fn wide(self) -> i128 {
                self as i128
            }
            fn narrow(wide: i128) -> Option<$t> {
                <$t>::try_from(wide).ok()
            }
        }
    )*};
}

integers! {
    i8: Some((i8::MIN as i64, i8::MAX as i64)),
    i16: Some((i16::MIN as i64, i16::MAX as i64)),
    i32: Some((i32::MIN as i64, i32::MAX as i64)),
    i64: None,
    u8: Some((0, u8::MAX as i64)),
    u16: Some((0, u16::MAX as i64)),
    u32: Some((0, u32::MAX as i64)),
    u64: Some((0, i64::MAX)),
}

#[cfg(target_pointer_width = "64")]
integers! {
    isize: None,
    usize: Some((0, i64::MAX)),
}

#[cfg(target_pointer_width = "32")]
integers! {
    isize: Some((isize::MIN as i64, isize::MAX as i64)),
    usize: Some((0, usize::MAX as i64)),
}

macro_rules! floats {
    ($($t:ty),*) => {$(
        impl Float for $t {
            const GREATEST: f64 = <$t>::MAX as f64;
        }
        impl sealed::Number for $t {
            const BOUNDS: Option<(i64, i64)> = None;
            fn wide(self) -> i128 {
                self as i128
            }
            fn narrow(wide: i128) -> Option<$t> {
                Some(wide as $t)
            }
        }
    )*};
}

floats!(f32, f64);

/// Adds to an integer in the hash at `place`, at what `member` appends, and answers with the sum.
///
/// `HINCRBY` where 64 signed bits are the type's own range; else a script that looks whether the sum is in range and
/// changes nothing if it is not.
pub(crate) fn incr<T: Integer>(
    place: &Place,
    member: impl FnOnce(&mut Arguments<'_>),
    by: i64,
    limit: Option<i64>,
) -> Command<T> {
    static INCR: Script = Script::new(include_str!("../scripts/number_incr.lua"));
    let bounds = match (T::BOUNDS, limit) {
        (bounds, None) => bounds,
        (bounds, Some(limit)) => {
            let (least, greatest) = bounds.unwrap_or((i64::MIN, i64::MAX));
            Some((least, greatest.min(limit)))
        }
    };
    let request = match bounds {
        None => Request::write().command("HINCRBY", |a| {
            member(a.key(place.key()));
            a.int(by);
        }),
        Some((least, greatest)) => Request::write().eval(&INCR, &[place.key()], |a| {
            member(a);
            a.int(by).int(least).int(greatest);
        }),
    };
    Command::new::<Stored<T, Native>>(place, request.bears(place))
}

/// Adds to a float in the hash at `place`, at what `member` appends, and answers with the sum.
///
/// A script of `HINCRBYFLOAT` that changes nothing if the sum is not a finite `T`: the server counts further than that.
pub(crate) fn incr_float<T: Float>(
    place: &Place,
    member: impl FnOnce(&mut Arguments<'_>),
    by: f64,
) -> Command<T> {
    static INCR_FLOAT: Script = Script::new(include_str!("../scripts/number_incr_float.lua"));
    if !by.is_finite() {
        return Command::refused(place, Error::misuse("only a finite number can be added"));
    }
    let request = Request::write().eval(&INCR_FLOAT, &[place.key()], |a| {
        member(a);
        a.value::<Native, f64>(&by).value::<Native, f64>(&T::GREATEST);
    });
    Command::new::<Stored<T, Native>>(place, request.bears(place))
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
