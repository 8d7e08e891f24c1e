//! Bits, ranges of them, combinations, and integers among them.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::time::Duration;

use pottery::{Bits, ErrorKind, Outcome, Store};
use pottery_test_support::{scale, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

const LAST: u64 = u32::MAX as u64;

fn bits() -> Bits {
    store().bits(unique("bits"))
}

#[test]
fn bits_are_false_until_they_are_set() {
    let bits = bits();
    assert!(!bits.get(3).wait().unwrap());
    assert!(bits.is_empty().wait().unwrap());
    assert!(!bits.set(3, true).wait().unwrap());
    assert!(bits.set(3, true).wait().unwrap());
    assert!(bits.get(3).wait().unwrap());
    assert!(!bits.get(1_000_000).wait().unwrap());
    assert_eq!(bits.len().wait().unwrap(), 8);
    assert!(!bits.flip(3).wait().unwrap());
    assert!(bits.flip(17).wait().unwrap());
    assert_eq!(bits.len().wait().unwrap(), 24);
    bits.extend([0, 5, 17]).wait().unwrap();
    bits.remove_many([17, 4]).wait().unwrap();
    assert_eq!(bits.get_many([5, 0, 17, 99]).wait().unwrap(), [true, true, false, false]);
    assert_eq!(bits.to_positions().wait().unwrap(), [0, 5]);
    assert!(bits.content_eq([5, 0, 5]).wait().unwrap());
    assert!(!bits.content_eq([5]).wait().unwrap());
    assert_eq!(bits.count(..).wait().unwrap(), 2);
    assert_eq!(bits.first_set(..).wait().unwrap(), Some(0));
    assert_eq!(bits.first_set(1..).wait().unwrap(), Some(5));
    assert_eq!(bits.first_set(6..).wait().unwrap(), None);
    assert_eq!(bits.first_clear(5..=5).wait().unwrap(), None);
    assert_eq!(bits.first_clear(5..7).wait().unwrap(), Some(6));
    assert_eq!(bits.first_clear(100..).wait().unwrap(), Some(100));
    for first in [1 << 32, 5_000_000_000, u64::MAX] {
        assert_eq!(bits.first_clear(first..).wait().unwrap_err().kind(), ErrorKind::IndexOutOfRange);
    }
    bits.fill(3..30, true).wait().unwrap();
    assert_eq!(bits.count(..).wait().unwrap(), 28);
    assert_eq!(bits.count(4..=10).wait().unwrap(), 7);
    bits.flip_range(2..5).wait().unwrap();
    assert_eq!(bits.first_set(1..).wait().unwrap(), Some(2));
    bits.fill(.., false).wait().unwrap();
    assert_eq!(bits.count(..).wait().unwrap(), 0);
    assert!(!bits.is_empty().wait().unwrap(), "there is room for bits");
    bits.invert().wait().unwrap();
    assert_eq!(bits.count(..).wait().unwrap(), 32);
    assert_eq!(bits.first_clear(..).wait().unwrap(), Some(32));
    assert_eq!(bits.first_clear(..32).wait().unwrap(), None);
    assert_eq!(bits.first_clear(..33).wait().unwrap(), Some(32));
}

#[test]
fn nothing_at_all_is_no_command() {
    let bits = bits();
    bits.extend([]).wait().unwrap();
    bits.remove_many([]).wait().unwrap();
    assert_eq!(bits.get_many([]).wait().unwrap(), [false; 0]);
    bits.fill(3..3, true).wait().unwrap();
    bits.fill(.., true).wait().unwrap();
    bits.fill(7.., false).wait().unwrap();
    bits.flip_range(..).wait().unwrap();
    bits.invert().wait().unwrap();
    assert_eq!(bits.first_set(..).wait().unwrap(), None);
    assert_eq!(bits.first_clear(..).wait().unwrap(), Some(0));
    assert_eq!(bits.first_clear(..0).wait().unwrap(), None);
    assert!(!bits.exists().wait().unwrap());
}

#[test]
fn an_index_beyond_the_last_is_an_error_before_anything_is_sent() {
    let nobody = Store::open("redis://127.0.0.1:1/").unwrap().bits("bits");
    let many = u64::MAX;
    for error in [
        nobody.set(LAST + 1, true).wait().map(drop),
        nobody.get(many).wait().map(drop),
        nobody.flip(LAST + 1).wait().map(drop),
        nobody.get_many([0, LAST + 1]).wait().map(drop),
        nobody.extend([0, many]).wait(),
        nobody.remove_many([many, 0]).wait(),
        nobody.create([LAST + 1]).wait(),
        nobody.replace_all([1, LAST + 1]).wait(),
        nobody.count(..=LAST + 1).wait().map(drop),
        nobody.first_set(..=many).wait().map(drop),
        nobody.fill(0..many, true).wait(),
        nobody.flip_range(0..=many).wait(),
        nobody.field::<u8>(LAST - 6).get().wait().map(drop),
        nobody.field::<i64>(many).set(1).wait().map(drop),
    ] {
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::IndexOutOfRange, Outcome::NotApplied));
        assert_eq!(error.key(), Some(nobody.key()));
    }
    let far = bits();
    assert!(!far.get(LAST).wait().unwrap());
    assert_eq!(far.count(LAST..).wait().unwrap(), 0);
    assert_eq!(far.first_clear(LAST..).wait().unwrap(), Some(LAST));
}

