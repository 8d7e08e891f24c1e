//! Whole collections, read at once.

use std::collections::{HashMap, HashSet};

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let (list, map, set) =
        (store.list::<u64>("list"), store.map::<String, u64>("map"), store.set::<u64>("set"));
    list.extend(0..100_000_u64).wait().expect("it is filled");
    map.extend((0..10_000_u64).map(|number| (format!("key:{number}"), number))).wait().expect("it is filled");
    set.extend(0..10_000_u64).wait().expect("it is filled");

    let list = both(
        context,
        "LRANGE of 100,000 `u64`",
        move || list.to_vec(),
        || {
            let mut range = redis::cmd("LRANGE");
            range.arg("list").arg(0).arg(-1);
            range
        },
        |items: Vec<u64>| items,
        &Exchange::of([encode_text("LRANGE list 0 -1")]),
    );
    let map = both(
        context,
        "HGETALL of 10,000 `String`, `u64`",
        move || map.to_map(),
        || {
            let mut entries = redis::cmd("HGETALL");
            entries.arg("map");
            entries
        },
        |entries: HashMap<String, u64>| entries,
        &Exchange::of([encode_text("HGETALL map")]),
    );
    let set = both(
        context,
        "SMEMBERS of 10,000 `u64`",
        move || set.to_set(),
        || {
            let mut members = redis::cmd("SMEMBERS");
            members.arg("set");
            members
        },
        |members: HashSet<u64>| members,
        &Exchange::of([encode_text("SMEMBERS set")]),
    );
    list.into_iter().chain(map).chain(set).collect()
}
