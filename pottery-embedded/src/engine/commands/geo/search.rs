//! What lies around a place: `GEOSEARCH`, and `GEORADIUS`, which is its forerunner.

use std::rc::Rc;

use crate::engine::commands::options::{float, integer, is};
use crate::engine::commands::zsets::bounds::{Edge, ScoreRange};
use crate::engine::commands::zsets::store;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::geo::{Point, Shape, to_integer};
use crate::engine::zset::{self, Element, SortedSet};

use super::{point, unit, write_distance, write_point};

/// Which of the commands it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Names a place and a radius in its first arguments, and may store the result.
    Point,
    PointReadOnly,
    /// Names a member and a radius.
    Member,
    MemberReadOnly,
    /// Says everything in options.
    Search,
    /// The same, and stores the result.
    SearchStore,
}

impl Form {
    fn is_search(self) -> bool {
        matches!(self, Form::Search | Form::SearchStore)
    }

    /// Whether an option can name where to store the result.
    fn may_store(self) -> bool {
        matches!(self, Form::Point | Form::Member)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Nearest,
    Farthest,
}

/// What is searched for, as far as options have said.
#[derive(Debug, Default)]
struct Query<'a> {
    centre: Option<Point>,
    /// Whether a centre was named, although it may not exist.
    by_member: bool,
    shape: Option<Shape>,
    /// How many metres the unit has in which distances are told.
    metres: f64,
    with_distance: bool,
    with_hash: bool,
    with_point: bool,
    /// At most this many; 0 for all.
    count: usize,
    /// Any that many, and not the nearest.
    any: bool,
    order: Option<Order>,
    destination: Option<&'a [u8]>,
    /// Store distances, and not the places themselves.
    store_distances: bool,
}

/// Something found.
#[derive(Debug)]
struct Found {
    element: Element,
    point: Point,
    /// In metres.
    distance: f64,
}

pub(super) fn georadius(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    search(ctx, args, Form::Point)
}

pub(super) fn georadius_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    search(ctx, args, Form::PointReadOnly)
}

pub(super) fn georadiusbymember(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    search(ctx, args, Form::Member)
}

pub(super) fn georadiusbymember_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    search(ctx, args, Form::MemberReadOnly)
}

pub(super) fn geosearch(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    search(ctx, args, Form::Search)
}

pub(super) fn geosearchstore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    search(ctx, args, Form::SearchStore)
}

fn search(ctx: &mut Ctx<'_>, args: &[&[u8]], form: Form) -> Result<(), Error> {
    let source = if form == Form::SearchStore { args[2] } else { args[1] };
    let set = ctx.db.get::<SortedSet>(source)?;
    let mut query = Query::default();
    let options = match form {
        Form::Point | Form::PointReadOnly => {
            query.centre = Some(point(args[2], args[3])?);
            query.circle(args[4], args[5])?;
            &args[6..]
        }
        Form::Member | Form::MemberReadOnly => {
            // Without a key, Redis looks neither at the member nor at the radius.
            if let Some(set) = set {
                query.centre = Some(member(set, args[2])?);
                query.circle(args[3], args[4])?;
            }
            &args[5..]
        }
        Form::Search => &args[2..],
        Form::SearchStore => {
            query.destination = Some(args[1]);
            &args[3..]
        }
    };
    query.parse(set, options, form)?;
    query.check(args[0], form)?;
    let found = set.map(|set| query.run(set)).unwrap_or_default();
    match query.destination {
        Some(key) => query.keep(ctx, key, found, form),
        None => query.answer(ctx, &found),
    }
    Ok(())
}

/// The place of a member.
fn member(set: &SortedSet, member: &[u8]) -> Result<Point, Error> {
    let score = set.score(member).ok_or(Error::text("ERR could not decode requested zset member"))?;
    Ok(Point::from_score(score))
}

/// Reads a length: `problem` is what to say if it is no number.
fn length(arg: &[u8], problem: &'static str) -> Result<f64, Error> {
    float(arg).map_err(|_| Error::text(problem))
}

impl<'a> Query<'a> {
    fn circle(&mut self, radius: &[u8], metres: &[u8]) -> Result<(), Error> {
        let radius = length(radius, "ERR need numeric radius")?;
        if radius < 0.0 {
            return Err(Error::text("ERR radius cannot be negative"));
        }
        self.metres = unit(metres)?;
        self.shape = Some(Shape::Circle { radius: radius * self.metres });
        Ok(())
    }

    fn rectangle(&mut self, width: &[u8], height: &[u8], metres: &[u8]) -> Result<(), Error> {
        let width = length(width, "ERR need numeric width")?;
        let height = length(height, "ERR need numeric height")?;
        if height < 0.0 || width < 0.0 {
            return Err(Error::text("ERR height or width cannot be negative"));
        }
        self.metres = unit(metres)?;
        self.shape = Some(Shape::Rectangle { width: width * self.metres, height: height * self.metres });
        Ok(())
    }

