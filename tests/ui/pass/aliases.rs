//! A field is what its type is, however it is spelled.
use std::collections::HashMap as Dict;
use std::collections::VecDeque as Vec;

use pottery::{Deque, Field, Map, RedisModel, Set};

type Names = std::collections::HashSet<String>;
type Maybe<T> = Option<T>;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    names: Names,
    dict: Dict<String, u8>,
    level: Maybe<u8>,
    number: <Names as IntoIterator>::Item,
    #[allow(unused_parens)]
    parenthesized: (std::collections::BTreeSet<u8>),
}

fn main() {
    let _: Option<Vec<u8>> = None;
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let player = Player::at(&store, 7);
    let _: Set<String> = player.names();
    let _: Map<String, u8> = player.dict();
    let _: Field<Option<u8>> = player.level();
    let _: Field<String> = player.number();
    let _: Set<u8> = player.parenthesized();
    let _: Option<Deque<u8>> = None;
}
