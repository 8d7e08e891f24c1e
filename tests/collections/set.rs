//! Sets against a real server.
#![cfg(feature = "blocking")]

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use pottery::{Command, ErrorKind, Outcome, RedisModel, Set, Storable, Store};
use pottery_test_support::{Server, scale, shared, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::store;

fn set<T: Storable>() -> Set<T> {
    store().set(unique("set"))
}

/// Sets of one store, with these members.
fn sets<const N: usize>(members: [&[u32]; N]) -> [Set<u32>; N] {
    let (store, name) = (store(), unique("set"));
    let mut number = 0;
    members.map(|members| {
        number += 1;
        let set = store.set::<u32>(format!("{name}:{number}"));
        set.extend(members).wait().unwrap();
        set
    })
}

const LARGE: u32 = 100_000;

/// A member for each number, some with awkward bytes.
fn many(numbers: std::ops::Range<u32>) -> HashSet<Vec<u8>> {
    numbers.map(|i| [b"\0\xff\r\n$-1", i.to_string().as_bytes()].concat()).collect()
}

#[test]
fn members_come_and_go_one_by_one() {
    let set = set::<String>();
    assert!(set.is_empty().wait().unwrap() && !set.exists().wait().unwrap());
    assert!(set.insert("a").wait().unwrap() && !set.insert("a").wait().unwrap());
    assert!(set.insert("").wait().unwrap() && set.contains("").wait().unwrap());
    assert!(!set.contains("b").wait().unwrap());
    assert_eq!(set.len().wait().unwrap(), 2);
    assert!(set.remove("").wait().unwrap() && !set.remove("").wait().unwrap());
    assert_eq!(set.random().wait().unwrap().as_deref(), Some("a"));
    set.try_remove("a").wait().unwrap();
    let error = set.try_remove("a").wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotApplied));
    assert_eq!(error.key(), Some(set.key()));
    assert_eq!((set.pop().wait().unwrap(), set.random().wait().unwrap()), (None, None));
    assert!(!set.exists().wait().unwrap(), "a set without members is no key");
}

#[test]
fn many_members_go_in_one_round_trip_and_keep_their_order() {
    let set = set::<u64>();
    assert_eq!(set.extend([1, 2, 3, 2]).wait().unwrap(), 3);
    assert_eq!(set.extend(HashSet::from([3, 4])).wait().unwrap(), 1);
    assert_eq!(set.contains_many([1, 2, 9, 4]).wait().unwrap(), [true, true, false, true]);
    assert_eq!(set.remove_many([1, 9, 4]).wait().unwrap(), 2);
    assert_eq!(set.to_set().wait().unwrap(), HashSet::from([2, 3]));
    assert_eq!(set.collect::<BTreeSet<_>>().wait().unwrap(), BTreeSet::from([2, 3]));
    assert_eq!(set.drain().wait().unwrap().len(), 2);
    assert!(!set.exists().wait().unwrap());
}

#[test]
fn nothing_is_sent_for_nothing() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    let set = store.set::<u64>("nowhere");
    assert_eq!(set.extend::<[u64; 0]>([]).wait().unwrap(), 0);
    assert_eq!(set.remove_many::<[u64; 0]>([]).wait().unwrap(), 0);
    assert!(set.contains_many::<[u64; 0]>([]).wait().unwrap().is_empty());
    assert_eq!(set.intersection(&[] as &[u64]).wait().unwrap(), HashSet::new());
}

#[test]
fn a_member_without_an_encoding_is_in_no_set() {
    let set = set::<f64>();
    set.extend([1.5, 2.5]).wait().unwrap();
    assert!(!set.contains(f64::NAN).wait().unwrap());
    assert_eq!(set.contains_many([f64::NAN, 1.5]).wait().unwrap(), [false, true]);
    assert!(!set.remove(f64::NAN).wait().unwrap());
    assert_eq!(set.remove_many([f64::NAN]).wait().unwrap(), 0);
    assert_eq!(set.try_remove(f64::NAN).wait().unwrap_err().kind(), ErrorKind::NotFound);
    assert!(!set.move_to(f64::NAN, &set).wait().unwrap());
    assert!(set.is_disjoint(&[f64::NAN]).wait().unwrap());
    assert!(!set.is_superset(&[1.5, f64::NAN]).wait().unwrap());
    assert!(set.is_subset(&[1.5, 2.5, f64::NAN]).wait().unwrap());
    assert!(!set.content_eq(&[1.5, 2.5, f64::NAN]).wait().unwrap());
    assert_eq!(set.difference_with(&[2.5, f64::NAN]).wait().unwrap(), 1);
    assert_eq!(set.intersect_with(&[1.5, f64::NAN]).wait().unwrap(), 1);
    for command in [
        set.insert(f64::NAN).map(drop),
        set.extend([1.0, f64::NAN]).map(drop),
        set.replace_all([f64::NAN]),
        set.union_with(&[f64::NAN]).map(drop),
        set.symmetric_difference_with(&[f64::NAN]).map(drop),
    ] {
        let error = command.wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Encode, Outcome::NotApplied));
    }
    assert_eq!(set.collect::<Vec<_>>().wait().unwrap(), [1.5]);
}

