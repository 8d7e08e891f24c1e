//! Rate limits: against the embedded server, whose clock the tests hold, and in a crowd against a real one.

use std::thread;
use std::time::{Duration, Instant};

use pottery::{ErrorKind, Limiter, Outcome, Store, Verdict, testing};
use pottery_test_support::{scale, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::list::foreign::{FOREIGN, dump, make_foreign, wrong_type};
use crate::store;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn so_many_at_once_and_one_more_after_each_interval() {
    let (store, server) = testing::store();
    server.clock().hold();
    let limiter = store.limiter("logins").allow(5, Duration::from_secs(60));
    for remaining in (0..5).rev() {
        let full_after = Duration::from_secs(12 * (5 - remaining));
        assert_eq!(limiter.check().wait().unwrap(), Verdict::Allowed { remaining, full_after });
    }
    let refused = |seconds| Verdict::Refused { remaining: 0, retry_after: Duration::from_secs(seconds) };
    assert_eq!(limiter.check().wait().unwrap(), refused(12));
    assert_eq!(limiter.check().wait().unwrap(), refused(12), "what is refused costs nothing");
    server.clock().advance(Duration::from_secs(11));
    assert_eq!(limiter.check().wait().unwrap(), refused(1));
    server.clock().advance(SECOND);
    assert!(limiter.peek().wait().unwrap().is_allowed() && limiter.peek().wait().unwrap().is_allowed());
    assert!(limiter.check().wait().unwrap().is_allowed());
    assert_eq!(limiter.check().wait().unwrap().retry_after(), Some(Duration::from_secs(12)));
    let left = limiter.ttl().wait().unwrap().unwrap();
    assert!(left >= Duration::from_secs(60) && left <= Duration::from_millis(60_001), "{left:?}");
    server.clock().advance(Duration::from_millis(60_002));
    assert!(!limiter.exists().wait().unwrap(), "it expires by itself");
    assert_eq!(limiter.check().wait().unwrap().remaining(), 4);
}

#[test]
fn several_cost_as_much_as_one_after_the_other() {
    let (store, server) = testing::store();
    server.clock().hold();
    let limiter = store.limiter("k").allow(10, 10 * SECOND);
    assert_eq!(limiter.check_cost(7).wait().unwrap().remaining(), 3);
    let retry_after = SECOND;
    assert_eq!(limiter.check_cost(4).wait().unwrap(), Verdict::Refused { remaining: 3, retry_after });
    assert_eq!(
        limiter.peek_cost(3).wait().unwrap(),
        Verdict::Allowed { remaining: 0, full_after: 10 * SECOND }
    );
    assert_eq!(limiter.peek_cost(0).wait().unwrap().remaining(), 3);
    assert_eq!(limiter.check_cost(10).wait().unwrap().retry_after(), Some(7 * SECOND));
    assert!(limiter.check_cost(3).wait().unwrap().is_allowed());
    assert!(limiter.reset().wait().unwrap() && !limiter.reset().wait().unwrap());
    assert_eq!(limiter.check_cost(10).wait().unwrap().remaining(), 0);
    // a stricter limit than before keeps nobody out for longer than its own window
    let strict = store.limiter("k").allow(1, SECOND);
    assert_eq!(strict.check().wait().unwrap().retry_after(), Some(SECOND));
    let back = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    server.clock().set(back);
    assert_eq!(limiter.check().wait().unwrap().retry_after(), Some(SECOND), "a clock that was put back");
}

#[test]
fn limits_that_cannot_be_kept_are_refused() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    let year = Duration::from_secs(366 * 24 * 3600);
    for limiter in [
        store.limiter("k"),
        store.limiter("k").allow(0, SECOND),
        store.limiter("k").allow(2, Duration::from_micros(1)),
        store.limiter("k").allow(1, year + SECOND),
    ] {
        let error = limiter.check().wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied));
    }
    let error = store.limiter("k").allow(3, SECOND).check_cost(4).wait().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Misuse);
    assert!(
        self::store().limiter(unique("limit")).allow(1_000_000, SECOND).check().wait().unwrap().is_allowed()
    );
    assert!(self::store().limiter(unique("limit")).allow(1, year).check().wait().unwrap().is_allowed());
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let name = unique("limit");
    let limiter = store().limiter(name.as_str()).allow(1, SECOND);
    for command in FOREIGN.into_iter().chain([&["RPUSH", "", "1"][..]]) {
        if command[0] == "SET" {
            continue;
        }
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            limiter.check();
            limiter.peek();
            limiter.check_wait(1, SECOND);
        }
    }
    let before = make_foreign(&name, &["SET", "", "text"]);
    assert_eq!(limiter.check().wait().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(dump(&name), before);
}

