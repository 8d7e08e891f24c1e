//! Places on earth.

use std::fmt;
use std::marker::PhantomData;

use super::fill::Filling;
use super::keyed::Keyed;
use super::set::operand::same_store;
use super::sorted_set::{SortedSet, store};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Decode, Elements, Flag, Many, Maybe, MaybeScore, Number, One, Score};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::{Arguments, Request};
use crate::storable::Storable;
use crate::store::Store;

/// Commands for one element of many take at most this many of them; more go into several commands.
const ENTRIES_PER_COMMAND: usize = 500;
/// What Redis can keep: the poles are beyond the Mercator projection.
const GREATEST_LATITUDE: f64 = 85.051_128_78;
const GREATEST_LONGITUDE: f64 = 180.0;

/// Members with a position on earth: a Redis sorted set whose scores are positions.
///
/// Stand-alone it is [`Store::geo`]. What has nothing to do with positions (removing, counting, iterating) is done by
/// the same key as a [`SortedSet`]: [`members`](Geo::members).
///
/// Redis keeps positions in 52 bits: what comes back lies within 0.6 m of what was given. Distances are those of a
/// sphere, up to 0.5 % off. Latitudes reach from -85.05112878 to 85.05112878, longitudes from -180 to 180, in degrees;
/// others are refused before anything is sent ([`Misuse`](crate::ErrorKind::Misuse)).
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use pottery_core::{Position, Unit};
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let towns = store.geo::<String>("towns");
/// towns.insert("Palermo", Position::new(13.361389, 38.115556)).wait()?;
/// towns.insert("Catania", Position::new(15.087269, 37.502669)).wait()?;
/// let apart = towns.distance("Palermo", "Catania", Unit::Kilometers).wait()?;
/// assert_eq!(apart.map(f64::round), Some(166.0));
/// let near = towns.around(Position::new(15.0, 37.0)).radius(100.0, Unit::Kilometers);
/// assert_eq!(near.nearest().limit(3).members().wait()?, ["Catania"]);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Geo<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(Geo<T>);

impl Store {
    /// The positions at a key. Nothing is sent.
    pub fn geo<T: Storable>(&self, key: impl Into<Key>) -> Geo<T> {
        self.handle(key)
    }
}

/// A position on earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Position {
    /// East of Greenwich; -180 to 180.
    pub longitude: f64,
    /// North of the equator; -85.05112878 to 85.05112878.
    pub latitude: f64,
}

impl Position {
    /// The position at these degrees east and north.
    pub const fn new(longitude: f64, latitude: f64) -> Position {
        Position { longitude, latitude }
    }

    fn check(self) -> Result<Position> {
        // a NaN is in no range
        let is_within = |degrees: f64, most: f64| degrees.abs() <= most;
        if is_within(self.longitude, GREATEST_LONGITUDE) && is_within(self.latitude, GREATEST_LATITUDE) {
            return Ok(self);
        }
        let message = format!(
            "longitude {} and latitude {} are beyond ±{GREATEST_LONGITUDE} and ±{GREATEST_LATITUDE} degrees",
            self.longitude, self.latitude
        );
        Err(Error::misuse(message))
    }

    fn append(self, a: &mut Arguments<'_>) {
        number(a, self.longitude);
        number(a, self.latitude);
    }
}

/// A unit of length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Metres.
    Meters,
    /// Kilometres.
    Kilometers,
    /// Miles of 1609.34 m.
    Miles,
    /// Feet of 0.3048 m.
    Feet,
}

impl Unit {
    fn name(self) -> &'static [u8] {
        match self {
            Unit::Meters => b"m",
            Unit::Kilometers => b"km",
            Unit::Miles => b"mi",
            Unit::Feet => b"ft",
        }
    }
}

impl<T: Storable, C: Codec> Geo<T, C> {
    /// The same key as a sorted set, for all that has nothing to do with positions.
    pub fn members(&self) -> SortedSet<T, C> {
        SortedSet::open(self.place().clone())
    }

    /// Sets the position of a member, and says whether the member is new. `GEOADD`, O(log n).
    ///
    /// # Errors
    /// `Misuse` if there is no such position on Redis's map, `Encode` if the member has no encoding; nothing is sent
    /// then.
    pub fn insert(&self, member: impl Arg<T>, position: Position) -> Command<bool> {
        self.add(&[], member, position)
    }