#[test]
fn random_members_are_distinct_and_there() {
    let set = set::<u32>();
    assert!(set.sample(3).wait().unwrap().is_empty());
    assert!(set.pop_n(3).wait().unwrap().is_empty());
    set.extend(0..50).wait().unwrap();
    for (n, expected) in [(0, 0), (1, 1), (7, 7), (50, 50), (usize::MAX, 50)] {
        let sample = set.sample(n).wait().unwrap();
        assert!(sample.iter().all(|member| *member < 50));
        assert_eq!(sample.into_iter().collect::<HashSet<_>>().len(), expected);
    }
    let popped: HashSet<_> = set.pop_n(20).wait().unwrap().into_iter().collect();
    assert_eq!((popped.len(), set.len().wait().unwrap()), (20, 30));
    assert!(set.is_disjoint(&popped).wait().unwrap());
    assert!(set.pop_n(0).wait().unwrap().is_empty());
    assert_eq!(set.pop_n(usize::MAX).wait().unwrap().len(), 30);
}

#[test]
fn a_member_moves_from_one_set_to_another() {
    let [a, b] = sets([&[1, 2], &[2]]);
    assert!(a.move_to(1, &b).wait().unwrap());
    assert!(!a.move_to(1, &b).wait().unwrap());
    assert!(a.move_to(2, &b).wait().unwrap(), "it is moved onto itself");
    assert!(!a.exists().wait().unwrap());
    assert!(b.content_eq(&[1, 2]).wait().unwrap());
}

#[test]
fn a_set_is_made_only_where_nothing_is() {
    let set = set::<String>();
    set.create(["a"]).wait().unwrap();
    let error = set.create(["b"]).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeyExists, Outcome::NotApplied));
    assert!(set.content_eq(&["a"]).wait().unwrap());
    set.replace_all(["b", "c"]).wait().unwrap();
    assert!(set.content_eq(&["c", "b"]).wait().unwrap());
    set.replace_all::<[&str; 0]>([]).wait().unwrap();
    assert!(!set.exists().wait().unwrap());
    set.create::<[&str; 0]>([]).wait().unwrap();
    assert!(!set.exists().wait().unwrap());
}

#[test]
fn operands_can_be_sets_of_the_store_and_native_collections_in_any_mixture() {
    let [a, b, c] = sets([&[1, 2, 3], &[2, 3, 4], &[3, 5]]);
    let hash = HashSet::from([3_u32, 6]);
    let tree = BTreeSet::from([2_u32, 3]);
    let list = vec![3_u32, 3, 7];
    let set = |members: &[u32]| HashSet::from_iter(members.iter().copied());
    assert_eq!(a.union(()).wait().unwrap(), set(&[1, 2, 3]));
    assert_eq!(a.union(&b).wait().unwrap(), set(&[1, 2, 3, 4]));
    assert_eq!(a.union([&b, &c]).wait().unwrap(), set(&[1, 2, 3, 4, 5]));
    assert_eq!(a.union(vec![b.clone(), c.clone()]).wait().unwrap(), set(&[1, 2, 3, 4, 5]));
    assert_eq!(a.union((&b, &hash)).wait().unwrap(), set(&[1, 2, 3, 4, 6]));
    assert_eq!(a.union((&list, &tree, [&b, &c], ())).wait().unwrap(), set(&[1, 2, 3, 4, 5, 7]));
    assert_eq!(a.union(&[8, 9]).wait().unwrap(), set(&[1, 2, 3, 8, 9]));
    assert_eq!(a.union(Vec::<&Set<u32>>::new()).wait().unwrap(), set(&[1, 2, 3]));
    assert_eq!(a.intersection(()).wait().unwrap(), set(&[1, 2, 3]));
    assert_eq!(a.intersection((&b, &c)).wait().unwrap(), set(&[3]));
    assert_eq!(a.intersection((&b, &tree)).wait().unwrap(), set(&[2, 3]));
    assert_eq!(a.intersection((&tree, &hash, &list)).wait().unwrap(), set(&[3]));
    assert_eq!(a.intersection((&b, &[] as &[u32])).wait().unwrap(), set(&[]));
    assert_eq!(a.difference(&c).wait().unwrap(), set(&[1, 2]));
    assert_eq!(a.difference((&c, tree.clone())).wait().unwrap(), set(&[1]));
    assert_eq!(a.symmetric_difference(&b).wait().unwrap(), set(&[1, 4]));
    assert_eq!(a.symmetric_difference((&b, &c, &list)).wait().unwrap(), set(&[1, 4, 5, 7]));
    assert_eq!(a.symmetric_difference((&a, hash.clone())).wait().unwrap(), hash);
    assert_eq!(a.symmetric_difference(()).wait().unwrap(), set(&[1, 2, 3]));
    assert!(a.content_eq(&[1, 2, 3]).wait().unwrap(), "reading changes nothing");
}

#[test]
fn text_can_stand_for_owned_strings_in_operands() {
    let set = set::<String>();
    set.extend(["a", "b"]).wait().unwrap();
    assert_eq!(set.intersection(&["b", "c"]).wait().unwrap(), HashSet::from(["b".to_owned()]));
    assert_eq!(set.union_with(HashSet::from(["c"])).wait().unwrap(), 3);
    assert_eq!(set.union_with(BTreeSet::from(["d".to_owned()])).wait().unwrap(), 4);
    assert!(set.is_superset(&vec!["a", "d"]).wait().unwrap());
}

