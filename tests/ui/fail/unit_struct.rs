use pottery::RedisModel;

#[derive(RedisModel)]
struct Player;

fn main() {}
