//! Collections: what each operation does on a real server.
#![cfg(all(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod deque;
mod list;
mod map;
mod memo;
mod set;
mod temporary;
