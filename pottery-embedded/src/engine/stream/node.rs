//! How Redis packs a stream's entries together.
//!
//! It keeps some hundred entries in one listpack, and the listpacks in a radix tree. Nothing here is kept that way, but it
//! shows: trimming "about" some length removes whole listpacks, and `XINFO` tells how many there are. So this computes
//! which entries would lie together.

use crate::engine::number::parse_i64;
use crate::engine::stream::Id;

/// `stream-node-max-entries`.
pub(crate) const MAX_ENTRIES: usize = 100;

/// `stream-node-max-bytes`.
const MAX_BYTES: usize = 4096;

/// Entries that Redis would keep in one listpack.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// The name of the first entry, even if it is there no more; others are kept as distances from it.
    first: Id,
    /// The name of the last entry, even if it is there no more.
    pub(crate) last: Id,
    /// The fields of the first entry; entries with the same fields keep only their values.
    fields: Box<[Box<[u8]>]>,
    /// Entries that are there.
    pub(crate) live: usize,
    /// Entries that were removed but keep their place.
    pub(crate) dead: usize,
    bytes: usize,
}

impl Node {
    /// Begins with an entry; `pairs` are fields and values in turn.
    pub(crate) fn new(id: Id, pairs: &[&[u8]]) -> Node {
        let fields: Box<[Box<[u8]>]> = pairs.iter().step_by(2).map(|field| (*field).into()).collect();
        // The listpack's own head and end, the counts of live and dead entries, the fields and a zero.
        let head = 7
            + 2 * integer(1)
            + integer(fields.len() as i64)
            + fields.iter().map(|field| string(field)).sum::<usize>()
            + integer(0);
        let mut node = Node { first: id, last: id, fields, live: 0, dead: 0, bytes: head };
        node.add(id, pairs);
        node
    }

    /// Whether another entry would still be put here.
    pub(crate) fn has_room(&self, pairs: &[&[u8]]) -> bool {
        let size: usize = pairs.iter().map(|it| it.len()).sum();
        self.bytes + size < MAX_BYTES && self.live + self.dead < MAX_ENTRIES
    }

    /// Adds an entry.
    pub(crate) fn add(&mut self, id: Id, pairs: &[&[u8]]) {
        let count = pairs.len() / 2;
        let fields = || pairs.iter().step_by(2);
        let values: usize = pairs.iter().skip(1).step_by(2).map(|value| string(value)).sum();
        let same =
            count == self.fields.len() && fields().zip(&self.fields).all(|(one, other)| **one == **other);
        let fixed = integer(0)
            + integer(id.ms.wrapping_sub(self.first.ms) as i64)
            + integer(id.seq.wrapping_sub(self.first.seq) as i64);
        let names =
            if same { 0 } else { integer(count as i64) + fields().map(|it| string(it)).sum::<usize>() };
        let pieces = if same { count + 3 } else { 2 * count + 4 };
        self.bytes += fixed + names + values + integer(pieces as i64);
        self.last = id;
        self.live += 1;
    }
}

/// The bytes that an integer takes in a listpack.
fn integer(value: i64) -> usize {
    let bytes = match value {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    };
    // It can be read from its end, too.
    bytes + 1
}

/// The bytes that a string takes, which is kept as an integer if it is one.
fn string(text: &[u8]) -> usize {
    if let Some(value) = parse_i64(text) {
        return integer(value);
    }
    let bytes = match text.len() {
        length @ 0..64 => length + 1,
        length @ 64..4096 => length + 2,
        length => length + 5,
    };
    let back = match bytes {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    };
    bytes + back
}

/// How many nodes a radix tree has that holds these keys, which are in order.
pub(crate) fn radix_nodes(keys: &[[u8; 16]]) -> usize {
    if keys.is_empty() { 1 } else { radix_nodes_from(keys, 0) }
}

/// The same for the part of the tree below a prefix of so many bytes, which all of them share.
fn radix_nodes_from(keys: &[[u8; 16]], prefix: usize) -> usize {
    let (Some(first), Some(last)) = (keys.first(), keys.last()) else { return 0 };
    let common = first.iter().zip(last).skip(prefix).take_while(|(one, other)| one == other).count();
    // What has no branches is one node.
    let chain = usize::from(common > 0);
    let at = prefix + common;
    if at == first.len() {
        return chain + 1;
    }
    chain
        + 1
        + keys
            .chunk_by(|one, other| one[at] == other[at])
            .map(|keys| radix_nodes_from(keys, at + 1))
            .sum::<usize>()
}
