//! Queues and stacks without duplicates.

use std::collections::{HashSet, VecDeque};
use std::thread;
use std::time::{Duration, Instant};

use pottery::{ErrorKind, Outcome, Store, UniqueQueue, UniqueStack};
use pottery_test_support::{Server, shared, unique};
use proptest::prelude::*;

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::list::model::{item, items, sequences};
use crate::store;

const LONG: Duration = Duration::from_secs(60);

fn queue() -> UniqueQueue<u64> {
    store().unique_queue(unique("queue"))
}

fn stack() -> UniqueStack<u64> {
    store().unique_stack(unique("stack"))
}

#[test]
fn what_is_there_is_not_put_again_until_it_is_taken() {
    for queue in [queue(), queue().bounded(10)] {
        assert!(queue.put(1).wait().unwrap() && !queue.put(1).wait().unwrap());
        assert_eq!(queue.len().wait().unwrap(), 1);
        assert_eq!(queue.put_all([3, 2, 1, 3, 4]).wait().unwrap(), 3);
        assert_eq!(queue.to_vec().wait().unwrap(), [1, 3, 2, 4]);
        assert!(queue.iter().wait().map(Result::unwrap).eq([1, 3, 2, 4]));
        assert_eq!(queue.position(2).wait().unwrap(), Some(2));
        assert!(queue.contains(3).wait().unwrap() && !queue.contains(9).wait().unwrap());
        assert!(queue.remove(3).wait().unwrap() && !queue.remove(3).wait().unwrap());
        assert_eq!(queue.peek().wait().unwrap(), Some(1));
        assert_eq!(queue.get().wait().unwrap(), Some(1));
        assert!(!queue.contains(1).wait().unwrap());
        assert!(queue.put(1).wait().unwrap());
        assert_eq!(queue.put_wait(1, LONG).wait().unwrap(), Some(false));
        assert_eq!(queue.put_wait(8, LONG).wait().unwrap(), Some(true));
        assert!(
            queue.content_eq([2, 4, 1, 8]).wait().unwrap() && !queue.content_eq([2, 4, 1]).wait().unwrap()
        );
        assert_eq!(queue.get_wait(LONG).wait().unwrap(), Some(2));
        assert_eq!(queue.get_wait(Duration::ZERO).wait().unwrap(), Some(4));
        assert!(queue.drain_to(0).wait().unwrap().is_empty());
        assert_eq!(queue.drain_to(9).wait().unwrap(), [1, 8]);
        assert_eq!((queue.get().wait().unwrap(), queue.peek().wait().unwrap()), (None, None));
        assert_eq!(queue.put_all(0..0).wait().unwrap(), 0);
        assert!(queue.is_empty().wait().unwrap() && !queue.exists().wait().unwrap());
        assert!(!queue.clear().wait().unwrap());
    }
}

#[test]
fn what_is_put_last_comes_out_first_of_a_stack() {
    for stack in [stack(), stack().bounded(10)] {
        assert_eq!(stack.put_all([1, 2, 3, 2, 4]).wait().unwrap(), 4);
        assert!(!stack.put(1).wait().unwrap());
        assert_eq!(stack.to_vec().wait().unwrap(), [4, 3, 2, 1]);
        assert_eq!((stack.peek().wait().unwrap(), stack.position(1).wait().unwrap()), (Some(4), Some(3)));
        assert_eq!(stack.get().wait().unwrap(), Some(4));
        assert_eq!(stack.get_wait(LONG).wait().unwrap(), Some(3));
        assert_eq!(stack.drain_to(9).wait().unwrap(), [2, 1]);
        stack.create([1, 2, 1]).wait().unwrap();
        assert!(stack.content_eq([2, 1]).wait().unwrap());
        assert!(stack.clear().wait().unwrap());
    }
}

