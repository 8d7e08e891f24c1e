//! Integers at a key, and in a model's hash: the same arithmetic.

use std::time::Duration;

use pottery::testing::{self, Fault};
use pottery::{ErrorKind, Integer, Outcome, RedisModel, Store};
use pottery_test_support::{scale, shared, unique, wait_until};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

fn integer<T: pottery::Int>() -> Integer<T> {
    store().integer(unique("integer"))
}

#[derive(RedisModel)]
#[redis(prefix = "tally")]
struct Tally {
    #[redis(id)]
    id: String,
    signed: i64,
    unsigned: u64,
    small: i8,
}

fn tally() -> TallyHandle {
    let id = unique("tally");
    let tally = Tally { id: id.clone(), signed: 0, unsigned: 0, small: 0 };
    tally.save(&store()).wait().unwrap();
    Tally::at(&store(), &id)
}

#[test]
fn it_counts_from_0() {
    let number = integer::<i64>();
    assert_eq!(number.get().wait().unwrap(), 0);
    assert!(!number.exists().wait().unwrap());
    assert_eq!(number.incr(5).wait().unwrap(), 5);
    assert_eq!(number.decr(7).wait().unwrap(), -2);
    assert_eq!(number.mul(-21).wait().unwrap(), 42);
    assert_eq!(number.div_floor(5).wait().unwrap(), 8);
    assert_eq!(number.pow(3).wait().unwrap(), 512);
    assert_eq!(number.rem_floor(-100).wait().unwrap(), -88);
    assert_eq!(number.bit_and(0xff).wait().unwrap(), -88 & 0xff);
    assert_eq!(number.bit_or(0x100).wait().unwrap(), 168 | 0x100);
    assert_eq!(number.bit_xor(-1).wait().unwrap(), !(168 | 0x100));
    assert_eq!(number.shl(4).wait().unwrap(), !(168 | 0x100) * 16);
    assert_eq!(number.shr(70).wait().unwrap(), -1);
    number.set(3).wait().unwrap();
    assert_eq!(number.swap(4).wait().unwrap(), 3);
    assert_eq!(number.take().wait().unwrap(), 4);
    assert_eq!(number.take().wait().unwrap(), 0);
    assert_eq!(number.swap(7).wait().unwrap(), 0);
    assert_eq!(number.create(1).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert!(number.clear().wait().unwrap());
    number.create(1).wait().unwrap();
    assert_eq!(number.get().wait().unwrap(), 1);
    for (act, result) in [
        (integer::<i64>().mul(3), 0),
        (integer().div_floor(3), 0),
        (integer().rem_floor(3), 0),
        (integer().pow(0), 1),
        (integer().pow(9), 0),
        (integer().bit_or(9), 9),
        (integer().shl(90), 0),
        (integer().shr(3), 0),
    ] {
        assert_eq!(act.wait().unwrap(), result, "of no number, which is 0");
    }
}

#[test]
fn a_result_out_of_range_is_an_error_and_changes_nothing() {
    fn refused<T: pottery::Int + PartialEq + std::fmt::Debug>(
        at: T,
        act: impl Fn(&Integer<T>) -> pottery::Command<T>,
    ) {
        let number = integer::<T>();
        number.set(at).wait().unwrap();
        let error = act(&number).wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied), "{error}");
        assert_eq!(error.key(), Some(number.key()));
        assert_eq!(number.get().wait().unwrap(), at);
    }
    refused(i64::MAX, |n| n.incr(1));
    refused(i64::MIN, |n| n.incr(-1));
    refused(0_i64, |n| n.decr(i64::MIN));
    refused(i64::MIN, |n| n.mul(-1));
    refused(i64::MIN, |n| n.div_floor(-1));
    refused(i64::MAX, |n| n.mul(i64::MAX));
    refused(2_i64, |n| n.pow(63));
    refused(3_i64, |n| n.pow(u32::MAX));
    refused(1_i64, |n| n.shl(63));
    refused(1_i64, |n| n.shl(u32::MAX));
    refused(u64::MAX, |n| n.incr(1));
    refused(0_u64, |n| n.incr(-1));
    refused(5_u64, |n| n.rem_floor(-3));
    refused(1_u64, |n| n.shl(64));
    refused(1_i8, |n| n.shl(7));
    refused(127_i8, |n| n.incr(1));
    refused(16_u8, |n| n.pow(2));
}

