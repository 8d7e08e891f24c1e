use pottery::RedisValue;

#[derive(serde::Serialize, RedisValue)]
struct Item<'a> {
    name: &'a str,
}

fn main() {}
