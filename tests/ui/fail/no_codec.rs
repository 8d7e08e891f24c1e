use pottery::RedisModel;

struct Text;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    #[redis(codec = Text)]
    name: String,
}

fn main() {}