#[test]
fn a_full_queue_leaves_no_membership() {
    let queue = queue().bounded(2);
    queue.put_all([1, 2]).wait().unwrap();
    let error = queue.put(3).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, Outcome::NotApplied));
    assert!(!queue.contains(3).wait().unwrap() && queue.is_full().wait().unwrap());
    assert!(!queue.put(1).wait().unwrap(), "what is there needs no room");
    let begun = Instant::now();
    assert_eq!(queue.put_wait(3, Duration::from_millis(100)).wait().unwrap(), None);
    assert!(begun.elapsed() >= Duration::from_millis(100));
    assert_eq!(queue.get().wait().unwrap(), Some(1));
    assert_eq!(queue.put_all([3, 4]).wait().unwrap_err().kind(), ErrorKind::Full);
    assert!(queue.put(3).wait().unwrap());
    assert_eq!(queue.create([1, 2, 3]).wait().unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(queue.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    queue.replace_all([7, 7, 8]).wait().unwrap();
    assert_eq!(queue.to_vec().wait().unwrap(), [7, 8]);
    let producer = thread::spawn({
        let queue = queue.clone();
        move || queue.put_wait(9, LONG).wait().unwrap()
    });
    assert!(queue.remove(7).wait().unwrap());
    assert_eq!(producer.join().unwrap(), Some(true));
    assert_eq!(queue.to_vec().wait().unwrap(), [8, 9]);
}

/// What somebody else has put there may have any score.
#[test]
fn order_is_kept_where_numbers_end() {
    for scores in [["9007199254740990", "9007199254740992"], ["-inf", "inf"], ["0.5", "1.5"], ["-5", "-4"]] {
        let queue = queue();
        let key = queue.key().to_string();
        shared().cli(&["ZADD", &key, scores[0], "7", scores[1], "5"]);
        queue.put_all([9, 1, 8]).wait().unwrap();
        queue.put(2).wait().unwrap();
        assert_eq!(queue.to_vec().wait().unwrap(), [7, 5, 9, 1, 8, 2], "{scores:?}");
        let (first, rest) = (queue.get().wait().unwrap(), queue.drain_to(9).wait().unwrap());
        assert_eq!((first, rest), (Some(7), vec![5, 9, 1, 8, 2]));
    }
}

#[test]
fn each_item_is_in_work_once_whoever_puts_and_takes() {
    let queue = queue().bounded(4);
    let producers: Vec<_> = (0..3)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || {
                (0..100).filter(|item| queue.put_wait(*item, LONG).wait().unwrap() == Some(true)).count()
            })
        })
        .collect();
    let consumers: Vec<_> = (0..2)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut taken = Vec::new();
                while let Some(item) = queue.get_wait(Duration::from_secs(2)).wait().unwrap() {
                    assert!(queue.len().wait().unwrap() <= 4);
                    taken.push(item);
                }
                taken
            })
        })
        .collect();
    let put: usize = producers.into_iter().map(|producer| producer.join().unwrap()).sum();
    let taken: Vec<u64> = consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
    assert_eq!(taken.len(), put, "what was put was taken once");
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), (0..100).collect());
}

