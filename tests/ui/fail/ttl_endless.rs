use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(ttl = "99999999999w")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
