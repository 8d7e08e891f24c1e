//! Slots.

use std::thread;
use std::time::Duration;

use pottery::{ErrorKind, Slots};
use pottery_test_support::{shared, unique};

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::store;

fn slots(count: u32) -> Slots {
    store().slots(unique("slots"), count)
}

#[test]
fn places_are_taken_and_given_back_and_never_more_than_there_are() {
    let slots = slots(2);
    assert_eq!((slots.count(), slots.available().wait().unwrap(), slots.taken().wait().unwrap()), (2, 2, 0));
    assert!(!slots.release().wait().unwrap());
    assert!(slots.reserve().wait().unwrap() && slots.reserve().wait().unwrap());
    assert!(!slots.reserve().wait().unwrap());
    assert_eq!((slots.available().wait().unwrap(), slots.taken().wait().unwrap()), (0, 2));
    assert!(slots.release().wait().unwrap());
    assert_eq!(slots.available().wait().unwrap(), 1);
    assert!(slots.release().wait().unwrap());
    assert!(!slots.exists().wait().unwrap(), "no place is taken, so there is no key");
    assert!(!self::slots(0).reserve().wait().unwrap());
}

#[test]
fn fewer_places_than_are_taken_are_none() {
    let store = store();
    let slots = slots(5);
    shared().cli(&["SET", &slots.key().to_string(), "9"]);
    assert_eq!((slots.available().wait().unwrap(), slots.taken().wait().unwrap()), (0, 9));
    assert!(!slots.reserve().wait().unwrap() && slots.release().wait().unwrap());
    shared().cli(&["SET", &slots.key().to_string(), "-3"]);
    assert_eq!(slots.available().wait().unwrap(), 5);
    assert!(!slots.release().wait().unwrap() && slots.reserve().wait().unwrap());
    assert_eq!(slots.taken().wait().unwrap(), 1);
    let _ = store;
}

#[test]
fn many_at_once_never_have_more_than_there_are() {
    let slots = slots(3);
    let takers: Vec<_> = (0..6)
        .map(|_| {
            let slots = slots.clone();
            thread::spawn(move || {
                let mut had = 0;
                for _ in 0..100 {
                    if slots.reserve().wait().unwrap() {
                        had += 1;
                        assert!(slots.taken().wait().unwrap() <= 3);
                        assert!(slots.release().wait().unwrap());
                    }
                }
                had
            })
        })
        .collect();
    assert!(takers.into_iter().map(|taker| taker.join().unwrap()).sum::<u32>() > 0);
    assert_eq!(slots.taken().wait().unwrap(), 0);
}

#[test]
fn the_time_after_which_all_come_back_stays() {
    let slots = slots(2);
    assert!(slots.reserve().wait().unwrap() && slots.expire(Duration::from_secs(100)).wait().unwrap());
    assert!(slots.release().wait().unwrap() && slots.reserve().wait().unwrap());
    assert!(slots.ttl().wait().unwrap().unwrap() > Duration::from_secs(50));
}

#[test]
fn what_is_no_count_is_an_error() {
    let slots = slots(3);
    let key = slots.key().to_string();
    for command in FOREIGN.iter().filter(|command| command[0] != "SET") {
        let dump = make_foreign(&key, command);
        wrong_type! { &*key, dump; slots.reserve(); slots.release(); slots.taken(); slots.available(); }
    }
    make_foreign(&key, &["SET", "", "x"]);
    for error in [slots.reserve().wait().unwrap_err(), slots.release().wait().unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let slots = store.slots(unique("slots"), 1);
    assert!(slots.reserve().await.unwrap());
    assert_eq!(store.transaction((slots.release(), slots.reserve())).await.unwrap(), (true, true));
    assert_eq!(store.pipeline((slots.reserve(), slots.available())).await.unwrap(), (false, 0));
}
