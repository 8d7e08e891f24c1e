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

fn nick(store: &Store) {
    let _ = Player::at(store, 7).nick();
}

fn main() {}
