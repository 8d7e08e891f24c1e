use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(rename_all = "camelCase")]
struct Player {
    #[redis(id)]
    id: u64,
    a_b: u8,
    #[allow(non_snake_case)]
    aB: u8,
}

fn main() {}
