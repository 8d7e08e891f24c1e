//! Numbers that the server itself can count with.

use crate::codec::{Codec, Value};
use crate::error::{Error, ErrorKind, Result};

mod sealed {
    pub trait Sealed {}
}

/// The integers that the server can count with: `i8` to `i64`, `u8` to `u64`, `isize` and `usize`.
///
/// Redis counts in 64 bits with a sign. What a narrower type cannot hold is an
/// [`Overflow`](crate::ErrorKind::Overflow), and so is, for `u64` and `usize`, what is above `i64::MAX`; the value
/// then stays as it was.
#[diagnostic::on_unimplemented(
    message = "the server cannot count in `{Self}`",
    label = "not an integer of 8 to 64 bits",
    note = "`i8` to `i64`, `u8` to `u64`, `isize` and `usize` can be counted in; floats have `incr_float`"
)]
pub trait Integer: Value + Copy + TryFrom<i64> + sealed::Sealed {
    /// The least that the server can count down to.
    #[doc(hidden)]
    const __LEAST: i64;
    /// The most that the server can count up to.
    #[doc(hidden)]
    const __MOST: i64;
}

macro_rules! integers {
    ($($integer:ty)*) => { $(
        impl sealed::Sealed for $integer {}

        impl Integer for $integer {
            const __LEAST: i64 = <$integer>::MIN as i64;
            const __MOST: i64 =
                if <$integer>::MAX as u64 > i64::MAX as u64 { i64::MAX } else { <$integer>::MAX as i64 };
        }
    )* };
}

integers!(i8 i16 i32 i64 isize u8 u16 u32 u64 usize);

/// The floating-point numbers that the server can add to: `f32` and `f64`.
#[diagnostic::on_unimplemented(
    message = "the server cannot add floating-point numbers to a `{Self}`",
    label = "neither `f32` nor `f64`",
    note = "integers have `incr`"
)]
pub trait Float: Value + Copy + sealed::Sealed {
    /// The largest finite number.
    #[doc(hidden)]
    const __MOST: f64;
}

impl sealed::Sealed for f32 {}

impl Float for f32 {
    const __MOST: f64 = f32::MAX as f64;
}

impl sealed::Sealed for f64 {}

impl Float for f64 {
    const __MOST: f64 = f64::MAX;
}

/// The numbers from which a step of `by` leads to another `T`; `None` if Redis's own limits are those of `T`.
pub(crate) fn room<T: Integer>(by: i64) -> Option<(i128, i128)> {
    let narrow = T::__LEAST != i64::MIN || T::__MOST != i64::MAX;
    narrow.then(|| (i128::from(T::__LEAST) - i128::from(by), i128::from(T::__MOST) - i128::from(by)))
}

/// Whether the codec writes numbers as the server does, in decimal text. Others cannot be counted in: the server would
/// write what the codec reads as something else.
pub(crate) fn countable<C: Codec>() -> Result<()> {
    let mut text = Vec::new();
    match C::encode(&-12_i64, &mut text).and_then(|()| C::encode(&0.5_f64, &mut text)) {
        Ok(()) if text == b"-120.5" => Ok(()),
        _ => Err(Error::misuse(format!(
            "the server cannot count in numbers of the codec `{}`: it does not store them as decimal text",
            C::NAME
        ))),
    }
}

/// A number that the server can add.
pub(crate) fn finite(by: f64) -> Result<f64> {
    if by.is_finite() {
        Ok(by)
    } else {
        Err(Error::new(ErrorKind::Encode, format!("{by} cannot be added to a stored number")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_for_a_step_is_exact_at_the_ends_of_every_type() {
        assert_eq!(room::<i64>(5), None);
        assert_eq!(room::<u8>(5), Some((-5, 250)));
        assert_eq!(room::<i8>(-1), Some((-127, 128)));
        assert_eq!(room::<u64>(1), Some((-1, i128::from(i64::MAX) - 1)));
        assert_eq!(room::<i32>(i64::MIN), Some((-(1 << 31) + (1 << 63), (1 << 31) - 1 + (1 << 63))));
    }
}
