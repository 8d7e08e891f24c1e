//! A server that is killed while it is written to: what it has acknowledged is there.
//!
//! The server runs in a process of its own, this test program started once more. Writers send it commands over several
//! connections, in pipelines and transactions, some with values so large that a write of the file takes a while, and note
//! what was acknowledged. At a random time the process is killed; then the file is opened here.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use pottery_embedded::{Fsync, Persistence, Server};
use pottery_test_support::{Raw, Rng, Seed, scale, wait_until};

use crate::data::{Dir, assert_same, connect, content, start};

/// Tells this program to be the server, and of which file.
const FILE: &str = "POTTERY_KILL_TEST_FILE";

/// The policies, of which a server's is told by its place here.
const POLICIES: [Fsync; 3] = [Fsync::Never, Fsync::EverySecond, Fsync::Always];
const POLICY: &str = "POTTERY_KILL_TEST_POLICY";

/// The file as the server keeps it: rewritten so often that many kills hit a rewrite.
fn persistence(path: &Path, policy: usize) -> Persistence {
    Persistence::at(path).fsync(POLICIES[policy]).rewrite_at(50, 400_000).on_warning(|_| ())
}

/// Serves until it is killed, if it was started for that. By itself it shows that such a server answers.
#[test]
fn serves_until_it_is_killed() {
    let Some(path) = std::env::var_os(FILE) else {
        let dir = Dir::new();
        let mut process = Process::start(&dir.path("a.aof"), 0);
        assert_eq!(process.connect().command(&["PING"]).text(), "PONG");
        process.kill();
        return;
    };
    let policy = std::env::var(POLICY).expect("it is told").parse().expect("it is a number");
    let server = start(persistence(Path::new(&path), policy));
    println!("listening on {}", server.addr().expect("it listens on a port").port());
    // The other end is closed when whoever started this has ended, in whatever way.
    let _ = std::io::stdin().read_line(&mut String::new());
}

/// The server's process.
struct Process {
    child: Child,
    port: u16,
}

impl Process {
    fn start(path: &Path, policy: usize) -> Process {
        let program = std::env::current_exe().expect("this program has a path");
        Process::start_with(Command::new(program).env(POLICY, policy.to_string()), path)
    }

    /// Starts it by a command that ends with the path of this program.
    fn start_with(command: &mut Command, path: &Path) -> Process {
        let mut child = command
            .args(["--exact", "kill::serves_until_it_is_killed", "--nocapture", "--test-threads=1"])
            .env(FILE, path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program can be started once more");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let port = output.lines().find_map(|line| {
            let line = line.expect("its output can be read");
            line.split_once("listening on ")?.1.trim().parse().ok()
        });
        Process { child, port: port.expect("it says where it listens") }
    }

    fn connect(&self) -> Raw {
        Raw::connect(("127.0.0.1", self.port))
    }

    fn kill(&mut self) {
        self.child.kill().expect("a child that hasn't been waited for can be killed");
        self.child.wait().expect("a child can be waited for");
    }
}

/// Never does a server outlive its test.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What one writer knows: numbers from 1 on are appended to its list, and counted, in one transaction each or one by one.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    sent: usize,
    acknowledged: usize,
}

/// Writes until the connection ends.
fn write(mut raw: Raw, name: usize, mut known: Known, random: &mut Rng) -> Known {
    let (list, count, blob) = (format!("list{name}"), format!("count{name}"), format!("blob{name}"));
    let large = "x".repeat(random.usize(1..300_000));
    loop {
        // A pipeline, which the server gets in one piece or in several.
        let mut commands: Vec<Vec<String>> = Vec::new();
        let mut last = Vec::new();
        for _ in 0..random.usize(1..20) {
            known.sent += 1;
            let number = known.sent.to_string();
            let push = vec!["RPUSH".to_owned(), list.clone(), number];
            if random.bool() {
                commands.push(vec!["MULTI".to_owned()]);
                commands.push(push);
                commands.push(vec!["INCR".to_owned(), count.clone()]);
                commands.push(vec!["EXEC".to_owned()]);
            } else {
                commands.push(push);
                commands.push(vec!["INCR".to_owned(), count.clone()]);
            }
            // The reply that acknowledges this number.
            last.push(commands.len() - 1);
            if random.u8(..50) == 0 {
                commands.push(vec!["SET".to_owned(), blob.clone(), large.clone()]);
            }
            if random.u8(..200) == 0 {
                commands.push(vec!["BGREWRITEAOF".to_owned()]);
            }
        }
        for command in &commands {
            if raw.send(command).is_err() {
                return known;
            }
        }
        let before = known.acknowledged;
        for index in 0..commands.len() {
            let Ok(_) = raw.read() else { return known };
            known.acknowledged = before + last.iter().filter(|it| **it <= index).count();
        }
    }
}

