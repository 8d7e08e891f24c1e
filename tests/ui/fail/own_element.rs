use pottery::RedisModel;

struct Item {
    name: String,
}

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    items: Vec<Item>,
}

fn main() {}
