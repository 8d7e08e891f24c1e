//! Handles go to other threads and behind traits.
use pottery::{Command, Handle, RedisModel, Store};

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(value)]
    cell: std::cell::Cell<u8>,
    score: i64,
}

trait Players {
    fn award(&self, id: u64) -> Command<i64>;
}

impl Players for Store {
    fn award(&self, id: u64) -> Command<i64> {
        Player::at(self, id).score().incr(1)
    }
}

fn any<M: RedisModel>(store: &Store, id: M::Id) -> Command<Option<M>> {
    let handle = M::of(store, id);
    handle.load()
}

fn main() {
    let store = Store::open("redis://127.0.0.1/").unwrap();
    let players: Box<dyn Players> = Box::new(store.clone());
    let handles: Vec<Handle<Player>> = (0..3).map(|id| Player::at(&store, id).into()).collect();
    let player = Player::at(&store, 7);
    std::thread::spawn(move || drop((player, handles))).join().unwrap();
    drop((players.award(7), any::<Player>(&store, 7)));
}
