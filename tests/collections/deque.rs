//! Double-ended queues.

use std::collections::VecDeque;
use std::time::Duration;

use pottery::{Deque, ErrorKind, Outcome};
use pottery_test_support::unique;
use proptest::prelude::*;

use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};
use crate::list::model::{index, insertion, item, items, place, sequences};
use crate::store;

fn deque() -> Deque<u64> {
    store().deque(unique("deque"))
}

#[test]
fn items_go_in_and_come_out_at_both_ends() {
    let deque = deque();
    assert_eq!(deque.push_back(2).wait().unwrap(), 1);
    assert_eq!(deque.push_front(1).wait().unwrap(), 2);
    assert_eq!(deque.extend([3, 4]).wait().unwrap(), 4);
    assert_eq!(deque.extend_front([0, 9]).wait().unwrap(), 6);
    assert_eq!(deque.to_vec().wait().unwrap(), [9, 0, 1, 2, 3, 4]);
    assert_eq!(deque.to_deque().wait().unwrap(), [9, 0, 1, 2, 3, 4]);
    assert_eq!(deque.front().wait().unwrap(), Some(9));
    assert_eq!(deque.back().wait().unwrap(), Some(4));
    assert_eq!(deque.pop_front().wait().unwrap(), Some(9));
    assert_eq!(deque.pop_back().wait().unwrap(), Some(4));
    assert_eq!(deque.pop_back_n(2).wait().unwrap(), [3, 2]);
    assert_eq!(deque.pop_front_n(5).wait().unwrap(), [0, 1]);
    assert_eq!(deque.pop_back().wait().unwrap(), None);
    assert_eq!(deque.pop_front().wait().unwrap(), None);
    assert!(deque.is_empty().wait().unwrap());
}

#[test]
fn beyond_the_bound_items_drop_from_the_other_end() {
    let deque = deque().bounded(3);
    assert_eq!(deque.max_len(), Some(3));
    assert_eq!(deque.clone().max_len(), Some(3));
    assert_eq!(deque.extend([1, 2, 3, 4]).wait().unwrap(), 3);
    assert_eq!(deque.to_vec().wait().unwrap(), [2, 3, 4]);
    assert_eq!(deque.push_back(5).wait().unwrap(), 3);
    assert_eq!(deque.to_vec().wait().unwrap(), [3, 4, 5]);
    assert_eq!(deque.push_front(2).wait().unwrap(), 3);
    assert_eq!(deque.to_vec().wait().unwrap(), [2, 3, 4]);
    assert_eq!(deque.extend_front([1, 0]).wait().unwrap(), 3);
    assert_eq!(deque.to_vec().wait().unwrap(), [0, 1, 2]);
    assert_eq!(deque.extend(0..2_500).wait().unwrap(), 3);
    assert_eq!(deque.to_vec().wait().unwrap(), [2_497, 2_498, 2_499]);
    assert_eq!(deque.extend([0; 0]).wait().unwrap(), 3);
    deque.replace_all(0..10).wait().unwrap();
    assert_eq!(deque.to_vec().wait().unwrap(), [7, 8, 9]);
    deque.clear().wait().unwrap();
    deque.create(0..5).wait().unwrap();
    assert_eq!(deque.to_vec().wait().unwrap(), [2, 3, 4]);
    let none = deque.bounded(0);
    assert_eq!(none.push_back(1).wait().unwrap(), 0);
    assert!(none.is_empty().wait().unwrap());
    assert_eq!(none.push_front(1).wait().unwrap(), 0);
    assert!(none.is_empty().wait().unwrap());
}

#[test]
fn the_drop_is_one_step_with_the_push() {
    let deque = deque().bounded(2);
    deque.extend([1, 2]).wait().unwrap();
    let plain = store().list::<u64>(deque.key());
    let watcher =
        std::thread::spawn(move || (0..300).map(|_| plain.len().wait().unwrap()).collect::<Vec<usize>>());
    for n in 0..300 {
        if n % 2 == 0 { deque.push_back(n) } else { deque.push_front(n) }.wait().unwrap();
    }
    assert!(watcher.join().unwrap().into_iter().all(|length| length == 2));
}

