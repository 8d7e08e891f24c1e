//! Lists against `Vec`: random sequences, and two handles at once.

use std::ops::Bound;
use std::thread;
use std::time::Duration;

use pottery::{ErrorKind, List, Store};
use pottery_test_support::{scale, unique};
use proptest::prelude::*;

use super::store;

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
            list.replace_all(items).wait().unwrap();
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
