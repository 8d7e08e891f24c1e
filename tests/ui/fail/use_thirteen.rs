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

fn all(store: &Store) {
    let s = Player::at(store, 7).score();
    let _ = store.transaction((
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
        s.get(),
    ));
}

fn main() {}
