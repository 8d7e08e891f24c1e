use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(ttl = "soon")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
