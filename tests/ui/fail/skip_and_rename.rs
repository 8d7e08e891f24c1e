use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(skip, rename = "c")]
    cache: u8,
}

fn main() {}