#[test]
fn the_forms_in_place_change_the_set_and_say_how_large_it_is() {
    let [a, b, c] = sets([&[1, 2, 3], &[2, 3, 4], &[3, 5]]);
    let is = |members: &[u32]| assert!(a.content_eq(members).wait().unwrap(), "{members:?}");
    assert_eq!(a.union_with(()).wait().unwrap(), 3);
    assert_eq!(a.union_with((&b, &[7])).wait().unwrap(), 5);
    is(&[1, 2, 3, 4, 7]);
    assert_eq!(a.difference_with(()).wait().unwrap(), 5);
    assert_eq!(a.difference_with((&c, &[1, 9])).wait().unwrap(), 3);
    is(&[2, 4, 7]);
    assert_eq!(a.symmetric_difference_with(()).wait().unwrap(), 3);
    assert_eq!(a.symmetric_difference_with((&b, &c, &[9])).wait().unwrap(), 3);
    is(&[5, 7, 9]);
    assert_eq!(a.intersect_with(()).wait().unwrap(), 3);
    assert_eq!(a.intersect_with(&[5, 9, 11]).wait().unwrap(), 2);
    assert_eq!(a.intersect_with(&c).wait().unwrap(), 1);
    is(&[5]);
    assert_eq!(a.intersect_with((&c, &[5, 6])).wait().unwrap(), 1);
    assert_eq!(a.intersect_with(&[] as &[u32]).wait().unwrap(), 0);
    assert!(!a.exists().wait().unwrap());
    assert_eq!(b.symmetric_difference_with(&b).wait().unwrap(), 0);
    assert_eq!(c.union_with(&c).wait().unwrap(), 2);
    assert_eq!(c.difference_with((&c, &c)).wait().unwrap(), 0);
}

#[test]
fn results_are_stored_in_other_sets_also_in_an_operand() {
    let [a, b, c] = sets([&[1, 2, 3], &[2, 3, 4], &[9]]);
    let is = |set: &Set<u32>, members: &[u32]| {
        assert!(set.content_eq(members).wait().unwrap(), "{:?}", set.to_set().wait());
    };
    assert_eq!(a.union_into((), &c).wait().unwrap(), 3);
    is(&c, &[1, 2, 3]);
    assert_eq!(a.union_into((&b, &[7]), &c).wait().unwrap(), 5);
    is(&c, &[1, 2, 3, 4, 7]);
    assert_eq!(a.intersection_into((&b, &[3, 7]), &c).wait().unwrap(), 1);
    is(&c, &[3]);
    assert_eq!(a.difference_into(&c, &c).wait().unwrap(), 2);
    is(&c, &[1, 2]);
    assert_eq!(a.symmetric_difference_into((&b, &c, &[8]), &c).wait().unwrap(), 3);
    is(&c, &[2, 4, 8]);
    assert_eq!(a.symmetric_difference_into(&[1, 2, 3], &c).wait().unwrap(), 0);
    assert!(!c.exists().wait().unwrap());
    assert_eq!(a.intersection_into(&b, &b).wait().unwrap(), 2);
    is(&b, &[2, 3]);
    is(&a, &[1, 2, 3]);
}

#[test]
fn a_time_to_live_stays_whatever_is_stored() {
    let [a, b, c] = sets([&[1, 2, 3], &[2, 3, 4], &[3]]);
    a.expire(Duration::from_secs(100)).wait().unwrap();
    for command in [
        a.union_with((&b, &[5])),
        a.intersect_with((&b, &[2, 3, 4])),
        a.intersect_with(&b),
        a.difference_with((&c, &[4])),
        a.symmetric_difference_with(&[2, 7]),
        b.union_into((), &a),
        b.symmetric_difference_into(&[9], &a),
        a.replace_all([1]).map(|()| 1),
        a.insert(2).map(usize::from),
    ] {
        command.wait().unwrap();
        assert!(a.ttl().wait().unwrap().unwrap() > Duration::from_secs(90));
    }
    assert_eq!(b.ttl().wait().unwrap(), None);
}

#[test]
fn sets_are_compared_with_sets_of_the_store_and_with_native_ones() {
    let lists: [&[u32]; 5] = [&[1, 2, 3], &[2, 3], &[2, 3, 4], &[9], &[]];
    let stored = sets(lists);
    for (i, a) in stored.iter().enumerate() {
        for (j, b) in stored.iter().enumerate() {
            let (this, other) = (BTreeSet::from_iter(lists[i]), BTreeSet::from_iter(lists[j]));
            let expected = [
                this.is_disjoint(&other),
                this.is_subset(&other),
                this.is_superset(&other),
                this.is_subset(&other) && this != other,
                this.is_superset(&other) && this != other,
                this == other,
            ];
            let local = lists[j];
            let with_stored = [
                a.is_disjoint(b),
                a.is_subset(b),
                a.is_superset(b),
                a.is_proper_subset(b),
                a.is_proper_superset(b),
                a.content_eq(b),
            ];
            let with_native = [
                a.is_disjoint(local),
                a.is_subset(local),
                a.is_superset(local),
                a.is_proper_subset(local),
                a.is_proper_superset(local),
                a.content_eq(local),
            ];
            assert_eq!(with_stored.map(|command| command.wait().unwrap()), expected, "{this:?} {other:?}");
            assert_eq!(with_native.map(|command| command.wait().unwrap()), expected, "{this:?} {other:?}");
        }
    }
}

