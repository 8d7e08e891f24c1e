//! Rust structs whose fields live in Redis.

pub use pottery_core::*;

#[doc(hidden)]
pub use pottery_core::__private;

pub use pottery_derive::{RedisId, RedisModel, RedisValue};
