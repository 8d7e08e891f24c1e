use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(default = Some(1))]
    level: Option<u8>,
}

fn main() {}