    /// Sets the position of a member that is not there yet, and says whether it did so. `GEOADD NX` (Redis 6.2),
    /// O(log n).
    ///
    /// # Errors
    /// Those of [`insert`](Geo::insert).
    pub fn insert_if_absent(&self, member: impl Arg<T>, position: Position) -> Command<bool> {
        self.add(&[b"NX"], member, position)
    }

    /// Moves a member that is there, and says whether its position has changed. `GEOADD XX CH` (Redis 6.2), O(log n).
    ///
    /// # Errors
    /// Those of [`insert`](Geo::insert).
    pub fn relocate(&self, member: impl Arg<T>, position: Position) -> Command<bool> {
        self.add(&[b"XX", b"CH"], member, position)
    }

    fn add(&self, options: &[&[u8]], member: impl Arg<T>, position: Position) -> Command<bool> {
        let position = match position.check() {
            Ok(position) => position,
            Err(error) => return Command::refused(self.place(), error),
        };
        let request = Request::write().command("GEOADD", |a| {
            a.key(self.key());
            options.iter().for_each(|option| _ = a.raw(option));
            position.append(a);
            a.member::<C, _>(member.__as());
        });
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// Sets the positions of several members, and says how many of them are new. `GEOADD`, O(log n) for each, up to 500
    /// in a command; more go in one `MULTI`. For none nothing is sent.
    ///
    /// # Errors
    /// Those of [`insert`](Geo::insert).
    pub fn extend<I, A>(&self, entries: I) -> Command<usize>
    where
        I: IntoIterator<Item = (A, Position)>,
        A: Arg<T>,
    {
        let mut entries = entries.into_iter().peekable();
        let mut request = Request::write().atomic();
        let mut wrong = None;
        while entries.peek().is_some() {
            request.push("GEOADD", |a| {
                a.key(self.key());
                for (member, position) in entries.by_ref().take(ENTRIES_PER_COMMAND) {
                    if let Err(error) = position.check() {
                        wrong.get_or_insert(error);
                    }
                    position.append(a);
                    a.member::<C, _>(member.__as());
                }
            });
        }
        if let Some(error) = wrong {
            return Command::refused(self.place(), error);
        }
        match request.len() {
            0 => Command::known(self.place(), 0),
            1 => Command::new::<Number<usize>>(self.place(), request.bears(self.place())),
            _ => Command::several::<Number<usize>>(self.place(), request.bears(self.place()))
                .map(|counts| counts.into_iter().sum()),
        }
    }

    /// Makes it, of these members at these positions, where there is nothing; of a member that is given twice the last
    /// position counts. A script (`EXISTS`, `GEOADD`), O(log n) for each.
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is. Those of
    /// [`insert`](Geo::insert).
    pub fn create<I, A>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, Position)>,
        A: Arg<T>,
    {
        self.filled(entries, |packed, count| {
            Filling::GEO.create(self.place(), |a| _ = a.packed(packed, count))
        })
    }

