//! Sorted sets together: union, intersection, difference.

use std::fmt;
use std::marker::PhantomData;

use super::bounds::score_text;
use super::{SortedSet, store};
use crate::codec::{Codec, Native};
use crate::collections::set::Set;
use crate::collections::set::operand::{naming, same_store};
use crate::command::Command;
use crate::decode::{Elements, Number, Scored};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::storable::Storable;

/// What a member's scores in several sets become in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aggregate {
    /// Their sum.
    #[default]
    Sum,
    /// The least of them.
    Min,
    /// The greatest of them.
    Max,
}

/// Other sets to combine a [`SortedSet`] with: another one of the same store and codec, a [`Set`], whose members all have
/// the score 1, references to these, and tuples of up to six, arrays or `Vec`s of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of `{T}` that a sorted set can be combined with",
    label = "neither a `SortedSet` nor a `Set` of `{T}` with the same codec, nor a tuple, array or `Vec` of those"
)]
pub trait SortedOperands<T, C> {
    #[doc(hidden)]
    fn __places(self) -> Vec<Place>;
}

macro_rules! operands {
    ($($type:ty),*) => {$(
        impl<T, C> SortedOperands<T, C> for $type {
            fn __places(self) -> Vec<Place> {
                vec![self.place().clone()]
            }
        }
    )*};
}

operands!(SortedSet<T, C>, &SortedSet<T, C>, Set<T, C>, &Set<T, C>);

impl<T, C, O: SortedOperands<T, C>> SortedOperands<T, C> for Vec<O> {
    fn __places(self) -> Vec<Place> {
        self.into_iter().flat_map(SortedOperands::__places).collect()
    }
}

impl<T, C, O: SortedOperands<T, C>, const N: usize> SortedOperands<T, C> for [O; N] {
    fn __places(self) -> Vec<Place> {
        self.into_iter().flat_map(SortedOperands::__places).collect()
    }
}

macro_rules! tuple_operands {
    ($($name:ident $index:tt),+) => {
        impl<T, C, $($name: SortedOperands<T, C>),+> SortedOperands<T, C> for ($($name,)+) {
            fn __places(self) -> Vec<Place> {
                let mut places = Vec::new();
                $(places.extend(self.$index.__places());)+
                places
            }
        }
    };
}

impl<T, C> SortedOperands<T, C> for () {
    fn __places(self) -> Vec<Place> {
        Vec::new()
    }
}

tuple_operands!(O0 0);
tuple_operands!(O0 0, O1 1);
tuple_operands!(O0 0, O1 1, O2 2);
tuple_operands!(O0 0, O1 1, O2 2, O3 3);
tuple_operands!(O0 0, O1 1, O2 2, O3 3, O4 4);
tuple_operands!(O0 0, O1 1, O2 2, O3 3, O4 4, O5 5);

/// Sorted sets combined, to be read or stored.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use pottery_core::Aggregate;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let (may, june) = (store.sorted_set::<String>("{board}may"), store.sorted_set::<String>("{board}june"));
/// let best = may.union(&june).aggregate(Aggregate::Max).entries().wait()?;
/// may.union(&june).weights([0.5, 1.0]).store_into(&store.sorted_set("{board}all")).wait()?;
/// # let _ = best; Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use = "a combination does nothing until it is read or stored"]
pub struct Combination<T, C = Native> {
    places: Vec<Place>,
    kind: Kind,
    weights: Vec<f64>,
    aggregate: Option<Aggregate>,
    types: PhantomData<fn() -> (T, C)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Union,
    Intersection,
    Difference,
}

/// # Sorted sets together
///
/// On a cluster all keys of one of these operations must be in one slot (`CrossSlot` if they are not). While sets are
/// combined the server does nothing else.
impl<T: Storable, C: Codec> SortedSet<T, C> {
    /// What is in this set or in any of the others.
    pub fn union(&self, others: impl SortedOperands<T, C>) -> Combination<T, C> {
        self.combined(Kind::Union, others.__places())
    }

    /// What is in this set and in all of the others.
    pub fn intersection(&self, others: impl SortedOperands<T, C>) -> Combination<T, C> {
        self.combined(Kind::Intersection, others.__places())
    }

    /// What is in this set and in none of the others, with the scores of this set.
    pub fn difference(&self, others: impl SortedOperands<T, C>) -> Combination<T, C> {
        self.combined(Kind::Difference, others.__places())
    }

    fn combined(&self, kind: Kind, others: Vec<Place>) -> Combination<T, C> {
        let mut places = vec![self.place().clone()];
        places.extend(others);
        Combination { places, kind, weights: Vec::new(), aggregate: None, types: PhantomData }
    }
}

impl<T: Storable, C: Codec> Combination<T, C> {
    /// What the scores of each set are multiplied with first: the set itself, then the others in their order.
    pub fn weights(mut self, weights: impl IntoIterator<Item = impl Into<f64>>) -> Combination<T, C> {
        self.weights = weights.into_iter().map(Into::into).collect();
        self
    }

