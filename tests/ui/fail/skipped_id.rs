use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id, skip)]
    id: u64,
}

fn main() {}
