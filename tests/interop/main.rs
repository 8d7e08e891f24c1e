//! Programs in Python on the same keys: Python's own Pottery with `Json`, and redis-py, which stores plain strings as HOT
//! Redis and Redis-Python-Datastructures do. Each side writes, the other reads and goes on, and the first looks again.
#![cfg(all(feature = "blocking", feature = "json"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap, HashSet};

use pottery::{ErrorKind, Json, RedisModel, RedisValue, Store};
use pottery_test_support::{Server, python};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A step of the other side.
fn step(server: &Server, name: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/peer.py");
    let output = python().args([script, &server.url(), name]).output().expect("Python starts");
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said == "done\n", "{name}: {said}{wrong}");
}

#[test]
fn what_pottery_of_python_wrote_is_read_and_changed() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    step(&server, "pottery_writes");

    let dict = store.map::<String, Value>("py:dict").codec::<Json>();
    let expected = BTreeMap::from([
        ("a".to_owned(), json!(1)),
        ("é".to_owned(), json!("ü\n")),
        ("nested".to_owned(), json!({"list": [1, 2.5, null, true]})),
        (String::new(), json!("empty")),
    ]);
    assert_eq!(dict.collect::<BTreeMap<_, _>>().wait().unwrap(), expected);
    assert_eq!(dict.get("é").wait().unwrap(), Some(json!("ü\n")), "the key has the same bytes");
    assert!(!dict.insert("a", json!(2)).wait().unwrap(), "it was there");
    dict.insert("nested", json!({"list": []})).wait().unwrap();
    assert!(dict.remove("").wait().unwrap());
    dict.insert("rust", json!("ß")).wait().unwrap();

    let numbers = store.map::<u64, String>("py:numbers").codec::<Json>();
    assert_eq!(numbers.get(2).wait().unwrap().as_deref(), Some("two"));
    assert!(numbers.remove(2).wait().unwrap());
    numbers.insert(3, "three").wait().unwrap();

    let set = store.set::<String>("py:set").codec::<Json>();
    assert_eq!(set.to_set().wait().unwrap(), HashSet::from(["a", "b", "é"].map(str::to_owned)));
    assert!(set.contains("é").wait().unwrap());
    assert!(set.remove("b").wait().unwrap());
    assert!(set.insert("rust").wait().unwrap());

    let list = store.list::<i64>("py:list").codec::<Json>();
    assert_eq!(list.to_vec().wait().unwrap(), [1, 4, 9, 16]);
    assert_eq!(list.splice(1..3, [5, 6, 7]).wait().unwrap(), [4, 9]);
    list.push(25).wait().unwrap();

    let deque = store.deque::<String>("py:deque").codec::<Json>().bounded(3);
    assert_eq!(deque.to_vec().wait().unwrap(), ["g", "h", "i"]);
    deque.push_front("x").wait().unwrap();

    let counter = store.multiset::<char>("py:counter").codec::<Json>();
    assert_eq!(counter.count('a').wait().unwrap(), 3);
    assert_eq!(counter.add('a', 2).wait().unwrap(), 5);
    counter.set('h', 0).wait().unwrap();
    counter.add('z', -2).wait().unwrap();
    step(&server, "pottery_finds_what_rust_changed");
}

#[test]
fn what_rust_made_is_read_and_changed_by_pottery_of_python() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Item {
        name: String,
        weight: f64,
    }
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let dict = store.map::<String, i64>("rs:dict").codec::<Json>();
    dict.create([("jack", 4098), ("é", -1)]).wait().unwrap();
    assert_eq!(dict.create([("x", 1)]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    let set = store.set::<u64>("rs:set").codec::<Json>();
    set.create([1, 2, 3]).wait().unwrap();
    let list = store.list::<Item>("rs:list").codec::<Json>();
    let item = |name: &str, weight| Item { name: name.into(), weight };
    list.create([item("rope", 2.5), item("", 0.1)]).wait().unwrap();
    let deque = store.deque::<String>("rs:deque").codec::<Json>().bounded(3);
    deque.extend(["a", "b"]).wait().unwrap();
    let counter = store.multiset::<char>("rs:counter").codec::<Json>();
    counter.extend("xyxx".chars()).wait().unwrap();
    step(&server, "pottery_finds_what_rust_made");

    assert_eq!(dict.get("guido").wait().unwrap(), Some(4127));
    assert!(set.contains(4).wait().unwrap());
    assert_eq!(list.last().wait().unwrap(), Some(item("sword", 8.0)));
    assert_eq!(deque.to_vec().wait().unwrap(), ["b", "c", "d"]);
    assert_eq!(counter.to_map().wait().unwrap(), HashMap::from([('x', 4), ('y', 2), ('z', 1)]));
}

#[test]
fn plain_strings_of_python_are_read_and_changed_and_objects_are_read_there() {
    #[derive(Serialize, Deserialize, RedisValue, Debug, PartialEq)]
    enum Level {
        Novice,
        Master,
    }
    #[derive(RedisModel, Debug)]
    struct Player {
        #[redis(id)]
        id: u64,
        name: String,
        score: i64,
        alive: bool,
        level: Level,
        friends: Vec<u64>,
    }
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    step(&server, "redis_py_writes");

    let words = store.list::<String>("py:words");
    assert_eq!(words.to_vec().wait().unwrap(), ["a", "é", "", "1"]);
    words.push("new").wait().unwrap();
    let hash = store.map::<String, String>("py:hash");
    assert_eq!(hash.get("text").wait().unwrap().as_deref(), Some("x"));
    assert_eq!(store.map::<String, i64>("py:hash").incr("n", 1).wait().unwrap(), 42);
    let ids = store.set::<u64>("py:ids");
    assert_eq!(ids.to_set().wait().unwrap(), HashSet::from([1, 2, 3]));
    ids.remove(1).wait().unwrap();
    ids.insert(u64::MAX).wait().unwrap();
    let int = store.integer::<i64>("py:int");
    assert_eq!(int.get().wait().unwrap(), 40);
    int.set(9_007_199_254_740_992).wait().unwrap();
    assert_eq!(int.incr(1).wait().unwrap(), 9_007_199_254_740_993, "exact where a double is not");
    assert_eq!(store.float::<f64>("py:float").incr(0.25).wait().unwrap(), 1.75);
    let text = store.text("py:text");
    assert_eq!(text.char_count().wait().unwrap(), 5);
    text.append(", world").wait().unwrap();
    let queue = store.queue::<String>("py:queue");
    assert_eq!(queue.get().wait().unwrap().as_deref(), Some("first"));
    queue.put("third").wait().unwrap();
    assert_eq!(store.sorted_set::<String>("py:board").incr("ann", 2.5).wait().unwrap(), 4.0);
    let multi = store.multiset::<String>("py:multi");
    multi.add("a", 2).wait().unwrap();
    multi.add("b", -1).wait().unwrap();
    let player = Player {
        id: 7,
        name: "Raj".into(),
        score: -40,
        alive: true,
        level: Level::Master,
        friends: vec![9, 11],
    };
    player.save(&store).wait().unwrap();
    step(&server, "redis_py_finds_what_rust_changed");
}
