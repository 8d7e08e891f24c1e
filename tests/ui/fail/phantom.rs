use pottery::RedisModel;

#[derive(RedisModel)]
struct Player {
    #[redis(id)]
    id: u64,
    marker: std::marker::PhantomData<u8>,
}

fn main() {}
