//! What arrives, with whom, and in which order.

use std::thread;
use std::time::{Duration, Instant};

use futures_util::{FutureExt, StreamExt};
use pottery::{ErrorKind, Event, Published, Store, escape_glob};
use pottery_test_support::{Server, unique};
use serde::{Deserialize, Serialize};

use crate::ears::{WAYS, Way, runtime, store};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Goal {
    team: String,
    minute: u32,
}

#[test]
fn a_message_reaches_all_who_listen_and_is_counted() {
    for way in WAYS {
        let store = store();
        let news = store.topic::<Goal>("news");
        let goal = Goal { team: "é\r\n".into(), minute: 93 };
        assert_eq!(news.publish(&goal).wait().unwrap(), 0, "nobody listens");
        let mut ears = [way.open(news.subscribe()), way.open(news.clone().subscribe())];
        let mut pattern = way.open(store.topics::<Goal>("n?ws").subscribe());
        assert_eq!(news.subscribers().wait().unwrap(), 2);
        assert_eq!(runtime().block_on(news.subscribers()).unwrap(), 2);
        assert_eq!(news.publish(&goal).wait().unwrap(), 3);
        for ears in &mut ears {
            assert_eq!(ears.message(), goal);
        }
        assert_eq!(pattern.message(), Published { channel: "news".into(), message: goal });
    }
}

#[test]
fn publishing_works_in_all_four_ways() {
    let store = store();
    let (a, b) = (store.topic::<u64>("a"), store.topic::<u64>("b"));
    let mut ears = Way::Waited.open(store.topics::<u64>("*").subscribe());
    assert_eq!(a.publish(1).wait().unwrap(), 1);
    assert_eq!(runtime().block_on(a.publish(2)).unwrap(), 1);
    assert_eq!(store.transaction((a.publish(3), b.publish(4))).wait().unwrap(), (1, 1));
    assert_eq!(store.pipeline((a.publish(5), b.publish(6))).wait().unwrap(), (1, 1));
    let heard: Vec<_> = (0..6).map(|_| ears.message()).collect();
    assert_eq!(heard.iter().map(|heard| heard.message).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(heard[3].channel.as_bytes(), b"b");
    assert_eq!(format!("{a:?} {:?}", store.topics::<u64>("*").pattern()).matches("topics").count(), 2);
}

#[test]
fn ten_thousand_messages_of_several_publishers_arrive_each_in_order() {
    const PUBLISHERS: u64 = 4;
    const EACH: u64 = 2_500;
    for way in WAYS {
        let store = store();
        let topic = store.topic::<(u64, u64, String)>("numbers");
        let mut ears = way.open(topic.subscribe());
        thread::scope(|scope| {
            for publisher in 0..PUBLISHERS {
                let (store, topic) = (store.clone(), topic.clone());
                scope.spawn(move || {
                    for first in (0..EACH).step_by(100) {
                        let messages = (first..first + 100).map(|number| {
                            let text = "x".repeat((number * 7 % 300) as usize);
                            topic.publish((publisher, number, text))
                        });
                        let counts = store.pipeline(Vec::from_iter(messages)).wait().unwrap();
                        assert!(counts.iter().all(|count| *count == 1));
                    }
                });
            }
            let mut next = [0; PUBLISHERS as usize];
            for _ in 0..PUBLISHERS * EACH {
                let (publisher, number, text) = ears.message();
                assert_eq!((number, text.len() as u64), (next[publisher as usize], number * 7 % 300));
                next[publisher as usize] += 1;
            }
        });
    }
}

#[test]
fn a_message_larger_than_any_buffer_arrives_whole() {
    for way in WAYS {
        let topic = store().topic::<String>("large");
        let mut ears = way.open(topic.subscribe());
        let text = "0123456789".repeat(700_000);
        topic.publish(&text).wait().unwrap();
        topic.publish("small").wait().unwrap();
        assert!(ears.message() == text);
        assert_eq!(ears.message(), "small");
    }
}

#[test]
fn a_message_that_cannot_be_decoded_is_an_error_in_its_place() {
    for way in WAYS {
        let store = store();
        let (words, numbers) = (store.topic::<String>("n"), store.topic::<u64>("n"));
        let mut ears = way.open(numbers.subscribe());
        let mut pattern = way.open(store.topics::<u64>("*").subscribe());
        for word in ["1", "two", "3"] {
            words.publish(word).wait().unwrap();
        }
        assert_eq!(ears.message(), 1);
        let error = ears.within(crate::ears::SOON).unwrap().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Decode, Some(numbers.name())));
        assert_eq!(ears.message(), 3);
        assert_eq!(pattern.message().message, 1);
        let error = pattern.within(crate::ears::SOON).unwrap().unwrap_err();
        assert_eq!((error.kind(), error.key()), (ErrorKind::Decode, Some(numbers.name())), "the channel");
        assert_eq!(pattern.message().message, 3);
    }
}

