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

fn both(store: &Store) {
    let raj = Player::at(store, 7);
    let _ = store.transaction((raj.score().incr(1), raj.update(|p| p.score += 1)));
}

fn main() {}
