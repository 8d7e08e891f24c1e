//! Many tasks that share a store, each awaiting one call after the other.

use std::rc::Rc;
use std::time::Instant;

use redis::AsyncCommands;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::comparison::{Comparison, Exchange, Way};
use crate::context::Context;
use crate::raw::encode_text;

const TASKS: u32 = 256;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    context.store.value::<u64>("value").set(1_234_567).wait().expect("it is set");
    vec![
        comparison(context, &context.current_thread, "GET of a `u64`, one thread"),
        comparison(context, &context.multi_thread, "GET of a `u64`, two workers on one core"),
    ]
}

fn comparison(context: &Context, runtime: &Rc<Runtime>, what: &str) -> Comparison {
    let store = context.store.clone();
    let pottery = way(runtime, move |times| {
        let store = store.clone();
        async move {
            for _ in 0..times {
                assert_eq!(store.value::<u64>("value").get().await.expect("it is there"), Some(1_234_567));
            }
        }
    });
    let connection = context.multiplexed(runtime);
    let by_hand = way(runtime, move |times| {
        let mut connection = connection.clone();
        async move {
            for _ in 0..times {
                let value: Option<u64> = connection.get("value").await.expect("it is there");
                assert_eq!(value, Some(1_234_567));
            }
        }
    });
    let raw = {
        let runtime = runtime.clone();
        let exchange = Exchange::of((0..TASKS).map(|_| encode_text("GET value")));
        let mut socket = context.raw_on(&runtime);
        Box::new(move |times| {
            runtime.block_on(async {
                let begin = Instant::now();
                for _ in 0..times {
                    socket.exchange(&exchange.request, exchange.replies).await;
                }
                begin.elapsed()
            })
        })
    };
    Comparison { what: what.to_owned(), per: TASKS, ways: [pottery, by_hand, raw] }
}

/// All tasks at once, each with so many calls.
fn way<F: Future<Output = ()> + Send + 'static>(
    runtime: &Rc<Runtime>,
    task: impl Fn(u32) -> F + 'static,
) -> Way {
    let runtime = runtime.clone();
    Box::new(move |times| {
        runtime.block_on(async {
            let begin = Instant::now();
            let mut tasks = JoinSet::new();
            for _ in 0..TASKS {
                tasks.spawn(task(times));
            }
            tasks.join_all().await;
            begin.elapsed()
        })
    })
}
