use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(skip, codec = pottery::Native)]
    cache: u8,
}

fn main() {}