#[test]
fn every_operation_is_right_for_a_hundred_thousand_members() {
    let store = store();
    let name = unique("set");
    let [a, b, c] = [1, 2, 3].map(|i| store.set::<Vec<u8>>(format!("{name}:{i}")));
    let (low, high) = (many(0..LARGE), many(LARGE / 2..LARGE / 2 + LARGE));
    let large = LARGE as usize;
    assert_eq!(a.extend(&low).wait().unwrap(), large);
    b.create(&high).wait().unwrap();
    c.replace_all(&low).wait().unwrap();
    assert!(a.content_eq(&c).wait().unwrap() && a.content_eq(&low).wait().unwrap());
    assert!(!a.content_eq(&high).wait().unwrap() && !a.is_disjoint(&high).wait().unwrap());
    assert!(a.to_set().wait().unwrap() == low);
    assert!(a.iter().wait().collect::<Result<HashSet<_>, _>>().unwrap() == low);
    let asked: Vec<_> = high.iter().collect();
    let found = a.contains_many(asked.iter().copied()).wait().unwrap();
    assert!(asked.iter().zip(found).all(|(member, found)| found == low.contains(*member)));

    let own = |set: HashSet<&Vec<u8>>| set.into_iter().cloned().collect::<HashSet<_>>();
    let union = own(low.union(&high).collect());
    let common = own(low.intersection(&high).collect());
    let rest = own(low.difference(&high).collect());
    let odd = own(low.symmetric_difference(&high).collect());
    assert!(a.union(&b).wait().unwrap() == union && a.union(&high).wait().unwrap() == union);
    assert!(a.intersection(&b).wait().unwrap() == common && a.intersection(&high).wait().unwrap() == common);
    assert!(a.difference(&b).wait().unwrap() == rest && a.difference(&high).wait().unwrap() == rest);
    assert!(a.symmetric_difference(&b).wait().unwrap() == odd);
    assert!(a.symmetric_difference(&high).wait().unwrap() == odd);
    type Store2 = fn(&Set<Vec<u8>>, &Set<Vec<u8>>, &HashSet<Vec<u8>>) -> [Command<usize>; 2];
    let forms: [(Store2, &HashSet<Vec<u8>>); 4] = [
        (|c, b, high| [c.union_with(b), c.union_with(high)], &union),
        (|c, b, high| [c.intersect_with(b), c.intersect_with(high)], &common),
        (|c, b, high| [c.difference_with(b), c.difference_with(high)], &rest),
        (|c, b, high| [c.symmetric_difference_with(b), c.symmetric_difference_with(high)], &odd),
    ];
    for (form, expected) in forms {
        for command in form(&c, &b, &high) {
            c.replace_all(&low).wait().unwrap();
            assert_eq!(command.wait().unwrap(), expected.len());
            assert!(c.to_set().wait().unwrap() == *expected);
        }
    }
    assert_eq!(a.symmetric_difference_into((&b, &high), &c).wait().unwrap(), large);
    assert!(c.content_eq(&low).wait().unwrap());
    assert_eq!(a.remove_many(&low).wait().unwrap(), large);
    assert_eq!(b.drain().wait().unwrap().len(), large);
    assert!(!a.exists().wait().unwrap() && !b.exists().wait().unwrap());
    c.clear().wait().unwrap();
}

#[test]
fn iterating_sees_all_that_stays_while_others_write() {
    let set = set::<u32>();
    set.extend(0..20_000).wait().unwrap();
    let mut seen = HashSet::new();
    for (i, member) in set.iter().wait().enumerate() {
        seen.insert(member.unwrap());
        if i % 500 == 0 {
            let i = i as u32;
            set.extend((0..300).map(|j| 1_000_000 + i * 300 + j)).wait().unwrap();
            set.remove_many((0..300).map(|j| 1_000_000 + i * 300 + j)).wait().unwrap();
        }
    }
    assert!((0..20_000).all(|i| seen.contains(&i)));
}

fn c<R: 'static>(name: &'static str, command: Command<R>) -> (&'static str, Command<()>) {
    (name, command.map(drop))
}

/// All operations on a set alone, as commands that are not yet sent.
fn every_operation(set: &Set<String>) -> Vec<(&'static str, Command<()>)> {
    let local = &["a"];
    vec![
        c("insert", set.insert("a")),
        c("extend", set.extend(["a", "b"])),
        c("extend 2400", set.extend((0..2400).map(|i| i.to_string()))),
        c("remove", set.remove("b")),
        c("try_remove", set.try_remove("a")),
        c("remove_many", set.remove_many((0..2400).map(|i| i.to_string()))),
        c("pop", set.pop()),
        c("pop_n", set.pop_n(2)),
        c("random", set.random()),
        c("sample", set.sample(2)),
        c("contains", set.contains("a")),
        c("contains_many", set.contains_many(["a", "b"])),
        c("len", set.len()),
        c("is_empty", set.is_empty()),
        c("collect", set.collect::<Vec<_>>()),
        c("to_set", set.to_set()),
        c("drain", set.drain()),
        c("replace_all", set.replace_all(["a"])),
        c("replace_all of nothing", set.replace_all::<[&str; 0]>([])),
        c("union of native", set.union(local)),
        c("union of nothing", set.union(())),
        c("intersection with native", set.intersection(local)),
        c("difference with native", set.difference(local)),
        c("symmetric_difference with native", set.symmetric_difference(local)),
        c("union_with native", set.union_with(local)),
        c("union_with nothing", set.union_with(())),
        c("intersect_with native", set.intersect_with(local)),
        c("difference_with native", set.difference_with(local)),
        c("symmetric_difference_with native", set.symmetric_difference_with(local)),
        c("is_disjoint from native", set.is_disjoint(local)),
        c("is_subset of native", set.is_subset(local)),
        c("is_superset of native", set.is_superset(local)),
        c("content_eq native", set.content_eq(local)),
    ]
}

