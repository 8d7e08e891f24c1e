use pottery::RedisModel;

#[derive(RedisModel)]
union Player {
    id: u64,
    other: i64,
}

fn main() {}
