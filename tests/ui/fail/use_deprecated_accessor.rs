#![deny(warnings)]

use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[deprecated = "use `nick`"]
    name: String,
    nick: String,
}

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let player = Player::at(&store, 7);
    let _ = player.name();
    let _ = player.nick();
}
