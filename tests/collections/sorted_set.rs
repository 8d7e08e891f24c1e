//! Sorted sets against a real server.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Bound;
use std::thread;
use std::time::{Duration, Instant};

use pottery::{Aggregate, ErrorKind, Outcome, Rule, SortedSet, Storable, Store};
use pottery_test_support::{Server, scale, shared, unique, wait_until};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::list::foreign::{make_foreign, wrong_type};
use crate::store;

fn set<T: Storable>() -> SortedSet<T> {
    store().sorted_set(unique("zset"))
}

fn filled(entries: &[(&str, f64)]) -> SortedSet<String> {
    let set = set();
    set.extend(entries.iter().copied()).wait().unwrap();
    set
}

fn owned(entries: &[(&str, f64)]) -> Vec<(String, f64)> {
    entries.iter().map(|(member, score)| ((*member).to_owned(), *score)).collect()
}

/// Every type that is no sorted set.
pub(crate) const FOREIGN: [&[&str]; 5] = [
    &["SET", "", "1"],
    &["HSET", "", "a", "1"],
    &["SADD", "", "1"],
    &["RPUSH", "", "1"],
    &["XADD", "", "1-1", "a", "1"],
];

#[test]
fn members_have_scores_and_ranks() {
    let set = set::<String>();
    assert!(set.is_empty().wait().unwrap() && !set.exists().wait().unwrap());
    assert!(set.insert("a", 2).wait().unwrap() && !set.insert("a", 3.5).wait().unwrap());
    assert!(set.insert("", 1).wait().unwrap());
    assert_eq!(set.score("a").wait().unwrap(), Some(3.5));
    assert_eq!(set.score("b").wait().unwrap(), None);
    assert_eq!(set.score_many(["", "b", "a"]).wait().unwrap(), [Some(1.0), None, Some(3.5)]);
    assert_eq!(set.incr("a", -0.5).wait().unwrap(), 3.0);
    assert_eq!(set.incr("c", 7).wait().unwrap(), 7.0);
    assert_eq!(set.rank("c").wait().unwrap(), Some(2));
    assert_eq!(set.rev_rank("c").wait().unwrap(), Some(0));
    assert_eq!(set.rank("x").wait().unwrap(), None);
    assert_eq!(set.rev_rank("x").wait().unwrap(), None);
    assert!(set.contains("").wait().unwrap() && !set.contains("x").wait().unwrap());
    assert_eq!(set.first().wait().unwrap(), Some((String::new(), 1.0)));
    assert_eq!(set.last().wait().unwrap(), Some(("c".to_owned(), 7.0)));
    assert_eq!(set.len().wait().unwrap(), 3);
    assert!(set.remove("a").wait().unwrap() && !set.remove("a").wait().unwrap());
    assert_eq!(set.try_remove("a").wait().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(set.remove_many(["", "q", "c"]).wait().unwrap(), 2);
    assert!(!set.exists().wait().unwrap(), "a sorted set without members is no key");
    assert_eq!((set.first().wait().unwrap(), set.last().wait().unwrap()), (None, None));
    assert_eq!(set.random().wait().unwrap(), None);
    assert!(set.sample(3).wait().unwrap().is_empty());
}

#[test]
fn rules_say_which_scores_are_set() {
    let set = filled(&[("a", 5.0)]);
    assert!(!set.insert_if_absent("a", 9).wait().unwrap() && set.insert_if_absent("b", 9).wait().unwrap());
    assert!(!set.raise("a", 4).wait().unwrap() && !set.raise("a", 5).wait().unwrap());
    assert!(set.raise("a", 6).wait().unwrap() && set.raise("c", 1).wait().unwrap());
    assert!(!set.lower("a", 7).wait().unwrap() && set.lower("a", 2).wait().unwrap());
    assert!(set.lower("d", 1).wait().unwrap());
    assert!(!set.insert_by(Rule::IfPresent, "x", 1).wait().unwrap());
    assert!(set.insert_by(Rule::IfPresent, "a", 1).wait().unwrap());
    assert!(!set.insert_by(Rule::RaiseIfPresent, "x", 1).wait().unwrap());
    assert!(set.insert_by(Rule::RaiseIfPresent, "a", 3).wait().unwrap());
    assert!(!set.insert_by(Rule::LowerIfPresent, "a", 4).wait().unwrap());
    assert!(set.insert_by(Rule::Always, "a", 4).wait().unwrap(), "changed, though not new");
    assert_eq!(set.extend_by(Rule::Raise, [("a", 5), ("b", 1), ("e", 1)]).wait().unwrap(), 2);
    assert_eq!(set.extend_by(Rule::IfAbsent, [("a", 9), ("f", 1)]).wait().unwrap(), 1);
    assert!(set.content_eq([("a", 5), ("b", 9), ("c", 1), ("d", 1), ("e", 1), ("f", 1)]).wait().unwrap());
}

#[test]
fn scores_come_back_exactly_and_a_nan_is_none() {
    let awkward = [
        0.1,
        1e300,
        5e-324,
        f64::MAX,
        f64::MIN_POSITIVE,
        9_007_199_254_740_992.0,
        9_007_199_254_740_991.0,
        -9_007_199_254_740_991.0,
        1.0 / 3.0,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ];
    for url in [shared().url(), format!("{}?protocol=resp2", shared().url())] {
        let set = Store::open(&url).unwrap().sorted_set::<u32>(unique("zset"));
        for (member, score) in (0_u32..).zip(awkward) {
            set.insert(member, score).wait().unwrap();
            assert_eq!(set.score(member).wait().unwrap().map(f64::to_bits), Some(score.to_bits()), "{score}");
        }
        let all = set.to_vec().wait().unwrap();
        assert_eq!(all.len(), awkward.len());
        assert!(all.iter().all(|(member, score)| score.to_bits() == awkward[*member as usize].to_bits()));
        set.insert(100, -0.0).wait().unwrap();
        assert_eq!(set.score(100).wait().unwrap().map(f64::to_bits), Some(0));
        assert!(set.remove(100).wait().unwrap());
        assert_eq!(set.by_score(f64::INFINITY..).count().wait().unwrap(), 1);
        assert_eq!(set.incr(9, f64::NEG_INFINITY).wait().unwrap_err().outcome(), Outcome::NotApplied);
        for command in [
            set.insert(1, f64::NAN).map(drop),
            set.extend([(1, 1.0), (2, f64::NAN)]).map(drop),
            set.replace_all([(1, f64::NAN)]),
            set.create([(1, f64::NAN)]),
            set.incr(1, f64::NAN).map(drop),
            set.by_score(f64::NAN..).members().map(drop),
            set.by_score(..f64::NAN).remove().map(drop),
            set.union(()).weights([f64::NAN]).members().map(drop),
        ] {
            let error = command.wait().unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Encode, Outcome::NotApplied));
        }
        assert!(!set.content_eq([(1, f64::NAN)]).wait().unwrap());
    }
}

