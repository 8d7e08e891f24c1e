//! Places on the earth as the scores of a sorted set.
//!
//! A score is a geohash of 52 bits: longitude and latitude halved 26 times each, the bits of both interleaved. What lies in
//! one cell of the grid is then one range of scores, whatever the size of the cell; a search looks into the cell in which
//! its centre lies and the eight around it.
//!
//! The arithmetic is Redis's, step by step, since the last digits show.

use std::f64::consts::PI;

/// How often both coordinates are halved.
const STEPS: u8 = 26;

const LONGITUDES: (f64, f64) = (-180.0, 180.0);

/// The Mercator projection of these is a square.
const LATITUDES: (f64, f64) = (-85.051_128_78, 85.051_128_78);

const EARTH_RADIUS: f64 = 6_372_797.560_856;

/// Half the circumference of the earth in that projection.
const MERCATOR: f64 = 20_037_726.37;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
}

/// A cell of the grid: `steps` bits of each coordinate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    bits: u64,
    steps: u8,
}

/// What a cell covers.
#[derive(Clone, Copy, Debug)]
struct Area {
    longitude: (f64, f64),
    latitude: (f64, f64),
}

/// What a search looks for, around a point. Lengths are in metres.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    Circle { radius: f64 },
    Rectangle { width: f64, height: f64 },
}

impl Point {
    /// Whether such a place can be stored.
    pub(crate) fn is_valid(self) -> bool {
        (LONGITUDES.0..=LONGITUDES.1).contains(&self.longitude)
            && (LATITUDES.0..=LATITUDES.1).contains(&self.latitude)
    }

    /// The score under which it is stored.
    pub(crate) fn score(self) -> u64 {
        Cell::around(self, LATITUDES, STEPS).bits
    }

    /// The place that a score stands for: the middle of the smallest cell.
    pub(crate) fn from_score(score: f64) -> Point {
        let area = Cell { bits: to_bits(score), steps: STEPS }.area();
        let middle = |(min, max): (f64, f64), (least, most): (f64, f64)| {
            // Unlike `clamp`, and like Redis, the upper bound first; scores that nobody computed go beyond.
            f64::max(f64::min((min + max) / 2.0, most), least)
        };
        Point { longitude: middle(area.longitude, LONGITUDES), latitude: middle(area.latitude, LATITUDES) }
    }

    /// The geohash as everyone writes it: eleven letters, latitudes up to the poles.
    pub(crate) fn geohash(self) -> [u8; 11] {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = Cell::around(self, (-90.0, 90.0), STEPS).bits;
        // The last letter would need three bits more than there are.
        std::array::from_fn(|at| match at {
            10 => ALPHABET[0],
            _ => ALPHABET[(bits >> (52 - (at + 1) * 5)) as usize & 31],
        })
    }

    /// How far away another place is, in metres, on a sphere.
    pub(crate) fn distance(self, other: Point) -> f64 {
        let (from, to) = (radians(self.latitude), radians(other.latitude));
        let u = ((to - from) / 2.0).sin();
        let v = ((radians(other.longitude) - radians(self.longitude)) / 2.0).sin();
        2.0 * EARTH_RADIUS * (u * u + from.cos() * to.cos() * v * v).sqrt().asin()
    }
}

fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (PI / 180.0)
}

/// A double as an unsigned integer in the way of the usual machine, where what doesn't fit comes out as it does.
fn to_bits(score: f64) -> u64 {
    const TOP: f64 = 9_223_372_036_854_775_808.0;
    if score < TOP { to_integer(score) as u64 } else { to_integer(score - TOP) as u64 ^ (1 << 63) }
}

/// The same for a signed integer.
pub(crate) fn to_integer(score: f64) -> i64 {
    const TOP: f64 = 9_223_372_036_854_775_808.0;
    if (-TOP..TOP).contains(&score) { score as i64 } else { i64::MIN }
}

/// Puts the bits of `low` at even places, those of `high` at odd ones.
fn interleave(low: u32, high: u32) -> u64 {
    spread(low) | (spread(high) << 1)
}

fn spread(bits: u32) -> u64 {
    let mut bits = u64::from(bits);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | (bits << shift)) & mask;
    }
    bits
}

/// The bits at even places.
fn gather(bits: u64) -> u32 {
    let mut bits = bits & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        bits = (bits | (bits >> shift)) & mask;
    }
    bits as u32
}