#[test]
fn bits_are_combined_in_place_and_elsewhere() {
    let (a, b, c, target) = (bits(), bits(), bits(), bits());
    a.create([0, 1, 2, 3]).wait().unwrap();
    b.create([1, 3, 20]).wait().unwrap();
    c.create([3, 4, 20]).wait().unwrap();
    a.and_into([&b, &c], &target).wait().unwrap();
    assert_eq!(target.to_positions().wait().unwrap(), [3]);
    a.or_into([&b, &c], &target).wait().unwrap();
    assert_eq!(target.to_positions().wait().unwrap(), [0, 1, 2, 3, 4, 20]);
    a.xor_into(vec![b.clone(), c.clone()], &target).wait().unwrap();
    assert_eq!(target.to_positions().wait().unwrap(), [0, 2, 3, 4]);
    a.invert_into(&target).wait().unwrap();
    assert_eq!(target.to_positions().wait().unwrap(), [4, 5, 6, 7]);
    target.expire(Duration::from_secs(100)).wait().unwrap();
    target.or_with([&a]).wait().unwrap();
    assert_eq!(target.count(..).wait().unwrap(), 8);
    target.and_with([&b]).wait().unwrap();
    target.xor_with([&b, &c]).wait().unwrap();
    assert_eq!(target.to_positions().wait().unwrap(), [3, 4]);
    target.replace_all([9]).wait().unwrap();
    assert!(target.ttl().wait().unwrap().unwrap() > Duration::from_secs(50), "a time to live stays");
    let foreign = Store::open("redis://127.0.0.1:1/").unwrap().bits("x");
    assert_eq!(a.and_with([foreign]).wait().unwrap_err().kind(), ErrorKind::Misuse);
}

