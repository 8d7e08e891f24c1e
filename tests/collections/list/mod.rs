//! Lists.
#![allow(clippy::reversed_empty_ranges, reason = "`1..-1` is from the second to the last but one")]

pub(crate) mod foreign;
pub(crate) mod model;
mod scripts;
mod wait;

use std::ops::Bound;
use std::time::Duration;

use pottery::{ErrorKind, List, Outcome, Storable};
use pottery_test_support::{Raw, shared, unique};
use serde::{Deserialize, Serialize};

use crate::store;

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

#[test]
fn items_go_in_and_come_out_at_both_ends() {
    let list = store().list::<u64>(unique("list"));
    assert_eq!(list.push(2).wait().unwrap(), 1);
    assert_eq!(list.push(3).wait().unwrap(), 2);
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
    list.replace_all(["a", "b", "a", "a"]).wait().unwrap();
    assert_eq!(list.remove_n("a", 0).wait().unwrap(), 0);
    assert_eq!(list.remove_n("a", -2).wait().unwrap(), 2);
    assert_eq!(list.to_vec().wait().unwrap(), ["a", "b"]);
    assert_eq!(list.remove_n("a", i64::MIN).wait().unwrap(), 1);
    assert_eq!(list.remove_n("b", i64::MAX).wait().unwrap(), 1);
    assert_eq!(list.remove_all("b").wait().unwrap(), 0);
    list.replace_all(["a", "b", "a"]).wait().unwrap();
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
    list.replace_all([3, 2, 1]).wait().unwrap();
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
    list.replace_all(["c"]).wait().unwrap();
    assert_eq!(list.to_vec().wait().unwrap(), ["c"]);
    list.replace_all(Vec::<String>::new()).wait().unwrap();
    assert!(!list.exists().wait().unwrap());
    list.replace_all(["d", "e"]).wait().unwrap();
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

fn block_on<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
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
    assert!(list.remove(item(2, "sword")).wait().unwrap());
    assert!(list.content_eq([item(1, "rope"), item(3, "lamp")]).wait().unwrap());
}

#[test]
fn items_of_any_type_and_codec_work() {
    items_work(&store().list(unique("list")));
    #[cfg(feature = "json")]
    items_work::<pottery::Json>(&store().list(unique("list")).codec());
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