#[test]
fn both_ends_of_64_bits_are_reached_exactly() {
    let unsigned = integer::<u64>();
    assert_eq!(unsigned.incr(i64::MAX).wait().unwrap(), i64::MAX as u64);
    assert_eq!(unsigned.incr(i64::MAX).wait().unwrap(), u64::MAX - 1);
    assert_eq!(unsigned.incr(1).wait().unwrap(), u64::MAX);
    assert_eq!(unsigned.decr(1).wait().unwrap(), u64::MAX - 1);
    assert_eq!(unsigned.div_floor(3).wait().unwrap(), (u64::MAX - 1) / 3);
    assert_eq!(unsigned.mul(3).wait().unwrap(), (u64::MAX - 1) / 3 * 3);
    unsigned.set(u64::MAX).wait().unwrap();
    assert_eq!(unsigned.bit_xor(1).wait().unwrap(), u64::MAX - 1);
    assert_eq!(unsigned.shr(63).wait().unwrap(), 1);
    assert_eq!(unsigned.shl(63).wait().unwrap(), 1 << 63);
    assert_eq!(unsigned.incr(i64::MIN).wait().unwrap(), 0);
    let signed = integer::<i64>();
    signed.set(-1).wait().unwrap();
    assert_eq!(signed.decr(i64::MIN).wait().unwrap(), i64::MAX);
    signed.set(2).wait().unwrap();
    assert_eq!(signed.pow(62).wait().unwrap(), 1 << 62);
    signed.set(-2).wait().unwrap();
    assert_eq!(signed.pow(63).wait().unwrap(), i64::MIN);
    signed.set(-1).wait().unwrap();
    assert_eq!(signed.pow(u32::MAX).wait().unwrap(), -1);
    assert_eq!(signed.shl(63).wait().unwrap(), i64::MIN);
    assert_eq!(signed.shr(63).wait().unwrap(), -1);
}

#[test]
fn division_by_0_is_refused_before_anything_is_sent() {
    let number = integer::<i64>();
    number.set(7).wait().unwrap();
    for act in [number.div_floor(0), number.rem_floor(0)] {
        let error = act.wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied));
    }
    assert_eq!(number.get().wait().unwrap(), 7);
}

#[test]
fn a_limit_holds_among_many() {
    let number = integer::<u32>();
    let taken: usize = std::thread::scope(|scope| {
        let takers: Vec<_> = (0..4)
            .map(|_| {
                let number = number.clone();
                scope.spawn(move || {
                    (0..100).filter(|_| number.incr_up_to(1, 150).wait().unwrap().is_some()).count()
                })
            })
            .collect();
        takers.into_iter().map(|taker| taker.join().unwrap()).sum()
    });
    assert_eq!(taken, 150);
    assert_eq!(number.get().wait().unwrap(), 150);
    assert_eq!(number.incr_up_to(-50, 150).wait().unwrap(), Some(100));
    assert_eq!(number.incr_up_to(-50, 40).wait().unwrap(), None);
}

#[test]
fn arithmetic_of_many_threads_adds_up() {
    let number = integer::<u64>();
    number.set(u64::MAX - 4000).wait().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let number = number.clone();
            scope.spawn(move || {
                for _ in 0..250 {
                    number.incr(if thread % 2 == 0 { 5 } else { 3 }).wait().unwrap();
                    number.bit_or(0).wait().unwrap();
                }
            });
        }
    });
    assert_eq!(number.get().wait().unwrap(), u64::MAX);
}

