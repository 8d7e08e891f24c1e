use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id, value)]
    id: u64,
}

fn main() {}