#[test]
fn a_namespace_is_taken_as_it_is_and_a_pattern_is_not() {
    let server = Server::start();
    let plain = Store::open(&server.url()).unwrap();
    for (way, name) in WAYS.into_iter().zip(["sh*p[a]", "sh?p"]) {
        let shop = plain.namespace(name);
        let mut all = way.open(shop.topics::<u64>("*").subscribe());
        let mut odd = way.open(shop.topics::<u64>(format!("{}?", escape_glob("a*"))).subscribe());
        plain.namespace("shopa").topic::<u64>("a*b").publish(1).wait().unwrap();
        plain.topic::<u64>("a*b").publish(2).wait().unwrap();
        shop.topic::<u64>("axb").publish(3).wait().unwrap();
        assert_eq!(shop.topic::<u64>("a*b").publish(4).wait().unwrap(), 2);
        assert_eq!((all.message().message, all.message().message), (3, 4));
        let heard = odd.message();
        assert_eq!((heard.message, heard.channel), (4, "a*b".into()));
    }
}

#[test]
fn what_happens_to_keys_can_be_listened_to() {
    let server = Server::start();
    assert_eq!(server.cli(&["CONFIG", "SET", "notify-keyspace-events", "KEA"]).text(), "OK");
    let store = Store::open(&server.url()).unwrap();
    for way in WAYS {
        let key = unique("watched");
        let channel = format!("__keyspace@0__:{}", escape_glob(&key));
        let mut ears = way.open(store.topics::<String>(channel).subscribe());
        let list = store.list::<u64>(&key);
        list.push(1).wait().unwrap();
        list.clear().wait().unwrap();
        assert_eq!((ears.message().message, ears.message().message), ("rpush".into(), "del".into()));
    }
}

#[test]
fn a_timeout_is_kept_and_loses_nothing() {
    let topic = store().topic::<u64>("quiet");
    let mut events = topic.subscribe().wait().unwrap().into_iter();
    for millis in [0, 1, 20, 150, 1100] {
        let (timeout, begin) = (Duration::from_millis(millis), Instant::now());
        assert!(events.next_timeout(timeout).is_none());
        let took = begin.elapsed();
        assert!(took >= timeout && took < timeout + Duration::from_millis(500), "{took:?} of {timeout:?}");
    }
    topic.publish(7).wait().unwrap();
    assert_eq!(events.next_timeout(Duration::from_secs(5)).unwrap().unwrap(), Event::Message(7));
}

#[tokio::test]
async fn to_give_up_waiting_loses_nothing() {
    let topic = store().topic::<u64>("impatient");
    let mut events = topic.subscribe().await.unwrap();
    let publisher = tokio::spawn(async move {
        for number in 0..2000 {
            topic.publish(number).await.unwrap();
        }
    });
    let (mut expected, mut given_up) = (0, 0);
    while expected < 2000 {
        // polled once and dropped, again and again
        match events.next().now_or_never() {
            Some(event) => {
                assert_eq!(event.unwrap().unwrap(), Event::Message(expected));
                expected += 1;
            }
            None => {
                given_up += 1;
                tokio::task::yield_now().await;
            }
        }
    }
    publisher.await.unwrap();
    assert!(given_up > 0, "it was never given up");
}

#[tokio::test]
async fn it_is_a_stream_and_can_be_spawned() {
    let topic = store().topic::<u64>("stream");
    let events = topic.subscribe().await.unwrap();
    let heard = tokio::spawn(async move {
        events.take(3).map(|event| event.unwrap().message().unwrap()).collect::<Vec<_>>().await
    });
    for number in 1..=3 {
        topic.publish(number).await.unwrap();
    }
    assert_eq!(heard.await.unwrap(), [1, 2, 3]);
}

#[test]
fn without_a_runtime_of_ones_own_it_listens_as_well() {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    let topic = store().topic::<u64>("nowhere");
    // polled by hand, outside of any runtime
    fn drive<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let begin = Instant::now();
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                return output;
            }
            assert!(begin.elapsed() < crate::ears::SOON, "it never ends");
            thread::sleep(Duration::from_millis(1));
        }
    }
    let mut events = drive(topic.subscribe()).unwrap();
    topic.publish(1).wait().unwrap();
    assert_eq!(drive(events.next()).unwrap().unwrap(), Event::Message(1));
    drive(events.unsubscribe()).unwrap();
    assert_eq!(topic.subscribers().wait().unwrap(), 0);
}
