//! Several clients that wait for lists: what needs more than one reply after another.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use pottery_embedded::{Clock, Server};
use pottery_test_support::{Raw, Reply, Seed, scale, wait_until};

const PATIENCE: Duration = Duration::from_secs(30);

/// How many clients the server says are blocked.
fn blocked(control: &mut Raw) -> usize {
    let info = control.command(&["INFO", "clients"]).text();
    let line = info.lines().find_map(|line| line.strip_prefix("blocked_clients:"));
    line.and_then(|count| count.parse().ok()).expect("the server counts them")
}

fn wait_for_blocked(control: &mut Raw, count: usize) {
    wait_until(&format!("{count} clients are blocked"), PATIENCE, || blocked(control) == count);
}

/// Runs a test on the real server, then on ours.
fn on_both(test: impl Fn(SocketAddr)) {
    let real = pottery_test_support::Server::start();
    test(real.addr());
    let ours = Server::start().expect("it starts");
    test(ours.addr().expect("it listens on a port"));
}

#[test]
fn a_client_that_goes_leaves_its_place_to_the_next() {
    on_both(|addr| {
        let mut control = Raw::connect(addr);
        let mut waiting: Vec<Raw> = (0..3).map(|_| Raw::connect(addr)).collect();
        for (number, client) in waiting.iter_mut().enumerate() {
            client.send(&["BLMOVE", "from", "to", "LEFT", "RIGHT", "0"]).expect("the server reads");
            wait_for_blocked(&mut control, number + 1);
        }
        drop(waiting.remove(0));
        wait_for_blocked(&mut control, 2);
        drop(waiting.remove(1));
        wait_for_blocked(&mut control, 1);
        control.command(&["RPUSH", "from", "a", "b"]);
        assert_eq!(waiting[0].read().expect("it is the only one left").text(), "a");
        assert_eq!(control.command(&["LRANGE", "from", "0", "-1"]).texts(), ["b"]);
        assert_eq!(control.command(&["LRANGE", "to", "0", "-1"]).texts(), ["a"]);
    });
}

#[test]
fn clients_are_served_in_the_order_in_which_they_came() {
    on_both(|addr| {
        let mut control = Raw::connect(addr);
        let mut waiting: Vec<Raw> = (0..50).map(|_| Raw::connect(addr)).collect();
        for (number, client) in waiting.iter_mut().enumerate() {
            // They wait for other keys too, which must not matter.
            let other = format!("other{}", number % 7);
            client.send(&["BLPOP", &other, "queue", "0"]).expect("the server reads");
            wait_for_blocked(&mut control, number + 1);
        }
        for number in 0..25 {
            control.command(&["RPUSH", "queue", &format!("{}", 2 * number), &format!("{}", 2 * number + 1)]);
        }
        for (number, client) in waiting.iter_mut().enumerate() {
            assert_eq!(
                client.read().expect("it is served").texts(),
                ["queue".to_owned(), number.to_string()]
            );
        }
        assert_eq!(blocked(&mut control), 0);
    });
}

#[test]
fn many_workers_share_what_many_producers_push() {
    on_both(|addr| {
        let produced = 4 * 500;
        let mut found: Vec<String> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(move || {
                        let mut client = Raw::connect(addr);
                        let mut found = Vec::new();
                        loop {
                            let text =
                                client.command(&["BLMOVE", "queue", "done", "LEFT", "RIGHT", "0"]).text();
                            if text == "stop" {
                                return found;
                            }
                            found.push(text);
                        }
                    })
                })
                .collect();
            let producers: Vec<_> = (0..4)
                .map(|producer| {
                    scope.spawn(move || {
                        let mut client = Raw::connect(addr);
                        for number in 0..500 {
                            client.command(&["RPUSH", "queue", &format!("{producer}-{number}")]);
                        }
                    })
                })
                .collect();
            for producer in producers {
                producer.join().expect("producers end");
            }
            let mut control = Raw::connect(addr);
            control.command(&["RPUSH", "queue", "stop", "stop", "stop", "stop"]);
            workers.into_iter().flat_map(|worker| worker.join().expect("workers end")).collect()
        });
        found.sort();
        found.dedup();
        assert_eq!(found.len(), produced, "each element went to one worker");
        let done = Raw::connect(addr).command(&["LLEN", "done"]).int();
        assert_eq!(usize::try_from(done).ok(), Some(produced + 4));
    });
}

