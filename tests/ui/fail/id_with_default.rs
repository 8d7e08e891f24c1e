use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id, default)]
    id: u64,
}

fn main() {}
