//! Topics: what reaches subscribers, and what they are told when something could not.
#![cfg(all(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod ears;
mod ends;
mod losses;
mod messages;
mod wire;
