//! A model may be a value of another one, and the attributes of the one do not disturb the other.
use pottery::{Field, RedisModel, RedisValue};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, RedisModel, RedisValue)]
#[redis(prefix = "inner", ttl = "5m")]
struct Inner {
    #[redis(id)]
    id: u64,
    #[redis(value)]
    data: Vec<u8>,
}

#[derive(RedisModel)]
struct Outer {
    #[redis(id)]
    id: (u8, String, char),
    inner: Inner,
    inners: Vec<Inner>,
}

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let _: Field<Inner> = Outer::at(&store, (7, "x", 'y')).inner();
    let _ = Inner::at(&store, 7).data();
}