/// All operations on two sets.
fn every_operation_on_two(this: &Set<String>, other: &Set<String>) -> Vec<(&'static str, Command<()>)> {
    let local = &["a"];
    vec![
        c("move_to", this.move_to("a", other)),
        c("union", this.union(other)),
        c("union of both", this.union((other, local))),
        c("intersection", this.intersection(other)),
        c("intersection with both", this.intersection((other, local))),
        c("difference", this.difference(other)),
        c("difference with both", this.difference((other, local))),
        c("symmetric_difference", this.symmetric_difference(other)),
        c("symmetric_difference with both", this.symmetric_difference((other, local))),
        c("union_with", this.union_with(other)),
        c("union_with both", this.union_with((other, local))),
        c("intersect_with", this.intersect_with(other)),
        c("intersect_with both", this.intersect_with((other, local))),
        c("difference_with", this.difference_with(other)),
        c("difference_with both", this.difference_with((other, local))),
        c("symmetric_difference_with", this.symmetric_difference_with(other)),
        c("symmetric_difference_with both", this.symmetric_difference_with((other, local))),
        c("union_into", this.union_into((), other)),
        c("intersection_into", this.intersection_into((), other)),
        c("difference_into", this.difference_into(local, other)),
        c("symmetric_difference_into", this.symmetric_difference_into(local, other)),
        c("is_disjoint", this.is_disjoint(other)),
        c("is_subset", this.is_subset(other)),
        c("is_superset", this.is_superset(other)),
        c("is_proper_subset", this.is_proper_subset(other)),
        c("is_proper_superset", this.is_proper_superset(other)),
        c("content_eq", this.content_eq(other)),
    ]
}

#[test]
fn another_type_at_a_key_is_an_error_and_is_left_alone() {
    let fill: [&[&str]; 5] = [
        &["SET", "k", "x"],
        &["RPUSH", "k", "x"],
        &["HSET", "k", "a", "b"],
        &["ZADD", "k", "1", "a"],
        &["XADD", "k", "1-1", "a", "b"],
    ];
    for command in fill {
        let store = store();
        let name = unique("set");
        let [good, bad] = ["good", "bad"].map(|key| store.set::<String>(format!("{name}:{key}")));
        good.extend(["a", "b"]).wait().unwrap();
        let key = bad.key().to_string();
        let args: Vec<&str> = command.iter().map(|arg| if *arg == "k" { &key } else { *arg }).collect();
        shared().cli(&args);
        let before = shared().cli(&["DUMP", &key]);
        for (name, operation) in every_operation(&bad) {
            let error = operation.wait().expect_err(name);
            assert_eq!(error.kind(), ErrorKind::WrongType, "{name} on {command:?}: {error}");
            assert_eq!(error.key(), Some(bad.key()), "{name}");
            assert_eq!(error.outcome(), Outcome::NotApplied, "{name}");
            assert_eq!(shared().cli(&["DUMP", &key]), before, "{name} on {command:?}");
        }
        let error = bad.iter().wait().next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::WrongType, Some(bad.key())));
        assert_eq!(bad.create(["a"]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        for (name, operation) in
            every_operation_on_two(&good, &bad).into_iter().chain(every_operation_on_two(&bad, &good))
        {
            let error = operation.wait().expect_err(name);
            assert_eq!(error.kind(), ErrorKind::WrongType, "{name} with {command:?}: {error}");
            assert!(error.to_string().contains(&key), "{name}: {error}");
            assert_eq!(error.outcome(), Outcome::NotApplied, "{name}");
            assert_eq!(shared().cli(&["DUMP", &key]), before, "{name} with {command:?}");
            assert!(good.content_eq(&["a", "b"]).wait().unwrap(), "{name} with {command:?}");
        }
    }
}

#[test]
fn sets_of_two_stores_are_not_combined() {
    let (a, b) = (set::<String>(), set::<String>());
    for (name, operation) in every_operation_on_two(&a, &b) {
        let error = operation.wait().expect_err(name);
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{name}");
    }
}

