use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(rename = "a\n")]
    name: String,
}

fn main() {}
