//! Queues and what else counts or takes turns, beside the same commands by hand.

use super::by_hand;
use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let mut comparisons = Vec::new();
    let queue = store.queue::<u64>("queue:a");
    comparisons.extend(both(
        context,
        "a queue's put: RPUSH",
        move || queue.put(1_234_567),
        by_hand("RPUSH queue:b 1234567"),
        |length: usize| length,
        &Exchange::of([encode_text("RPUSH queue:c 1234567")]),
    ));
    let queue = store.queue::<u64>("queue:none");
    comparisons.extend(both(
        context,
        "a queue's get: LPOP of nothing",
        move || queue.get(),
        by_hand("LPOP queue:none"),
        |item: Option<u64>| item,
        &Exchange::of([encode_text("LPOP queue:none")]),
    ));
    let queue = store.unique_queue::<u64>("unique:none");
    comparisons.extend(both(
        context,
        "a unique queue's get: ZPOPMIN of nothing",
        move || queue.get().map(|item| item.is_some()),
        by_hand("ZPOPMIN unique:none"),
        |found: Vec<(u64, f64)>| !found.is_empty(),
        &Exchange::of([encode_text("ZPOPMIN unique:none")]),
    ));
    let counts = store.multiset::<u64>("counts:a");
    comparisons.extend(both(
        context,
        "a multiset's add: HINCRBY",
        move || counts.add(7, 1),
        by_hand("HINCRBY counts:b 7 1"),
        |sum: i64| sum,
        &Exchange::of([encode_text("HINCRBY counts:c 7 1")]),
    ));
    comparisons
}
