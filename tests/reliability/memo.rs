//! What a memo says when the connection is lost while something is computed: R1, for what takes several steps.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use pottery::{ErrorKind, Outcome, Store};
use pottery_test_support::{Fault, Proxy, Server, When};

use crate::way::{Run, WAYS};

/// The calls for one of a memo's keys: a lease on another may be given back meanwhile, in the background.
fn about(key: &str) -> When {
    let key = key.as_bytes().to_vec();
    When::matching(move |command| command.args.contains(&key))
}

#[test]
fn a_lost_connection_costs_a_memo_an_answer_or_a_memory_and_never_the_value() {
    let server = Server::start();
    let proxy = Proxy::start(&server);
    for way in WAYS.iter().copied() {
        let store = Store::open(proxy.url()).unwrap();
        // short, since who asked and was not answered may hold it
        let memo = store.memo::<String, u32>(format!("memo:{way:?}")).lease(Duration::from_millis(200));
        let computed = AtomicU32::new(0);
        let ask = |key: &str| {
            memo.get_or_insert_with(key, || {
                computed.fetch_add(1, Ordering::SeqCst);
                7
            })
            .run(way)
        };
        assert_eq!(ask("known").unwrap(), 7);
        assert_eq!(computed.swap(0, Ordering::SeqCst), 1);
        let faults = [Fault::CutBefore, Fault::CutInRequest, Fault::CutAfter, Fault::CutInReply];
        for (n, fault) in faults.iter().enumerate() {
            let case = format!("{way:?}, {fault:?}");
            let armed = proxy.fault(fault.clone(), about(&format!("first {n}")).nth(1));
            let error = ask(&format!("first {n}")).unwrap_err();
            armed.wait_fired(1);
            armed.release();
            assert_eq!(error.kind(), ErrorKind::Connection, "{case}: {error}");
            assert_eq!(error.outcome(), Outcome::Unknown, "{case}");
            assert_eq!(computed.load(Ordering::SeqCst), 0, "{case}: nobody was told to compute");
            assert_eq!(ask(&format!("first {n}")).unwrap(), 7, "{case}: asked again");
            assert_eq!(computed.swap(0, Ordering::SeqCst), 1, "{case}");

            let armed = proxy.fault(fault.clone(), about(&format!("second {n}")).nth(2));
            assert_eq!(ask(&format!("second {n}")).unwrap(), 7, "{case}: what was computed is the answer");
            armed.wait_fired(1);
            armed.release();
            assert_eq!(ask(&format!("second {n}")).unwrap(), 7, "{case}: asked again");
            let stored = matches!(fault, Fault::CutAfter | Fault::CutInReply);
            let times = computed.swap(0, Ordering::SeqCst);
            assert_eq!(times, if stored { 1 } else { 2 }, "{case}: computed {times} times");
        }
    }
}