#[test]
fn a_crowd_never_gets_more_than_there_is() {
    let name = unique("limit");
    // what comes back while the test runs is a hundredth of a permit a second
    let limiter = store().limiter(name.as_str()).allow(100, Duration::from_secs(10_000));
    let asking = |limiter: Limiter| {
        thread::spawn(move || (0..50).filter(|_| limiter.check().wait().unwrap().is_allowed()).count())
    };
    let threads: Vec<_> = (0..8).map(|_| asking(limiter.clone())).collect();
    let allowed: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(allowed, 100);
}

#[test]
fn who_waits_is_let_in_when_it_is_time_and_not_after_the_timeout() {
    let limiter = store().limiter(unique("limit")).allow(2, Duration::from_millis(200));
    let begun = Instant::now();
    assert!(limiter.check_wait(2, Duration::ZERO).wait().unwrap().is_allowed());
    assert!(limiter.check_wait(1, Duration::from_secs(20)).wait().unwrap().is_allowed());
    assert!(begun.elapsed() >= Duration::from_millis(80), "{:?}", begun.elapsed());
    let slow = store().limiter(unique("limit")).allow(1, Duration::from_secs(1000));
    assert!(slow.check().wait().unwrap().is_allowed());
    let begun = Instant::now();
    assert!(!slow.check_wait(1, 10 * SECOND).wait().unwrap().is_allowed());
    assert!(begun.elapsed() < 10 * SECOND, "it is known at once that it takes too long");
}

#[tokio::test]
async fn the_same_without_blocking_and_in_batches() {
    let store = store();
    let limiter = store.limiter(unique("limit")).allow(2, Duration::from_secs(1000));
    let all = (limiter.check(), limiter.check(), limiter.check());
    let (a, b, c) = store.transaction(all).await.unwrap();
    assert_eq!((a.is_allowed(), b.is_allowed(), c.is_allowed()), (true, true, false));
    let (peek, exists) = store.pipeline((limiter.peek(), limiter.exists())).await.unwrap();
    assert!(!peek.is_allowed() && exists);
    assert!(!limiter.check_wait(1, Duration::ZERO).await.unwrap().is_allowed());
}

proptest! {
    #![proptest_config(Config { cases: scale(60, 3_000), failure_persistence: None, ..Config::default() })]

    /// The bucket as one would write it down: permits in units of a microsecond's worth.
    #[test]
    fn a_limiter_is_a_bucket_that_fills_evenly(
        limit in 1..20_u64,
        window in 1_000..5_000_000_u64,
        steps in prop::collection::vec((0..500_000_u64, 0..20_u64, any::<bool>()), 1..60),
    ) {
        let (store, server) = testing::store();
        server.clock().hold();
        let limiter = store.limiter("k").allow(limit, Duration::from_micros(window));
        let interval = window.div_ceil(limit);
        let whole = interval * limit;
        let mut level = whole;
        for (pause, cost, take) in steps {
            server.clock().advance(Duration::from_micros(pause));
            level = (level + pause).min(whole);
            let cost = cost.min(limit);
            let verdict = if take { limiter.check_cost(cost) } else { limiter.peek_cost(cost) }.wait().unwrap();
            let expected = if level >= cost * interval {
                let left = level - cost * interval;
                if take {
                    level = left;
                }
                Verdict::Allowed { remaining: left / interval, full_after: Duration::from_micros(whole - left) }
            } else {
                let retry_after = Duration::from_micros(cost * interval - level);
                Verdict::Refused { remaining: level / interval, retry_after }
            };
            prop_assert_eq!(verdict, expected);
        }
    }
}