#[test]
fn on_a_cluster_the_sets_of_one_operation_are_in_one_slot() {
    let server = Server::builder().cluster(true).start();
    server.own_all_slots();
    let store = Store::open(&server.url()).unwrap();
    let [a, b, far] = ["{x}a", "{x}b", "{y}a"].map(|key| store.set::<String>(key));
    for (name, operation) in every_operation(&a).into_iter().chain(every_operation_on_two(&a, &b)) {
        a.replace_all(["a"]).wait().unwrap();
        b.replace_all(["b"]).wait().unwrap();
        operation.wait().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    a.replace_all(["a", "b"]).wait().unwrap();
    far.replace_all(["a"]).wait().unwrap();
    for (name, operation) in every_operation_on_two(&a, &far) {
        let error = operation.wait().expect_err(name);
        assert_eq!(
            (error.kind(), error.outcome()),
            (ErrorKind::CrossSlot, Outcome::NotApplied),
            "{name}: {error}"
        );
    }
    assert!(a.content_eq(&["a", "b"]).wait().unwrap() && far.content_eq(&["a"]).wait().unwrap());
}

#[test]
fn foreign_bytes_are_a_decoding_error_that_names_the_key() {
    let [set, other] = sets([&[], &[1]]);
    shared().cli(&["SADD", &set.key().to_string(), "no number"]);
    for error in [
        set.to_set().map(drop).wait().unwrap_err(),
        set.random().map(drop).wait().unwrap_err(),
        set.union(&other).map(drop).wait().unwrap_err(),
        set.difference((&other, &[5])).map(drop).wait().unwrap_err(),
        set.symmetric_difference(&other).map(drop).wait().unwrap_err(),
        set.iter().wait().next().unwrap().map(drop).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.key()), (ErrorKind::Decode, Some(set.key())), "{error}");
    }
    assert_eq!(set.len().wait().unwrap(), 1);
}

#[test]
fn every_operation_can_be_part_of_a_transaction() {
    let store = store();
    let name = unique("set");
    let [a, b] = [1, 2].map(|i| store.set::<String>(format!("{name}:{i}")));
    shared().cli(&["SCRIPT", "FLUSH"]);
    let all = || every_operation(&a).into_iter().chain(every_operation_on_two(&a, &b));
    for (name, operation) in all() {
        a.replace_all(["a", "x"]).wait().unwrap();
        b.replace_all(["b"]).wait().unwrap();
        let batch = (a.insert("y"), operation, a.len(), b.len());
        let (new, ..) = store.transaction(batch).wait().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(new);
    }
    for (name, operation) in all() {
        a.replace_all(["a", "x"]).wait().unwrap();
        let batch = (a.insert("y"), operation, a.contains("q"));
        let (new, (), q) = store.pipeline(batch).wait().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(new && !q);
    }
}

#[derive(RedisModel)]
#[redis(ttl = "1h", prefix = "set-owner")]
struct Owner {
    #[redis(id)]
    id: String,
    friends: HashSet<String>,
    foes: HashSet<String>,
}

#[test]
fn a_set_of_an_object_is_born_with_the_time_to_live_of_the_object() {
    let store = store();
    let id = unique("id");
    Owner { id: id.clone(), friends: HashSet::new(), foes: HashSet::new() }.save(&store).wait().unwrap();
    let (owner, free) = (Owner::at(&store, &id), store.set::<String>(format!("{{{id}}}")));
    let (set, foes) = (owner.friends(), owner.foes());
    foes.extend(["a", "b"]).wait().unwrap();
    let local = &["a", "b"];
    for (name, operation) in [
        c("insert", set.insert("a")),
        c("extend", set.extend(["a"])),
        c("extend 2400", set.extend((0..2400).map(|i| i.to_string()))),
        c("create", set.create(["a"])),
        c("replace_all", set.replace_all(["a"])),
        c("move_to", foes.move_to("a", &set)),
        c("union_with", set.union_with(&foes)),
        c("union_with native", set.union_with(local)),
        c("symmetric_difference_with", set.symmetric_difference_with(&foes)),
        c("union_into", foes.union_into(&free, &set)),
        c("intersection_into", foes.intersection_into(local, &set)),
        c("difference_into", foes.difference_into(&free, &set)),
        c("symmetric_difference_into", foes.symmetric_difference_into((), &set)),
    ] {
        set.clear().wait().unwrap();
        operation.wait().unwrap_or_else(|error| panic!("{name}: {error}"));
        let left = set.ttl().wait().unwrap();
        assert!(left.is_some_and(|left| left > Duration::from_secs(3000)), "{name}: {left:?}");
    }
}

#[cfg(feature = "async")]
#[tokio::test]
async fn the_same_without_blocking() {
    let [a, b] = sets([&[], &[2, 3]]);
    assert_eq!(a.extend(0..2400).await.unwrap(), 2400);
    assert_eq!(a.intersection((&b, &[3, 4])).await.unwrap(), HashSet::from([3]));
    assert_eq!(a.symmetric_difference_with((&b, &[9_999])).await.unwrap(), 2399);
    let (mut members, mut seen) = (a.iter(), HashSet::new());
    while let Some(member) = members.next().await {
        seen.insert(member.unwrap());
    }
    assert!(a.content_eq(&seen).await.unwrap());
    assert_eq!(seen.len(), 2399);
    assert!(a.is_disjoint(&b).await.unwrap());
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Union,
    Intersection,
    Difference,
    Symmetric,
}

/// Operands: sets by number, and native ones.
type Others = (Vec<usize>, Vec<Vec<String>>);

