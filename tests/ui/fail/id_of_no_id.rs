use pottery::RedisId;

#[derive(RedisId, Clone)]
struct PageId(f64);

fn main() {}
