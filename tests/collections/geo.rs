//! Positions against a real server.

use std::time::Duration;

use pottery::{ErrorKind, Geo, Outcome, Position, Store, Unit};
use pottery_test_support::{Server, scale, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::list::foreign::{make_foreign, wrong_type};
use crate::sorted_set::FOREIGN;
use crate::store;

const PALERMO: Position = Position::new(13.361389, 38.115556);
const CATANIA: Position = Position::new(15.087269, 37.502669);
const ROME: Position = Position::new(12.496366, 41.902782);

fn towns() -> Geo<String> {
    let towns = store().geo::<String>(unique("geo"));
    let added = towns.extend([("Palermo", PALERMO), ("Catania", CATANIA), ("Rome", ROME)]).wait().unwrap();
    assert_eq!(added, 3);
    towns
}

/// In metres, on the sphere that Redis takes the earth for.
fn apart(a: Position, b: Position) -> f64 {
    let (la, lb) = (a.latitude.to_radians(), b.latitude.to_radians());
    let (u, v) = (((lb - la) / 2.0).sin(), ((b.longitude - a.longitude).to_radians() / 2.0).sin());
    2.0 * 6_372_797.560_856 * (u * u + la.cos() * lb.cos() * v * v).sqrt().asin()
}

#[test]
fn members_have_positions_distances_and_hashes() {
    let towns = towns();
    assert!(!towns.insert("Rome", ROME).wait().unwrap());
    assert!(!towns.insert_if_absent("Rome", CATANIA).wait().unwrap());
    assert!(!towns.relocate("Naples", ROME).wait().unwrap() && !towns.relocate("Rome", ROME).wait().unwrap());
    let rome = towns.position("Rome").wait().unwrap().unwrap();
    assert!(apart(rome, ROME) < 0.6);
    assert_eq!(towns.position("Naples").wait().unwrap(), None);
    let positions = towns.position_many(["Catania", "Naples", "Palermo"]).wait().unwrap();
    assert!(apart(positions[0].unwrap(), CATANIA) < 0.6 && positions[1].is_none());
    assert!(apart(positions[2].unwrap(), PALERMO) < 0.6);
    assert_eq!(towns.hash("Palermo").wait().unwrap().as_deref(), Some("sqc8b49rny0"));
    assert_eq!(
        towns.hash_many(["Naples", "Catania"]).wait().unwrap(),
        [None, Some("sqdtr74hyu0".to_owned())]
    );
    let meters = towns.distance("Palermo", "Catania", Unit::Meters).wait().unwrap().unwrap();
    assert!((meters - 166_274.15).abs() < 1.0, "{meters}");
    for (unit, factor) in [(Unit::Kilometers, 1000.0), (Unit::Miles, 1609.34), (Unit::Feet, 0.3048)] {
        let there = towns.distance("Palermo", "Catania", unit).wait().unwrap().unwrap();
        assert!((there * factor - meters).abs() < 1.0, "{unit:?}");
    }
    assert_eq!(towns.distance("Palermo", "Naples", Unit::Meters).wait().unwrap(), None);
    assert!(towns.relocate("Rome", PALERMO).wait().unwrap());
    assert_eq!(towns.distance("Palermo", "Rome", Unit::Meters).wait().unwrap(), Some(0.0));
    assert_eq!(towns.members().len().wait().unwrap(), 3);
    assert!(towns.members().remove("Rome").wait().unwrap());
}

#[test]
fn a_search_goes_by_radius_or_rectangle_around_a_position_or_a_member() {
    let towns = towns();
    let near = |km| towns.around(Position::new(15.0, 37.0)).radius(km, Unit::Kilometers);
    assert_eq!(near(200.0).nearest().members().wait().unwrap(), ["Catania", "Palermo"]);
    assert_eq!(near(200.0).farthest().limit(1).members().wait().unwrap(), ["Palermo"]);
    assert_eq!(near(200.0).limit_any(1).members().wait().unwrap().len(), 1);
    assert!(near(200.0).limit(0).members().wait().unwrap().is_empty());
    assert!(near(1.0).found().wait().unwrap().is_empty());
    let found = near(2000.0).nearest().found().wait().unwrap();
    assert_eq!(found.iter().map(|found| &*found.member).collect::<Vec<_>>(), ["Catania", "Palermo", "Rome"]);
    for found in &found {
        let far = apart(found.position, Position::new(15.0, 37.0)) / 1000.0;
        assert!((found.distance - far).abs() < 0.01, "{found:?}");
    }
    let around = || towns.around_member("Palermo");
    let members = around().rectangle(400.0, 200.0, Unit::Kilometers).nearest().members().wait().unwrap();
    assert_eq!(members, ["Palermo", "Catania"]);
    assert_eq!(around().rectangle(400.0, 100.0, Unit::Kilometers).members().wait().unwrap(), ["Palermo"]);
    let error = towns.around_member("Naples").radius(1.0, Unit::Feet).members().wait().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::NotFound, Some(towns.key())));
    let nowhere = store().geo::<String>(unique("geo"));
    assert!(nowhere.around_member("x").radius(1.0, Unit::Feet).members().wait().unwrap().is_empty());
}

