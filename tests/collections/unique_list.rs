//! Lists without duplicates.

use std::time::Duration;

use pottery::{ErrorKind, Store, UniqueList};
use pottery_test_support::{Server, unique};
use proptest::prelude::*;

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::list::model::{item, items, sequences};
use crate::store;

fn list() -> UniqueList<u64> {
    store().unique_list(unique("list"))
}

#[test]
fn what_is_there_moves_to_the_end_at_which_it_is_pushed() {
    let list = list();
    assert_eq!(list.extend([1, 2, 3]).wait().unwrap(), 3);
    assert_eq!(list.push(1).wait().unwrap(), 3);
    assert_eq!(list.to_vec().wait().unwrap(), [2, 3, 1]);
    assert_eq!(list.push_front(3).wait().unwrap(), 3);
    assert_eq!(list.to_vec().wait().unwrap(), [3, 2, 1]);
    assert_eq!(list.extend([2, 9, 2]).wait().unwrap(), 4);
    assert_eq!(list.to_vec().wait().unwrap(), [3, 1, 9, 2]);
    assert_eq!(list.prepend([8, 9, 8]).wait().unwrap(), 5);
    assert_eq!(list.to_vec().wait().unwrap(), [8, 9, 3, 1, 2]);
    assert_eq!((list.first().wait().unwrap(), list.last().wait().unwrap()), (Some(8), Some(2)));
    assert_eq!((list.get(-2).wait().unwrap(), list.index_of(3).wait().unwrap()), (Some(1), Some(2)));
    assert!(list.contains(9).wait().unwrap() && list.remove(9).wait().unwrap());
    assert!(!list.contains(9).wait().unwrap() && !list.remove(9).wait().unwrap());
    assert_eq!(list.range(1..).wait().unwrap(), [3, 1, 2]);
    assert_eq!((list.pop().wait().unwrap(), list.pop_front().wait().unwrap()), (Some(2), Some(8)));
    list.truncate(1).wait().unwrap();
    assert!(list.content_eq([3]).wait().unwrap());
    assert_eq!(list.extend(0..0).wait().unwrap(), 1);
    assert_eq!(list.len().wait().unwrap(), 1);
    list.clear().wait().unwrap();
    assert!(list.is_empty().wait().unwrap());
}

#[test]
fn beyond_the_limit_items_drop_from_the_other_end() {
    let list = list().limited(3);
    assert_eq!(list.max_len(), Some(3));
    assert_eq!(list.extend([1, 2, 3, 4]).wait().unwrap(), 3);
    assert_eq!(list.to_vec().wait().unwrap(), [2, 3, 4]);
    assert_eq!(list.push(2).wait().unwrap(), 3);
    assert_eq!(list.to_vec().wait().unwrap(), [3, 4, 2], "a move drops nothing");
    assert_eq!(list.push_front(9).wait().unwrap(), 3);
    assert_eq!(list.to_vec().wait().unwrap(), [9, 3, 4]);
    list.replace_all([1, 2, 1, 3, 4]).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), [1, 3, 4]);
    assert_eq!(list.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    list.clear().wait().unwrap();
    list.create([5, 5, 6]).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), [5, 6]);
    let endless = self::list().limited(usize::MAX);
    assert_eq!(endless.extend([1, 2]).wait().unwrap(), 2);
    assert_eq!(endless.push_front(3).wait().unwrap(), 3);
    let none = list.clone().limited(0);
    assert_eq!(none.push(1).wait().unwrap(), 0);
    assert!(!list.exists().wait().unwrap());
}

#[test]
fn a_time_to_live_stays() {
    let list = list().limited(5);
    list.push(1).wait().unwrap();
    list.expire(Duration::from_secs(100)).wait().unwrap();
    list.push(1).wait().unwrap();
    list.extend(0..100).wait().unwrap();
    list.replace_all([1]).wait().unwrap();
    assert!(list.ttl().wait().unwrap().unwrap() > Duration::from_secs(90));
}

#[test]
fn a_hundred_thousand_are_pushed_at_once() {
    // a server of its own: it does nothing else for seconds, where it or the machine is slow
    let server = Server::start();
    let store = Store::options(&server.url()).timeout(Duration::from_secs(60)).open().unwrap();
    let list = store.unique_list::<u64>("list");
    assert_eq!(list.extend(0..100_000).wait().unwrap(), 100_000);
    assert_eq!(list.prepend((50_000..150_000).rev()).wait().unwrap(), 150_000);
    let expected: Vec<u64> = (50_000..150_000).rev().chain(0..50_000).collect();
    assert!(list.to_vec().wait().unwrap() == expected);
    assert!(list.iter().wait().map(Result::unwrap).eq(expected));
    list.clear().wait().unwrap();
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let list = list().limited(3);
    let key = list.key().to_string();
    for command in FOREIGN {
        let dump = make_foreign(&key, command);
        wrong_type! { &*key, dump;
            list.push(1); list.push_front(1); list.extend([1, 2]); list.extend(0..100); list.extend(0..0);
            list.prepend([1]); list.pop(); list.pop_front(); list.remove(1); list.contains(1); list.index_of(1);
            list.get(0); list.first(); list.last(); list.len(); list.is_empty(); list.truncate(1); list.range(..);
            list.to_vec(); list.content_eq([1]); list.replace_all([1]);
        }
    }
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let list = store.unique_list::<u64>(unique("list")).limited(2);
    assert_eq!(list.extend([1, 2]).await.unwrap(), 2);
    assert_eq!(store.transaction((list.push(1), list.to_vec())).await.unwrap(), (2, vec![2, 1]));
    assert_eq!(store.pipeline((list.push_front(3), list.to_vec())).await.unwrap(), (2, vec![3, 2]));
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn it_does_what_removing_and_pushing_do(
        limit in prop::option::of(0..6_usize),
        steps in prop::collection::vec((any::<bool>(), any::<bool>(), prop_oneof![3 => item().prop_map(|item| vec![item]), 1 => items(12)]), 1..40),
    ) {
        let name = unique("list");
        let handles = [store(), store()].map(|store| {
            let list = store.unique_list::<String>(&name);
            match limit { Some(limit) => list.limited(limit), None => list }
        });
        let mut model: Vec<String> = Vec::new();
        for (second, front, items) in steps {
            let list = &handles[usize::from(second)];
            let pushed = if front { list.prepend(&items) } else { list.extend(&items) };
            let order: Vec<&String> = if front { items.iter().rev().collect() } else { items.iter().collect() };
            for item in order {
                model.retain(|other| other != item);
                model.insert(if front { 0 } else { model.len() }, item.clone());
            }
            if !items.is_empty() {
                let over = model.len().saturating_sub(limit.unwrap_or(usize::MAX));
                if front { model.truncate(model.len() - over) } else { drop(model.drain(..over)) }
            }
            prop_assert_eq!(pushed.wait().unwrap(), model.len());
            prop_assert_eq!(&handles[usize::from(!second)].to_vec().wait().unwrap(), &model);
        }
        handles[0].clear().wait().unwrap();
    }
}
