use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(text)]
    notes: u64,
}

fn main() {}
