//! Many commands, one round trip.

use pottery::{Command, Store};
use redis::Pipeline;

use crate::comparison::{Comparison, Exchange, both};
use crate::context::Context;
use crate::raw::{encode, encode_text};

const COMMANDS: usize = 100;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let store = &context.store;
    let keys: Vec<String> = (0..COMMANDS).map(|number| format!("value:{number}")).collect();
    store.pipeline(sets(store, &keys)).wait().expect("they are set");
    let sent_sets = keys.iter().map(|key| encode(&["SET", key, "1234567", "KEEPTTL"]));
    let sent_gets = keys.iter().map(|key| encode(&["GET", key]));
    let in_multi = [encode_text("MULTI")].into_iter().chain(sent_sets.clone()).chain([encode_text("EXEC")]);

    let pipelined_sets = {
        let (store, keys, by_hand) = (store.clone(), keys.clone(), keys.clone());
        both(
            context,
            "pipeline of 100 SET",
            move || store.pipeline(sets(&store, &keys)),
            move || sets_by_hand(redis::pipe(), &by_hand),
            |done: Vec<()>| done,
            &Exchange::of(sent_sets),
        )
    };
    let pipelined_gets = {
        let (store, keys, by_hand) = (store.clone(), keys.clone(), keys.clone());
        both(
            context,
            "pipeline of 100 GET",
            move || {
                let gets: Vec<_> = keys.iter().map(|key| store.value::<u64>(key).get()).collect();
                store.pipeline(gets)
            },
            move || {
                let mut pipe = redis::pipe();
                for key in &by_hand {
                    pipe.get(key);
                }
                pipe
            },
            |values: Vec<Option<u64>>| values,
            &Exchange::of(sent_gets),
        )
    };
    let transaction = {
        let (store, keys, by_hand) = (store.clone(), keys.clone(), keys.clone());
        both(
            context,
            "transaction of 100 SET",
            move || store.transaction(sets(&store, &keys)),
            move || {
                let mut pipe = redis::pipe();
                pipe.atomic();
                sets_by_hand(pipe, &by_hand)
            },
            |done: Vec<()>| done,
            &Exchange::of(in_multi),
        )
    };
    pipelined_sets.into_iter().chain(pipelined_gets).chain(transaction).collect()
}

fn sets(store: &Store, keys: &[String]) -> Vec<Command<()>> {
    keys.iter().map(|key| store.value::<u64>(key).set(1_234_567)).collect()
}

fn sets_by_hand(mut pipe: Pipeline, keys: &[String]) -> Pipeline {
    for key in keys {
        pipe.cmd("SET").arg(key).arg(1_234_567_u64).arg("KEEPTTL");
    }
    pipe
}
