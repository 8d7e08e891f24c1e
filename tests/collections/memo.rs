//! Memos: what is remembered, for how long, and who computes when many ask.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pottery::{ErrorKind, Memo, MemoStats, Store, testing};
use pottery_test_support::{Seed, Server, scale, unique, wait_until};

use crate::store;

fn memo() -> Memo<u64, String> {
    store().memo(unique("memo"))
}

const SOON: Duration = Duration::from_secs(20);

#[test]
fn what_was_computed_is_remembered_by_all_handles() {
    let memo = memo();
    let other: Memo<u64, String> = store().memo(memo.key().clone());
    assert_eq!(memo.get_or_insert_with(1, || "one".into()).wait().unwrap(), "one");
    assert_eq!(other.get_or_insert_with(1, || unreachable!()).wait().unwrap(), "one");
    assert_eq!(memo.clone().get_or_insert_with(&1, || unreachable!()).wait().unwrap(), "one");
    assert_eq!(memo.stats(), MemoStats { hits: 1, misses: 1 });
    assert_eq!(other.stats(), MemoStats { hits: 1, misses: 0 });
    memo.reset_stats();
    assert_eq!(memo.stats(), MemoStats::default());
    assert_eq!((memo.len().wait().unwrap(), memo.is_empty().wait().unwrap()), (1, false));
    assert_eq!(memo.ttl().wait().unwrap(), None);
}

#[tokio::test]
async fn the_same_with_a_runtime() {
    let memo = memo();
    let text = "borrowed".to_owned();
    let value = memo.get_or_compute(7, || async { text.clone() }).await.unwrap();
    assert_eq!(value, text);
    assert_eq!(memo.get_or_compute(7, || async { unreachable!() }).await.unwrap(), text);
    assert_eq!(memo.recompute(7, || async { "new".to_owned() }).await.unwrap(), "new");
    assert_eq!(memo.peek(7).await.unwrap(), Some("new".into()));
    let spawned = tokio::spawn({
        let memo = memo.clone();
        async move { memo.get_or_compute(8, || async { "spawned".to_owned() }).await }
    });
    assert_eq!(spawned.await.unwrap().unwrap(), "spawned");
    assert!(memo.clear().await.unwrap());
    assert!(memo.is_empty().await.unwrap());
}

#[test]
fn a_future_can_be_waited_for_without_a_runtime() {
    let memo = memo();
    assert_eq!(memo.get_or_compute(1, || async { "one".into() }).wait().unwrap(), "one");
    let failed = memo.try_get_or_compute(2, || async { Err::<String, _>(5) }).wait().unwrap();
    assert_eq!(failed, Err(5));
}

#[test]
fn its_commands_can_be_part_of_batches() {
    let store = store();
    let memo: Memo<u64, String> = store.memo(unique("memo"));
    let batch = (memo.insert(1, "one"), memo.insert(2, "two"), memo.forget(1), memo.peek(2), memo.len());
    assert_eq!(store.transaction(batch).wait().unwrap(), ((), (), true, Some("two".into()), 1));
    let batch = (memo.peek(1), memo.peek(2), memo.is_empty(), memo.forget(3));
    assert_eq!(store.pipeline(batch).wait().unwrap(), (None, Some("two".into()), false, false));
}

#[test]
fn an_error_is_returned_as_it_is_and_not_remembered() {
    let memo = memo();
    for round in 0..3 {
        let begin = Instant::now();
        let failed = memo.try_get_or_insert_with(1, || Err::<String, _>(round)).wait().unwrap();
        assert_eq!(failed, Err(round));
        assert!(begin.elapsed() < Duration::from_secs(5), "its lease was given back");
    }
    assert!(!memo.exists().wait().unwrap(), "nothing is left of it");
    let computed = memo.try_get_or_insert_with(1, || Ok::<_, ()>("one".into())).wait().unwrap();
    assert_eq!(computed, Ok("one".into()));
    assert_eq!(memo.stats(), MemoStats { hits: 0, misses: 4 });
}

