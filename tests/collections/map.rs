//! Maps against a real server.
#![cfg(feature = "blocking")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use pottery::{Command, ErrorKind, Map, Outcome, RedisModel, Storable, Store};
use pottery_test_support::{Reply, scale, shared, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::store;

fn map<K: Storable, V: Storable>() -> Map<K, V> {
    store().map(unique("map"))
}

/// An entry for every number below `n`, some with awkward bytes.
fn many(n: usize) -> HashMap<String, Vec<u8>> {
    (0..n)
        .map(|i| (format!("{i}\r\n\0{{}}"), [b"\0\xff\r\n$-1", i.to_string().as_bytes()].concat()))
        .collect()
}

const LARGE: usize = 100_000;

#[test]
fn entries_come_and_go_one_by_one() {
    let map = map::<String, i64>();
    assert_eq!(map.get("a").wait().unwrap(), None);
    assert_eq!(map.get_or("a", 5).wait().unwrap(), 5);
    assert!(map.is_empty().wait().unwrap() && !map.exists().wait().unwrap());
    assert!(map.insert("a", 1).wait().unwrap());
    assert!(!map.insert("a", 2).wait().unwrap());
    assert_eq!((map.get("a").wait().unwrap(), map.len().wait().unwrap()), (Some(2), 1));
    assert!(map.contains_key("a").wait().unwrap() && !map.contains_key("b").wait().unwrap());
    assert!(!map.insert_if_absent("a", 3).wait().unwrap());
    assert!(map.insert_if_absent("b", 3).wait().unwrap());
    assert_eq!(map.swap("a", 4).wait().unwrap(), Some(2));
    assert_eq!(map.swap("c", 5).wait().unwrap(), None);
    assert_eq!(map.take("a").wait().unwrap(), Some(4));
    assert_eq!(map.take("a").wait().unwrap(), None);
    assert!(map.remove("b").wait().unwrap() && !map.remove("b").wait().unwrap());
    assert_eq!(map.pop_any().wait().unwrap(), Some(("c".to_owned(), 5)));
    assert_eq!(map.pop_any().wait().unwrap(), None);
    assert!(!map.exists().wait().unwrap(), "a map without entries is no key");
}

#[test]
fn get_or_insert_stores_the_first_value_and_returns_it_to_all() {
    let map = map::<u64, String>();
    assert_eq!(map.get_or_insert(1, "first").wait().unwrap(), "first");
    assert_eq!(map.get_or_insert(1, "second").wait().unwrap(), "first");
    assert!(map.insert(2, "").wait().unwrap());
    assert_eq!(map.get_or_insert(2, "full").wait().unwrap(), "", "what is empty is there");
}

#[test]
fn many_entries_go_in_one_round_trip_and_keep_their_order() {
    let map = map::<String, u32>();
    assert_eq!(map.extend([("a", 1), ("b", 2), ("a", 3)]).wait().unwrap(), 2);
    assert_eq!(map.extend(&HashMap::from([("b".to_owned(), 4), ("c".to_owned(), 5)])).wait().unwrap(), 1);
    let found = map.get_many(["c", "x", "a", "c"]).wait().unwrap();
    assert_eq!(found, [Some(5), None, Some(3), Some(5)]);
    assert_eq!(map.extend_keys(["c", "d", "e"], 9).wait().unwrap(), 2);
    assert_eq!(map.remove_many(["a", "x", "e"]).wait().unwrap(), 2);
    let mut keys = map.keys().wait().unwrap();
    keys.sort();
    assert_eq!(keys, ["b", "c", "d"]);
    let mut values = map.values().wait().unwrap();
    values.sort_unstable();
    assert_eq!(values, [4, 9, 9]);
}

#[test]
fn nothing_is_sent_for_nothing() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    let map = store.map::<String, u8>("nowhere");
    assert_eq!(map.extend::<[(&str, u8); 0], _, _>([]).wait().unwrap(), 0);
    assert_eq!(map.extend_keys::<[&str; 0]>([], 1).wait().unwrap(), 0);
    assert_eq!(map.remove_many::<[&str; 0]>([]).wait().unwrap(), 0);
    assert_eq!(map.get_many::<[&str; 0]>([]).wait().unwrap(), []);
}

