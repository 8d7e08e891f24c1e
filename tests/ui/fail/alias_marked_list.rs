use pottery::RedisModel;

type Items = std::collections::HashSet<u8>;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(list)]
    items: Items,
}

fn main() {}
