use pottery::RedisModel;

#[derive(RedisModel)]
struct Cart<T> {
    #[redis(id)]
    id: u64,
    items: Vec<T>,
}

struct Plain;

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let _ = Cart::<Plain>::at(&store, 7);
}
