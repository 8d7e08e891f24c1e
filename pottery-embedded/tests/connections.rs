//! Clients and what they do to each other, where comparing replies with a real server isn't enough.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use pottery_embedded::{Clock, Server};
use pottery_test_support::{Raw, Reply, wait_until};

fn connect(server: &Server) -> Raw {
    Raw::connect(server.addr().expect("it listens on a port"))
}

/// What a monitor is shown, without times, addresses and the hashes of scripts' names.
fn monitored(mut monitor: Raw, mut other: Raw) -> Vec<String> {
    assert_eq!(monitor.command(&["MONITOR"]).text(), "OK");
    let commands: &[&[&str]] = &[
        &["PING"],
        &["set", "k", "quote \" back \\ tab \t line \r\n é \0 \x07 \x08"],
        &["SELECT", "3"],
        &["GET", "k"],
        &["AUTH", "secret"],
        &["AUTH", "default", "secret"],
        &["HELLO", "2", "AUTH", "default", "secret", "SETNAME", "me"],
        &["CONFIG", "GET", "port"],
        &["CLIENT", "GETNAME"],
        &["CLIENT", "LIST"],
        &["MULTI"],
        &["SET", "k", "v"],
        &["GET", "k"],
        &["EXEC"],
        &["MULTI"],
        &["DISCARD"],
        &["EVAL", "redis.call('SET', 'k', 'v') return redis.call('GET', 'k')", "0"],
        &["nonsense"],
        &["GET"],
        &["GET", "k"],
        &["LPUSH", "k", "wrong type"],
        &["SUBSCRIBE", "c"],
        &["UNSUBSCRIBE", "c"],
        &["RESET"],
        &["ECHO", "the end"],
    ];
    for command in commands {
        other.command(command);
    }
    let mut lines = Vec::new();
    loop {
        let line = monitor.read().expect("the monitor is shown commands").text();
        let (time, rest) = line.split_once(' ').expect("a time comes first");
        let (seconds, micros) = time.split_once('.').expect("in seconds, with a fraction");
        assert!(seconds.len() >= 10 && micros.len() == 6, "{time}");
        let (source, request) = rest.split_once("] ").expect("brackets");
        let (db, client) = source.split_once(' ').expect("a database and a client");
        let client = if client.starts_with("127.0.0.1:") { "client" } else { client };
        lines.push(format!("{db} {client}] {request}"));
        if request.ends_with("\"the end\"") {
            return lines;
        }
    }
}

#[test]
fn a_monitor_is_shown_what_redis_shows() {
    let real = pottery_test_support::Server::start();
    let ours = Server::start().expect("it starts");
    assert_eq!(monitored(connect(&ours), connect(&ours)), monitored(real.raw(), real.raw()));
}

#[test]
fn a_monitor_that_is_reset_is_shown_nothing_more() {
    let server = Server::start().expect("it starts");
    let mut monitor = connect(&server);
    assert_eq!(monitor.command(&["MONITOR"]).text(), "OK");
    assert_eq!(monitor.command(&["RESET"]).text(), "RESET");
    connect(&server).command(&["SET", "k", "v"]);
    assert_eq!(monitor.command(&["GET", "k"]).text(), "v");
}

#[test]
fn a_subscriber_that_does_not_read_is_cut_off() {
    let server =
        Server::builder().setting("client-output-buffer-limit", "pubsub 1mb 0 0").start().expect("it starts");
    let mut slow = TcpStream::connect(server.addr().expect("it listens on a port")).expect("it accepts");
    slow.write_all(b"SUBSCRIBE c\r\n").expect("the server reads");
    let mut publisher = connect(&server);
    wait_until("the subscription", Duration::from_secs(30), || {
        publisher.command(&["PUBSUB", "NUMSUB", "c"]).array()[1].int() == 1
    });
    let message = "x".repeat(100_000);
    // The system's own buffers hold some of it too.
    let mut sent = 0;
    wait_until("the subscriber is gone", Duration::from_secs(30), || {
        sent += 1;
        publisher.command(&["PUBLISH", "c", &message]).int() == 0
    });
    assert!(sent > 10, "a subscriber is cut off only when more than the limit waits: {sent}");
    let mut bytes = Vec::new();
    match slow.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
}

