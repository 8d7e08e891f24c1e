use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(ttl = "30")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
