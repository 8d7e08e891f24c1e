//! Queues and stacks.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pottery::{ErrorKind, Outcome, Queue, RedisModel, Stack, Store};
use pottery_test_support::{Server, shared, unique, wait_until};
use proptest::prelude::*;

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::list::model::{item, items, sequences};
use crate::store;

const LONG: Duration = Duration::from_secs(60);

fn queue() -> Queue<u64> {
    store().queue(unique("queue"))
}

fn stack() -> Stack<u64> {
    store().stack(unique("stack"))
}

#[test]
fn what_is_put_first_comes_out_first_of_a_queue() {
    for queue in [queue(), queue().bounded(10), queue().counted(), queue().bounded(10).counted()] {
        assert_eq!(queue.put(1).wait().unwrap(), 1);
        assert_eq!(queue.put_all([2, 3, 4]).wait().unwrap(), 4);
        assert!(queue.try_put(5).wait().unwrap());
        assert!(queue.put_wait(6, LONG).wait().unwrap());
        assert_eq!(queue.put_all(0..0).wait().unwrap(), 6);
        assert_eq!(queue.to_vec().wait().unwrap(), [1, 2, 3, 4, 5, 6]);
        assert!(queue.iter().wait().map(Result::unwrap).eq(1..7));
        assert!(queue.content_eq(1..7).wait().unwrap() && !queue.content_eq(1..6).wait().unwrap());
        assert_eq!(queue.peek().wait().unwrap(), Some(1));
        assert_eq!(queue.get().wait().unwrap(), Some(1));
        assert_eq!(queue.get_wait(LONG).wait().unwrap(), Some(2));
        assert_eq!(queue.get_wait(Duration::ZERO).wait().unwrap(), Some(3));
        assert_eq!(queue.drain_to(2).wait().unwrap(), [4, 5]);
        assert!(queue.drain_to(0).wait().unwrap().is_empty());
        assert_eq!((queue.len().wait().unwrap(), queue.is_empty().wait().unwrap()), (1, false));
        assert_eq!(queue.drain_to(usize::MAX).wait().unwrap(), [6]);
        assert!(queue.drain_to(3).wait().unwrap().is_empty());
        assert_eq!((queue.get().wait().unwrap(), queue.peek().wait().unwrap()), (None, None));
        assert!(!queue.exists().wait().unwrap() && !queue.clear().wait().unwrap());
    }
}

#[test]
fn what_is_put_last_comes_out_first_of_a_stack() {
    for stack in [stack(), stack().bounded(10), stack().counted(), stack().bounded(10).counted()] {
        assert_eq!(stack.put(1).wait().unwrap(), 1);
        assert_eq!(stack.put_all([2, 3, 4]).wait().unwrap(), 4);
        assert!(stack.try_put(5).wait().unwrap());
        assert!(stack.put_wait(6, LONG).wait().unwrap());
        assert_eq!(stack.to_vec().wait().unwrap(), [6, 5, 4, 3, 2, 1]);
        assert!(stack.iter().wait().map(Result::unwrap).eq((1..7).rev()));
        assert!(stack.content_eq((1..7).rev()).wait().unwrap());
        assert_eq!(stack.peek().wait().unwrap(), Some(6));
        assert_eq!(stack.get().wait().unwrap(), Some(6));
        assert_eq!(stack.get_wait(LONG).wait().unwrap(), Some(5));
        assert_eq!(stack.get_wait(Duration::ZERO).wait().unwrap(), Some(4));
        assert_eq!(stack.drain_to(2).wait().unwrap(), [3, 2]);
        assert_eq!((stack.len().wait().unwrap(), stack.is_empty().wait().unwrap()), (1, false));
        assert!(stack.clear().wait().unwrap());
        assert_eq!((stack.get().wait().unwrap(), stack.peek().wait().unwrap()), (None, None));
    }
    let long = stack();
    long.put_all(0..2_500).wait().unwrap();
    assert!(long.iter().wait().map(Result::unwrap).eq((0..2_500).rev()));
}

