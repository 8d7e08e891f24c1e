use pottery::{Command, RedisModel, Store};

struct Plain;

fn load<M: RedisModel>(store: &Store, id: M::Id) -> Command<Option<M>> {
    M::of(store, id).load()
}

fn main() {
    let store = Store::open("redis://127.0.0.1/").unwrap();
    let _ = load::<Plain>(&store, 7);
}
