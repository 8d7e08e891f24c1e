//! Numbers, strings and what is kept in them.

use super::by_hand;
use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let (integer, text, bits) = (store.integer::<i64>("int:a"), store.text("text"), store.bits("bits"));
    let (log, filter) =
        (store.hyper_log_log::<u64>("hll"), store.bloom_filter::<u64>("bloom", 100_000, 0.01));
    text.set("Everything in its right place").wait().expect("it is set");
    bits.extend([3, 77, 4_000]).wait().expect("they are set");
    log.extend(0..1_000).wait().expect("they are counted");
    filter.insert(7).wait().expect("it goes in");
    let mut all = Vec::new();
    let exchange = |words| Exchange::of([encode_text(words)]);
    all.extend(both(
        context,
        "INCRBY",
        move || integer.incr(3),
        by_hand("INCRBY int:b 3"),
        |sum: i64| sum,
        &exchange("INCRBY int:c 3"),
    ));
    all.extend(both(
        context,
        "GETRANGE",
        move || text.get_range(11..),
        by_hand("GETRANGE text 11 -1"),
        |part: String| part,
        &exchange("GETRANGE text 11 -1"),
    ));
    let other = bits.clone();
    all.extend(both(
        context,
        "SETBIT",
        move || bits.set(77, true),
        by_hand("SETBIT bits 77 1"),
        |old: bool| old,
        &exchange("SETBIT bits 77 1"),
    ));
    all.extend(both(
        context,
        "BITCOUNT",
        move || other.count(..),
        by_hand("BITCOUNT bits"),
        |count: u64| count,
        &exchange("BITCOUNT bits"),
    ));
    all.extend(both(
        context,
        "PFADD",
        move || log.insert(12),
        by_hand("PFADD hll 12"),
        |is_new: bool| is_new,
        &exchange("PFADD hll 12"),
    ));
    // by hand: seven bits, which are not checked to be of such a filter
    let seven = "GET u1 1000 GET u1 2100 GET u1 33000 GET u1 4400 GET u1 550 GET u1 66000 GET u1 777";
    all.extend(both(
        context,
        "7 bits of a Bloom filter",
        move || filter.contains(8),
        by_hand(&format!("BITFIELD_RO bloom {seven}")),
        |bits: Vec<u8>| bits.iter().all(|bit| *bit == 1),
        &exchange(&format!("BITFIELD_RO bloom {seven}")),
    ));
    all
}
