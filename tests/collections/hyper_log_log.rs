//! HyperLogLogs: estimates, unions, snapshots.

use std::time::Duration;

use pottery::{ErrorKind, HyperLogLog, Outcome, Sketch, Store};
use pottery_test_support::{scale, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

fn log() -> HyperLogLog<u64> {
    store().hyper_log_log(unique("hll"))
}

#[test]
fn a_few_elements_are_counted_exactly() {
    let log = log();
    assert_eq!(log.count().wait().unwrap(), 0);
    assert!(log.insert(7).wait().unwrap());
    assert!(!log.insert(7).wait().unwrap());
    assert!(log.extend([7, 8, 9]).wait().unwrap());
    assert!(!log.extend([9, 8]).wait().unwrap());
    assert!(!log.extend([0; 0]).wait().unwrap());
    assert_eq!(log.count().wait().unwrap(), 3);
    let nothing = self::log();
    assert!(!nothing.extend([0; 0]).wait().unwrap());
    assert!(!nothing.exists().wait().unwrap());
}

#[test]
fn many_elements_are_counted_with_an_error_of_about_a_percent() {
    let log = log();
    for count in [1_000, 10_000, 100_000] {
        log.replace_all(0..count).wait().unwrap();
        let found = log.count().wait().unwrap();
        // five standard errors
        assert!(found.abs_diff(count) as f64 <= 5.0 * 0.0081 * count as f64, "{found} of {count}");
    }
    let other = self::log();
    assert!(other.extend(0..100_000).wait().unwrap());
    assert_eq!(other.count().wait().unwrap(), log.count().wait().unwrap());
}

#[test]
fn unions_count_each_element_once() {
    let (a, b, c) = (log(), log(), log());
    a.create([1, 2, 3]).wait().unwrap();
    b.create([3, 4]).wait().unwrap();
    assert_eq!(a.count_with([&b, &c]).wait().unwrap(), 4);
    assert_eq!(a.count().wait().unwrap(), 3);
    c.create([100]).wait().unwrap();
    a.union_into([&b], &c).wait().unwrap();
    assert_eq!(c.count().wait().unwrap(), 4, "what was there is gone");
    c.expire(Duration::from_secs(100)).wait().unwrap();
    c.union_with([log(), a.clone()]).wait().unwrap();
    assert!(c.ttl().wait().unwrap().unwrap() > Duration::from_secs(50));
    a.union_with([&b]).wait().unwrap();
    assert_eq!(a.count().wait().unwrap(), 4);
    log().union_into([log()], &a).wait().unwrap();
    assert!(!a.exists().wait().unwrap(), "the union of nothing is nothing");
    let foreign = Store::open("redis://127.0.0.1:1/").unwrap().hyper_log_log::<u64>("x");
    assert_eq!(a.count_with([&foreign]).wait().unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(a.union_with([&foreign]).wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn it_is_created_where_nothing_is_and_replaced_at_once() {
    let log = log();
    log.create([0; 0]).wait().unwrap();
    log.create([1, 2]).wait().unwrap();
    assert_eq!(log.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    log.expire(Duration::from_secs(100)).wait().unwrap();
    log.replace_all(10..15).wait().unwrap();
    assert_eq!(log.count().wait().unwrap(), 5);
    assert!(log.ttl().wait().unwrap().is_some());
    log.replace_all([0; 0]).wait().unwrap();
    assert!(!log.exists().wait().unwrap());
}

#[test]
fn a_snapshot_is_a_value_and_can_be_restored() {
    let (log, other) = (log(), log());
    assert_eq!(log.snapshot().wait().unwrap(), Sketch::default());
    log.extend(0..3_000).wait().unwrap();
    let sketch = log.snapshot().wait().unwrap();
    assert!(!sketch.is_empty());
    other.restore(&sketch).wait().unwrap();
    assert_eq!(other.count().wait().unwrap(), log.count().wait().unwrap());
    let kept = store().value::<Sketch<u64>>(unique("sketch"));
    kept.set(&sketch).wait().unwrap();
    assert_eq!(kept.get().wait().unwrap().as_ref(), Some(&sketch));
    #[cfg(feature = "json")]
    {
        let kept = store().value::<Sketch<u64>>(unique("sketch")).codec::<pottery::Json>();
        kept.set(&sketch).wait().unwrap();
        assert_eq!(kept.get().wait().unwrap().as_ref(), Some(&sketch));
    }
    other.restore(&Sketch::default()).wait().unwrap();
    assert!(!other.exists().wait().unwrap());
    assert!(Sketch::<u64>::from_bytes(b"something".to_vec()).is_none());
    // the second has a count in front that is said to be valid
    for damaged in [&b"HYLL and so on and on"[..], b"HYLL\x01\0\0\0\x01\0\0\0\0\0\0\0and so on"] {
        let damaged = Sketch::from_bytes(damaged.to_vec()).unwrap();
        let error = log.restore(&damaged).wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied));
        assert_eq!(log.snapshot().wait().unwrap(), sketch);
    }
}

#[test]
fn anything_else_at_the_key_is_an_error_and_stays() {
    let (log, proper) = (log(), log());
    let name = log.key().to_string();
    proper.insert(1).wait().unwrap();
    // also another string
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            log.insert(1);
            log.extend([1, 2]);
            log.extend(0..2_500);
            log.count();
            log.count_with([&proper]);
            log.union_with([&proper]);
            log.replace_all([1]);
            log.snapshot();
            log.restore(&Sketch::default());
        }
        assert_eq!(log.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        assert_eq!(proper.union_with([&log]).wait().unwrap_err().kind(), ErrorKind::WrongType);
        assert_eq!(proper.union_into([&proper], &log).wait().unwrap_err().kind(), ErrorKind::WrongType);
    }
    assert_eq!(proper.count().wait().unwrap(), 1);
}

#[test]
fn what_has_no_encoding_is_not_counted() {
    let log = store().hyper_log_log::<f64>(unique("hll"));
    assert_eq!(log.insert(f64::NAN).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(log.extend([1.0, f64::NAN]).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(log.count().wait().unwrap(), 0);
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let log = log();
        let batch = || (log.insert(1), log.extend([1, 2]), log.count());
        assert_eq!(store().transaction(batch()).await.unwrap(), (true, true, 2));
        assert_eq!(store().pipeline(batch()).await.unwrap(), (false, false, 2));
        assert!(log.insert(3).await.unwrap());
        assert_eq!(log.count().await.unwrap(), 3);
    });
}

proptest! {
    #![proptest_config(Config { cases: scale(100, 3000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_estimate_is_that_of_the_distinct_elements(
        first in prop::collection::vec(0..2_000_u64, 0..400),
        second in prop::collection::vec(0..2_000_u64, 0..400),
    ) {
        let (a, b) = (log(), log());
        a.extend(&first).wait().unwrap();
        b.extend(&second).wait().unwrap();
        let near = |found: u64, exact: usize| found.abs_diff(exact as u64) as f64 <= 2.0 + 0.05 * exact as f64;
        let distinct = |all: &[u64]| all.iter().collect::<std::collections::HashSet<_>>().len();
        prop_assert!(near(a.count().wait().unwrap(), distinct(&first)));
        let all = [first, second].concat();
        prop_assert!(near(a.count_with([&b]).wait().unwrap(), distinct(&all)));
        let union = a.count_with([&b]).wait().unwrap();
        a.union_with([&b]).wait().unwrap();
        prop_assert_eq!(a.count().wait().unwrap(), union);
    }
}
