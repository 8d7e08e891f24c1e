//! Searches around a place.

use std::fmt;
use std::marker::PhantomData;

use super::{Geo, MaybePosition, Position, Positioning, Unit, number};
use crate::codec::{Codec, Native};
use crate::collections::set::operand::same_store;
use crate::collections::sorted_set::{SortedSet, store};
use crate::command::Command;
use crate::decode::{Decode, Elements, Many, Number, One, Score};
use crate::error::{Error, ErrorKind, Result};
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::{Arguments, Request};
use crate::storable::Storable;

#[derive(Debug)]
pub(super) enum Center {
    Position(Position),
    Member(Vec<u8>),
}

/// The middle of a search, of which the shape is still to be said.
#[must_use = "say how far to search"]
pub struct Around<T, C = Native> {
    place: Place,
    center: Result<Center>,
    types: PhantomData<fn() -> (T, C)>,
}

impl<T: Storable, C: Codec> Around<T, C> {
    pub(super) fn new(place: &Place, center: Result<Center>) -> Around<T, C> {
        Around { place: place.clone(), center, types: PhantomData }
    }

    /// All within this distance.
    pub fn radius(self, radius: f64, unit: Unit) -> Search<T, C> {
        self.shape(Shape::Radius(radius), unit)
    }

    /// All within a box of this width and height, in whose middle this is: its sides run along meridians and parallels.
    pub fn rectangle(self, width: f64, height: f64, unit: Unit) -> Search<T, C> {
        self.shape(Shape::Rectangle(width, height), unit)
    }

    fn shape(self, shape: Shape, unit: Unit) -> Search<T, C> {
        let (a, b) = match shape {
            Shape::Radius(radius) => (radius, 0.0),
            Shape::Rectangle(width, height) => (width, height),
        };
        let is_length = |length: f64| length.is_finite() && length >= 0.0;
        let center = self.center.and_then(|center| match is_length(a) && is_length(b) {
            true => Ok(center),
            false => Err(Error::misuse("what is searched must be finite, and not negative")),
        });
        Search { place: self.place, center, shape, unit, order: None, limit: None, types: PhantomData }
    }
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Radius(f64),
    Rectangle(f64, f64),
}

/// A search, to be read or stored.
#[must_use = "a search does nothing until it is read or stored"]
pub struct Search<T, C = Native> {
    place: Place,
    center: Result<Center>,
    shape: Shape,
    unit: Unit,
    order: Option<&'static [u8]>,
    /// How many, and whether any will do.
    limit: Option<(usize, bool)>,
    types: PhantomData<fn() -> (T, C)>,
}

/// What a search has found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Found<T> {
    /// The member.
    pub member: T,
    /// How far it is from the middle, in the unit of the search.
    pub distance: f64,
    /// Where it is.
    pub position: Position,
}

impl<T: Storable, C: Codec> Search<T, C> {
    /// The nearest first. Without an order they come in none.
    pub fn nearest(mut self) -> Search<T, C> {
        self.order = Some(b"ASC");
        self
    }

    /// The farthest first.
    pub fn farthest(mut self) -> Search<T, C> {
        self.order = Some(b"DESC");
        self
    }

    /// At the most `count`, the first in the [order](Search::nearest) asked for; if none is, the nearest.
    pub fn limit(mut self, count: usize) -> Search<T, C> {
        self.limit = Some((count, false));
        self
    }

    /// At the most `count`, whichever are found first: faster, where many would have to be sorted.
    pub fn limit_any(mut self, count: usize) -> Search<T, C> {
        self.limit = Some((count, true));
        self
    }

    /// The members found. `GEOSEARCH` (Redis 6.2), O(n + log m): n in the squares around what is searched, m in it.
    ///
    /// # Errors
    /// `Misuse` if the position or the lengths are none, `Encode` if the member in the middle has no encoding; nothing
    /// is sent then. `NotFound` if the member in the middle is not there.
    pub fn members(self) -> Command<Vec<T>> {
        self.run::<Elements<Vec<T>, T, C>>(&[])
    }

    /// What is found, with distances and positions. `GEOSEARCH .. WITHCOORD WITHDIST`, as
    /// [`members`](Search::members).
    ///
    /// # Errors
    /// Those of [`members`](Search::members).
    pub fn found(self) -> Command<Vec<Found<T>>> {
        self.run::<Many<Vec<Found<T>>, FoundShape<T, C>>>(&[b"WITHCOORD", b"WITHDIST"])
    }

    /// Stores what is found, with positions, in place of what `into` holds, and says how many there are. What finds
    /// nothing leaves `into` empty. `GEOSEARCHSTORE` (Redis 6.2) in a script, as [`members`](Search::members), and
    /// O(log m) for each. On a cluster both keys must be in one slot. A time to live of `into` ends.
    ///
    /// # Errors
    /// Those of [`members`](Search::members); `Misuse` if the two are not of one store; `WrongType` also if there is
    /// something else than a sorted set at `into`, which is left as it is.
    pub fn store_into(self, into: &Geo<T, C>) -> Command<usize> {
        self.store(into.place(), false)
    }

