use pottery::RedisModel;

#[derive(serde::Serialize, serde::Deserialize)]
struct Item {
    name: String,
}

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    item: Item,
}

fn main() {}
