//! Collections: what each operation does on a real server.
#![cfg(all(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod bits;
mod bloom;
mod deque;
mod flag;
mod float;
mod hyper_log_log;
mod integer;
mod list;
mod map;
mod set;
mod temporary;
mod text;