#[test]
fn a_key_without_an_encoding_is_in_no_map() {
    let map = map::<HashMap<u8, u8>, u8>();
    let bad = HashMap::from([(1, 1), (2, 2)]);
    assert!(!map.contains_key(&bad).wait().unwrap());
    assert_eq!(map.get(&bad).wait().unwrap(), None);
    assert_eq!(map.get_many([&bad, &bad]).wait().unwrap(), [None, None]);
    assert!(!map.remove(&bad).wait().unwrap());
    assert_eq!(map.take(&bad).wait().unwrap(), None);
    assert_eq!(map.remove_many([&bad]).wait().unwrap(), 0);
    assert!(!map.content_eq([(&bad, 1)]).wait().unwrap());
    let error = map.insert(&bad, 1).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Encode, Outcome::NotApplied));

    let floats = store().map::<f64, u8>(unique("map"));
    floats.insert(1.5, 1).wait().unwrap();
    assert_eq!(floats.get_many([f64::NAN, 1.5, f64::NAN]).wait().unwrap(), [None, Some(1), None]);
    assert_eq!(floats.remove_many([f64::NAN, 1.5]).wait().unwrap(), 1);
}

#[test]
fn keys_of_two_types_stay_apart_where_the_codec_tells_them_apart() {
    let key = unique("map");
    let numbers = store().map::<(u8, u8), u8>(key.as_str());
    let texts = store().map::<String, u8>(key.as_str());
    numbers.insert((1, 2), 1).wait().unwrap();
    texts.insert("12", 2).wait().unwrap();
    assert_eq!(numbers.len().wait().unwrap(), 2);
    assert_eq!(numbers.get((1, 2)).wait().unwrap(), Some(1));
}

#[test]
fn integers_are_counted_exactly_up_to_the_ends_of_their_types() {
    fn overflows<V: Storable + Copy + std::fmt::Debug + PartialEq + pottery::Int>(at: V, by: i64) {
        let map = map::<String, V>();
        map.insert("n", at).wait().unwrap();
        let error = map.incr("n", by).wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied), "{error}");
        assert_eq!(map.get("n").wait().unwrap(), Some(at));
    }
    overflows(i64::MAX, 1);
    overflows(i64::MIN, -1);
    overflows(i64::MAX, i64::MAX);
    overflows(u8::MAX, 1);
    overflows(0_u8, -1);
    overflows(250_u8, i64::MAX);
    overflows(i8::MIN, -1);
    overflows(i16::MAX, i64::MIN);
    overflows(u32::MAX, 1);
    overflows(0_u64, -1);
    overflows(u64::MAX, 1);
    overflows(0_usize, -1);

    let map = map::<String, i64>();
    assert_eq!(map.incr("n", 5).wait().unwrap(), 5);
    assert_eq!(map.incr("n", i64::MAX - 5).wait().unwrap(), i64::MAX);
    assert_eq!(map.incr("n", -1).wait().unwrap(), i64::MAX - 1);
    assert_eq!(map.incr("n", i64::MIN).wait().unwrap(), -2);
    let wide = store().map::<String, u64>(unique("map"));
    assert_eq!(wide.incr("n", i64::MAX).wait().unwrap(), i64::MAX as u64);
    assert_eq!(wide.incr("n", -1).wait().unwrap(), i64::MAX as u64 - 1);
    assert_eq!(wide.incr("n", i64::MAX).wait().unwrap(), u64::MAX - 2);
    assert_eq!(wide.incr("n", 2).wait().unwrap(), u64::MAX);
    assert_eq!(wide.incr("n", i64::MIN).wait().unwrap(), i64::MAX as u64);
    let narrow = store().map::<String, u8>(unique("map"));
    assert_eq!(narrow.incr("n", 255).wait().unwrap(), 255);
    assert_eq!(narrow.incr("n", -255).wait().unwrap(), 0);
    let error = narrow.incr("other", 256).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overflow);
    assert_eq!(narrow.get("other").wait().unwrap(), None, "what is refused brings nothing into being");
}

