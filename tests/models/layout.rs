//! The layout, byte for byte: what other programs rely on. A change here is a break for everybody's data.

use std::collections::{HashMap, HashSet, VecDeque};

use pottery::{RedisId, RedisModel, RedisValue, Store};
use pottery_test_support::{Reply, Server};
use serde::{Deserialize, Serialize};

use crate::way::{Run, WAYS};

#[derive(RedisModel, Debug)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    score: i64,
    ratio: f32,
    weight: f64,
    alive: bool,
    initial: char,
    nickname: Option<String>,
    missing: Option<u8>,
    rank: Rank,
    #[redis(value)]
    home: Item,
    #[redis(value)]
    avatar: Vec<u8>,
    #[redis(rename = "xp")]
    experience: u64,
    #[redis(skip)]
    #[allow(dead_code, reason = "only that it is not stored matters")]
    cached: String,
    inventory: Vec<Item>,
    queue: VecDeque<u16>,
    stats: HashMap<String, u32>,
    friends: HashSet<u64>,
}

#[derive(Serialize, Deserialize, Debug)]
struct Item {
    name: String,
    weight: f32,
}

#[derive(Serialize, Deserialize, RedisValue, Debug)]
enum Rank {
    #[allow(dead_code, reason = "so that the other is not the first")]
    Novice,
    Master(u16),
}

#[derive(RedisModel, Debug)]
#[redis(prefix = "shop:order", ttl = "1h", rename_all = "camelCase")]
struct Order {
    #[redis(id)]
    number: OrderNumber,
    placed_by: String,
    order_lines: Vec<String>,
}

#[derive(RedisId, Clone, Debug)]
struct OrderNumber(String);

#[derive(RedisModel, Debug)]
struct Membership {
    #[redis(id)]
    of: (u32, String),
}

/// Every key of a server, with its type and its elements as they are read by hand.
fn content(server: &Server) -> Vec<(String, String, Vec<String>)> {
    let mut raw = server.raw();
    let mut keys = raw.command(&["KEYS", "*"]).texts();
    keys.sort();
    let shown = |reply: &Reply| match reply {
        Reply::Bulk(bytes) => bytes.escape_ascii().to_string(),
        other => panic!("{other:?}"),
    };
    keys.into_iter()
        .map(|key| {
            let kind = raw.command(&["TYPE", &key]).text();
            let reply = match kind.as_str() {
                "hash" => raw.command(&["HGETALL", &key]),
                "list" => raw.command(&["LRANGE", &key, "0", "-1"]),
                "set" => raw.command(&["SMEMBERS", &key]),
                other => panic!("a {other} at {key}"),
            };
            let mut elements: Vec<String> = match kind.as_str() {
                "hash" => reply
                    .array()
                    .chunks(2)
                    .map(|pair| format!("{} = {}", shown(&pair[0]), shown(&pair[1])))
                    .collect(),
                _ => reply.array().iter().map(shown).collect(),
            };
            if kind != "list" {
                elements.sort();
            }
            (key, kind, elements)
        })
        .collect()
}

#[track_caller]
fn assert_content(server: &Server, expected: &[(&str, &str, &[&str])]) {
    let found = content(server);
    let found: Vec<(&str, &str, Vec<&str>)> = found
        .iter()
        .map(|(key, kind, elements)| {
            (key.as_str(), kind.as_str(), elements.iter().map(String::as_str).collect())
        })
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(key, kind, elements)| (*key, *kind, elements.to_vec())).collect();
    assert_eq!(found, expected);
}

fn raj() -> Player {
    Player {
        id: 7,
        name: "Ra\u{e9}".into(),
        score: -40,
        ratio: 0.1,
        weight: 2.0,
        alive: true,
        initial: 'R',
        nickname: Some("r".into()),
        missing: None,
        rank: Rank::Master(300),
        home: Item { name: "hut".into(), weight: 1.0 },
        avatar: vec![0, 255],
        experience: u64::MAX,
        cached: "not stored".into(),
        inventory: vec![Item { name: "rope".into(), weight: 2.5 }, Item { name: "".into(), weight: 0.0 }],
        queue: VecDeque::from([3, 1, 2]),
        stats: HashMap::from([("hp".into(), 12), ("mp".into(), 0)]),
        friends: HashSet::from([11, 9]),
    }
}

