//! Whole objects: what they are in Redis, how they live and end, and how they are changed.
#![cfg(any(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod defaults;
mod fields;
mod golden;
mod kinds;
mod large;
mod layout;
mod lifecycle;
mod lifetime;
mod updates;
#[path = "../reliability/way.rs"]
mod way;
