//! Rust structs whose fields live in Redis.
//!
//! You write a plain struct and derive [`RedisModel`]. Every field becomes the Redis type it resembles: a `Vec` a list, a
//! `HashMap` a hash, a `HashSet` a set, a number or a string a field of the object's own hash. For each there is an
//! accessor that reads and writes that field and nothing else, and there are methods for the whole object.
//!
//! Nothing need be installed to begin with: with the feature `embedded`, `Store::open("embedded:")` is a store on a server
//! inside the program. The examples here run on one.
//!
//! This page is the guide: it goes through all of it once, and its examples run as tests. What lies where in Redis, the
//! attributes and the features are in tables in the
//! [README](https://github.com/pottery-rs/pottery#what-lands-in-redis).
//!
//! * [Models](#models): structs, handles, all objects of a kind, attributes
//! * [Scalar fields](#scalar-fields): numbers, options, values of your own
//! * [Collections](#collections): lists, deques, maps, sets, single values
//! * [More types](#more-types): queues, counters, sorted sets, texts, bits, limits, memos
//! * [Commands and batches](#commands-and-batches): transactions and pipelines with typed results
//! * [Optimistic transactions](#optimistic-transactions): read, change, write, begin again
//! * [Times to live](#times-to-live): of whole objects
//! * [Ids and keys](#ids-and-keys)
//! * [Codecs, and data that changes](#codecs-and-data-that-changes)
//! * [Errors](#errors): what went wrong, and what became of the write
//! * [Without a runtime](#without-a-runtime)
//! * [Stores](#stores): options, namespaces, any other command, the registry, tests of your own
//! * [Nothing to install](#nothing-to-install): a server inside the program
//! * [Tests without a server](#tests-without-a-server): a clock to advance, faults, what was sent
//! * [Coming from elsewhere](#coming-from-elsewhere): Python's Pottery, HOT Redis, Kredis, Redisson
// The chapters are always part of the documentation, and are tested where the features they use are on.
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/models.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/fields.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/collections.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/types.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/batches.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/optimistic.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/ttl.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/ids.md"))]
#![cfg_attr(any(not(doctest), all(feature = "async", feature = "json")), doc = include_str!("guide/codecs.md"))]
#![cfg_attr(any(not(doctest), feature = "async"), doc = include_str!("guide/errors.md"))]
#![cfg_attr(any(not(doctest), feature = "blocking"), doc = include_str!("guide/blocking.md"))]
#![cfg_attr(any(not(doctest), feature = "blocking"), doc = include_str!("guide/stores.md"))]
#![cfg_attr(any(not(doctest), feature = "blocking"), doc = include_str!("guide/testing.md"))]
#![doc = include_str!("guide/coming.md")]

pub use pottery_core::*;
/// What `#[redis(...)]` can say is in the guide: [attributes](crate#attributes).
pub use pottery_derive::RedisModel;
pub use pottery_derive::{RedisId, RedisValue};

#[doc(hidden)]
pub use pottery_core::__private;

/// The code of the README, which runs as tests.
#[cfg(all(doctest, feature = "async", feature = "blocking"))]
#[doc = include_str!("../README.md")]
struct ReadmeDoctests;