#[test]
fn it_is_replaced_only_if_it_is_what_the_caller_thinks() {
    let number = integer::<u64>();
    assert!(!number.compare_and_set(1, 2).wait().unwrap());
    assert!(!number.exists().wait().unwrap());
    assert!(number.compare_and_set(0, u64::MAX).wait().unwrap());
    assert!(!number.compare_and_set(u64::MAX - 1, 1).wait().unwrap());
    assert!(number.compare_and_set(u64::MAX, 1).wait().unwrap());
    assert_eq!(number.get().wait().unwrap(), 1);
}

#[test]
fn what_fails_takes_back_what_it_added() {
    let number = integer::<i64>();
    let kept = number.incr_while(2, |sum| async move { Ok::<_, ()>(sum * 10) }).wait().unwrap();
    assert_eq!(kept, Ok(20));
    let name = String::from("borrowed");
    let refused = number
        .incr_while(5, |sum| {
            let name = &name;
            async move { Err::<(), _>(format!("{name} {sum}")) }
        })
        .wait()
        .unwrap();
    assert_eq!(refused, Err("borrowed 7".into()));
    assert_eq!(number.get().wait().unwrap(), 2);
    let tally = tally();
    assert_eq!(tally.signed().incr_while(3, |sum| async move { Err::<(), _>(sum) }).wait().unwrap(), Err(3));
    assert_eq!(tally.signed().get().wait().unwrap(), 0);
}

#[test]
fn what_cannot_be_taken_back_is_told_as_applied() {
    let (store, server) = testing::store();
    let (whole, ranged) = (store.integer::<i64>("whole"), store.integer::<u8>("ranged"));
    let faults = std::sync::Mutex::new(Vec::new());
    let refuse = |command: &str| faults.lock().unwrap().push(server.inject(Fault::oom().on(command)));
    let errors = [
        whole.incr_while(1, |_| async { (refuse("INCRBY"), Err::<(), ()>(())).1 }).wait().unwrap_err(),
        ranged.incr_while(1, |_| async { (refuse("EVALSHA"), Err::<(), ()>(())).1 }).wait().unwrap_err(),
    ];
    assert!(faults.lock().unwrap().iter().all(|fault| fault.fired() == 1));
    for error in errors {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, Outcome::Applied), "{error}");
    }
    assert_eq!((whole.get().wait().unwrap(), ranged.get().wait().unwrap()), (1, 1));
}

