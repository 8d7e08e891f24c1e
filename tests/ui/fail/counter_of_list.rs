use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(counter)]
    words: Vec<String>,
}

fn main() {}
