//! Bloom filters: no false "no", few false "yes", and no garbage.

use std::collections::HashSet;
use std::time::Duration;

use pottery::{BloomFilter, ErrorKind, Outcome, Store};
use pottery_test_support::{scale, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

/// Patient, because a debug build of the embedded server takes seconds for 100,000 elements.
fn filter() -> BloomFilter<u64> {
    store().bloom_filter(unique("bloom"), 1_000, 0.01)
}

#[test]
fn what_is_in_is_found_and_what_is_surely_new_is_told() {
    let filter = filter();
    assert_eq!((filter.capacity(), filter.error_rate()), (1_000, 0.01));
    assert_eq!((filter.bits(), filter.hashes()), (9_600, 7));
    assert!(!filter.contains(1).wait().unwrap());
    assert_eq!(filter.count().wait().unwrap(), 0);
    assert!(!filter.exists().wait().unwrap());
    assert!(filter.insert(1).wait().unwrap());
    assert!(!filter.insert(1).wait().unwrap());
    assert_eq!(filter.extend([1, 2, 3, 2]).wait().unwrap(), 2);
    assert_eq!(filter.contains_many([3, 9, 1, 10, 2]).wait().unwrap(), [true, false, true, false, true]);
    assert_eq!(filter.contains_many([0; 0]).wait().unwrap(), [false; 0]);
    assert_eq!(filter.extend([0; 0]).wait().unwrap(), 0);
    assert_eq!(filter.count().wait().unwrap(), 3);
    assert!(filter.clear().wait().unwrap());
    assert!(!filter.contains(1).wait().unwrap());
}

#[test]
fn a_full_filter_is_wrong_as_seldom_as_it_was_told() {
    for (capacity, error_rate) in [(20_000_u64, 0.01), (5_000, 0.1)] {
        let filter = store().bloom_filter::<u64>(unique("bloom"), capacity, error_rate);
        filter.extend(0..capacity).wait().unwrap();
        assert!(filter.contains_many(0..capacity).wait().unwrap().into_iter().all(|is_in| is_in));
        let others = filter.contains_many(capacity..4 * capacity).wait().unwrap();
        let wrong = others.iter().filter(|is_in| **is_in).count() as f64 / others.len() as f64;
        assert!(wrong < error_rate * 1.3 && wrong > error_rate * 0.7, "{wrong} for {error_rate}");
        let count = filter.count().wait().unwrap();
        assert!(count.abs_diff(capacity) < capacity / 50, "{count} for {capacity}");
    }
}

#[test]
fn a_hundred_thousand_elements_go_in_at_once() {
    let filter = store().bloom_filter::<u64>(unique("bloom"), 100_000, 0.001);
    let new = filter.extend(0..100_000).wait().unwrap();
    assert!(new > 99_800, "{new}");
    assert!(filter.contains_many(0..100_000).wait().unwrap().into_iter().all(|is_in| is_in));
}

#[test]
fn a_filter_of_another_size_or_codec_is_an_error_and_not_garbage() {
    let filter = filter();
    filter.insert(1).wait().unwrap();
    let (larger, stricter) = (filter.clone().sized(2_000, 0.01), filter.clone().sized(1_000, 0.001));
    for other in [larger.clone(), stricter] {
        for error in [
            other.insert(1).wait().map(drop),
            other.extend([1]).wait().map(drop),
            other.contains(1).wait().map(drop),
            other.count().wait().map(drop),
            other.union_with([&other]).wait(),
        ] {
            let error = error.unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied));
            assert_eq!(error.key(), Some(filter.key()));
        }
    }
    #[cfg(feature = "json")]
    {
        let other = filter.clone().codec::<pottery::Json>();
        assert_eq!(other.capacity(), 1_000);
        assert_eq!(other.contains(1).wait().unwrap_err().kind(), ErrorKind::Misuse);
    }
    let elsewhere = store().bloom_filter::<u64>(unique("bloom"), 2_000, 0.01);
    elsewhere.insert(3).wait().unwrap();
    let same = elsewhere.clone().sized(1_000, 0.01);
    assert_eq!(filter.union_with([&same]).wait().unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(filter.count().wait().unwrap(), 1);
    larger.replace_all([5]).wait().unwrap();
    assert!(larger.contains(5).wait().unwrap());
    assert_eq!(filter.contains(5).wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn a_filter_that_cannot_be_is_refused_before_anything_is_sent() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    for (capacity, error_rate) in [
        (0, 0.1),
        (1, 0.0),
        (1, 1.0),
        (1, -1.0),
        (1, f64::NAN),
        (1_000_000_000, 0.01),
        (u64::MAX, 0.5),
        (1, 1e-300),
    ] {
        let filter = store.bloom_filter::<u64>("bloom", capacity, error_rate);
        for error in [
            filter.insert(1).wait().map(drop),
            filter.contains(1).wait().map(drop),
            filter.create([1]).wait(),
        ] {
            let error = error.unwrap_err();
            assert_eq!(
                (error.kind(), error.outcome()),
                (ErrorKind::Misuse, Outcome::NotApplied),
                "{filter:?}"
            );
        }
    }
}

#[test]
fn it_is_created_where_nothing_is_and_replaced_at_once() {
    let filter = filter();
    filter.create([0; 0]).wait().unwrap();
    assert!(!filter.exists().wait().unwrap());
    filter.create([1, 2]).wait().unwrap();
    assert_eq!(filter.create([3]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    filter.expire(Duration::from_secs(100)).wait().unwrap();
    filter.insert(3).wait().unwrap();
    filter.replace_all([7]).wait().unwrap();
    assert_eq!(filter.contains_many([1, 7]).wait().unwrap(), [false, true]);
    assert!(filter.ttl().wait().unwrap().unwrap() > Duration::from_secs(50));
    filter.replace_all([0; 0]).wait().unwrap();
    assert!(!filter.exists().wait().unwrap());
}

#[test]
fn unions_have_what_each_had() {
    let (a, b, nothing) = (filter(), filter(), filter());
    a.extend([1, 2]).wait().unwrap();
    b.extend([2, 3]).wait().unwrap();
    a.expire(Duration::from_secs(100)).wait().unwrap();
    a.union_with([&b, &nothing]).wait().unwrap();
    assert_eq!(a.contains_many([1, 2, 3, 4]).wait().unwrap(), [true, true, true, false]);
    assert_eq!(a.count().wait().unwrap(), 3);
    assert!(a.ttl().wait().unwrap().is_some());
    nothing.union_with([&b]).wait().unwrap();
    assert_eq!(nothing.contains_many([1, 3]).wait().unwrap(), [false, true]);
    filter().union_with([&filter()]).wait().unwrap();
    let foreign = Store::open("redis://127.0.0.1:1/").unwrap().bloom_filter::<u64>("x", 1_000, 0.01);
    assert_eq!(a.union_with([foreign]).wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn anything_else_at_the_key_is_an_error_and_stays() {
    let (filter, proper) = (filter(), filter());
    let name = filter.key().to_string();
    // also another string, and an empty one
    for command in FOREIGN.into_iter().chain([&["SET", "", ""][..]]) {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            filter.insert(1);
            filter.extend([1]);
            filter.contains_many([1, 2]);
            filter.count();
            filter.replace_all([1]);
            filter.union_with([&proper]);
        }
        if *command == ["SET", "", ""] {
            // one command that looks at bits cannot tell it from nothing; neither has an element in it
            assert!(!filter.contains(1).wait().unwrap());
        } else {
            wrong_type! { &*name, dump;
                filter.contains(1);
            }
        }
        assert_eq!(filter.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        assert_eq!(proper.union_with([&filter]).wait().unwrap_err().kind(), ErrorKind::WrongType);
    }
}

#[test]
fn what_has_no_encoding_cannot_be_in() {
    let filter = store().bloom_filter::<f64>(unique("bloom"), 10, 0.1);
    assert_eq!(filter.insert(f64::NAN).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(filter.extend([1.0, f64::NAN]).wait().unwrap_err().kind(), ErrorKind::Encode);
    filter.insert(1.0).wait().unwrap();
    assert!(!filter.contains(f64::NAN).wait().unwrap());
    assert_eq!(filter.contains_many([f64::NAN, 1.0]).wait().unwrap(), [false, true]);
}

#[test]
fn generic_code_opens_one_for_ten_thousand() {
    let filter = store().temporary::<BloomFilter<u64>>();
    assert_eq!((filter.capacity(), filter.error_rate()), (10_000, 0.01));
    assert!(filter.insert(1).wait().unwrap());
}

#[test]
fn each_element_is_new_to_one_of_many_threads() {
    let filter = store().bloom_filter::<u64>(unique("bloom"), 1_000, 1e-9);
    let new: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..200).filter(|n| filter.insert(*n).wait().unwrap()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(new, 200);
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let filter = filter();
        let batch = || (filter.insert(1), filter.extend([1, 2]), filter.contains(2), filter.count());
        assert_eq!(store().transaction(batch()).await.unwrap(), (true, 1, true, 2));
        assert_eq!(store().pipeline(batch()).await.unwrap(), (false, 0, true, 2));
        assert!(filter.insert(3).await.unwrap());
    });
}

proptest! {
    #![proptest_config(Config { cases: scale(60, 2000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn what_went_in_is_always_found(
        batches in prop::collection::vec(prop::collection::vec("[a-e]{0,4}", 0..20), 1..8),
        asked in prop::collection::vec("[a-e]{0,4}", 0..40),
    ) {
        // so strict that nothing is found by mistake
        let filter = store().bloom_filter::<String>(unique("bloom"), 500, 1e-12);
        let mut model = HashSet::new();
        for batch in batches {
            let new: HashSet<_> = batch.iter().filter(|item| !model.contains(*item)).cloned().collect();
            prop_assert_eq!(filter.extend(&batch).wait().unwrap(), new.len());
            model.extend(new);
            let flags: Vec<bool> = asked.iter().map(|item| model.contains(item)).collect();
            prop_assert_eq!(filter.contains_many(&asked).wait().unwrap(), flags);
        }
        prop_assert!(filter.count().wait().unwrap().abs_diff(model.len() as u64) <= 1);
    }
}
