//! The embedded server beside `redis-server`, on the same kind of socket, in one run:
//! `cargo bench -p pottery-embedded --bench compare`.
//!
//! Rates are medians over rounds in which the two take turns. Goals: single commands at 0.7 of Redis's rate or more,
//! pipelines at 0.5, a start with the first command in less than 5 ms. `POTTERY_BENCH_ROUNDS` says how many rounds.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};
use std::{env, fs};

use pottery_embedded::{Clock, Server};
use pottery_test_support::{Raw, Server as Redis};

/// One round of one measurement takes about this long.
const ROUND: Duration = Duration::from_millis(300);
/// How many connections are many.
const MANY: usize = 50;
/// How long pipelines are.
const PIPELINE: usize = 100;
/// How many keys there are when memory is measured.
const KEYS: usize = 300_000;

/// A connection that counts replies and looks at nothing else.
struct Plain {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Plain {
    fn new(addr: SocketAddr) -> Plain {
        let stream = TcpStream::connect(addr).expect("the server accepts");
        stream.set_nodelay(true).expect("a socket takes options");
        Plain { stream, buffer: vec![0; 64 * 1024] }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server reads");
    }

    /// Reads so many replies of two lines (`lines` 2) or one.
    fn receive(&mut self, replies: usize, lines: usize) {
        let mut ends = 0;
        while ends < replies * lines {
            let read = self.stream.read(&mut self.buffer).expect("the server answers");
            assert!(read > 0, "the server has hung up");
            ends += self.buffer[..read].iter().filter(|byte| **byte == b'\n').count();
        }
    }
}

fn encode(args: &[&str]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", args.len()).into_bytes();
    for arg in args {
        out.extend_from_slice(format!("${}\r\n{arg}\r\n", arg.len()).as_bytes());
    }
    out
}

/// A command to measure, and how many lines its reply has.
struct Subject {
    name: &'static str,
    lines: usize,
    /// The command number so many.
    command: fn(usize) -> Vec<u8>,
}

const INCR_SCRIPT: &str = "return redis.call('incr', KEYS[1])";

const SUBJECTS: &[Subject] = &[
    Subject { name: "GET", lines: 2, command: |_| encode(&["GET", "string"]) },
    Subject {
        name: "SET",
        lines: 1,
        command: |n| encode(&["SET", &format!("s{}", n % 10_000), "twenty bytes of value"]),
    },
    Subject { name: "INCR", lines: 1, command: |n| encode(&["INCR", &format!("n{}", n % 10_000)]) },
    Subject {
        name: "LPUSH",
        lines: 1,
        command: |n| encode(&["LPUSH", &format!("l{}", n % 1000), "an element"]),
    },
    Subject {
        name: "HSET",
        lines: 1,
        command: |n| encode(&["HSET", &format!("h{}", n % 1000), &format!("field{}", n % 50), "a value"]),
    },
    Subject {
        name: "ZADD",
        lines: 1,
        command: |n| {
            encode(&[
                "ZADD",
                "z",
                &(n.wrapping_mul(7919) % 100_000).to_string(),
                &format!("member{}", n % 10_000),
            ])
        },
    },
    // The sum comes from the server.
    Subject { name: "EVALSHA", lines: 1, command: |_| Vec::new() },
];

/// How commands are sent.
#[derive(Clone, Copy)]
enum Way {
    One,
    Many,
    Pipeline,
}

/// Commands per second in one round.
fn rate(addr: SocketAddr, subject: &Subject, way: Way, sha: &str) -> f64 {
    let connections = if matches!(way, Way::Many) { MANY } else { 1 };
    let batch = if matches!(way, Way::Pipeline) { PIPELINE } else { 1 };
    let mut plain: Vec<Plain> = (0..connections).map(|_| Plain::new(addr)).collect();
    let command = |number| match subject.name {
        "EVALSHA" => encode(&["EVALSHA", sha, "1", &format!("e{}", number % 1000)]),
        _ => (subject.command)(number),
    };
    // Made before the clock runs, so that the client is as little of the measurement as it can be.
    let requests: Vec<Vec<u8>> =
        (0..10_000 / batch).map(|it| (it * batch..(it + 1) * batch).flat_map(&command).collect()).collect();
    let start = Instant::now();
    let mut sent = 0;
    while start.elapsed() < ROUND {
        for connection in &mut plain {
            connection.send(&requests[sent % requests.len()]);
            sent += 1;
        }
        for connection in &mut plain {
            connection.receive(batch, subject.lines);
        }
    }
    (sent * batch) as f64 / start.elapsed().as_secs_f64()
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// The memory of a process that is in use, in bytes.
fn resident(process: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("this is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it tells");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("it is a number") * 1024.0
}

/// Bytes for each of many keys.
fn memory(addr: SocketAddr, process: &str, command: impl Fn(usize) -> Vec<u8>) -> f64 {
    Raw::connect(addr).command(&["FLUSHALL"]);
    let mut plain = Plain::new(addr);
    let before = resident(process);
    for start in (0..KEYS).step_by(PIPELINE) {
        plain.send(&(start..start + PIPELINE).flat_map(&command).collect::<Vec<u8>>());
        plain.receive(PIPELINE, 1);
    }
    let used = resident(process) - before;
    Raw::connect(addr).command(&["FLUSHALL"]);
    used / KEYS as f64
}

fn start_and_first_command() {
    let mut times: Vec<f64> = (0..200)
        .map(|_| {
            let start = Instant::now();
            let server = Server::start().expect("it starts");
            let mut plain = Plain::new(server.addr().expect("it listens on a port"));
            plain.send(b"PING\r\n");
            plain.receive(1, 1);
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "start and first command: {:.2} ms, at worst {:.2} ms (goal: less than 5)",
        times[100], times[199]
    );
}

/// Ten thousand locks that are taken, run out, and are taken again.
fn locks() {
    let server = Server::builder().clock(Clock::held()).start().expect("it starts");
    let mut raw = Raw::connect(server.addr().expect("it listens on a port"));
    let start = Instant::now();
    for number in 0..10_000 {
        let key = format!("lock:{}", number % 10);
        assert_eq!(raw.command(&["SET", &key, "owner", "NX", "PX", "30000"]).text(), "OK");
        assert!(raw.command(&["SET", &key, "another", "NX", "PX", "30000"]).is_nil());
        server.clock().advance(Duration::from_millis(30_000));
    }
    println!(
        "10,000 locks that run out by an advanced clock: {:.2} s (goal: seconds)",
        start.elapsed().as_secs_f64()
    );
}

fn main() {
    let rounds = env::var("POTTERY_BENCH_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(5);
    let redis = Redis::start();
    let ours = Server::start().expect("it starts");
    let (theirs, ours) = (redis.addr(), ours.addr().expect("it listens on a port"));
    let mut sha = String::new();
    for addr in [theirs, ours] {
        let mut raw = Raw::connect(addr);
        raw.command(&["SET", "string", "twenty bytes of value"]);
        sha = raw.command(&["SCRIPT", "LOAD", INCR_SCRIPT]).text();
    }
    start_and_first_command();
    locks();
    println!(
        "\n{:22} {:>12} {:>12} {:>7} {:>6}",
        "commands per second", "redis", "embedded", "ratio", "goal"
    );
    let ways = [
        (Way::One, "one connection", 0.7),
        (Way::Many, "50 connections", 0.7),
        (Way::Pipeline, "pipelines", 0.5),
    ];
    for (way, name, goal) in ways {
        for subject in SUBJECTS {
            let (mut redis, mut embedded) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                redis.push(rate(theirs, subject, way, &sha));
                embedded.push(rate(ours, subject, way, &sha));
            }
            let (redis, embedded) = (median(redis), median(embedded));
            let ratio = embedded / redis;
            let missed = if ratio < goal { "  missed" } else { "" };
            println!("{:8}{name:14} {redis:12.0} {embedded:12.0} {ratio:7.2} {goal:6}{missed}", subject.name);
        }
    }
    let info = Raw::connect(theirs).command(&["INFO", "server"]).text();
    let process = info.lines().find_map(|line| line.strip_prefix("process_id:")).expect("it tells").trim();
    println!("\n{:22} {:>12} {:>12}", "bytes for each key", "redis", "embedded");
    type Make = fn(usize) -> Vec<u8>;
    let kinds: [(&str, Make); 3] = [
        ("a short string", |n| encode(&["SET", &format!("key:{n}"), "value"])),
        ("a hash of two fields", |n| {
            encode(&["HSET", &format!("key:{n}"), "name", "value", "other", "value"])
        }),
        ("a set of one number", |n| encode(&["SADD", &format!("key:{n}"), "7"])),
    ];
    for (name, make) in kinds {
        let (redis, embedded) = (memory(theirs, process, make), memory(ours, "self", make));
        println!("{name:22} {redis:12.0} {embedded:12.0}");
    }
}
