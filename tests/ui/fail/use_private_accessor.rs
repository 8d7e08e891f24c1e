mod game {
    use pottery::RedisModel;

    #[derive(RedisModel)]
    pub struct Player {
        #[redis(id)]
        pub id: u64,
        pub name: String,
        secret: String,
    }
}

use pottery::RedisModel;

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let player = game::Player::at(&store, 7);
    let _ = player.name();
    let _ = player.secret();
}
