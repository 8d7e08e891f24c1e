use pottery::RedisId;

#[derive(RedisId, Clone)]
#[redis(coppy)]
struct PageId(u64);

fn main() {}
