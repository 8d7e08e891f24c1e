//! Keywords as names.
use pottery::RedisModel;

#[derive(RedisModel)]
#[allow(non_camel_case_types)]
struct r#struct {
    #[redis(id)]
    r#type: u64,
    r#fn: Vec<String>,
    r#await: u8,
}

fn main() {
    let store = pottery::Store::open("redis://127.0.0.1/").unwrap();
    let handle: structHandle = r#struct::at(&store, 7);
    assert_eq!(handle.r#fn().key().as_bytes(), b"struct:{7}:fn");
    let _ = handle.r#await();
}
