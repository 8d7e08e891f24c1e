//! What must hold when things go wrong: contention, lost replies, forgotten scripts, foreign data, hostile input.
//!
//! Each module is one group of rows of the reliability plan. A fault test that did not see its fault fails.
#![cfg(any(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod contention;
mod foreign;
mod hostile;
mod ids;
mod large;
mod memo;
mod objects;
mod operations;
mod outcomes;
mod partial;
mod queues;
mod scripts;
mod secrets;
mod traffic;
mod way;