#[test]
fn a_full_queue_refuses_all_or_nothing() {
    let queue = queue().bounded(3);
    assert_eq!(queue.max_len(), Some(3));
    queue.put_all([1, 2]).wait().unwrap();
    let error = queue.put_all([3, 4]).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, Outcome::NotApplied), "{error}");
    assert_eq!(error.key(), Some(queue.key()));
    assert!(!queue.is_full().wait().unwrap() && queue.try_put(3).wait().unwrap());
    assert!(queue.is_full().wait().unwrap() && !queue.try_put(4).wait().unwrap());
    assert_eq!(queue.put(4).wait().unwrap_err().kind(), ErrorKind::Full);
    assert!(!queue.put_wait(4, Duration::ZERO).wait().unwrap());
    assert_eq!(queue.to_vec().wait().unwrap(), [1, 2, 3]);
    assert_eq!(queue.create(0..4).wait().unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(queue.replace_all(0..4).wait().unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(queue.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    queue.replace_all([7, 8]).wait().unwrap();
    assert_eq!(queue.to_vec().wait().unwrap(), [7, 8]);
    assert!(!self::queue().bounded(0).try_put(1).wait().unwrap());
    assert!(!self::queue().is_full().wait().unwrap());
}

#[test]
fn waits_end_with_their_time_and_not_before() {
    let queue = queue().bounded(1);
    for wait in [Duration::from_nanos(1), Duration::from_millis(120), Duration::from_millis(1300)] {
        queue.clear().wait().unwrap();
        let begun = Instant::now();
        assert_eq!(queue.get_wait(wait).wait().unwrap(), None);
        assert!(begun.elapsed() >= wait && begun.elapsed() < wait + Duration::from_secs(5));
        queue.put(1).wait().unwrap();
        let begun = Instant::now();
        assert!(!queue.put_wait(2, wait).wait().unwrap());
        assert!(begun.elapsed() >= wait && begun.elapsed() < wait + Duration::from_secs(5));
        assert_eq!(queue.to_vec().wait().unwrap(), [1]);
    }
}

fn blocked(server: &Server, count: usize) {
    wait_until("they wait", Duration::from_secs(20), || {
        server.cli(&["INFO", "clients"]).text().contains(&format!("blocked_clients:{count}\r"))
    });
}

/// Each way to make room wakes a producer at once, not when it looks again.
#[test]
fn whoever_makes_room_wakes_a_producer() {
    // a server of its own: the test looks at who waits
    let server = Server::start();
    let queue = Store::open(&server.url()).unwrap().queue::<u64>("queue").bounded(2);
    type Taking = fn(&Queue<u64>);
    let takings: [Taking; 5] = [
        |queue| assert!(queue.get().wait().unwrap().is_some()),
        |queue| assert!(queue.get_wait(LONG).wait().unwrap().is_some()),
        |queue| assert_eq!(queue.drain_to(5).wait().unwrap().len(), 2),
        |queue| assert!(queue.clear().wait().unwrap()),
        |queue| queue.replace_all([1]).wait().unwrap(),
    ];
    let mut quick = 0;
    for taking in takings {
        queue.replace_all([1, 2]).wait().unwrap();
        // a token that nobody needed
        server.cli(&["DEL", "{queue}:room"]);
        let producer = thread::spawn({
            let queue = queue.clone();
            move || queue.put_wait(3, LONG).wait().unwrap()
        });
        blocked(&server, 1);
        let begun = Instant::now();
        taking(&queue);
        assert!(producer.join().unwrap());
        quick += usize::from(begun.elapsed() < Duration::from_millis(500));
    }
    assert!(quick >= 3, "only {quick} of 5 were waked");
    // others, who know nothing of the bound, are noticed too
    queue.replace_all([1, 2]).wait().unwrap();
    let producer = thread::spawn({
        let queue = queue.clone();
        move || queue.put_wait(3, LONG).wait().unwrap()
    });
    server.cli(&["LPOP", "queue"]);
    assert!(producer.join().unwrap());
    assert_eq!(queue.to_vec().wait().unwrap(), [2, 3]);
}

#[test]
fn a_bound_holds_whoever_puts_and_takes_and_nothing_is_lost() {
    let queue = queue().bounded(3);
    let (most, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let watcher = thread::spawn({
        let (queue, most, over) = (queue.clone(), most.clone(), over.clone());
        move || {
            while !over.load(Ordering::Relaxed) {
                most.fetch_max(queue.len().wait().unwrap(), Ordering::Relaxed);
            }
        }
    });
    let producers: Vec<_> = (0..4)
        .map(|producer| {
            let queue = queue.clone();
            thread::spawn(move || {
                for item in 0..50 {
                    assert!(queue.put_wait(producer * 50 + item, LONG).wait().unwrap());
                }
            })
        })
        .collect();
    let consumers: Vec<_> = (0..3)
        .map(|consumer| {
            let queue = queue.clone();
            thread::spawn(move || {
                let mut taken = Vec::new();
                loop {
                    let item = match consumer {
                        0 => queue.get().wait().unwrap(),
                        _ => queue.get_wait(Duration::from_millis(500)).wait().unwrap(),
                    };
                    match item {
                        Some(u64::MAX) => return taken,
                        Some(item) => taken.push(item),
                        None => {}
                    }
                }
            })
        })
        .collect();
    producers.into_iter().for_each(|producer| producer.join().unwrap());
    for _ in 0..3 {
        assert!(queue.put_wait(u64::MAX, LONG).wait().unwrap());
    }
    let taken: Vec<u64> = consumers.into_iter().flat_map(|consumer| consumer.join().unwrap()).collect();
    over.store(true, Ordering::Relaxed);
    watcher.join().unwrap();
    assert_eq!(taken.len(), 200, "each came once");
    assert_eq!(taken.into_iter().collect::<HashSet<_>>(), (0..200).collect());
    assert!(most.load(Ordering::Relaxed) <= 3);
    assert!(queue.is_empty().wait().unwrap());
}

#[test]
fn a_queue_can_be_joined_when_all_items_are_finished() {
    let queue = queue().counted();
    assert!(queue.join(Duration::ZERO).wait().unwrap());
    queue.put_all([1, 2, 3]).wait().unwrap();
    assert_eq!(queue.unfinished().wait().unwrap(), 3);
    let begun = Instant::now();
    assert!(!queue.join(Duration::from_millis(100)).wait().unwrap());
    assert!(begun.elapsed() >= Duration::from_millis(100));
    let joiners: Vec<_> = (0..2)
        .map(|_| {
            let queue = queue.clone();
            thread::spawn(move || queue.join(LONG).wait().unwrap())
        })
        .collect();
    while queue.get().wait().unwrap().is_some() {
        queue.task_done().wait().unwrap();
    }
    assert!(joiners.into_iter().all(|joiner| joiner.join().unwrap()));
    assert_eq!(queue.unfinished().wait().unwrap(), 0);
    assert_eq!(queue.task_done().wait().unwrap_err().kind(), ErrorKind::Misuse);
    queue.put_all([1, 2, 3]).wait().unwrap();
    assert_eq!(queue.get().wait().unwrap(), Some(1));
    assert!(queue.clear().wait().unwrap());
    assert_eq!(queue.unfinished().wait().unwrap(), 1, "the one that was taken");
    assert_eq!(queue.task_done().wait().unwrap(), 0);
    assert!(queue.join(Duration::ZERO).wait().unwrap());
    queue.create([0; 0]).wait().unwrap();
    assert!(!queue.exists().wait().unwrap());
    assert_eq!(shared().cli(&["EXISTS", &format!("{{{}}}:unfinished", queue.key())]).int(), 0);
    queue.create([4, 5]).wait().unwrap();
    assert_eq!(queue.create([6]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(queue.unfinished().wait().unwrap(), 2, "what it is made of counts");
    assert_eq!(queue.get().wait().unwrap(), Some(4));
    queue.replace_all([7, 8, 9]).wait().unwrap();
    assert_eq!(
        queue.unfinished().wait().unwrap(),
        4,
        "the one that was taken, and those in place of the other"
    );
    assert_eq!(queue.drain_to(3).wait().unwrap(), [7, 8, 9]);
    for left in (0..4).rev() {
        assert_eq!(queue.task_done().wait().unwrap(), left);
    }
    queue.put(1).wait().unwrap();
    let joiner = thread::spawn({
        let queue = queue.clone();
        move || queue.join(LONG).wait().unwrap()
    });
    queue.replace_all([0; 0]).wait().unwrap();
    assert!(joiner.join().unwrap(), "nothing is left");
    let bounded = self::queue().counted().bounded(1);
    bounded.put(1).wait().unwrap();
    bounded.put(2).wait().unwrap_err();
    assert_eq!(bounded.unfinished().wait().unwrap(), 1, "what is refused is not counted");
}

#[test]
fn a_hundred_thousand_go_in_and_out_at_once() {
    // a server of its own: it does nothing else for seconds, where it or the machine is slow
    let server = Server::start();
    let store = Store::options(&server.url()).timeout(LONG).open().unwrap();
    let queue = || store.queue::<u64>(unique("queue"));
    for queue in [queue(), queue().bounded(200_000), queue().counted()] {
        assert_eq!(queue.put_all(0..100_000).wait().unwrap(), 100_000);
        assert!(queue.drain_to(usize::MAX).wait().unwrap().into_iter().eq(0..100_000));
        queue.create(0..100_000).wait().unwrap();
        queue.clear().wait().unwrap();
    }
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let soon = Duration::from_millis(1);
    for (queue, stack) in [(queue(), stack()), (queue().bounded(9), stack().bounded(9))] {
        let (key, other) = (queue.key().to_string(), stack.key().to_string());
        for command in FOREIGN {
            let dump = make_foreign(&key, command);
            wrong_type! { &*key, dump;
                queue.put(1); queue.try_put(1); queue.put_wait(1, soon); queue.put_all([1, 2]); queue.put_all(0..0);
                queue.get(); queue.get_wait(soon); queue.get_wait(Duration::ZERO); queue.drain_to(2); queue.peek();
                queue.len(); queue.is_empty(); queue.is_full(); queue.to_vec(); queue.content_eq([1]);
                queue.replace_all([1]);
            }
            assert_eq!(queue.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
            let dump = make_foreign(&other, command);
            wrong_type! { &*other, dump;
                stack.put(1); stack.put_wait(1, soon); stack.get(); stack.get_wait(soon); stack.drain_to(2);
                stack.peek(); stack.len(); stack.to_vec(); stack.content_eq([1]); stack.replace_all([1]);
            }
        }
    }
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let (queue, stack) =
        (store.queue::<u64>(unique("q")).bounded(2), store.stack::<u64>(unique("s")).bounded(2));
    assert!(queue.put_wait(1, LONG).await.unwrap());
    assert_eq!(stack.put(1).await.unwrap(), 1);
    let (put, refused, got) =
        store.pipeline((queue.put(2), queue.put(3).attempt(), queue.get())).await.unwrap();
    assert_eq!((put, refused.unwrap_err().kind(), got), (2, ErrorKind::Full, Some(1)));
    let (put, full, got) = store.transaction((stack.put(2), stack.try_put(3), stack.get())).await.unwrap();
    assert_eq!((put, full, got), (2, false, Some(2)));
    assert_eq!(queue.get_wait(LONG).await.unwrap(), Some(2));
    assert_eq!(queue.get_wait(Duration::from_millis(1)).await.unwrap(), None);
    let waiting = tokio::spawn(queue.get_wait(LONG));
    queue.put(9).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), Some(9));
    queue.put_all([1, 2]).await.unwrap();
    let waiting = tokio::spawn(queue.put_wait(3, LONG));
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(queue.get().await.unwrap(), Some(1));
    assert!(waiting.await.unwrap().unwrap());
    assert_eq!(queue.to_vec().await.unwrap(), [2, 3]);
}

#[derive(RedisModel)]
#[redis(prefix = "queue-owner")]
struct Owner {
    #[redis(id)]
    id: String,
    jobs: VecDeque<u64>,
}

/// A queue can be opened over what somebody else calls a list.
#[test]
fn a_list_of_an_object_can_be_used_as_a_queue() {
    let store = store();
    let id = unique("id");
    Owner { id: id.clone(), jobs: VecDeque::from([1, 2]) }.save(&store).wait().unwrap();
    let queue = store.queue::<u64>(Owner::at(&store, &id).jobs().key()).bounded(3);
    queue.put(3).wait().unwrap();
    assert_eq!(queue.put(4).wait().unwrap_err().kind(), ErrorKind::Full);
    assert_eq!(queue.get().wait().unwrap(), Some(1));
    assert_eq!(Owner::load(&store, &id).wait().unwrap().unwrap().jobs, [2, 3]);
}

#[derive(Clone, Debug)]
enum Op {
    Put(Vec<String>),
    TryPut(String),
    Get,
    GetWait,
    Drain(usize),
    Look,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => items(4).prop_map(Op::Put),
        4 => item().prop_map(Op::TryPut),
        2 => Just(Op::Get),
        1 => Just(Op::GetWait),
        1 => (0..4_usize).prop_map(Op::Drain),
        2 => Just(Op::Look),
    ]
}

/// The same steps on a queue or a stack and on a `VecDeque` whose front is taken next.
macro_rules! model {
    ($handles:expr, $ops:expr, $bound:expr, $put:ident) => {{
        let (handles, bound) = ($handles, $bound.unwrap_or(usize::MAX));
        let mut model: VecDeque<String> = VecDeque::new();
        for (second, op) in $ops {
            let handle = &handles[usize::from(second)];
            match op {
                Op::Put(items) if model.len() + items.len() > bound && !items.is_empty() => {
                    prop_assert_eq!(handle.put_all(&items).wait().unwrap_err().kind(), ErrorKind::Full);
                }
                Op::Put(items) => {
                    items.iter().for_each(|item| model.$put(item.clone()));
                    prop_assert_eq!(handle.put_all(&items).wait().unwrap(), model.len());
                }
                Op::TryPut(item) => {
                    let fits = model.len() < bound;
                    prop_assert_eq!(handle.try_put(&item).wait().unwrap(), fits);
                    if fits {
                        model.$put(item);
                    }
                }
                Op::Get => prop_assert_eq!(handle.get().wait().unwrap(), model.pop_front()),
                Op::GetWait => {
                    let wait = if model.is_empty() { Duration::from_nanos(1) } else { LONG };
                    prop_assert_eq!(handle.get_wait(wait).wait().unwrap(), model.pop_front());
                }
                Op::Drain(max) => {
                    let taken: Vec<String> = model.drain(..max.min(model.len())).collect();
                    prop_assert_eq!(handle.drain_to(max).wait().unwrap(), taken);
                }
                Op::Look => {
                    prop_assert_eq!(handle.peek().wait().unwrap(), model.front().cloned());
                    prop_assert_eq!(handle.is_full().wait().unwrap(), model.len() >= bound);
                }
            }
            prop_assert_eq!(handles[usize::from(!second)].to_vec().wait().unwrap(), Vec::from(model.clone()));
        }
        handles[0].clear().wait().unwrap();
    }};
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn a_queue_does_what_a_vec_deque_does(
        bound in prop::option::of(0..6_usize),
        ops in prop::collection::vec((any::<bool>(), op()), 1..60),
    ) {
        let name = unique("queue");
        model!([store(), store()].map(|store| {
            let queue = store.queue::<String>(&name);
            match bound { Some(bound) => queue.bounded(bound), None => queue }
        }), ops, bound, push_back);
    }

    #[test]
    fn a_stack_does_what_a_vec_does(
        bound in prop::option::of(0..6_usize),
        ops in prop::collection::vec((any::<bool>(), op()), 1..60),
    ) {
        let name = unique("stack");
        model!([store(), store()].map(|store| {
            let stack = store.stack::<String>(&name);
            match bound { Some(bound) => stack.bounded(bound), None => stack }
        }), ops, bound, push_front);
    }
}