#[test]
fn they_are_created_where_nothing_is_and_replaced_at_once() {
    let bits = bits();
    bits.create([]).wait().unwrap();
    assert!(!bits.exists().wait().unwrap());
    bits.create([4_000_000, 7]).wait().unwrap();
    assert_eq!(bits.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(bits.to_positions().wait().unwrap(), [7, 4_000_000]);
    bits.replace_all([1, 2]).wait().unwrap();
    assert_eq!(bits.len().wait().unwrap(), 8);
    bits.replace_all([]).wait().unwrap();
    assert!(!bits.exists().wait().unwrap());
}

#[test]
fn a_hundred_thousand_bits_come_back_at_once_and_in_pages() {
    let bits = bits();
    let positions: Vec<u64> = (0..100_000).map(|n| n * 37 + n / 50_000 * 9_000_000).collect();
    bits.create(positions.iter().copied()).wait().unwrap();
    assert_eq!(bits.to_positions().wait().unwrap(), positions);
    let paged: Vec<u64> = bits.iter().wait().collect::<Result<_, _>>().unwrap();
    assert_eq!(paged, positions);
    let other = self::bits();
    other.extend(positions.iter().copied()).wait().unwrap();
    assert_eq!(other.count(..).wait().unwrap(), 100_000);
    assert_eq!(
        other.count(1..9_000_000).wait().unwrap(),
        positions.iter().filter(|at| (1..9_000_000).contains(*at)).count() as u64
    );
    other.xor_with([&bits]).wait().unwrap();
    assert_eq!(other.first_set(..).wait().unwrap(), None);
    assert_eq!(other.iter().wait().count(), 0);
    other.flip_range(5..800_000).wait().unwrap();
    assert_eq!(other.count(..).wait().unwrap(), 799_995);
}

#[test]
fn integers_of_any_width_lie_among_bits() {
    let bits = bits();
    let (level, luck, wide) = (bits.field::<u8>(4), bits.signed_field(12, 5), bits.field::<i64>(17));
    assert_eq!(level.get().wait().unwrap(), 0);
    assert!(!bits.exists().wait().unwrap());
    assert_eq!(level.set(200).wait().unwrap(), 0);
    assert_eq!(level.incr(55).wait().unwrap(), 255);
    let error = level.incr(1).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied));
    assert_eq!(level.saturating_incr(9).wait().unwrap(), 255);
    assert_eq!(level.wrapping_incr(3).wait().unwrap(), 2);
    assert_eq!(level.saturating_incr(-9).wait().unwrap(), 0);
    assert_eq!(luck.set(-16).wait().unwrap(), 0);
    assert_eq!(luck.set(15).wait().unwrap(), -16);
    for value in [16, -17] {
        assert_eq!(luck.set(value).wait().unwrap_err().kind(), ErrorKind::Overflow);
    }
    assert_eq!(luck.wrapping_incr(1).wait().unwrap(), -16);
    assert_eq!(wide.set(i64::MIN).wait().unwrap(), 0);
    assert_eq!(wide.incr(-1).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(wide.wrapping_incr(-1).wait().unwrap(), i64::MAX);
    assert_eq!(wide.get().wait().unwrap(), i64::MAX);
    let most = bits.unsigned_field(100, 63);
    assert_eq!(most.set(i64::MAX as u64).wait().unwrap(), 0);
    assert_eq!(most.set(1 << 63).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(most.clone().get().wait().unwrap(), i64::MAX as u64);
    for error in [
        bits.unsigned_field(0, 64).get().wait().map(drop),
        bits.field::<u64>(0).set(1).wait().map(drop),
        bits.signed_field(0, 65).incr(1).wait().map(drop),
        bits.signed_field(0, 0).set(0).wait().map(drop),
    ] {
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Misuse);
    }
    assert_eq!(luck.get().wait().unwrap(), -16);
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let bits = bits();
    let name = bits.key().to_string();
    let field = bits.field::<u8>(0);
    for command in &FOREIGN[1..] {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            bits.set(0, true);
            bits.get(0);
            bits.get_many([0]);
            bits.flip(0);
            bits.extend([0]);
            bits.extend(0..2_500);
            bits.remove_many([0]);
            bits.len();
            bits.is_empty();
            bits.count(..);
            bits.count(1..);
            bits.first_set(..);
            bits.first_clear(..);
            bits.fill(0..9, true);
            bits.flip_range(..);
            bits.invert();
            bits.and_with([&bits]);
            bits.or_with([&bits]);
            bits.xor_with([&bits]);
            bits.to_positions();
            bits.content_eq([]);
            bits.replace_all([1]);
            field.get();
            field.set(1);
            field.incr(1);
            field.saturating_incr(1);
            field.wrapping_incr(1);
        }
        assert_eq!(bits.create([1]).wait().unwrap_err().kind(), ErrorKind::KeyExists);
        let first = bits.iter().wait().next().unwrap();
        assert_eq!(first.unwrap_err().kind(), ErrorKind::WrongType);
        let proper = self::bits();
        proper.create([1]).wait().unwrap();
        assert_eq!(proper.and_into([&proper], &bits).wait().unwrap_err().kind(), ErrorKind::WrongType);
    }
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let bits = bits();
        let batch = || {
            (bits.set(1, true), bits.fill(4..20, true), bits.count(..), bits.field::<u8>(0).wrapping_incr(1))
        };
        assert_eq!(store().transaction(batch()).await.unwrap(), (false, (), 17, 0x50));
        assert_eq!(store().pipeline(batch()).await.unwrap().2, 17 + 1);
        let mut iter = bits.iter();
        assert_eq!(iter.next().await.unwrap().unwrap(), 1);
        bits.extend(0..3_000).await.unwrap();
        assert_eq!(bits.count(..).await.unwrap(), 3_000);
    });
}

#[derive(Clone, Debug)]
enum Op {
    Set(u64, bool),
    Flip(u64),
    Fill((Bound<u64>, Bound<u64>), bool),
    FlipRange(u64, u64),
    Count((Bound<u64>, Bound<u64>)),
    Find((Bound<u64>, Bound<u64>)),
    Replace(Vec<u64>),
    Invert,
    And(Vec<u64>),
    Xor(Vec<u64>),
}

fn at() -> impl Strategy<Value = u64> {
    prop_oneof![0..40_u64, 0..300_u64]
}

fn range() -> impl Strategy<Value = (Bound<u64>, Bound<u64>)> {
    let from =
        prop_oneof![Just(Bound::Unbounded), at().prop_map(Bound::Included), at().prop_map(Bound::Excluded)];
    let to =
        prop_oneof![Just(Bound::Unbounded), at().prop_map(Bound::Included), at().prop_map(Bound::Excluded)];
    (from, to)
}

