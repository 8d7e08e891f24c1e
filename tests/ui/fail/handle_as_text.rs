use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(handle = "PlayerRef")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
