#![deny(warnings)]

use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    inventory: Vec<String>,
}

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let player = Player::at(&store, 7);
    player.name();
    player.inventory();
    player.inventory().push("sword");
    Player::at(&store, 8);
}
