use pottery::{Command, RedisModel, Store};

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    score: i64,
    inventory: Vec<String>,
    friends: std::collections::HashSet<u64>,
    delete: bool,
}

fn contains(store: &Store) -> Command<bool> {
    Player::at(store, 7).friends().contains("seven")
}

fn main() {}