#[test]
fn nothing_is_inserted_into_a_full_one() {
    let deque = deque().bounded(2);
    assert_eq!(deque.insert(0, 1).wait().unwrap(), 1);
    assert_eq!(deque.insert(-1, 0).wait().unwrap(), 2);
    for index in [0, 1, 2, -1] {
        let error = deque.insert(index, 9).wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, Outcome::NotApplied));
        assert_eq!(error.key(), Some(deque.key()));
    }
    assert_eq!(deque.to_vec().wait().unwrap(), [0, 1]);
}

#[test]
fn a_smaller_bound_than_what_is_stored_is_told() {
    let deque = deque();
    deque.extend([1, 2, 3]).wait().unwrap();
    deque.check_bound().wait().unwrap();
    deque.clone().bounded(3).check_bound().wait().unwrap();
    let error = deque.clone().bounded(2).check_bound().wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Full, Outcome::NotApplied));
    assert_eq!(error.key(), Some(deque.key()));
    assert_eq!(deque.len().wait().unwrap(), 3);
    assert_eq!(deque.bounded(2).push_back(4).wait().unwrap(), 2);
}

#[test]
fn items_rotate_beyond_the_length_too() {
    let deque = deque();
    deque.rotate(3).wait().unwrap();
    deque.extend(1..=5).wait().unwrap();
    for (count, expected) in [
        (2, [4, 5, 1, 2, 3]),
        (-2, [1, 2, 3, 4, 5]),
        (7, [4, 5, 1, 2, 3]),
        (-12, [1, 2, 3, 4, 5]),
        (0, [1, 2, 3, 4, 5]),
    ] {
        deque.rotate(count).wait().unwrap();
        assert_eq!(deque.to_vec().wait().unwrap(), expected, "{count}");
    }
}

#[test]
fn a_wait_ends_with_an_item_or_with_its_time() {
    let deque = deque();
    deque.extend([1, 2]).wait().unwrap();
    let wait = Duration::from_secs(20);
    assert_eq!(deque.pop_back_wait(wait).wait().unwrap(), Some(2));
    assert_eq!(deque.pop_front_wait(wait).wait().unwrap(), Some(1));
    assert_eq!(deque.pop_back_wait(Duration::from_millis(5)).wait().unwrap(), None);
    assert_eq!(deque.pop_front_wait(Duration::ZERO).wait().unwrap(), None);
}

#[test]
fn a_deque_is_shown_with_its_key_and_bound() {
    let deque = store().deque::<u8>("d");
    assert_eq!(format!("{deque:?}"), r#"Deque("d")"#);
    assert_eq!(format!("{:?}", deque.bounded(3)), r#"Deque("d", at most 3)"#);
}

#[test]
fn awaited_it_is_the_same() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let deque = deque().bounded(3);
        assert_eq!(deque.extend(0..5).await.unwrap(), 3);
        deque.rotate(1).await.unwrap();
        assert_eq!(deque.to_deque().await.unwrap(), [4, 2, 3]);
        assert_eq!(deque.insert(1, 7).await.unwrap_err().kind(), ErrorKind::Full);
        assert_eq!(deque.pop_front_wait(Duration::from_secs(5)).await.unwrap(), Some(4));
    });
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let plain = deque();
    let bounded = plain.clone().bounded(2);
    let name = plain.key().to_string();
    let soon = Duration::from_millis(1);
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        for deque in [&plain, &bounded] {
            wrong_type! { &*name, dump;
                deque.check_bound();
                deque.push_back(1);
                deque.push_front(1);
                deque.extend([1, 2]);
                deque.extend(0..2_500);
                deque.extend(0..0);
                deque.extend_front([1, 2]);
                deque.pop_back();
                deque.pop_front();
                deque.pop_back_n(2);
                deque.pop_front_n(2);
                deque.pop_back_wait(soon);
                deque.pop_front_wait(soon);
                deque.get(0);
                deque.front();
                deque.back();
                deque.set(0, 1);
                deque.insert(0, 1);
                deque.remove_at(0);
                deque.remove(1);
                deque.remove_all(1);
                deque.swap(0, 1);
                deque.rotate(1);
                deque.reverse();
                deque.truncate(0);
                deque.drain(..);
                deque.replace_all([1]);
                deque.contains(1);
                deque.index_of(1);
                deque.count(1);
                deque.len();
                deque.is_empty();
                deque.range(..);
                deque.to_vec();
                deque.to_deque();
                deque.content_eq([1]);
            }
            assert_eq!(deque.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
            let first = deque.iter().wait().next().unwrap();
            assert_eq!(first.unwrap_err().kind(), ErrorKind::WrongType);
        }
    }
}

