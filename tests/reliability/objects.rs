//! The models of these tests, and looks at the server that pottery has no part in.

use std::collections::{HashMap, HashSet, VecDeque};

use pottery::RedisModel;
use pottery_test_support::{Reply, Server};
use serde::{Deserialize, Serialize};

/// A model with a field of every kind.
#[derive(RedisModel, Clone, Debug, PartialEq)]
pub(crate) struct Thing {
    #[redis(id)]
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) count: u32,
    pub(crate) total: i64,
    pub(crate) weight: f64,
    pub(crate) note: Option<String>,
    #[redis(value)]
    pub(crate) part: Part,
    pub(crate) tags: Vec<String>,
    pub(crate) queue: VecDeque<u32>,
    pub(crate) stats: HashMap<String, u32>,
    pub(crate) friends: HashSet<u64>,
}

/// What is stored as a structure.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) sizes: Vec<u32>,
}

/// The collections of a [`Thing`], in the order of the struct: field, Redis type.
pub(crate) const COLLECTIONS: [(&str, &str); 4] =
    [("tags", "list"), ("queue", "list"), ("stats", "hash"), ("friends", "set")];

impl Thing {
    /// One that has everything, and no two elements where an order could differ.
    pub(crate) fn full(id: &str) -> Thing {
        Thing {
            id: id.to_owned(),
            title: "a title".to_owned(),
            count: 3,
            total: -4,
            weight: 2.5,
            note: Some("a note".to_owned()),
            part: Part { name: "a part".to_owned(), sizes: vec![1, 300] },
            tags: vec!["red".to_owned(), "blue".to_owned()],
            queue: VecDeque::from([7, 8, 9]),
            stats: HashMap::from([("hp".to_owned(), 12)]),
            friends: HashSet::from([9]),
        }
    }

    /// The same with empty collections.
    pub(crate) fn bare(id: &str) -> Thing {
        Thing {
            tags: Vec::new(),
            queue: VecDeque::new(),
            stats: HashMap::new(),
            friends: HashSet::new(),
            ..Thing::full(id)
        }
    }
}

/// A key's content, as the server itself packs it; `None` if there is no such key.
pub(crate) fn dump(server: &Server, key: &[u8]) -> Option<Vec<u8>> {
    match server.cli(&[b"DUMP", key]) {
        Reply::Bulk(bytes) => Some(bytes),
        Reply::Nil => None,
        other => panic!("DUMP answered {other:?}"),
    }
}

/// What `TYPE` says.
pub(crate) fn kind(server: &Server, key: &[u8]) -> String {
    server.cli(&[b"TYPE", key]).text()
}

/// Puts something of a Redis type at a key, in place of whatever is there.
pub(crate) fn put_foreign(server: &Server, key: &[u8], kind: &str) {
    let mut raw = server.raw();
    raw.command(&[b"DEL", key]);
    let reply = match kind {
        "string" => raw.command(&[b"SET", key, b"foreign"]),
        "list" => raw.command(&[b"RPUSH", key, b"foreign"]),
        "set" => raw.command(&[b"SADD", key, b"foreign"]),
        "hash" => raw.command(&[b"HSET", key, b"foreign", b"1"]),
        "zset" => raw.command(&[b"ZADD", key, b"1", b"foreign"]),
        "stream" => raw.command(&[b"XADD", key, b"1-1", b"foreign", b"1"]),
        other => panic!("no such type: {other}"),
    };
    assert!(!reply.is_error(), "{reply:?}");
}
