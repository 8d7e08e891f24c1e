use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(prefix = "")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
