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

async fn remove(store: &Store) {
    let _ = Player::at(store, 7).delete().await;
}

fn main() {}
