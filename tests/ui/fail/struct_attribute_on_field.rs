use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(prefix = "p")]
    name: String,
}

fn main() {}
