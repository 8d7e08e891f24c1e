//! Maps with a default.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use pottery_test_support::unique;

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::store;

#[test]
fn what_is_not_there_gets_the_default_and_keeps_it() {
    let map = store().default_map::<String, u32>(unique("map"), || 3);
    assert_eq!(map.peek("a").wait().unwrap(), None);
    assert!(!map.contains_key("a").wait().unwrap() && !map.exists().wait().unwrap());
    assert_eq!(map.get("a").wait().unwrap(), 3);
    assert_eq!(map.peek("a").wait().unwrap(), Some(3));
    assert!(!map.insert("a", 0).wait().unwrap());
    assert_eq!(map.get("a").wait().unwrap(), 0, "what is falsy is there");
    assert_eq!(map.get_many(["a", "b"]).wait().unwrap(), [Some(0), None]);
    assert_eq!(map.get_or("b", 9).wait().unwrap(), 9);
    assert_eq!(map.len().wait().unwrap(), 1);
    assert_eq!(map.clone().into_map().to_map().wait().unwrap(), HashMap::from([("a".to_owned(), 0)]));
    let lists = store().default_map::<u8, Vec<u8>>(unique("map"), Vec::new);
    assert!(lists.get(1).wait().unwrap().is_empty());
    assert!(lists.remove(1).wait().unwrap());
}

#[test]
fn all_who_ask_at_once_get_the_same() {
    let next = Arc::new(AtomicU64::new(0));
    let map = store().default_map::<u64, u64>(unique("map"), move || next.fetch_add(1, Ordering::Relaxed));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let map = map.clone();
            thread::spawn(move || (0..100).map(|key| map.get(key).wait().unwrap()).collect::<Vec<_>>())
        })
        .collect();
    let mut answers = readers.into_iter().map(|reader| reader.join().unwrap());
    let first = answers.next().unwrap();
    assert!(answers.all(|other| other == first));
    assert_eq!(map.len().wait().unwrap(), 100);
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let map = store().default_map::<String, u32>(unique("map"), || 3);
    let key = map.key().to_string();
    for command in FOREIGN.iter().filter(|command| command[0] != "HSET") {
        let dump = make_foreign(&key, command);
        wrong_type! { &*key, dump; map.get("a"); map.peek("a"); map.len(); }
    }
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let map = store.default_map::<String, u32>(unique("map"), || 3);
    assert_eq!(map.get("a").await.unwrap(), 3);
    assert_eq!(store.transaction((map.get("b"), map.peek("c"))).await.unwrap(), (3, None));
    assert_eq!(store.pipeline((map.get("b"), map.len())).await.unwrap(), (3, 2));
}
