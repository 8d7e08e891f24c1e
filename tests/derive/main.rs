//! The derives: what they generate, at run time and at compile time.
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod accessors;
mod attributes;
mod generics;
mod hygiene;
mod ids;
mod info;
#[cfg(feature = "blocking")]
mod round_trip;
#[cfg(all(feature = "json", feature = "msgpack", feature = "postcard", feature = "uuid", feature = "bytes"))]
mod ui;

/// A store that is never asked anything.
fn nowhere() -> pottery::Store {
    pottery::Store::options("redis://127.0.0.1:1/").shared_prefixes().open().unwrap()
}

/// A key as text.
fn text(key: &pottery::Key) -> String {
    String::from_utf8(key.as_bytes().to_vec()).unwrap()
}