#[derive(Clone, Debug)]
enum Op {
    Insert(String),
    Extend(Vec<String>),
    Remove(String),
    TryRemove(String),
    RemoveMany(Vec<String>),
    Pop,
    PopN(usize),
    Random,
    Sample(usize),
    Contains(String),
    ContainsMany(Vec<String>),
    Len,
    Collect,
    Iter,
    Drain,
    ReplaceAll(Vec<String>),
    Create(Vec<String>),
    MoveTo(String, usize),
    Clear,
    Read(Kind, Others),
    InPlace(Kind, Others),
    Into(Kind, Others, usize),
    Compare(usize),
    CompareNative(Vec<String>),
}

const SETS: usize = 3;

fn members() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-h]",
        1 => prop::sample::select(vec!["", "0", "false", "nil", "\0", "\r\n", "{a}", "é", "-ERR", "1e+17"])
            .prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn ops() -> impl Strategy<Value = Op> {
    use Op::*;
    let some = || prop::collection::vec(members(), 0..6);
    let kind = || {
        prop_oneof![
            Just(Kind::Union),
            Just(Kind::Intersection),
            Just(Kind::Difference),
            Just(Kind::Symmetric)
        ]
    };
    let others = move || (prop::collection::vec(0..SETS, 0..3), prop::collection::vec(some(), 0..3));
    prop_oneof![
        2 => members().prop_map(Insert),
        4 => some().prop_map(Extend),
        1 => members().prop_map(Remove),
        1 => members().prop_map(TryRemove),
        1 => some().prop_map(RemoveMany),
        1 => Just(Pop),
        1 => (0_usize..4).prop_map(PopN),
        1 => Just(Random),
        1 => (0_usize..8).prop_map(Sample),
        1 => members().prop_map(Contains),
        1 => some().prop_map(ContainsMany),
        1 => Just(Len),
        1 => Just(Collect),
        1 => Just(Iter),
        1 => Just(Drain),
        2 => some().prop_map(ReplaceAll),
        1 => some().prop_map(Create),
        1 => (members(), 0..SETS).prop_map(|(member, to)| MoveTo(member, to)),
        1 => Just(Clear),
        4 => (kind(), others()).prop_map(|(kind, others)| Read(kind, others)),
        4 => (kind(), others()).prop_map(|(kind, others)| InPlace(kind, others)),
        4 => (kind(), others(), 0..SETS).prop_map(|(kind, others, to)| Into(kind, others, to)),
        2 => (0..SETS).prop_map(Compare),
        2 => some().prop_map(CompareNative),
    ]
}

fn combined(kind: Kind, this: &HashSet<String>, others: Vec<HashSet<String>>) -> HashSet<String> {
    others.into_iter().fold(this.clone(), |all, next| match kind {
        Kind::Union => &all | &next,
        Kind::Intersection => &all & &next,
        Kind::Difference => &all - &next,
        Kind::Symmetric => &all ^ &next,
    })
}