#[test]
fn what_is_found_can_be_stored_with_positions_or_distances() {
    let store = store();
    let name = unique("geo");
    let [from, into] = ["a", "b"].map(|end| store.geo::<String>(format!("{name}{end}")));
    from.extend([("Palermo", PALERMO), ("Catania", CATANIA), ("Rome", ROME)]).wait().unwrap();
    let near = |km| from.around(PALERMO).radius(km, Unit::Kilometers).nearest();
    assert_eq!(near(200.0).store_into(&into).wait().unwrap(), 2);
    assert!(apart(into.position("Catania").wait().unwrap().unwrap(), CATANIA) < 0.6);
    let distances = store.sorted_set::<String>(format!("{name}b"));
    assert_eq!(near(2000.0).limit(2).store_distances_into(&distances).wait().unwrap(), 2);
    let stored = distances.to_vec().wait().unwrap();
    assert_eq!(stored[0].0, "Palermo");
    assert!((stored[1].1 - 166.27).abs() < 0.1, "{stored:?}");
    assert_eq!(near(200.0).limit(0).store_into(&into).wait().unwrap(), 0);
    assert!(!into.exists().wait().unwrap());
    let elsewhere = self::store().geo::<String>(unique("geo"));
    assert_eq!(near(1.0).store_into(&elsewhere).wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn one_is_made_only_where_nothing_is_and_replaced_as_a_whole() {
    let geo = store().geo::<String>(unique("geo"));
    geo.create([("Palermo", PALERMO), ("Rome", CATANIA), ("Rome", ROME)]).wait().unwrap();
    assert!(apart(geo.position("Rome").wait().unwrap().unwrap(), ROME) < 0.6, "the last one counts");
    assert_eq!(geo.create([("Catania", CATANIA)]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    geo.expire(Duration::from_secs(100)).wait().unwrap();
    geo.replace_all([("Catania", CATANIA)]).wait().unwrap();
    assert_eq!(geo.position("Palermo").wait().unwrap(), None);
    assert!(geo.position("Catania").wait().unwrap().is_some());
    assert!(geo.ttl().wait().unwrap().is_some());
    let many = (0..10_000_u32).map(|n| (n.to_string(), Position::new(f64::from(n) / 100.0, 0.0)));
    geo.replace_all(many).wait().unwrap();
    assert_eq!(geo.members().len().wait().unwrap(), 10_000);
    geo.replace_all([("", ROME); 0]).wait().unwrap();
    assert!(!geo.exists().wait().unwrap());
}

#[test]
fn what_is_on_no_map_is_refused_before_anything_is_sent() {
    let geo = Store::open("redis://127.0.0.1:1/").unwrap().geo::<u8>("nowhere");
    let wrong = [(181.0, 0.0), (0.0, 86.0), (0.0, -85.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)];
    for (longitude, latitude) in wrong {
        let position = Position::new(longitude, latitude);
        for command in [
            geo.insert(1, position).map(drop),
            geo.extend([(1, ROME), (2, position)]).map(drop),
            geo.create([(1, ROME), (2, position)]),
            geo.replace_all([(2, position)]),
            geo.around(position).radius(1.0, Unit::Meters).members().map(drop),
            geo.around(position).radius(1.0, Unit::Meters).limit(0).members().map(drop),
        ] {
            let error = command.wait().unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
        }
    }
    for length in [-1.0, f64::NAN, f64::INFINITY] {
        let error = geo.around(ROME).radius(length, Unit::Meters).members().wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse);
        let error = geo.around(ROME).rectangle(1.0, length, Unit::Meters).members().wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Misuse);
    }
    assert_eq!(geo.extend::<[(u8, Position); 0], _>([]).wait().unwrap(), 0);
    assert!(geo.position_many::<[u8; 0]>([]).wait().unwrap().is_empty());
    let floats = Store::open("redis://127.0.0.1:1/").unwrap().geo::<f64>("nowhere");
    assert_eq!(floats.position(f64::NAN).wait().unwrap(), None);
    assert_eq!(floats.distance(f64::NAN, 1.0, Unit::Meters).wait().unwrap(), None);
    let error = floats.around_member(f64::NAN).radius(1.0, Unit::Meters).members().wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let name = unique("geo");
    let geo = store().geo::<u32>(name.as_str());
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            geo.insert(1, ROME);
            geo.extend([(1, ROME)]);
            geo.position(1);
            geo.hash(1);
            geo.distance(1, 2, Unit::Meters);
            geo.around(ROME).radius(1.0, Unit::Meters).members();
            geo.around_member(1).rectangle(1.0, 1.0, Unit::Meters).found();
        }
    }
}