#[derive(Clone, Debug)]
enum Op {
    PushBack(String),
    PushFront(String),
    Extend(Vec<String>),
    ExtendFront(Vec<String>),
    PopBack,
    PopFront,
    PopN(usize, bool),
    Get(i64),
    Set(i64, String),
    Insert(i64, String),
    RemoveAt(i64),
    Remove(String),
    RemoveAll(String),
    Find(String),
    Swap(i64, i64),
    Rotate(i64),
    Reverse,
    Truncate(usize),
    Replace(Vec<String>),
    Create(Vec<String>),
    Clear,
    Look,
    PopWait(bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => item().prop_map(Op::PushBack),
        4 => item().prop_map(Op::PushFront),
        3 => items(8).prop_map(Op::Extend),
        3 => items(8).prop_map(Op::ExtendFront),
        2 => Just(Op::PopBack),
        2 => Just(Op::PopFront),
        1 => (0..4_usize, any::<bool>()).prop_map(|(count, back)| Op::PopN(count, back)),
        1 => index().prop_map(Op::Get),
        2 => (index(), item()).prop_map(|(index, item)| Op::Set(index, item)),
        4 => (index(), item()).prop_map(|(index, item)| Op::Insert(index, item)),
        2 => index().prop_map(Op::RemoveAt),
        1 => item().prop_map(Op::Remove),
        1 => item().prop_map(Op::RemoveAll),
        1 => item().prop_map(Op::Find),
        1 => (index(), index()).prop_map(|(a, b)| Op::Swap(a, b)),
        4 => index().prop_map(Op::Rotate),
        1 => Just(Op::Reverse),
        1 => (0..8_usize).prop_map(Op::Truncate),
        1 => items(12).prop_map(Op::Replace),
        1 => items(12).prop_map(Op::Create),
        1 => Just(Op::Clear),
        1 => Just(Op::Look),
        1 => any::<bool>().prop_map(Op::PopWait),
    ]
}

/// Python's `deque(items, maxlen)` over a `VecDeque`.
struct Model {
    items: VecDeque<String>,
    bound: usize,
}

impl Model {
    fn push_back(&mut self, item: String) {
        self.items.push_back(item);
        if self.items.len() > self.bound {
            self.items.pop_front();
        }
    }

    fn push_front(&mut self, item: String) {
        self.items.push_front(item);
        if self.items.len() > self.bound {
            self.items.pop_back();
        }
    }
}