    /// Stores what is found with the distances as scores, in the unit of the search; otherwise like
    /// [`store_into`](Search::store_into). `GEOSEARCHSTORE .. STOREDIST`.
    ///
    /// # Errors
    /// Those of [`store_into`](Search::store_into).
    pub fn store_distances_into(self, into: &SortedSet<T, C>) -> Command<usize> {
        self.store(into.place(), true)
    }

    fn store(self, into: &Place, distances: bool) -> Command<usize> {
        if let Err(error) = same_store(&self.place, into) {
            return Command::refused(&self.place, error);
        }
        if self.is_nothing() {
            return Command::new::<Number<usize>>(into, store::nothing(into.key()));
        }
        let place = self.place.clone();
        match self.center {
            Err(error) => Command::refused(&place, error),
            Ok(center) => {
                let request = store::from_one(into.key(), place.key(), "GEOSEARCHSTORE", |a| {
                    arguments(a, &center, self.shape, self.unit, self.order, self.limit);
                    if distances {
                        a.raw(b"STOREDIST");
                    }
                });
                found(Command::new::<Number<usize>>(&place, request.bears(into)))
            }
        }
    }

    /// Redis does not take a limit of 0.
    fn is_nothing(&self) -> bool {
        self.center.is_ok() && matches!(self.limit, Some((0, _)))
    }

    fn run<D: Decode<Output: Default + Send + 'static> + 'static>(
        self,
        behind: &[&[u8]],
    ) -> Command<D::Output> {
        if self.is_nothing() {
            return Command::known(&self.place, D::Output::default());
        }
        match self.center {
            Err(error) => Command::refused(&self.place, error),
            Ok(center) => {
                let request = Request::read().command("GEOSEARCH", |a| {
                    a.key(self.place.key());
                    arguments(a, &center, self.shape, self.unit, self.order, self.limit);
                    behind.iter().for_each(|word| _ = a.raw(word));
                });
                found(Command::new::<D>(&self.place, request))
            }
        }
    }
}

/// Tells apart that the member in the middle is missing.
fn found<R: 'static>(command: Command<R>) -> Command<R> {
    command.recover(|error| {
        let said = error.message();
        // in Redis's words, and in Valkey's
        let is_missing = said.contains("could not decode requested zset member")
            || (said.starts_with("ERR member ") && said.ends_with(" does not exist"));
        Err(match is_missing {
            true => Error::not_applied(ErrorKind::NotFound, "the member to search around is not there"),
            false => error,
        })
    })
}

fn arguments(
    a: &mut Arguments<'_>,
    center: &Center,
    shape: Shape,
    unit: Unit,
    order: Option<&[u8]>,
    limit: Option<(usize, bool)>,
) {
    match center {
        Center::Position(position) => position.append(a.raw(b"FROMLONLAT")),
        Center::Member(member) => _ = a.raw(b"FROMMEMBER").raw(member),
    }
    match shape {
        Shape::Radius(radius) => number(a.raw(b"BYRADIUS"), radius),
        Shape::Rectangle(width, height) => {
            number(a.raw(b"BYBOX"), width);
            number(a, height);
        }
    }
    a.raw(unit.name());
    if let Some(order) = order {
        a.raw(order);
    }
    if let Some((count, any)) = limit {
        a.raw(b"COUNT").int(count.min(i64::MAX as usize));
        if any {
            a.raw(b"ANY");
        }
    }
}

/// A member, its distance and its position.
struct FoundShape<T, C>(PhantomData<(T, C)>);

/// How much of it has been read.
struct Finding<T> {
    begun: bool,
    member: Option<T>,
    distance: Option<f64>,
    position: Positioning,
}

impl<T> Default for Finding<T> {
    fn default() -> Self {
        Finding { begun: false, member: None, distance: None, position: Positioning::default() }
    }
}

impl<T: Storable, C: Codec> Decode for FoundShape<T, C> {
    type Output = Found<T>;
    type Partial = Finding<T>;
    fn resume(partial: &mut Finding<T>, reply: &mut Reply<'_>) -> Step<Found<T>> {
        if !partial.begun {
            reply.aggregate()?;
            partial.begun = true;
        }
        if partial.member.is_none() {
            partial.member = Some(One::<T, C>::resume(&mut (), reply)?);
        }
        if partial.distance.is_none() {
            partial.distance = Some(Score::resume(&mut (), reply)?);
        }
        let position = MaybePosition::resume(&mut partial.position, reply)?;
        match (partial.member.take(), partial.distance.take(), position) {
            (Some(member), Some(distance), Some(position)) => Ok(Found { member, distance, position }),
            _ => Err(Error::new(ErrorKind::Decode, "something was found that is nowhere").into()),
        }
    }
}

impl<T, C> fmt::Debug for Around<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Around").field("in", &self.place).finish_non_exhaustive()
    }
}

impl<T, C> fmt::Debug for Search<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Search").field("in", &self.place).field("shape", &self.shape).finish_non_exhaustive()
    }
}