impl Cell {
    /// The cell in which a point lies.
    fn around(point: Point, latitudes: (f64, f64), steps: u8) -> Cell {
        let offset = |value: f64, (min, max): (f64, f64)| {
            ((value - min) / (max - min) * (1u64 << steps) as f64) as u32
        };
        let low = offset(point.latitude, latitudes);
        let high = offset(point.longitude, LONGITUDES);
        Cell { bits: interleave(low, high), steps }
    }

    fn area(self) -> Area {
        let cells = (1u64 << self.steps) as f64;
        let span = |index: u32, (min, max): (f64, f64)| {
            let edge = |index: u32| min + (f64::from(index) / cells) * (max - min);
            (edge(index), edge(index.wrapping_add(1)))
        };
        Area {
            longitude: span(gather(self.bits >> 1), LONGITUDES),
            latitude: span(gather(self.bits), LATITUDES),
        }
    }

    /// The cell that lies some cells to the east and to the north. At the edges of the map it goes round.
    fn neighbour(self, east: i8, north: i8) -> Cell {
        let mask = u64::MAX >> (64 - u32::from(self.steps) * 2);
        let (even, odd) = (0x5555_5555_5555_5555, 0xaaaa_aaaa_aaaa_aaaa);
        // A step in every second bit: the bits between are ones so that a carry passes, or zeros so that a borrow does.
        let step = |own: u64, between: u64, by: i8| {
            let moved = match by {
                // A coordinate at the very end of its range has one bit more, which stays.
                0 => return own,
                1 => own.wrapping_add((between & mask) + 1),
                _ => (own | (between & mask)).wrapping_sub((between & mask) + 1),
            };
            moved & !between & mask
        };
        let bits = step(self.bits & odd, even, east) | step(self.bits & even, odd, north);
        Cell { bits, ..self }
    }

    /// The scores of what lies in it: the first, and the first after it.
    fn scores(self) -> (f64, f64) {
        let align = |bits: u64| (bits << (52 - u32::from(self.steps) * 2)) as f64;
        (align(self.bits), align(self.bits + 1))
    }
}

impl Shape {
    /// How far a point is from the centre, if it is inside.
    pub(crate) fn distance_inside(self, centre: Point, point: Point) -> Option<f64> {
        match self {
            Shape::Circle { radius } => Some(centre.distance(point)).filter(|distance| *distance <= radius),
            Shape::Rectangle { width, height } => {
                let across = point.distance(Point { longitude: centre.longitude, ..point });
                let along = point.distance(Point { latitude: centre.latitude, ..point });
                let inside = across <= width / 2.0 && along <= height / 2.0;
                inside.then(|| centre.distance(point))
            }
        }
    }

    /// The distance from the centre to the farthest point.
    fn reach(self) -> f64 {
        match self {
            Shape::Circle { radius } => radius,
            Shape::Rectangle { width, height } => {
                ((width / 2.0) * (width / 2.0) + (height / 2.0) * (height / 2.0)).sqrt()
            }
        }
    }

    /// The coordinates between which it lies.
    fn bounds(self, centre: Point) -> Area {
        let (width, height) = match self {
            Shape::Circle { radius } => (radius, radius),
            Shape::Rectangle { width, height } => (width / 2.0, height / 2.0),
        };
        let latitude = degrees(height / EARTH_RADIUS);
        let longitude = |at: f64| degrees(width / EARTH_RADIUS / radians(at).cos());
        // Where the circles of latitude are shortest, most degrees are needed.
        let wide = if centre.latitude < 0.0 {
            longitude(centre.latitude - latitude)
        } else {
            longitude(centre.latitude + latitude)
        };
        Area {
            longitude: (centre.longitude - wide, centre.longitude + wide),
            latitude: (centre.latitude - latitude, centre.latitude + latitude),
        }
    }

