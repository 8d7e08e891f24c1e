//! Commands: the four ways to use them, batches, and what their errors say.
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

use pottery::{ErrorKind, Outcome, Store};
use pottery_test_support::{Fault, Proxy, Server, When};

#[cfg(feature = "blocking")]
mod blocking {
    use super::*;

    #[test]
    fn a_command_can_be_waited_for_without_a_runtime() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let list = store.list::<String>("lyrics");
        assert_eq!(list.push("everything").wait().unwrap(), 1);
        assert_eq!(list.push("in").wait().unwrap(), 2);
        assert_eq!(list.to_vec().wait().unwrap(), ["everything", "in"]);
    }

    #[test]
    fn batches_nest_and_keep_their_shape() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let (a, b) = (store.list::<u64>("a"), store.list::<u64>("b"));
        let batch = (
            a.push(1),
            vec![b.push(2), b.push(3)],
            Some(a.len()),
            [a.push(4), b.push(5)],
            None::<pottery::Command<u8>>,
            (),
        );
        let results = store.transaction(batch).wait().unwrap();
        assert_eq!(results, (1, vec![1, 2], Some(1), [2, 3], None, ()));
        let inner = store.transaction((a.len(), b.len()));
        let nested = store.transaction((a.push(6), inner));
        let (len, (pair, _)) = store.pipeline((a.len(), (nested, b.len()))).wait().unwrap();
        assert_eq!((len, pair), (2, (3, (3, 3))));
    }

    #[test]
    fn a_refused_command_of_a_transaction_is_named_and_its_neighbours_stand() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        server.cli(&["SET", "s", "x"]);
        let (a, s) = (store.list::<u64>("a"), store.list::<u64>("s"));
        let error = store.transaction((a.push(1), s.push(2), a.push(3))).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongType);
        assert_eq!(error.outcome(), Outcome::PartiallyApplied);
        assert_eq!(error.index(), Some(1));
        assert_eq!(error.key().unwrap().as_bytes(), b"s");
        assert_eq!(a.len().wait().unwrap(), 2);
        let (one, two) = store.pipeline((a.push(1).attempt(), s.push(2).attempt())).wait().unwrap();
        assert_eq!(one.unwrap(), 3);
        assert_eq!(two.unwrap_err().outcome(), Outcome::NotApplied);
    }

    #[test]
    fn a_write_whose_reply_is_lost_is_unknown_and_not_repeated() {
        let server = Server::start();
        let proxy = Proxy::start(&server);
        let store = Store::open(proxy.url()).unwrap();
        let list = store.list::<u64>("a");
        list.push(0).wait().unwrap();
        let armed = proxy.fault(Fault::CutAfter, When::command("RPUSH").once());
        let error = list.push(1).wait().unwrap_err();
        armed.wait_fired(1);
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(list.len().wait().unwrap(), 2);
        let armed = proxy.fault(Fault::CutAfter, When::command("LLEN").once());
        assert_eq!(list.len().wait().unwrap(), 2, "a read is repeated");
        armed.wait_fired(1);
    }

    #[test]
    fn a_server_that_is_down_is_an_error_and_coming_back_is_enough() {
        let mut server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let list = store.list::<u64>("a");
        list.push(0).wait().unwrap();
        server.kill();
        let error = list.push(1).wait().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        let error = list.push(1).wait().unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::NotApplied), "{error}");
        server.restart();
        assert_eq!(list.push(1).wait().unwrap(), 1);
    }
}

#[cfg(feature = "async")]
mod asynchronous {
    use super::*;

    #[tokio::test]
    async fn a_command_is_a_future() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let list = store.list::<u64>("n");
        for n in 0..10 {
            assert_eq!(list.push(n).await.unwrap(), n as usize + 1);
        }
        let task = tokio::spawn(list.to_vec());
        assert_eq!(task.await.unwrap().unwrap(), (0..10).collect::<Vec<u64>>());
        let (len, first) = store.transaction((list.len(), list.get(0))).await.unwrap();
        assert_eq!((len, first), (10, Some(0)));
    }

    #[test]
    fn a_store_serves_several_runtimes_and_none() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        for n in 0..3 {
            let list = store.list::<u64>("n");
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            assert_eq!(runtime.block_on(async { list.push(1).await }).unwrap(), n + 1);
        }
        let list = store.list::<u64>("n");
        let mut pushed = std::pin::pin!(list.push(1));
        let waker = std::task::Waker::noop();
        let mut cx = std::task::Context::from_waker(waker);
        let len = loop {
            if let std::task::Poll::Ready(len) = pushed.as_mut().poll(&mut cx) {
                break len;
            }
            std::thread::yield_now();
        };
        assert_eq!(len.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_lost_connection_is_replaced_and_reads_are_repeated() {
        let server = Server::start();
        let proxy = Proxy::start(&server);
        let store = Store::open(proxy.url()).unwrap();
        let list = store.list::<u64>("a");
        list.push(0).await.unwrap();
        let armed = proxy.fault(Fault::CutAfter, When::command("RPUSH").once());
        let error = list.push(1).await.unwrap_err();
        armed.wait_fired(1);
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Connection, Outcome::Unknown));
        assert_eq!(list.len().await.unwrap(), 2);
        let armed = proxy.fault(Fault::CutBefore, When::command("LLEN").once());
        assert_eq!(list.len().await.unwrap(), 2);
        armed.wait_fired(1);
    }

    #[tokio::test]
    async fn an_optimistic_transaction_sees_a_conflict() {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let list = store.list::<u64>("a");
        let mut attempts = store.watch(&list);
        let attempt = attempts.begin().await.unwrap();
        server.cli(&["RPUSH", "a", "7"]);
        assert_eq!(attempt.commit(list.push(1)).await.unwrap(), None);
        let attempt = attempts.begin().await.unwrap();
        assert_eq!(attempt.commit(list.push(1)).await.unwrap(), Some(2));
    }
}
