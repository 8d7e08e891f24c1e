//! Many elements appended at once.

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::{encode, encode_text};

const ELEMENTS: u64 = 10_000;
/// As pottery does it: more in one command would hold up the server for others.
const CHUNK: usize = 1_000;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = context.store.clone();
    let numbers: Vec<u64> = (0..ELEMENTS).collect();
    let pushes = numbers.chunks(CHUNK).map(|chunk| {
        let texts: Vec<String> = chunk.iter().map(u64::to_string).collect();
        let args: Vec<&str> =
            ["RPUSH", "list:c"].into_iter().chain(texts.iter().map(String::as_str)).collect();
        encode(&args)
    });
    let raw = Exchange::of([encode_text("MULTI")].into_iter().chain(pushes).chain([encode_text("EXEC")]));
    let by_hand = numbers.clone();
    let appended = both(
        context,
        "RPUSH of 10,000 `u64`",
        move || store.list::<u64>("list:a").extend(&numbers),
        move || {
            let mut pipe = redis::pipe();
            pipe.atomic();
            for chunk in by_hand.chunks(CHUNK) {
                pipe.rpush("list:b", chunk);
            }
            pipe
        },
        |lens: Vec<usize>| lens.last().copied().unwrap_or(0),
        &raw,
    );
    appended.into()
}
