use pottery::RedisModel;

#[derive(RedisModel)]
struct Player<'a> {
    #[redis(id)]
    id: u64,
    name: std::borrow::Cow<'a, str>,
}

fn main() {}