    /// Puts these members in the place of all that there are, in one step; of none it removes the key. A time to live
    /// stays. A script (`GEOADD`), O(log n) for each.
    ///
    /// # Errors
    /// Those of [`insert`](Geo::insert).
    pub fn replace_all<I, A>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, Position)>,
        A: Arg<T>,
    {
        self.filled(entries, |packed, count| {
            Filling::GEO.replace(self.place(), |a| _ = a.packed(packed, count))
        })
    }

    fn filled<I, A>(&self, entries: I, fill: impl FnOnce(&[u8], usize) -> Command<()>) -> Command<()>
    where
        I: IntoIterator<Item = (A, Position)>,
        A: Arg<T>,
    {
        let (mut packed, mut failed, mut count) = (Vec::new(), None, 0);
        let mut arguments = Arguments::over(&mut packed, &mut failed);
        for (member, position) in entries {
            if let Err(error) = position.check() {
                arguments.fail(error);
            }
            position.append(&mut arguments);
            arguments.member::<C, _>(member.__as());
            count += 3;
        }
        match failed {
            None => fill(&packed, count),
            Some(error) => Command::refused(self.place(), error),
        }
    }

    /// The position of a member, or `None`. `GEOPOS`, O(1).
    pub fn position(&self, member: impl Arg<T>) -> Command<Option<Position>> {
        self.position_many([member]).mapped(|mut positions| positions.pop().flatten())
    }

    /// The positions of several members, in the order of the members, `None` for those that are not there. `GEOPOS`,
    /// O(1) for each; for none nothing is sent.
    pub fn position_many<I>(&self, members: I) -> Command<Vec<Option<Position>>>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        self.each::<MaybePosition, _>("GEOPOS", members)
    }

    /// The [geohash](https://en.wikipedia.org/wiki/Geohash) of a member's position, eleven characters, or `None`.
    /// `GEOHASH`, O(1).
    pub fn hash(&self, member: impl Arg<T>) -> Command<Option<String>> {
        self.hash_many([member]).mapped(|mut hashes| hashes.pop().flatten())
    }

    /// The geohashes of several members, in the order of the members, `None` for those that are not there. `GEOHASH`,
    /// O(1) for each; for none nothing is sent.
    pub fn hash_many<I>(&self, members: I) -> Command<Vec<Option<String>>>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        self.each::<Maybe<String, Native>, _>("GEOHASH", members)
    }

    fn each<D, I>(&self, command: &str, members: I) -> Command<Vec<D::Output>>
    where
        D: Decode<Output: Default + Send + 'static> + 'static,
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut encodable = Vec::new();
        let request = Request::read().command(command, |a| {
            a.key(self.key());
            encodable.extend(members.into_iter().map(|member| a.sought::<C, _>(member.__as())));
        });
        if !encodable.contains(&true) {
            return Command::known(self.place(), encodable.iter().map(|_| D::Output::default()).collect());
        }
        Command::new::<Many<Vec<D::Output>, D>>(self.place(), request).map(move |found| {
            let mut found = found.into_iter();
            let next = |sent| if sent { found.next().unwrap_or_default() } else { D::Output::default() };
            encodable.into_iter().map(next).collect()
        })
    }

    /// How far two members are from each other, or `None` if one of them is not there. `GEODIST`, O(1).
    pub fn distance(&self, a: impl Arg<T>, b: impl Arg<T>, unit: Unit) -> Command<Option<f64>> {
        let mut found = false;
        let request = Request::read().command("GEODIST", |to| {
            to.key(self.key());
            found = to.sought::<C, _>(a.__as()) && to.sought::<C, _>(b.__as());
            to.raw(unit.name());
        });
        if found {
            Command::new::<MaybeScore>(self.place(), request)
        } else {
            Command::known(self.place(), None)
        }
    }

    /// Begins a search around a position.
    pub fn around(&self, position: Position) -> Around<T, C> {
        let center = position.check().map(Center::Position);
        Around { place: self.place().clone(), center, types: PhantomData }
    }

    /// Begins a search around a member. If that is not there, the search is a [`NotFound`](crate::ErrorKind::NotFound)
    /// error; if nothing is at the key at all, it finds nothing.
    pub fn around_member(&self, member: impl Arg<T>) -> Around<T, C> {
        let mut bytes = Vec::new();
        let center = match C::encode_member(member.__as(), &mut bytes) {
            Ok(()) => Ok(Center::Member(bytes)),
            Err(error) => Err(Error::new(ErrorKind::Encode, error.to_string()).with_source(error)),
        };
        Around { place: self.place().clone(), center, types: PhantomData }
    }
}

#[derive(Debug)]
enum Center {
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

fn number(a: &mut Arguments<'_>, number: f64) {
    a.raw(ryu::Buffer::new().format(number).as_bytes());
}

/// A pair of degrees, or nil.
struct MaybePosition;

/// How much of it has been read.
#[derive(Default)]
struct Positioning {
    begun: bool,
    longitude: Option<f64>,
}

impl Decode for MaybePosition {
    type Output = Option<Position>;
    type Partial = Positioning;
    fn resume(partial: &mut Positioning, reply: &mut Reply<'_>) -> Step<Option<Position>> {
        if !partial.begun {
            if reply.aggregate()?.is_none() {
                return Ok(None);
            }
            partial.begun = true;
        }
        let longitude = match partial.longitude {
            Some(longitude) => longitude,
            None => *partial.longitude.insert(Score::resume(&mut (), reply)?),
        };
        let latitude = Score::resume(&mut (), reply)?;
        Ok(Some(Position { longitude, latitude }))
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
