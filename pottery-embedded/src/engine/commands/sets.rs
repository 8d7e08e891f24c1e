//! Sets.

mod algebra;
mod members;
mod random;
#[cfg(test)]
mod tests;

use algebra::{sdiff, sdiffstore, sinter, sintercard, sinterstore, smembers, sunion, sunionstore};
use members::{sadd, scard, sismember, smismember, smove, srem, sscan};
use random::{spop, srandmember};

use crate::engine::command::{Group, Spec, flag};
use crate::engine::keyspec::{Begin, Find, KeySpec, key};

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "sadd",
        sadd,
        -3,
        flag::WRITE | flag::DENYOOM | flag::FAST,
        Group::Set,
        "1.0.0",
        "Add one or more members to a set",
    )
    .keys(&[KeySpec::first(key::RW | key::INSERT)]),
    Spec::new(
        "scard",
        scard,
        2,
        flag::READONLY | flag::FAST,
        Group::Set,
        "1.0.0",
        "Get the number of members in a set",
    )
    .keys(&[KeySpec::first(key::RO)]),
    Spec::new("sdiff", sdiff, -2, flag::READONLY, Group::Set, "1.0.0", "Subtract multiple sets")
        .keys(&[KeySpec::range(1, -1, 1, key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output_order"]),
    Spec::new(
        "sdiffstore",
        sdiffstore,
        -3,
        flag::WRITE | flag::DENYOOM,
        Group::Set,
        "1.0.0",
        "Subtract multiple sets and store the resulting set in a key",
    )
    .keys(&[KeySpec::first(key::OW | key::UPDATE), KeySpec::range(2, -1, 1, key::RO | key::ACCESS)]),
    Spec::new("sinter", sinter, -2, flag::READONLY, Group::Set, "1.0.0", "Intersect multiple sets")
        .keys(&[KeySpec::range(1, -1, 1, key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output_order"]),
    Spec::new(
        "sintercard",
        sintercard,
        -3,
        flag::READONLY,
        Group::Set,
        "7.0.0",
        "Intersect multiple sets and return the cardinality of the result",
    )
    .keys(&[KeySpec::new(Begin::Index(1), Find::Count(0, 1, 1), key::RO | key::ACCESS)]),
    Spec::new(
        "sinterstore",
        sinterstore,
        -3,
        flag::WRITE | flag::DENYOOM,
        Group::Set,
        "1.0.0",
        "Intersect multiple sets and store the resulting set in a key",
    )
    .keys(&[KeySpec::first(key::RW | key::UPDATE), KeySpec::range(2, -1, 1, key::RO | key::ACCESS)]),
    Spec::new(
        "sismember",
        sismember,
        3,
        flag::READONLY | flag::FAST,
        Group::Set,
        "1.0.0",
        "Determine if a given value is a member of a set",
    )
    .keys(&[KeySpec::first(key::RO)]),
    Spec::new("smembers", smembers, 2, flag::READONLY, Group::Set, "1.0.0", "Get all the members in a set")
        .keys(&[KeySpec::first(key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output_order"]),
    Spec::new(
        "smismember",
        smismember,
        -3,
        flag::READONLY | flag::FAST,
        Group::Set,
        "6.2.0",
        "Returns the membership associated with the given elements for a set",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)]),
    Spec::new(
        "smove",
        smove,
        4,
        flag::WRITE | flag::FAST,
        Group::Set,
        "1.0.0",
        "Move a member from one set to another",
    )
    .keys(&[
        KeySpec::first(key::RW | key::ACCESS | key::DELETE),
        KeySpec::range(2, 0, 1, key::RW | key::INSERT),
    ]),
    Spec::new(
        "spop",
        spop,
        -2,
        flag::WRITE | flag::FAST,
        Group::Set,
        "1.0.0",
        "Remove and return one or multiple random members from a set",
    )
    .keys(&[KeySpec::first(key::RW | key::ACCESS | key::DELETE)])
    .tips(&["nondeterministic_output"]),
    Spec::new(
        "srandmember",
        srandmember,
        -2,
        flag::READONLY,
        Group::Set,
        "1.0.0",
        "Get one or multiple random members from a set",
    )
    .keys(&[KeySpec::first(key::RO | key::ACCESS)])
    .tips(&["nondeterministic_output"]),
    Spec::new(
        "srem",
        srem,
        -3,
        flag::WRITE | flag::FAST,
        Group::Set,
        "1.0.0",
        "Remove one or more members from a set",
    )
    .keys(&[KeySpec::first(key::RW | key::DELETE)]),
    Spec::new("sscan", sscan, -3, flag::READONLY, Group::Set, "2.8.0", "Incrementally iterate Set elements")
        .keys(&[KeySpec::first(key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output"]),
    Spec::new("sunion", sunion, -2, flag::READONLY, Group::Set, "1.0.0", "Add multiple sets")
        .keys(&[KeySpec::range(1, -1, 1, key::RO | key::ACCESS)])
        .tips(&["nondeterministic_output_order"]),
    Spec::new(
        "sunionstore",
        sunionstore,
        -3,
        flag::WRITE | flag::DENYOOM,
        Group::Set,
        "1.0.0",
        "Add multiple sets and store the resulting set in a key",
    )
    .keys(&[KeySpec::first(key::OW | key::UPDATE), KeySpec::range(2, -1, 1, key::RO | key::ACCESS)]),
];
