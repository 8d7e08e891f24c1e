//! Places on earth.

mod search;

use std::marker::PhantomData;

use self::search::Center;
pub use self::search::{Around, Found, Search};
use super::fill::Filling;
use super::keyed::Keyed;
use super::sorted_set::SortedSet;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Decode, Flag, Many, Maybe, MaybeScore, Number, Score};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
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
        Around::new(self.place(), center)
    }

    /// Begins a search around a member. If that is not there, the search is a [`NotFound`](crate::ErrorKind::NotFound)
    /// error; if nothing is at the key at all, it finds nothing.
    pub fn around_member(&self, member: impl Arg<T>) -> Around<T, C> {
        let mut bytes = Vec::new();
        let center = match C::encode_member(member.__as(), &mut bytes) {
            Ok(()) => Ok(Center::Member(bytes)),
            Err(error) => Err(Error::new(ErrorKind::Encode, error.to_string()).with_source(error)),
        };
        Around::new(self.place(), center)
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
