use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    name: String,
}

fn main() {}
