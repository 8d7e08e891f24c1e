//! The engine without sockets.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::blocking::Outcome;
use crate::engine::client::{ClientId, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::effects::Effects;
use crate::engine::notify::Classes;
use crate::engine::pubsub;

/// An engine whose time stands still.
fn engine() -> Engine {
    Engine::new(Clock::held(), Config::default())
}

fn words(command: &str) -> Vec<&[u8]> {
    command.split(' ').map(str::as_bytes).collect()
}

/// Runs a command and returns what the client then has been sent.
fn run(engine: &mut Engine, id: ClientId, command: &str) -> String {
    engine.execute(id, &words(command));
    sent(engine, id)
}

/// What has been sent to a client since the last look.
fn sent(engine: &mut Engine, id: ClientId) -> String {
    let out = std::mem::take(&mut engine.clients.get_mut(&id).expect("the client is there").out);
    String::from_utf8(out).expect("these replies are text")
}

fn advance(engine: &mut Engine, millis: u64) {
    engine.clock.advance(Duration::from_millis(millis));
    engine.catch_up();
}

#[test]
fn a_key_is_there_until_its_time_is_over() {
    let mut engine = engine();
    let id = engine.connect(Peer::default());
    assert_eq!(run(&mut engine, id, "SET k v PX 100"), "+OK\r\n");
    engine.clock.advance(Duration::from_millis(99));
    assert_eq!(run(&mut engine, id, "GET k"), "$1\r\nv\r\n");
    engine.clock.advance(Duration::from_millis(1));
    // Nobody has removed it yet, and it isn't there.
    assert_eq!(run(&mut engine, id, "GET k"), "$-1\r\n");
}

#[test]
fn what_has_expired_is_removed_without_being_looked_at() {
    let mut engine = engine();
    let id = engine.connect(Peer::default());
    for key in 0..1000 {
        run(&mut engine, id, &format!("SET k{key} v PX {}", 10 + key % 7));
    }
    advance(&mut engine, 14);
    assert_eq!(
        run(&mut engine, id, "DBSIZE"),
        format!(":{}\r\n", (0..1000).filter(|key| key % 7 >= 5).count())
    );
    advance(&mut engine, 10);
    assert_eq!(run(&mut engine, id, "DBSIZE"), ":0\r\n");
    assert_eq!(engine.next_deadline(), None);
}

#[test]
fn those_who_wait_are_served_in_the_order_in_which_they_came() {
    let mut engine = engine();
    let ids: Vec<ClientId> = (0..4).map(|_| engine.connect(Peer::default())).collect();
    for id in &ids[..3] {
        assert_eq!(run(&mut engine, *id, "BLPOP a b 0"), "");
    }
    assert_eq!(run(&mut engine, ids[3], "RPUSH b 1 2"), ":2\r\n");
    assert_eq!(sent(&mut engine, ids[0]), "*2\r\n$1\r\nb\r\n$1\r\n1\r\n");
    assert_eq!(sent(&mut engine, ids[1]), "*2\r\n$1\r\nb\r\n$1\r\n2\r\n");
    assert_eq!(sent(&mut engine, ids[2]), "");
    assert_eq!(run(&mut engine, ids[3], "EXISTS b"), ":0\r\n");
    run(&mut engine, ids[3], "RPUSH a 3");
    assert_eq!(sent(&mut engine, ids[2]), "*2\r\n$1\r\na\r\n$1\r\n3\r\n");
    assert!(engine.dbs[0].waiting.is_empty());
}

#[test]
fn a_transaction_serves_those_who_wait_when_it_is_over() {
    let mut engine = engine();
    let (waiting, other) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
    run(&mut engine, waiting, "BRPOP k 0");
    run(&mut engine, other, "MULTI");
    run(&mut engine, other, "RPUSH k 1");
    run(&mut engine, other, "RPUSH k 2");
    assert_eq!(run(&mut engine, other, "EXEC"), "*2\r\n:1\r\n:2\r\n");
    assert_eq!(sent(&mut engine, waiting), "*2\r\n$1\r\nk\r\n$1\r\n2\r\n");
}

#[test]
fn a_wait_ends_by_the_clock() {
    let mut engine = engine();
    let id = engine.connect(Peer::default());
    run(&mut engine, id, "BLPOP k 0.25");
    advance(&mut engine, 249);
    assert_eq!(sent(&mut engine, id), "");
    advance(&mut engine, 1);
    assert_eq!(sent(&mut engine, id), "*-1\r\n");
    assert!(engine.dbs[0].waiting.is_empty() && engine.waits.is_empty());
}

#[test]
fn a_wait_can_be_ended_by_others_and_by_going() {
    let mut engine = engine();
    let id = engine.connect(Peer::default());
    run(&mut engine, id, "BLPOP k 9");
    assert!(engine.end_wait(id, Outcome::Error));
    assert_eq!(sent(&mut engine, id), "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n");
    assert!(!engine.end_wait(id, Outcome::Error));
    run(&mut engine, id, "BLPOP k 9");
    engine.disconnect(id);
    assert!(engine.dbs[0].waiting.is_empty() && engine.waits.is_empty());
}

#[test]
fn a_watched_key_that_expires_fails_the_transaction() {
    let mut engine = engine();
    let id = engine.connect(Peer::default());
    run(&mut engine, id, "SET k v PX 10");
    run(&mut engine, id, "WATCH k");
    run(&mut engine, id, "MULTI");
    engine.clock.advance(Duration::from_millis(11));
    assert_eq!(run(&mut engine, id, "EXEC"), "*-1\r\n");
    assert!(engine.dbs[0].watchers.is_empty());
}

#[test]
fn a_key_that_had_expired_when_it_was_watched_may_vanish() {
    let mut engine = engine();
    let (id, other) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
    run(&mut engine, id, "SET k v PX 10");
    engine.clock.advance(Duration::from_millis(11));
    run(&mut engine, id, "WATCH k");
    run(&mut engine, other, "GET k");
    run(&mut engine, id, "MULTI");
    assert_eq!(run(&mut engine, id, "EXEC"), "*0\r\n");
}

#[test]
fn keyspace_events_are_told_to_those_who_listen() {
    let mut engine = engine();
    engine.config.notify = Classes::parse(b"KEA").expect("these are letters");
    let (id, listener) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
    let channel: Box<[u8]> = (*b"__keyevent@0__:expired").into();
    engine.subscribe(listener, pubsub::Kind::Channel, &channel);
    run(&mut engine, id, "SET k v PX 10");
    advance(&mut engine, 11);
    assert_eq!(
        sent(&mut engine, listener),
        "*3\r\n$7\r\nmessage\r\n$22\r\n__keyevent@0__:expired\r\n$1\r\nk\r\n"
    );
    engine.disconnect(listener);
    assert!(engine.channels.channels.is_empty());
}

/// Remembers what it is told.
#[derive(Clone, Debug, Default)]
struct Recorder(Rc<RefCell<Vec<String>>>);

impl Effects for Recorder {
    fn propagate(&mut self, db: usize, args: &[&[u8]]) {
        let words: Vec<_> = args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
        self.0.borrow_mut().push(format!("{db} {}", words.join(" ")));
    }
    fn commit(&mut self) -> bool {
        self.0.borrow_mut().push("commit".to_owned());
        true
    }
}

#[test]
fn what_changed_is_told_as_commands_that_change_it_again() {
    let mut engine = engine();
    let recorder = Recorder::default();
    engine.propagation.hook = Some(Box::new(recorder.clone()));
    let told = || std::mem::take(&mut *recorder.0.borrow_mut());
    let (id, other) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
    let now = engine.now_ms();

    run(&mut engine, id, "SET k v");
    run(&mut engine, id, "GET k");
    run(&mut engine, id, "DEL nothing");
    assert_eq!(told(), ["0 SET k v"]);
    engine.commit_effects();
    engine.commit_effects();
    assert_eq!(told(), ["commit"]);

    run(&mut engine, id, "SELECT 3");
    run(&mut engine, id, "SET k v EX 10");
    assert_eq!(told(), [format!("3 SET k v PXAT {}", now + 10_000)]);

    run(&mut engine, id, "MULTI");
    run(&mut engine, id, "INCR n");
    run(&mut engine, id, "GET n");
    run(&mut engine, id, "PEXPIRE n 5");
    run(&mut engine, id, "EXEC");
    assert_eq!(told(), ["3 MULTI", "3 INCR n", &format!("3 PEXPIREAT n {}", now + 5), "3 EXEC"]);

    advance(&mut engine, 6);
    assert_eq!(told(), ["3 DEL n", "commit"]);

    run(&mut engine, id, "BLPOP list 0");
    run(&mut engine, other, "SELECT 3");
    run(&mut engine, other, "RPUSH list 1");
    assert_eq!(told(), ["3 RPUSH list 1", "3 LPOP list"]);
}
