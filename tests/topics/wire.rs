//! What comes off the wire, and how: in RESP2, in pieces, with other things between.

use pottery::{ErrorKind, Event, Store};
use pottery_test_support::shared;

use crate::ears::{SOON, WAYS};
#[path = "../links/fake.rs"]
#[allow(dead_code, reason = "of the tests of links")]
mod fake;
use fake::Fake;

#[test]
fn a_server_that_speaks_resp2_is_understood() {
    for way in WAYS {
        let store = Store::open(&format!("{}?protocol=resp2", shared().url())).unwrap().namespace("resp2");
        let topic = store.topic::<u64>(pottery_test_support::unique("t")).heartbeat(SOON / 400);
        let mut ears = way.open(topic.subscribe());
        assert!(ears.within(SOON / 100).is_none(), "signs of life are no messages");
        topic.publish(1).wait().unwrap();
        assert_eq!(ears.message(), 1);
        ears.unsubscribe().unwrap();
        assert_eq!(topic.subscribers().wait().unwrap(), 0);
    }
}

#[test]
fn a_server_that_knows_no_hello_is_understood() {
    for way in WAYS {
        let fake = Fake::rude(|peer| {
            while let Some(request) = peer.request() {
                match request[0].as_str() {
                    "HELLO" => peer.say("-ERR unknown command 'HELLO'\r\n"),
                    "CLIENT" => peer.say("-ERR unknown subcommand\r\n"),
                    "PSUBSCRIBE" => {
                        peer.say("*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n");
                        peer.say("*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nc\r\n$1\r\n7\r\n");
                    }
                    other => panic!("{other}"),
                }
            }
        });
        let mut ears = way.open(Store::open(&fake.url()).unwrap().topics::<u64>("*").subscribe());
        assert_eq!(ears.message().message, 7);
    }
}

#[test]
fn words_come_in_pieces_and_with_others_between() {
    const BESIDE: &str =
        ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n|1\r\n+ttl\r\n:9\r\n+PONG\r\n";
    for way in WAYS {
        let fake = Fake::start(|peer| {
            while peer.request().is_some() {
                let mut said = format!("{BESIDE}>3\r\n$9\r\nsubscribe\r\n$1\r\nt\r\n:1\r\n");
                for number in 0..50 {
                    said += &format!("{BESIDE}>3\r\n$7\r\nmessage\r\n$1\r\nt\r\n$2\r\n{}\r\n", 10 + number);
                }
                for piece in said.as_bytes().chunks(11) {
                    peer.say(piece);
                }
            }
        });
        let mut ears = way.open(Store::open(&fake.url()).unwrap().topic::<u64>("t").subscribe());
        for number in 10..60 {
            assert_eq!(ears.event(), Event::Message(number));
        }
        assert_eq!(fake.accepted(), 1);
    }
}

#[test]
fn what_is_no_resp_is_a_lost_connection() {
    for way in WAYS {
        let fake = Fake::start(|peer| {
            while peer.request().is_some() {
                peer.say(
                    ">3\r\n$9\r\nsubscribe\r\n$1\r\nt\r\n:1\r\n>3\r\n$7\r\nmessage\r\n$1\r\nt\r\n$1\r\n1\r\n",
                );
                if peer.number == 0 {
                    peer.say("HTTP/1.1 400 Bad Request\r\n");
                }
            }
        });
        let mut ears = way.open(Store::open(&fake.url()).unwrap().topic::<u64>("t").subscribe());
        let events = [ears.event(), ears.event(), ears.event()];
        assert_eq!(events, [Event::Message(1), Event::Gap, Event::Message(1)]);
    }
}

#[test]
fn a_server_that_never_confirms_is_given_up() {
    for way in WAYS {
        let fake = Fake::start(|peer| while peer.request().is_some() {});
        let timeout = std::time::Duration::from_millis(200);
        let store = Store::options(&fake.url()).timeout(timeout).open().unwrap();
        let error = way.run(store.topic::<u64>("t").subscribe()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }
}
