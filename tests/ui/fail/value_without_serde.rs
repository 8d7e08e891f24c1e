use pottery::RedisValue;

#[derive(RedisValue)]
struct Item {
    name: String,
}

fn main() {}
