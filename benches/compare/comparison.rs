//! Comparisons: the same work, done in three ways.

use std::fmt::Debug;
use std::rc::Rc;
use std::time::{Duration, Instant};

use pottery::Command;
use redis::aio::MultiplexedConnection;
use redis::{Cmd, Connection, FromRedisValue, Pipeline};
use tokio::runtime::Runtime;

use crate::context::Context;

/// The same work, done in different ways.
pub(crate) struct Comparison {
    pub(crate) what: String,
    /// How many calls are one piece of work, for figures per call.
    pub(crate) per: u32,
    /// pottery, by hand, raw.
    pub(crate) ways: [Way; 3],
}

/// One way to do some work so many times; says how long that took.
pub(crate) type Way = Box<dyn FnMut(u32) -> Duration>;

/// What is sent by hand: a command or a pipeline of the client crate.
pub(crate) trait ByHand: 'static {
    fn blocking<H: FromRedisValue>(&self, connection: &mut Connection) -> H;
    async fn asynchronous<H: FromRedisValue>(&self, connection: &mut MultiplexedConnection) -> H;
}

macro_rules! by_hand {
    ($type:ty) => {
        impl ByHand for $type {
            fn blocking<H: FromRedisValue>(&self, connection: &mut Connection) -> H {
                self.query(connection).expect("the command succeeds")
            }

            async fn asynchronous<H: FromRedisValue>(&self, connection: &mut MultiplexedConnection) -> H {
                self.query_async(connection).await.expect("the command succeeds")
            }
        }
    };
}

by_hand!(Cmd);
by_hand!(Pipeline);

/// What a raw socket sends, and how many replies come back.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) request: Vec<u8>,
    pub(crate) replies: usize,
}

impl Exchange {
    pub(crate) fn of(commands: impl IntoIterator<Item = Vec<u8>>) -> Exchange {
        let commands: Vec<_> = commands.into_iter().collect();
        Exchange { replies: commands.len(), request: commands.concat() }
    }
}

/// Compares one command or batch: blocking, and awaited one after the other in one task.
///
/// What is sent by hand is built at each call, as pottery's command is; `read` makes of its answer what pottery
/// answers with. The first answers of the two must be equal, so where they depend on calls before, each works at keys
/// of its own.
pub(crate) fn both<T, H, B>(
    context: &Context,
    what: &str,
    pottery: impl Fn() -> Command<T> + Clone + 'static,
    by_hand: impl Fn() -> B + Clone + 'static,
    read: fn(H) -> T,
    raw: &Exchange,
) -> [Comparison; 2]
where
    T: PartialEq + Debug + Send + 'static,
    H: FromRedisValue + 'static,
    B: ByHand,
{
    let blocking = {
        let (pottery, by_hand, raw) = (pottery.clone(), by_hand.clone(), raw.clone());
        let pottery = move || pottery().wait().expect("the command succeeds");
        let mut connection = context.connection();
        let mut by_hand = move || read(by_hand().blocking(&mut connection));
        same(what, pottery(), by_hand());
        let mut socket = context.raw();
        let raw = move || socket.exchange(&raw.request, raw.replies);
        [waited(pottery), waited(by_hand), waited(raw)]
    };
    let runtime = &context.current_thread;
    let asynchronous = {
        let raw = raw.clone();
        let pottery = async move || pottery().await.expect("the command succeeds");
        let mut connection = context.multiplexed(runtime);
        let mut by_hand = async move || read(by_hand().asynchronous(&mut connection).await);
        runtime.block_on(async { same(what, pottery().await, by_hand().await) });
        let mut socket = context.raw_on(runtime);
        let raw = async move || socket.exchange(&raw.request, raw.replies).await;
        [awaited(runtime, pottery), awaited(runtime, by_hand), awaited(runtime, raw)]
    };
    [
        Comparison { what: format!("{what}, blocking"), per: 1, ways: blocking },
        Comparison { what: format!("{what}, async"), per: 1, ways: asynchronous },
    ]
}

#[track_caller]
fn same<T: PartialEq + Debug>(what: &str, pottery: T, by_hand: T) {
    assert!(pottery == by_hand, "{what}: pottery answers {pottery:.200?}, by hand it is {by_hand:.200?}");
}

/// One way, on this thread.
pub(crate) fn waited<T>(mut work: impl FnMut() -> T + 'static) -> Way {
    Box::new(move |times| {
        let begin = Instant::now();
        for _ in 0..times {
            drop(std::hint::black_box(work()));
        }
        begin.elapsed()
    })
}

fn awaited<T>(runtime: &Rc<Runtime>, mut work: impl AsyncFnMut() -> T + 'static) -> Way {
    let runtime = runtime.clone();
    Box::new(move |times| {
        runtime.block_on(async {
            let begin = Instant::now();
            for _ in 0..times {
                drop(std::hint::black_box(work().await));
            }
            begin.elapsed()
        })
    })
}

/// What the command line and the environment ask for.
pub(crate) struct Asked {
    filter: Option<String>,
    pub(crate) rounds: u32,
}

impl Asked {
    /// `cargo bench` passes `--bench`; without it, as under `cargo test`, one round shows that everything still works.
    pub(crate) fn read() -> Asked {
        let mut asked = Asked { filter: None, rounds: 1 };
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--bench" => asked.rounds = 21,
                option if option.starts_with('-') => {}
                text => asked.filter = Some(text.to_owned()),
            }
        }
        if let Ok(number) = std::env::var("POTTERY_BENCH_ROUNDS") {
            asked.rounds = number.parse().expect("POTTERY_BENCH_ROUNDS is a number");
        }
        asked
    }

    /// Whether this group is among what was asked for.
    pub(crate) fn wants(&self, group: &str) -> bool {
        self.filter.as_ref().is_none_or(|filter| group.contains(filter.as_str()))
    }
}
