use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    avatar: std::vec::Vec<u8>,
}

fn main() {}
