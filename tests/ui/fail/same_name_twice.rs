use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    #[redis(rename = "name")]
    other: String,
}

fn main() {}
