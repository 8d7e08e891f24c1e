//! Whole keyspaces against a real server.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pottery::{ErrorKind, Key, Keyspace, Pattern, Storable, Store};
use pottery_test_support::{Server, scale, shared, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::store;

fn space<V: Storable>() -> Keyspace<V> {
    store().keyspace(format!("{}:", unique("space")))
}

fn keys<V: Storable>(space: &Keyspace<V>, pattern: Pattern) -> BTreeSet<Key> {
    space.keys(pattern).wait().collect::<Result<_, _>>().unwrap()
}

fn named<const N: usize>(names: [&str; N]) -> BTreeSet<Key> {
    names.into_iter().map(Key::from).collect()
}

#[test]
fn values_come_and_go_by_their_keys() {
    let space = space::<i64>();
    assert_eq!(space.get("a").wait().unwrap(), None);
    space.set("a", 0).wait().unwrap();
    assert_eq!(space.get("a").wait().unwrap(), Some(0));
    assert_eq!(space.get_or("a", 7).wait().unwrap(), 0, "what is stored, also if it is nothing much");
    assert_eq!(space.get_or("b", 7).wait().unwrap(), 7);
    assert!(!space.contains("b").wait().unwrap() && space.contains("a").wait().unwrap());
    assert!(space.set_if_absent("b", 2).wait().unwrap() && !space.set_if_absent("b", 3).wait().unwrap());
    assert_eq!(space.take("b").wait().unwrap(), Some(2));
    assert_eq!(space.take("b").wait().unwrap(), None);
    assert!(space.remove("a").wait().unwrap() && !space.remove("a").wait().unwrap());
    space.set_for("c", 5, Duration::from_secs(100)).wait().unwrap();
    space.set("c", 6).wait().unwrap();
    assert!(space.at("c").ttl().wait().unwrap().is_some(), "a time to live stays");
    space.set_many([("c", 1), ("d", 2), ("c", 3)]).wait().unwrap();
    assert_eq!(space.at("c").ttl().wait().unwrap(), None);
    assert_eq!(space.get_many(["d", "x", "c"]).wait().unwrap(), [Some(2), None, Some(3)]);
    assert_eq!(space.remove_many(["d", "x", "c"]).wait().unwrap(), 2);
    assert!(space.is_empty().wait().unwrap());
    let texts = store().keyspace::<String>(unique("space"));
    texts.set("", "").wait().unwrap();
    assert_eq!(texts.get_or("", "x".to_owned()).wait().unwrap(), "");
    assert_eq!(keys(&texts, Pattern::all()), named([""]));
    assert_eq!(texts.clear().wait().unwrap(), 1);
}

#[test]
fn nothing_is_sent_for_nothing() {
    let space = Store::open("redis://127.0.0.1:1/").unwrap().keyspace::<u8>("nowhere");
    assert!(space.get_many::<[&str; 0]>([]).wait().unwrap().is_empty());
    space.set_many::<[(&str, u8); 0], _, _>([]).wait().unwrap();
    assert_eq!(space.remove_many::<[&str; 0]>([]).wait().unwrap(), 0);
}

#[test]
fn keys_are_found_by_prefix_and_by_pattern_whatever_they_are_named() {
    let space = store().keyspace::<u8>(format!("{}[*?\\]:", unique("space")));
    let beside = store().keyspace::<u8>(unique("space"));
    beside.set("x", 1).wait().unwrap();
    let names = ["a", "ab", "a*", "a*b", "b?", "b\\", "[a]", "-", "^"];
    space.set_many(names.map(|name| (name, 1))).wait().unwrap();
    assert_eq!(keys(&space, Pattern::all()), named(names));
    assert_eq!(keys(&space, Pattern::prefix("a")), named(["a", "ab", "a*", "a*b"]));
    assert_eq!(keys(&space, Pattern::prefix("a*")), named(["a*", "a*b"]));
    assert_eq!(keys(&space, Pattern::prefix("b\\")), named(["b\\"]));
    assert_eq!(keys(&space, Pattern::prefix("[a")), named(["[a]"]));
    assert_eq!(keys(&space, Pattern::glob("?")), named(["a", "-", "^"]));
    assert_eq!(keys(&space, Pattern::glob("*b")), named(["ab", "a*b"]));
    assert_eq!(keys(&space, Pattern::glob("a\\**")), named(["a*", "a*b"]));
    assert_eq!(keys(&space, Pattern::glob("nothing")), named([]));
    assert_eq!(space.len().wait().unwrap(), names.len());
    assert_eq!(space.clear().wait().unwrap(), names.len());
    assert_eq!(beside.len().wait().unwrap(), 1, "what is beside stays");
}

#[test]
fn keys_of_other_types_are_passed_over_or_an_error() {
    let space = space::<u64>();
    let prefix = space.prefix().to_string();
    space.set("a", 1).wait().unwrap();
    shared().cli(&["RPUSH", &format!("{prefix}list"), "1"]);
    shared().cli(&["HSET", &format!("{prefix}hash"), "a", "1"]);
    shared().cli(&["SET", &format!("{prefix}text"), "x"]);
    let error = space.get("list").wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert_eq!(error.key().unwrap().to_string(), format!("{prefix}list"));
    assert_eq!(space.take("hash").wait().unwrap_err().kind(), ErrorKind::WrongType);
    assert_eq!(space.get_many(["a", "list"]).wait().unwrap(), [Some(1), None]);
    assert_eq!(keys(&space, Pattern::all()), named(["a", "text"]));
    assert_eq!(space.len().wait().unwrap(), 2);
    let mut good = Vec::new();
    for entry in space.iter().wait() {
        match entry {
            Ok(entry) => good.push(entry),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Decode);
                assert_eq!(error.key().unwrap().to_string(), format!("{prefix}text"));
            }
        }
    }
    assert_eq!(good, [(Key::from("a"), 1)]);
    let error = space.get_many(["a", "text"]).wait().unwrap_err();
    assert_eq!(error.key().unwrap().to_string(), format!("{prefix}text"));
    assert_eq!(space.clear().wait().unwrap(), 2);
    assert!(space.contains("list").wait().unwrap());
    assert!(space.remove("list").wait().unwrap() && space.remove("hash").wait().unwrap());
}

