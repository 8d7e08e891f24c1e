//! Faults that a test asks for, the record of what was sent, and the clock that stands still.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use pottery_embedded::{Builder, Clock, Fault, Server};
use pottery_test_support::{Raw, Reply};

fn start(builder: Builder) -> (Server, Raw) {
    let server = builder.port(0).start().expect("a server starts");
    let client = connect(&server);
    (server, client)
}

fn connect(server: &Server) -> Raw {
    Raw::connect(server.addr().expect("it listens on a port"))
}

fn get(server: &Server, key: &str) -> Reply {
    connect(server).command(&["GET", key])
}

fn reply(client: &mut Raw) -> Reply {
    client.read().expect("the server answers")
}

/// Whether the server has closed the connection, or does so soon.
fn is_closed(client: &mut Raw) -> bool {
    !matches!(client.read().map_err(|error| error.kind()), Ok(_) | Err(ErrorKind::WouldBlock))
}

fn error(reply: Reply) -> String {
    match reply {
        Reply::Error(text) => text,
        other => panic!("no error but {other:?}"),
    }
}

#[test]
fn a_connection_lost_before_execution_changes_nothing_and_delivers_what_came_before() {
    let (server, mut client) = start(Server::builder());
    let lost = server.inject(Fault::drop_before().on("incr"));
    client.send_bytes(b"SET a 1\r\nINCR a\r\nSET a 5\r\n").expect("the server reads");
    assert_eq!(reply(&mut client), Reply::Simple("OK".to_owned()));
    assert!(is_closed(&mut client), "the connection was to be lost");
    assert_eq!(lost.fired(), 1);
    assert_eq!(get(&server, "a").text(), "1");
}

#[test]
fn a_connection_lost_after_execution_has_changed_everything() {
    let (server, mut client) = start(Server::builder());
    let lost = server.inject(Fault::drop_after().on("INCR").after(1));
    client.send_bytes(b"INCR a\r\nINCR a\r\nINCR a\r\n").expect("the server reads");
    assert_eq!(reply(&mut client), Reply::Int(1));
    assert!(is_closed(&mut client), "the connection was to be lost");
    assert_eq!(lost.fired(), 1);
    assert_eq!(get(&server, "a").text(), "2");
}

#[test]
fn a_reply_that_is_waited_for_can_be_lost_too() {
    let (server, mut client) = start(Server::builder());
    let lost = server.inject(Fault::drop_after().on("BLPOP"));
    client.send_bytes(b"BLPOP q 0\r\n").expect("the server reads");
    let mut other = connect(&server);
    assert_eq!(other.command(&["RPUSH", "q", "x"]), Reply::Int(1));
    assert!(is_closed(&mut client), "the connection was to be lost");
    assert_eq!(lost.fired(), 1);
    assert_eq!(other.command(&["LLEN", "q"]), Reply::Int(0));
}

#[test]
fn error_replies_are_given_in_place_of_execution_and_abort_transactions() {
    let (server, mut client) = start(Server::builder());
    for (fault, code) in [
        (Fault::readonly(), "READONLY"),
        (Fault::loading(), "LOADING"),
        (Fault::oom(), "OOM"),
        (Fault::busy(), "BUSY"),
        (Fault::error("NOREPLICAS not\r\nenough"), "NOREPLICAS"),
    ] {
        let injected = server.inject(fault.on("SET"));
        let text = error(client.command(&["SET", "a", "1"]));
        assert!(text.starts_with(code), "{text}");
        assert_eq!((injected.fired(), client.command(&["EXISTS", "a"])), (1, Reply::Int(0)));
    }
    let injected = server.inject(Fault::oom().on("SET"));
    client.command(&["MULTI"]);
    assert!(error(client.command(&["SET", "a", "1"])).starts_with("OOM"));
    assert!(error(client.command(&["EXEC"])).starts_with("EXECABORT"));
    assert_eq!((injected.fired(), client.command(&["EXISTS", "a"])), (1, Reply::Int(0)));
}

