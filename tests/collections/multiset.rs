//! Multisets.

use std::collections::{BTreeMap, HashMap};
use std::thread;
use std::time::Duration;

use pottery::{Counts, ErrorKind, MultiSet, Native, Outcome, Store};
use pottery_test_support::{Server, unique};
use proptest::prelude::*;

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::list::model::{item, sequences};
use crate::store;

fn multiset(counts: impl IntoIterator<Item = (&'static str, i64)>) -> MultiSet<String> {
    let set = store().multiset(unique("multiset"));
    set.create(counts).wait().unwrap();
    set
}

fn counts(counts: impl IntoIterator<Item = (&'static str, i64)>) -> HashMap<String, i64> {
    counts.into_iter().map(|(item, count)| (item.to_owned(), count)).collect()
}

#[test]
fn items_are_counted_one_by_one() {
    let set = store().multiset::<String>(unique("multiset"));
    assert_eq!(set.count("a").wait().unwrap(), 0);
    assert!(!set.exists().wait().unwrap(), "to ask stores nothing");
    assert_eq!(set.add("a", 2).wait().unwrap(), 2);
    assert_eq!(set.add("a", -5).wait().unwrap(), -3);
    set.set("b", 0).wait().unwrap();
    assert!(set.contains("b").wait().unwrap() && !set.contains("c").wait().unwrap());
    assert_eq!((set.len().wait().unwrap(), set.count("b").wait().unwrap()), (2, 0));
    assert!(set.remove("b").wait().unwrap() && !set.remove("b").wait().unwrap());
    assert!(!set.is_empty().wait().unwrap());
    assert_eq!(set.to_map().wait().unwrap(), counts([("a", -3)]));
    assert!(set.clear().wait().unwrap() && set.is_empty().wait().unwrap());
}

#[test]
fn many_are_added_and_subtracted_and_may_go_below_zero() {
    let set = store().multiset::<String>(unique("multiset"));
    assert_eq!(set.extend("abracadabra".chars()).wait().unwrap(), 5);
    assert_eq!(set.to_map().wait().unwrap(), counts([("a", 5), ("b", 2), ("r", 2), ("c", 1), ("d", 1)]));
    assert_eq!(set.update([("a", 1), ("a", 1), ("z", -1)]).wait().unwrap(), 6);
    assert_eq!(set.subtract(&counts([("b", 5), ("y", 1)])).wait().unwrap(), 7);
    let other = multiset([("a", 7), ("y", 4)]);
    let other = store().multiset::<String>(other.key().clone());
    assert_eq!(set.update(&other).wait().unwrap_err().kind(), ErrorKind::Misuse);
    let expected = counts([("a", 7), ("b", -3), ("r", 2), ("c", 1), ("d", 1), ("z", -1), ("y", -1)]);
    assert_eq!(set.collect::<HashMap<_, _>>().wait().unwrap(), expected);
    assert!(set.content_eq(&expected).wait().unwrap());
    assert!(!set.content_eq([("a", 7)]).wait().unwrap());
    let floats = store().multiset::<f64>(unique("multiset"));
    assert!(!floats.content_eq([(f64::NAN, 1)]).wait().unwrap(), "what cannot be stored is not there");
    assert_eq!(set.iter().wait().map(Result::unwrap).collect::<HashMap<_, _>>(), expected);
    assert_eq!(set.total().wait().unwrap(), 6);
    assert_eq!(set.extend(Vec::<String>::new()).wait().unwrap(), 7);
    let mut elements = set.elements().wait().unwrap();
    elements.sort();
    assert_eq!(elements, ["a", "a", "a", "a", "a", "a", "a", "c", "d", "r", "r"]);
    assert_eq!(set.most_common(Some(2)).wait().unwrap(), [("a".to_owned(), 7), ("r".to_owned(), 2)]);
    let all = set.most_common(None).wait().unwrap();
    assert!(all.len() == 7 && all.is_sorted_by(|a, b| a.1 >= b.1));
    assert_eq!(set.positive().wait().unwrap(), counts([("a", 7), ("r", 2), ("c", 1), ("d", 1)]));
    assert_eq!(set.negative().wait().unwrap(), counts([("b", 3), ("z", 1), ("y", 1)]));
    assert_eq!(set.keep_positive().wait().unwrap(), 4);
    set.replace_all([("a", 1)]).wait().unwrap();
    assert_eq!(set.create([("a", 1)]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert!(set.content_eq(&BTreeMap::from([("a".to_owned(), 1)])).wait().unwrap());
}

#[test]
fn counts_are_exact_to_the_ends_of_64_bits_and_overflow_changes_nothing() {
    let set = multiset([("a", i64::MAX - 1), ("b", 9_007_199_254_740_993), ("c", i64::MIN)]);
    assert_eq!(set.count("b").wait().unwrap(), 9_007_199_254_740_993);
    assert_eq!(set.add("a", 1).wait().unwrap(), i64::MAX);
    assert_eq!(set.add("a", 1).wait().unwrap_err().kind(), ErrorKind::Overflow);
    let before = set.to_map().wait().unwrap();
    for error in [
        set.update([("a", 1), ("b", 1), ("n", 1)]).wait().unwrap_err(),
        set.update([("n", 1), ("b", 1), ("a", 1)]).wait().unwrap_err(),
        set.subtract([("b", 1), ("c", 1)]).wait().unwrap_err(),
        set.subtract([("b", 1), ("n", i64::MIN)]).wait().unwrap_err(),
        set.sum_update([("b", 1), ("a", 1)]).wait().unwrap_err(),
        set.sum([("a", 1)]).map(drop).wait().unwrap_err(),
        set.negative().map(drop).wait().unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied), "{error}");
        assert_eq!(set.to_map().wait().unwrap(), before);
    }
    assert_eq!(set.update([("x", i64::MAX), ("x", 1)]).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(set.union([("b", 9_007_199_254_740_992)]).wait().unwrap()["b"], 9_007_199_254_740_993);
    set.union_update([("b", 9_007_199_254_740_994)]).wait().unwrap();
    assert_eq!(set.count("b").wait().unwrap(), 9_007_199_254_740_994);
    set.intersection_update([("b", 9_007_199_254_740_993), ("a", i64::MAX)]).wait().unwrap();
    assert_eq!(set.to_map().wait().unwrap(), counts([("a", i64::MAX), ("b", 9_007_199_254_740_993)]));
    set.sum_update([("b", -9_007_199_254_740_992)]).wait().unwrap();
    assert_eq!(set.count("b").wait().unwrap(), 1);
    assert_eq!(set.total().wait().unwrap_err().kind(), ErrorKind::Overflow);
    let least = multiset([("a", -5), ("b", i64::MIN)]);
    least.subtract([("a", i64::MIN), ("b", i64::MIN)]).wait().unwrap();
    assert_eq!(least.to_map().wait().unwrap(), counts([("a", i64::MAX - 4), ("b", 0)]));
    for count in [i64::MAX, 1 << 50] {
        let error = multiset([("a", count)]).elements().wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Overflow, "{error}");
    }
}

/// Python's `Counter`.
fn python(a: &HashMap<String, i64>, b: &HashMap<String, i64>, operation: char) -> HashMap<String, i64> {
    let mut result = HashMap::new();
    for item in a.keys().chain(b.keys()) {
        let (x, y) = (a.get(item).copied().unwrap_or(0), b.get(item).copied().unwrap_or(0));
        let count = match operation {
            '+' => x + y,
            '-' => x - y,
            '|' => x.max(y),
            _ => x.min(y),
        };
        if count > 0 {
            result.insert(item.clone(), count);
        }
    }
    result
}

fn both_ways(set: &MultiSet<String>, other: impl Counts<String, Native> + Copy, b: &HashMap<String, i64>) {
    let a = set.to_map().wait().unwrap();
    for operation in ['+', '-', '|', '&'] {
        set.replace_all(a.clone()).wait().unwrap();
        let expected = python(&a, b, operation);
        let (plain, update) = match operation {
            '+' => (set.sum(other), set.sum_update(other)),
            '-' => (set.difference(other), set.difference_update(other)),
            '|' => (set.union(other), set.union_update(other)),
            _ => (set.intersection(other), set.intersection_update(other)),
        };
        assert_eq!(plain.wait().unwrap(), expected, "{a:?} {operation} {b:?}");
        assert_eq!(update.wait().unwrap(), expected.len(), "{a:?} {operation}= {b:?}");
        assert_eq!(set.to_map().wait().unwrap(), expected, "{a:?} {operation}= {b:?}");
    }
    set.replace_all(a.clone()).wait().unwrap();
}

fn some_counts() -> impl Strategy<Value = HashMap<String, i64>> {
    let count =
        prop_oneof![8 => -3..4_i64, 1 => Just(1 << 54), 1 => Just((1 << 54) + 1), 1 => Just(-(1 << 60))];
    prop::collection::hash_map(item(), count, 0..6)
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn operators_do_what_those_of_python_do(a in some_counts(), b in some_counts()) {
        let store = store();
        let (set, other) = (store.multiset::<String>(unique("a")), store.multiset::<String>(unique("b")));
        set.create(a).wait().unwrap();
        other.create(b.clone()).wait().unwrap();
        both_ways(&set, &b, &b);
        both_ways(&set, &other, &b);
        let own = set.to_map().wait().unwrap();
        both_ways(&set, &set.clone(), &own);
        store.pipeline((set.clear(), other.clear())).wait().unwrap();
    }
}

#[test]
fn many_who_count_at_once_lose_nothing() {
    let set = store().multiset::<u64>(unique("multiset"));
    let counters: Vec<_> = (0..4)
        .map(|_| {
            let set = set.clone();
            thread::spawn(move || {
                for i in 0..50 {
                    set.add(i % 5, 1).wait().unwrap();
                    set.extend([i % 5, 7]).wait().unwrap();
                    set.sum_update([(9, 2)]).wait().unwrap();
                    set.subtract([(9, 1)]).wait().unwrap();
                }
            })
        })
        .collect();
    counters.into_iter().for_each(|counter| counter.join().unwrap());
    let expected: HashMap<u64, i64> = (0..5).map(|item| (item, 80)).chain([(7, 200), (9, 200)]).collect();
    assert_eq!(set.to_map().wait().unwrap(), expected);
}

#[test]
fn a_hundred_thousand_items_are_combined_in_one_step() {
    // a server of its own: it does nothing else for seconds, where it or the machine is slow
    let server = Server::start();
    let store = Store::options(&server.url()).timeout(Duration::from_secs(60)).open().unwrap();
    let (set, other) = (store.multiset::<u64>(unique("a")), store.multiset::<u64>(unique("b")));
    assert_eq!(set.extend(0..100_000).wait().unwrap(), 100_000);
    set.expire(Duration::from_secs(1000)).wait().unwrap();
    other.create((50_000..150_000).map(|item| (item, 2))).wait().unwrap();
    assert_eq!(set.union_update(&other).wait().unwrap(), 150_000);
    assert_eq!(set.intersection_update(&other).wait().unwrap(), 100_000);
    assert_eq!(set.total().wait().unwrap(), 200_000);
    assert_eq!(set.elements().wait().unwrap().len(), 200_000);
    assert_eq!(
        set.difference_update((50_000..100_000).map(|i| (i, 9)).collect::<Vec<(u64, i64)>>()).wait().unwrap(),
        50_000
    );
    assert!(set.ttl().wait().unwrap().is_some());
    assert_eq!(set.difference_update(&other).wait().unwrap(), 0);
    assert!(!set.exists().wait().unwrap());
    other.clear().wait().unwrap();
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let store = store();
    let set = store.multiset::<String>(unique("multiset"));
    let proper = store.multiset::<String>(unique("multiset"));
    proper.set("a", 1).wait().unwrap();
    let key = set.key().to_string();
    for command in FOREIGN.iter().filter(|command| command[0] != "HSET") {
        let dump = make_foreign(&key, command);
        wrong_type! { &*key, dump;
            set.count("a"); set.set("a", 1); set.add("a", 1); set.extend(["a", "b"]); set.update([("a", 1)]);
            set.subtract([("a", 1)]); set.remove("a"); set.contains("a"); set.len(); set.is_empty(); set.total();
            set.elements(); set.most_common(None); set.to_map(); set.collect::<Vec<_>>(); set.content_eq([("a", 1)]);
            set.replace_all([("a", 1)]); set.sum([("a", 1)]); set.difference(&proper); set.union(&proper);
            set.intersection(&proper); set.positive(); set.negative(); set.sum_update(&proper);
            set.difference_update([("a", 1)]); set.union_update([("a", 1)]); set.intersection_update([("a", 1)]);
            set.keep_positive();
        }
        let error = proper.sum_update(&set).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongType);
        assert_eq!(set.create([("a", 1)]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        assert!(proper.content_eq([("a", 1)]).wait().unwrap());
    }
    make_foreign(&key, &["HSET", "", "a", "x"]);
    for error in [
        set.count("a").map(drop).wait().unwrap_err(),
        set.to_map().map(drop).wait().unwrap_err(),
        set.update([("b", 1), ("a", 1)]).map(drop).wait().unwrap_err(),
        set.add("a", 1).map(drop).wait().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    }
}

#[cfg(feature = "json")]
#[test]
fn with_json_it_is_what_pythons_pottery_stores() {
    let set = store().multiset::<String>(unique("multiset")).codec::<pottery::Json>();
    set.update([("a", 2), ("b", -1)]).wait().unwrap();
    let key = set.key().to_string();
    assert_eq!(pottery_test_support::shared().cli(&["HGET", &key, "\"a\""]).text(), "2");
    pottery_test_support::shared().cli(&["HSET", &key, "\"c\"", "7"]);
    assert_eq!(set.count("c").wait().unwrap(), 7);
    assert_eq!(set.to_map().wait().unwrap(), counts([("a", 2), ("b", -1), ("c", 7)]));
}

#[tokio::test]
async fn awaited_and_in_a_batch_it_is_the_same() {
    let store = store();
    let (set, other) = (store.multiset::<String>(unique("a")), store.multiset::<String>(unique("b")));
    assert_eq!(set.extend(["a", "b", "a"]).await.unwrap(), 2);
    other.set("a", 1).await.unwrap();
    let (left, count, sum) =
        store.transaction((set.difference_update(&other), set.count("a"), other.add("a", 4))).await.unwrap();
    assert_eq!((left, count, sum), (2, 1, 5));
    let (both, map) = store.pipeline((set.union([("c", 1)]), set.to_map())).await.unwrap();
    assert_eq!((both.len(), map.len()), (3, 2));
}
