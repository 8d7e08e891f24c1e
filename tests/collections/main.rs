//! Collections: what each operation does on a real server.
#![cfg(all(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod bits;
mod bloom;
mod cycle;
mod default_map;
mod deque;
mod flag;
mod float;
mod geo;
mod hyper_log_log;
mod integer;
mod keyspace;
mod limiter;
mod list;
mod map;
mod map_expiry;
mod memo;
mod multiset;
mod queue;
mod set;
mod slots;
mod sorted_set;
mod stream;
mod temporary;
mod text;
mod unique_list;
mod unique_queue;
mod value;
