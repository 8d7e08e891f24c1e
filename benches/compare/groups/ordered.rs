//! Sorted sets.

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::encode_text;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let board = store.sorted_set::<String>("board");
    board.extend((0..10_000_u32).map(|i| (format!("player:{i}"), i))).wait().expect("it is filled");

    let add = {
        let board = board.clone();
        both(
            context,
            "ZADD of one member",
            move || board.insert("player:77", 77),
            || {
                let mut add = redis::cmd("ZADD");
                add.arg("board").arg(77.0).arg("player:77");
                add
            },
            |new: bool| new,
            &Exchange::of([encode_text("ZADD board 77.0 player:77")]),
        )
    };
    let range = {
        let board = board.clone();
        both(
            context,
            "ZRANGE WITHSCORES of the best 100",
            move || board.by_rank(-100..).entries(),
            || {
                let mut range = redis::cmd("ZRANGE");
                range.arg("board").arg(-100).arg(-1).arg("WITHSCORES");
                range
            },
            |entries: Vec<(String, f64)>| entries,
            &Exchange::of([encode_text("ZRANGE board -100 -1 WITHSCORES")]),
        )
    };
    let all = both(
        context,
        "ZRANGE WITHSCORES of 10,000",
        move || board.to_vec(),
        || {
            let mut range = redis::cmd("ZRANGE");
            range.arg("board").arg(0).arg(-1).arg("WITHSCORES");
            range
        },
        |entries: Vec<(String, f64)>| entries,
        &Exchange::of([encode_text("ZRANGE board 0 -1 WITHSCORES")]),
    );
    add.into_iter().chain(range).chain(all).collect()
}
