//! Each fault does what it says, seen on the server by a client that doesn't go through the proxy.

use std::io::ErrorKind;

use super::*;
use crate::{Reply, shared, unique, wait_until};

/// What the counter is on the server itself.
fn on_server(key: &str) -> i64 {
    match shared().cli(&["GET", key]) {
        Reply::Nil => 0,
        reply => reply.int(),
    }
}

/// A proxy, a connection through it, and a key.
fn setup() -> (Proxy, Raw, String) {
    let proxy = Proxy::start(shared());
    let raw = proxy.raw();
    (proxy, raw, unique("proxy"))
}

#[track_caller]
fn ends(raw: &mut Raw) {
    let error = raw.read().expect_err("the connection ends");
    assert!(matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset), "{error}");
}

#[track_caller]
fn is_silent(raw: &mut Raw) {
    raw.set_timeout(Duration::from_millis(50));
    assert_eq!(raw.read().expect_err("nothing comes").kind(), ErrorKind::WouldBlock);
    raw.set_timeout(Duration::from_secs(10));
}

#[test]
fn without_faults_everything_passes() {
    let (proxy, mut raw, key) = setup();
    raw.command(&["CLIENT", "SETNAME", "me"]);
    let big = "x".repeat(1_000_000);
    assert_eq!(raw.command(&["SET", &key, &big]).text(), "OK");
    assert_eq!(raw.command(&["GET", &key]).text(), big);
    assert_eq!((proxy.fired(), proxy.connections(), proxy.requests()), (0, 1, 2));
    assert_eq!(proxy.url(), format!("redis://127.0.0.1:{}/", proxy.port()));
}

#[test]
fn a_request_cut_before_it_is_not_applied() {
    for fault in [Fault::CutBefore, Fault::CutInRequest] {
        let (proxy, mut raw, key) = setup();
        proxy.fault(fault, When::request(3));
        let incr = ["INCR", &*key];
        raw.send_all(&[&incr, &incr, &incr, &incr]).expect("the proxy takes them");
        assert_eq!(raw.read().expect("the first is answered").int(), 1);
        assert_eq!(raw.read().expect("the second is answered").int(), 2);
        ends(&mut raw);
        assert_eq!((on_server(&key), proxy.fired()), (2, 1));
        // The next connection isn't struck.
        let mut next = proxy.raw();
        assert_eq!(next.command(&incr).int(), 3);
        assert_eq!((proxy.connections(), proxy.open_connections()), (2, 1));
    }
}

#[test]
fn a_request_cut_after_it_is_applied() {
    for fault in [Fault::CutAfter, Fault::CutInReply] {
        let (proxy, mut raw, key) = setup();
        let armed = proxy.fault(fault, When::command("incr").nth(2));
        let incr = ["INCR", &*key];
        raw.send_all(&[&incr, &incr, &incr]).expect("the proxy takes them");
        assert_eq!(raw.read().expect("the first is answered").int(), 1);
        ends(&mut raw);
        assert_eq!((on_server(&key), armed.fired()), (2, 1));
    }
}

#[test]
fn an_exec_can_be_lost_before_and_after() {
    for (fault, applied) in [(Fault::CutBefore, 0), (Fault::CutAfter, 1)] {
        let (proxy, mut raw, key) = setup();
        proxy.fault(fault, When::command("EXEC"));
        raw.send_all(&[&["MULTI"], &["INCR", &key], &["EXEC"]]).expect("the proxy takes them");
        assert_eq!(raw.read().expect("MULTI is answered").text(), "OK");
        assert_eq!(raw.read().expect("INCR is answered").text(), "QUEUED");
        ends(&mut raw);
        assert_eq!((on_server(&key), proxy.fired()), (applied, 1));
    }
}

#[test]
fn a_held_request_runs_when_it_is_released() {
    let (proxy, mut raw, key) = setup();
    let armed = proxy.fault(Fault::HoldBefore, When::any());
    raw.send(&["INCR", &key]).expect("the proxy takes it");
    armed.wait_fired(1);
    is_silent(&mut raw);
    assert_eq!(on_server(&key), 0);
    armed.release();
    assert_eq!(raw.read().expect("it is answered").int(), 1);
    assert_eq!(raw.command(&["INCR", &key]).int(), 2);
}

