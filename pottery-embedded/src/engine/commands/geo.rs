//! Places: sorted sets whose scores are geohashes.

mod search;

use search::{georadius, georadius_ro, georadiusbymember, georadiusbymember_ro, geosearch, geosearchstore};

use crate::engine::command::{Group, Spec, flag};
use crate::engine::commands::options::{float, is};
use crate::engine::commands::zsets::{self, Options};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::geo::Point;
use crate::engine::keyspec::{Begin, Find, KeySpec, key};
use crate::engine::number::format_f64;
use crate::engine::resp::Out;
use crate::engine::zset::SortedSet;

const READ: &[KeySpec] = &[KeySpec::first(key::RO | key::ACCESS)];
const STORE: u32 = flag::WRITE | flag::DENYOOM;

/// The key after a word, which comes `from` an argument on.
const fn after(word: &'static str, from: i32) -> KeySpec {
    KeySpec::new(Begin::Keyword(word, from), Find::Range(0, 1, 0), key::OW | key::UPDATE)
}

#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new("geoadd", geoadd, -5, STORE, Group::Geo, "3.2.0",
        "Add one or more geospatial items in the geospatial index represented using a sorted set")
        .keys(&[KeySpec::first(key::RW | key::UPDATE)]),
    Spec::new("geodist", geodist, -4, flag::READONLY, Group::Geo, "3.2.0",
        "Returns the distance between two members of a geospatial index").keys(READ),
    Spec::new("geohash", geohash, -2, flag::READONLY, Group::Geo, "3.2.0",
        "Returns members of a geospatial index as standard geohash strings").keys(READ),
    Spec::new("geopos", geopos, -2, flag::READONLY, Group::Geo, "3.2.0",
        "Returns longitude and latitude of members of a geospatial index").keys(READ),
    Spec::new("georadius", georadius, -6, STORE, Group::Geo, "3.2.0",
        "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a point")
        .keys(&[KeySpec::first(key::RO | key::ACCESS), after("STORE", 6), after("STOREDIST", 6)]),
    Spec::new("georadius_ro", georadius_ro, -6, flag::READONLY, Group::Geo, "3.2.10",
        "A read-only variant for GEORADIUS").keys(READ),
    Spec::new("georadiusbymember", georadiusbymember, -5, STORE, Group::Geo, "3.2.0",
        "Query a sorted set representing a geospatial index to fetch members matching a given maximum distance from a member")
        .keys(&[KeySpec::first(key::RO | key::ACCESS), after("STORE", 5), after("STOREDIST", 5)]),
    Spec::new("georadiusbymember_ro", georadiusbymember_ro, -5, flag::READONLY, Group::Geo, "3.2.10",
        "A read-only variant for GEORADIUSBYMEMBER").keys(READ),
    Spec::new("geosearch", geosearch, -7, flag::READONLY, Group::Geo, "6.2.0",
        "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle.")
        .keys(READ),
    Spec::new("geosearchstore", geosearchstore, -8, STORE, Group::Geo, "6.2.0",
        "Query a sorted set representing a geospatial index to fetch members inside an area of a box or a circle, \
         and store the result in another key.")
        .keys(&[KeySpec::first(key::OW | key::UPDATE), KeySpec::range(2, 0, 1, key::RO | key::ACCESS)]),
];

/// Reads a place.
fn point(longitude: &[u8], latitude: &[u8]) -> Result<Point, Error> {
    let point = Point { longitude: float(longitude)?, latitude: float(latitude)? };
    if point.is_valid() {
        Ok(point)
    } else {
        Err(Error::new(format!(
            "ERR invalid longitude,latitude pair {:.6},{:.6}",
            point.longitude, point.latitude
        )))
    }
}