#[test]
fn a_delay_holds_up_one_client_and_no_other() {
    let (server, mut client) = start(Server::builder().clock(Clock::held()));
    let delay = Duration::from_millis(300);
    let injected = server.inject(Fault::delay(delay).on("SET"));
    let start = Instant::now();
    client.send_bytes(b"SET a 1\r\n").expect("the server reads");
    let mut other = connect(&server);
    while injected.fired() == 0 {
        other.command(&["PING"]);
    }
    assert_eq!(other.command(&["EXISTS", "a"]), Reply::Int(0));
    assert_eq!(reply(&mut client), Reply::Simple("OK".to_owned()));
    assert!(start.elapsed() >= delay);
    assert_eq!(injected.fired(), 1);
}

#[test]
fn refused_connections_end_at_once_and_others_live_until_they_are_cut_off() {
    let (server, mut client) = start(Server::builder());
    client.command(&["PING"]);
    server.refuse_connections(true);
    assert!(is_closed(&mut connect(&server)));
    assert_eq!(client.command(&["PING"]), Reply::Simple("PONG".to_owned()));
    server.disconnect_all();
    assert!(is_closed(&mut client));
    server.refuse_connections(false);
    assert_eq!(connect(&server).command(&["PING"]), Reply::Simple("PONG".to_owned()));
}

#[test]
fn what_was_sent_can_be_looked_at_once() {
    let (server, mut client) = start(Server::builder().record(2));
    client.command(&["SET", "a", "1"]);
    client.command(&["SET", "a b", ""]);
    client.command(&["GET", "a b"]);
    assert_eq!(server.take_sent(), [r#"SET "a b" """#, r#"GET "a b""#]);
    assert!(server.take_sent().is_empty());
}

#[test]
fn whoever_waits_for_too_long_is_told_what_for() {
    let patience = Duration::from_millis(50);
    let (server, mut client) = start(Server::builder().patience(patience).clock(Clock::held()));
    let text = error(client.command(&["BLPOP", "q", "0"]));
    assert!(text.starts_with("HANGING 'BLPOP q 0' has waited for 50ms"), "{text}");
    assert!(text.ends_with("it has no timeout"), "{text}");
    let text = error(client.command(&["BLPOP", "q", "5"]));
    assert!(text.ends_with("its timeout comes when the test advances the clock"), "{text}");
    assert_eq!(connect(&server).command(&["RPUSH", "q", "x"]), Reply::Int(1));
    assert_eq!(client.command(&["LLEN", "q"]), Reply::Int(1), "nobody waits for it any more");
}

#[test]
fn a_clock_that_is_advanced_ends_waits_and_lives() {
    let (server, mut client) = start(Server::builder().clock(Clock::held()));
    client.command(&["SET", "a", "1", "EX", "60"]);
    server.clock().advance(Duration::from_secs(59));
    assert_eq!(client.command(&["TTL", "a"]), Reply::Int(1));
    client.send_bytes(b"BLPOP q 1\r\n").expect("the server reads");
    let mut other = connect(&server);
    while !other.command(&["INFO", "clients"]).text().contains("blocked_clients:1") {}
    server.clock().advance(Duration::from_secs(1));
    assert_eq!(reply(&mut client), Reply::Nil);
    assert_eq!(other.command(&["EXISTS", "a"]), Reply::Int(0));
}

#[cfg(unix)]
#[test]
fn a_private_server_leaves_nothing_behind() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::builder().private().start().expect("a server starts");
    let socket = server.unix_path().expect("it has a socket").to_owned();
    let folder = socket.parent().expect("a socket is in a folder").to_owned();
    let mode = folder.metadata().expect("the folder is there").permissions().mode();
    assert_eq!((server.addr(), mode & 0o777), (None, 0o700));
    drop(server);
    assert!(!folder.exists());
}
