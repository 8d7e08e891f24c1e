//! Floating-point numbers at a key, and in a model's hash: the same arithmetic.

use std::time::Duration;

use pottery::{ErrorKind, Float, Outcome, RedisModel};
use pottery_test_support::{scale, shared, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

fn float() -> Float<f64> {
    store().float(unique("float"))
}

#[derive(RedisModel)]
#[redis(prefix = "gauge")]
struct Gauge {
    #[redis(id)]
    id: String,
    level: f64,
    coarse: f32,
}

fn gauge() -> GaugeHandle {
    let id = unique("gauge");
    Gauge { id: id.clone(), level: 0.0, coarse: 0.0 }.save(&store()).wait().unwrap();
    Gauge::at(&store(), &id)
}

#[test]
fn it_counts_from_0() {
    let number = float();
    assert_eq!(number.get().wait().unwrap(), 0.0);
    assert_eq!(number.incr(0.1).wait().unwrap(), 0.1);
    assert_eq!(number.incr(0.2).wait().unwrap(), 0.3, "the server adds more precisely than `f64`");
    assert_eq!(number.decr(1.3).wait().unwrap(), -1.0);
    assert_eq!(number.mul(-7.5).wait().unwrap(), 7.5);
    assert_eq!(number.div(2.0).wait().unwrap(), 3.75);
    assert_eq!(number.pow(2.0).wait().unwrap(), 14.0625);
    assert_eq!(number.div_floor(-4.0).wait().unwrap(), -4.0);
    assert_eq!(number.rem_floor(3.0).wait().unwrap(), 2.0);
    assert_eq!(number.rem_floor(-3.0).wait().unwrap(), -1.0);
    assert_eq!(number.incr_up_to(2.5, 1.5).wait().unwrap(), Some(1.5));
    assert_eq!(number.incr_up_to(0.5, 1.5).wait().unwrap(), None);
    assert!(number.compare_and_set(1.5, 1e300).wait().unwrap());
    assert!(!number.compare_and_set(1.5, 2.0).wait().unwrap());
    assert_eq!(number.swap(4.0).wait().unwrap(), 1e300);
    assert_eq!(number.take().wait().unwrap(), 4.0);
    number.create(2.0).wait().unwrap();
    assert_eq!(number.create(2.0).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    let refused = number.incr_while(1.0, |sum| async move { Err::<(), _>(sum) });
    assert_eq!(refused.wait().unwrap(), Err(3.0));
    assert_eq!(number.get().wait().unwrap(), 2.0);
}

#[test]
fn the_shorter_type_compares_what_it_reads() {
    let number = store().float::<f32>(unique("float"));
    number.set(0.1).wait().unwrap();
    assert!(number.compare_and_set(0.1, 0.3).wait().unwrap());
    assert_eq!(number.get().wait().unwrap(), 0.3);
    let mut seen = number.incr(0.1).wait().unwrap();
    for factor in [1.1, 1e-20, -1e-20, 1e38, 3.3] {
        let after = number.mul(factor).wait().unwrap();
        assert!(!number.compare_and_set(seen, 1.0).wait().unwrap());
        assert!(number.compare_and_set(after, after).wait().unwrap(), "{after:e}");
        seen = after;
    }
    for text in ["0.30000000000000004", "1e-45", "-7e-46", "3.4028234e38", "16777217", "0", "-0"] {
        shared().cli(&["SET", &number.key().to_string(), text]);
        let found = number.get().wait().unwrap();
        assert!(number.compare_and_set(found, found).wait().unwrap(), "{text} is {found:e}");
    }
}

#[test]
fn a_field_of_a_model_does_the_same() {
    let gauge = gauge();
    assert_eq!(gauge.level().incr(2.5).wait().unwrap(), 2.5);
    assert_eq!(gauge.level().incr_float(0.5).wait().unwrap(), 3.0);
    assert_eq!(gauge.level().mul(3.0).wait().unwrap(), 9.0);
    assert_eq!(gauge.level().div(2.0).wait().unwrap(), 4.5);
    assert_eq!(gauge.level().div_floor(-2.0).wait().unwrap(), -3.0);
    assert_eq!(gauge.level().rem_floor(2.0).wait().unwrap(), 1.0);
    assert_eq!(gauge.level().decr(5.0).wait().unwrap(), -4.0);
    assert_eq!(gauge.level().pow(3.0).wait().unwrap(), -64.0);
    assert_eq!(gauge.level().incr_up_to(1.0, -64.0).wait().unwrap(), None);
    assert_eq!(gauge.level().div(0.0).wait().unwrap_err().kind(), ErrorKind::Misuse);
    gauge.coarse().set(f32::MAX).wait().unwrap();
    assert_eq!(gauge.coarse().mul(1.5).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(gauge.coarse().get().wait().unwrap(), f32::MAX);
}

#[test]
fn what_is_not_finite_is_refused_and_changes_nothing() {
    let number = float();
    number.set(f64::MAX).wait().unwrap();
    for (act, kind) in [
        (number.incr(f64::MAX), ErrorKind::Overflow),
        (number.mul(2.0), ErrorKind::Overflow),
        (number.pow(2.0), ErrorKind::Overflow),
        (number.div(0.5), ErrorKind::Overflow),
        (number.div(0.0), ErrorKind::Misuse),
        (number.div_floor(-0.0), ErrorKind::Misuse),
        (number.rem_floor(0.0), ErrorKind::Misuse),
        (number.mul(f64::NAN), ErrorKind::Misuse),
        (number.incr(f64::INFINITY), ErrorKind::Misuse),
        (number.decr(f64::NEG_INFINITY), ErrorKind::Misuse),
        (number.swap(f64::NAN), ErrorKind::Encode),
    ] {
        let error = act.wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (kind, Outcome::NotApplied), "{error}");
    }
    let infinite = f64::INFINITY;
    assert_eq!(number.set(infinite).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(number.create(infinite).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(number.compare_and_set(0.0, infinite).wait().unwrap_err().kind(), ErrorKind::Encode);
    assert_eq!(number.get().wait().unwrap(), f64::MAX);
    number.set(-8.0).wait().unwrap();
    assert_eq!(number.pow(0.5).wait().unwrap_err().kind(), ErrorKind::Overflow);
    let absent = float();
    assert_eq!(store().float::<f32>(absent.key()).incr(1e39).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert!(!absent.exists().wait().unwrap());
}

#[test]
fn what_is_no_number_is_an_error_and_stays() {
    let number = float();
    for text in ["", "x", "0x10", "nan", "inf", "1 ", " 1", "1e400", "--1"] {
        shared().cli(&["SET", &number.key().to_string(), text]);
        for act in [number.mul(1.0), number.div(2.0), number.pow(1.0)] {
            let error = act.wait().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Overflow), "{text}: {error}");
            assert_eq!(error.outcome(), Outcome::NotApplied, "{text}");
        }
        assert_eq!(store().value::<String>(number.key()).size().wait().unwrap(), text.len());
    }
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let number = float();
    let name = number.key().to_string();
    for command in &FOREIGN[1..] {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            number.get();
            number.incr(1.0);
            number.decr(1.0);
            number.incr_up_to(1.0, 9.0);
            number.mul(1.0);
            number.div(1.0);
            number.div_floor(1.0);
            number.rem_floor(1.0);
            number.pow(1.0);
            number.swap(1.0);
            number.take();
            number.compare_and_set(0.0, 1.0);
        }
    }
}

#[test]
fn a_time_to_live_stays() {
    let number = float();
    number.set(1.0).wait().unwrap();
    number.expire(Duration::from_secs(100)).wait().unwrap();
    number.incr(0.5).wait().unwrap();
    number.mul(2.0).wait().unwrap();
    number.set(2.0).wait().unwrap();
    assert_eq!(number.incr(f64::MAX).wait().unwrap(), f64::MAX);
    assert!(number.incr(f64::MAX).wait().is_err());
    assert!(number.ttl().wait().unwrap().unwrap() > Duration::from_secs(50));
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let number = float();
        let batch = || (number.incr(1.5), number.mul(2.0), number.get());
        assert_eq!(store().transaction(batch()).await.unwrap(), (1.5, 3.0, 3.0));
        assert_eq!(store().pipeline(batch()).await.unwrap(), (4.5, 9.0, 9.0));
        assert_eq!(number.div(2.0).await.unwrap(), 4.5);
    });
}

