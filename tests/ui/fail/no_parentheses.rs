use pottery::RedisModel;

#[derive(RedisModel)]
#[redis]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
