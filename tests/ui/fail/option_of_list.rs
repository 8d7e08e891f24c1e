use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    items: Option<Vec<u64>>,
}

fn main() {}
