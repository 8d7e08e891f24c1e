use pottery::RedisId;

#[derive(RedisId, Clone)]
enum PageId {
    A,
}

fn main() {}