#[test]
fn a_subscriber_that_stays_behind_for_too_long_is_cut_off() {
    let clock = Clock::held();
    let server = Server::builder()
        .clock(clock.clone())
        .setting("client-output-buffer-limit", "pubsub 0 100kb 60")
        .start()
        .expect("it starts");
    let mut slow = TcpStream::connect(server.addr().expect("it listens on a port")).expect("it accepts");
    slow.write_all(b"SUBSCRIBE c\r\n").expect("the server reads");
    let mut publisher = connect(&server);
    wait_until("the subscription", Duration::from_secs(30), || {
        publisher.command(&["PUBSUB", "NUMSUB", "c"]).array()[1].int() == 1
    });
    let message = "x".repeat(100_000);
    for _ in 0..300 {
        assert_eq!(publisher.command(&["PUBLISH", "c", &message]).int(), 1);
    }
    clock.advance(Duration::from_secs(61));
    publisher.command(&["PUBLISH", "c", &message]);
    assert_eq!(publisher.command(&["PUBLISH", "c", &message]).int(), 0);
    drop(slow);
}

#[test]
fn a_client_that_is_idle_for_too_long_is_cut_off_unless_it_listens() {
    let clock = Clock::held();
    let server = Server::builder().clock(clock.clone()).setting("timeout", "10").start().expect("it starts");
    let mut idle = connect(&server);
    let mut listener = connect(&server);
    idle.command(&["PING"]);
    listener.command(&["SUBSCRIBE", "c"]);
    clock.advance(Duration::from_secs(9));
    assert_eq!(idle.command(&["PING"]).text(), "PONG");
    clock.advance(Duration::from_secs(10));
    assert!(idle.try_command(&["PING"]).is_err());
    assert!(listener.try_command(&["PING"]).is_ok());
}

#[test]
fn no_more_clients_than_allowed_are_served() {
    let server = Server::builder().setting("maxclients", "2").start().expect("it starts");
    let (mut first, mut second) = (connect(&server), connect(&server));
    first.command(&["PING"]);
    second.command(&["PING"]);
    let mut third = connect(&server);
    assert_eq!(third.read().expect("it is told"), Reply::Error("ERR max number of clients reached".into()));
    assert_eq!(first.command(&["PING"]).text(), "PONG");
}

#[test]
fn a_pause_ends_by_the_servers_clock() {
    let clock = Clock::held();
    let server = Server::builder().clock(clock.clone()).start().expect("it starts");
    let (mut first, mut second) = (connect(&server), connect(&server));
    first.command(&["CLIENT", "PAUSE", "60000", "WRITE"]);
    second.send(&["SET", "k", "v"]).expect("the server reads");
    wait_until("the command waits", Duration::from_secs(30), || {
        first.command(&["INFO", "clients"]).text().contains("blocked_clients:1\r")
    });
    assert!(first.command(&["GET", "k"]).is_nil());
    clock.advance(Duration::from_secs(60));
    assert_eq!(second.read().expect("it goes on").text(), "OK");
}

#[test]
fn the_tracking_table_forgets_what_is_too_much_and_says_so() {
    let server = Server::builder().setting("tracking-table-max-keys", "10").start().expect("it starts");
    let mut reader = connect(&server);
    let mut listener = connect(&server);
    listener.command(&["SUBSCRIBE", "__redis__:invalidate"]);
    let mut other = connect(&server);
    let list = other.command(&["CLIENT", "LIST", "TYPE", "pubsub"]).text();
    let id = list.strip_prefix("id=").and_then(|it| it.split(' ').next()).expect("a line of a client");
    assert_eq!(reader.command(&["CLIENT", "TRACKING", "on", "REDIRECT", id]).text(), "OK");
    for key in 0..15 {
        reader.command(&["GET", &key.to_string()]);
    }
    reader.command(&["PING"]);
    for _ in 0..5 {
        assert_eq!(listener.read().expect("it is told").array().len(), 3);
    }
    assert!(other.command(&["INFO", "stats"]).text().contains("tracking_total_keys:10\r"));
}

