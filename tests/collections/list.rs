//! Lists.

use std::ops::Bound;
use std::thread;
use std::time::{Duration, Instant};

use pottery::{ErrorKind, List, Outcome, Storable, Store};
use pottery_test_support::{Monitor, Raw, Reply, Server, scale, shared, unique, wait_until};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

fn store() -> Store {
    Store::open(&shared().url()).unwrap()
}

/// A new list of these items.
fn list_of<T: Storable>(items: impl IntoIterator<Item = T>) -> List<T> {
    let list = store().list(unique("list"));
    list.extend(items).wait().unwrap();
    list
}

fn strings(items: &[&str]) -> List<String> {
    list_of(items.iter().map(|item| (*item).to_owned()))
}

fn key<T, C>(list: &List<T, C>) -> String {
    list.key().to_string()
}

/// Enough for every limit that scripts have.
const MANY: i64 = 100_000;

#[test]
fn items_go_in_and_come_out_at_both_ends() {
    let list = store().list::<u64>(unique("list"));
    assert_eq!(list.push(2).wait().unwrap(), 1);
    assert_eq!(list.push(&3).wait().unwrap(), 2);
    assert_eq!(list.push_front(1).wait().unwrap(), 3);
    assert_eq!(list.to_vec().wait().unwrap(), [1, 2, 3]);
    assert_eq!(list.len().wait().unwrap(), 3);
    assert_eq!(list.first().wait().unwrap(), Some(1));
    assert_eq!(list.last().wait().unwrap(), Some(3));
    assert_eq!(list.pop().wait().unwrap(), Some(3));
    assert_eq!(list.pop_front().wait().unwrap(), Some(1));
    assert_eq!(list.pop().wait().unwrap(), Some(2));
    assert_eq!(list.pop().wait().unwrap(), None);
    assert_eq!(list.pop_front().wait().unwrap(), None);
    assert!(list.is_empty().wait().unwrap());
    assert!(!list.exists().wait().unwrap());
}

#[test]
fn several_go_in_and_come_out_at_once() {
    let list = store().list::<String>(unique("list"));
    assert_eq!(list.extend(["c", "d"]).wait().unwrap(), 2);
    assert_eq!(list.prepend(["a", "b"]).wait().unwrap(), 4);
    assert_eq!(list.to_vec().wait().unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(list.extend(Vec::<String>::new()).wait().unwrap(), 4);
    assert_eq!(list.prepend(Vec::<String>::new()).wait().unwrap(), 4);
    assert_eq!(list.pop_n(3).wait().unwrap(), ["d", "c", "b"]);
    assert_eq!(list.pop_n(0).wait().unwrap(), Vec::<String>::new());
    assert_eq!(list.pop_front_n(usize::MAX).wait().unwrap(), ["a"]);
    assert_eq!(list.pop_front_n(2).wait().unwrap(), Vec::<String>::new());
}

#[test]
fn many_items_go_in_chunks_and_as_one_unit() {
    let server = Server::start();
    let list = Store::open(&server.url()).unwrap().list::<i64>("list");
    list.len().wait().unwrap();
    let monitor = Monitor::start(&server);
    assert_eq!(list.extend(0..2_500).wait().unwrap(), 2_500);
    let sent: Vec<String> =
        monitor.finish().iter().map(|args| format!("{} {}", args[0], args.len() - 1)).collect();
    assert_eq!(sent, ["MULTI 0", "RPUSH 1001", "RPUSH 1001", "RPUSH 501", "EXEC 0"]);
    assert_eq!(list.prepend(-2_500..0).wait().unwrap(), 5_000);
    assert_eq!(list.to_vec().wait().unwrap(), (-2_500..2_500).collect::<Vec<_>>());
}

#[test]
fn indexes_count_from_both_ends() {
    let list = strings(&["a", "b", "c"]);
    for (index, item) in
        [(0, Some("a")), (2, Some("c")), (3, None), (-1, Some("c")), (-3, Some("a")), (-4, None)]
    {
        assert_eq!(list.get(index).wait().unwrap().as_deref(), item, "{index}");
    }
    assert_eq!(list.get(i64::MIN).wait().unwrap(), None);
    assert_eq!(list.get(i64::MAX).wait().unwrap(), None);
    list.set(1, "B").wait().unwrap();
    list.set(-1, "C").wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), ["a", "B", "C"]);
}

#[test]
fn a_write_to_an_index_that_is_not_there_is_an_error() {
    let list = strings(&["a"]);
    for index in [1, -2, i64::MAX, i64::MIN] {
        let error = list.set(index, "x").wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IndexOutOfRange, "{error}");
        assert_eq!(error.outcome(), Outcome::NotApplied);
        let error = list.swap(0, index).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IndexOutOfRange, "{error}");
        let error = list.swap(index, 0).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IndexOutOfRange, "{error}");
    }
    assert_eq!(list.to_vec().wait().unwrap(), ["a"]);
    list.clear().wait().unwrap();
    let error = list.set(0, "x").wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::IndexOutOfRange, "{error}");
    assert_eq!(error.key(), Some(list.key()));
    assert_eq!(list.swap(0, 0).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange);
    let other = strings(&["b"]);
    let error = store().transaction((other.push("c"), list.set(0, "x"))).wait().unwrap_err();
    assert_eq!((error.kind(), error.index()), (ErrorKind::Misuse, None), "two stores in one batch");
    let one = store();
    let (a, b) = (one.list::<u8>(unique("list")), one.list::<u8>(unique("list")));
    let error = one.transaction((a.push(1), b.set(0, 1))).wait().unwrap_err();
    assert_eq!((error.kind(), error.index()), (ErrorKind::IndexOutOfRange, Some(1)));
}

#[test]
fn an_item_is_inserted_before_an_index() {
    for (index, expected) in [
        (0, "xabc"),
        (1, "axbc"),
        (2, "abxc"),
        (3, "abcx"),
        (4, "abcx"),
        (i64::MAX, "abcx"),
        (-1, "abxc"),
        (-3, "xabc"),
        (-4, "xabc"),
        (i64::MIN, "xabc"),
    ] {
        let list = strings(&["a", "b", "c"]);
        assert_eq!(list.insert(index, "x").wait().unwrap(), 4);
        assert_eq!(list.to_vec().wait().unwrap().concat(), expected, "{index}");
    }
    let empty = strings(&[]);
    assert_eq!(empty.insert(-5, "x").wait().unwrap(), 1);
    assert_eq!(empty.to_vec().wait().unwrap(), ["x"]);
}

#[test]
fn an_item_is_removed_at_an_index() {
    let list = strings(&["a", "b", "c", "d", "e"]);
    assert_eq!(list.remove_at(5).wait().unwrap(), None);
    assert_eq!(list.remove_at(-6).wait().unwrap(), None);
    assert_eq!(list.remove_at(1).wait().unwrap().as_deref(), Some("b"));
    assert_eq!(list.remove_at(-2).wait().unwrap().as_deref(), Some("d"));
    assert_eq!(list.remove_at(1).wait().unwrap().as_deref(), Some("c"));
    assert_eq!(list.remove_at(-1).wait().unwrap().as_deref(), Some("e"));
    assert_eq!(list.remove_at(0).wait().unwrap().as_deref(), Some("a"));
    assert_eq!(list.remove_at(0).wait().unwrap(), None);
}

