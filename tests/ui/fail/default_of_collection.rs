use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(default = vec![1])]
    items: Vec<u64>,
}

fn main() {}