/// What the file must hold. Numbers that were sent and not acknowledged may be there or not, but none without those before.
fn verify(raw: &mut Raw, name: usize, known: &mut Known) {
    let list = raw.command(&["LRANGE", &format!("list{name}"), "0", "-1"]).texts();
    let numbers: Vec<usize> = list.iter().map(|it| it.parse().expect("only numbers were appended")).collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len()), "writer {name}: {numbers:?}");
    let found = numbers.len();
    assert!(
        (known.acknowledged..=known.sent).contains(&found),
        "writer {name} knows of {known:?} and {found} are there"
    );
    let count = raw.command(&["GET", &format!("count{name}")]);
    let count = if count.is_nil() { 0 } else { count.int() as usize };
    // One may have been pushed and not counted, if that was no transaction; each transaction is whole.
    assert!(count == found || count + 1 == found, "writer {name}: {found} pushed, {count} counted");
    if count < found {
        raw.command(&["INCR", &format!("count{name}")]);
    }
    *known = Known { sent: found, acknowledged: found };
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    const WRITERS: usize = 3;
    /// The data start anew after so many, so that opening them stays quick.
    const EPOCH: usize = 50;
    let seed = Seed::new();
    println!("seed {}", seed.value());
    let mut random = seed.rng();
    let kills = scale(200, 20_000);
    let real = pottery_test_support::Server::start();
    let (mut torn, mut rewriting, mut acknowledged) = (0, 0, 0);
    let mut dir = Dir::new();
    let mut known = [Known::default(); WRITERS];
    for kill in 0..kills {
        if kill % EPOCH == 0 {
            dir = Dir::new();
            known = [Known::default(); WRITERS];
        }
        let path = dir.path("a.aof");
        let mut process = Process::start(&path, kill % POLICIES.len());
        let micros = random.u64(..15_000);
        let before = known;
        known = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|name| {
                    let (raw, known) = (process.connect(), known[name]);
                    let mut random = seed.rng_for((kill * WRITERS + name) as u64);
                    scope.spawn(move || write(raw, name, known, &mut random))
                })
                .collect();
            // Not for luck: when it happens is what is varied.
            thread::sleep(Duration::from_micros(micros));
            process.kill();
            let mut ended = writers.into_iter().map(|it| it.join().expect("a writer doesn't panic"));
            std::array::from_fn(|_| ended.next().expect("there are so many writers"))
        });
        acknowledged += known
            .iter()
            .zip(before)
            .map(|(now, before)| now.acknowledged - before.acknowledged)
            .sum::<usize>();
        rewriting += usize::from(dir.path("a.aof.rewrite").exists());

        let copy = dir.path("copy.aof");
        let server = start(persistence(&path, 0));
        torn += usize::from(server.recovery().expect("it has a file").cut.is_some());
        assert!(server.recovery().expect("it has a file").refused.is_empty());
        fs::copy(&path, &copy).expect("it can be copied");
        let mut raw = connect(&server);
        if kill % scale(10, 100) == 0 {
            real.cli(&["FLUSHALL"]);
            let errors = crate::effects::pipe(&mut real.raw(), &fs::read(&copy).expect("it can be read"));
            assert!(errors.is_empty(), "{errors:?}");
            assert_same("in a real server", &content(&mut raw), &content(&mut real.raw()));
        }
        for (name, known) in known.iter_mut().enumerate() {
            verify(&mut raw, name, known);
        }
    }
    println!(
        "{kills} kills, {acknowledged} numbers acknowledged, {torn} torn tails, {rewriting} kills in a rewrite"
    );
    assert!(acknowledged > kills, "the kills came before anything had happened");
    assert!(rewriting > 0, "no kill hit a rewrite");
}

