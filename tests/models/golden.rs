//! Data laid down by a released version, in `tests/golden`: this version reads it, and writes the same.
//!
//! Each line of a file is one element: a key, its type, and what it holds in hexadecimal (`-` is nothing; the
//! members of a set and the entries of a hash are sorted). `POTTERY_BLESS=1` writes the files anew, which is right for a
//! codec that is new, and for anything else is a break for everybody's data.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use pottery::{RedisModel, RedisValue, Store};
use pottery_test_support::{Reply, Server};
use serde::{Deserialize, Serialize};

use crate::way::{Run, WAYS};

#[derive(Serialize, Deserialize, RedisValue, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Shape {
    Point,
    Circle(u32),
    Named { name: String, sides: Option<u8> },
}

#[derive(Serialize, Deserialize, RedisValue, Clone, Debug, PartialEq)]
struct Item {
    name: String,
    weight: f32,
    parts: Vec<Item>,
}

fn file(codec: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{codec}.txt"))
}

fn hex(reply: &Reply) -> String {
    let Reply::Bulk(bytes) = reply else { panic!("{reply:?}") };
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    if text == "-" {
        return Vec::new();
    }
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Everything on a server, in the form of the files.
fn content(server: &Server) -> String {
    let mut raw = server.raw();
    let mut keys = raw.command(&["KEYS", "*"]).texts();
    keys.sort();
    let mut text = String::new();
    for key in keys {
        let kind = raw.command(&["TYPE", &key]).text();
        let reply = match kind.as_str() {
            "hash" => raw.command(&["HGETALL", &key]),
            "list" => raw.command(&["LRANGE", &key, "0", "-1"]),
            "set" => raw.command(&["SMEMBERS", &key]),
            other => panic!("a {other} at {key}"),
        };
        let step = if kind == "hash" { 2 } else { 1 };
        let mut elements: Vec<String> = reply
            .array()
            .chunks(step)
            .map(|element| element.iter().map(|part| format!(" {}", hex(part))).collect())
            .collect();
        if kind != "list" {
            elements.sort();
        }
        for element in elements {
            _ = writeln!(text, "{key} {kind}{element}");
        }
    }
    text
}

/// Puts the content of a file on a server, by raw commands.
fn lay(server: &Server, text: &str) {
    let mut raw = server.raw();
    for line in text.lines() {
        let parts: Vec<&str> = line.split(' ').collect();
        let command = match parts[1] {
            "hash" => "HSET",
            "list" => "RPUSH",
            "set" => "SADD",
            other => panic!("{other}"),
        };
        let mut args = vec![command.as_bytes().to_vec(), parts[0].as_bytes().to_vec()];
        args.extend(parts[2..].iter().map(|part| unhex(part)));
        assert!(!raw.command(&args).is_error(), "{line}");
    }
}

macro_rules! golden {
    ($test:ident, $model:ident, $codec:ident, $prefix:literal) => {
        #[derive(RedisModel, Clone, Debug, PartialEq)]
        #[redis(prefix = $prefix, codec = $codec)]
        struct $model {
            #[redis(id)]
            id: String,
            name: String,
            small: u8,
            score: i64,
            big: u128,
            ratio: f32,
            weight: f64,
            alive: bool,
            initial: char,
            nickname: Option<String>,
            shape: Shape,
            item: Item,
            #[redis(value)]
            pair: (u8, String),
            #[redis(value)]
            bytes: Vec<u8>,
            #[redis(value)]
            table: BTreeMap<String, Vec<u16>>,
            items: Vec<Item>,
            words: VecDeque<String>,
            stats: HashMap<String, i32>,
            shapes: BTreeMap<u16, Shape>,
            friends: HashSet<u64>,
            names: BTreeSet<String>,
        }

        impl $model {
            fn samples() -> [$model; 2] {
                let rope = Item { name: "rope".into(), weight: 2.5, parts: vec![] };
                let full = $model {
                    id: "7:{é}".into(),
                    name: "Raj é\u{1f600}\0".into(),
                    small: 255,
                    score: i64::MIN,
                    big: u64::MAX.into(),
                    ratio: 0.1,
                    weight: 1e300,
                    alive: true,
                    initial: 'é',
                    nickname: Some(String::new()),
                    shape: Shape::Named { name: "x".into(), sides: Some(3) },
                    item: Item { name: "bag".into(), weight: -0.5, parts: vec![rope.clone()] },
                    pair: (9, "nine".into()),
                    bytes: vec![0, 127, 128, 255],
                    table: BTreeMap::from([("a".into(), vec![1, 300]), ("b".into(), vec![])]),
                    items: vec![
                        rope.clone(),
                        Item { name: String::new(), weight: 0.0, parts: vec![rope.clone(), rope] },
                    ],
                    words: VecDeque::from(["b".to_owned(), String::new(), "a".to_owned(), "b".to_owned()]),
                    stats: HashMap::from([("hp".into(), -12), ("mp".into(), i32::MAX)]),
                    shapes: BTreeMap::from([(0, Shape::Point), (300, Shape::Circle(7))]),
                    friends: HashSet::from([0, 9, u64::MAX]),
                    names: BTreeSet::from(["".into(), "é".into(), "raj".into()]),
                };
                let bare = $model {
                    id: String::new(),
                    name: String::new(),
                    small: 0,
                    score: 0,
                    big: 0,
                    ratio: 0.0,
                    weight: 2.0,
                    alive: false,
                    initial: '0',
                    nickname: None,
                    shape: Shape::Point,
                    item: Item { name: String::new(), weight: 0.0, parts: vec![] },
                    pair: (0, String::new()),
                    bytes: vec![],
                    table: BTreeMap::new(),
                    items: vec![],
                    words: VecDeque::new(),
                    stats: HashMap::new(),
                    shapes: BTreeMap::new(),
                    friends: HashSet::new(),
                    names: BTreeSet::new(),
                };
                [full, bare]
            }
        }

        #[test]
        fn $test() {
            let path = file($prefix);
            let written = Server::start();
            let store = Store::open(&written.url()).unwrap();
            for sample in $model::samples() {
                sample.save(&store).go().unwrap();
            }
            let now = content(&written);
            if env::var_os("POTTERY_BLESS").is_some_and(|it| it == "1") {
                fs::write(&path, &now).unwrap();
            }
            let golden = fs::read_to_string(&path).unwrap();
            assert_eq!(now, golden, "this version writes other bytes than those of {}", path.display());

            let laid = Server::start();
            lay(&laid, &golden);
            assert_eq!(content(&laid), golden);
            let store = Store::open(&laid.url()).unwrap();
            for way in WAYS.iter().copied() {
                for sample in $model::samples() {
                    let at = sample.handle(&store);
                    assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&sample));
                    assert_eq!(at.id(), sample.id);
                    assert_eq!(at.items().to_vec().run(way).unwrap(), sample.items);
                    assert_eq!(at.stats().to_map().run(way).unwrap(), sample.stats);
                    for friend in &sample.friends {
                        assert!(at.friends().contains(friend).run(way).unwrap());
                    }
                    for name in &sample.names {
                        assert!(at.names().contains(name).run(way).unwrap());
                    }
                    for (number, shape) in &sample.shapes {
                        assert_eq!(at.shapes().get(number).run(way).unwrap().as_ref(), Some(shape));
                    }
                }
            }
            let ids: HashSet<String> = $model::ids(&store).go().unwrap().into_iter().collect();
            assert_eq!(ids, $model::samples().map(|sample| sample.id).into());
            assert_eq!(content(&laid), golden, "reading changed something");
        }
    };
}

use pottery::Native;
golden!(native_data_is_read_and_written_as_ever, OfNative, Native, "native");

#[cfg(feature = "json")]
use pottery::Json;
#[cfg(feature = "json")]
golden!(json_data_is_read_and_written_as_ever, OfJson, Json, "json");

#[cfg(feature = "msgpack")]
use pottery::MessagePack;
#[cfg(feature = "msgpack")]
golden!(message_pack_data_is_read_and_written_as_ever, OfMessagePack, MessagePack, "msgpack");

#[cfg(feature = "postcard")]
use pottery::Postcard;
#[cfg(feature = "postcard")]
golden!(postcard_data_is_read_and_written_as_ever, OfPostcard, Postcard, "postcard");
