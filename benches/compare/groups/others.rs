//! Streams, places, keys, flags and limits, beside the same commands by hand.

use std::time::Duration;

use pottery::{Position, Unit};

use super::by_hand;
use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

/// The script of a limiter, as somebody would send it who had written it himself.
const LIMITER: &str = include_str!("../../../pottery-core/src/scripts/limiter.lua");

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let exchange = |words: &str| Exchange::of([encode_text(words)]);
    let mut all = Vec::new();

    let events = store.stream::<u64>("events:a");
    all.extend(both(
        context,
        "XADD",
        move || events.add(1_234_567).map(drop),
        by_hand("XADD events:b * value 1234567"),
        drop::<String>,
        &exchange("XADD events:c * value 1234567"),
    ));
    let history = store.stream::<u64>("history");
    history.extend(0..100).wait().expect("it is filled");
    all.extend(both(
        context,
        "XRANGE of 100",
        move || {
            history.range(..).map(|entries| entries.into_iter().filter_map(|e| e.value.ok()).sum::<u64>())
        },
        by_hand("XRANGE history - +"),
        |entries: Vec<(String, Vec<(String, u64)>)>| {
            entries.iter().flat_map(|(_, fields)| fields).map(|(_, value)| value).sum()
        },
        &exchange("XRANGE history - +"),
    ));

    let places = store.geo::<u32>("places");
    let scattered =
        (0..10_000_u32).map(|n| (n, Position::new(f64::from(n % 100) / 50.0, f64::from(n / 100) / 50.0)));
    places.extend(scattered).wait().expect("it is filled");
    let near = places.clone();
    all.extend(both(
        context,
        "GEOPOS",
        move || places.position(77).map(|position| position.is_some()),
        by_hand("GEOPOS places 77"),
        |positions: Vec<Option<(f64, f64)>>| positions.iter().all(Option::is_some),
        &exchange("GEOPOS places 77"),
    ));
    let search = "GEOSEARCH places FROMLONLAT 1 1 BYRADIUS 15 km";
    all.extend(both(
        context,
        "GEOSEARCH of 150",
        move || near.around(Position::new(1.0, 1.0)).radius(15.0, Unit::Kilometers).members(),
        by_hand(search),
        |members: Vec<u32>| members,
        &exchange(search),
    ));

    let words = store.keyspace::<u64>("word:");
    words.set_many((0..100_u64).map(|n| (n.to_string(), n))).wait().expect("they are set");
    let names: String = (0..100).map(|n| format!(" word:{n}")).collect();
    let (get, mget) = (words.clone(), format!("MGET{names}"));
    all.extend(both(
        context,
        "GET of a keyspace",
        move || get.get("7"),
        by_hand("GET word:7"),
        |value: Option<u64>| value,
        &exchange("GET word:7"),
    ));
    all.extend(both(
        context,
        "MGET of 100 of a keyspace",
        move || words.get_many((0..100).map(|n| n.to_string())),
        by_hand(&mget),
        |values: Vec<Option<u64>>| values,
        &exchange(&mget),
    ));

    let flag = store.flag("flag");
    all.extend(both(
        context,
        "EXISTS of a flag",
        move || flag.is_marked(),
        by_hand("EXISTS flag"),
        |is_there: bool| is_there,
        &exchange("EXISTS flag"),
    ));
    let texts = store.default_map::<String, u64>("defaults", || 7);
    all.extend(both(
        context,
        "HGET of a map with a default",
        move || texts.peek("one"),
        by_hand("HGET defaults one"),
        |value: Option<u64>| value,
        &exchange("HGET defaults one"),
    ));

    // a million in ten seconds: one each 10 µs
    let limiter = store.limiter("limiter:a").allow(1_000_000, Duration::from_secs(10));
    let sha: String = context.load(LIMITER);
    let ask = |key: &str| format!("EVALSHA {sha} 1 {key} 10 1000000 1 1");
    all.extend(both(
        context,
        "a limiter's check: the same script",
        move || limiter.check().map(|verdict| verdict.is_allowed()),
        by_hand(&ask("limiter:b")),
        |verdict: (bool, u64, u64, u64)| verdict.0,
        &exchange(&ask("limiter:c")),
    ));
    all
}
