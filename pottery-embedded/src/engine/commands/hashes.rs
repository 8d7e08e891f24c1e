//! Hashes.

mod increment;
mod random;
mod read;
#[cfg(test)]
mod tests;
mod write;

use increment::{hincrby, hincrbyfloat};
use random::hrandfield;
use read::{hexists, hget, hgetall, hkeys, hlen, hmget, hscan, hstrlen, hvals};
use write::{hdel, hmset, hset, hsetnx};

use crate::engine::command::{Group, Spec, flag};
use crate::engine::keyspec::{KeySpec, key};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "hdel",
        hdel,
        -3,
        flag::WRITE | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Delete one or more hash fields",
    )
    .keys(&[KeySpec::first(key::RW | key::DELETE)]),
    Spec::new(
        "hexists",
        hexists,
        3,
        flag::READONLY | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Determine if a hash field exists",
    )
    .keys(&[KeySpec::first(key::RO)]),
    Spec::new(
        "hget",
        hget,
        3,
        flag::READONLY | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Get the value of a hash field",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new(
        "hgetall",
        hgetall,
        2,
        flag::READONLY,
        Group::Hash,
        "2.0.0",
        "Get all the fields and values in a hash",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)])
    .tips(&["nondeterministic_output_order"]),
    Spec::new(
        "hincrby",
        hincrby,
        4,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Increment the integer value of a hash field by the given number",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE)]),
    Spec::new(
        "hincrbyfloat",
        hincrbyfloat,
        4,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Hash,
        "2.6.0",
        "Increment the float value of a hash field by the given amount",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE)]),
    Spec::new("hkeys", hkeys, 2, flag::READONLY, Group::Hash, "2.0.0", "Get all the fields in a hash")
        .keys(&[KeySpec::first(key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output_order"]),
    Spec::new(
        "hlen",
        hlen,
        2,
        flag::READONLY | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Get the number of fields in a hash",
    )
    .keys(&[KeySpec::first(key::RO)]),
    Spec::new(
        "hmget",
        hmget,
        -3,
        flag::READONLY | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Get the values of all the given hash fields",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new(
        "hmset",
        hmset,
        -4,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Set multiple hash fields to multiple values",
    )
    .keys(&[KeySpec::first(key::RW | key::UPDATE)]),
    Spec::new(
        "hrandfield",
        hrandfield,
        -2,
        flag::READONLY,
        Group::Hash,
        "6.2.0",
        "Get one or multiple random fields from a hash",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)])
    .tips(&["nondeterministic_output"]),
    Spec::new(
        "hscan",
        hscan,
        -3,
        flag::READONLY,
        Group::Hash,
        "2.8.0",
        "Incrementally iterate hash fields and associated values",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)])
    .tips(&["nondeterministic_output"]),
    Spec::new(
        "hset",
        hset,
        -4,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Set the string value of a hash field",
    )
    .keys(&[KeySpec::first(key::RW | key::UPDATE)]),
    Spec::new(
        "hsetnx",
        hsetnx,
        4,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Hash,
        "2.0.0",
        "Set the value of a hash field, only if the field does not exist",
    )
    .keys(&[KeySpec::first(key::RW | key::INSERT)]),
    Spec::new(
        "hstrlen",
        hstrlen,
        3,
        flag::READONLY | flag::FAST,
        Group::Hash,
        "3.2.0",
        "Get the length of the value of a hash field",
    )
    .keys(&[KeySpec::first(key::RO)]),
    Spec::new("hvals", hvals, 2, flag::READONLY, Group::Hash, "2.0.0", "Get all the values in a hash")
        .keys(&[KeySpec::first(key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output_order"]),
];
