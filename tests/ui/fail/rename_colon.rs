use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(rename = "a:b")]
    name: String,
}

fn main() {}