#[cfg(feature = "json")]
#[test]
fn a_value_without_an_encoding_is_not_sent() {
    let space = space::<std::collections::HashMap<u8, f64>>().codec::<pottery::Json>();
    let map = std::collections::HashMap::from([(1, f64::NAN)]);
    for command in [space.set("a", &map), space.set_many([("a", &map)])] {
        let error = command.wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Encode, pottery::Outcome::NotApplied));
    }
}

#[test]
fn many_keys_are_gone_through_in_pages_and_no_other_command_than_scan_is_used() {
    let server = Server::start();
    let space = Store::open(&server.url()).unwrap().namespace("shop").keyspace::<u32>("count:");
    for chunk in (0..20_000_u32).collect::<Vec<_>>().chunks(1000) {
        space.set_many(chunk.iter().map(|i| (i.to_string(), i))).wait().unwrap();
    }
    server.cli(&["SET", "count:1", "x"]);
    assert_eq!(space.len().wait().unwrap(), 20_000);
    let all: BTreeMap<_, _> = space.iter().wait().collect::<Result<_, _>>().unwrap();
    assert_eq!(all.len(), 20_000);
    assert!(all.iter().all(|(key, value)| key.to_string() == value.to_string()));
    assert_eq!(space.clear().wait().unwrap(), 20_000);
    assert!(space.is_empty().wait().unwrap());
    assert_eq!(server.cli(&["DBSIZE"]).int(), 1);
    let stats = server.cli(&["INFO", "commandstats"]).text();
    assert!(!stats.contains("cmdstat_keys:") && stats.contains("cmdstat_scan:"), "{stats}");
}

#[test]
fn on_a_cluster_pages_hold_keys_of_all_slots() {
    let server = Server::builder().cluster(true).start();
    server.own_all_slots();
    let space = Store::open(&server.url()).unwrap().keyspace::<u32>("count:");
    for i in 0..50 {
        space.set(i.to_string(), i).wait().unwrap();
    }
    assert_eq!(space.iter().wait().map(|entry| entry.unwrap().1).sum::<u32>(), 49 * 50 / 2);
    assert_eq!(space.get_many(["1", "2"]).wait().unwrap_err().kind(), ErrorKind::CrossSlot);
    assert_eq!(space.clear().wait().unwrap(), 50);
}

#[tokio::test]
async fn the_same_without_blocking_and_in_batches() {
    let space = space::<String>();
    let store = store();
    let space = store.keyspace::<String>(space.prefix());
    let ((), b, both) = store
        .transaction((space.set("a", "1"), space.set_if_absent("b", "2"), space.get_many(["a", "b"])))
        .await
        .unwrap();
    assert!(b && both == [Some("1".to_owned()), Some("2".to_owned())]);
    let (taken, left) = store.pipeline((space.take("a"), space.contains("a"))).await.unwrap();
    assert_eq!((taken.as_deref(), left), (Some("1"), false));
    let mut entries = space.iter();
    assert_eq!(entries.next().await.unwrap().unwrap(), (Key::from("b"), "2".to_owned()));
    assert!(entries.next().await.is_none());
    assert_eq!(space.len().await.unwrap(), 1);
    assert_eq!(space.clear().await.unwrap(), 1);
    assert!(space.is_empty().await.unwrap());
}

proptest! {
    #![proptest_config(Config { cases: scale(40, 2_000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_keyspace_does_what_a_map_does(
        steps in prop::collection::vec((0..7_u8, prop::collection::vec(any::<u8>(), 0..3), any::<i64>()), 30..=30),
    ) {
        let space = space::<i64>();
        let mut model = BTreeMap::new();
        for (step, key, value) in steps {
            let at = Key::from(&key[..]);
            match step {
                0 | 1 => {
                    space.set(at, value).wait().unwrap();
                    model.insert(key, value);
                }
                2 => {
                    let is_new = !model.contains_key(&key);
                    prop_assert_eq!(space.set_if_absent(at, value).wait().unwrap(), is_new);
                    model.entry(key).or_insert(value);
                }
                3 => prop_assert_eq!(space.take(at).wait().unwrap(), model.remove(&key)),
                4 => prop_assert_eq!(space.remove(at).wait().unwrap(), model.remove(&key).is_some()),
                5 => prop_assert_eq!(space.get(at).wait().unwrap(), model.get(&key).copied()),
                _ => {
                    space.set_many([(at, value)]).wait().unwrap();
                    model.insert(key, value);
                }
            }
        }
        let all: BTreeMap<_, _> = space
            .iter()
            .wait()
            .map(|entry| entry.map(|(key, value)| (key.as_bytes().to_vec(), value)))
            .collect::<Result<_, _>>()
            .unwrap();
        prop_assert_eq!(&all, &model);
        prop_assert_eq!(space.len().wait().unwrap(), model.len());
        prop_assert_eq!(space.clear().wait().unwrap(), model.len());
    }
}
