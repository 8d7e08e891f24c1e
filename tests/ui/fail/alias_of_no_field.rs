use pottery::RedisModel;

type Items = std::time::Instant;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    items: Items,
}

fn main() {}
