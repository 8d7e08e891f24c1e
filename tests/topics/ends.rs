//! How subscriptions end, and what they take while nobody reads them.

use std::time::Duration;

use pottery::{BoxFuture, Deadline, ErrorKind, Event, Link, Replies, Request, Result, Store};
use pottery_test_support::{Server, wait_until};

use crate::ears::{SOON, WAYS, Way, runtime, store};

#[test]
fn who_is_dropped_listens_no_more() {
    for way in WAYS {
        let server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let topic = store.topic::<u64>("t");
        let ears = way.open(topic.subscribe());
        let pattern = way.open(store.topics::<u64>("t*").subscribe());
        assert_eq!(server.cli(&["PUBSUB", "CHANNELS"]).texts(), ["t"]);
        assert_eq!(server.cli(&["PUBSUB", "NUMPAT"]).int(), 1);
        drop((ears, pattern));
        wait_until("nobody listens", SOON, || {
            server.cli(&["PUBSUB", "CHANNELS"]).array().is_empty()
                && server.cli(&["PUBSUB", "NUMPAT"]).int() == 0
        });
    }
}

#[test]
fn an_end_that_is_waited_for_is_confirmed() {
    for way in WAYS {
        let store = store();
        let topic = store.topic::<u64>("t");
        for round in 0..20 {
            let (ears, pattern) =
                (way.open(topic.subscribe()), way.open(store.topics::<u64>("t").subscribe()));
            assert_eq!(topic.publish(round).wait().unwrap(), 2);
            ears.unsubscribe().unwrap();
            assert_eq!(topic.publish(round).wait().unwrap(), 1);
            pattern.unsubscribe().unwrap();
            assert_eq!(topic.publish(round).wait().unwrap(), 0);
        }
    }
}

#[test]
fn used_in_the_other_way_than_it_was_opened_it_ends() {
    let topic = store().topic::<u64>("t");
    let mut events = runtime().block_on(topic.subscribe()).unwrap().into_iter();
    assert_eq!(events.next().unwrap().unwrap_err().kind(), ErrorKind::Misuse);
    assert!(events.next().is_none());
    let mut subscription = topic.subscribe().wait().unwrap();
    runtime().block_on(async {
        assert_eq!(subscription.next().await.unwrap().unwrap_err().kind(), ErrorKind::Misuse);
        assert!(subscription.next().await.is_none());
    });
    let error = runtime().block_on(topic.subscribe()).unwrap().unsubscribe().wait().unwrap_err();
    assert_eq!((error.kind(), error.key()), (ErrorKind::Misuse, Some(topic.name())));
}

/// A link that answers nothing.
struct Mute;

impl Link for Mute {
    fn send<'a>(&'a self, _: &'a Request, _: Deadline) -> BoxFuture<'a, Result<Replies>> {
        Box::pin(async { Replies::from_resp(b"") })
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }

    fn exclusive(&self, _: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>> {
        Box::pin(async {
            let link: Box<dyn Link> = Box::new(Mute);
            Ok(link)
        })
    }
}

#[test]
fn over_a_link_of_ones_own_there_is_nothing_to_hear() {
    for way in WAYS {
        let error = way.run(Store::over(Mute).topic::<u64>("t").subscribe()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    }
}

#[test]
fn who_may_not_listen_is_told() {
    let server = Server::start();
    let url = server.acl_user("reader", "geheim", &["+@all", "~*", "resetchannels", "&open"]);
    let store = Store::open(&url).unwrap();
    for way in WAYS {
        let error = way.run(store.topic::<u64>("closed").subscribe()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        assert_eq!(error.key().unwrap().as_bytes(), b"closed");
        let topic = store.topic::<u64>("open");
        let mut ears = way.open(topic.subscribe());
        topic.publish(1).wait().unwrap();
        assert_eq!(ears.message(), 1);
    }
}

#[test]
fn who_is_refused_after_a_loss_is_told_and_that_is_the_end() {
    let server = Server::start();
    let url = server.acl_user("reader", "geheim", &["+@all", "~*", "allchannels"]);
    let store = Store::open(&url).unwrap();
    for way in WAYS {
        server.cli(&["ACL", "SETUSER", "reader", "allchannels"]);
        let mut ears = way.open(store.topic::<u64>("t").subscribe());
        // the server ends connections that listen to what they may not any more
        server.cli(&["ACL", "SETUSER", "reader", "resetchannels"]);
        let error = ears.within(SOON).expect("it is told").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
        assert!(ears.within(SOON).is_none());
    }
}

#[test]
fn a_slow_subscriber_takes_no_memory_here_and_hears_of_the_gap() {
    for way in WAYS {
        let server = Server::start();
        let limit = "pubsub 4194304 0 0";
        assert_eq!(server.cli(&["CONFIG", "SET", "client-output-buffer-limit", limit]).text(), "OK");
        let store = Store::open(&server.url()).unwrap();
        let topic = store.topic::<String>("flood");
        let mut ears = way.open(topic.subscribe());
        // Valkey does not count what it need not copy, which is what is longer than 16 KiB
        let text = "x".repeat(10_000);
        let mut sent = 0;
        let before = resident();
        // until the server has had enough
        while topic.publish(&text).wait().unwrap() == 1 {
            sent += 1;
            assert!(sent < 20_000, "it is never too much");
        }
        let grown = resident().saturating_sub(before);
        assert!(grown < 8 << 10, "{grown} kB for {sent} messages that nobody has read");
        let mut heard = 0;
        while let Event::Message(message) = ears.event() {
            assert!(message == text);
            heard += 1;
        }
        assert!(heard < sent, "{heard} of {sent}");
        topic.publish("afterwards").wait().unwrap();
        assert_eq!(ears.message(), "afterwards");
    }
}

/// In kB; 0 where it cannot be known.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

#[test]
fn subscriptions_share_no_connection_with_anything() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let topic = store.topic::<u64>("t");
    let mut many: Vec<_> = (0..30).map(|n| WAYS[n % 2].open(topic.subscribe())).collect();
    store.list::<u64>("l").push(1).wait().unwrap();
    assert_eq!(topic.publish(5).wait().unwrap(), 30);
    assert!(many.iter_mut().all(|ears| ears.message() == 5));
    let _ = Way::Waited;
}