#[test]
fn nothing_is_sent_for_nothing() {
    let set = Store::open("redis://127.0.0.1:1/").unwrap().sorted_set::<f64>("nowhere");
    assert_eq!(set.extend::<[(f64, f64); 0], _, _>([]).wait().unwrap(), 0);
    assert_eq!(set.remove_many::<[f64; 0]>([]).wait().unwrap(), 0);
    assert!(set.score_many::<[f64; 0]>([]).wait().unwrap().is_empty());
    assert_eq!(set.score(f64::NAN).wait().unwrap(), None);
    assert_eq!(set.rank(f64::NAN).wait().unwrap(), None);
    assert!(!set.remove(f64::NAN).wait().unwrap());
}

#[test]
fn ties_are_in_the_order_of_their_bytes() {
    let set = set::<Vec<u8>>();
    let members: [&[u8]; 6] = [b"", b"\0", b"A", b"a", b"a\0", b"\xff"];
    set.extend(members.iter().rev().map(|member| (member.to_vec(), 1))).wait().unwrap();
    assert_eq!(set.range(..).wait().unwrap(), members);
    assert_eq!(set.by_rank(..).rev().members().wait().unwrap()[0], b"\xff");
}

#[test]
fn ranges_by_rank_are_those_of_lists() {
    let set = filled(&[("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0)]);
    assert_eq!(set.range(1..3).wait().unwrap(), ["b", "c"]);
    assert_eq!(set.range(-2..).wait().unwrap(), ["c", "d"]);
    assert_eq!(set.range(..=-2).wait().unwrap(), ["a", "b", "c"]);
    assert_eq!(set.range(9..).wait().unwrap(), [""; 0]);
    assert_eq!(set.range(..0).wait().unwrap(), [""; 0]);
    assert_eq!(set.by_rank(-3..).rev().members().wait().unwrap(), ["d", "c", "b"]);
    assert_eq!(set.by_rank(..2).rev().entries().wait().unwrap(), owned(&[("b", 2.0), ("a", 1.0)]));
    let counts = [(0, 2, 2), (-3, 99, 3), (2, 1, 0), (-99, -4, 0), (-99, -3, 1), (4, 9, 0)];
    for (from, to, expected) in counts {
        assert_eq!(set.by_rank(from..to).count().wait().unwrap(), expected, "{from}..{to}");
        assert_eq!(set.by_rank(from..to).members().wait().unwrap().len(), expected, "{from}..{to}");
    }
    let error = set.by_rank(..).limit(1, 1).members().wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert_eq!(set.by_rank(1..=2).remove().wait().unwrap(), 2);
    assert_eq!(set.by_rank(..).rev().drain().wait().unwrap(), owned(&[("d", 4.0), ("a", 1.0)]));
    assert!(!set.exists().wait().unwrap());
}

#[test]
fn ranges_by_score_have_all_kinds_of_bounds() {
    let set = filled(&[("a", 1.0), ("b", 2.0), ("c", 2.0), ("d", 3.5), ("e", f64::INFINITY)]);
    assert_eq!(set.by_score(1..2).members().wait().unwrap(), ["a"]);
    assert_eq!(set.by_score(1..=2).members().wait().unwrap(), ["a", "b", "c"]);
    assert_eq!(set.by_score(2.0..).members().wait().unwrap(), ["b", "c", "d", "e"]);
    assert_eq!(set.by_score(..f64::INFINITY).count().wait().unwrap(), 4);
    assert_eq!(set.by_score(..).count().wait().unwrap(), 5);
    assert_eq!(set.by_score(..=0).count().wait().unwrap(), 0);
    assert_eq!(
        set.by_score((Bound::Excluded(1.0), Bound::Excluded(3.5))).members().wait().unwrap(),
        ["b", "c"]
    );
    assert_eq!(set.by_score(2..).rev().limit(1, 2).members().wait().unwrap(), ["d", "c"]);
    assert_eq!(set.by_score(2..).limit(1, 2).entries().wait().unwrap(), owned(&[("c", 2.0), ("d", 3.5)]));
    assert_eq!(set.by_score(2..).limit(3, 9).count().wait().unwrap(), 1);
    assert_eq!(set.by_score(..).limit(1, usize::MAX).members().wait().unwrap().len(), 4);
    assert_eq!(set.by_score(..).limit(usize::MAX, 1).members().wait().unwrap(), [""; 0]);
    assert_eq!(set.by_score(..).limit(0, 0).remove().wait().unwrap(), 0);
    assert_eq!(set.by_score(2..).rev().limit(0, 1).drain().wait().unwrap(), owned(&[("e", f64::INFINITY)]));
    assert_eq!(set.by_score(..3).limit(1, 1).remove().wait().unwrap(), 1);
    assert_eq!(set.by_score(..=2).remove().wait().unwrap(), 2);
    assert_eq!(set.to_vec().wait().unwrap(), owned(&[("d", 3.5)]));
}

#[test]
fn ranges_by_bytes_are_of_members() {
    let set = filled(&[("", 0.0), ("a", 0.0), ("b", 0.0), ("c", 0.0), ("ca", 0.0), ("+", 0.0), ("[a", 0.0)]);
    assert_eq!(set.by_lex("a".."c").members().wait().unwrap(), ["a", "b"]);
    assert_eq!(set.by_lex("a"..="c").members().wait().unwrap(), ["a", "b", "c"]);
    assert_eq!(set.by_lex("c"..).rev().members().wait().unwrap(), ["ca", "c"]);
    assert_eq!(set.by_lex(..="+").members().wait().unwrap(), ["", "+"]);
    assert_eq!(set.by_lex("[".."a").members().wait().unwrap(), ["[a"]);
    assert_eq!(set.by_lex(..).count().wait().unwrap(), 7);
    assert_eq!(set.by_lex((Bound::Excluded("a"), Bound::Unbounded)).count().wait().unwrap(), 3);
    assert_eq!(set.by_lex("b"..).limit(1, 1).entries().wait().unwrap(), owned(&[("c", 0.0)]));
    assert_eq!(set.by_lex("b"..).entries().wait().unwrap().len(), 3);
    assert_eq!(set.by_lex("c"..).rev().limit(0, 1).drain().wait().unwrap(), owned(&[("ca", 0.0)]));
    assert_eq!(set.by_lex(.."a").remove().wait().unwrap(), 3);
    assert_eq!(set.range(..).wait().unwrap(), ["a", "b", "c"]);
}

#[test]
fn a_range_can_be_stored() {
    let set = filled(&[("a", 1.0), ("b", 2.0), ("c", 3.0)]);
    let into = self::set::<String>();
    let into = set.by_rank(..).store_into(&into).wait().map(|_| into);
    assert_eq!(into.unwrap_err().kind(), ErrorKind::Misuse, "of another store");
    let store = store();
    let name = unique("zset");
    let [set, into] = ["a", "b"].map(|end| store.sorted_set::<String>(format!("{name}{end}")));
    set.extend([("a", 1), ("b", 2), ("c", 3)]).wait().unwrap();
    assert_eq!(set.by_rank(-2..).store_into(&into).wait().unwrap(), 2);
    assert!(into.content_eq([("b", 2), ("c", 3)]).wait().unwrap());
    assert_eq!(set.by_rank(..2).rev().store_into(&into).wait().unwrap(), 2);
    assert!(into.content_eq([("a", 1), ("b", 2)]).wait().unwrap(), "turned round it is the same set");
    assert_eq!(set.by_score(..).rev().limit(0, 1).store_into(&into).wait().unwrap(), 1);
    assert!(into.content_eq([("c", 3)]).wait().unwrap());
    assert_eq!(set.by_score(9..).store_into(&into).wait().unwrap(), 0);
    assert!(!into.exists().wait().unwrap());
}

#[test]
fn the_ends_can_be_taken_off() {
    let set = filled(&[("a", 1.0), ("b", 2.0), ("c", 3.0), ("d", 4.0), ("e", 5.0)]);
    assert_eq!(set.pop_min().wait().unwrap(), Some(("a".to_owned(), 1.0)));
    assert_eq!(set.pop_max().wait().unwrap(), Some(("e".to_owned(), 5.0)));
    assert!(set.pop_min_n(0).wait().unwrap().is_empty());
    assert_eq!(set.pop_max_n(2).wait().unwrap(), owned(&[("d", 4.0), ("c", 3.0)]));
    assert_eq!(set.pop_min_n(usize::MAX).wait().unwrap(), owned(&[("b", 2.0)]));
    assert_eq!((set.pop_min().wait().unwrap(), set.pop_max().wait().unwrap()), (None, None));
    assert!(set.pop_min_n(3).wait().unwrap().is_empty());
}

#[test]
fn a_wait_ends_with_a_member_or_with_its_time() {
    let set = filled(&[("a", 1.0), ("b", 2.5), ("c", 3.0)]);
    assert_eq!(set.pop_max_wait(Duration::from_secs(5)).wait().unwrap(), Some(("c".to_owned(), 3.0)));
    assert_eq!(set.pop_min_wait(Duration::MAX).wait().unwrap(), Some(("a".to_owned(), 1.0)));
    assert_eq!(set.pop_min_wait(Duration::ZERO).wait().unwrap(), Some(("b".to_owned(), 2.5)));
    assert_eq!(set.pop_max_wait(Duration::ZERO).wait().unwrap(), None);
    let begun = Instant::now();
    assert_eq!(set.pop_min_wait(Duration::from_millis(120)).wait().unwrap(), None);
    assert!(begun.elapsed() >= Duration::from_millis(120));
    // a server of its own: the test looks at who waits
    let server = Server::start();
    let set = Store::open(&server.url()).unwrap().sorted_set::<u8>("zset");
    let waiting = thread::spawn(move || set.pop_max_wait(Duration::from_secs(60)).wait().unwrap());
    wait_until("somebody waits", Duration::from_secs(20), || {
        server.cli(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    server.cli(&["ZADD", "zset", "7", "1", "9", "2"]);
    assert_eq!(waiting.join().unwrap(), Some((2, 9.0)));
}

#[test]
fn sorted_sets_and_sets_are_combined_with_weights_and_aggregates() {
    let store = store();
    let name = unique("zset");
    let [a, b, into] = ["a", "b", "c"].map(|end| store.sorted_set::<String>(format!("{name}{end}")));
    let plain = store.set::<String>(format!("{name}s"));
    a.extend([("x", 1), ("y", 2)]).wait().unwrap();
    b.extend([("y", 10), ("z", 20)]).wait().unwrap();
    plain.extend(["y", "w"]).wait().unwrap();
    assert_eq!(a.union(&b).entries().wait().unwrap(), owned(&[("x", 1.0), ("y", 12.0), ("z", 20.0)]));
    let weighted = a.union(&b).weights([2.0, 0.5]).aggregate(Aggregate::Max);
    assert_eq!(weighted.entries().wait().unwrap(), owned(&[("x", 2.0), ("y", 5.0), ("z", 10.0)]));
    assert_eq!(a.union((&b, &plain)).members().wait().unwrap(), ["w", "x", "y", "z"]);
    let least = a.intersection([&b]).aggregate(Aggregate::Min);
    assert_eq!(least.entries().wait().unwrap(), owned(&[("y", 2.0)]));
    let sum = a.intersection((&plain, vec![b.clone()])).aggregate(Aggregate::Sum);
    assert_eq!(sum.entries().wait().unwrap(), owned(&[("y", 13.0)]));
    assert_eq!(a.difference(&plain).entries().wait().unwrap(), owned(&[("x", 1.0)]));
    assert_eq!(a.union(Vec::<&SortedSet<String>>::new()).members().wait().unwrap(), ["x", "y"]);
    assert_eq!(a.union(&b).weights([1, 3]).store_into(&into).wait().unwrap(), 3);
    assert!(into.content_eq([("x", 1), ("y", 32), ("z", 60)]).wait().unwrap());
    assert_eq!(a.intersection(&b).store_into(&a).wait().unwrap(), 1);
    assert_eq!(b.difference(&a).store_into(&into).wait().unwrap(), 1);
    assert!(into.content_eq([("z", 20)]).wait().unwrap());
    for command in [
        a.union(&b).weights([1.0]).members(),
        a.difference(&b).weights([1.0, 1.0]).members(),
        a.difference(&b).aggregate(Aggregate::Max).members(),
        a.union(set::<String>()).members(),
    ] {
        assert_eq!(command.wait().unwrap_err().kind(), ErrorKind::Misuse);
    }
    let error = a.union(set::<String>()).store_into(&into).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
}

#[test]
fn one_is_made_only_where_nothing_is_and_replaced_as_a_whole() {
    let set = set::<String>();
    set.create([("a", 1)]).wait().unwrap();
    let error = set.create([("b", 1)]).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeyExists, Outcome::NotApplied));
    set.expire(Duration::from_secs(100)).wait().unwrap();
    set.replace_all([("b", 2.5), ("c", 1.0)]).wait().unwrap();
    assert!(set.ttl().wait().unwrap().is_some());
    assert!(set.content_eq([("c", 1.0), ("b", 2.5)]).wait().unwrap());
    assert!(!set.content_eq([("c", 1.0), ("b", 2.0)]).wait().unwrap());
    assert!(!set.content_eq([("c", 1.0)]).wait().unwrap());
    assert_eq!(set.collect::<HashMap<_, _>>().wait().unwrap()["b"], 2.5);
    assert_eq!(set.drain().wait().unwrap(), owned(&[("c", 1.0), ("b", 2.5)]));
    assert!(set.content_eq::<[(&str, f64); 0], _, _>([]).wait().unwrap());
    set.replace_all::<[(&str, f64); 0], _, _>([]).wait().unwrap();
    assert!(!set.exists().wait().unwrap());
}

#[test]
fn random_members_are_different_and_there() {
    let set = set::<u32>();
    set.extend((0..50).map(|i| (i, i))).wait().unwrap();
    assert!(set.random().wait().unwrap().unwrap() < 50);
    for (count, expected) in [(0, 0), (1, 1), (50, 50), (usize::MAX, 50)] {
        let sample = set.sample(count).wait().unwrap();
        assert!(sample.iter().all(|(member, score)| f64::from(*member) == *score));
        assert_eq!(
            sample.into_iter().map(|(m, _)| m).collect::<std::collections::HashSet<_>>().len(),
            expected
        );
    }
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let store = store();
    let name = unique("zset");
    let set = store.sorted_set::<u32>(name.as_str());
    let proper = store.sorted_set::<u32>(unique("zset"));
    proper.insert(1, 1).wait().unwrap();
    for command in FOREIGN {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            set.insert(1, 1);
            set.insert_by(Rule::Raise, 1, 1);
            set.extend([(1, 1)]);
            set.extend((0..1200).map(|i| (i, i)));
            set.incr(1, 1);
            set.score(1);
            set.score_many([1]);
            set.rank(1);
            set.rev_rank(1);
            set.contains(1);
            set.len();
            set.remove(1);
            set.remove_many([1]);
            set.random();
            set.sample(2);
            set.first();
            set.last();
            set.range(..);
            set.by_rank(..).count();
            set.by_rank(..).remove();
            set.by_score(..).entries();
            set.by_score(..).count();
            set.by_score(..).remove();
            set.by_score(..).limit(0, 1).remove();
            set.by_score(..).drain();
            set.by_score(..).store_into(&set);
            set.by_lex(..).entries();
            set.by_lex(..).count();
            set.by_lex(..).remove();
            set.pop_min();
            set.pop_max_n(2);
            set.pop_min_wait(Duration::from_millis(1));
            set.to_vec();
            set.drain();
            set.content_eq([(1, 1)]);
            set.replace_all([(1, 1)]);
        }
        if command[0] != "SADD" {
            wrong_type! { &*name, dump; set.union(&set).members(); }
            let error = proper.intersection(&set).members().wait().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongType);
        }
        assert_eq!(set.create([(1, 1)]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        let error = set.iter().wait().next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::WrongType, Some(set.key())));
    }
}

const LARGE: usize = 100_000;

#[test]
fn scripts_take_a_hundred_thousand_members() {
    let set = set::<Vec<u8>>();
    let entries =
        || (0..LARGE).map(|i| ([b"\0\xff\r\n$-1", i.to_string().as_bytes()].concat(), (i / 1000) as f64));
    set.create(entries()).wait().unwrap();
    assert_eq!(set.len().wait().unwrap(), LARGE);
    set.replace_all(entries()).wait().unwrap();
    assert!(set.content_eq(entries()).wait().unwrap());
    let iterated: Vec<_> = set.iter().wait().collect::<Result<_, _>>().unwrap();
    assert_eq!(iterated, set.to_vec().wait().unwrap());
    assert_eq!(set.by_score(..).limit(10, 50_000).remove().wait().unwrap(), 50_000);
    assert_eq!(set.by_score(50..).drain().wait().unwrap().len(), LARGE - 50_010);
    assert_eq!(set.drain().wait().unwrap().len(), 10);
    assert_eq!(set.extend(entries()).wait().unwrap(), LARGE);
    assert_eq!(set.by_lex(..).entries().wait().unwrap().len(), LARGE);
    assert_eq!(set.remove_many(entries().map(|(member, _)| member)).wait().unwrap(), LARGE);
}

#[test]
fn iteration_goes_on_behind_members_that_are_gone() {
    let set = set::<String>();
    // all of one score, so that only the bytes say where it goes on
    set.extend((0..2000).map(|i| (format!("{i:04}"), 1))).wait().unwrap();
    let mut seen = Vec::new();
    for entry in set.iter().wait() {
        let (member, _) = entry.unwrap();
        if seen.len() % 100 == 0 {
            // what has been seen goes, also the last of the page, and what comes before is of no interest
            set.remove(&member).wait().unwrap();
            set.remove_many(seen.iter().skip(1)).wait().unwrap();
            set.insert(format!("{member}!"), 0).wait().unwrap();
        }
        seen.push(member);
    }
    assert_eq!(seen, (0..2000).map(|i| format!("{i:04}")).collect::<Vec<_>>());
    let set = store().sorted_set::<u32>(unique("zset"));
    shared().cli(&["ZADD", &set.key().to_string(), "1", "1", "2", "x", "3", "3"]);
    let found: Vec<_> = set.iter().wait().collect();
    assert_eq!(found[0].as_ref().unwrap(), &(1, 1.0));
    assert_eq!(found[1].as_ref().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(found[1].as_ref().unwrap_err().key(), Some(set.key()));
    assert_eq!(found[2].as_ref().unwrap(), &(3, 3.0));
}

#[test]
fn of_all_who_drain_each_gets_what_no_other_gets() {
    let set = set::<u32>();
    set.extend((0..2000).map(|i| (i, i))).wait().unwrap();
    let taken = |set: SortedSet<u32>| {
        thread::spawn(move || {
            let mut all = Vec::new();
            loop {
                let some = set.by_score(..).limit(0, 7).drain().wait().unwrap();
                if some.is_empty() {
                    return all;
                }
                all.extend(some);
            }
        })
    };
    let threads: Vec<_> = (0..4).map(|_| taken(set.clone())).collect();
    let mut all: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    all.sort_by_key(|entry| entry.0);
    assert_eq!(all, (0..2000).map(|i| (i, f64::from(i))).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_without_blocking_and_in_batches() {
    let store = store();
    let set = store.sorted_set::<String>(unique("zset"));
    let (new, sum, rank, entries, popped) = store
        .transaction((
            set.insert("a", 1),
            set.incr("b", 2.5),
            set.rank("b"),
            set.by_score(..).drain(),
            set.pop_min(),
        ))
        .await
        .unwrap();
    assert_eq!((new, sum, rank, popped), (true, 2.5, Some(1), None));
    assert_eq!(entries, owned(&[("a", 1.0), ("b", 2.5)]));
    let (added, lex, union) = store
        .pipeline((
            set.extend((0..1200).map(|i| (i.to_string(), 0))),
            set.by_lex("5".."6").entries(),
            set.union(&set).members(),
        ))
        .await
        .unwrap();
    assert_eq!((added, union.len()), (1200, 1200));
    assert_eq!(lex.len(), 111);
    let (mut entries, mut count) = (set.iter(), 0);
    while let Some(entry) = entries.next().await {
        entry.unwrap();
        count += 1;
    }
    assert_eq!(count, 1200);
    assert_eq!(set.pop_min_wait(Duration::from_secs(5)).await.unwrap().unwrap().0, "0");
}

#[derive(Clone, Debug)]
enum Op {
    Insert(Rule, String, f64),
    Extend(Vec<(String, f64)>),
    Incr(String, f64),
    Remove(String),
    PopMin(usize),
    PopMax(usize),
    Look(String),
    Rank(i64, i64, bool),
    RemoveRank(i64, i64),
    Score(Bound<f64>, Bound<f64>, bool, Option<(usize, usize)>),
    RemoveScore(Bound<f64>, Bound<f64>),
    DrainScore(Bound<f64>, Bound<f64>, bool, Option<(usize, usize)>),
    Replace(Vec<(String, f64)>),
    All,
}

fn members() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-f]",
        1 => prop::sample::select(vec!["", "0", "nil", "\0", "\r\n", "é", "-inf", "(1", "+"]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn scores() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (-4..5_i32).prop_map(f64::from),
        2 => prop::num::f64::NORMAL | prop::num::f64::ZERO,
        1 => prop::sample::select(vec![f64::INFINITY, f64::NEG_INFINITY, 0.1, 9_007_199_254_740_993.0]),
    ]
}

fn ops() -> impl Strategy<Value = Op> {
    use Op::*;
    let rules = vec![
        Rule::Always,
        Rule::IfAbsent,
        Rule::IfPresent,
        Rule::Raise,
        Rule::Lower,
        Rule::RaiseIfPresent,
        Rule::LowerIfPresent,
    ];
    let some = || prop::collection::vec((members(), scores()), 0..6);
    let bound = || {
        prop_oneof![
            3 => scores().prop_map(Bound::Included),
            3 => scores().prop_map(Bound::Excluded),
            1 => Just(Bound::Unbounded)
        ]
    };
    let limit = || prop::option::of((0..4_usize, 0..4_usize));
    prop_oneof![
        4 => (prop::sample::select(rules), members(), scores()).prop_map(|(r, m, s)| Insert(r, m, s)),
        4 => some().prop_map(Extend),
        1 => (members(), (-4..5_i32).prop_map(f64::from)).prop_map(|(m, s)| Incr(m, s)),
        1 => members().prop_map(Remove),
        1 => (0..3_usize).prop_map(PopMin),
        1 => (0..3_usize).prop_map(PopMax),
        2 => members().prop_map(Look),
        2 => (-8..8_i64, -8..8_i64, any::<bool>()).prop_map(|(a, b, rev)| Rank(a, b, rev)),
        1 => (-8..8_i64, -8..8_i64).prop_map(|(a, b)| RemoveRank(a, b)),
        3 => (bound(), bound(), any::<bool>(), limit()).prop_map(|(a, b, rev, l)| Score(a, b, rev, l)),
        1 => (bound(), bound()).prop_map(|(a, b)| RemoveScore(a, b)),
        1 => (bound(), bound(), any::<bool>(), limit()).prop_map(|(a, b, rev, l)| DrainScore(a, b, rev, l)),
        1 => some().prop_map(Replace),
        1 => Just(All),
    ]
}

/// Members and scores in order.
#[derive(Default)]
struct Model(Vec<(String, f64)>);

impl Model {
    fn sort(&mut self) {
        self.0.sort_by(|a, b| {
            a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal).then_with(|| a.0.as_bytes().cmp(b.0.as_bytes()))
        });
    }

    fn get(&self, member: &str) -> Option<f64> {
        self.0.iter().find(|entry| entry.0 == member).map(|entry| entry.1)
    }

    fn set(&mut self, member: &str, score: f64) -> bool {
        let old = self.get(member);
        self.0.retain(|entry| entry.0 != member);
        self.0.push((member.to_owned(), score));
        self.sort();
        old != Some(score)
    }

    fn apply(&mut self, rule: Rule, member: &str, score: f64) -> bool {
        let may = match (rule, self.get(member)) {
            (Rule::IfAbsent, old) => old.is_none(),
            (Rule::IfPresent, old) => old.is_some(),
            (Rule::Raise, Some(old)) | (Rule::RaiseIfPresent, Some(old)) => score > old,
            (Rule::Lower, Some(old)) | (Rule::LowerIfPresent, Some(old)) => score < old,
            (Rule::RaiseIfPresent | Rule::LowerIfPresent, None) => false,
            _ => true,
        };
        may && self.set(member, score)
    }

    fn ranks(&self, from: i64, to: i64) -> Vec<(String, f64)> {
        let length = self.0.len() as i64;
        let index = |i: i64| if i < 0 { (i + length).max(0) } else { i.min(length) };
        let (from, to) = (index(from), index(to));
        if from < to { self.0[from as usize..to as usize].to_vec() } else { Vec::new() }
    }

    fn scores(
        &self,
        from: Bound<f64>,
        to: Bound<f64>,
        rev: bool,
        limit: Option<(usize, usize)>,
    ) -> Vec<(String, f64)> {
        use std::ops::RangeBounds;
        let mut found: Vec<_> =
            self.0.iter().filter(|entry| (from, to).contains(&entry.1)).cloned().collect();
        if rev {
            found.reverse();
        }
        match limit {
            Some((skip, count)) => found.into_iter().skip(skip).take(count).collect(),
            None => found,
        }
    }

    fn remove(&mut self, entries: &[(String, f64)]) {
        self.0.retain(|entry| !entries.iter().any(|gone| gone.0 == entry.0));
    }
}

fn apply(op: Op, set: &SortedSet<String>, model: &mut Model) {
    match op {
        Op::Insert(rule, member, score) => {
            assert_eq!(
                set.insert_by(rule, &member, score).wait().unwrap(),
                model.apply(rule, &member, score)
            );
        }
        Op::Extend(entries) => {
            let new = entries.iter().map(|entry| &entry.0).filter(|m| model.get(m).is_none());
            let new = new.collect::<std::collections::HashSet<_>>().len();
            assert_eq!(set.extend(entries.iter().map(|(m, s)| (m, *s))).wait().unwrap(), new);
            for (member, score) in entries {
                model.set(&member, score);
            }
        }
        Op::Incr(member, by) => {
            let sum = model.get(&member).unwrap_or(0.0) + by;
            assert_eq!(set.incr(&member, by).wait().unwrap(), sum);
            model.set(&member, sum);
        }
        Op::Remove(member) => {
            let there = model.get(&member).is_some();
            assert_eq!(set.remove(&member).wait().unwrap(), there);
            model.0.retain(|entry| entry.0 != member);
        }
        Op::PopMin(n) => {
            let expected: Vec<_> = model.0.drain(..n.min(model.0.len())).collect();
            assert_eq!(set.pop_min_n(n).wait().unwrap(), expected);
        }
        Op::PopMax(n) => {
            let from = model.0.len().saturating_sub(n);
            let expected: Vec<_> = model.0.drain(from..).rev().collect();
            assert_eq!(set.pop_max_n(n).wait().unwrap(), expected);
        }
        Op::Look(member) => {
            assert_eq!(set.score(&member).wait().unwrap(), model.get(&member));
            let rank = model.0.iter().position(|entry| entry.0 == member);
            assert_eq!(set.rank(&member).wait().unwrap(), rank);
            let rev = rank.map(|rank| model.0.len() - 1 - rank);
            assert_eq!(set.rev_rank(&member).wait().unwrap(), rev);
        }
        Op::Rank(from, to, rev) => {
            let mut expected = model.ranks(from, to);
            let mut selection = set.by_rank(from..to);
            assert_eq!(set.by_rank(from..to).count().wait().unwrap(), expected.len());
            if rev {
                expected.reverse();
                selection = selection.rev();
            }
            assert_eq!(selection.entries().wait().unwrap(), expected);
        }
        Op::RemoveRank(from, to) => {
            let expected = model.ranks(from, to);
            assert_eq!(set.by_rank(from..to).remove().wait().unwrap(), expected.len());
            model.remove(&expected);
        }
        Op::Score(from, to, rev, limit) => {
            let expected = model.scores(from, to, rev, limit);
            let select = || {
                let mut selection = set.by_score((from, to));
                if rev {
                    selection = selection.rev();
                }
                match limit {
                    Some((skip, count)) => selection.limit(skip, count),
                    None => selection,
                }
            };
            assert_eq!(select().count().wait().unwrap(), expected.len());
            assert_eq!(select().entries().wait().unwrap(), expected);
            let members: Vec<_> = expected.into_iter().map(|entry| entry.0).collect();
            assert_eq!(select().members().wait().unwrap(), members);
        }
        Op::RemoveScore(from, to) => {
            let expected = model.scores(from, to, false, None);
            assert_eq!(set.by_score((from, to)).remove().wait().unwrap(), expected.len());
            model.remove(&expected);
        }
        Op::DrainScore(from, to, rev, limit) => {
            let expected = model.scores(from, to, rev, limit);
            let mut selection = set.by_score((from, to));
            if rev {
                selection = selection.rev();
            }
            if let Some((skip, count)) = limit {
                selection = selection.limit(skip, count);
            }
            assert_eq!(selection.drain().wait().unwrap(), expected);
            model.remove(&expected);
        }
        Op::Replace(entries) => {
            set.replace_all(entries.iter().map(|(m, s)| (m, *s))).wait().unwrap();
            model.0.clear();
            for (member, score) in entries {
                model.set(&member, score);
            }
        }
        Op::All => {
            assert_eq!(set.to_vec().wait().unwrap(), model.0);
            assert_eq!(set.iter().wait().collect::<Result<Vec<_>, _>>().unwrap(), model.0);
            assert!(set.content_eq(model.0.iter().map(|(m, s)| (m, *s))).wait().unwrap());
            assert_eq!(set.exists().wait().unwrap(), !model.0.is_empty());
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: scale(150, 10_000), failure_persistence: None, ..Config::default() })]

    /// Two handles by turns, one of which speaks RESP2.
    #[test]
    fn a_sorted_set_does_what_a_sorted_list_does(
        ops in prop::collection::vec((ops(), any::<bool>()), 60..=60),
    ) {
        let name = unique("zset");
        let older = Store::open(&format!("{}?protocol=resp2", shared().url())).unwrap();
        let handles = [store(), older].map(|store| store.sorted_set::<String>(name.as_str()));
        let mut model = Model::default();
        for (op, which) in ops {
            apply(op, &handles[usize::from(which)], &mut model);
        }
        apply(Op::All, &handles[0], &mut model);
        handles[0].clear().wait().unwrap();
    }
}
