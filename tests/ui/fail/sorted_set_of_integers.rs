use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(sorted_set)]
    scores: std::collections::HashMap<String, u32>,
}

fn main() {}