    fn parse(&mut self, set: Option<&SortedSet>, options: &[&'a [u8]], form: Form) -> Result<(), Error> {
        let (mut by_point, mut by_box) = (false, false);
        let mut rest = options;
        while let [word, after @ ..] = rest {
            rest = match after {
                _ if is(word, "WITHDIST") => {
                    self.with_distance = true;
                    after
                }
                _ if is(word, "WITHHASH") => {
                    self.with_hash = true;
                    after
                }
                _ if is(word, "WITHCOORD") => {
                    self.with_point = true;
                    after
                }
                _ if is(word, "ANY") => {
                    self.any = true;
                    after
                }
                _ if is(word, "ASC") => {
                    self.order = Some(Order::Nearest);
                    after
                }
                _ if is(word, "DESC") => {
                    self.order = Some(Order::Farthest);
                    after
                }
                [count, after @ ..] if is(word, "COUNT") => {
                    let count = usize::try_from(integer(count)?).ok().filter(|it| *it > 0);
                    self.count = count.ok_or(Error::text("ERR COUNT must be > 0"))?;
                    after
                }
                [key, after @ ..] if form.may_store() && (is(word, "STORE") || is(word, "STOREDIST")) => {
                    self.destination = Some(*key);
                    self.store_distances = is(word, "STOREDIST");
                    after
                }
                _ if form == Form::SearchStore && is(word, "STOREDIST") => {
                    self.store_distances = true;
                    after
                }
                [name, after @ ..] if form.is_search() && !by_point && is(word, "FROMMEMBER") => {
                    self.by_member = true;
                    if let Some(set) = set {
                        self.centre = Some(member(set, name)?);
                    }
                    after
                }
                [longitude, latitude, after @ ..]
                    if form.is_search() && !self.by_member && is(word, "FROMLONLAT") =>
                {
                    self.centre = Some(point(longitude, latitude)?);
                    by_point = true;
                    after
                }
                [radius, metres, after @ ..] if form.is_search() && !by_box && is(word, "BYRADIUS") => {
                    self.circle(radius, metres)?;
                    after
                }
                [width, height, metres, after @ ..]
                    if form.is_search() && (by_box || self.shape.is_none()) && is(word, "BYBOX") =>
                {
                    self.rectangle(width, height, metres)?;
                    by_box = true;
                    after
                }
                _ => return Err(Error::SYNTAX),
            };
        }
        Ok(())
    }

    /// Whether what the options say goes together.
    fn check(&self, name: &[u8], form: Form) -> Result<(), Error> {
        let name = String::from_utf8_lossy(name);
        if self.destination.is_some() && (self.with_distance || self.with_hash || self.with_point) {
            let what = if form == Form::SearchStore { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
            return Err(Error::new(format!(
                "ERR {what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
            )));
        }
        if form.is_search() && self.centre.is_none() && !self.by_member {
            return Err(Error::new(format!(
                "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {name}"
            )));
        }
        if form.is_search() && self.shape.is_none() {
            return Err(Error::new(format!(
                "ERR exactly one of BYRADIUS and BYBOX can be specified for {name}"
            )));
        }
        if self.any && self.count == 0 {
            return Err(Error::text("ERR the ANY argument requires COUNT argument"));
        }
        Ok(())
    }

    /// Searches.
    fn run(&self, set: &SortedSet) -> Vec<Found> {
        let (Some(centre), Some(shape)) = (self.centre, self.shape) else { return Vec::new() };
        let enough = if self.any { self.count } else { usize::MAX };
        let ranges = shape.ranges(centre).into_iter();
        let elements = ranges.flat_map(|(min, max)| {
            let range = ScoreRange::new((min, Edge::In), (max, Edge::Out));
            set.range(range.ranks(set))
        });
        let find = |(score, member): &Element| {
            let point = Point::from_score(*score);
            let distance = shape.distance_inside(centre, point)?;
            Some(Found { element: (*score, Rc::clone(member)), point, distance })
        };
        let mut found: Vec<Found> = elements.filter_map(find).take(enough).collect();
        // The first so many are the nearest, unless any will do.
        let nearest = (self.count > 0 && !self.any).then_some(Order::Nearest);
        match self.order.or(nearest) {
            Some(Order::Nearest) => found.sort_by(|a, b| a.distance.total_cmp(&b.distance)),
            Some(Order::Farthest) => found.sort_by(|a, b| b.distance.total_cmp(&a.distance)),
            None => {}
        }
        if self.count > 0 {
            found.truncate(self.count);
        }
        found
    }

    fn answer(&self, ctx: &mut Ctx<'_>, found: &[Found]) {
        let details = [self.with_distance, self.with_hash, self.with_point];
        let details = details.into_iter().filter(|it| *it).count();
        ctx.out.array(found.len());
        for Found { element: (score, member), point, distance } in found {
            if details > 0 {
                ctx.out.array(1 + details);
            }
            ctx.out.bulk(member);
            if self.with_distance {
                write_distance(&mut ctx.out, distance / self.metres);
            }
            if self.with_hash {
                ctx.out.integer(to_integer(*score));
            }
            if self.with_point {
                write_point(&mut ctx.out, *point);
            }
        }
    }

    fn keep(&self, ctx: &mut Ctx<'_>, key: &[u8], found: Vec<Found>, form: Form) {
        let limits = ctx.engine().config.zset_listpack;
        let scored = found.into_iter().map(|Found { element: (score, member), distance, .. }| {
            (if self.store_distances { distance / self.metres } else { score }, member)
        });
        let mut elements: Vec<Element> = scored.collect();
        elements.sort_unstable_by(|a, b| zset::order(a.0, &a.1, b.0, &b.1));
        let event = if form.is_search() { "geosearchstore" } else { "georadiusstore" };
        store(ctx, key, SortedSet::from_sorted(elements, limits), event);
    }
}
