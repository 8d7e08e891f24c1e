//! The other operand of an operation on two multisets.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::MultiSet;
use crate::arg::Arg;
use crate::codec::Codec;
use crate::error::{Error, ErrorKind, Result};
use crate::place::Place;
use crate::storable::Storable;

/// Items of `T` and how many of each there are:
/// * a reference to a [`MultiSet`] of the same store and codec,
/// * a reference to a `HashMap` or a `BTreeMap` from items to `i64`,
/// * an array or a `Vec` of pairs of an item (or what can stand for one, see [`Arg`]) and an `i64`; of an item that is
///   there twice, the counts are added.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a multiset of `{T}` that another can be combined with",
    label = "neither a `&MultiSet` of `{T}` with the same codec nor counts of `{T}`",
    note = "counts are `&HashMap<{T}, i64>`, `&BTreeMap<{T}, i64>`, or an array or a `Vec` of pairs"
)]
pub trait Counts<T, C> {
    #[doc(hidden)]
    fn __counts(self) -> Part;
}

/// An operand as it is needed for a request.
#[doc(hidden)]
pub enum Part {
    /// A multiset of the store.
    Remote(Place),
    /// What the program has.
    Local(Result<Local>),
}

/// Encoded items and their counts, none twice.
pub(super) type Local = HashMap<Vec<u8>, i64>;

impl fmt::Debug for Part {
    /// The number of the program's own only: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Remote(place) => place.fmt(f),
            Part::Local(counts) => write!(f, "Counts({})", counts.as_ref().map_or(0, HashMap::len)),
        }
    }
}

/// Adds counts up, by the bytes of their items.
pub(super) fn tally<T, C, A>(counts: impl IntoIterator<Item = (A, i64)>) -> Result<Local>
where
    C: Codec,
    A: Arg<T>,
{
    let mut local = Local::new();
    for (item, count) in counts {
        let mut bytes = Vec::new();
        C::encode_member(item.__as(), &mut bytes)
            .map_err(|error| Error::new(ErrorKind::Encode, error.to_string()).with_source(error))?;
        let sum = local.entry(bytes).or_default();
        *sum = sum.checked_add(count).ok_or_else(overflow)?;
    }
    Ok(local)
}

pub(super) fn too_many() -> Error {
    Error::new(ErrorKind::Overflow, "the counts say of more elements than there is memory for")
}

pub(super) fn overflow() -> Error {
    Error::new(ErrorKind::Overflow, "a count would be greater than 64 bits can hold")
}

impl<T, C> Counts<T, C> for &MultiSet<T, C> {
    fn __counts(self) -> Part {
        Part::Remote(self.place().clone())
    }
}

impl<T: Storable, C: Codec, S> Counts<T, C> for &HashMap<T, i64, S> {
    fn __counts(self) -> Part {
        Part::Local(tally::<T, C, _>(self.iter().map(|(item, count)| (item, *count))))
    }
}

impl<T: Storable, C: Codec> Counts<T, C> for &BTreeMap<T, i64> {
    fn __counts(self) -> Part {
        Part::Local(tally::<T, C, _>(self.iter().map(|(item, count)| (item, *count))))
    }
}

impl<T: Storable, C: Codec, A: Arg<T>> Counts<T, C> for Vec<(A, i64)> {
    fn __counts(self) -> Part {
        Part::Local(tally::<T, C, A>(self))
    }
}

impl<T: Storable, C: Codec, A: Arg<T>, const N: usize> Counts<T, C> for [(A, i64); N] {
    fn __counts(self) -> Part {
        Part::Local(tally::<T, C, A>(self))
    }
}
