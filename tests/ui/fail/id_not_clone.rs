use pottery::RedisId;

#[derive(RedisId)]
struct PageId(u64);

fn main() {}
