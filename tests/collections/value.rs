//! Single values.

use std::time::Duration;

use pottery::{ErrorKind, Outcome, Value};
use pottery_test_support::{scale, unique, wait_until};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

const LONG: Duration = Duration::from_secs(100);

fn value() -> Value<u64> {
    store().value(unique("value"))
}

fn remaining(value: &Value<u64>) -> Option<Duration> {
    value.ttl().wait().unwrap()
}

#[test]
fn a_value_is_there_from_when_it_is_set_until_it_is_taken() {
    let value = value();
    assert_eq!(value.get().wait().unwrap(), None);
    assert_eq!(value.get_or(9).wait().unwrap(), 9);
    assert_eq!(value.size().wait().unwrap(), 0);
    assert_eq!(value.take().wait().unwrap(), None);
    assert!(!value.set_if_present(1).wait().unwrap());
    assert!(value.set_if_absent(2).wait().unwrap());
    assert!(!value.set_if_absent(3).wait().unwrap());
    assert!(value.set_if_present(4).wait().unwrap());
    assert_eq!(value.swap(5).wait().unwrap(), Some(4));
    assert_eq!(value.get_or(9).wait().unwrap(), 5);
    value.set(u64::MAX).wait().unwrap();
    assert_eq!(value.size().wait().unwrap(), 20);
    assert_eq!(value.take().wait().unwrap(), Some(u64::MAX));
    assert!(!value.exists().wait().unwrap());
    value.create(6).wait().unwrap();
    let error = value.create(7).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeyExists, Outcome::NotApplied), "{error}");
    assert_eq!(error.key(), Some(value.key()));
    assert_eq!(value.get().wait().unwrap(), Some(6));
}

#[test]
fn it_is_replaced_only_if_it_is_what_the_caller_thinks() {
    let value = value();
    assert!(!value.compare_and_set(0, 1).wait().unwrap(), "nothing is no 0");
    assert!(!value.exists().wait().unwrap());
    value.set_for(1, LONG).wait().unwrap();
    assert!(!value.compare_and_set(2, 3).wait().unwrap());
    assert!(value.compare_and_set(1, 3).wait().unwrap());
    assert!(!value.compare_and_set(1, 4).wait().unwrap());
    assert_eq!(value.get().wait().unwrap(), Some(3));
    assert!(remaining(&value).unwrap() > LONG / 2, "its time stays");
    // any bytes may stand for something else
    let text = store().value::<String>(unique("value"));
    let texts = ["", "\0", "nil", "false", "0"].map(str::to_owned).into_iter().chain(["x".repeat(100_000)]);
    let mut old = "first".to_owned();
    text.set(&old).wait().unwrap();
    for new in texts {
        assert!(!text.compare_and_set(&new, "wrong").wait().unwrap());
        assert!(text.compare_and_set(&old, &new).wait().unwrap());
        assert!(text.content_eq(new.clone()).wait().unwrap());
        old = new;
    }
}

#[test]
fn of_many_who_would_replace_it_each_time_one_does() {
    let value = value();
    value.set(0).wait().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    while let found = value.get().wait().unwrap().unwrap()
                        && !value.compare_and_set(found, found + 1).wait().unwrap()
                    {}
                }
            });
        }
    });
    assert_eq!(value.get().wait().unwrap(), Some(200));
}

#[test]
fn its_content_is_equal_to_that_value_alone() {
    let value = value();
    assert!(!value.content_eq(0).wait().unwrap());
    value.set(0).wait().unwrap();
    assert!(value.content_eq(0).wait().unwrap());
    assert!(!value.content_eq(1).wait().unwrap());
}

#[test]
fn a_value_for_a_time_ends_by_itself() {
    let value = value();
    value.set_for(1, Duration::from_millis(20)).wait().unwrap();
    wait_until("it has ended", LONG, || value.get().wait().unwrap().is_none());
    assert_eq!(value.get_for(LONG).wait().unwrap(), None);
    value.set(2).wait().unwrap();
    assert_eq!(remaining(&value), None);
    assert_eq!(value.get_for(LONG).wait().unwrap(), Some(2));
    assert!(remaining(&value).unwrap() > LONG / 2);
    value.set(3).wait().unwrap();
    assert_eq!(value.swap(4).wait().unwrap(), Some(3));
    assert!(remaining(&value).unwrap() > LONG / 2, "its time stays");
    for refused in [value.set_for(5, Duration::MAX), value.get_for(Duration::MAX).map(drop)] {
        let error = refused.wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
    }
    assert_eq!(value.get().wait().unwrap(), Some(4));
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let value = value();
    let name = value.key().to_string();
    for command in &FOREIGN[1..] {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            value.get();
            value.get_or(1);
            value.get_for(LONG);
            value.content_eq(1);
            value.swap(1);
            value.take();
            value.size();
            value.compare_and_set(1, 2);
        }
        assert!(!value.set_if_absent(1).wait().unwrap());
        assert_eq!(value.create(1).wait().unwrap_err().kind(), ErrorKind::KeyExists);
    }
}

#[test]
fn what_is_no_such_value_is_an_error_and_stays() {
    let value = value();
    store().value::<String>(value.key()).set("seven").wait().unwrap();
    for refused in [value.get().map(drop), value.get_or(1).map(drop), value.content_eq(1).map(drop)] {
        let error = refused.wait().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Decode, Some(value.key())), "{error}");
    }
    assert_eq!(store().value::<String>(value.key()).get().wait().unwrap().as_deref(), Some("seven"));
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let value = value();
        let batch = || {
            (
                value.set(1),
                value.compare_and_set(1, 2),
                value.content_eq(2),
                value.get_for(LONG),
                value.take(),
            )
        };
        let expected = ((), true, true, Some(2), Some(2));
        assert_eq!(store().transaction(batch()).await.unwrap(), expected);
        assert_eq!(store().pipeline(batch()).await.unwrap(), expected);
        assert!(value.set_if_absent(3).await.unwrap());
        assert_eq!(value.swap(4).await.unwrap(), Some(3));
    });
}

proptest! {
    #![proptest_config(Config { cases: scale(60, 2000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_value_does_what_an_option_does(ops in prop::collection::vec((0..9_u8, 0..3_u64, 0..3_u64), 1..30)) {
        let (value, mut model) = (value(), None);
        // another handle on the same key
        let other = value.clone();
        for (op, a, b) in ops {
            match op {
                0 => prop_assert_eq!(value.get().wait().unwrap(), model),
                1 => {
                    other.set(a).wait().unwrap();
                    model = Some(a);
                }
                2 => {
                    prop_assert_eq!(value.set_if_absent(a).wait().unwrap(), model.is_none());
                    model.get_or_insert(a);
                }
                3 => {
                    prop_assert_eq!(value.set_if_present(a).wait().unwrap(), model.is_some());
                    model = model.map(|_| a);
                }
                4 => prop_assert_eq!(other.swap(a).wait().unwrap(), model.replace(a)),
                5 => {
                    prop_assert_eq!(value.compare_and_set(a, b).wait().unwrap(), model == Some(a));
                    if model == Some(a) {
                        model = Some(b);
                    }
                }
                6 => prop_assert_eq!(other.take().wait().unwrap(), model.take()),
                7 => prop_assert_eq!(value.content_eq(a).wait().unwrap(), model == Some(a)),
                _ => prop_assert_eq!(value.get_or(b).wait().unwrap(), model.unwrap_or(b)),
            }
        }
    }
}