#[test]
fn what_is_no_number_is_not_counted() {
    let key = unique("map");
    let texts = store().map::<String, String>(key.as_str());
    for text in ["", "x", "1.5", " 1", "1e3", "1\n", "99999999999999999999999"] {
        texts.insert("n", text).wait().unwrap();
        for error in [
            store().map::<String, i64>(key.as_str()).incr("n", 1).wait().unwrap_err(),
            store().map::<String, u8>(key.as_str()).incr("n", 1).wait().unwrap_err(),
        ] {
            assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Overflow), "{text:?}: {error}");
        }
        assert_eq!(texts.get("n").wait().unwrap().as_deref(), Some(text));
    }
}

#[test]
fn floats_are_counted_and_stay_finite() {
    let map = map::<String, f64>();
    assert_eq!(map.incr_float("n", 0.1).wait().unwrap(), 0.1);
    assert_eq!(map.incr_float("n", 0.2).wait().unwrap(), 0.3);
    assert_eq!(map.incr_float("n", -1e15).wait().unwrap(), -999_999_999_999_999.7);
    map.insert("n", f64::MAX).wait().unwrap();
    let error = map.incr_float("n", f64::MAX).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied));
    assert_eq!(map.get("n").wait().unwrap(), Some(f64::MAX));
    assert!(map.incr_float("n", f64::NAN).wait().is_err());
    assert!(map.incr_float("n", f64::INFINITY).wait().is_err());
    let narrow = store().map::<String, f32>(unique("map"));
    assert_eq!(narrow.incr_float("n", 2.5).wait().unwrap(), 2.5);
    assert_eq!(narrow.incr_float("m", 1e39).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(narrow.get("m").wait().unwrap(), None);
}

