//! Sorted sets.
//!
//! Every range (by rank, by score, by member) is a range of ranks between two bounds: [`bounds`]. What commands over
//! several sets compute is a sorted row of elements: [`algebra`].

mod add;
mod algebra;
pub(crate) mod bounds;
mod look;
mod pop;
mod range;
mod remove;
#[cfg(test)]
mod tests;

use crate::engine::command::{Group, Handler, Spec, flag};
use crate::engine::context::{Ctx, Expiry};
use crate::engine::keyspec::{Begin, Find, KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::resp::Out;
use crate::engine::value::Kind;
use crate::engine::zset::SortedSet;

use add::{zadd, zincrby};
use algebra::{zdiff, zdiffstore, zinter, zintercard, zinterstore, zunion, zunionstore};
use look::{zcard, zcount, zlexcount, zmscore, zrandmember, zrank, zrevrank, zscan, zscore};
use pop::{bzmpop, bzpopmax, bzpopmin, zmpop, zpopmax, zpopmin};
use range::{zrange, zrangebylex, zrangebyscore, zrangestore, zrevrange, zrevrangebylex, zrevrangebyscore};
use remove::{zrem, zremrangebylex, zremrangebyrank, zremrangebyscore};

pub(crate) use add::{Options, add};

const READ: &[KeySpec] = &[KeySpec::first(key::RO | key::ACCESS)];
const REMOVE: &[KeySpec] = &[KeySpec::first(key::RW | key::DELETE)];
const POP: &[KeySpec] = &[KeySpec::first(key::RW | key::ACCESS | key::DELETE)];
const POP_FROM_RANGE: &[KeySpec] = &[KeySpec::range(1, -2, 1, key::RW | key::ACCESS | key::DELETE)];
const COUNTED: &[KeySpec] = &[KeySpec::new(Begin::Index(1), Find::Count(0, 1, 1), key::RO | key::ACCESS)];
const STORE_COUNTED: &[KeySpec] = &[
    KeySpec::first(key::OW | key::UPDATE),
    KeySpec::new(Begin::Index(2), Find::Count(0, 1, 1), key::RO | key::ACCESS),
];

const FAST_READ: u32 = flag::READONLY | flag::FAST;
const FAST_WRITE: u32 = flag::WRITE | flag::FAST;
const STORE: u32 = flag::WRITE | flag::DENYOOM;
const BLOCKING: u32 = flag::WRITE | flag::NOSCRIPT | flag::BLOCKING | flag::FAST;

const fn spec(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::SortedSet, since, summary)
}

