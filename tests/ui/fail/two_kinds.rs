use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(queue, stack)]
    jobs: Vec<u8>,
}

fn main() {}