#[test]
fn a_map_is_made_only_where_nothing_is() {
    let map = map::<String, u32>();
    map.create([("a", 1)]).wait().unwrap();
    let error = map.create([("b", 2)]).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeyExists, Outcome::NotApplied));
    assert_eq!(error.key(), Some(map.key()));
    assert_eq!(map.create::<[(&str, u32); 0], _, _>([]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert!(map.content_eq([("a", 1)]).wait().unwrap());
    map.clear().wait().unwrap();
    map.create::<[(&str, u32); 0], _, _>([]).wait().unwrap();
    assert!(!map.exists().wait().unwrap());
}

#[test]
fn replacing_all_keeps_the_time_to_live() {
    let map = map::<String, u32>();
    map.replace_all([("a", 1)]).wait().unwrap();
    assert_eq!(map.ttl().wait().unwrap(), None);
    map.expire(Duration::from_secs(100)).wait().unwrap();
    map.replace_all([("b", 2), ("c", 3)]).wait().unwrap();
    assert!(map.content_eq(&BTreeMap::from([("c", 3), ("b", 2)])).wait().unwrap());
    assert!(map.ttl().wait().unwrap().unwrap() > Duration::from_secs(90));
    map.replace_all::<[(&str, u32); 0], _, _>([]).wait().unwrap();
    assert!(!map.exists().wait().unwrap());
}

#[test]
fn content_is_compared_regardless_of_order_and_of_the_order_inside() {
    let map = map::<u64, HashMap<String, u8>>();
    assert!(map.content_eq(HashMap::<u64, HashMap<String, u8>>::new()).wait().unwrap());
    let inner: HashMap<String, u8> = (0..20).map(|i| (i.to_string(), i)).collect();
    map.extend([(1, &inner), (2, &inner)]).wait().unwrap();
    let again: HashMap<String, u8> = (0..20).rev().map(|i| (i.to_string(), i)).collect();
    assert!(map.content_eq([(2, &again), (1, &again)]).wait().unwrap());
    assert!(!map.content_eq([(2, &again)]).wait().unwrap());
    assert!(!map.content_eq([(2, &again), (3, &again)]).wait().unwrap());
    assert!(!map.content_eq([(2, &again), (1, &HashMap::new())]).wait().unwrap());
}

#[test]
fn random_entries_are_distinct_and_there() {
    let map = map::<u32, u32>();
    assert_eq!(map.random_key().wait().unwrap(), None);
    assert_eq!(map.random_entries(3).wait().unwrap(), []);
    map.extend((0..50).map(|i| (i, i * i))).wait().unwrap();
    assert!(map.random_key().wait().unwrap().unwrap() < 50);
    for (n, expected) in [(0, 0), (1, 1), (7, 7), (50, 50), (usize::MAX, 50)] {
        let entries = map.random_entries(n).wait().unwrap();
        assert!(entries.iter().all(|(k, v)| *v == k * k));
        assert_eq!(entries.into_iter().collect::<HashMap<_, _>>().len(), expected);
    }
}

#[test]
fn every_operation_is_right_for_a_hundred_thousand_entries() {
    let (a, b) = (map::<String, Vec<u8>>(), map::<String, Vec<u8>>());
    let entries = many(LARGE);
    assert_eq!(a.extend(&entries).wait().unwrap(), LARGE);
    assert_eq!(a.extend(&entries).wait().unwrap(), 0);
    assert!(a.to_map().wait().unwrap() == entries);
    assert!(a.content_eq(&entries).wait().unwrap());
    b.create(&entries).wait().unwrap();
    assert!(b.to_map().wait().unwrap() == entries);
    b.replace_all(&entries).wait().unwrap();
    assert!(b.collect::<HashMap<_, _>>().wait().unwrap() == entries);
    let keys: Vec<&String> = entries.keys().collect();
    let found = a.get_many(keys.iter().copied()).wait().unwrap();
    assert!(keys.iter().zip(&found).all(|(key, value)| value.as_ref() == entries.get(*key)));
    assert!(a.iter().wait().collect::<Result<HashMap<_, _>, _>>().unwrap() == entries);
    assert_eq!(a.random_entries(LARGE).wait().unwrap().len(), LARGE);
    assert_eq!(a.keys().wait().unwrap().len(), LARGE);
    let (key, value) = a.pop_any().wait().unwrap().unwrap();
    assert!(entries.get(&key) == Some(&value) && a.get(&key).wait().unwrap().is_none());
    assert_eq!(a.remove_many(&keys).wait().unwrap(), LARGE - 1);
    assert!(!a.exists().wait().unwrap());
    let drained: HashMap<_, _> = b.drain().wait().unwrap().into_iter().collect();
    assert!(drained == entries && !b.exists().wait().unwrap());
    assert_eq!(a.extend_keys(&keys, b"x".as_slice()).wait().unwrap(), LARGE);
    a.clear().wait().unwrap();
}

#[test]
fn iterating_sees_all_that_stays_while_others_write() {
    let map = map::<u32, u32>();
    map.extend((0..20_000).map(|i| (i, i))).wait().unwrap();
    let (writer, mut seen) = (map.clone(), HashSet::new());
    for (i, entry) in map.iter().wait().enumerate() {
        seen.insert(entry.unwrap().0);
        if i % 500 == 0 {
            let i = i as u32;
            writer.extend((0..300).map(|j| (1_000_000 + i * 300 + j, 0))).wait().unwrap();
            writer.remove_many((0..300).map(|j| 1_000_000 + i * 300 + j)).wait().unwrap();
        }
    }
    assert!((0..20_000).all(|i| seen.contains(&i)));
}

/// All operations on a map, as commands that are not yet sent.
fn every_operation(store: &Store, map: &Map<String, i64>) -> Vec<(&'static str, Command<()>)> {
    fn c<R: 'static>(name: &'static str, command: Command<R>) -> (&'static str, Command<()>) {
        (name, command.map(drop))
    }
    let floats = store.map::<String, f64>(map.key());
    let bytes = store.map::<String, u8>(map.key());
    vec![
        c("get", map.get("a")),
        c("get_or", map.get_or("a", 1)),
        c("get_many", map.get_many(["a", "b"])),
        c("contains_key", map.contains_key("a")),
        c("len", map.len()),
        c("is_empty", map.is_empty()),
        c("insert", map.insert("a", 1)),
        c("insert_if_absent", map.insert_if_absent("a", 1)),
        c("get_or_insert", map.get_or_insert("a", 1)),
        c("swap", map.swap("a", 1)),
        c("remove", map.remove("a")),
        c("take", map.take("a")),
        c("pop_any", map.pop_any()),
        c("remove_many", map.remove_many((0..1200).map(|i| i.to_string()))),
        c("extend", map.extend([("a", 1)])),
        c("extend 1200", map.extend((0..1200).map(|i| (i.to_string(), i)))),
        c("extend_keys", map.extend_keys(["a"], 1)),
        c("random_key", map.random_key()),
        c("random_entries", map.random_entries(2)),
        c("keys", map.keys()),
        c("values", map.values()),
        c("collect", map.collect::<Vec<_>>()),
        c("to_map", map.to_map()),
        c("drain", map.drain()),
        c("replace_all", map.replace_all([("a", 1)])),
        c("replace_all of nothing", map.replace_all::<[(&str, i64); 0], _, _>([])),
        c("content_eq", map.content_eq([("a", 1)])),
        c("incr", map.incr("a", 1)),
        c("incr of u8", bytes.incr("a", 1)),
        c("incr_float", floats.incr_float("a", 1.0)),
    ]
}