fn positions() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(at(), 0..30)
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        2 => (at(), any::<bool>()).prop_map(|(at, bit)| Op::Set(at, bit)),
        1 => at().prop_map(Op::Flip),
        3 => (range(), any::<bool>()).prop_map(|(range, bit)| Op::Fill(range, bit)),
        2 => (at(), at()).prop_map(|(from, to)| Op::FlipRange(from, to)),
        3 => range().prop_map(Op::Count),
        5 => range().prop_map(Op::Find),
        1 => positions().prop_map(Op::Replace),
        1 => Just(Op::Invert),
        1 => positions().prop_map(Op::And),
        1 => positions().prop_map(Op::Xor),
    ]
}

/// Bits that are set, and how many there is room for.
#[derive(Default)]
struct Model {
    set: BTreeSet<u64>,
    room: u64,
}

impl Model {
    fn put(&mut self, at: u64, bit: bool) {
        self.room = self.room.max(at / 8 * 8 + 8);
        if bit {
            self.set.insert(at)
        } else {
            self.set.remove(&at)
        };
    }

    /// All indexes of a range; without an end, up to the last.
    fn indexes(&self, range: (Bound<u64>, Bound<u64>), last: u64) -> impl Iterator<Item = u64> + use<> {
        let from = match range.0 {
            Bound::Included(from) => from,
            Bound::Excluded(before) => before + 1,
            Bound::Unbounded => 0,
        };
        let to = match range.1 {
            Bound::Included(last) => last + 1,
            Bound::Excluded(to) => to,
            Bound::Unbounded => last,
        };
        from..to
    }
}

proptest! {
    #![proptest_config(Config { cases: scale(100, 5000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn bits_do_what_a_set_of_positions_does(ops in prop::collection::vec(op(), 1..60)) {
        let (bits, other, mut model) = (bits(), bits(), Model::default());
        for op in ops {
            match op.clone() {
                Op::Set(at, bit) => {
                    assert_eq!(bits.set(at, bit).wait().unwrap(), model.set.contains(&at));
                    model.put(at, bit);
                }
                Op::Flip(at) => {
                    let bit = !model.set.contains(&at);
                    assert_eq!(bits.flip(at).wait().unwrap(), bit);
                    model.put(at, bit);
                }
                Op::Fill(range, bit) => {
                    bits.fill(range, bit).wait().unwrap();
                    for at in model.indexes(range, model.room) {
                        if bit || at < model.room {
                            model.put(at, bit);
                        }
                    }
                }
                Op::FlipRange(from, to) => {
                    bits.flip_range(from..to).wait().unwrap();
                    for at in from..to {
                        model.put(at, !model.set.contains(&at));
                    }
                }
                Op::Count(range) => {
                    let count = model.indexes(range, model.room).filter(|at| model.set.contains(at)).count();
                    assert_eq!(bits.count(range).wait().unwrap(), count as u64, "{range:?}");
                }
                Op::Find(range) => {
                    let set = model.indexes(range, 10_000).find(|at| model.set.contains(at));
                    assert_eq!(bits.first_set(range).wait().unwrap(), set, "{range:?}");
                    let clear = model.indexes(range, 10_000).find(|at| !model.set.contains(at));
                    assert_eq!(bits.first_clear(range).wait().unwrap(), clear, "{range:?}");
                }
                Op::Replace(positions) => {
                    bits.replace_all(positions.iter().copied()).wait().unwrap();
                    model = Model::default();
                    positions.into_iter().for_each(|at| model.put(at, true));
                }
                Op::Invert => {
                    bits.invert().wait().unwrap();
                    for at in 0..model.room {
                        model.put(at, !model.set.contains(&at));
                    }
                }
                Op::And(positions) | Op::Xor(positions) => {
                    let mut operand = Model::default();
                    positions.into_iter().for_each(|at| operand.put(at, true));
                    other.replace_all(operand.set.iter().copied()).wait().unwrap();
                    model.room = model.room.max(operand.room);
                    if let Op::And(_) = op {
                        bits.and_with([&other]).wait().unwrap();
                        model.set.retain(|at| operand.set.contains(at));
                    } else {
                        bits.xor_with([&other]).wait().unwrap();
                        model.set = model.set.symmetric_difference(&operand.set).copied().collect();
                    }
                }
            }
            let expected: Vec<u64> = model.set.iter().copied().collect();
            assert_eq!(bits.to_positions().wait().unwrap(), expected, "after {op:?}");
            assert_eq!(bits.len().wait().unwrap(), model.room, "after {op:?}");
        }
    }
}
