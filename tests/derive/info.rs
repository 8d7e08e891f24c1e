//! What a model says of itself.

use std::collections::{BTreeSet, HashMap};

use pottery::{Kind, RedisModel, Ttl};

#[derive(RedisModel)]
#[allow(dead_code, reason = "a skipped field need not be read")]
struct HTTPSession {
    #[redis(id)]
    r#type: (u8, String),
    name: String,
    r#match: Option<u8>,
    inventory: std::vec::Vec<(u8, [u16; 2])>,
    stats: HashMap<String, Vec<u8>>,
    friends: BTreeSet<u64>,
    #[redis(value)]
    avatar: Vec<u8>,
    #[redis(skip, default = 3)]
    cache: u8,
}

#[test]
fn the_model_is_described() {
    let info = HTTPSession::__INFO;
    assert_eq!(
        (info.name, info.module, info.prefix, info.ttl),
        ("HTTPSession", "derive::info", "http_session", Ttl::Open)
    );
    assert_eq!((info.id.name, info.id.stored, info.id.type_name), ("type", "type", "(u8, String)"));
}

#[test]
fn its_fields_are_described_in_their_order() {
    let fields: Vec<_> = HTTPSession::__INFO
        .fields
        .iter()
        .map(|field| (field.name, field.kind, field.type_name, field.codec))
        .collect();
    assert_eq!(
        fields,
        [
            ("name", Kind::Scalar, "String", "native"),
            ("match", Kind::Scalar, "Option<u8>", "native"),
            ("inventory", Kind::List, "std::vec::Vec<(u8, [u16; 2])>", "native"),
            ("stats", Kind::Hash, "HashMap<String, Vec<u8>>", "native"),
            ("friends", Kind::Set, "BTreeSet<u64>", "native"),
            ("avatar", Kind::Scalar, "Vec<u8>", "native"),
        ]
    );
}