#[test]
fn what_panics_or_is_dropped_takes_back_what_it_added() {
    let number = integer::<i64>();
    let copy = number.clone();
    let panicked = std::thread::spawn(move || {
        let operation =
            copy.incr_while(1, |_| async { if true { panic!("on purpose") } else { Ok::<(), ()>(()) } });
        operation.wait()
    });
    assert!(panicked.join().is_err());
    wait_until("it is taken back", Duration::from_secs(10), || number.get().wait().unwrap() == 0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let begun = std::sync::Arc::new(tokio::sync::Notify::new());
        let signal = begun.clone();
        let operation = number.incr_while(1, move |_| async move {
            signal.notify_one();
            std::future::pending::<Result<(), ()>>().await
        });
        tokio::select! {
            _ = operation => unreachable!(),
            () = begun.notified() => {}
        }
        while number.get().await.unwrap() != 0 {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_time_to_live_stays() {
    let number = integer::<u8>();
    number.set(1).wait().unwrap();
    number.expire(Duration::from_secs(100)).wait().unwrap();
    number.incr(1).wait().unwrap();
    number.mul(2).wait().unwrap();
    number.set(2).wait().unwrap();
    number.swap(3).wait().unwrap();
    number.compare_and_set(3, 4).wait().unwrap();
    assert!(number.ttl().wait().unwrap().unwrap() > Duration::from_secs(50));
}

#[test]
fn what_is_no_integer_is_an_error_and_stays() {
    let number = integer::<i8>();
    for text in ["", "x", "1.5", " 1", "1e3", "007", "-0", "+1", "128", "-129", "99999999999999999999999"] {
        shared().cli(&["SET", &number.key().to_string(), text]);
        for act in [number.incr(1), number.mul(1), number.shr(1)] {
            let error = act.wait().unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Decode, Outcome::NotApplied), "{text}");
        }
        assert_eq!(number.compare_and_set(0, 1).wait().unwrap_err().kind(), ErrorKind::Decode, "{text}");
        assert_eq!(store().value::<String>(number.key()).size().wait().unwrap(), text.len());
    }
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let number = integer::<i64>();
    let name = number.key().to_string();
    let small = store().integer::<u8>(&name);
    for command in &FOREIGN[1..] {
        let dump = make_foreign(&name, command);
        for_both(&number, &small, &name, &dump);
    }
    fn for_both(number: &Integer<i64>, small: &Integer<u8>, name: &str, dump: &[u8]) {
        let dump = dump.to_vec();
        wrong_type! { name, dump;
            number.get();
            number.incr(1);
            number.decr(1);
            number.incr_up_to(1, 9);
            number.mul(1);
            number.div_floor(1);
            number.rem_floor(1);
            number.pow(1);
            number.bit_and(1);
            number.bit_or(1);
            number.bit_xor(1);
            number.shl(1);
            number.shr(1);
            number.swap(1);
            number.take();
            number.compare_and_set(0, 1);
            number.incr_while(1, |_| async { Ok::<(), ()>(()) });
            small.incr(1);
        }
        assert_eq!(number.create(1).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    }
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let number = integer::<u64>();
        let batch = || (number.incr(3), number.mul(5), number.compare_and_set(15, 4), number.get());
        assert_eq!(store().transaction(batch()).await.unwrap(), (3, 15, true, 4));
        assert_eq!(store().pipeline(batch()).await.unwrap(), (7, 35, false, 35));
        assert_eq!(number.shl(1).await.unwrap(), 70);
        let mut attempts = number_store(&number).watch(&number);
        let attempt = attempts.begin().await.unwrap();
        assert_eq!(attempt.commit(number.incr(1)).await.unwrap(), Some(71));
    });
    fn number_store(_: &Integer<u64>) -> Store {
        store()
    }
}

#[derive(Clone, Copy, Debug)]
enum Op {
    Incr(i64),
    Decr(i64),
    IncrUpTo(i64, i64),
    Mul(i64),
    Div(i64),
    Rem(i64),
    Pow(u32),
    And(i64),
    Or(i64),
    Xor(i64),
    Shl(u32),
    Shr(u32),
    Set(i64),
    Cas(i64, i64),
}

/// Near the ends, near 0, near powers of two, and anywhere.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -20..20_i64,
        (0..64_u32, -2..3_i64).prop_map(|(bits, near)| (1_i64 << bits).wrapping_add(near)),
        (0..20_i64).prop_map(|near| i64::MAX - near),
        (0..20_i64).prop_map(|near| i64::MIN + near),
        (0..19_u32, -2..3_i64).prop_map(|(digits, near)| 10_i64.pow(digits) + near),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => number().prop_map(Op::Set),
        1 => number().prop_map(Op::Incr),
        1 => number().prop_map(Op::Decr),
        1 => (number(), number()).prop_map(|(by, limit)| Op::IncrUpTo(by, limit)),
        2 => number().prop_map(Op::Mul),
        2 => number().prop_map(Op::Div),
        2 => number().prop_map(Op::Rem),
        1 => (0..70_u32).prop_map(Op::Pow),
        1 => number().prop_map(Op::And),
        1 => number().prop_map(Op::Or),
        1 => number().prop_map(Op::Xor),
        1 => (0..70_u32).prop_map(Op::Shl),
        1 => (0..70_u32).prop_map(Op::Shr),
        1 => (number(), number()).prop_map(|(old, new)| Op::Cas(old, new)),
    ]
}

