//! Collections: what each operation does on a real server.
#![cfg(all(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod cycle;
mod default_map;
mod deque;
mod list;
mod map;
mod multiset;
mod queue;
mod set;
mod slots;
mod temporary;
mod unique_list;
mod unique_queue;
