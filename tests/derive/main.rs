//! t
use pottery::{RedisId, RedisModel, RedisValue, Store};
use std::collections::{HashMap, HashSet};

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    pub name: String,
    inventory: Vec<Item>,
    #[redis(value)]
    avatar: Vec<u8>,
    #[redis(skip)]
    cache: Vec<u8>,
    #[redis(default = 5)]
    level: u8,
    m: HashMap<String, u32>,
    s: HashSet<u64>,
    o: Option<u8>,
    alias: Names,
}
type Names = Vec<String>;
#[derive(serde::Serialize, serde::Deserialize, RedisValue)]
struct Item {
    name: String,
}

#[derive(RedisModel)]
struct Cart<T> {
    #[redis(id)]
    id: CartId,
    items: Vec<T>,
    last: Option<T>,
    #[redis(skip)]
    p: std::marker::PhantomData<T>,
    r: Vec<Item>,
}
#[derive(RedisId, Clone)]
struct CartId(u64);

#[test]
fn keys() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    assert_eq!(Player::at(&store, 7).inventory().key().as_bytes(), b"player:{7}:inventory");
    assert_eq!(Cart::<u8>::at(&store, &CartId(7)).items().key().as_bytes(), b"cart:{7}:items");
}
