//! Cycles.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use pottery::{Cycle, ErrorKind, Store};
use pottery_test_support::{shared, unique};

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::store;

fn colours(store: &Store) -> Cycle<&'static str> {
    store.cycle(unique("cycle"), ["red", "green", "blue"])
}

#[test]
fn values_take_turns_and_begin_again() {
    let cycle = colours(&store());
    assert_eq!(cycle.value().wait().unwrap(), "red");
    assert!(!cycle.exists().wait().unwrap());
    for expected in ["green", "blue", "red", "green"] {
        assert_eq!(cycle.next().wait().unwrap(), expected);
        assert_eq!(cycle.value().wait().unwrap(), expected);
    }
    cycle.set_position(2).wait().unwrap();
    assert_eq!((cycle.position().wait().unwrap(), cycle.value().wait().unwrap()), (2, "blue"));
    assert_eq!(cycle.set_position(3).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange);
    assert_eq!(cycle.values(), ["red", "green", "blue"]);
    cycle.clear().wait().unwrap();
    assert_eq!(cycle.value().wait().unwrap(), "red");
}

#[test]
fn a_position_beyond_the_values_has_gone_round() {
    let store = store();
    let cycle = colours(&store);
    shared().cli(&["SET", &cycle.key().to_string(), "5"]);
    assert_eq!((cycle.value().wait().unwrap(), cycle.position().wait().unwrap()), ("blue", 2));
    assert_eq!(cycle.next().wait().unwrap(), "red");
    let empty: Cycle<u8> = store.cycle(cycle.key(), []);
    assert_eq!(empty.value().wait().unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(empty.next().wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn each_of_many_at_once_gets_another_turn() {
    let cycle = store().cycle(unique("cycle"), 0..10);
    let takers: Vec<_> = (0..4)
        .map(|_| {
            let cycle = cycle.clone();
            thread::spawn(move || (0..100).map(|_| cycle.next().wait().unwrap()).collect::<Vec<_>>())
        })
        .collect();
    let mut turns: HashMap<i32, usize> = HashMap::new();
    for taker in takers {
        taker.join().unwrap().into_iter().for_each(|value| *turns.entry(value).or_default() += 1);
    }
    assert_eq!(turns, (0..10).map(|value| (value, 40)).collect());
}

#[test]
fn a_time_to_live_stays_and_foreign_values_are_errors() {
    let cycle = colours(&store());
    cycle.next().wait().unwrap();
    cycle.expire(Duration::from_secs(100)).wait().unwrap();
    cycle.next().wait().unwrap();
    cycle.set_position(0).wait().unwrap();
    assert!(cycle.ttl().wait().unwrap().unwrap() > Duration::from_secs(90));
    let key = cycle.key().to_string();
    for command in FOREIGN.iter().filter(|command| command[0] != "SET") {
        let dump = make_foreign(&key, command);
        wrong_type! { &*key, dump; cycle.value(); cycle.next(); cycle.position(); cycle.set_position(1); }
    }
    make_foreign(&key, &["SET", "", "x"]);
    assert_eq!(cycle.value().wait().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(cycle.next().wait().unwrap_err().kind(), ErrorKind::Decode);
}

#[test]
fn it_can_be_watched_like_all_that_have_a_key() {
    let store = store();
    let (cycle, slots, limiter) = (colours(&store), store.slots(unique("s"), 1), store.limiter(unique("l")));
    let mut attempts = store.watch((&cycle, &slots, &limiter));
    let attempt = attempts.begin().wait().unwrap();
    slots.reserve().wait().unwrap();
    assert!(attempt.commit(cycle.next()).wait().unwrap().is_none());
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let cycle = colours(&store);
    assert_eq!(cycle.next().await.unwrap(), "green");
    assert_eq!(store.transaction((cycle.next(), cycle.value())).await.unwrap(), ("blue", "blue"));
    assert_eq!(store.pipeline((cycle.next(), cycle.position())).await.unwrap(), ("red", 0));
}
