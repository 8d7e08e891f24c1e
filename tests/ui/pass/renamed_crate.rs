//! The façade under another name, and behind a module of the user's own.
extern crate pottery as clay;

mod reexport {
    pub mod deep {
        pub mod clay {
            pub use ::pottery::*;
        }
    }
}

#[derive(clay::RedisModel)]
#[redis(crate = "clay")]
struct Player {
    #[redis(id)]
    id: PlayerId,
    items: Vec<Item>,
    best: Option<Item>,
}

#[derive(clay::RedisId, Clone)]
#[redis(crate = "clay")]
struct PlayerId(u64);

#[derive(serde::Serialize, serde::Deserialize, clay::RedisValue)]
#[redis(crate = "crate::reexport::deep::clay")]
struct Item {
    name: String,
}

#[derive(clay::RedisModel)]
#[redis(crate = crate::reexport::deep::clay)]
struct Other<T> {
    #[redis(id)]
    id: u64,
    items: Vec<T>,
}

fn main() {
    use clay::RedisModel;
    let store = clay::Store::open("redis://127.0.0.1/").unwrap();
    let player = Player::at(&store, &PlayerId(7));
    let _: clay::List<Item> = player.items();
    let _ = Other::<u8>::at(&store, 7).items();
}
