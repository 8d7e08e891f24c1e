//! How much memory values take, roughly: what is in them and what holds it together.
//!
//! It is an estimate from the shape of the data, not from the allocator, so that it is the same on every machine.

use crate::engine::db::Entry;
use crate::engine::stream::Id;
use crate::engine::value::{Str, Value};

/// What a key costs beside its name and value: its slot in the table, and what the allocator adds.
const KEY: usize = 64;

/// What an element of a table costs beside its bytes.
const SLOT: usize = 48;

/// What an element of a list costs beside its bytes.
const ITEM: usize = 24;

/// What an entry takes under a key, in bytes. Of the elements of a container only the first `samples` are looked at, and
/// the others taken to be like them.
pub(crate) fn usage(key: &[u8], entry: &Entry, samples: usize) -> usize {
    let expiry = if entry.expires_at().is_some() { 24 } else { 0 };
    KEY + key.len() + expiry + value(&entry.value, samples)
}

fn value(value: &Value, samples: usize) -> usize {
    match value {
        Value::Str(Str::Int(_)) => 0,
        Value::Str(Str::Bytes { bytes, .. }) => bytes.len(),
        Value::List(list) => {
            sampled(list.items.iter().map(|item| ITEM + item.len()), list.items.len(), samples)
        }
        Value::Hash(hash) => {
            let sizes = hash.fields.iter().map(|(field, value)| SLOT + field.len() + ITEM + value.len());
            sampled(sizes, hash.fields.len(), samples)
        }
        Value::Set(set) => {
            sampled(set.members.keys().map(|member| SLOT + member.len()), set.members.len(), samples)
        }
        Value::ZSet(zset) => {
            let sizes = zset.members().keys().map(|member| SLOT + ITEM + member.len());
            sampled(sizes, zset.len(), samples)
        }
        Value::Stream(stream) => {
            let sizes = stream.range(Id::MIN, Id::MAX).map(|(_, entry)| SLOT + entry.size());
            // A pending entry stands in the group's list and in its consumer's.
            let groups = stream.groups.values().map(|it| 2 * it.pending().len() + it.consumers().len() + 1);
            sampled(sizes, stream.len(), samples).saturating_add(groups.sum::<usize>() * SLOT)
        }
    }
}

/// The sum of all sizes, from the first few.
fn sampled(sizes: impl Iterator<Item = usize>, count: usize, samples: usize) -> usize {
    let (mut sum, mut seen) = (0usize, 0usize);
    for size in sizes.take(samples) {
        sum = sum.saturating_add(size);
        seen += 1;
    }
    if seen == 0 { 0 } else { (sum as u128 * count as u128 / seen as u128) as usize }
}
