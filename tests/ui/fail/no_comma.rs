use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(prefix = "a" ttl = "5s")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