/// Kills are rarely so kind as to tear a write at a chosen place; this tears one at every place.
#[test]
fn a_write_torn_at_any_byte_loses_only_itself() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let server = start(persistence(&path, 0));
    let mut raw = connect(&server);
    // Where the file ends after each reply, and what was there then.
    let mut states = Vec::new();
    for commands in [
        &[&["SET", "a", "1"][..]][..],
        &[&["RPUSH", "l", "x", "y"]],
        &[
            &["MULTI"],
            &["INCR", "a"],
            &["LPOP", "l"],
            &["SELECT", "3"],
            &["SET", "b", "2", "EX", "10000"],
            &["EXEC"],
        ],
        &[&["SET", "c", "\r\n*1\r\n$4\r\n"]],
        &[&["DEL", "c"]],
    ] {
        for command in commands {
            assert!(!raw.command(command).is_error());
        }
        let mut other = connect(&server);
        states.push((fs::metadata(&path).expect("it exists").len() as usize, content(&mut other)));
    }
    let bytes = fs::read(&path).expect("it can be read");
    let real = pottery_test_support::Server::start();
    for cut in states[0].0..=bytes.len() {
        let torn = dir.path("torn.aof");
        fs::write(&torn, &bytes[..cut]).expect("it can be written");
        let (end, expected) = states.iter().rev().find(|(end, _)| *end <= cut).expect("the first is there");
        let server = start(persistence(&torn, 0));
        assert_same("after a torn write", expected, &content(&mut connect(&server)));
        assert_eq!(server.recovery().expect("it has a file").cut.is_some(), cut != *end);
        drop(server);
        let mended = fs::read(&torn).expect("it can be read");
        assert_eq!(mended, &bytes[..*end]);
        if cut % 20 == 0 {
            real.cli(&["FLUSHALL"]);
            let errors = crate::effects::pipe(&mut real.raw(), &mended);
            assert!(errors.is_empty(), "{errors:?}");
            assert_same("in a real server", expected, &content(&mut real.raw()));
        }
    }
}

/// A second process is refused, told who is there, and let in when that one has been killed.
#[test]
fn another_process_is_refused_while_the_first_lives() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let mut process = Process::start(&path, 0);
    let error = Server::builder().persist(&path).start().expect_err("it is open there");
    assert!(error.to_string().ends_with(&format!(
        "a.aof is open in another process (pid {}); one server alone can write it, and others can connect to that one",
        process.child.id()
    )), "{error}");
    process.kill();
    start(&path);
}

/// The system refuses to let the file grow beyond a size, and then allows it: what a disk that is full for a while does.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_can_write_no_more_refuses_writes_and_goes_on_when_it_can() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let dir = Dir::new();
    let path = dir.path("a.aof");
    // The signal that would end it is ignored, also after `exec`.
    let program = std::env::current_exe().expect("this program has a path");
    let mut process = Process::start_with(
        Command::new("sh").args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program).env(POLICY, "0"),
        &path,
    );
    let pid = Pid::from_child(&process.child);
    let limit = |current| Rlimit { current, maximum: None };
    prlimit(Some(pid), Resource::Fsize, limit(Some(10_000))).expect("a child's limits can be set");
    let mut raw = process.connect();
    let mut reader = process.connect();
    let value = "x".repeat(1000);
    let mut acknowledged = 0;
    while raw.try_command(&["SET", &format!("k{acknowledged}"), &value]).is_ok() {
        acknowledged += 1;
    }
    assert!((8..10).contains(&acknowledged), "{acknowledged}");
    let error = "MISCONF Errors writing to the AOF file: File too large";
    assert_eq!(reader.command(&["SET", "k", "v"]), pottery_test_support::Reply::Error(error.to_owned()));
    assert_eq!(reader.command(&["GET", "k0"]).text(), value);
    prlimit(Some(pid), Resource::Fsize, limit(None)).expect("a child's limits can be set");
    wait_until("writes are taken again", Duration::from_secs(10), || {
        !reader.command(&["SET", "k", "v"]).is_error()
    });
    process.kill();
    let server = start(&path);
    assert!(server.recovery().expect("it has a file").cut.is_none());
    let mut raw = connect(&server);
    for key in 0..acknowledged {
        assert_eq!(raw.command(&["GET", &format!("k{key}")]).text(), value);
    }
    assert_eq!(raw.command(&["GET", "k"]).text(), "v");
}