#[test]
fn a_held_request_runs_even_when_the_client_has_gone() {
    let (proxy, mut raw, key) = setup();
    let armed = proxy.fault(Fault::HoldBefore, When::any());
    raw.send(&["INCR", &key]).expect("the proxy takes it");
    armed.wait_fired(1);
    drop(raw);
    armed.release();
    wait_until("the late request runs", Duration::from_secs(10), || on_server(&key) == 1);
}

#[test]
fn a_held_reply_comes_when_it_is_released() {
    let (proxy, mut raw, key) = setup();
    let armed = proxy.fault(Fault::HoldAfter, When::request(1));
    let incr = ["INCR", &*key];
    raw.send_all(&[&incr, &incr]).expect("the proxy takes them");
    armed.wait_fired(1);
    assert_eq!(on_server(&key), 2);
    is_silent(&mut raw);
    armed.release();
    assert_eq!(raw.read().expect("the first is answered").int(), 1);
    assert_eq!(raw.read().expect("the second is answered").int(), 2);
}

#[test]
fn delays_take_their_time_and_overlap() {
    let (proxy, mut raw, key) = setup();
    let delay = Duration::from_millis(100);
    let before = proxy.fault(Fault::DelayBefore(delay), When::request(1));
    let start = Instant::now();
    assert_eq!(raw.command(&["INCR", &key]).int(), 1);
    assert!(start.elapsed() >= delay);
    assert_eq!(before.fired(), 1);

    let after = proxy.fault(Fault::DelayAfter(delay), When::any());
    let start = Instant::now();
    let incr = ["INCR", &*key];
    raw.send_all(&[&incr[..]; 50]).expect("the proxy takes them");
    for _ in 0..50 {
        raw.read().expect("each is answered");
    }
    assert!(start.elapsed() >= delay && start.elapsed() < delay * 25, "{:?}", start.elapsed());
    assert_eq!((after.fired(), proxy.fired()), (50, 51));
}

#[test]
fn a_swallowed_connection_stays_open_and_silent() {
    for (fault, applied) in [(Fault::SwallowBefore, 1), (Fault::SwallowAfter, 2)] {
        let (proxy, mut raw, key) = setup();
        let armed = proxy.fault(fault, When::request(2));
        let incr = ["INCR", &*key];
        raw.send_all(&[&incr, &incr, &incr]).expect("the proxy takes them");
        assert_eq!(raw.read().expect("the first is answered").int(), 1);
        armed.wait_fired(1);
        is_silent(&mut raw);
        raw.send(&incr).expect("the connection is open");
        is_silent(&mut raw);
        assert_eq!((on_server(&key), proxy.open_connections()), (applied, 1));
        drop(raw);
        wait_until("the proxy notices", Duration::from_secs(10), || proxy.open_connections() == 0);
    }
}

#[test]
fn one_byte_at_a_time_changes_nothing_but_the_packets() {
    let (proxy, mut raw, key) = setup();
    let armed = proxy.fault(Fault::OneByteAtATime, When::any());
    assert_eq!(raw.command(&["SET", &key, "a\r\nb"]).text(), "OK");
    assert_eq!(raw.command(&["GET", &key]).text(), "a\r\nb");
    assert_eq!(armed.fired(), 2);
}

#[test]
fn an_injected_error_takes_its_turn_and_nothing_runs() {
    let (proxy, mut raw, key) = setup();
    proxy.fault(Fault::error("READONLY You can't write"), When::command("INCR").every(2));
    let incr = ["INCR", &*key];
    raw.send_all(&[&incr[..]; 5]).expect("the proxy takes them");
    let replies: Vec<_> = (0..5).map(|_| raw.read().expect("each is answered")).collect();
    let error = Reply::Error("READONLY You can't write".to_owned());
    assert_eq!(replies, [Reply::Int(1), error.clone(), Reply::Int(2), error, Reply::Int(3)]);
    assert_eq!((on_server(&key), proxy.fired()), (3, 2));
}

