use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(rename = "p")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