#[test]
fn a_hundred_thousand_go_in_and_out_at_once() {
    // a server of its own: it does nothing else for seconds, where it or the machine is slow
    let server = Server::start();
    let store = Store::options(&server.url()).timeout(LONG).open().unwrap();
    let queue = || store.unique_queue::<u64>(unique("queue"));
    for queue in [queue(), queue().bounded(100_000)] {
        assert_eq!(queue.put_all((0..100_000).chain(0..10)).wait().unwrap(), 100_000);
        assert!(queue.iter().wait().map(Result::unwrap).eq(0..100_000));
        assert!(queue.drain_to(usize::MAX).wait().unwrap().into_iter().eq(0..100_000));
        queue.replace_all(0..100_000).wait().unwrap();
        queue.clear().wait().unwrap();
    }
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let soon = Duration::from_millis(1);
    for (queue, stack) in [(queue(), stack()), (queue().bounded(9), stack().bounded(9))] {
        let (key, other) = (queue.key().to_string(), stack.key().to_string());
        for command in FOREIGN.iter().filter(|command| command[0] != "ZADD") {
            let dump = make_foreign(&key, command);
            wrong_type! { &*key, dump;
                queue.put(1); queue.put_wait(1, soon); queue.put_all([1, 2]); queue.get(); queue.get_wait(soon);
                queue.get_wait(Duration::ZERO); queue.drain_to(2); queue.peek(); queue.contains(1);
                queue.position(1); queue.remove(1); queue.len(); queue.is_empty(); queue.is_full(); queue.to_vec();
                queue.content_eq([1]); queue.replace_all([1]);
            }
            assert_eq!(queue.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
            let dump = make_foreign(&other, command);
            wrong_type! { &*other, dump;
                stack.put(1); stack.get(); stack.get_wait(soon); stack.drain_to(2); stack.peek(); stack.to_vec();
                stack.position(1); stack.remove(1); stack.content_eq([1]); stack.replace_all([1]);
            }
        }
    }
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let queue = store.unique_queue::<u64>(unique("q")).bounded(2);
    assert_eq!(queue.put_wait(1, LONG).await.unwrap(), Some(true));
    let (put, again, full) =
        store.pipeline((queue.put(2), queue.put(2), queue.put(3).attempt())).await.unwrap();
    assert_eq!((put, again, full.unwrap_err().kind()), (true, false, ErrorKind::Full));
    assert_eq!(store.transaction((queue.get(), queue.len())).await.unwrap(), (Some(1), 1));
    assert_eq!(queue.get_wait(LONG).await.unwrap(), Some(2));
    assert_eq!(queue.get_wait(Duration::from_millis(1)).await.unwrap(), None);
    let waiting = tokio::spawn(queue.get_wait(LONG));
    queue.put(9).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Some(9));
    let stack = store.unique_stack::<u64>(unique("s"));
    let (_, first) = store.pipeline((stack.put_all([1, 2]), stack.get())).await.unwrap();
    assert_eq!(first, Some(2));
}

macro_rules! model {
    ($handles:expr, $ops:expr, $bound:expr, $put:ident) => {{
        let (handles, bound) = ($handles, $bound.unwrap_or(usize::MAX));
        let mut model: VecDeque<String> = VecDeque::new();
        for (second, (take, items)) in $ops {
            let handle = &handles[usize::from(second)];
            if take {
                prop_assert_eq!(handle.get().wait().unwrap(), model.pop_front());
            } else {
                let mut after = model.clone();
                for item in &items {
                    if !after.contains(item) {
                        after.$put(item.clone());
                    }
                }
                let new = after.len() - model.len();
                let put = handle.put_all(&items).wait();
                if after.len() > bound && new > 0 {
                    prop_assert_eq!(put.unwrap_err().kind(), ErrorKind::Full);
                } else {
                    prop_assert_eq!(put.unwrap(), new);
                    model = after;
                }
            }
            prop_assert_eq!(handles[usize::from(!second)].to_vec().wait().unwrap(), Vec::from(model.clone()));
        }
        handles[0].clear().wait().unwrap();
    }};
}

fn op() -> impl Strategy<Value = (bool, Vec<String>)> {
    prop_oneof![
        2 => Just((true, Vec::new())),
        3 => item().prop_map(|item| (false, vec![item])),
        1 => items(6).prop_map(|items| (false, items)),
    ]
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn a_queue_does_what_a_vec_deque_without_duplicates_does(
        bound in prop::option::of(0..6_usize),
        ops in prop::collection::vec((any::<bool>(), op()), 1..50),
    ) {
        let name = unique("queue");
        model!([store(), store()].map(|store| {
            let queue = store.unique_queue::<String>(&name);
            match bound { Some(bound) => queue.bounded(bound), None => queue }
        }), ops, bound, push_back);
    }

    #[test]
    fn a_stack_does_what_a_vec_without_duplicates_does(
        bound in prop::option::of(0..6_usize),
        ops in prop::collection::vec((any::<bool>(), op()), 1..50),
    ) {
        let name = unique("stack");
        model!([store(), store()].map(|store| {
            let stack = store.unique_stack::<String>(&name);
            match bound { Some(bound) => stack.bounded(bound), None => stack }
        }), ops, bound, push_front);
    }
}