#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    spec("bzmpop", bzmpop, -5, flag::WRITE | flag::BLOCKING, "7.0.0",
        "Remove and return members with scores in a sorted set or block until one is available")
        .keys(&[KeySpec::new(Begin::Index(2), Find::Count(0, 1, 1), key::RW | key::ACCESS | key::DELETE)]),
    spec("bzpopmax", bzpopmax, -3, BLOCKING, "5.0.0",
        "Remove and return the member with the highest score from one or more sorted sets, or block until one is available")
        .keys(POP_FROM_RANGE),
    spec("bzpopmin", bzpopmin, -3, BLOCKING, "5.0.0",
        "Remove and return the member with the lowest score from one or more sorted sets, or block until one is available")
        .keys(POP_FROM_RANGE),
    spec("zadd", zadd, -4, STORE | flag::FAST, "1.2.0",
        "Add one or more members to a sorted set, or update its score if it already exists")
        .keys(&[KeySpec::first(key::RW | key::UPDATE)]),
    spec("zcard", zcard, 2, FAST_READ, "1.2.0", "Get the number of members in a sorted set")
        .keys(&[KeySpec::first(key::RO)]),
    spec("zcount", zcount, 4, FAST_READ, "2.0.0",
        "Count the members in a sorted set with scores within the given values").keys(READ),
    spec("zdiff", zdiff, -3, flag::READONLY, "6.2.0", "Subtract multiple sorted sets").keys(COUNTED),
    spec("zdiffstore", zdiffstore, -4, STORE, "6.2.0",
        "Subtract multiple sorted sets and store the resulting sorted set in a new key").keys(STORE_COUNTED),
    spec("zincrby", zincrby, 4, STORE | flag::FAST, "1.2.0", "Increment the score of a member in a sorted set")
        .keys(&[KeySpec::first(key::RW | key::ACCESS | key::UPDATE)]),
    spec("zinter", zinter, -3, flag::READONLY, "6.2.0", "Intersect multiple sorted sets").keys(COUNTED),
    spec("zintercard", zintercard, -3, flag::READONLY, "7.0.0",
        "Intersect multiple sorted sets and return the cardinality of the result").keys(COUNTED),
    spec("zinterstore", zinterstore, -4, STORE, "2.0.0",
        "Intersect multiple sorted sets and store the resulting sorted set in a new key").keys(STORE_COUNTED),
    spec("zlexcount", zlexcount, 4, FAST_READ, "2.8.9",
        "Count the number of members in a sorted set between a given lexicographical range").keys(READ),
    spec("zmpop", zmpop, -4, flag::WRITE, "7.0.0", "Remove and return members with scores in a sorted set")
        .keys(&[KeySpec::new(Begin::Index(1), Find::Count(0, 1, 1), key::RW | key::ACCESS | key::DELETE)]),
    spec("zmscore", zmscore, -3, FAST_READ, "6.2.0",
        "Get the score associated with the given members in a sorted set").keys(READ),
    spec("zpopmax", zpopmax, -2, FAST_WRITE, "5.0.0",
        "Remove and return members with the highest scores in a sorted set").keys(POP),
    spec("zpopmin", zpopmin, -2, FAST_WRITE, "5.0.0",
        "Remove and return members with the lowest scores in a sorted set").keys(POP),
    spec("zrandmember", zrandmember, -2, flag::READONLY, "6.2.0",
        "Get one or multiple random elements from a sorted set").keys(READ).tips(&["nondeterministic_output"]),
    spec("zrange", zrange, -4, flag::READONLY, "1.2.0", "Return a range of members in a sorted set").keys(READ),
    spec("zrangebylex", zrangebylex, -4, flag::READONLY, "2.8.9",
        "Return a range of members in a sorted set, by lexicographical range").keys(READ),
    spec("zrangebyscore", zrangebyscore, -4, flag::READONLY, "1.0.5",
        "Return a range of members in a sorted set, by score").keys(READ),
    spec("zrangestore", zrangestore, -5, STORE, "6.2.0", "Store a range of members from sorted set into another key")
        .keys(&[KeySpec::first(key::OW | key::UPDATE), KeySpec::range(2, 0, 1, key::RO | key::ACCESS)]),
    spec("zrank", zrank, 3, FAST_READ, "2.0.0", "Determine the index of a member in a sorted set").keys(READ),
    spec("zrem", zrem, -3, FAST_WRITE, "1.2.0", "Remove one or more members from a sorted set").keys(REMOVE),
    spec("zremrangebylex", zremrangebylex, 4, flag::WRITE, "2.8.9",
        "Remove all members in a sorted set between the given lexicographical range").keys(REMOVE),
    spec("zremrangebyrank", zremrangebyrank, 4, flag::WRITE, "2.0.0",
        "Remove all members in a sorted set within the given indexes").keys(REMOVE),
    spec("zremrangebyscore", zremrangebyscore, 4, flag::WRITE, "1.2.0",
        "Remove all members in a sorted set within the given scores").keys(REMOVE),
    spec("zrevrange", zrevrange, -4, flag::READONLY, "1.2.0",
        "Return a range of members in a sorted set, by index, with scores ordered from high to low").keys(READ),
    spec("zrevrangebylex", zrevrangebylex, -4, flag::READONLY, "2.8.9",
        "Return a range of members in a sorted set, by lexicographical range, ordered from higher to lower strings.")
        .keys(READ),
    spec("zrevrangebyscore", zrevrangebyscore, -4, flag::READONLY, "2.2.0",
        "Return a range of members in a sorted set, by score, with scores ordered from high to low").keys(READ),
    spec("zrevrank", zrevrank, 3, FAST_READ, "2.0.0",
        "Determine the index of a member in a sorted set, with scores ordered from high to low").keys(READ),
    spec("zscan", zscan, -3, flag::READONLY, "2.8.0",
        "Incrementally iterate sorted sets elements and associated scores").keys(READ).tips(&["nondeterministic_output"]),
    spec("zscore", zscore, 3, FAST_READ, "1.2.0", "Get the score associated with the given member in a sorted set")
        .keys(READ),
    spec("zunion", zunion, -3, flag::READONLY, "6.2.0", "Add multiple sorted sets").keys(COUNTED),
    spec("zunionstore", zunionstore, -4, STORE, "2.0.0",
        "Add multiple sorted sets and store the resulting sorted set in a new key").keys(STORE_COUNTED),
];

/// Writes the head of a row of elements. With scores, RESP3 has a pair for each element, RESP2 all in one row.
pub(crate) fn write_head(out: &mut Out, length: usize, scores: bool) {
    out.array(if scores && !out.resp3 { 2 * length } else { length });
}

/// Writes an element of such a row.
pub(crate) fn write_element(out: &mut Out, member: &[u8], score: Option<f64>) {
    if score.is_some() && out.resp3 {
        out.array(2);
    }
    out.bulk(member);
    if let Some(score) = score {
        out.double(score);
    }
}

/// Puts a result in place of whatever `key` holds and answers how large it is; an empty one removes the key.
pub(crate) fn store(ctx: &mut Ctx<'_>, key: &[u8], result: SortedSet, event: &str) {
    let length = result.len();
    ctx.out.count(length);
    if length > 0 {
        ctx.db.set(key, result.into_value(), Expiry::Never);
        ctx.touched(Class::ZSET, event, key);
    } else if ctx.db.remove(key).is_some() {
        ctx.touched(Class::GENERIC, "del", key);
    }
}
