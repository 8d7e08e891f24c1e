use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(rename_all = "camel")]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
}

fn main() {}
