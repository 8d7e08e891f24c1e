use pottery::RedisId;

#[derive(RedisId, Clone)]
struct PageId(u64, u64);

fn main() {}
