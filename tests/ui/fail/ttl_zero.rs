use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(ttl = "0s")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
