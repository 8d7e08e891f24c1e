use pottery::RedisModel;

struct Cache;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(skip)]
    cache: Cache,
}

fn main() {}