#[test]
fn none_is_remembered_like_any_value() {
    let memo: Memo<String, Option<String>> = store().memo(unique("memo"));
    assert_eq!(memo.get_or_insert_with("a", || None).wait().unwrap(), None);
    assert_eq!(memo.get_or_insert_with("a", || unreachable!()).wait().unwrap(), None);
    assert_eq!(memo.peek("a").wait().unwrap(), Some(None));
    assert_eq!(memo.peek("b").wait().unwrap(), None);
    let empty: Memo<String, String> = store().memo(unique("memo"));
    assert_eq!(empty.get_or_insert_with("", String::new).wait().unwrap(), "");
    assert_eq!(empty.get_or_insert_with("", || unreachable!()).wait().unwrap(), "");
}

#[test]
fn keys_and_values_may_be_any_bytes() {
    let memo: Memo<Vec<u8>, Vec<u8>> = store().memo(unique("memo"));
    let odd: [&[u8]; 9] = [b"", b"=", b"!", b"?", b"=a", b"!a", b"?a", b"1:\r\n", &[0, 255]];
    for (number, key) in odd.iter().enumerate() {
        let value = [odd[(number + 1) % odd.len()], b":"].concat();
        assert_eq!(memo.get_or_insert_with(*key, || value.clone()).wait().unwrap(), value);
    }
    for (number, key) in odd.iter().enumerate() {
        let value = [odd[(number + 1) % odd.len()], b":"].concat();
        assert_eq!(memo.get_or_insert_with(*key, || unreachable!()).wait().unwrap(), value);
    }
    assert_eq!(memo.len().wait().unwrap(), odd.len());
}

#[test]
fn what_cannot_be_decoded_is_computed_anew() {
    let words: Memo<u64, String> = memo();
    let numbers: Memo<u64, u64> = store().memo(words.key().clone());
    words.insert(1, "no number").wait().unwrap();
    assert_eq!(numbers.peek(1).wait().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(numbers.get_or_insert_with(1, || 11).wait().unwrap(), 11);
    assert_eq!(words.peek(1).wait().unwrap(), Some("11".into()));
    assert_eq!(numbers.stats(), MemoStats { hits: 0, misses: 1 });
}

#[test]
fn what_has_no_encoding_is_refused_before_and_after() {
    let memo: Memo<f64, f64> = store().memo(unique("memo"));
    let error = memo.get_or_insert_with(f64::NAN, || unreachable!()).wait().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Encode, Some(memo.key())));
    assert_eq!(memo.insert(f64::NAN, 1.0).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(
        memo.recompute_with(f64::NAN, || unreachable!()).wait().unwrap_err().kind(),
        ErrorKind::Encode
    );
    assert_eq!(memo.peek(f64::NAN).wait().unwrap(), None);
    assert!(!memo.forget(f64::NAN).wait().unwrap());
    let maps: Memo<u64, BTreeMap<u64, Unencodable>> = store().memo(unique("memo"));
    let error = maps.get_or_insert_with(1, || BTreeMap::from([(1, Unencodable)])).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode, "{error}");
    assert!(!maps.exists().wait().unwrap(), "the lease was given back");
}

#[derive(Debug, serde::Deserialize)]
struct Unencodable;

impl serde::Serialize for Unencodable {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("never"))
    }
}

#[test]
fn another_redis_type_is_no_memo() {
    let store = store();
    let key = unique("memo");
    store.list::<u64>(&key).push(1).wait().unwrap();
    let memo: Memo<u64, u64> = store.memo(&key);
    let errors = [
        memo.get_or_insert_with(1, || unreachable!()).wait().unwrap_err(),
        memo.recompute_with(1, || 1).wait().unwrap_err(),
        memo.insert(1, 1).wait().unwrap_err(),
        memo.peek(1).wait().unwrap_err(),
        memo.forget(1).wait().unwrap_err(),
        memo.len().wait().unwrap_err(),
        memo.is_empty().wait().unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.key()), (ErrorKind::WrongType, Some(memo.key())), "{error}");
    }
    assert_eq!(store.list::<u64>(&key).to_vec().wait().unwrap(), [1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_64_tasks_that_ask_at_once_one_computes() {
    let memo = memo();
    let computed = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (memo, computed) = (memo.clone(), computed.clone());
            tokio::spawn(async move {
                let compute = || async {
                    computed.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    "value".to_owned()
                };
                memo.get_or_compute(1, compute).await
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), "value");
    }
    assert_eq!(computed.load(Ordering::SeqCst), 1);
    assert_eq!(memo.stats(), MemoStats { hits: 63, misses: 1 });
}

#[test]
fn of_many_threads_with_stores_of_their_own_one_computes_each_key() {
    let key = unique("memo");
    let computed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (key, computed) = (&key, &computed);
            scope.spawn(move || {
                let memo: Memo<u64, u64> = store().memo(key);
                for number in (0..20).map(|n| (n + thread) % 20) {
                    let compute = || {
                        computed.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(3));
                        number * number
                    };
                    assert_eq!(memo.get_or_insert_with(number, compute).wait().unwrap(), number * number);
                }
            });
        }
    });
    assert_eq!(computed.load(Ordering::SeqCst), 20);
}

