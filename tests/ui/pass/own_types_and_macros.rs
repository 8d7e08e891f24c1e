//! The user's own types, traits and macros with the names of the standard library's.
#![allow(dead_code, unused_macros, non_upper_case_globals)]

use pottery::{Field, RedisModel, RedisValue};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, RedisValue)]
struct String;

mod names {
    pub type Vec<T> = std::collections::HashSet<T>;
}

macro_rules! module_path { ($t:tt) => { compile_error!("the user's own") }; }
macro_rules! stringify { ($t:tt) => { compile_error!("the user's own") }; }
macro_rules! concat { ($t:tt) => { compile_error!("the user's own") }; }
macro_rules! unreachable { ($t:tt) => { compile_error!("the user's own") }; }

trait Shadow {
    fn clone(&self) {}
    fn fmt(&self) {}
    fn read(&self) {}
    fn into(&self) {}
}
impl<T: ?Sized> Shadow for T {}

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    names: Vec<u8_::U8>,
    #[redis(default = 5)]
    level: u8,
}

mod u8_ {
    pub type U8 = u8;
}

const place: u8 = 0;
static reply: u8 = 0;

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let player = Player::at(&store, 7);
    let _: Field<String> = player.name();
}
