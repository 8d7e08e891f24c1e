use pottery::{RedisModel, Store};

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

fn at(store: &Store) -> PlayerHandle {
    Player::at(store, "seven")
}

fn main() {}
