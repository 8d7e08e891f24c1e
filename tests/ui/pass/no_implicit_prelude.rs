//! Nothing is taken from the prelude, and the user's own types do not get in the way.
#![no_implicit_prelude]
#![allow(dead_code)]

struct Option;
struct Some;
struct None;
struct Result;
struct Ok;
struct Err;
struct Box;
struct Default;
struct Clone;
struct From;
struct Send;
struct Handle;
struct Field;
struct Slot;
struct RedisModel;
mod core {}
mod std {}

#[derive(::pottery::RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    name: ::std::string::String,
    inventory: ::std::vec::Vec<::std::string::String>,
    best: ::std::option::Option<u8>,
    #[redis(default)]
    score: i64,
    #[redis(default = 5)]
    level: u8,
    #[redis(skip)]
    cache: u8,
    #[redis(value)]
    avatar: ::std::vec::Vec<u8>,
}

#[derive(::pottery::RedisModel)]
struct Cart<T> {
    #[redis(id)]
    id: u64,
    items: ::std::vec::Vec<T>,
}

#[derive(::pottery::RedisId, ::std::clone::Clone)]
struct UserId(u64);

#[derive(::serde::Serialize, ::serde::Deserialize, ::pottery::RedisValue)]
struct Item<T> {
    name: T,
}

fn main() {
    let store = ::pottery::Store::open("redis://127.0.0.1/").unwrap();
    let player = <Player as ::pottery::RedisModel>::at(&store, 7);
    let _: ::pottery::List<::std::string::String> = player.inventory();
}