#[test]
fn another_type_at_the_key_is_an_error_and_is_left_alone() {
    let fill: [&[&str]; 5] = [
        &["SET", "k", "x"],
        &["RPUSH", "k", "x"],
        &["SADD", "k", "a"],
        &["ZADD", "k", "1", "a"],
        &["XADD", "k", "1-1", "a", "b"],
    ];
    for command in fill {
        let store = store();
        let map = store.map::<String, i64>(unique("map"));
        let key = map.key().to_string();
        let args: Vec<&str> = command.iter().map(|arg| if *arg == "k" { &key } else { *arg }).collect();
        shared().cli(&args);
        let before = shared().cli(&["DUMP", &key]);
        for (name, operation) in every_operation(&store, &map) {
            let error = operation.wait().expect_err(name);
            assert_eq!(error.kind(), ErrorKind::WrongType, "{name} on {command:?}: {error}");
            assert_eq!(error.key(), Some(map.key()), "{name}");
            assert_eq!(error.outcome(), Outcome::NotApplied, "{name}");
            assert_eq!(shared().cli(&["DUMP", &key]), before, "{name} on {command:?}");
        }
        let error = map.iter().wait().next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::WrongType, Some(map.key())));
        assert_eq!(map.create([("a", 1)]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        assert_eq!(shared().cli(&["DUMP", &key]), before);
    }
}

#[test]
fn foreign_bytes_are_a_decoding_error_that_names_the_key() {
    let map = map::<String, i64>();
    shared().cli(&["HSET", &map.key().to_string(), "a", "no number"]);
    for error in [
        map.get("a").wait().unwrap_err(),
        map.to_map().map(drop).wait().unwrap_err(),
        map.values().map(drop).wait().unwrap_err(),
        map.random_entries(1).map(drop).wait().unwrap_err(),
        map.get_or_insert("a", 1).wait().unwrap_err(),
        map.iter().wait().next().unwrap().unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.key()), (ErrorKind::Decode, Some(map.key())), "{error}");
    }
    assert_eq!(shared().cli(&["HGET", &map.key().to_string(), "a"]), Reply::Bulk(b"no number".to_vec()));
}

