use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(queue)]
    jobs: std::collections::HashSet<u8>,
}

fn main() {}
