use pottery::RedisModel;

#[derive(RedisModel)]
enum Player {
    Alive,
    Dead,
}

fn main() {}
