use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id, codec = pottery::Native)]
    id: u64,
}

fn main() {}
