use pottery::RedisValue;

#[derive(serde::Serialize, serde::Deserialize, RedisValue)]
#[redis(krate = "p")]
struct Item {
    name: String,
}

fn main() {}
