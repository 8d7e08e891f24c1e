use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(perfix = "p")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