    /// What becomes of the scores that a member has in several sets: their sum, if nothing else is said.
    pub fn aggregate(mut self, aggregate: Aggregate) -> Combination<T, C> {
        self.aggregate = Some(aggregate);
        self
    }

    /// The members, the least score first. `ZUNION`, `ZINTER` or `ZDIFF`, O(all members), and O(n log n) of the result.
    ///
    /// # Errors
    /// `Misuse` if there are not as many weights as sets, if a difference is given weights or an aggregate, or if a set
    /// is of another store; `Encode` if a weight is a NaN. Nothing is sent then.
    pub fn members(self) -> Command<Vec<T>> {
        match self.request(None, &[]) {
            Ok(request) => {
                naming(Command::new::<Elements<Vec<T>, T, C>>(&self.places[0], request), &self.keys())
            }
            Err(error) => Command::refused(&self.places[0], error),
        }
    }

    /// The members with their scores, the least score first. `ZUNION`, `ZINTER` or `ZDIFF` `.. WITHSCORES`, as
    /// [`members`](Combination::members).
    ///
    /// # Errors
    /// Those of [`members`](Combination::members).
    pub fn entries(self) -> Command<Vec<(T, f64)>> {
        match self.request(None, &[b"WITHSCORES"]) {
            Ok(request) => naming(Command::new::<Scored<T, C>>(&self.places[0], request), &self.keys()),
            Err(error) => Command::refused(&self.places[0], error),
        }
    }

    /// Stores the members with their scores in place of what `into` holds, which may be one of the sets, and says how
    /// many there are. `ZUNIONSTORE`, `ZINTERSTORE` or `ZDIFFSTORE` in a script, as [`members`](Combination::members). A
    /// time to live of `into` ends.
    ///
    /// # Errors
    /// Those of [`members`](Combination::members); `WrongType` also if there is something else than a sorted set at
    /// `into`, which is left as it is.
    pub fn store_into(self, into: &SortedSet<T, C>) -> Command<usize> {
        let request =
            same_store(&self.places[0], into.place()).and_then(|()| self.request(Some(into.key()), &[]));
        match request {
            Ok(request) => {
                let request = request.bears(into.place());
                naming(Command::new::<Number<usize>>(&self.places[0], request), &self.keys())
            }
            Err(error) => Command::refused(&self.places[0], error),
        }
    }

    fn keys(&self) -> Vec<&Key> {
        self.places.iter().map(Place::key).collect()
    }

    fn request(&self, into: Option<&Key>, behind: &[&[u8]]) -> Result<Request> {
        for other in &self.places[1..] {
            same_store(&self.places[0], other)?;
        }
        if self.kind == Kind::Difference && (!self.weights.is_empty() || self.aggregate.is_some()) {
            return Err(Error::misuse(
                "a difference has the scores of its first set: no weights, no aggregate",
            ));
        }
        if !self.weights.is_empty() && self.weights.len() != self.places.len() {
            let message = format!("{} weights were given for {} sets", self.weights.len(), self.places.len());
            return Err(Error::misuse(message));
        }
        let weights = self.weights.iter().map(|weight| score_text(*weight)).collect::<Result<Vec<_>>>()?;
        let arguments = |a: &mut Arguments<'_>| {
            if into.is_none() {
                a.int(self.places.len());
                self.places.iter().for_each(|place| _ = a.key(place.key()));
            }
            if !weights.is_empty() {
                a.raw(b"WEIGHTS");
                weights.iter().for_each(|weight| _ = a.raw(weight.as_bytes()));
            }
            match self.aggregate {
                None => {}
                Some(Aggregate::Sum) => _ = a.raw(b"AGGREGATE").raw(b"SUM"),
                Some(Aggregate::Min) => _ = a.raw(b"AGGREGATE").raw(b"MIN"),
                Some(Aggregate::Max) => _ = a.raw(b"AGGREGATE").raw(b"MAX"),
            }
            behind.iter().for_each(|word| _ = a.raw(word));
        };
        Ok(match (into, self.kind) {
            (None, Kind::Union) => Request::read().command("ZUNION", arguments),
            (None, Kind::Intersection) => Request::read().command("ZINTER", arguments),
            (None, Kind::Difference) => Request::read().command("ZDIFF", arguments),
            (Some(into), Kind::Union) => store::from_several(into, &self.keys(), "ZUNIONSTORE", arguments),
            (Some(into), Kind::Intersection) => {
                store::from_several(into, &self.keys(), "ZINTERSTORE", arguments)
            }
            (Some(into), Kind::Difference) => {
                store::from_several(into, &self.keys(), "ZDIFFSTORE", arguments)
            }
        })
    }
}

impl<T, C> fmt::Debug for Combination<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Combination")
            .field("kind", &self.kind)
            .field("of", &self.places)
            .finish_non_exhaustive()
    }
}
