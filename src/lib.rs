//! Rust structs whose fields live in Redis.
