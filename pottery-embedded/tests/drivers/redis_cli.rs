//! `redis-cli`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Output, Stdio};

use pottery_embedded::Server;
use pottery_test_support::Raw;

use crate::server;

fn cli(server: &Server, args: &[&str]) -> Command {
    let port = server.addr().expect("it listens on a port").port().to_string();
    let mut command = Command::new("redis-cli");
    command.args(["-p", &port]).args(args).stdin(Stdio::piped()).stdout(Stdio::piped());
    command
}

/// Types something in, and returns what is printed.
fn typed(server: &Server, args: &[&str], input: &[u8]) -> String {
    let mut child: Child = cli(server, args).spawn().expect("redis-cli starts");
    child.stdin.take().expect("it has an input").write_all(input).expect("it reads");
    let Output { stdout, status, .. } = child.wait_with_output().expect("it ends");
    assert!(status.success(), "{status}");
    String::from_utf8(stdout).expect("it prints text")
}

#[test]
fn redis_cli_works_in_both_protocols() {
    let server = server();
    for protocol in ["-2", "-3"] {
        let session = b"FLUSHALL\nSET s v\nRPUSH l a b\nLRANGE l 0 -1\nHSET h a 1\nHGETALL h\nZADD z 1.5 m\n\
            ZSCORE z m\nMULTI\nINCR n\nEXEC\nEVAL \"return {KEYS[1], 2}\" 1 k\nLPUSH s x\nOBJECT ENCODING l\n";
        let said = typed(&server, &[protocol], session);
        let expected = "OK\nOK\n2\na\nb\n1\na\n1\n1\n1.5\nOK\nQUEUED\n1\nk\n2\n\
            WRONGTYPE Operation against a key holding the wrong kind of value\n\nquicklist\n";
        // How a map is shown differs.
        assert_eq!(said.replace("a 1\n", "a\n1\n"), expected);
    }
}

#[test]
fn redis_cli_pipes_a_hundred_thousand_commands() {
    let server = server();
    let commands: String = (0..100_000).map(|number| format!("SET key:{number} {number}\r\n")).collect();
    let said = typed(&server, &["--pipe"], commands.as_bytes());
    assert!(said.contains("errors: 0, replies: 100000"), "{said}");
    let mut raw = Raw::connect(server.addr().expect("it listens on a port"));
    assert_eq!(raw.command(&["DBSIZE"]).int(), 100_000);
    let scanned = typed(&server, &["--scan", "--pattern", "key:*77"], b"");
    assert_eq!(scanned.lines().count(), 1000);
}

#[test]
fn redis_cli_monitors() {
    let server = server();
    let mut monitor = cli(&server, &["MONITOR"]).spawn().expect("redis-cli starts");
    let mut lines = BufReader::new(monitor.stdout.take().expect("it has an output")).lines();
    let mut next = || lines.next().expect("it goes on").expect("it prints text");
    assert_eq!(next(), "OK");
    Raw::connect(server.addr().expect("it listens on a port")).command(&["SET", "k", "two words"]);
    let line = next();
    assert!(line.ends_with("\"SET\" \"k\" \"two words\""), "{line}");
    monitor.kill().expect("it is ours");
    monitor.wait().expect("it ends");
}
