//! Flags.

use std::time::Duration;

use pottery::{ErrorKind, Flag};
use pottery_test_support::{unique, wait_until};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

const LONG: Duration = Duration::from_secs(100);

fn flag() -> Flag {
    store().flag(unique("flag"))
}

#[test]
fn a_mark_stays_until_it_is_taken_away() {
    let flag = flag();
    assert!(!flag.is_marked().wait().unwrap());
    assert!(!flag.unmark().wait().unwrap());
    assert!(flag.mark().wait().unwrap());
    assert!(!flag.mark().wait().unwrap());
    assert!(flag.is_marked().wait().unwrap());
    assert_eq!(flag.ttl().wait().unwrap(), None);
    assert!(flag.unmark().wait().unwrap());
    assert!(!flag.is_marked().wait().unwrap());
}

#[test]
fn a_mark_for_a_time_ends_by_itself() {
    let flag = flag();
    assert!(flag.mark_for(Duration::from_millis(20)).wait().unwrap());
    wait_until("it has ended", LONG, || !flag.is_marked().wait().unwrap());
    assert!(flag.mark_for(LONG).wait().unwrap());
    assert!(flag.ttl().wait().unwrap().unwrap() > LONG / 2);
    assert!(!flag.mark().wait().unwrap());
    assert_eq!(flag.ttl().wait().unwrap(), None, "it is for ever now");
    assert!(!flag.mark_for(LONG).wait().unwrap());
    assert!(!flag.mark_if_absent().wait().unwrap());
    assert!(!flag.mark_if_absent_for(3 * LONG).wait().unwrap());
    let left = flag.ttl().wait().unwrap().unwrap();
    assert!(left > LONG / 2 && left <= LONG, "its time is what it was");
    assert!(flag.unmark().wait().unwrap());
    assert!(flag.mark_if_absent_for(LONG).wait().unwrap());
    assert!(flag.ttl().wait().unwrap().is_some());
    let endless = flag.mark_for(Duration::MAX).wait().unwrap_err();
    assert_eq!(endless.kind(), ErrorKind::Misuse);
}

#[test]
fn one_of_many_threads_marks_it() {
    let flag = flag();
    let first: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let flag = &flag;
                scope.spawn(move || {
                    if n % 2 == 0 { flag.mark() } else { flag.mark_if_absent() }.wait().unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
    });
    assert_eq!(first, 1);
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let flag = flag();
    let name = flag.key().to_string();
    for command in &FOREIGN[1..] {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            flag.mark();
            flag.mark_for(LONG);
            flag.is_marked();
            flag.unmark();
        }
        assert!(!flag.mark_if_absent().wait().unwrap());
    }
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let flag = flag();
        let batch = || (flag.mark(), flag.is_marked(), flag.unmark());
        assert_eq!(store().transaction(batch()).await.unwrap(), (true, true, true));
        assert_eq!(store().pipeline(batch()).await.unwrap(), (true, true, true));
        assert!(flag.mark_if_absent().await.unwrap());
    });
}

proptest! {
    #![proptest_config(Config { cases: 50, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_flag_does_what_a_bool_does(ops in prop::collection::vec(0..5_u8, 1..30)) {
        let (flag, mut model) = (flag(), false);
        for op in ops {
            match op {
                0 => prop_assert_eq!(flag.mark().wait().unwrap(), !std::mem::replace(&mut model, true)),
                1 => prop_assert_eq!(flag.mark_for(LONG).wait().unwrap(), !std::mem::replace(&mut model, true)),
                2 => prop_assert_eq!(flag.mark_if_absent().wait().unwrap(), !std::mem::replace(&mut model, true)),
                3 => prop_assert_eq!(flag.unmark().wait().unwrap(), std::mem::replace(&mut model, false)),
                _ => prop_assert_eq!(flag.is_marked().wait().unwrap(), model),
            }
        }
    }
}
