//! One call, one round trip.

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    store.value::<u64>("value").set(1_234_567).wait().expect("it is set");
    let get = {
        let store = store.clone();
        both(
            context,
            "GET of a `u64`",
            move || store.value::<u64>("value").get(),
            || {
                let mut get = redis::cmd("GET");
                get.arg("value");
                get
            },
            |value: Option<u64>| value,
            &Exchange::of([encode_text("GET value")]),
        )
    };
    let push = {
        let store = store.clone();
        both(
            context,
            "RPUSH of a `u64`",
            move || store.list::<u64>("list:a").push(1_234_567),
            || {
                let mut push = redis::cmd("RPUSH");
                push.arg("list:b").arg(1_234_567_u64);
                push
            },
            |len: usize| len,
            &Exchange::of([encode_text("RPUSH list:c 1234567")]),
        )
    };
    get.into_iter().chain(push).collect()
}