#[test]
fn ranges_are_rusts_with_indexes_from_both_ends() {
    let list = list_of(0..5_i64);
    assert_eq!(list.range(..).wait().unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(list.range(1..3).wait().unwrap(), [1, 2]);
    assert_eq!(list.range(1..=3).wait().unwrap(), [1, 2, 3]);
    assert_eq!(list.range(..2).wait().unwrap(), [0, 1]);
    assert_eq!(list.range(..0).wait().unwrap(), [0; 0]);
    assert_eq!(list.range(0..0).wait().unwrap(), [0; 0]);
    assert_eq!(list.range(..=-1).wait().unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(list.range(..-1).wait().unwrap(), [0, 1, 2, 3]);
    assert_eq!(list.range(-2..).wait().unwrap(), [3, 4]);
    assert_eq!(list.range(-100..2).wait().unwrap(), [0, 1]);
    assert_eq!(list.range(3..100).wait().unwrap(), [3, 4]);
    assert_eq!(list.range(..=i64::MAX).wait().unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(list.range(i64::MIN..i64::MIN).wait().unwrap(), [0; 0]);
    assert_eq!(list.range((Bound::Excluded(-1), Bound::Unbounded)).wait().unwrap(), [0; 0]);
}

#[test]
fn slices_are_pythons() {
    let list = list_of(0..10_i64);
    let slice = |start: Option<i64>, stop: Option<i64>, step| list.slice(start, stop, step).wait().unwrap();
    assert_eq!(slice(None, None, 1), (0..10).collect::<Vec<_>>());
    assert_eq!(slice(Some(1), Some(8), 3), [1, 4, 7]);
    assert_eq!(slice(Some(-100), Some(100), 4), [0, 4, 8]);
    assert_eq!(slice(None, None, -4), [9, 5, 1]);
    assert_eq!(slice(Some(7), Some(1), -3), [7, 4]);
    assert_eq!(slice(Some(7), Some(-1), -3), [0; 0]);
    assert_eq!(slice(Some(100), Some(-100), -9), [9, 0]);
    assert_eq!(slice(Some(5), Some(0), i64::MIN), [5]);
    assert_eq!(list.slice(2, None, 4).wait().unwrap(), [2, 6]);
    assert_eq!(list.slice(None, None, 0).wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn a_range_is_replaced_by_fewer_as_many_or_more() {
    // what Pottery answers with [5, 0]
    let list = list_of([0, 5, 6, 7_i64]);
    assert_eq!(list.splice(2..4, Vec::<i64>::new()).wait().unwrap(), [6, 7]);
    assert_eq!(list.to_vec().wait().unwrap(), [0, 5]);
    assert_eq!(list.splice(1..1, [1, 2, 3]).wait().unwrap(), [0; 0]);
    assert_eq!(list.to_vec().wait().unwrap(), [0, 1, 2, 3, 5]);
    assert_eq!(list.splice(..2, [8, 9]).wait().unwrap(), [0, 1]);
    assert_eq!(list.to_vec().wait().unwrap(), [8, 9, 2, 3, 5]);
    assert_eq!(list.splice(-1.., [6, 7, 8]).wait().unwrap(), [5]);
    assert_eq!(list.to_vec().wait().unwrap(), [8, 9, 2, 3, 6, 7, 8]);
    assert_eq!(list.splice(100.., [1]).wait().unwrap(), [0; 0]);
    assert_eq!(list.splice(..0, [0]).wait().unwrap(), [0; 0]);
    assert_eq!(list.to_vec().wait().unwrap(), [0, 8, 9, 2, 3, 6, 7, 8, 1]);
    assert_eq!(list.drain(1..-1).wait().unwrap(), [8, 9, 2, 3, 6, 7, 8]);
    assert_eq!(list.splice(.., [4, 5]).wait().unwrap(), [0, 1]);
    assert_eq!(list.drain(..).wait().unwrap(), [4, 5]);
    assert!(!list.exists().wait().unwrap());
    assert_eq!(list.splice(.., [4, 5]).wait().unwrap(), [0; 0]);
    assert_eq!(list.to_vec().wait().unwrap(), [4, 5]);
}

#[test]
fn a_list_is_cut() {
    let list = list_of(0..10_i64);
    list.truncate(8).wait().unwrap();
    list.truncate(usize::MAX).wait().unwrap();
    list.trim(1..-1).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), [1, 2, 3, 4, 5, 6]);
    list.trim(3..3).wait().unwrap();
    assert!(!list.exists().wait().unwrap());
    list.extend([1]).wait().unwrap();
    list.truncate(0).wait().unwrap();
    assert!(!list.exists().wait().unwrap());
}

#[test]
fn items_are_found_and_removed_by_value() {
    let list = strings(&["a", "b", "a", "c", "a"]);
    assert!(list.contains("a").wait().unwrap());
    assert!(!list.contains("x").wait().unwrap());
    assert_eq!(list.index_of("a").wait().unwrap(), Some(0));
    assert_eq!(list.last_index_of("a").wait().unwrap(), Some(4));
    assert_eq!(list.index_of("x").wait().unwrap(), None);
    assert_eq!(list.last_index_of("x").wait().unwrap(), None);
    assert_eq!(list.indexes_of("a").wait().unwrap(), [0, 2, 4]);
    assert_eq!(list.indexes_of("x").wait().unwrap(), [0; 0]);
    assert_eq!(list.count("a").wait().unwrap(), 3);
    assert_eq!(list.count("x").wait().unwrap(), 0);
    assert!(list.remove("a").wait().unwrap());
    assert!(!list.remove("x").wait().unwrap());
    assert!(list.remove_last("a").wait().unwrap());
    assert_eq!(list.to_vec().wait().unwrap(), ["b", "a", "c"]);
    list.replace(["a", "b", "a", "a"]).wait().unwrap();
    assert_eq!(list.remove_n("a", 0).wait().unwrap(), 0);
    assert_eq!(list.remove_n("a", -2).wait().unwrap(), 2);
    assert_eq!(list.to_vec().wait().unwrap(), ["a", "b"]);
    assert_eq!(list.remove_n("a", i64::MIN).wait().unwrap(), 1);
    assert_eq!(list.remove_n("b", i64::MAX).wait().unwrap(), 1);
    assert_eq!(list.remove_all("b").wait().unwrap(), 0);
    list.replace(["a", "b", "a"]).wait().unwrap();
    assert_eq!(list.remove_all("a").wait().unwrap(), 2);
    assert_eq!(list.to_vec().wait().unwrap(), ["b"]);
    let nothing = strings(&[]);
    assert_eq!(nothing.count("a").wait().unwrap(), 0);
    assert_eq!(nothing.indexes_of("a").wait().unwrap(), [0; 0]);
    assert_eq!(nothing.index_of("a").wait().unwrap(), None);
}

#[test]
fn a_list_equals_what_has_the_same_items_in_the_same_order() {
    let list = strings(&["a", "b"]);
    assert!(list.content_eq(["a", "b"]).wait().unwrap());
    assert!(!list.content_eq(["b", "a"]).wait().unwrap());
    assert!(!list.content_eq(["a"]).wait().unwrap());
    assert!(!list.content_eq(["a", "b", "c"]).wait().unwrap());
    assert!(!list.content_eq(Vec::<String>::new()).wait().unwrap());
    assert!(strings(&[]).content_eq(Vec::<String>::new()).wait().unwrap());
}

#[test]
fn items_are_sorted_by_what_they_mean() {
    let numbers = list_of([10, -2, 9, i64::MAX, i64::MAX - 1, i64::MIN, i64::MIN + 1, 0]);
    numbers.sort().wait().unwrap();
    let sorted = [i64::MIN, i64::MIN + 1, -2, 0, 9, 10, i64::MAX - 1, i64::MAX];
    assert_eq!(numbers.to_vec().wait().unwrap(), sorted);
    numbers.sort().wait().unwrap();
    numbers.sort_desc().wait().unwrap();
    assert_eq!(numbers.to_vec().wait().unwrap(), sorted.into_iter().rev().collect::<Vec<_>>());
    let texts = strings(&["b", "", "a", "10", "9", "é", "z", "B"]);
    texts.sort().wait().unwrap();
    assert_eq!(texts.to_vec().wait().unwrap(), ["", "10", "9", "B", "a", "b", "z", "é"]);
    let floats = list_of([1.5, -0.5, 1e300, 0.1]);
    floats.sort_by(f64::total_cmp).wait().unwrap();
    assert_eq!(floats.to_vec().wait().unwrap(), [-0.5, 0.1, 1.5, 1e300]);
    let pairs = list_of([(1, 'a'), (0, 'b'), (1, 'c'), (0, 'd')]);
    pairs.sort_by_key(|pair| pair.0).wait().unwrap();
    assert_eq!(pairs.to_vec().wait().unwrap(), [(0, 'b'), (0, 'd'), (1, 'a'), (1, 'c')]);
    let nothing = list_of::<u8>([]);
    nothing.sort().wait().unwrap();
    assert!(!nothing.exists().wait().unwrap());
}

#[test]
fn a_closure_says_what_is_kept() {
    let list = list_of(0..10_i64);
    let mut seen = 0;
    let dropped = list
        .retain(|item| {
            seen += 1;
            item % 3 == 0
        })
        .wait();
    assert_eq!(dropped.unwrap(), 6);
    assert_eq!(seen, 10);
    assert_eq!(list.to_vec().wait().unwrap(), [0, 3, 6, 9]);
    assert_eq!(list.retain(|_| true).wait().unwrap(), 0);
    assert_eq!(list.retain(|_| false).wait().unwrap(), 4);
    assert!(!list.exists().wait().unwrap());
}

#[test]
fn a_sort_loses_nothing_that_is_pushed_meanwhile() {
    let list = list_of((0..2_000_i64).rev());
    let name = key(&list);
    let mut interfering = true;
    list.sort_by(|a, b| {
        if std::mem::take(&mut interfering) {
            shared().cli(&["RPUSH", &name, "-1"]);
        }
        a.cmp(b)
    })
    .wait()
    .unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), (-1..2_000).collect::<Vec<_>>());
    list.replace([3, 2, 1]).wait().unwrap();
    let disturbed = list.sort_by(|a, b| {
        shared().cli(&["LSET", &name, "2", "7"]);
        a.cmp(b)
    });
    let error = disturbed.wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied));
    assert_eq!(error.key(), Some(list.key()));
    assert_eq!(list.to_vec().wait().unwrap(), [3, 2, 7]);
}

