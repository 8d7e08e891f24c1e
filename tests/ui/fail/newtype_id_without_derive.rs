use pottery::RedisModel;

#[derive(Clone)]
struct UserId(u64);

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: UserId,
}

fn main() {}
