//! Lost connections: the gap is seen, and what comes behind it arrives.

use std::time::Duration;

use pottery::{Event, Store, Topic};
use pottery_test_support::{Fault, Proxy, Server, When, wait_until};

use crate::ears::{Ears, SOON, WAYS, Way};

/// Publishes until it is heard, past all gaps.
fn is_heard(topic: &Topic<u64>, ears: &mut Ears<u64>) {
    wait_until("somebody listens again", SOON, || topic.subscribers().wait().is_ok_and(|count| count == 1));
    topic.publish(4711).wait().unwrap();
    assert_eq!(ears.message(), 4711);
}

#[test]
fn a_connection_that_is_killed_leaves_a_gap_every_time() {
    for way in WAYS {
        let server = Server::start();
        let topic = Store::open(&server.url()).unwrap().topic::<u64>("t");
        let mut ears = way.open(topic.subscribe());
        for round in 0..50 {
            topic.publish(round).wait().unwrap();
            assert_eq!(ears.message(), round);
            assert_eq!(server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]).int(), 1);
            ears.gap();
            topic.publish(round).wait().unwrap();
            assert_eq!(ears.message(), round, "behind the gap we listen");
        }
    }
}

#[test]
fn what_arrived_before_the_loss_comes_before_the_gap() {
    for way in WAYS {
        let server = Server::start();
        let topic = Store::open(&server.url()).unwrap().topic::<u64>("t");
        let mut ears = way.open(topic.subscribe());
        for number in 0..100 {
            topic.publish(number).wait().unwrap();
        }
        server.cli(&["CLIENT", "KILL", "TYPE", "pubsub"]);
        topic.publish(1000).wait().unwrap();
        for number in 0..100 {
            assert_eq!(ears.event(), Event::Message(number));
        }
        ears.gap();
        is_heard(&topic, &mut ears);
    }
}

#[test]
fn a_server_that_comes_back_is_listened_to_again() {
    for way in WAYS {
        let mut server = Server::start();
        let store = Store::open(&server.url()).unwrap();
        let topic = store.topic::<u64>("t");
        let (mut ears, mut pattern) =
            (way.open(topic.subscribe()), way.open(store.topics::<u64>("*").subscribe()));
        server.kill();
        let begin = std::time::Instant::now();
        assert!(
            ears.within(Duration::from_millis(300)).is_none(),
            "there is nothing to say while it is down"
        );
        assert!(begin.elapsed() >= Duration::from_millis(300));
        server.restart();
        ears.gap();
        pattern.gap();
        topic.publish(5).wait().unwrap();
        assert_eq!((ears.message(), pattern.message().message), (5, 5));
    }
}

#[test]
fn a_proxy_that_cuts_and_refuses_is_outlived() {
    for way in WAYS {
        let server = Server::start();
        let proxy = Proxy::start(&server);
        let topic = Store::open(&server.url()).unwrap().topic::<u64>("t");
        let mut ears = way.open(Store::open(proxy.url()).unwrap().topic::<u64>("t").subscribe());
        // the second subscription is cut in its request, the third in its confirmation, the fourth is answered LOADING
        let faults = [
            proxy.fault(Fault::CutInRequest, When::command("SUBSCRIBE").nth(1)),
            proxy.fault(Fault::CutInReply, When::command("SUBSCRIBE").nth(1)),
            proxy.fault(Fault::error("LOADING not yet"), When::command("SUBSCRIBE").nth(1)),
        ];
        proxy.refuse(true);
        proxy.cut_all();
        assert!(ears.within(Duration::from_millis(100)).is_none());
        proxy.refuse(false);
        ears.gap();
        assert!(faults.iter().all(|fault| fault.fired() == 1), "{:?}", proxy.fired());
        is_heard(&topic, &mut ears);
    }
}

#[test]
fn a_connection_that_died_without_a_word_is_noticed() {
    for way in WAYS {
        let server = Server::start();
        let proxy = Proxy::start(&server);
        let heartbeat = Duration::from_millis(100);
        let topic = Store::open(proxy.url()).unwrap().topic::<u64>("t").heartbeat(heartbeat);
        let mut ears = way.open(topic.subscribe());
        // the sign of life is asked for three times, and never given from then on
        let vanished = proxy.fault(Fault::SwallowBefore, When::command("PING").nth(3));
        ears.gap();
        assert_eq!(vanished.fired(), 1);
        proxy.clear();
        is_heard(&Store::open(&server.url()).unwrap().topic("t"), &mut ears);
    }
}

#[test]
fn a_quiet_connection_that_lives_is_kept() {
    for way in WAYS {
        let server = Server::start();
        let heartbeat = Duration::from_millis(20);
        let topic = Store::open(&server.url()).unwrap().topic::<u64>("t").heartbeat(heartbeat);
        let mut ears = way.open(topic.subscribe());
        let before = connections(&server);
        assert!(ears.within(Duration::from_millis(500)).is_none());
        // and one who does not look for long has lost nothing
        std::thread::sleep(Duration::from_millis(100));
        topic.publish(1).wait().unwrap();
        assert_eq!(ears.message(), 1);
        assert!(ears.within(Duration::from_millis(100)).is_none());
        // the publisher's, and those that count
        assert!(connections(&server) - before <= 2, "no new one for those who listen");
    }
}

fn connections(server: &Server) -> u64 {
    let info = server.cli(&["INFO", "stats"]).text();
    let line = info.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
    line.expect("it counts them").trim().parse().unwrap()
}

#[test]
fn a_subscription_outlives_the_runtime_on_which_it_began() {
    let server = Server::start();
    let topic = Store::open(&server.url()).unwrap().topic::<u64>("t");
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let subscription = own.block_on(topic.subscribe()).unwrap();
    drop(own);
    let mut ears = Ears::Awaited(subscription);
    ears.gap();
    is_heard(&topic, &mut ears);
    let _ = Way::Awaited;
}
