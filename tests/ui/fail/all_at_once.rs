use pottery::RedisModel;

#[derive(RedisModel)]
#[redis(prefix = "", ttl = "soon", colour = 5)]
struct Player {
    #[redis(idd)]
    id: u64,
    name: &'static str,
    avatar: Vec<u8>,
    #[redis(rename = "a:b", skp)]
    other: String,
    #[redis(value, list)]
    items: Vec<u8>,
}

fn main() {}