    /// The ranges of scores, from the first to before the second, among which all points inside are, in the order in which
    /// Redis visits them.
    pub(crate) fn ranges(self, centre: Point) -> Vec<(f64, f64)> {
        let bounds = self.bounds(centre);
        let mut steps = estimate_steps(self.reach(), centre.latitude);
        let mut cell = Cell::around(centre, LATITUDES, steps);
        if steps > 1 && !covers(cell, &bounds) {
            steps -= 1;
            cell = Cell::around(centre, LATITUDES, steps);
        }
        let area = cell.area();
        // Where the centre's own cell reaches far enough, what is beyond it is not needed. When cells are a quarter of the
        // earth, the one beyond may be the one on the other side.
        let needed = |east: i8, north: i8| {
            steps < 2
                || !((north < 0 && area.latitude.0 < bounds.latitude.0)
                    || (north > 0 && area.latitude.1 > bounds.latitude.1)
                    || (east < 0 && area.longitude.0 < bounds.longitude.0)
                    || (east > 0 && area.longitude.1 > bounds.longitude.1))
        };
        let around = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
        let mut cells: Vec<Cell> = Vec::with_capacity(around.len());
        for (east, north) in around {
            let next = cell.neighbour(east, north);
            // As in Redis, the centre's own cell may come again after another one: it is compared with the last alone,
            // and not with the very first.
            let again = cells.len() > 1 && cells.last() == Some(&next);
            if needed(east, north) && !again {
                cells.push(next);
            }
        }
        cells.into_iter().map(Cell::scores).collect()
    }
}

/// How many steps give cells of which nine are likely to cover a circle.
fn estimate_steps(mut radius: f64, latitude: f64) -> u8 {
    if radius == 0.0 {
        return STEPS;
    }
    let mut steps: i32 = 1;
    while radius < MERCATOR {
        radius *= 2.0;
        steps += 1;
    }
    steps -= 2;
    // Cells are narrower towards the poles.
    if latitude.abs() > 66.0 {
        steps -= 1;
        if latitude.abs() > 80.0 {
            steps -= 1;
        }
    }
    steps.clamp(1, i32::from(STEPS)) as u8
}

/// Whether the cells around a cell reach far enough.
fn covers(cell: Cell, bounds: &Area) -> bool {
    cell.neighbour(0, 1).area().latitude.1 >= bounds.latitude.1
        && cell.neighbour(0, -1).area().latitude.0 <= bounds.latitude.0
        && cell.neighbour(1, 0).area().longitude.1 >= bounds.longitude.1
        && cell.neighbour(-1, 0).area().longitude.0 <= bounds.longitude.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn points() -> impl Strategy<Value = Point> {
        (-180.0..180.0, -85.05..85.05).prop_map(|(longitude, latitude)| Point { longitude, latitude })
    }

    #[test]
    fn palermo_is_where_it_is() {
        let palermo = Point { longitude: 13.361389, latitude: 38.115556 };
        assert_eq!(palermo.score(), 3_479_099_956_230_698);
        assert_eq!(&Point::from_score(3_479_099_956_230_698.0).geohash(), b"sqc8b49rny0");
        let catania = Point { longitude: 15.087269, latitude: 37.502669 };
        let distance =
            Point::from_score(palermo.score() as f64).distance(Point::from_score(catania.score() as f64));
        assert_eq!(format!("{distance:.4}"), "166274.1516");
    }

    proptest! {
        #[test]
        fn interleaving_can_be_undone(low: u32, high: u32) {
            let bits = interleave(low, high);
            prop_assert_eq!((gather(bits), gather(bits >> 1)), (low, high));
        }

        #[test]
        fn a_point_comes_back_almost(point in points()) {
            let back = Point::from_score(point.score() as f64);
            prop_assert!(point.distance(back) < 1.0, "{:?} {:?}", point, back);
        }

        #[test]
        fn any_score_is_some_place(score: f64) {
            prop_assert!(score.is_nan() || Point::from_score(score).is_valid());
        }

        #[test]
        fn a_search_looks_where_its_points_are(
            centre in (-170.0..170.0, -60.0..60.0),
            away in (-1.0..1.0, -1.0..1.0),
            radius in 1.0..500_000.0,
        ) {
            let centre = Point { longitude: centre.0, latitude: centre.1 };
            let reach = degrees(radius / EARTH_RADIUS);
            let point = Point { longitude: centre.longitude + reach * away.0, latitude: centre.latitude + reach * away.1 };
            let score = point.score() as f64;
            let shape = Shape::Circle { radius };
            if shape.distance_inside(centre, Point::from_score(score)).is_some() {
                let ranges = shape.ranges(centre);
                prop_assert!(ranges.iter().any(|(min, max)| (*min..*max).contains(&score)));
            }
        }
    }
}
