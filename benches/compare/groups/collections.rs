//! Whole collections, read at once.

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let list = store.list::<u64>("list");
    let pushes: Vec<_> = (0..100_000_u64).map(|number| list.push(number)).collect();
    store.pipeline(pushes).wait().expect("it is filled");

    let list = both(
        context,
        "LRANGE of 100,000 `u64`",
        move || list.to_vec(),
        || {
            let mut range = redis::cmd("LRANGE");
            range.arg("list").arg(0).arg(-1);
            range
        },
        |items: Vec<u64>| items,
        &Exchange::of([encode_text("LRANGE list 0 -1")]),
    );
    list.into()
}