/// What an operation makes of a number, in 128 bits; `None` if that is too much by far.
fn exactly(value: i128, op: Op, mask: impl Fn(i64) -> i128) -> Option<i128> {
    Some(match op {
        Op::Incr(by) | Op::IncrUpTo(by, _) => value + i128::from(by),
        Op::Decr(by) => value - i128::from(by),
        Op::Mul(by) => value * i128::from(by),
        Op::Div(by) => {
            (value - ((value % i128::from(by)) + i128::from(by)) % i128::from(by)) / i128::from(by)
        }
        Op::Rem(by) => ((value % i128::from(by)) + i128::from(by)) % i128::from(by),
        Op::Pow(exponent) => value.checked_pow(exponent)?,
        Op::And(with) => value & mask(with),
        Op::Or(with) => value | mask(with),
        Op::Xor(with) => value ^ mask(with),
        Op::Shl(bits) => value.checked_mul(1_i128.checked_shl(bits)?)?,
        Op::Shr(bits) => value >> bits,
        Op::Set(_) | Op::Cas(..) => unreachable!(),
    })
}

macro_rules! against_128_bits {
    ($type:ty, $value:expr, $handle:expr, $ops:expr) => {{
        let mut value: $type = $value;
        let number = $handle;
        for op in $ops {
            let narrow = |by: i64| by as $type;
            let is_zero = matches!(op, Op::Div(0) | Op::Rem(0));
            let limit = if let Op::IncrUpTo(_, limit) = op { i128::from(limit) } else { i128::MAX };
            let result = match op {
                Op::Set(new) => {
                    value = narrow(new);
                    number.set(value).wait().unwrap();
                    continue;
                }
                Op::Cas(old, new) => {
                    let fits = value == narrow(old);
                    if fits {
                        value = narrow(new);
                    }
                    assert_eq!(number.compare_and_set(narrow(old), narrow(new)).wait().unwrap(), fits);
                    continue;
                }
                Op::Incr(by) => number.incr(by).wait().map(Some),
                Op::Decr(by) => number.decr(by).wait().map(Some),
                Op::IncrUpTo(by, limit) => number.incr_up_to(by, limit).wait(),
                Op::Mul(by) => number.mul(by).wait().map(Some),
                Op::Div(by) => number.div_floor(by).wait().map(Some),
                Op::Rem(by) => number.rem_floor(by).wait().map(Some),
                Op::Pow(exponent) => number.pow(exponent).wait().map(Some),
                Op::And(mask) => number.bit_and(narrow(mask)).wait().map(Some),
                Op::Or(mask) => number.bit_or(narrow(mask)).wait().map(Some),
                Op::Xor(mask) => number.bit_xor(narrow(mask)).wait().map(Some),
                Op::Shl(bits) => number.shl(bits).wait().map(Some),
                Op::Shr(bits) => number.shr(bits).wait().map(Some),
            };
            if is_zero {
                assert_eq!(result.unwrap_err().kind(), ErrorKind::Misuse);
            } else {
                let exact = exactly(value.into(), op, |mask| narrow(mask).into())
                    .filter(|result| *result <= limit)
                    .and_then(|result| <$type>::try_from(result).ok());
                match (exact, result) {
                    (Some(exact), Ok(Some(result))) if exact == result => value = exact,
                    (None, Ok(None)) if matches!(op, Op::IncrUpTo(..)) => {}
                    (None, Err(error)) if error.kind() == ErrorKind::Overflow => {}
                    (exact, result) => panic!("{op:?} of {value}: {exact:?}, not {result:?}"),
                }
            }
            assert_eq!(number.get().wait().unwrap(), value, "after {op:?}");
        }
    }};
}

proptest! {
    #![proptest_config(Config { cases: scale(60, 2000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn arithmetic_is_that_of_128_bits(ops in prop::collection::vec(op(), 1..40)) {
        against_128_bits!(i64, 0, integer::<i64>(), ops.iter().copied());
        against_128_bits!(u64, 0, integer::<u64>(), ops.iter().copied());
        against_128_bits!(i8, 0, integer::<i8>(), ops.iter().copied());
        let tally = tally();
        against_128_bits!(i64, 0, tally.signed(), ops.iter().copied());
        against_128_bits!(u64, 0, tally.unsigned(), ops.iter().copied());
        against_128_bits!(i8, 0, tally.small(), ops.iter().copied());
    }
}
