//! Many on one connection: what is given up, what has no room, and what becomes of all when it dies.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pottery::{ErrorKind, Outcome, Store};

use crate::fake::Fake;

async fn give_up_in_the_midst(store: Store) {
    let numbers: Vec<u64> = (0..100_000).collect();
    let list = store.list::<u64>("l");
    list.extend(&numbers).await.unwrap();
    let (mut given_up, mut answered) = (0, 0);
    for round in 0..200_u64 {
        match tokio::time::timeout(Duration::from_micros(round * 60), list.to_vec()).await {
            Ok(read) => {
                answered += 1;
                assert!(read.unwrap() == numbers);
            }
            Err(_) => given_up += 1,
        }
        assert_eq!(list.get(round as i64).await.unwrap(), Some(round), "in step after {given_up}");
    }
    assert!(given_up > 5, "{given_up} were given up, {answered} answered");
}

#[tokio::test]
async fn a_large_reply_that_is_given_up_in_the_midst_disturbs_nobody_on_one_thread() {
    let server = pottery_test_support::Server::start();
    give_up_in_the_midst(Store::open(&server.url()).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_reply_that_is_given_up_in_the_midst_disturbs_nobody_on_several() {
    let server = pottery_test_support::Server::start();
    give_up_in_the_midst(Store::open(&server.url()).unwrap()).await;
}

/// What is put into a queue after somebody has given up waiting for it must not go to him.
#[tokio::test]
async fn a_wait_that_is_given_up_is_told_to_the_server_before_anything_else() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let fake = Fake::start(move |peer| {
        let asked = peer.request();
        let told = tell.lock().unwrap().clone();
        told.send(asked.is_some()).unwrap();
        assert!(peer.request().is_none());
        told.send(false).unwrap();
    });
    let queue = Store::open(&fake.url()).unwrap().queue::<u64>("q");
    let mut waiting = Box::pin(queue.get_wait(Duration::from_secs(60)));
    tokio::select! {
        got = &mut waiting => panic!("{got:?}"),
        () = async {
            while !matches!(told.try_recv(), Ok(true)) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        } => {}
    }
    drop(waiting);
    // nothing else of this runtime has a turn
    assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(false), "it has gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_does_not_read_makes_senders_wait() {
    const TASKS: usize = 64;
    let (done, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    // reads nothing until the test is over
    let fake = Fake::start(move |_| _ = wait.lock().unwrap().recv());
    let store = Store::options(&fake.url()).timeout(Duration::from_secs(3)).open().unwrap();
    let mut tasks = Vec::new();
    for number in 0..TASKS {
        let value = store.value::<String>(number.to_string());
        tasks.push(tokio::spawn(async move { value.set("x".repeat(1 << 20)).await.unwrap_err() }));
    }
    let (mut unsent, mut unknown) = (0, 0);
    for task in tasks {
        let error = task.await.unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        match error.outcome() {
            Outcome::NotApplied => unsent += 1,
            Outcome::Unknown => unknown += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!(unknown > 0 && unsent >= TASKS / 2, "{unsent} were never sent, {unknown} may have been");
    drop(done);
}

#[tokio::test]
async fn a_server_that_does_not_answer_makes_senders_wait() {
    const CALLS: usize = 70_000;
    let fake = Fake::start(|peer| while peer.request().is_some() {});
    let store = Store::options(&fake.url()).timeout(Duration::from_secs(15)).open().unwrap();
    let calls = (0..CALLS).map(|number| store.value::<u64>("v").set(number as u64));
    let results = futures_util::future::join_all(calls).await;
    let errors: Vec<_> = results.into_iter().map(Result::unwrap_err).collect();
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Timeout));
    let unsent = errors.iter().filter(|error| error.outcome() == Outcome::NotApplied).count();
    assert!((CALLS - 66_000..CALLS).contains(&unsent), "{unsent} of {CALLS} were not sent");
}

#[tokio::test]
async fn a_connection_that_dies_with_commands_unwritten_tells_each_its_own_fate() {
    let executed = Arc::new(Mutex::new(Vec::new()));
    let (begun, wait) = mpsc::channel::<()>();
    let (log, wait) = (executed.clone(), Mutex::new(wait));
    let fake = Fake::start(move |peer| {
        if peer.number == 0 {
            // reads nothing, and goes when the buffers are full
            let _ = wait.lock().unwrap().recv();
            return;
        }
        while let Some(request) = peer.request() {
            log.lock().unwrap().push(request[1].clone());
            peer.say("+OK\r\n");
        }
    });
    let store = Store::open(&fake.url()).unwrap();
    let large = store.value::<String>("large").set("x".repeat(32 << 20));
    let small = (0..100).map(|number| store.value::<u64>(number.to_string()).set(number));
    let small = futures_util::future::join_all(small);
    let cut = async {
        tokio::task::yield_now().await;
        drop(begun);
    };
    let (large, small, ()) = futures_util::future::join3(large, small, cut).await;
    let error = large.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown), "{error}");
    // not written, hence not applied, hence sent again: once each
    assert!(small.iter().all(Result::is_ok));
    let mut executed = executed.lock().unwrap().clone();
    executed.sort_by_key(|name| name.parse::<u64>().unwrap());
    assert_eq!(executed, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
}
