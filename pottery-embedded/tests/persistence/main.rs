//! The append-only file: what is in it survives, and Redis reads it.

#[path = "../conformance/case.rs"]
mod case;
#[allow(dead_code, reason = "only a part of it is needed here")]
#[path = "../conformance/compare.rs"]
mod compare;
mod data;
mod effects;
mod failures;
mod kill;
mod redis;
#[path = "../conformance/run.rs"]
#[allow(dead_code, reason = "what a case answers is compared elsewhere")]
mod run;
