use pottery::RedisModel;

#[derive(serde::Serialize, serde::Deserialize, pottery::RedisValue)]
struct Item {
    name: String,
}

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(default)]
    item: Item,
}

fn main() {}
