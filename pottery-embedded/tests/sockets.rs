//! The server through its sockets.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use pottery_embedded::{Clock, Server};
use pottery_test_support::{Raw, Reply, unique, wait_until};

fn connect(server: &Server) -> Raw {
    Raw::connect(server.addr().expect("it listens on a port"))
}

/// Sends bytes and reads as many as are expected.
fn exchange(stream: &mut (impl Read + Write), request: &[u8], expected: &[u8]) {
    stream.write_all(request).expect("the server reads");
    let mut reply = vec![0; expected.len()];
    stream.read_exact(&mut reply).expect("the server answers");
    assert_eq!(String::from_utf8_lossy(&reply), String::from_utf8_lossy(expected));
}

fn socket_path() -> PathBuf {
    std::env::temp_dir().join(unique("pottery-embedded"))
}

#[test]
fn answers_on_a_port() {
    let server = Server::start().expect("it starts");
    let mut stream = TcpStream::connect(server.addr().expect("it listens on a port")).expect("it accepts");
    exchange(&mut stream, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nab\r\n", b"+OK\r\n");
    exchange(&mut stream, b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n", b"$2\r\nab\r\n+PONG\r\n");
    exchange(&mut stream, b"HELLO 3\r\n", b"%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n");
}

#[test]
fn answers_on_a_socket_in_the_file_system_and_removes_it() {
    let path = socket_path();
    let server = Server::builder().unix(&path).start().expect("it starts");
    assert_eq!(server.addr(), None);
    assert_eq!(server.url(), format!("redis+unix://{}", path.display()));
    let mut stream = UnixStream::connect(&path).expect("it accepts");
    exchange(&mut stream, b"INCR n\r\nINCR n\r\n", b":1\r\n:2\r\n");
    assert!(Server::builder().unix(&path).start().is_err(), "a path is taken once");
    drop(server);
    assert!(!path.exists());
}

#[test]
fn ends_all_connections_when_it_is_dropped() {
    let server = Server::start().expect("it starts");
    let addr = server.addr().expect("it listens on a port");
    let (mut idle, mut blocked) = (connect(&server), connect(&server));
    assert_eq!(idle.command(&["PING"]).text(), "PONG");
    blocked.send(&["BLPOP", "k", "0"]).expect("the server reads");
    wait_until("a client is blocked", Duration::from_secs(20), || {
        idle.command(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    drop(server);
    for client in [&mut idle, &mut blocked] {
        assert_eq!(client.read().expect_err("it has ended").kind(), ErrorKind::UnexpectedEof);
    }
    assert!(TcpStream::connect(addr).is_err());
}

#[test]
fn servers_know_nothing_of_each_other() {
    let servers: Vec<Server> = (0..20).map(|_| Server::start().expect("it starts")).collect();
    for server in &servers {
        assert_eq!(connect(server).command(&["INCR", "n"]).int(), 1);
    }
}

#[test]
fn a_password_is_demanded_and_is_in_the_address() {
    let server = Server::builder().password("p@ss").start().expect("it starts");
    let addr = server.addr().expect("it listens on a port");
    assert_eq!(server.url(), format!("redis://:p%40ss@{addr}/"));
    let mut client = connect(&server);
    let Reply::Error(error) = client.command(&["GET", "k"]) else { panic!("it isn't logged in") };
    assert_eq!(error, "NOAUTH Authentication required.");
    assert!(client.command(&["AUTH", "wrong"]).is_error());
    assert_eq!(client.command(&["AUTH", "p@ss"]).text(), "OK");
    assert!(client.command(&["GET", "k"]).is_nil());
}

#[test]
fn a_stranger_may_send_little() {
    let server = Server::builder().password("secret").start().expect("it starts");
    let mut client = connect(&server);
    client.send_bytes(b"*11\r\n").expect("the server reads");
    let Ok(Reply::Error(error)) = client.read() else { panic!("it is refused") };
    assert_eq!(error, "ERR Protocol error: unauthenticated multibulk length");
    assert_eq!(client.read().expect_err("it has ended").kind(), ErrorKind::UnexpectedEof);
}

#[test]
fn a_pipeline_that_is_sent_before_anything_is_read_gets_through() {
    let server = Server::start().expect("it starts");
    let mut client = connect(&server);
    let value = "x".repeat(100_000);
    client.command(&["SET", "k", &value]);
    let requests: Vec<&[&str]> = vec![&["GET", "k"]; 400];
    client.send_all(&requests).expect("the server goes on reading");
    for _ in 0..400 {
        assert_eq!(client.read().expect("every request is answered").text(), value);
    }
}

#[test]
fn one_client_serves_another_that_waits() {
    let server = Server::start().expect("it starts");
    let (mut waiting, mut other) = (connect(&server), connect(&server));
    waiting.send_all(&[&["BLPOP", "k", "0"], &["PING"]]).expect("the server reads");
    wait_until("a client is blocked", Duration::from_secs(20), || {
        other.command(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    other.command(&["RPUSH", "k", "v"]);
    assert_eq!(waiting.read().expect("it is served").texts(), ["k", "v"]);
    assert_eq!(waiting.read().expect("it goes on").text(), "PONG");
}

#[test]
fn a_blocked_client_that_goes_takes_nothing() {
    let server = Server::start().expect("it starts");
    let mut other = connect(&server);
    let mut waiting = connect(&server);
    waiting.send(&["BLPOP", "k", "0"]).expect("the server reads");
    let blocked = |other: &mut Raw, count: &str| {
        wait_until(count, Duration::from_secs(20), || {
            other.command(&["INFO", "clients"]).text().contains(count)
        });
    };
    blocked(&mut other, "blocked_clients:1");
    drop(waiting);
    blocked(&mut other, "blocked_clients:0");
    assert_eq!(other.command(&["RPUSH", "k", "v"]).int(), 1);
    assert_eq!(other.command(&["LPOP", "k"]).text(), "v");
}

#[test]
fn time_passes_when_the_clock_is_advanced() {
    let clock = Clock::held();
    let server = Server::builder().clock(clock.clone()).start().expect("it starts");
    let (mut client, mut waiting) = (connect(&server), connect(&server));
    client.command(&["SET", "session", "x", "EX", "3600"]);
    waiting.send(&["BLPOP", "k", "60"]).expect("the server reads");
    wait_until("a client is blocked", Duration::from_secs(20), || {
        client.command(&["INFO", "clients"]).text().contains("blocked_clients:1")
    });
    clock.advance(Duration::from_secs(60));
    assert!(waiting.read().expect("its time is up").is_nil());
    assert_eq!(client.command(&["TTL", "session"]).int(), 3540);
    clock.advance(Duration::from_secs(3541));
    assert_eq!(client.command(&["DBSIZE"]).int(), 0);
}

#[test]
fn time_passes_by_itself() {
    let server = Server::start().expect("it starts");
    let (mut client, mut waiting) = (connect(&server), connect(&server));
    client.command(&["SET", "k", "v", "PX", "20"]);
    waiting.send(&["BLPOP", "nothing", "0.02"]).expect("the server reads");
    assert!(waiting.read().expect("its time is up").is_nil());
    wait_until("the key expires without being looked at", Duration::from_secs(20), || {
        client.command(&["DBSIZE"]).int() == 0
    });
}

#[test]
fn a_clock_outlives_its_servers() {
    let clock = Clock::held();
    drop(Server::builder().clock(clock.clone()).start().expect("it starts"));
    clock.advance(Duration::from_secs(1));
    let server = Server::builder().clock(clock.clone()).start().expect("it starts");
    assert_eq!(connect(&server).command(&["PING"]).text(), "PONG");
    clock.advance(Duration::from_secs(1));
}

#[test]
fn starts_and_answers_in_a_few_milliseconds() {
    // The best of many: other tests run at the same time.
    let quick = (0..500).any(|_| {
        let start = Instant::now();
        let server = Server::start().expect("it starts");
        connect(&server).command(&["PING"]);
        start.elapsed() < Duration::from_millis(5)
    });
    assert!(quick, "not once in 500 times");
}

#[test]
fn a_path_is_in_the_address_whatever_it_is_called() {
    let folder = std::env::temp_dir().join(unique("a%20b?c#d é"));
    std::fs::create_dir(&folder).expect("the folder for temporary files takes another");
    let server = Server::builder().unix(folder.join("socket")).start().expect("it starts");
    let client = redis::Client::open(server.url()).expect("an address");
    let pong: String =
        redis::cmd("PING").query(&mut client.get_connection().expect("it accepts")).expect("it answers");
    assert_eq!(pong, "PONG");
    drop(server);
    std::fs::remove_dir(&folder).expect("nothing is left in it");
}

#[test]
fn an_empty_password_is_none() {
    let server = Server::builder().password("").start().expect("it starts");
    assert!(!server.url().contains('@'), "{}", server.url());
    assert_eq!(connect(&server).command(&["PING"]).text(), "PONG");
}