/// Reads a unit: how many metres it has.
fn unit(arg: &[u8]) -> Result<f64, Error> {
    match arg {
        word if is(word, "M") => Ok(1.0),
        word if is(word, "KM") => Ok(1000.0),
        word if is(word, "FT") => Ok(0.3048),
        word if is(word, "MI") => Ok(1609.34),
        _ => Err(Error::text("ERR unsupported unit provided. please use M, KM, FT, MI")),
    }
}

/// Writes a distance, with as many digits as make sense.
fn write_distance(out: &mut Out, distance: f64) {
    out.bulk(format!("{distance:.4}").as_bytes());
}

fn write_point(out: &mut Out, point: Point) {
    out.array(2);
    write_coordinate(out, point.longitude);
    write_coordinate(out, point.latitude);
}

/// Writes a number with up to 17 decimals, and never an exponent.
fn write_coordinate(out: &mut Out, value: f64) {
    let text = format!("{value:.17}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    let text = if text == "-0" { "0" } else { text };
    if out.resp3 {
        out.raw(format!(",{text}\r\n").as_bytes());
    } else {
        out.bulk(text.as_bytes());
    }
}

fn geoadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut rest = &args[2..];
    let mut options = Options::default();
    while let [word, after @ ..] = rest {
        match word {
            word if is(word, "NX") => options.nx = true,
            word if is(word, "XX") => options.xx = true,
            word if is(word, "CH") => options.ch = true,
            _ => break,
        }
        rest = after;
    }
    let (places, odd) = rest.as_chunks::<3>();
    if places.is_empty() || !odd.is_empty() || (options.nx && options.xx) {
        return Err(Error::SYNTAX);
    }
    let mut elements: Vec<(f64, &[u8])> = Vec::with_capacity(places.len());
    for [longitude, latitude, member] in places {
        elements.push((point(longitude, latitude)?.score() as f64, member));
    }
    let dirty = ctx.engine().dirty;
    zsets::add(ctx, args[1], options, &elements)?;
    if ctx.engine().dirty != dirty {
        propagate(ctx, &args[..args.len() - rest.len()], &elements);
    }
    Ok(())
}

/// What goes into the append-only file is what is in the set. `start` is the command up to its places.
fn propagate(ctx: &mut Ctx<'_>, start: &[&[u8]], elements: &[(f64, &[u8])]) {
    let scores: Vec<String> = elements.iter().map(|(score, _)| format_f64(*score)).collect();
    let pairs = scores.iter().zip(elements).flat_map(|(score, (_, member))| [score.as_bytes(), member]);
    let command: Vec<&[u8]> =
        [&b"ZADD"[..]].into_iter().chain(start[1..].iter().copied()).chain(pairs).collect();
    ctx.propagate_as(&command);
}

fn geodist(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let metres = match &args[4..] {
        [] => 1.0,
        [name] => unit(name)?,
        _ => return Err(Error::SYNTAX),
    };
    let place = |set: &SortedSet, member: &[u8]| set.score(member).map(Point::from_score);
    let distance = ctx
        .db
        .get::<SortedSet>(args[1])?
        .and_then(|set| Some(place(set, args[2])?.distance(place(set, args[3])?)));
    match distance {
        Some(distance) => write_distance(&mut ctx.out, distance / metres),
        None => ctx.out.null(),
    }
    Ok(())
}

fn geohash(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let set = ctx.db.get::<SortedSet>(args[1])?;
    ctx.out.array(args.len() - 2);
    for member in &args[2..] {
        match set.and_then(|set| set.score(member)) {
            Some(score) => ctx.out.bulk(&Point::from_score(score).geohash()),
            None => ctx.out.null(),
        }
    }
    Ok(())
}

fn geopos(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let set = ctx.db.get::<SortedSet>(args[1])?;
    ctx.out.array(args.len() - 2);
    for member in &args[2..] {
        match set.and_then(|set| set.score(member)) {
            Some(score) => write_point(&mut ctx.out, Point::from_score(score)),
            None => ctx.out.null_array(),
        }
    }
    Ok(())
}
