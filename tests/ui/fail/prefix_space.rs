use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(prefix = "a b")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
