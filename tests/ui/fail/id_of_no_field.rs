use pottery::RedisId;

#[derive(RedisId, Clone)]
struct PageId;

fn main() {}
