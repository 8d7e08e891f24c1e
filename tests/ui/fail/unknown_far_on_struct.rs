use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(colour = "red")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