#[test]
fn a_made_up_reply_is_sent_as_it_is() {
    let (proxy, mut raw, _) = setup();
    proxy.fault(Fault::Reply(b":42\r\n".to_vec()), When::matching(|command| command.arg(1) == "a"));
    assert_eq!(raw.command(&["GET", "a"]), Reply::Int(42));
    assert_eq!(raw.command(&["GET", "b"]), Reply::Nil);
}

#[test]
fn requests_that_prepare_a_connection_are_struck_only_when_asked_for() {
    let (proxy, mut raw, _) = setup();
    let any = proxy.fault(Fault::error("ERR any"), When::any());
    assert_eq!(raw.command(&["SELECT", "1"]).text(), "OK");
    assert_eq!(raw.command(&["CLIENT", "ID"]).int() > 0, any.fired() == 0);
    assert!(raw.command(&["PING"]).is_error());
    any.release();
    proxy.fault(Fault::error("ERR select"), When::command("SELECT"));
    assert!(raw.command(&["SELECT", "1"]).is_error());
    assert_eq!(raw.command(&["PING"]).text(), "PONG");
}

#[test]
fn chance_follows_its_seed() {
    let counts: Vec<u64> = (0..2)
        .map(|_| {
            let (proxy, mut raw, _) = setup();
            proxy.fault(Fault::error("ERR chance"), When::any().one_in(4, crate::Seed::of(1).rng()));
            raw.send_all(&[&["PING"][..]; 200]).expect("the proxy takes them");
            (0..200).for_each(|_| drop(raw.read().expect("each is answered")));
            proxy.fired()
        })
        .collect();
    assert_eq!(counts[0], counts[1]);
    assert!((20..90).contains(&counts[0]), "{counts:?}");
}

#[test]
fn messages_of_a_subscription_are_no_replies() {
    for hello in [false, true] {
        let (proxy, mut raw, channel) = setup();
        if hello {
            raw.command(&["HELLO", "3"]);
        }
        let armed = proxy.fault(Fault::CutAfter, When::command("PING"));
        raw.send(&["SUBSCRIBE", &channel, &format!("{channel}-2")]).expect("the proxy takes it");
        assert_eq!(raw.read().expect("a confirmation").texts()[0], "subscribe");
        assert_eq!(raw.read().expect("a confirmation").texts()[0], "subscribe");
        assert_eq!(shared().cli(&["PUBLISH", &channel, "hello"]).int(), 1);
        assert_eq!(raw.read().expect("a message").texts(), ["message", &channel, "hello"]);
        raw.send(&["PING"]).expect("the proxy takes it");
        ends(&mut raw);
        assert_eq!(armed.fired(), 1);
    }
}

#[test]
fn connections_can_be_cut_and_refused_at_will() {
    let (proxy, mut raw, _) = setup();
    raw.command(&["PING"]);
    proxy.cut_all();
    ends(&mut raw);
    proxy.refuse(true);
    ends(&mut Raw::connect(proxy.addr()));
    proxy.refuse(false);
    assert_eq!(proxy.raw().command(&["PING"]).text(), "PONG");
    assert_eq!(proxy.connections(), 3);
}

#[test]
fn a_server_that_ends_ends_its_connections_and_may_come_back() {
    let mut server = Server::builder().password("secret").start();
    let proxy = Proxy::start(&server);
    let mut raw = proxy.raw();
    server.kill();
    ends(&mut raw);
    server.restart();
    assert_eq!(proxy.raw().command(&["PING"]).text(), "PONG");
}

#[test]
fn a_dropped_proxy_closes_everything_even_what_it_holds() {
    let (proxy, mut raw, key) = setup();
    let armed = proxy.fault(Fault::HoldBefore, When::any());
    raw.send(&["INCR", &key]).expect("the proxy takes it");
    armed.wait_fired(1);
    drop(proxy);
    ends(&mut raw);
    assert_eq!(on_server(&key), 0);
}