#[test]
fn waits_end_when_the_clock_says_so_and_in_that_order() {
    let clock = Clock::held();
    let server = Server::builder().clock(clock.clone()).start().expect("it starts");
    let addr = server.addr().expect("it listens on a port");
    let mut control = Raw::connect(addr);
    let mut waiting: Vec<Raw> = (0..4).map(|_| Raw::connect(addr)).collect();
    let timeouts = ["2", "0.5", "0", "1.001"];
    for (number, (client, timeout)) in waiting.iter_mut().zip(timeouts).enumerate() {
        client.send(&["BLMOVE", "l", "m", "LEFT", "LEFT", timeout]).expect("the server reads");
        wait_for_blocked(&mut control, number + 1);
    }
    for (advance, over, left) in
        [(499, None, 4), (1, Some(1), 3), (500, None, 3), (1, Some(3), 2), (999, Some(0), 1)]
    {
        clock.advance(Duration::from_millis(advance));
        if let Some(over) = over {
            assert!(waiting[over].read().expect("its time is up").is_nil());
        }
        assert_eq!(blocked(&mut control), left);
    }
    clock.advance(Duration::from_secs(1_000_000_000));
    assert_eq!(blocked(&mut control), 1);
    control.command(&["RPUSH", "l", "v"]);
    assert_eq!(waiting[2].read().expect("it waits for ever").text(), "v");
}

#[test]
fn a_list_that_expires_serves_nobody_and_leaves_who_waits() {
    let clock = Clock::held();
    let server = Server::builder().clock(clock.clone()).start().expect("it starts");
    let addr = server.addr().expect("it listens on a port");
    let (mut control, mut waiting) = (Raw::connect(addr), Raw::connect(addr));
    control.command(&["RPUSH", "other", "1"]);
    control.command(&["PEXPIRE", "other", "100"]);
    waiting.send(&["BLPOP", "l", "0"]).expect("the server reads");
    wait_for_blocked(&mut control, 1);
    clock.advance(Duration::from_millis(200));
    assert!(control.command(&["RENAME", "other", "l"]).is_error());
    assert_eq!(blocked(&mut control), 1);
    control.command(&["RPUSH", "l", "v"]);
    assert_eq!(waiting.read().expect("it is served").texts(), ["l", "v"]);
}

/// A server with a writer and clients that may wait.
struct Side {
    control: Raw,
    writer: Raw,
    clients: Vec<(Raw, bool)>,
}

impl Side {
    fn new(addr: SocketAddr, clients: usize) -> Side {
        let clients = (0..clients)
            .map(|_| {
                let client = Raw::connect(addr);
                client.set_timeout(Duration::from_millis(1));
                (client, false)
            })
            .collect();
        Side { control: Raw::connect(addr), writer: Raw::connect(addr), clients }
    }

    fn waiting(&self) -> usize {
        self.clients.iter().filter(|(_, waiting)| *waiting).count()
    }

    /// The reply of a client, if there is one within a millisecond.
    fn heard(&mut self, client: usize) -> Option<Reply> {
        match self.clients[client].0.read() {
            Ok(reply) => Some(reply),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => None,
            Err(error) => panic!("client {client}: {error}"),
        }
    }

    /// Has a client send a command that may block, and tells whoever is answered.
    fn ask(&mut self, client: usize, command: &[String]) -> String {
        self.clients[client].0.send(command).expect("the server reads");
        self.clients[client].1 = true;
        self.settle(&format!("{client}: {command:?}"))
    }

    /// Has the writer send commands, and tells all replies: its own, and those of clients that waited.
    fn write(&mut self, commands: &[Vec<String>]) -> String {
        let said: Vec<String> =
            commands.iter().map(|command| format!("{:?}", self.writer.command(command))).collect();
        format!("{}\n{}", said.join("\n"), self.settle(&format!("{commands:?}")))
    }