#[test]
fn order_is_turned_round_rotated_swapped_and_repeated() {
    let list = strings(&["a", "b", "c", "d"]);
    list.reverse().wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap().concat(), "dcba");
    list.swap(0, -1).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap().concat(), "acbd");
    list.swap(1, 2).wait().unwrap();
    list.swap(1, 1).wait().unwrap();
    for (count, expected) in [
        (0, "abcd"),
        (1, "dabc"),
        (-1, "abcd"),
        (3, "bcda"),
        (-3, "abcd"),
        (2, "cdab"),
        (-6, "abcd"),
        (i64::MAX, "bcda"),
        (i64::MIN, "bcda"),
    ] {
        list.rotate(count).wait().unwrap();
        assert_eq!(list.to_vec().wait().unwrap().concat(), expected, "{count}");
    }
    assert_eq!(list.repeat(1).wait().unwrap(), 4);
    assert_eq!(list.repeat(3).wait().unwrap(), 12);
    assert_eq!(list.to_vec().wait().unwrap().concat(), "bcdabcdabcda");
    let error = list.repeat(usize::MAX).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied));
    assert_eq!(list.repeat(0).wait().unwrap(), 0);
    assert_eq!(list.repeat(usize::MAX).wait().unwrap(), 0);
    list.reverse().wait().unwrap();
    list.rotate(5).wait().unwrap();
    assert!(!list.exists().wait().unwrap());
}

#[test]
fn a_remainder_of_a_large_number_is_exact() {
    // 2^53 + 1 is no double
    let list = list_of(0..7_i64);
    list.rotate(9_007_199_254_740_993).wait().unwrap();
    let mut expected: Vec<i64> = (0..7).collect();
    expected.rotate_right(usize::try_from(9_007_199_254_740_993_i64 % 7).unwrap());
    assert_eq!(list.to_vec().wait().unwrap(), expected);
}

#[test]
fn a_list_is_made_only_where_there_is_nothing() {
    let list = store().list::<String>(unique("list"));
    list.create(["a", "b"]).wait().unwrap();
    let error = list.create(["c"]).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeyExists, Outcome::NotApplied));
    assert_eq!(error.key(), Some(list.key()));
    assert_eq!(list.to_vec().wait().unwrap(), ["a", "b"]);
    list.clear().wait().unwrap();
    list.create(Vec::<String>::new()).wait().unwrap();
    assert!(!list.exists().wait().unwrap());
    shared().cli(&["SET", &key(&list), "x"]);
    assert_eq!(list.create(["c"]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(shared().cli(&["GET", &key(&list)]).text(), "x");
}

#[test]
fn all_items_are_replaced_at_once() {
    let list = strings(&["a", "b"]);
    list.replace(["c"]).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), ["c"]);
    list.replace(Vec::<String>::new()).wait().unwrap();
    assert!(!list.exists().wait().unwrap());
    list.replace(["d", "e"]).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), ["d", "e"]);
}

