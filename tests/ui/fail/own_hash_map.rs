use pottery::RedisModel;

#[derive(serde::Serialize, serde::Deserialize, pottery::RedisValue)]
struct HashMap<K, V>(K, V);

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    items: HashMap<u8, u8>,
}

fn main() {}
