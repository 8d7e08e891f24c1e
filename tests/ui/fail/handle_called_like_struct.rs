use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(handle = Player)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
