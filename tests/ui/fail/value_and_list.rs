use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(value, list)]
    items: Vec<u8>,
}

fn main() {}