#[test]
fn items_are_iterated_in_pages() {
    for length in [0, 1, 999, 1_000, 1_001, 2_500] {
        let list = list_of(0..length);
        let all: Result<Vec<i64>, _> = list.iter().wait().collect();
        assert_eq!(all.unwrap(), (0..length).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_appended_while_iterating_comes_too() {
    let list = list_of(0..1_000_i64);
    let mut items = list.iter().wait();
    assert_eq!(items.next().unwrap().unwrap(), 0);
    list.push(1_000).wait().unwrap();
    assert_eq!(items.map(Result::unwrap).last(), Some(1_000));
}

#[test]
fn items_move_from_list_to_list() {
    let store = store();
    let (a, b) = (store.list::<u8>(unique("a")), store.list::<u8>(unique("b")));
    a.extend([1, 2, 3, 4, 5]).wait().unwrap();
    assert_eq!(a.move_last_to_front_of(&b).wait().unwrap(), Some(5));
    assert_eq!(a.move_last_to_back_of(&b).wait().unwrap(), Some(4));
    assert_eq!(a.move_first_to_back_of(&b).wait().unwrap(), Some(1));
    assert_eq!(a.move_first_to_front_of(&b).wait().unwrap(), Some(2));
    assert_eq!(a.to_vec().wait().unwrap(), [3]);
    assert_eq!(b.to_vec().wait().unwrap(), [2, 5, 4, 1]);
    assert_eq!(b.move_last_to_front_of(&b).wait().unwrap(), Some(1));
    assert_eq!(b.to_vec().wait().unwrap(), [1, 2, 5, 4]);
    assert_eq!(a.move_last_to_front_of_wait(&b, Duration::from_secs(5)).wait().unwrap(), Some(3));
    assert_eq!(a.move_first_to_back_of_wait(&b, Duration::from_millis(1)).wait().unwrap(), None);
    assert_eq!(a.move_first_to_back_of_wait(&b, Duration::ZERO).wait().unwrap(), None);
    assert_eq!(b.move_first_to_back_of_wait(&a, Duration::ZERO).wait().unwrap(), Some(3));
    let elsewhere = self::store().list::<u8>(unique("c"));
    assert_eq!(a.move_first_to_back_of(&elsewhere).wait().unwrap_err().kind(), ErrorKind::Misuse);
    let refused = a.move_first_to_back_of_wait(&elsewhere, Duration::from_secs(1)).wait();
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(a.to_vec().wait().unwrap(), [3]);
}

#[test]
fn a_wait_ends_with_an_item_or_with_its_time() {
    let list = list_of([1, 2, 3_u8]);
    assert_eq!(list.pop_wait(Duration::from_secs(5)).wait().unwrap(), Some(3));
    assert_eq!(list.pop_front_wait(Duration::MAX).wait().unwrap(), Some(1));
    assert_eq!(list.pop_wait(Duration::ZERO).wait().unwrap(), Some(2));
    assert_eq!(list.pop_wait(Duration::ZERO).wait().unwrap(), None);
    for wait in [Duration::from_nanos(1), Duration::from_millis(120)] {
        let begun = Instant::now();
        assert_eq!(list.pop_front_wait(wait).wait().unwrap(), None);
        assert!(begun.elapsed() >= wait, "{:?}", begun.elapsed());
        assert!(begun.elapsed() < wait + Duration::from_secs(5));
    }
}

#[test]
fn a_wait_ends_when_an_item_comes() {
    // a server of its own: the test looks at who waits
    let server = Server::start();
    let list = Store::open(&server.url()).unwrap().list::<u8>("list");
    let waiting = thread::spawn(move || list.pop_wait(Duration::from_secs(60)).wait().unwrap());
    wait_until("somebody waits", Duration::from_secs(20), || {
        server.cli(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    server.cli(&["RPUSH", "list", "7"]);
    assert_eq!(waiting.join().unwrap(), Some(7));
}

/// A wait may last longer than any other call.
#[test]
fn a_wait_is_not_ended_by_the_time_limit_of_calls() {
    let store = Store::options(&shared().url()).timeout(Duration::from_millis(150)).open().unwrap();
    let list = store.list::<u8>(unique("list"));
    assert_eq!(list.pop_wait(Duration::from_millis(400)).wait().unwrap(), None);
    block_on(async { assert_eq!(list.pop_wait(Duration::from_millis(400)).await.unwrap(), None) });
}

fn block_on<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn a_wait_that_is_given_up_takes_nothing() {
    block_on(async {
        // a server of its own: the test counts who waits
        let server = Server::start();
        let list = Store::open(&server.url()).unwrap().list::<u8>("list");
        for _ in 0..5 {
            let mut waiting = Box::pin(list.pop_wait(Duration::from_secs(60)));
            let given_up = tokio::time::timeout(Duration::from_millis(50), &mut waiting).await;
            assert!(given_up.is_err());
            drop(waiting);
            tokio::time::sleep(Duration::from_millis(50)).await;
            list.push(1).await.unwrap();
            assert_eq!(list.pop().await.unwrap(), Some(1));
        }
    });
}

#[test]
fn awaited_or_waited_for_it_is_the_same() {
    block_on(async {
        let list = store().list::<String>(unique("list"));
        assert_eq!(list.extend(["b", "a", "c"]).await.unwrap(), 3);
        assert_eq!(list.insert(1, "x").await.unwrap(), 4);
        list.sort().await.unwrap();
        assert_eq!(list.to_vec().await.unwrap(), ["a", "b", "c", "x"]);
        assert_eq!(list.retain(|item| item != "x").await.unwrap(), 1);
        assert_eq!(list.splice(1..2, ["y", "z"]).await.unwrap(), ["b"]);
        assert_eq!(list.set(9, "q").await.unwrap_err().kind(), ErrorKind::IndexOutOfRange);
        assert_eq!(list.pop_wait(Duration::from_secs(1)).await.unwrap().as_deref(), Some("c"));
        let mut items = list.iter();
        let mut seen = Vec::new();
        while let Some(item) = items.next().await {
            seen.push(item.unwrap());
        }
        assert_eq!(seen, ["a", "y", "z"]);
        list.clear().await.unwrap();
        assert_eq!(list.pop_front_wait(Duration::from_millis(10)).await.unwrap(), None);
    });
}

#[test]
fn scripts_and_chunks_take_their_place_in_a_transaction() {
    let store = store();
    let list = store.list::<i64>(unique("list"));
    let batch = (
        list.extend(0..1_500),
        list.insert(750, -1),
        list.remove_at(0),
        list.count(-1),
        list.range(748..751),
    );
    let result = store.transaction(batch).wait().unwrap();
    assert_eq!(result, (1_500, 1_501, Some(0), 1, vec![749, -1, 750]));
    let batch = (list.replace(0..1_200), list.extend(0..0), list.pop());
    assert_eq!(store.pipeline(batch).wait().unwrap(), ((), 1_200, Some(1_199)));
}

#[test]
fn a_hundred_thousand_items_are_no_limit() {
    let list = list_of(0..MANY);
    let mut model: Vec<i64> = (0..MANY).collect();
    let check = |list: &List<i64>, model: &[i64], what: &str| {
        assert!(list.to_vec().wait().unwrap() == model, "{what}");
    };
    assert_eq!(list.insert(MANY / 2, -1).wait().unwrap(), model.len() + 1);
    model.insert(model.len() / 2, -1);
    check(&list, &model, "insert");
    for index in [30_000, 80_000, -10] {
        let at = if index < 0 { model.len() - 10 } else { index as usize };
        assert_eq!(list.remove_at(index).wait().unwrap(), Some(model.remove(at)));
    }
    check(&list, &model, "remove_at");
    list.swap(10, 60_000).wait().unwrap();
    model.swap(10, 60_000);
    check(&list, &model, "swap");
    list.reverse().wait().unwrap();
    model.reverse();
    check(&list, &model, "reverse");
    list.rotate(33_333).wait().unwrap();
    model.rotate_right(33_333);
    check(&list, &model, "rotate");
    list.rotate(-22_222).wait().unwrap();
    model.rotate_left(22_222);
    check(&list, &model, "rotate back");
    for range in [20_000..50_000, 1_000..2_000, 60_000..68_000] {
        let (from, to) = (range.start as usize, range.end as usize);
        let new = from as i64 * 2..from as i64 * 2 + 12_345;
        let gone: Vec<i64> = model.splice(from..to, new.clone()).collect();
        assert!(list.splice(range, new).wait().unwrap() == gone);
        check(&list, &model, "splice");
    }
    list.sort().wait().unwrap();
    model.sort_unstable();
    check(&list, &model, "sort");
    list.sort_desc().wait().unwrap();
    model.reverse();
    check(&list, &model, "sort_desc");
    assert_eq!(list.repeat(2).wait().unwrap(), 2 * model.len());
    model.extend_from_within(..);
    check(&list, &model, "repeat");
    assert!(list.content_eq(&model).wait().unwrap());
    assert!(list.iter().wait().map(Result::unwrap).eq(model.iter().copied()));
    list.replace(0..MANY).wait().unwrap();
    check(&list, &(0..MANY).collect::<Vec<_>>(), "replace");
    list.prepend(0..MANY).wait().unwrap();
    assert_eq!(list.count(77_777).wait().unwrap(), 2);
    list.clear().wait().unwrap();
    list.create(0..MANY).wait().unwrap();
    assert_eq!(list.drain(5..).wait().unwrap().len(), MANY as usize - 5);
    check(&list, &[0, 1, 2, 3, 4], "drain");
    list.replace(std::iter::repeat_n(1, MANY as usize)).wait().unwrap();
    assert_eq!(list.count(1).wait().unwrap(), MANY as usize);
    assert_eq!(list.remove_all(1).wait().unwrap(), MANY as usize);
}

/// What others have used to mark a place, and what may be stored all the same.
#[test]
fn no_value_is_taken_for_a_mark() {
    let items = ["", "0", "-1", "None", "nil", "false", "__DELETED__", "__pottery__", "", "\0", "+", "a\0b"];
    for at in 0..items.len() {
        let list = strings(&items);
        let mut model: Vec<&str> = items.to_vec();
        list.insert(at as i64, "").wait().unwrap();
        model.insert(at, "");
        assert_eq!(list.to_vec().wait().unwrap(), model);
        assert_eq!(list.remove_at(at as i64).wait().unwrap().as_deref(), Some(model.remove(at)));
        assert_eq!(list.remove_at(at as i64).wait().unwrap().as_deref(), Some(model.remove(at)));
        assert_eq!(list.to_vec().wait().unwrap(), model);
        list.reverse().wait().unwrap();
        list.rotate(3).wait().unwrap();
        model.reverse();
        model.rotate_right(3);
        assert_eq!(list.to_vec().wait().unwrap(), model);
    }
}

/// The marks are random, so the scripts are run with one that is stored.
#[test]
fn a_mark_that_is_stored_by_accident_is_not_used() {
    let insert = include_str!("../../pottery-core/src/scripts/list_insert.lua");
    let remove = include_str!("../../pottery-core/src/scripts/list_remove_at.lua");
    let items = ["mark", "mark+", "a", "mark++", "b", "mark", "mark+"];
    for at in 0..items.len() {
        let list = strings(&items);
        let mut model = items.to_vec();
        let index = at.to_string();
        shared().cli(&["EVAL", insert, "1", &key(&list), &index, "x", "mark", ""]);
        model.insert(at, "x");
        assert_eq!(list.to_vec().wait().unwrap(), model);
        let removed = shared().cli(&["EVAL", remove, "1", &key(&list), &index, "mark"]);
        assert_eq!(removed.text(), model.remove(at));
        let removed = shared().cli(&["EVAL", remove, "1", &key(&list), &index, "mark"]);
        assert_eq!(removed.text(), model.remove(at));
        assert_eq!(list.to_vec().wait().unwrap(), model);
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Item {
    weight: u32,
    name: String,
}

fn items_work<C: pottery::Codec>(list: &List<Item, C>) {
    let item = |weight, name: &str| Item { weight, name: name.to_owned() };
    list.extend([item(2, "sword"), item(1, "rope"), item(3, "lamp")]).wait().unwrap();
    list.sort().wait().unwrap();
    assert_eq!(list.index_of(item(3, "lamp")).wait().unwrap(), Some(2));
    assert!(list.remove(&item(2, "sword")).wait().unwrap());
    assert!(list.content_eq([item(1, "rope"), item(3, "lamp")]).wait().unwrap());
}

#[test]
fn items_of_any_type_and_codec_work() {
    items_work(&store().list(unique("list")));
    #[cfg(feature = "json")]
    items_work::<pottery::Json>(&store().list(unique("list")).codec());
}

#[test]
fn what_is_no_item_is_an_error_and_stays() {
    let list = store().list::<u64>(unique("list"));
    shared().cli(&["RPUSH", &key(&list), "1", "two"]);
    let error = list.to_vec().wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::NotApplied));
    assert_eq!(error.key(), Some(list.key()));
    assert_eq!(list.sort().wait().unwrap_err().kind(), ErrorKind::Decode);
    let error = list.pop().wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::Applied));
}

/// One command for each other type that Redis has.
pub(crate) const FOREIGN: [&[&str]; 5] = [
    &["SET", "", "1"],
    &["HSET", "", "a", "1"],
    &["SADD", "", "1"],
    &["ZADD", "", "1", "a"],
    &["XADD", "", "1-1", "a", "1"],
];

/// Puts something else than a list at the key, and says how it is to be dumped.
pub(crate) fn make_foreign(key: &str, command: &[&str]) -> Vec<u8> {
    let mut command = command.to_vec();
    command[1] = key;
    assert!(!shared().cli(&["DEL", key]).is_error());
    assert!(!shared().cli(&command).is_error());
    dump(key)
}

pub(crate) fn dump(key: &str) -> Vec<u8> {
    match shared().cli(&["DUMP", key]) {
        Reply::Bulk(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

/// Runs each expression, which must fail with `WrongType`, name the key, and leave it as it is.
macro_rules! wrong_type {
    ($key:expr, $dump:expr; $($operation:expr;)*) => {$(
        let error = match $operation.wait() {
            Ok(_) => panic!("`{}` succeeds on a foreign type", stringify!($operation)),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::WrongType, "`{}`: {error}", stringify!($operation));
        assert_eq!(error.outcome(), Outcome::NotApplied, "`{}`: {error}", stringify!($operation));
        assert_eq!(error.key().map(ToString::to_string).as_deref(), Some($key), "`{}`", stringify!($operation));
        assert_eq!($crate::list::dump($key), $dump, "`{}` has changed a foreign key", stringify!($operation));
    )*};
}
pub(crate) use wrong_type;

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let store = store();
    let list = store.list::<u64>(unique("list"));
    let proper = store.list::<u64>(unique("list"));
    let name = key(&list);
    let soon = Duration::from_millis(1);
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            list.push(1);
            list.push_front(1);
            list.extend([1, 2]);
            list.extend(0..2_500);
            list.extend(0..0);
            list.prepend([1, 2]);
            list.prepend(0..2_500);
            list.pop();
            list.pop_front();
            list.pop_n(0);
            list.pop_n(2);
            list.pop_front_n(2);
            list.get(0);
            list.first();
            list.last();
            list.set(0, 1);
            list.len();
            list.is_empty();
            list.to_vec();
            list.range(1..2);
            list.range(0..0);
            list.slice(0, 1, 1);
            list.slice(None, None, -1);
            list.splice(0..1, [1]);
            list.splice(0..0, 0..0);
            list.drain(..);
            list.trim(1..);
            list.truncate(0);
            list.truncate(1);
            list.insert(0, 1);
            list.insert(1, 1);
            list.remove_at(0);
            list.swap(0, 1);
            list.reverse();
            list.rotate(1);
            list.repeat(0);
            list.repeat(2);
            list.replace([1]);
            list.replace(0..2_500);
            list.replace(0..0);
            list.contains(1);
            list.index_of(1);
            list.last_index_of(1);
            list.indexes_of(1);
            list.count(1);
            list.remove(1);
            list.remove_last(1);
            list.remove_n(1, 0);
            list.remove_n(1, 1);
            list.remove_all(1);
            list.content_eq([1]);
            list.sort();
            list.sort_desc();
            list.sort_by(|a, b| a.cmp(b));
            list.sort_by_key(|item| *item);
            list.retain(|_| false);
            list.pop_wait(soon);
            list.pop_front_wait(soon);
            list.pop_wait(Duration::ZERO);
            list.move_last_to_front_of(&proper);
            list.move_last_to_back_of(&proper);
            list.move_first_to_front_of(&proper);
            list.move_first_to_back_of(&proper);
            list.move_last_to_front_of_wait(&proper, soon);
            list.move_first_to_back_of_wait(&proper, soon);
        }
        let first = list.iter().wait().next().unwrap();
        assert_eq!(first.unwrap_err().kind(), ErrorKind::WrongType);
        let error = list.create([1]).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeyExists);
        // a list that cannot be moved from keeps its items
        proper.replace([1]).wait().unwrap();
        let error = proper.move_last_to_front_of(&list).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongType);
        assert_eq!(proper.pop().wait().unwrap(), Some(1));
        assert_eq!(self::dump(&name), dump);
    }
}

#[test]
fn a_change_leaves_the_time_to_live_as_it_is() {
    let list = list_of(0..10_u64);
    list.expire(Duration::from_secs(1_000)).wait().unwrap();
    macro_rules! keeps {
        ($($operation:expr;)*) => {$(
            $operation.wait().unwrap();
            let left = list.ttl().wait().unwrap();
            assert!(left.is_some(), "`{}` has dropped the time to live", stringify!($operation));
        )*};
    }
    keeps! {
        list.push(1);
        list.set(0, 1);
        list.insert(3, 1);
        list.remove_at(3);
        list.splice(.., [5, 3, 4]);
        list.splice(.., 0..3_000);
        list.splice(2..2_990, [1, 2, 3]);
        list.splice(..3, [1, 2]);
        list.replace([7, 8, 9]);
        list.reverse();
        list.rotate(1);
        list.repeat(2);
        list.sort();
        list.retain(|item| *item == 9);
        list.replace(0..5);
        list.trim(1..);
    }
    assert_eq!(list.to_vec().wait().unwrap(), [1, 2, 3, 4]);
}

// ---------------------------------------------------------------------------------------- against Vec

#[derive(Clone, Debug)]
enum Op {
    Push(String),
    PushFront(String),
    Extend(Vec<String>),
    Prepend(Vec<String>),
    Pop,
    PopFront,
    PopN(usize),
    PopFrontN(usize),
    Get(i64),
    Ends,
    Set(i64, String),
    Insert(i64, String),
    RemoveAt(i64),
    Range(Span),
    Slice(Option<i64>, Option<i64>, i64),
    Splice(Span, Vec<String>),
    Drain(Span),
    Trim(Span),
    Truncate(usize),
    Find(String),
    Remove(String),
    RemoveLast(String),
    RemoveN(String, i64),
    RemoveAll(String),
    ContentEq(Vec<String>),
    Swap(i64, i64),
    Reverse,
    Rotate(i64),
    Repeat(usize),
    Replace(Vec<String>),
    Create(Vec<String>),
    Sort,
    SortDesc,
    Retain(String),
    Clear,
    MoveWithin(bool),
    PopWait(bool),
    Iterate,
}

type Span = (Bound<i64>, Bound<i64>);

pub(crate) fn item() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["", "a", "b", "c", "10", "9", "-1", "0", "a\0b", "\u{e9}", "+", "__DELETED__"])
        .prop_map(str::to_owned)
}