fn apply(op: Op, at: usize, sets: &[Set<String>], models: &mut [HashSet<String>]) {
    let set = &sets[at];
    let native = |others: &Others, models: &[HashSet<String>]| -> Vec<HashSet<String>> {
        let remote = others.0.iter().map(|i| models[*i].clone());
        remote.chain(others.1.iter().map(|members| members.iter().cloned().collect())).collect()
    };
    fn operands<'a>(
        others: &'a Others,
        sets: &'a [Set<String>],
    ) -> (Vec<&'a Set<String>>, Vec<&'a Vec<String>>) {
        (others.0.iter().map(|i| &sets[*i]).collect(), others.1.iter().collect())
    }
    match op {
        Op::Insert(m) => assert_eq!(set.insert(&m).wait().unwrap(), models[at].insert(m)),
        Op::Extend(ms) => {
            let new = set.extend(&ms).wait().unwrap();
            assert_eq!(new, ms.into_iter().filter(|m| models[at].insert(m.clone())).count());
        }
        Op::Remove(m) => assert_eq!(set.remove(&m).wait().unwrap(), models[at].remove(&m)),
        Op::TryRemove(m) => match set.try_remove(&m).wait() {
            Ok(()) => assert!(models[at].remove(&m)),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NotFound);
                assert!(!models[at].contains(&m));
            }
        },
        Op::RemoveMany(ms) => {
            let removed = set.remove_many(&ms).wait().unwrap();
            assert_eq!(removed, ms.iter().filter(|m| models[at].remove(*m)).count());
        }
        Op::Pop => match set.pop().wait().unwrap() {
            Some(m) => assert!(models[at].remove(&m)),
            None => assert!(models[at].is_empty()),
        },
        Op::PopN(n) => {
            let popped = set.pop_n(n).wait().unwrap();
            assert_eq!(popped.len(), n.min(models[at].len()));
            assert!(popped.iter().all(|m| models[at].remove(m)));
        }
        Op::Random => match set.random().wait().unwrap() {
            Some(m) => assert!(models[at].contains(&m)),
            None => assert!(models[at].is_empty()),
        },
        Op::Sample(n) => {
            let sample: HashSet<_> = set.sample(n).wait().unwrap().into_iter().collect();
            assert_eq!(sample.len(), n.min(models[at].len()));
            assert!(sample.is_subset(&models[at]));
        }
        Op::Contains(m) => assert_eq!(set.contains(&m).wait().unwrap(), models[at].contains(&m)),
        Op::ContainsMany(ms) => {
            let expected: Vec<_> = ms.iter().map(|m| models[at].contains(m)).collect();
            assert_eq!(set.contains_many(&ms).wait().unwrap(), expected);
        }
        Op::Len => {
            assert_eq!(set.len().wait().unwrap(), models[at].len());
            assert_eq!(set.is_empty().wait().unwrap(), models[at].is_empty());
            assert_eq!(set.exists().wait().unwrap(), !models[at].is_empty());
        }
        Op::Collect => {
            assert_eq!(set.to_set().wait().unwrap(), models[at]);
            assert_eq!(set.collect::<HashSet<_>>().wait().unwrap(), models[at]);
        }
        Op::Iter => assert_eq!(set.iter().wait().collect::<Result<HashSet<_>, _>>().unwrap(), models[at]),
        Op::Drain => {
            let drained: HashSet<_> = set.drain().wait().unwrap().into_iter().collect();
            assert_eq!(drained, std::mem::take(&mut models[at]));
        }
        Op::ReplaceAll(ms) => {
            set.replace_all(&ms).wait().unwrap();
            models[at] = ms.into_iter().collect();
        }
        Op::Create(ms) => {
            let created = set.create(&ms).wait();
            if models[at].is_empty() {
                created.unwrap();
                models[at] = ms.into_iter().collect();
            } else {
                assert_eq!(created.unwrap_err().kind(), ErrorKind::KeyExists);
            }
        }
        Op::MoveTo(m, to) => {
            let there = models[at].remove(&m);
            assert_eq!(set.move_to(&m, &sets[to]).wait().unwrap(), there);
            if there {
                models[to].insert(m);
            }
        }
        Op::Clear => {
            assert_eq!(set.clear().wait().unwrap(), !models[at].is_empty());
            models[at].clear();
        }
        Op::Read(kind, others) => {
            let operands = operands(&others, sets);
            let result = match kind {
                Kind::Union => set.union(operands),
                Kind::Intersection => set.intersection(operands),
                Kind::Difference => set.difference(operands),
                Kind::Symmetric => set.symmetric_difference(operands),
            };
            assert_eq!(result.wait().unwrap(), combined(kind, &models[at], native(&others, models)));
        }
        Op::InPlace(kind, others) => {
            let operands = operands(&others, sets);
            let len = match kind {
                Kind::Union => set.union_with(operands),
                Kind::Intersection => set.intersect_with(operands),
                Kind::Difference => set.difference_with(operands),
                Kind::Symmetric => set.symmetric_difference_with(operands),
            };
            models[at] = combined(kind, &models[at], native(&others, models));
            assert_eq!(len.wait().unwrap(), models[at].len());
            assert_eq!(set.to_set().wait().unwrap(), models[at]);
        }
        Op::Into(kind, others, to) => {
            let operands = operands(&others, sets);
            let len = match kind {
                Kind::Union => set.union_into(operands, &sets[to]),
                Kind::Intersection => set.intersection_into(operands, &sets[to]),
                Kind::Difference => set.difference_into(operands, &sets[to]),
                Kind::Symmetric => set.symmetric_difference_into(operands, &sets[to]),
            };
            models[to] = combined(kind, &models[at], native(&others, models));
            assert_eq!(len.wait().unwrap(), models[to].len());
            assert_eq!(sets[to].to_set().wait().unwrap(), models[to]);
        }
        Op::Compare(other) => {
            let (this, that) = (&models[at], &models[other]);
            assert_eq!(set.is_disjoint(&sets[other]).wait().unwrap(), this.is_disjoint(that));
            assert_eq!(set.is_subset(&sets[other]).wait().unwrap(), this.is_subset(that));
            assert_eq!(set.is_superset(&sets[other]).wait().unwrap(), this.is_superset(that));
            assert_eq!(set.content_eq(&sets[other]).wait().unwrap(), this == that);
        }
        Op::CompareNative(ms) => {
            let (this, that) = (&models[at], HashSet::from_iter(ms.iter().cloned()));
            assert_eq!(set.is_disjoint(&ms).wait().unwrap(), this.is_disjoint(&that));
            assert_eq!(set.is_subset(&ms).wait().unwrap(), this.is_subset(&that));
            assert_eq!(set.is_superset(&ms).wait().unwrap(), this.is_superset(&that));
            assert_eq!(set.content_eq(&ms).wait().unwrap(), *this == that);
            assert!(set.content_eq(this).wait().unwrap());
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: scale(200, 10_000), failure_persistence: None, ..Config::default() })]

    /// Two handles by turns, one of which speaks RESP2, on three sets.
    #[test]
    fn a_set_does_what_a_hash_set_does(
        ops in prop::collection::vec((ops(), 0..SETS, any::<bool>()), 100..=100),
    ) {
        let name = unique("set");
        let older = Store::open(&format!("{}?protocol=resp2", shared().url())).unwrap();
        let handles = [store(), older].map(|store| [1, 2, 3].map(|i| store.set::<String>(format!("{name}:{i}"))));
        let mut models: [HashSet<String>; SETS] = Default::default();
        for (op, at, which) in ops {
            apply(op, at, &handles[usize::from(which)], &mut models);
        }
        for set in &handles[0] {
            set.clear().wait().unwrap();
        }
    }
}
