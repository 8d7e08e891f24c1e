//! Time-outs and dropped futures: what the caller is told, and what the next caller finds.

use std::time::{Duration, Instant};

use pottery::{ErrorKind, Outcome, Store};
use pottery_test_support::{Fault, Proxy, Server, When};

/// The time a call has. The calls that are to succeed need it too, on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(feature = "blocking")]
#[test]
fn a_blocking_call_ends_at_its_deadline_and_the_next_one_is_in_step() {
    let server = Server::start();
    let proxy = Proxy::start(&server);
    let store = Store::options(proxy.url()).timeout(PATIENCE).open().unwrap();
    let value = store.value::<u64>("k");
    value.set(1).wait().unwrap();
    let held = proxy.fault(Fault::HoldAfter, When::command("SET").once());
    let began = Instant::now();
    let error = value.set(2).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown), "{error}");
    assert!(began.elapsed() >= PATIENCE);
    assert_eq!(held.fired(), 1);
    assert_eq!(value.get().wait().unwrap(), Some(2), "the late reply reaches nobody");
}

#[cfg(feature = "async")]
#[tokio::test]
async fn an_awaited_call_ends_at_its_deadline_and_the_next_one_is_in_step() {
    let server = Server::start();
    let proxy = Proxy::start(&server);
    let store = Store::options(proxy.url()).timeout(PATIENCE).open().unwrap();
    let value = store.value::<u64>("k");
    value.set(1).await.unwrap();
    let held = proxy.fault(Fault::HoldAfter, When::command("SET").once());
    let error = value.set(2).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Timeout, Outcome::Unknown), "{error}");
    held.release();
    assert_eq!(value.get().await.unwrap(), Some(2), "the late reply reaches nobody");
}

#[cfg(feature = "async")]
#[tokio::test]
async fn dropped_futures_never_mix_replies() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let seed = pottery_test_support::Seed::new();
    let mut tasks = Vec::new();
    for task in 0..50_u64 {
        let (store, mut rng) = (store.clone(), seed.rng_for(task));
        tasks.push(tokio::spawn(async move {
            let value = store.value::<u64>(format!("key-{task}"));
            value.set(task).await.unwrap();
            for _ in 0..100 {
                let patience = Duration::from_micros(rng.u64(0..300));
                if let Ok(got) = tokio::time::timeout(patience, value.get()).await {
                    assert_eq!(got.unwrap(), Some(task));
                }
            }
            assert_eq!(value.get().await.unwrap(), Some(task));
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
}

#[cfg(feature = "async")]
#[tokio::test]
async fn an_attempt_that_is_dropped_leaves_no_watch_behind() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let value = store.value::<u64>("k");
    for n in 0..20 {
        let mut attempts = store.watch(&value);
        let attempt = attempts.begin().await.unwrap();
        value.set(n).await.unwrap();
        drop(attempt);
        let mut attempts = store.watch(&value);
        let attempt = attempts.begin().await.unwrap();
        assert_eq!(attempt.commit(value.set(n)).await.unwrap(), Some(()), "a clean connection");
    }
}

#[test]
fn opening_does_no_io_and_a_server_that_is_down_is_told_within_the_time() {
    let store = Store::options("redis://127.0.0.1:1/").timeout(Duration::from_millis(300)).open().unwrap();
    let value = store.value::<u64>("k");
    let began = Instant::now();
    #[cfg(feature = "blocking")]
    {
        let error = value.set(1).wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied), "{error}");
    }
    #[cfg(feature = "async")]
    {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(async { value.set(1).await }).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied), "{error}");
    }
    assert!(began.elapsed() < Duration::from_secs(2));
}