#[tokio::test]
async fn the_same_without_blocking_and_in_batches() {
    let server = Server::start();
    let store = Store::open(&format!("{}?protocol=resp2", server.url())).unwrap();
    let geo = store.geo::<u32>("geo");
    let near = || geo.around(ROME).radius(1.0, Unit::Kilometers).found();
    let (new, position, found) =
        store.transaction((geo.insert(1, ROME), geo.position(1), near())).await.unwrap();
    assert!(new && apart(position.unwrap(), ROME) < 0.6);
    assert_eq!(found[0].member, 1);
    let many = (0..1200).map(|i| (i, Position::new(f64::from(i % 100), f64::from(i / 100))));
    let (added, hash) = store.pipeline((geo.extend(many), geo.hash(5))).await.unwrap();
    assert_eq!((added, hash.unwrap().len()), (1199, 11));
    assert_eq!(geo.position_many([3, 2000]).await.unwrap()[1], None);
    assert!(geo.expire(Duration::from_secs(5)).await.unwrap());
}

proptest! {
    #![proptest_config(Config { cases: scale(60, 3_000), failure_persistence: None, ..Config::default() })]

    /// Except for what lies within a few metres of the edge.
    #[test]
    fn a_search_finds_what_is_near(
        places in prop::collection::vec((-179.0..179.0_f64, -80.0..80.0_f64), 1..40),
        center in (-179.0..179.0_f64, -80.0..80.0_f64),
        radius in 1_000.0..5_000_000.0_f64,
    ) {
        let geo = store().geo::<u32>(unique("geo"));
        let places: Vec<_> = places.into_iter().map(|(x, y)| Position::new(x, y)).collect();
        geo.extend((0..).zip(places.iter().copied())).wait().unwrap();
        let center = Position::new(center.0, center.1);
        let found = geo.around(center).radius(radius, Unit::Meters).nearest().found().wait().unwrap();
        prop_assert!(found.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
        for (member, place) in (0..).zip(&places) {
            let far = apart(*place, center);
            let is_found = found.iter().any(|found| found.member == member);
            prop_assert!((far - radius).abs() < 5.0 || is_found == (far < radius), "{far} {radius} {is_found}");
        }
        geo.clear().wait().unwrap();
    }
}