pub(crate) fn items(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(item(), 0..most)
}

pub(crate) fn index() -> impl Strategy<Value = i64> {
    prop_oneof![20 => -12_i64..12, 1 => any::<i64>(), 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn span() -> impl Strategy<Value = Span> {
    let bound = || {
        prop_oneof![
            3 => index().prop_map(Bound::Included),
            3 => index().prop_map(Bound::Excluded),
            1 => Just(Bound::Unbounded),
        ]
    };
    (bound(), bound())
}

fn op() -> impl Strategy<Value = Op> {
    let step = prop_oneof![9 => -4_i64..5, 1 => any::<i64>()];
    prop_oneof![
        6 => item().prop_map(Op::Push),
        4 => item().prop_map(Op::PushFront),
        3 => items(8).prop_map(Op::Extend),
        3 => items(8).prop_map(Op::Prepend),
        1 => Just(Op::Pop),
        1 => Just(Op::PopFront),
        1 => (0..4_usize).prop_map(Op::PopN),
        1 => (0..4_usize).prop_map(Op::PopFrontN),
        1 => index().prop_map(Op::Get),
        1 => Just(Op::Ends),
        2 => (index(), item()).prop_map(|(index, item)| Op::Set(index, item)),
        6 => (index(), item()).prop_map(|(index, item)| Op::Insert(index, item)),
        4 => index().prop_map(Op::RemoveAt),
        4 => span().prop_map(Op::Range),
        4 => (prop::option::of(index()), prop::option::of(index()), step)
            .prop_map(|(start, stop, step)| Op::Slice(start, stop, step)),
        6 => (span(), items(6)).prop_map(|(span, items)| Op::Splice(span, items)),
        2 => span().prop_map(Op::Drain),
        1 => span().prop_map(Op::Trim),
        1 => (0..20_usize).prop_map(Op::Truncate),
        2 => item().prop_map(Op::Find),
        1 => item().prop_map(Op::Remove),
        1 => item().prop_map(Op::RemoveLast),
        1 => (item(), -3..4_i64).prop_map(|(item, count)| Op::RemoveN(item, count)),
        1 => item().prop_map(Op::RemoveAll),
        1 => items(3).prop_map(Op::ContentEq),
        2 => (index(), index()).prop_map(|(a, b)| Op::Swap(a, b)),
        1 => Just(Op::Reverse),
        2 => index().prop_map(Op::Rotate),
        1 => (0..3_usize).prop_map(Op::Repeat),
        1 => items(12).prop_map(Op::Replace),
        1 => items(4).prop_map(Op::Create),
        1 => Just(Op::Sort),
        1 => Just(Op::SortDesc),
        1 => item().prop_map(Op::Retain),
        1 => Just(Op::Clear),
        1 => any::<bool>().prop_map(Op::MoveWithin),
        1 => any::<bool>().prop_map(Op::PopWait),
        1 => Just(Op::Iterate),
    ]
}

/// The place of an index that may count from the end.
pub(crate) fn place(length: usize, index: i64) -> Option<usize> {
    let length = length as i128;
    let index = i128::from(index);
    let at = if index < 0 { index + length } else { index };
    (0..length).contains(&at).then_some(at as usize)
}

/// Where an insertion at an index goes.
pub(crate) fn insertion(length: usize, index: i64) -> usize {
    let at = if index < 0 { i128::from(index) + length as i128 } else { i128::from(index) };
    at.clamp(0, length as i128) as usize
}

/// Which indexes a range covers, asked one by one; where there are none, where it begins.
fn covered(length: usize, (start, end): Span) -> std::ops::Range<usize> {
    let real = |index: i64| i128::from(index) + if index < 0 { length as i128 } else { 0 };
    let begun = |at: usize| match start {
        Bound::Included(index) => at as i128 >= real(index),
        Bound::Excluded(index) => at as i128 > real(index),
        Bound::Unbounded => true,
    };
    let ended = |at: usize| match end {
        Bound::Included(index) => at as i128 > real(index),
        Bound::Excluded(index) => at as i128 >= real(index),
        Bound::Unbounded => false,
    };
    let from = (0..length).filter(|at| !begun(*at)).count();
    let to = (0..length).filter(|at| !ended(*at)).count();
    from..to.max(from)
}

/// Python's `items[start:stop:step]`, as its manual says it.
fn python_slice(items: &[String], start: Option<i64>, stop: Option<i64>, step: i64) -> Vec<String> {
    let length = items.len() as i128;
    let step = i128::from(step);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let real = |index: i64| {
        let index = i128::from(index);
        (if index < 0 { index + length } else { index }).clamp(lowest, highest)
    };
    let mut at = start.map_or(if step > 0 { lowest } else { highest }, real);
    let stop = stop.map_or(if step > 0 { highest } else { lowest }, real);
    let mut slice = Vec::new();
    while if step > 0 { at < stop } else { at > stop } {
        slice.push(items[at as usize].clone());
        at += step;
    }
    slice
}

/// Does the same to both, and compares what comes back.
fn step(list: &List<String>, model: &mut Vec<String>, op: &Op) {
    let length = model.len();
    match op.clone() {
        Op::Push(item) => {
            model.push(item.clone());
            assert_eq!(list.push(item).wait().unwrap(), model.len());
        }
        Op::PushFront(item) => {
            model.insert(0, item.clone());
            assert_eq!(list.push_front(item).wait().unwrap(), model.len());
        }
        Op::Extend(items) => {
            model.extend(items.iter().cloned());
            assert_eq!(list.extend(items).wait().unwrap(), model.len());
        }
        Op::Prepend(items) => {
            model.splice(0..0, items.iter().cloned());
            assert_eq!(list.prepend(items).wait().unwrap(), model.len());
        }
        Op::Pop => assert_eq!(list.pop().wait().unwrap(), model.pop()),
        Op::PopFront => {
            let first = (!model.is_empty()).then(|| model.remove(0));
            assert_eq!(list.pop_front().wait().unwrap(), first);
        }
        Op::PopN(count) => {
            let popped: Vec<String> = model.drain(length - count.min(length)..).rev().collect();
            assert_eq!(list.pop_n(count).wait().unwrap(), popped);
        }
        Op::PopFrontN(count) => {
            let popped: Vec<String> = model.drain(..count.min(length)).collect();
            assert_eq!(list.pop_front_n(count).wait().unwrap(), popped);
        }
        Op::Get(index) => {
            let item = place(length, index).map(|at| model[at].clone());
            assert_eq!(list.get(index).wait().unwrap(), item);
        }
        Op::Ends => {
            assert_eq!(list.first().wait().unwrap(), model.first().cloned());
            assert_eq!(list.last().wait().unwrap(), model.last().cloned());
            assert_eq!(list.is_empty().wait().unwrap(), model.is_empty());
            assert_eq!(list.exists().wait().unwrap(), !model.is_empty());
        }
        Op::Set(index, item) => match place(length, index) {
            Some(at) => {
                model[at] = item.clone();
                list.set(index, item).wait().unwrap();
            }
            None => {
                assert_eq!(list.set(index, item).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange);
            }
        },
        Op::Insert(index, item) => {
            model.insert(insertion(length, index), item.clone());
            assert_eq!(list.insert(index, item).wait().unwrap(), model.len());
        }
        Op::RemoveAt(index) => {
            let item = place(length, index).map(|at| model.remove(at));
            assert_eq!(list.remove_at(index).wait().unwrap(), item);
        }
        Op::Range(span) => {
            assert_eq!(list.range(span).wait().unwrap(), model[covered(length, span)]);
        }
        Op::Slice(start, stop, 0) => {
            assert_eq!(list.slice(start, stop, 0).wait().unwrap_err().kind(), ErrorKind::Misuse);
        }
        Op::Slice(start, stop, step) => {
            assert_eq!(list.slice(start, stop, step).wait().unwrap(), python_slice(model, start, stop, step));
        }
        Op::Splice(span, items) => {
            let gone: Vec<String> = model.splice(covered(length, span), items.iter().cloned()).collect();
            assert_eq!(list.splice(span, items).wait().unwrap(), gone);
        }
        Op::Drain(span) => {
            let gone: Vec<String> = model.drain(covered(length, span)).collect();
            assert_eq!(list.drain(span).wait().unwrap(), gone);
        }
        Op::Trim(span) => {
            *model = model[covered(length, span)].to_vec();
            list.trim(span).wait().unwrap();
        }
        Op::Truncate(length) => {
            model.truncate(length);
            list.truncate(length).wait().unwrap();
        }
        Op::Find(item) => {
            let found: Vec<usize> = (0..length).filter(|at| model[*at] == item).collect();
            assert_eq!(list.contains(&item).wait().unwrap(), !found.is_empty());
            assert_eq!(list.index_of(&item).wait().unwrap(), found.first().copied());
            assert_eq!(list.last_index_of(&item).wait().unwrap(), found.last().copied());
            assert_eq!(list.count(&item).wait().unwrap(), found.len());
            assert_eq!(list.indexes_of(&item).wait().unwrap(), found);
        }
        Op::Remove(item) => {
            let at = model.iter().position(|known| *known == item);
            assert_eq!(list.remove(item).wait().unwrap(), at.map(|at| model.remove(at)).is_some());
        }
        Op::RemoveLast(item) => {
            let at = model.iter().rposition(|known| *known == item);
            assert_eq!(list.remove_last(item).wait().unwrap(), at.map(|at| model.remove(at)).is_some());
        }
        Op::RemoveN(item, count) => {
            let mut at: Vec<usize> = (0..length).filter(|at| model[*at] == item).collect();
            if count < 0 {
                at.reverse();
            }
            at.truncate(count.unsigned_abs() as usize);
            assert_eq!(list.remove_n(item, count).wait().unwrap(), at.len());
            at.sort_unstable();
            at.into_iter().rev().for_each(|at| _ = model.remove(at));
        }
        Op::RemoveAll(item) => {
            model.retain(|known| *known != item);
            assert_eq!(list.remove_all(item).wait().unwrap(), length - model.len());
        }
        Op::ContentEq(items) => {
            assert_eq!(list.content_eq(&items).wait().unwrap(), items == *model);
            assert!(list.content_eq(&*model).wait().unwrap());
        }
        Op::Swap(a, b) => match (place(length, a), place(length, b)) {
            (Some(first), Some(second)) => {
                model.swap(first, second);
                list.swap(a, b).wait().unwrap();
            }
            _ => assert_eq!(list.swap(a, b).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange),
        },
        Op::Reverse => {
            model.reverse();
            list.reverse().wait().unwrap();
        }
        Op::Rotate(count) => {
            if length > 0 {
                model.rotate_right(i128::from(count).rem_euclid(length as i128) as usize);
            }
            list.rotate(count).wait().unwrap();
        }
        Op::Repeat(times) => {
            // not without end
            let times = if length > 200 { times.min(1) } else { times };
            *model = std::iter::repeat_n(model.clone(), times).flatten().collect();
            assert_eq!(list.repeat(times).wait().unwrap(), model.len());
        }
        Op::Replace(items) => {
            model.clone_from(&items);
            list.replace(items).wait().unwrap();
        }
        Op::Create(items) => {
            let result = list.create(&items).wait().map_err(|error| error.kind());
            assert_eq!(result, if model.is_empty() { Ok(()) } else { Err(ErrorKind::KeyExists) });
            if model.is_empty() {
                *model = items;
            }
        }
        Op::Sort => {
            model.sort();
            list.sort().wait().unwrap();
        }
        Op::SortDesc => {
            model.sort_by(|a, b| b.cmp(a));
            list.sort_desc().wait().unwrap();
        }
        Op::Retain(item) => {
            model.retain(|known| *known != item);
            assert_eq!(list.retain(|known| *known != item).wait().unwrap(), length - model.len());
        }
        Op::Clear => {
            assert_eq!(list.clear().wait().unwrap(), !model.is_empty());
            model.clear();
        }
        Op::MoveWithin(last) => {
            let moved =
                if last { list.move_last_to_front_of(list) } else { list.move_first_to_back_of(list) };
            let expected = if last { model.last() } else { model.first() };
            assert_eq!(moved.wait().unwrap().as_ref(), expected);
            if last { model.rotate_right(length.min(1)) } else { model.rotate_left(length.min(1)) }
        }
        Op::PopWait(last) => {
            let expected = if last { model.pop() } else { (length > 0).then(|| model.remove(0)) };
            let wait = if length > 0 { Duration::from_secs(60) } else { Duration::from_nanos(1) };
            let popped = if last { list.pop_wait(wait) } else { list.pop_front_wait(wait) };
            assert_eq!(popped.wait().unwrap(), expected);
        }
        Op::Iterate => {
            let items: Vec<String> = list.iter().wait().map(Result::unwrap).collect();
            assert_eq!(items, *model);
        }
    }
}

/// Sequences of about a hundred operations each.
pub(crate) fn sequences() -> ProptestConfig {
    ProptestConfig { cases: scale(200, 10_000), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn a_list_does_what_a_vec_does(ops in prop::collection::vec((any::<bool>(), op()), 60..140)) {
        let name = unique("list");
        let handles: [List<String>; 2] = [one_store().list(&name), store().list(&name)];
        let mut model = Vec::new();
        for (second, op) in &ops {
            step(&handles[usize::from(*second)], &mut model, op);
            assert_eq!(handles[usize::from(!*second)].to_vec().wait().unwrap(), model, "after {op:?}");
        }
        handles[0].clear().wait().unwrap();
    }
}

/// A store that lives through all sequences: with connections that have been used before.
fn one_store() -> &'static Store {
    static STORE: std::sync::OnceLock<Store> = std::sync::OnceLock::new();
    STORE.get_or_init(store)
}

/// Two handles at one list at the same time: what is pushed is popped once, whatever else is done to it.
#[test]
fn nothing_is_lost_between_two_who_change_a_list() {
    let name = unique("list");
    let per_thread = scale(300, 10_000);
    let threads: Vec<_> = (0..2_i64)
        .map(|who| {
            let list = store().list::<i64>(&name);
            thread::spawn(move || {
                let mut popped = Vec::new();
                for n in 0..per_thread {
                    list.insert(n % 7 - 3, 2 * n + who).wait().unwrap();
                    match n % 5 {
                        0 => list.reverse().wait().unwrap(),
                        1 => list.rotate(n).wait().unwrap(),
                        2 => popped.extend(list.remove_at(n % 11 - 5).wait().unwrap()),
                        3 => popped.extend(list.drain(1..2).wait().unwrap()),
                        _ => popped.extend(list.splice(2..4, [2 * n + who + 1_000_000]).wait().unwrap()),
                    }
                }
                popped
            })
        })
        .collect();
    let mut all: Vec<i64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    all.extend(store().list::<i64>(&name).to_vec().wait().unwrap());
    all.sort_unstable();
    let inserted = (0..per_thread).flat_map(|n| [2 * n, 2 * n + 1]);
    let spliced =
        (0..per_thread).filter(|n| n % 5 == 4).flat_map(|n| [2 * n, 2 * n + 1].map(|n| n + 1_000_000));
    let mut expected: Vec<i64> = inserted.chain(spliced).collect();
    expected.sort_unstable();
    assert_eq!(all, expected);
}

/// A list that is a field of an object is reached by its key alone; `Raw` stands for another program.
#[test]
fn items_are_stored_as_redis_users_expect() {
    let list = list_of([1_u64, 20]);
    let mut other = Raw::connect(shared().addr());
    assert_eq!(other.command(&["LRANGE", &key(&list), "0", "-1"]).texts(), ["1", "20"]);
    other.command(&["RPUSH", &key(&list), "300"]);
    assert_eq!(list.to_vec().wait().unwrap(), [1, 20, 300]);
}