#[test]
fn thousands_of_subscriptions_cost_no_more_each_than_a_few() {
    let server = Server::start().expect("it starts");
    let mut listener = connect(&server);
    let names: Vec<String> = (0..50_000).map(|number| format!("channel:{number}")).collect();
    let begun = Instant::now();
    for command in ["SUBSCRIBE", "PSUBSCRIBE"] {
        let mut args = vec![command];
        args.extend(names.iter().map(String::as_str));
        listener.send(&args).expect("the server reads");
        for _ in &names {
            listener.read().expect("each is confirmed");
        }
    }
    drop(listener);
    let mut other = connect(&server);
    wait_until("they are forgotten", Duration::from_secs(30), || {
        other.command(&["PUBSUB", "NUMPAT"]).int() == 0
    });
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn shutdown_ends_the_server_and_its_owner_notices() {
    let server = Server::start().expect("it starts");
    let mut client = connect(&server);
    let mut other = connect(&server);
    other.command(&["PING"]);
    assert!(server.is_running());
    let ended = server.ended();
    assert!(client.try_command(&["SHUTDOWN"]).is_err());
    assert!(other.try_command(&["PING"]).is_err());
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(ended);
    wait_until("the thread has ended", Duration::from_secs(10), || !server.is_running());
    assert!(Raw::try_connect(server.addr().expect("it listened on a port")).is_err());
}

#[test]
fn a_setting_that_makes_no_sense_is_told_at_the_start() {
    for (name, value, part) in [
        ("nonsense", "1", "no such setting"),
        ("maxmemory", "much", "argument must be a memory value"),
        ("databases", "0", "argument must be between 1 and 2147483647 inclusive"),
        ("save", "900 1", "there are no snapshots"),
        ("port", "1", "the builder has a method for that"),
        ("user", "", "a user needs a name"),
        ("user", "ann +nonsense", "Unknown command or category name in ACL"),
    ] {
        let error = Server::builder().setting(name, value).start().expect_err("it makes no sense");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn users_are_there_from_the_start() {
    let server = Server::builder()
        .setting("user", "default off")
        .setting("user", "ann on >secret ~app:* +@all")
        .setting("databases", "2")
        .start()
        .expect("it starts");
    let mut client = connect(&server);
    assert_eq!(client.command(&["PING"]), Reply::Error("NOAUTH Authentication required.".into()));
    assert_eq!(client.command(&["AUTH", "ann", "secret"]).text(), "OK");
    assert_eq!(client.command(&["SET", "app:1", "v"]).text(), "OK");
    assert!(client.command(&["SET", "other", "v"]).is_error());
    assert_eq!(client.command(&["SELECT", "1"]).text(), "OK");
    assert!(client.command(&["SELECT", "2"]).is_error());
}

#[test]
fn memory_stays_below_its_limit() {
    let server = Server::builder()
        .setting("maxmemory", "2mb")
        .setting("maxmemory-policy", "allkeys-lru")
        .start()
        .expect("it starts");
    let mut client = connect(&server);
    let value = "x".repeat(1000);
    for key in 0..10_000 {
        assert_eq!(client.command(&["SET", &key.to_string(), &value]).text(), "OK");
    }
    let keys = client.command(&["DBSIZE"]).int();
    assert!((500..1500).contains(&keys), "{keys}");
    let info = client.command(&["INFO", "stats"]).text();
    assert!(info.contains(&format!("evicted_keys:{}\r", 10_000 - keys)), "{info}");
    assert_eq!(client.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).text(), "OK");
    for key in 0..2000 {
        client.command(&["RPUSH", "list", &format!("{key}{value}")]);
    }
    assert!(client.command(&["RPUSH", "list", "x"]).is_error());
    assert_eq!(client.command(&["DEL", "list"]).int(), 1);
    assert_eq!(client.command(&["SET", "k", "v"]).text(), "OK");
}