/// Does the same to both, and compares what comes back.
fn step(deque: &Deque<String>, model: &mut Model, op: &Op) {
    let length = model.items.len();
    match op.clone() {
        Op::PushBack(item) => {
            model.push_back(item.clone());
            assert_eq!(deque.push_back(item).wait().unwrap(), model.items.len());
        }
        Op::PushFront(item) => {
            model.push_front(item.clone());
            assert_eq!(deque.push_front(item).wait().unwrap(), model.items.len());
        }
        Op::Extend(items) => {
            items.iter().cloned().for_each(|item| model.push_back(item));
            assert_eq!(deque.extend(items).wait().unwrap(), model.items.len());
        }
        Op::ExtendFront(items) => {
            items.iter().cloned().for_each(|item| model.push_front(item));
            assert_eq!(deque.extend_front(items).wait().unwrap(), model.items.len());
        }
        Op::PopBack => assert_eq!(deque.pop_back().wait().unwrap(), model.items.pop_back()),
        Op::PopFront => assert_eq!(deque.pop_front().wait().unwrap(), model.items.pop_front()),
        Op::PopN(count, true) => {
            let popped: Vec<String> = (0..count).filter_map(|_| model.items.pop_back()).collect();
            assert_eq!(deque.pop_back_n(count).wait().unwrap(), popped);
        }
        Op::PopN(count, false) => {
            let popped: Vec<String> = (0..count).filter_map(|_| model.items.pop_front()).collect();
            assert_eq!(deque.pop_front_n(count).wait().unwrap(), popped);
        }
        Op::Get(index) => {
            let item = place(length, index).map(|at| model.items[at].clone());
            assert_eq!(deque.get(index).wait().unwrap(), item);
        }
        Op::Set(index, item) => match place(length, index) {
            Some(at) => {
                model.items[at] = item.clone();
                deque.set(index, item).wait().unwrap();
            }
            None => {
                assert_eq!(deque.set(index, item).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange);
            }
        },
        Op::Insert(index, item) => {
            let result = deque.insert(index, &item).wait().map_err(|error| error.kind());
            if length >= model.bound {
                assert_eq!(result, Err(ErrorKind::Full));
            } else {
                model.items.insert(insertion(length, index), item);
                assert_eq!(result, Ok(length + 1));
            }
        }
        Op::RemoveAt(index) => {
            let item = place(length, index).and_then(|at| model.items.remove(at));
            assert_eq!(deque.remove_at(index).wait().unwrap(), item);
        }
        Op::Remove(item) => {
            let at = model.items.iter().position(|known| *known == item);
            assert_eq!(deque.remove(item).wait().unwrap(), at.is_some());
            at.map(|at| model.items.remove(at));
        }
        Op::RemoveAll(item) => {
            model.items.retain(|known| *known != item);
            assert_eq!(deque.remove_all(item).wait().unwrap(), length - model.items.len());
        }
        Op::Find(item) => {
            assert_eq!(deque.contains(&item).wait().unwrap(), model.items.contains(&item));
            let at = model.items.iter().position(|known| *known == item);
            assert_eq!(deque.index_of(&item).wait().unwrap(), at);
            let count = model.items.iter().filter(|known| **known == item).count();
            assert_eq!(deque.count(&item).wait().unwrap(), count);
        }
        Op::Swap(a, b) => match (place(length, a), place(length, b)) {
            (Some(first), Some(second)) => {
                model.items.swap(first, second);
                deque.swap(a, b).wait().unwrap();
            }
            _ => assert_eq!(deque.swap(a, b).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange),
        },
        Op::Rotate(count) => {
            if length > 0 {
                model.items.rotate_right(i128::from(count).rem_euclid(length as i128) as usize);
            }
            deque.rotate(count).wait().unwrap();
        }
        Op::Reverse => {
            model.items.make_contiguous().reverse();
            deque.reverse().wait().unwrap();
        }
        Op::Truncate(length) => {
            model.items.truncate(length);
            deque.truncate(length).wait().unwrap();
        }
        Op::Replace(items) => {
            model.items.clear();
            items.iter().cloned().for_each(|item| model.push_back(item));
            deque.replace_all(items).wait().unwrap();
        }
        Op::Create(items) => {
            let result = deque.create(&items).wait().map_err(|error| error.kind());
            if length == 0 {
                items.into_iter().for_each(|item| model.push_back(item));
                assert_eq!(result, Ok(()));
            } else {
                assert_eq!(result, Err(ErrorKind::KeyExists));
            }
        }
        Op::Clear => {
            assert_eq!(deque.clear().wait().unwrap(), length > 0);
            model.items.clear();
        }
        Op::Look => {
            assert_eq!(deque.front().wait().unwrap(), model.items.front().cloned());
            assert_eq!(deque.back().wait().unwrap(), model.items.back().cloned());
            assert_eq!(deque.len().wait().unwrap(), length);
            assert!(deque.content_eq(&model.items).wait().unwrap());
            let items: VecDeque<String> = deque.iter().wait().map(Result::unwrap).collect();
            assert_eq!(items, model.items);
            deque.check_bound().wait().unwrap();
        }
        Op::PopWait(back) => {
            let wait = if length > 0 { Duration::from_secs(60) } else { Duration::from_nanos(1) };
            if back {
                assert_eq!(deque.pop_back_wait(wait).wait().unwrap(), model.items.pop_back());
            } else {
                assert_eq!(deque.pop_front_wait(wait).wait().unwrap(), model.items.pop_front());
            }
        }
    }
}

proptest! {
    #![proptest_config(sequences())]

    #[test]
    fn a_deque_does_what_a_vec_deque_does(
        bound in prop::option::of(0..12_usize),
        ops in prop::collection::vec((any::<bool>(), op()), 60..140),
    ) {
        let name = unique("deque");
        let handles = [store(), store()].map(|store| {
            let deque: Deque<String> = store.deque(&name);
            match bound {
                Some(bound) => deque.bounded(bound),
                None => deque,
            }
        });
        let mut model = Model { items: VecDeque::new(), bound: bound.unwrap_or(usize::MAX) };
        for (second, op) in &ops {
            step(&handles[usize::from(*second)], &mut model, op);
            assert_eq!(handles[usize::from(!*second)].to_deque().wait().unwrap(), model.items, "after {op:?}");
        }
        handles[0].clear().wait().unwrap();
    }
}
