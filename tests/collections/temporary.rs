//! Collections that end with their owner.

use pottery::{Deque, ErrorKind, List, Map, Open, Set, Store, Temporary};
use pottery_test_support::{unique, wait_until};
use std::time::Duration;

use crate::store;

/// A key in use, and a second handle that does not own it.
fn filled<H: Open + std::fmt::Debug>(store: &Store, fill: impl FnOnce(&H)) -> (Temporary<H>, String) {
    let owner = store.temporary::<H>();
    fill(&owner);
    let key = format!("{owner:?}").split('"').nth(1).expect("a key in quotes").to_owned();
    assert!(store.list::<u64>(key.as_str()).exists().wait().unwrap(), "{key}");
    (owner, key)
}

fn gone(store: &Store, key: &str) {
    let handle = store.list::<u64>(key);
    wait_until("it is removed", Duration::from_secs(10), || !handle.exists().wait().unwrap());
}

#[test]
fn every_kind_of_collection_is_gone_when_its_owner_is_dropped() {
    let store = store();
    let (list, key) = filled(&store, |list: &List<u64>| _ = list.push(1).wait().unwrap());
    drop(list);
    gone(&store, &key);
    let (deque, key) = filled(&store, |deque: &Deque<u64>| _ = deque.push_back(1).wait().unwrap());
    drop(deque);
    gone(&store, &key);
    let (map, key) = filled(&store, |map: &Map<u64, u64>| _ = map.insert(1, 2).wait().unwrap());
    drop(map);
    gone(&store, &key);
    let (set, key) = filled(&store, |set: &Set<u64>| _ = set.insert(1).wait().unwrap());
    drop(set);
    gone(&store, &key);
}

#[tokio::test]
async fn in_a_runtime_it_is_removed_by_a_task() {
    let store = store();
    let owner = store.temporary::<List<u64>>();
    owner.push(1).await.unwrap();
    let other = store.list::<u64>(owner.key().clone());
    drop(owner);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while other.exists().await.unwrap() {
        assert!(tokio::time::Instant::now() < deadline, "it stays");
        tokio::task::yield_now().await;
    }
}

#[test]
fn two_have_two_keys_behind_the_namespace() {
    let store = store().namespace(&unique("space"));
    let (a, b) = (store.temporary::<List<u64>>(), store.temporary::<List<u64>>());
    assert_ne!(a.key(), b.key());
    let prefix = format!("{}temporary:", store.list::<u64>("").key());
    assert!(a.key().to_string().starts_with(&prefix), "{}", a.key());
}

#[test]
fn what_is_kept_stays_and_what_is_removed_says_so() {
    let store = store();
    let owner = store.temporary::<List<u64>>();
    owner.push(1).wait().unwrap();
    let list = owner.keep();
    let name = unique("kept");
    list.rename(name.as_str()).wait().unwrap();
    assert_eq!(store.list::<u64>(name).to_vec().wait().unwrap(), [1]);

    let owner = store.temporary::<Set<u64>>();
    owner.insert(1).wait().unwrap();
    assert!(owner.remove().wait().unwrap());
    assert!(!store.temporary::<Set<u64>>().remove().wait().unwrap());
}

#[test]
fn dropping_one_while_the_server_is_away_neither_waits_nor_panics() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    let owner = store.temporary::<List<u64>>();
    assert_eq!(owner.push(1).wait().unwrap_err().kind(), ErrorKind::Connection);
}