#[test]
fn every_operation_can_be_part_of_a_transaction() {
    let store = store();
    let map = store.map::<String, i64>(unique("map"));
    shared().cli(&["SCRIPT", "FLUSH"]);
    for (name, operation) in every_operation(&store, &map) {
        map.clear().wait().unwrap();
        let batch = (map.insert("a", 1), operation, map.len());
        store.transaction(batch).wait().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    map.clear().wait().unwrap();
    let entries = || (0..1200).map(|i| (i.to_string(), i));
    let batch = || (map.extend(entries()), map.take("7"), map.remove_many(entries().map(|(key, _)| key)));
    assert_eq!(store.transaction(batch()).wait().unwrap(), (1200, Some(7), 1199));
    assert_eq!(store.pipeline(batch()).wait().unwrap(), (1200, Some(7), 1199));
}

#[derive(RedisModel)]
#[redis(ttl = "1h", prefix = "map-owner")]
struct Owner {
    #[redis(id)]
    id: String,
    stats: HashMap<String, i64>,
}

#[test]
fn a_map_of_an_object_is_born_with_the_time_to_live_of_the_object() {
    let store = store();
    let id = unique("id");
    Owner { id: id.clone(), stats: HashMap::new() }.save(&store).wait().unwrap();
    let map = Owner::at(&store, &id).stats();
    let bearing =
        ["insert", "insert_if_absent", "get_or_insert", "replace", "extend", "extend 1200", "extend_keys"];
    let bearing = [&bearing[..], &["replace_all", "incr"]].concat();
    for (name, operation) in every_operation(&store, &map) {
        map.clear().wait().unwrap();
        operation.wait().unwrap_or_else(|error| panic!("{name}: {error}"));
        let left = map.ttl().wait().unwrap();
        if bearing.contains(&name) {
            assert!(left.is_some_and(|left| left > Duration::from_secs(3000)), "{name}: {left:?}");
        }
    }
    map.clear().wait().unwrap();
    map.create([("a", 1)]).wait().unwrap();
    assert!(map.ttl().wait().unwrap().is_some());
}

#[cfg(feature = "async")]
#[tokio::test]
async fn the_same_without_blocking() {
    let map = map::<String, u8>();
    assert!(map.insert("a", 1).await.unwrap());
    assert_eq!(map.incr("a", 254).await.unwrap(), 255);
    assert_eq!(map.incr("a", 1).await.unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(map.extend((0..1200).map(|i| (format!("k{i}"), 1))).await.unwrap(), 1200);
    let (mut entries, mut seen) = (map.iter(), HashMap::new());
    while let Some(entry) = entries.next().await {
        let (key, value) = entry.unwrap();
        seen.insert(key, value);
    }
    assert!(map.content_eq(&seen).await.unwrap());
    assert_eq!(seen.len(), 1201);
    assert_eq!(map.drain().await.unwrap().len(), 1201);
}

#[derive(Clone, Debug)]
enum Op {
    Get(String),
    GetOr(String, i64),
    GetMany(Vec<String>),
    ContainsKey(String),
    Len,
    Insert(String, i64),
    InsertIfAbsent(String, i64),
    GetOrInsert(String, i64),
    Replace(String, i64),
    Remove(String),
    Take(String),
    PopAny,
    RemoveMany(Vec<String>),
    Extend(Vec<(String, i64)>),
    ExtendKeys(Vec<String>, i64),
    Incr(String, i64),
    RandomKey,
    RandomEntries(usize),
    Keys,
    Values,
    Collect,
    Iter,
    Drain,
    ReplaceAll(Vec<(String, i64)>),
    Create(Vec<(String, i64)>),
    ContentEq(Vec<(String, i64)>),
    ContentIsOwn,
    Clear,
}

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-f]",
        1 => prop::sample::select(vec!["", "0", "false", "nil", "\0", "\r\n", "{a}", "é", "-ERR", "1e+17"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn values() -> impl Strategy<Value = i64> {
    prop_oneof![4 => -3_i64..4, 1 => any::<i64>(), 1 => prop::sample::select(vec![i64::MIN, i64::MAX, 1 << 53])]
}

fn ops() -> impl Strategy<Value = Op> {
    use Op::*;
    let entries = || prop::collection::vec((keys(), values()), 0..6);
    let some_keys = || prop::collection::vec(keys(), 0..6);
    prop_oneof![
        1 => keys().prop_map(Get),
        1 => (keys(), values()).prop_map(|(k, v)| GetOr(k, v)),
        1 => some_keys().prop_map(GetMany),
        1 => keys().prop_map(ContainsKey),
        1 => Just(Len),
        3 => (keys(), values()).prop_map(|(k, v)| Insert(k, v)),
        1 => (keys(), values()).prop_map(|(k, v)| InsertIfAbsent(k, v)),
        1 => (keys(), values()).prop_map(|(k, v)| GetOrInsert(k, v)),
        1 => (keys(), values()).prop_map(|(k, v)| Replace(k, v)),
        1 => keys().prop_map(Remove),
        1 => keys().prop_map(Take),
        1 => Just(PopAny),
        1 => some_keys().prop_map(RemoveMany),
        2 => entries().prop_map(Extend),
        1 => (some_keys(), values()).prop_map(|(k, v)| ExtendKeys(k, v)),
        2 => (keys(), values()).prop_map(|(k, v)| Incr(k, v)),
        1 => Just(RandomKey),
        1 => (0_usize..8).prop_map(RandomEntries),
        1 => Just(Keys),
        1 => Just(Values),
        1 => Just(Collect),
        1 => Just(Iter),
        1 => Just(Drain),
        1 => entries().prop_map(ReplaceAll),
        1 => entries().prop_map(Create),
        1 => entries().prop_map(ContentEq),
        1 => Just(ContentIsOwn),
        1 => Just(Clear),
    ]
}

fn apply(op: Op, map: &Map<String, i64>, model: &mut HashMap<String, i64>) {
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys
    };
    match op {
        Op::Get(k) => assert_eq!(map.get(&k).wait().unwrap(), model.get(&k).copied()),
        Op::GetOr(k, v) => assert_eq!(map.get_or(&k, v).wait().unwrap(), model.get(&k).copied().unwrap_or(v)),
        Op::GetMany(ks) => {
            let expected: Vec<_> = ks.iter().map(|k| model.get(k).copied()).collect();
            assert_eq!(map.get_many(&ks).wait().unwrap(), expected);
        }
        Op::ContainsKey(k) => assert_eq!(map.contains_key(&k).wait().unwrap(), model.contains_key(&k)),
        Op::Len => {
            assert_eq!(map.len().wait().unwrap(), model.len());
            assert_eq!(map.is_empty().wait().unwrap(), model.is_empty());
            assert_eq!(map.exists().wait().unwrap(), !model.is_empty());
        }
        Op::Insert(k, v) => assert_eq!(map.insert(&k, v).wait().unwrap(), model.insert(k, v).is_none()),
        Op::InsertIfAbsent(k, v) => {
            let new = !model.contains_key(&k);
            assert_eq!(map.insert_if_absent(&k, v).wait().unwrap(), new);
            model.entry(k).or_insert(v);
        }
        Op::GetOrInsert(k, v) => {
            assert_eq!(map.get_or_insert(&k, v).wait().unwrap(), *model.entry(k).or_insert(v));
        }
        Op::Replace(k, v) => assert_eq!(map.swap(&k, v).wait().unwrap(), model.insert(k, v)),
        Op::Remove(k) => assert_eq!(map.remove(&k).wait().unwrap(), model.remove(&k).is_some()),
        Op::Take(k) => assert_eq!(map.take(&k).wait().unwrap(), model.remove(&k)),
        Op::PopAny => match map.pop_any().wait().unwrap() {
            Some((k, v)) => assert_eq!(model.remove(&k), Some(v)),
            None => assert!(model.is_empty()),
        },
        Op::RemoveMany(ks) => {
            let removed = map.remove_many(&ks).wait().unwrap();
            assert_eq!(removed, ks.iter().filter(|k| model.remove(*k).is_some()).count());
        }
        Op::Extend(entries) => {
            let new = map.extend(entries.clone()).wait().unwrap();
            assert_eq!(
                new,
                entries.into_iter().filter(|(k, v)| model.insert(k.clone(), *v).is_none()).count()
            );
        }
        Op::ExtendKeys(ks, v) => {
            let new = map.extend_keys(&ks, v).wait().unwrap();
            assert_eq!(new, ks.into_iter().filter(|k| model.insert(k.clone(), v).is_none()).count());
        }
        Op::Incr(k, by) => match model.get(&k).copied().unwrap_or(0).checked_add(by) {
            Some(sum) => {
                assert_eq!(map.incr(&k, by).wait().unwrap(), sum);
                model.insert(k, sum);
            }
            None => assert_eq!(map.incr(&k, by).wait().unwrap_err().kind(), ErrorKind::Overflow),
        },
        Op::RandomKey => match map.random_key().wait().unwrap() {
            Some(k) => assert!(model.contains_key(&k)),
            None => assert!(model.is_empty()),
        },
        Op::RandomEntries(n) => {
            let entries: HashMap<_, _> = map.random_entries(n).wait().unwrap().into_iter().collect();
            assert_eq!(entries.len(), n.min(model.len()));
            assert!(entries.iter().all(|(k, v)| model.get(k) == Some(v)));
        }
        Op::Keys => assert_eq!(sorted(map.keys().wait().unwrap()), sorted(model.keys().cloned().collect())),
        Op::Values => {
            let (mut stored, mut expected) =
                (map.values().wait().unwrap(), Vec::from_iter(model.values().copied()));
            stored.sort_unstable();
            expected.sort_unstable();
            assert_eq!(stored, expected);
        }
        Op::Collect => {
            assert_eq!(map.to_map().wait().unwrap(), *model);
            assert_eq!(map.collect::<HashMap<_, _>>().wait().unwrap(), *model);
        }
        Op::Iter => assert_eq!(map.iter().wait().collect::<Result<HashMap<_, _>, _>>().unwrap(), *model),
        Op::Drain => {
            let drained: HashMap<_, _> = map.drain().wait().unwrap().into_iter().collect();
            assert_eq!(drained, std::mem::take(model));
        }
        Op::ReplaceAll(entries) => {
            map.replace_all(entries.clone()).wait().unwrap();
            *model = entries.into_iter().collect();
        }
        Op::Create(entries) => {
            let created = map.create(entries.clone()).wait();
            if model.is_empty() {
                created.unwrap();
                *model = entries.into_iter().collect();
            } else {
                assert_eq!(created.unwrap_err().kind(), ErrorKind::KeyExists);
            }
        }
        Op::ContentEq(entries) => {
            let expected = entries.iter().cloned().collect::<HashMap<_, _>>() == *model;
            assert_eq!(map.content_eq(entries).wait().unwrap(), expected);
        }
        Op::ContentIsOwn => assert!(map.content_eq(&*model).wait().unwrap()),
        Op::Clear => {
            assert_eq!(map.clear().wait().unwrap(), !model.is_empty());
            model.clear();
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: scale(200, 10_000), failure_persistence: None, ..Config::default() })]

    /// Two handles by turns, one of which speaks RESP2.
    #[test]
    fn a_map_does_what_a_hash_map_does(ops in prop::collection::vec((ops(), any::<bool>()), 100..=100)) {
        let key = unique("map");
        let older = Store::open(&format!("{}?protocol=resp2", shared().url())).unwrap();
        let (one, other) = (store().map(key.as_str()), older.map(key.as_str()));
        let mut model = HashMap::new();
        for (op, which) in ops {
            apply(op, if which { &one } else { &other }, &mut model);
        }
        one.clear().wait().unwrap();
    }
}
