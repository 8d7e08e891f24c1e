//! Bounds: from where to where, by score and by bytes.

use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};

use crate::arg::Arg;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};

/// A range of scores: `1.0..5.0`, `..=3`, `10..`, `..`, or a pair of [`Bound`]s. The numbers are whatever is an `f64`
/// without loss: `f32`, and integers of up to 32 bits.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of scores",
    label = "expected a range of `f64`, as `1.0..=5.0`, `..3.0` or `..`"
)]
pub trait ScoreRange {
    #[doc(hidden)]
    fn __bounds(self) -> (Bound<f64>, Bound<f64>);
}

/// A range of members, in the order of their bytes: `"a".."c"`, `..="m"`, `..`, or a pair of [`Bound`]s.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a range of `{T}`",
    label = "expected a range of members, as `\"a\"..\"c\"`, or `..`"
)]
pub trait LexRange<T> {
    #[doc(hidden)]
    fn __bounds<C: Codec>(self) -> Result<LexBounds>;
}

/// Members as they are stored.
type LexBounds = (Bound<Vec<u8>>, Bound<Vec<u8>>);

impl ScoreRange for RangeFull {
    fn __bounds(self) -> (Bound<f64>, Bound<f64>) {
        (Bound::Unbounded, Bound::Unbounded)
    }
}

impl<T> LexRange<T> for RangeFull {
    fn __bounds<C: Codec>(self) -> Result<LexBounds> {
        Ok((Bound::Unbounded, Bound::Unbounded))
    }
}

macro_rules! ranges {
    ($($range:ident: $self:ident => $from:expr, $to:expr;)*) => {$(
        impl<S: Into<f64>> ScoreRange for $range<S> {
            fn __bounds($self) -> (Bound<f64>, Bound<f64>) {
                (convert::<S>($from), convert::<S>($to))
            }
        }

        impl<T, A: Arg<T>> LexRange<T> for $range<A> {
            fn __bounds<C: Codec>($self) -> Result<LexBounds> {
                Ok((encode::<T, A, C>($from)?, encode::<T, A, C>($to)?))
            }
        }
    )*};
}

ranges! {
    Range: self => Bound::Included(self.start), Bound::Excluded(self.end);
    RangeFrom: self => Bound::Included(self.start), Bound::Unbounded;
    RangeTo: self => Bound::Unbounded, Bound::Excluded(self.end);
    RangeToInclusive: self => Bound::Unbounded, Bound::Included(self.end);
}

impl<S: Into<f64>> ScoreRange for RangeInclusive<S> {
    fn __bounds(self) -> (Bound<f64>, Bound<f64>) {
        let (from, to) = self.into_inner();
        (Bound::Included(from.into()), Bound::Included(to.into()))
    }
}

impl<T, A: Arg<T>> LexRange<T> for RangeInclusive<A> {
    fn __bounds<C: Codec>(self) -> Result<LexBounds> {
        let (from, to) = self.into_inner();
        Ok((encode::<T, A, C>(Bound::Included(from))?, encode::<T, A, C>(Bound::Included(to))?))
    }
}

impl<S: Into<f64>> ScoreRange for (Bound<S>, Bound<S>) {
    fn __bounds(self) -> (Bound<f64>, Bound<f64>) {
        (convert(self.0), convert(self.1))
    }
}

impl<T, A: Arg<T>> LexRange<T> for (Bound<A>, Bound<A>) {
    fn __bounds<C: Codec>(self) -> Result<LexBounds> {
        Ok((encode::<T, A, C>(self.0)?, encode::<T, A, C>(self.1)?))
    }
}

fn convert<S: Into<f64>>(bound: Bound<S>) -> Bound<f64> {
    bound.map(Into::into)
}

fn encode<T, A: Arg<T>, C: Codec>(bound: Bound<A>) -> Result<Bound<Vec<u8>>> {
    let encoded = |member: A| {
        let mut bytes = Vec::new();
        match C::encode_member(member.__as(), &mut bytes) {
            Ok(()) => Ok(bytes),
            Err(error) => Err(Error::new(ErrorKind::Encode, error.to_string()).with_source(error)),
        }
    };
    Ok(match bound {
        Bound::Included(member) => Bound::Included(encoded(member)?),
        Bound::Excluded(member) => Bound::Excluded(encoded(member)?),
        Bound::Unbounded => Bound::Unbounded,
    })
}

/// A score as Redis reads it.
///
/// # Errors
/// `Encode` for a NaN, which has no place in any order.
pub(crate) fn score_text(score: f64) -> Result<String> {
    if score.is_nan() {
        return Err(Error::new(ErrorKind::Encode, "a NaN cannot be a score: it stands nowhere in an order"));
    }
    // the two zeros are one score, of which servers show either
    Ok(ryu::Buffer::new().format(score + 0.0).to_owned())
}

/// The two bounds of a range of scores as Redis writes them.
pub(super) fn score_bounds(range: impl ScoreRange) -> Result<(Vec<u8>, Vec<u8>)> {
    let (from, to) = range.__bounds();
    let text = |bound, open: &str| {
        Ok(match bound {
            Bound::Included(score) => score_text(score)?,
            Bound::Excluded(score) => format!("({}", score_text(score)?),
            Bound::Unbounded => open.to_owned(),
        }
        .into_bytes())
    };
    Ok((text(from, "-inf")?, text(to, "+inf")?))
}

/// The two bounds of a range of members as Redis writes them.
pub(super) fn lex_bounds<T, C: Codec>(range: impl LexRange<T>) -> Result<(Vec<u8>, Vec<u8>)> {
    let (from, to) = range.__bounds::<C>()?;
    let text = |bound, open: &[u8]| match bound {
        Bound::Included(member) => [b"[".to_vec(), member].concat(),
        Bound::Excluded(member) => [b"(".to_vec(), member].concat(),
        Bound::Unbounded => open.to_vec(),
    };
    Ok((text(from, b"-"), text(to, b"+")))
}