#[test]
fn when_the_one_who_computes_fails_another_one_does() {
    let memo = memo();
    let computed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let compute = || {
                    std::thread::sleep(Duration::from_millis(20));
                    // the first three fail
                    match computed.fetch_add(1, Ordering::SeqCst) {
                        number @ 0..3 => Err(number),
                        _ => Ok("at last".to_owned()),
                    }
                };
                let result = memo.try_get_or_insert_with(1, compute).wait().unwrap();
                assert!(result.is_err() || result == Ok("at last".into()));
            });
        }
    });
    assert_eq!(computed.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_computation_that_is_dropped_or_panics_gives_its_lease_back() {
    let memo = memo();
    let begin = Instant::now();
    let never = memo.get_or_compute(1, std::future::pending::<String>);
    assert!(tokio::time::timeout(Duration::from_millis(100), never).await.is_err());
    assert_eq!(memo.get_or_compute(1, || async { "one".to_owned() }).await.unwrap(), "one");
    let panicking = {
        let memo = memo.clone();
        tokio::spawn(async move { memo.get_or_compute(2, || async { panic!("computing") }).await })
    };
    assert!(panicking.await.unwrap_err().is_panic());
    assert_eq!(memo.get_or_compute(2, || async { "two".to_owned() }).await.unwrap(), "two");
    assert!(begin.elapsed() < Duration::from_secs(8), "long before the lease ends");
}

#[test]
fn when_the_one_who_computes_dies_another_one_does_after_the_lease() {
    let (store, server) = testing::store();
    server.clock().hold();
    let memo = store.memo::<u64, u64>("m").lease(Duration::from_secs(30));
    std::thread::scope(|scope| {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let slow = memo.clone();
        scope.spawn(move || {
            let compute = move || {
                begun.send(()).unwrap();
                // as good as dead: it says nothing for as long as its lease lasts
                ends.recv().unwrap();
                1
            };
            assert_eq!(slow.get_or_insert_with(7, compute).wait().unwrap(), 1, "it gets what it computed");
        });
        has_begun.recv().unwrap();
        let waiting = scope.spawn(|| memo.get_or_insert_with(7, || 2).wait().unwrap());
        let asked = |times: usize| {
            let mut count = 0;
            wait_until("it has looked", SOON, || {
                count += server.take_sent().iter().filter(|sent| sent.name().starts_with("EVAL")).count();
                count >= times
            });
        };
        asked(3);
        assert!(!waiting.is_finished(), "the lease is not over");
        server.clock().advance(Duration::from_secs(29));
        asked(3);
        assert!(!waiting.is_finished(), "the lease is not over");
        server.clock().advance(Duration::from_secs(1));
        assert_eq!(waiting.join().unwrap(), 2);
        end.send(()).unwrap();
    });
    assert_eq!(memo.peek(7).wait().unwrap(), Some(2), "who came too late has stored nothing");
}

#[test]
fn what_is_forgotten_while_it_is_computed_is_not_stored() {
    type End = fn(&Memo<u64, String>);
    let ends: [End; 3] = [
        |memo| assert!(!memo.forget(1).wait().unwrap()),
        |memo| assert!(memo.clear().wait().unwrap()),
        |memo| memo.insert(1, "newer").wait().unwrap(),
    ];
    for (number, end) in ends.iter().enumerate() {
        let memo = memo();
        let compute = || {
            end(&memo);
            "stale".to_owned()
        };
        assert_eq!(memo.get_or_insert_with(1, compute).wait().unwrap(), "stale", "who computed it gets it");
        let remembered = (number == 2).then(|| "newer".to_owned());
        assert_eq!(memo.peek(1).wait().unwrap(), remembered);
    }
}

#[test]
fn each_lives_as_long_as_it_was_stored_for_and_the_hash_as_the_last() {
    let (store, server) = testing::store();
    server.clock().hold();
    let (short, long) = (Duration::from_secs(60), Duration::from_secs(100));
    let memo = store.memo::<u64, u64>("m").time_to_live(short);
    memo.insert(1, 1).wait().unwrap();
    assert_eq!(memo.ttl().wait().unwrap(), Some(short));
    let other = memo.clone().time_to_live(long);
    other.get_or_insert_with(2, || 2).wait().unwrap();
    assert_eq!(memo.ttl().wait().unwrap(), Some(long));
    memo.insert(3, 3).wait().unwrap();
    assert_eq!(memo.ttl().wait().unwrap(), Some(long), "it is not shortened");
    server.clock().advance(short - Duration::from_millis(1));
    assert_eq!((memo.peek(1).wait().unwrap(), memo.len().wait().unwrap()), (Some(1), 3));
    server.clock().advance(Duration::from_millis(1));
    assert_eq!((memo.peek(1).wait().unwrap(), memo.len().wait().unwrap()), (None, 1));
    assert!(!memo.forget(3).wait().unwrap(), "it was no more");
    assert_eq!(memo.get_or_insert_with(1, || 11).wait().unwrap(), 11);
    assert_eq!(memo.get_or_insert_with(2, || unreachable!()).wait().unwrap(), 2);
    server.clock().advance(long);
    assert!(!memo.exists().wait().unwrap(), "nothing is left");
    // for ever
    let lasting = store.memo::<u64, u64>("m");
    memo.insert(1, 1).wait().unwrap();
    lasting.insert(2, 2).wait().unwrap();
    memo.insert(3, 3).wait().unwrap();
    assert_eq!(memo.ttl().wait().unwrap(), None);
    server.clock().advance(long * 1000);
    assert_eq!((lasting.len().wait().unwrap(), lasting.peek(2).wait().unwrap()), (1, Some(2)));
    // in place of what lasted
    memo.insert(2, 22).wait().unwrap();
    assert_eq!(memo.ttl().wait().unwrap(), Some(short));
}

#[test]
fn what_is_asked_for_lives_on_if_it_slides() {
    let (store, server) = testing::store();
    server.clock().hold();
    let minute = Duration::from_secs(60);
    let memo = store.memo::<u64, u64>("m").time_to_live(minute).sliding();
    memo.get_or_insert_with(1, || 1).wait().unwrap();
    memo.get_or_insert_with(2, || 2).wait().unwrap();
    for _ in 0..5 {
        server.clock().advance(Duration::from_secs(50));
        assert_eq!(memo.get_or_insert_with(1, || unreachable!()).wait().unwrap(), 1);
        assert_eq!(memo.ttl().wait().unwrap(), Some(minute));
    }
    assert_eq!((memo.peek(2).wait().unwrap(), memo.len().wait().unwrap()), (None, 1));
    // a look is no use
    server.clock().advance(Duration::from_secs(50));
    assert_eq!(memo.peek(1).wait().unwrap(), Some(1));
    server.clock().advance(Duration::from_secs(10));
    assert_eq!(memo.peek(1).wait().unwrap(), None);
}

#[test]
fn what_has_ended_does_not_pile_up() {
    let (store, server) = testing::store();
    server.clock().hold();
    let memo = store.memo::<u64, u64>("m").time_to_live(Duration::from_secs(100));
    let fields = || store.map::<Vec<u8>, Vec<u8>>("m").len().wait().unwrap();
    for second in 0..2_000_u64 {
        memo.insert(second, second).wait().unwrap();
        server.clock().advance(Duration::from_secs(1));
    }
    assert_eq!(memo.len().wait().unwrap(), 99);
    // two of each that lives, and few of what has ended
    assert!(fields() < 400, "{} fields", fields());
}

#[test]
fn a_hundred_thousand_are_remembered_and_counted() {
    let store = store();
    let memo = store.memo::<u64, u64>(unique("memo")).time_to_live(Duration::from_secs(1000));
    for first in (0..100_000).step_by(1_000) {
        let inserts = (first..first + 1_000).map(|number| memo.insert(number, number));
        store.pipeline(Vec::from_iter(inserts)).wait().unwrap();
    }
    assert_eq!(memo.len().wait().unwrap(), 100_000);
    assert_eq!(memo.get_or_insert_with(77_777, || unreachable!()).wait().unwrap(), 77_777);
    assert!(memo.forget(77_777).wait().unwrap());
    assert_eq!(memo.len().wait().unwrap(), 99_999);
    assert!(memo.clear().wait().unwrap());
}

#[test]
fn a_server_that_fails_when_it_is_to_be_stored_costs_the_memory_and_not_the_value() {
    let mut server = Server::start();
    let memo =
        Store::options(&server.url()).timeout(Duration::from_secs(2)).open().unwrap().memo::<u64, u64>("m");
    let value = memo.get_or_insert_with(1, || {
        server.kill();
        5
    });
    assert_eq!(value.wait().unwrap(), 5);
    let error = memo.get_or_insert_with(1, || unreachable!()).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
}

#[test]
fn it_can_be_renamed_copied_watched_and_temporary() {
    let store = store();
    let owner = store.temporary::<Memo<u64, u64>>();
    owner.insert(1, 1).wait().unwrap();
    let key = unique("memo");
    assert!(owner.copy_to(&key).wait().unwrap());
    let copy = store.memo::<u64, u64>(&key);
    assert_eq!(copy.peek(1).wait().unwrap(), Some(1));
    let mut attempts = store.watch((&copy, &*owner));
    let attempt = attempts.begin().wait().unwrap();
    copy.insert(2, 2).wait().unwrap();
    assert!(attempt.commit(copy.clear()).wait().unwrap().is_none());
    assert!(format!("{copy:?}").contains(&key));
}

/// What a memo must remember, beside one with another key.
#[test]
fn it_does_what_a_map_with_times_does() {
    let seed = Seed::new();
    let mut rng = seed.rng();
    let (store, server) = testing::store();
    server.clock().hold();
    let memo = store.memo::<u64, u64>("m");
    let mut model: HashMap<u64, (u64, Option<u64>)> = HashMap::new();
    let mut now = 0;
    for step in 0..scale(3_000, 100_000) as u64 {
        let (key, ttl) = (rng.u64(..12), *[None, Some(5), Some(20)].get(rng.usize(..3)).unwrap());
        let handle = match ttl {
            Some(seconds) => memo.clone().time_to_live(Duration::from_secs(seconds)),
            None => memo.clone(),
        };
        let slides = rng.u8(..4) == 0;
        let handle = if slides { handle.sliding() } else { handle };
        model.retain(|_, (_, ends)| ends.is_none_or(|ends| ends > now));
        let fresh = (step, ttl.map(|ttl| now + ttl));
        match rng.u8(..8) {
            0 | 1 => {
                let found = handle.get_or_insert_with(key, || step).wait().unwrap();
                let expected = model.entry(key).or_insert(fresh);
                assert_eq!(found, expected.0, "step {step}");
                if let (true, Some(ttl), Some(ends)) = (slides, ttl, &mut expected.1) {
                    *ends = now + ttl;
                }
            }
            2 => {
                handle.insert(key, step).wait().unwrap();
                model.insert(key, fresh);
            }
            3 => {
                assert_eq!(handle.recompute_with(key, || step).wait().unwrap(), step);
                model.insert(key, fresh);
            }
            4 => assert_eq!(handle.forget(key).wait().unwrap(), model.remove(&key).is_some(), "step {step}"),
            5 => {
                let found = handle.try_get_or_insert_with(key, || Err(())).wait().unwrap();
                if let (true, Some(ttl), Some((_, Some(ends)))) = (slides, ttl, model.get_mut(&key)) {
                    *ends = now + ttl;
                }
                assert_eq!(found.ok(), model.get(&key).map(|(value, _)| *value), "step {step}");
            }
            6 => {
                now += 1;
                server.clock().advance(Duration::from_secs(1));
            }
            _ => {
                assert_eq!(memo.len().wait().unwrap(), model.len(), "step {step}");
                assert_eq!(memo.peek(key).wait().unwrap(), model.get(&key).map(|(value, _)| *value));
            }
        }
    }
}