const RAJ: &[(&str, &str, &[&str])] = &[
    (
        "player:{7}",
        "hash",
        &[
            "alive = 1",
            "avatar = \\x00\\xff",
            "home = \\x03hut\\x00\\x00\\x80?",
            "id = 7",
            "initial = R",
            "name = Ra\\xc3\\xa9",
            "nickname = r",
            "rank = \\xff\\x01\\xfb,\\x01",
            "ratio = 0.1",
            "score = -40",
            "weight = 2",
            "xp = 18446744073709551615",
        ],
    ),
    ("player:{7}:friends", "set", &["11", "9"]),
    ("player:{7}:inventory", "list", &["\\x04rope\\x00\\x00 @", "\\x00\\x00\\x00\\x00\\x00"]),
    ("player:{7}:queue", "list", &["3", "1", "2"]),
    ("player:{7}:stats", "hash", &["hp = 12", "mp = 0"]),
];

#[test]
fn an_object_lies_where_and_as_it_is_documented() {
    for way in WAYS.iter().copied() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        raj().save(&store).run(way).unwrap();
        assert_content(&server, RAJ);
        // again, by each of the other ways to write it
        raj().save(&store).run(way).unwrap();
        assert_content(&server, RAJ);
        Player::at(&store, 7).delete().run(way).unwrap();
        assert_content(&server, &[]);
        raj().create(&store).run(way).unwrap();
        assert_content(&server, RAJ);
        let at = Player::at(&store, 7);
        at.update(|raj| {
            raj.score = 0;
            raj.inventory.clear();
            raj.friends.clear();
        })
        .run(way)
        .unwrap();
        at.update(|now| *now = raj()).run(way).unwrap();
        assert_content(&server, RAJ);
        assert!(at.keys().iter().all(|key| server.cli(&[b"PTTL", key.as_bytes()]).int() == -1));
    }
}

#[test]
fn what_handles_write_is_what_a_save_writes() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let (raj, at) = (raj(), Player::at(&store, 7));
    server.cli(&["HSET", "player:{7}", "id", "7"]);
    at.name().set(&raj.name).go().unwrap();
    at.score().incr(-40).go().unwrap();
    at.ratio().set(raj.ratio).go().unwrap();
    at.weight().incr_float(2.0).go().unwrap();
    at.alive().set(true).go().unwrap();
    at.initial().set('R').go().unwrap();
    at.nickname().set(Some("r".to_owned())).go().unwrap();
    at.rank().set(&raj.rank).go().unwrap();
    at.home().set(&raj.home).go().unwrap();
    at.avatar().set(&raj.avatar).go().unwrap();
    at.experience().set(u64::MAX).go().unwrap();
    at.inventory().extend(&raj.inventory).go().unwrap();
    at.queue().extend([3, 1, 2]).go().unwrap();
    at.stats().extend([("hp", 12), ("mp", 0)]).go().unwrap();
    at.friends().extend([9, 11]).go().unwrap();
    assert_content(&server, RAJ);
}

#[test]
fn prefixes_namespaces_names_and_lifetimes_are_where_they_are_documented() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap().namespace("a b").namespace("c:d");
    let number = OrderNumber("{1}:%\r".into());
    let order = Order { number, placed_by: "raj".into(), order_lines: vec!["x".into()] };
    order.save(&store).go().unwrap();
    Membership { of: (7, "é:".into()) }.save(&store).go().unwrap();
    Membership { of: (7, String::new()) }.save(&store).go().unwrap();
    assert_content(
        &server,
        &[
            ("a b:c%3Ad:membership:{7:%}", "hash", &["of = 7:%"]),
            ("a b:c%3Ad:membership:{7:é%3A}", "hash", &["of = 7:\\xc3\\xa9%3A"]),
            (
                "a b:c%3Ad:shop:order:{%7B1%7D%3A%25%0D}",
                "hash",
                &["number = %7B1%7D%3A%25%0D", "placedBy = raj"],
            ),
            ("a b:c%3Ad:shop:order:{%7B1%7D%3A%25%0D}:orderLines", "list", &["x"]),
        ],
    );
    for key in order.handle(&store).keys() {
        let left = server.cli(&[b"PTTL", key.as_bytes()]).int();
        assert!(left > 3_500_000 && left <= 3_600_000, "{key}: {left}");
    }
}

#[test]
fn redis_keeps_numbers_in_its_compact_forms() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    raj().save(&store).go().unwrap();
    assert_eq!(server.cli(&["OBJECT", "ENCODING", "player:{7}:friends"]).text(), "intset");
    assert_eq!(server.cli(&["HINCRBY", "player:{7}", "score", "1"]).int(), -39);
}
