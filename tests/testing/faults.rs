//! Faults, seen through a store, with and without a runtime.

use std::time::Duration;

use pottery::testing::{self, Fault};
use pottery::{ErrorKind, Outcome, redis};

#[test]
fn what_was_lost_before_execution_and_after_it_looks_the_same_and_is_not() {
    for (fault, executed) in [(Fault::drop_before(), 0), (Fault::drop_after(), 1)] {
        let (store, server) = testing::store();
        let orders = store.list::<u64>("orders");
        assert_eq!(orders.len().wait().expect("the server answers"), 0);
        let lost = server.inject(fault.on("RPUSH"));
        let error = orders.push(7).wait().expect_err("the connection was lost");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
        assert_eq!((lost.fired(), orders.len().wait().expect("a new connection")), (1, executed));
    }
}

#[tokio::test]
async fn the_same_with_a_runtime() {
    for (fault, executed) in [(Fault::drop_before(), 0), (Fault::drop_after(), 1)] {
        let (store, server) = testing::store();
        let orders = store.list::<u64>("orders");
        assert_eq!(orders.len().await.expect("the server answers"), 0);
        let lost = server.inject(fault.on("RPUSH"));
        let error = orders.push(7).await.expect_err("the connection was lost");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
        assert_eq!((lost.fired(), orders.len().await.expect("a new connection")), (1, executed));
    }
}

#[test]
fn reads_are_repeated_and_writes_are_not() {
    let (store, server) = testing::store();
    let orders = store.list::<u64>("orders");
    orders.extend([1, 2]).wait().expect("the server answers");
    let lost = server.inject(Fault::drop_before().on("LRANGE").times(2));
    assert_eq!(orders.to_vec().wait().expect("the third time it goes well"), [1, 2]);
    assert_eq!(lost.fired(), 2);
    let sent = server.take_sent();
    assert_eq!(sent.iter().filter(|command| command.name() == "RPUSH").count(), 1);
    assert_eq!(sent.iter().filter(|command| command.name() == "LRANGE").count(), 3);
}

#[test]
fn a_server_that_cannot_serve_says_so_and_nothing_is_applied() {
    let (store, server) = testing::store();
    let value = store.value::<u64>("n");
    for (fault, code) in [(Fault::readonly(), "READONLY"), (Fault::oom(), "OOM"), (Fault::busy(), "BUSY")] {
        let injected = server.inject(fault.on("SET"));
        let error = value.set(1).wait().expect_err("it is refused");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, Outcome::NotApplied));
        assert_eq!((error.server_code(), injected.fired()), (Some(code), 1));
    }
    assert_eq!(value.get().wait().expect("the server answers"), None);
    // a server that is still loading will be ready soon
    let loading = server.inject(Fault::loading().on("SET").times(2));
    value.set(1).wait().expect("the third time it goes well");
    assert_eq!(loading.fired(), 2);
}

#[test]
fn a_server_that_is_down_fails_in_time_and_is_found_again() {
    let (store, server) = testing::store_with(|options| options.timeout(Duration::from_secs(2)));
    let value = store.value::<u64>("n");
    value.set(1).wait().expect("the server answers");
    server.refuse_connections(true);
    server.disconnect_all();
    let error = value.set(2).wait().expect_err("the server is down");
    assert!(matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout), "{error}");
    server.refuse_connections(false);
    assert!(matches!(value.get().wait().expect("the server is back"), Some(1 | 2)));
}

#[test]
fn a_delay_longer_than_the_time_allowed_leaves_the_outcome_unknown() {
    let (store, server) = testing::store_with(|options| options.timeout(Duration::from_secs(2)));
    let value = store.value::<u64>("n");
    value.set(1).wait().expect("the server answers");
    let delay = server.inject(Fault::delay(Duration::from_secs(30)).on("SET"));
    let error = value.set(2).wait().expect_err("no answer in time");
    assert_eq!((error.kind(), error.outcome(), delay.fired()), (ErrorKind::Timeout, Outcome::Unknown, 1));
}

#[test]
fn a_held_clock_holds_what_the_server_calls_time() {
    let (store, server) = testing::store();
    server.clock().hold();
    let time = || store.raw::<(u64, u64)>(&redis::cmd("TIME")).wait().expect("the server answers");
    let before = time();
    assert_eq!(time(), before);
    server.clock().advance(Duration::from_secs(3600));
    assert_eq!(time(), (before.0 + 3600, before.1));
}

#[test]
fn a_transaction_whose_exec_is_refused_is_not_applied_and_says_why() {
    for fault in [Fault::readonly(), Fault::oom(), Fault::busy(), Fault::loading()] {
        let (store, server) = testing::store();
        let orders = store.list::<u64>("orders");
        let refused = server.inject(fault.on("EXEC"));
        let error = store.transaction((orders.push(1), orders.push(2))).wait().expect_err("it was refused");
        assert_eq!(refused.fired(), 1);
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unavailable, Outcome::NotApplied), "{error}");
        assert_eq!(error.index(), None, "{error}");
        assert_eq!(orders.len().wait().expect("the server answers"), 0);
        store.transaction((orders.push(1), orders.push(2))).wait().expect("the connection is as it was");
    }
}

#[test]
fn a_refused_multi_is_no_command_of_the_batch() {
    let (store, server) = testing::store();
    let orders = store.list::<u64>("orders");
    let refused = server.inject(Fault::readonly().on("MULTI"));
    let error = store.transaction((orders.push(1), orders.push(2))).wait().expect_err("it was not atomic");
    assert_eq!(refused.fired(), 1);
    assert_eq!((error.outcome(), error.index()), (Outcome::PartiallyApplied, None), "{error}");
}
