use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(prefix = 5)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
