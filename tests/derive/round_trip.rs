//! Objects written to a server and read back.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use pottery::{ErrorKind, RedisId, RedisModel, RedisValue, Store};
use pottery_test_support::Server;
use serde::{Deserialize, Serialize};

#[derive(RedisId, Clone, Copy, Debug, PartialEq, Eq)]
#[redis(copy)]
struct PlayerId(u64);

#[derive(Serialize, Deserialize, RedisValue, Debug, Clone, PartialEq)]
struct Item {
    name: String,
    weight: f32,
}

type Names = Vec<String>;

/// The scalars stand between the collections, so that the order of the struct is not the order of the reply.
#[derive(RedisModel, Debug, Clone, PartialEq)]
struct Player {
    inventory: Vec<Item>,
    name: String,
    names: Names,
    #[redis(id)]
    id: PlayerId,
    best: Option<Item>,
    stats: HashMap<String, u32>,
    #[redis(value)]
    avatar: Vec<u8>,
    #[redis(list)]
    samples: Vec<u8>,
    #[redis(default = 5)]
    level: u8,
    turns: VecDeque<u16>,
    #[redis(default)]
    score: i64,
    friends: HashSet<u64>,
    sorted: BTreeMap<u8, String>,
    #[redis(skip)]
    cache: u8,
    #[redis(skip, default = 9)]
    other: u8,
}

fn player() -> Player {
    Player {
        inventory: vec![Item { name: "sword".to_owned(), weight: 2.5 }],
        name: "Raj".to_owned(),
        names: vec!["R".to_owned(), "J".to_owned()],
        id: PlayerId(7),
        best: None,
        stats: [("hp".to_owned(), 10)].into(),
        avatar: vec![0, 255, 13, 10],
        samples: vec![1, 2, 1],
        level: 3,
        turns: [4, 5].into(),
        score: -2,
        friends: [8, 9].into(),
        sorted: [(1, "a".to_owned())].into(),
        cache: 0,
        other: 9,
    }
}

#[test]
fn an_object_comes_back_as_it_was_saved() {
    let server = Server::start();
    let store = Store::options(&server.url()).shared_prefixes().open().unwrap();
    assert_eq!(Player::load(&store, PlayerId(7)).wait().unwrap(), None);
    player().save(&store).wait().unwrap();
    assert_eq!(Player::load(&store, PlayerId(7)).wait().unwrap(), Some(player()));
    let raj = Player::at(&store, PlayerId(7));
    assert_eq!(raj.name().get().wait().unwrap(), "Raj");
    assert_eq!(raj.samples().to_vec().wait().unwrap(), [1, 2, 1]);
}

#[test]
fn an_empty_object_comes_back_as_well() {
    let server = Server::start();
    let store = Store::options(&server.url()).shared_prefixes().open().unwrap();
    let empty = Player {
        inventory: vec![],
        names: vec![],
        stats: HashMap::new(),
        samples: vec![],
        turns: VecDeque::new(),
        friends: HashSet::new(),
        sorted: BTreeMap::new(),
        ..player()
    };
    empty.save(&store).wait().unwrap();
    assert_eq!(Player::load(&store, PlayerId(7)).wait().unwrap(), Some(empty));
}

/// What an older version of the program has left behind, or not yet written.
#[derive(RedisModel, Debug, PartialEq)]
#[redis(prefix = "player")]
struct Old {
    #[redis(id)]
    id: u64,
    name: String,
}

#[derive(RedisModel, Debug, PartialEq)]
#[redis(prefix = "player")]
struct New {
    #[redis(id)]
    id: u64,
    name: String,
    #[redis(default = 5)]
    level: u8,
    #[redis(default)]
    score: i64,
    nick: Option<String>,
    items: Vec<u16>,
}

#[derive(RedisModel, Debug, PartialEq)]
#[redis(prefix = "player")]
struct Strict {
    #[redis(id)]
    id: u64,
    level: u8,
}

#[test]
fn what_is_missing_takes_its_default_or_is_named() {
    let server = Server::start();
    let store = Store::options(&server.url()).shared_prefixes().open().unwrap();
    Old { id: 7, name: "Raj".to_owned() }.save(&store).wait().unwrap();
    let new = New { id: 7, name: "Raj".to_owned(), level: 5, score: 0, nick: None, items: vec![] };
    assert_eq!(New::load(&store, 7).wait().unwrap(), Some(new));
    let error = Strict::load(&store, 7).wait().unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::MissingField, Some("level")));
}
