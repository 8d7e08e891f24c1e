use pottery::RedisModel;

#[derive(RedisModel)]
struct Player(u64, String);

fn main() {}
