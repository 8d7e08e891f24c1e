//! Messages and memos.

use crate::comparison::{Comparison, Exchange, both, waited};
use crate::context::Context;
use crate::raw::{encode, encode_text};

/// So many messages come at once.
const MESSAGES: usize = 100;

pub(crate) fn group(context: &Context) -> Vec<Comparison> {
    let mut all = Vec::new();
    all.extend(publish(context));
    all.push(listen(context));
    all.extend(peek(context));
    all.push(hit(context));
    all
}

fn publish(context: &Context) -> [Comparison; 2] {
    let store = context.store.clone();
    both(
        context,
        "PUBLISH of a `u64` to nobody",
        move || store.topic::<u64>("nobody").publish(1_234_567),
        || {
            let mut publish = redis::cmd("PUBLISH");
            publish.arg("nobody").arg(1_234_567_u64);
            publish
        },
        |count: usize| count,
        &Exchange::of([encode_text("PUBLISH nobody 1234567")]),
    )
}

/// Each publishes and listens on connections of its own; publishing is the same for all.
fn listen(context: &Context) -> Comparison {
    let publisher = |channel: &'static str| {
        let mut socket = context.raw();
        let request = encode_text(&format!("PUBLISH {channel} 1234567")).repeat(MESSAGES);
        move || socket.exchange(&request, MESSAGES)
    };
    let mut events = context.store.topic::<u64>("a").subscribe().wait().expect("it is confirmed").into_iter();
    let mut publish = publisher("a");
    let pottery = move || {
        publish();
        for _ in 0..MESSAGES {
            let event = events.next().expect("it never ends").expect("a message");
            assert_eq!(event.message(), Some(1_234_567));
        }
    };
    let mut connection = context.connection();
    // over RESP3 there is no reply, and the confirmation is a push like the messages
    redis::cmd("SUBSCRIBE").arg("b").set_no_response(true).exec(&mut connection).expect("it is sent");
    connection.recv_response().expect("it is confirmed");
    let mut publish = publisher("b");
    let by_hand = move || {
        publish();
        for _ in 0..MESSAGES {
            let message = connection.recv_response().expect("a message");
            let redis::Value::Push { data, .. } = message else { panic!("{message:?}") };
            let number: u64 = redis::from_redis_value_ref(&data[1]).expect("a number");
            assert_eq!(number, 1_234_567);
        }
    };
    let mut socket = context.raw();
    socket.exchange(&encode_text("SUBSCRIBE c"), 1);
    let mut publish = publisher("c");
    let raw = move || {
        publish();
        socket.exchange(&[], MESSAGES);
    };
    Comparison {
        what: format!("{MESSAGES} messages published and heard, blocking"),
        per: MESSAGES as u32,
        ways: [waited(pottery), waited(by_hand), waited(raw)],
    }
}

/// The script's digest, known to the server from now on.
fn load(context: &Context, script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n");
    let mut load = redis::cmd("SCRIPT");
    load.arg("LOAD").arg(text).query(&mut context.connection()).expect("a digest")
}

fn peek(context: &Context) -> [Comparison; 2] {
    let memo = context.store.memo::<u64, u64>("memo");
    memo.insert(7, 1_234_567).wait().expect("it is stored");
    let digest = load(context, include_str!("../../../pottery-core/src/scripts/memo_peek.lua"));
    let raw = encode(&["EVALSHA", &digest, "1", "memo", "7"]);
    both(
        context,
        "`Memo::peek`",
        move || memo.peek(7),
        move || {
            let mut eval = redis::cmd("EVALSHA");
            eval.arg(&digest).arg(1).arg("memo").arg(7);
            eval
        },
        |value: Option<u64>| value,
        &Exchange::of([raw]),
    )
}

fn hit(context: &Context) -> Comparison {
    let memo = context.store.memo::<u64, u64>("memo");
    let digest = load(context, include_str!("../../../pottery-core/src/scripts/memo_ask.lua"));
    let arguments = ["1", "memo", "7", "0123456789abcdef0123456789abcdef", "10000", "", "0", "1"];
    let raw = encode(&[&["EVALSHA", &*digest][..], &arguments].concat());
    let pottery = move || memo.get_or_insert_with(7, || unreachable!()).wait().expect("it is remembered");
    let mut connection = context.connection();
    let by_hand = move || {
        let mut eval = redis::cmd("EVALSHA");
        eval.arg(&digest).arg(&arguments);
        let (kind, value): (u8, u64) = eval.query(&mut connection).expect("it is remembered");
        assert_eq!(kind, 1);
        value
    };
    let mut socket = context.raw();
    let raw = move || socket.exchange(&raw, 1);
    Comparison {
        what: "a hit of a memo, blocking".to_owned(),
        per: 1,
        ways: [waited(pottery), waited(by_hand), waited(raw)],
    }
}