    /// Reads replies until only those wait whom the server says to be blocked.
    fn settle(&mut self, what: &str) -> String {
        let mut said = Vec::new();
        wait_until(&format!("all who are served have been answered: {what}"), PATIENCE, || {
            if blocked(&mut self.control) == self.waiting() {
                return true;
            }
            for client in 0..self.clients.len() {
                if self.clients[client].1
                    && let Some(reply) = self.heard(client)
                {
                    self.clients[client].1 = false;
                    said.push(format!("{client}: {reply:?}"));
                }
            }
            false
        });
        // Whose reply was read first says nothing.
        said.sort();
        said.join("\n")
    }
}

fn key(rng: &mut fastrand::Rng) -> &'static str {
    ["a", "b", "c", "d"][rng.usize(..4)]
}

fn end(rng: &mut fastrand::Rng) -> &'static str {
    if rng.bool() { "LEFT" } else { "RIGHT" }
}

fn split(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

/// A command that may wait.
fn waiting_command(rng: &mut fastrand::Rng) -> Vec<String> {
    let (a, b) = (key(rng), key(rng));
    split(&match rng.u8(..5) {
        0 => format!("BLPOP {a} {b} 0"),
        1 => format!("BRPOP {a} {b} 0"),
        2 => format!("BLMOVE {a} {b} {} {} 0", end(rng), end(rng)),
        3 => format!("BRPOPLPUSH {a} {b} 0"),
        _ => format!("BLMPOP 0 2 {a} {b} {} COUNT {}", end(rng), rng.u8(1..4)),
    })
}

/// A command that may serve those who wait.
fn writing_command(rng: &mut fastrand::Rng, step: usize) -> Vec<String> {
    let (a, b) = (key(rng), key(rng));
    split(&match rng.u8(..14) {
        0..3 => format!("RPUSH {a} {step}"),
        3..5 => format!("LPUSH {a} {step} {step}x {step}y"),
        5 => format!("LPUSHX {a} {step}"),
        6 => format!("LMOVE {a} {b} {} {}", end(rng), end(rng)),
        7 => format!("RPOPLPUSH {a} {b}"),
        8 => format!("RENAME {a} {b}"),
        9 => format!("COPY {a} {b} REPLACE"),
        10 => format!("SET {a} {step}"),
        11 => format!("LMPOP 2 {a} {b} LEFT COUNT 2"),
        _ => format!("DEL {a} {b}"),
    })
}

#[test]
fn whoever_waits_for_whatever_is_served_as_redis_serves() {
    let seed = Seed::new();
    let mut rng = seed.rng();
    let real = pottery_test_support::Server::start();
    let ours = Server::start().expect("it starts");
    let addrs = [real.addr(), ours.addr().expect("it listens on a port")];
    let [mut real, mut ours] = addrs.map(|addr| Side::new(addr, 5));
    let mut history = Vec::new();
    for step in 0..scale(600, 20_000) {
        let idle: Vec<usize> = (0..5).filter(|client| !real.clients[*client].1).collect();
        let (expected, found) = if !idle.is_empty() && rng.bool() {
            let client = idle[rng.usize(..idle.len())];
            let command = waiting_command(&mut rng);
            history.push(format!("{client}: {command:?}"));
            (real.ask(client, &command), ours.ask(client, &command))
        } else {
            let mut commands = vec![writing_command(&mut rng, step)];
            if rng.u8(..3) == 0 {
                commands.insert(0, split("MULTI"));
                commands.extend((0..rng.usize(..4)).map(|_| writing_command(&mut rng, step)));
                commands.push(split("EXEC"));
            }
            history.push(format!("{commands:?}"));
            (real.write(&commands), ours.write(&commands))
        };
        let from = history.len().saturating_sub(30);
        assert_eq!(found, expected, "after {}", history[from..].join("\n"));
    }
    for key in ["a", "b", "c", "d"] {
        let range = ["LRANGE", key, "0", "-1"];
        let (expected, found) = (real.control.command(&range), ours.control.command(&range));
        assert_eq!(format!("{found:?}"), format!("{expected:?}"));
    }
}