/// Python's `//` and `%`.
fn floored(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut whole = (a - rest) / b;
    if rest != 0.0 && (rest < 0.0) != (b < 0.0) {
        rest += b;
        whole -= 1.0;
    }
    let floor = whole.floor();
    (if whole - floor > 0.5 { floor + 1.0 } else { floor }, rest)
}

proptest! {
    #![proptest_config(Config { cases: scale(200, 10_000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn arithmetic_is_that_of_f64_and_comes_back_as_it_was(
        a in prop::num::f64::NORMAL | prop::num::f64::ZERO | prop::num::f64::SUBNORMAL,
        b in prop::num::f64::NORMAL,
    ) {
        let number = float();
        let same = |found: pottery::Result<f64>, expected: f64| match found {
            Ok(found) => assert!(found == expected, "{a:e}, {b:e}: {found:e}, not {expected:e}"),
            Err(error) => assert!(error.kind() == ErrorKind::Overflow && !expected.is_finite(), "{error}"),
        };
        number.set(a).wait().unwrap();
        same(number.get().wait(), a);
        same(number.mul(b).wait(), a * b);
        number.set(a).wait().unwrap();
        same(number.div(b).wait(), a / b);
        number.set(a).wait().unwrap();
        same(number.div_floor(b).wait(), floored(a, b).0);
        number.set(a).wait().unwrap();
        same(number.rem_floor(b).wait(), floored(a, b).1);
        number.set(a).wait().unwrap();
        prop_assert!(number.compare_and_set(a, b).wait().unwrap());
        same(number.get().wait(), b);
    }
}
