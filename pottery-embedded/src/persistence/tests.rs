//! Opening, writing, failing and rewriting, on an engine without sockets.

#[path = "../../tests/conformance/case.rs"]
#[allow(dead_code, reason = "what a case answers is compared elsewhere")]
mod case;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pottery_test_support::{Seed, unique, wait_until};

use crate::engine::Engine;
use crate::engine::client::{ClientId, Closing, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::stream::{Id, Stream};
use crate::persistence::aof::Aof;
use crate::persistence::disk::Disk;
use crate::persistence::error::OpenError;
use crate::persistence::{Fsync, Persistence, Recovery, Warning, open};

/// A folder of this test's own.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Dir {
        let path = std::env::temp_dir().join(unique("pottery-aof"));
        fs::create_dir(&path).expect("the folder for temporary files takes another");
        Dir(path.canonicalize().expect("it exists"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).expect("a folder can be listed");
        let mut names: Vec<String> =
            names.map(|it| it.expect("an entry").file_name().into_string().expect("text")).collect();
        names.sort();
        names
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An engine and its only client.
struct Session {
    engine: Engine,
    id: ClientId,
    recovery: Recovery,
}

/// What was warned of.
type Warnings = Arc<Mutex<Vec<String>>>;

fn quiet(path: &Path) -> (Persistence, Warnings) {
    let warnings = Warnings::default();
    let options = Persistence::at(path).on_warning({
        let warnings = Arc::clone(&warnings);
        move |warning| warnings.lock().expect("nobody panicked").push(warning.to_string())
    });
    (options, warnings)
}

fn start_with(options: Persistence, clock: &Clock) -> Result<Session, OpenError> {
    let mut engine = Engine::new(clock.clone(), Config::default());
    let recovery = open(&mut engine, options)?;
    let id = engine.connect(Peer::default());
    Ok(Session { engine, id, recovery })
}

fn start(path: &Path) -> Session {
    start_with(Persistence::at(path), &Clock::system()).expect("the file opens")
}

impl Session {
    fn run(&mut self, command: &str) -> String {
        let args: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        self.engine.execute(self.id, &args);
        self.sent()
    }

    fn sent(&mut self) -> String {
        self.engine.commit_effects();
        let client = self.engine.clients.get_mut(&self.id).expect("the client is there");
        String::from_utf8(std::mem::take(&mut client.out)).expect("these replies are text")
    }

    /// Lets the file do what it has to do until it has nothing left.
    fn settle(&mut self) {
        while let Some(wait) = self.engine.effects_turn() {
            std::thread::sleep(wait);
        }
    }

    /// All keys with what they hold, in no order.
    fn content(&self) -> Vec<String> {
        let mut lines: Vec<String> = self
            .engine
            .dbs
            .iter()
            .enumerate()
            .flat_map(|(index, db)| {
                db.keys().iter().map(move |(key, entry)| {
                    let key = key.escape_ascii();
                    let value = describe(&entry.value);
                    format!("{index} {key} {:?} {value}", entry.expires_at())
                })
            })
            .collect();
        lines.sort();
        lines
    }
}

fn describe(value: &crate::engine::value::Value) -> String {
    use crate::engine::value::Value;
    let mut parts: Vec<String> = match value {
        Value::Str(value) => return value.bytes().escape_ascii().to_string(),
        Value::List(list) => {
            let items: Vec<String> = list.items.iter().map(|it| it.escape_ascii().to_string()).collect();
            return format!("{items:?}");
        }
        Value::Set(set) => set.members.keys().map(|it| it.escape_ascii().to_string()).collect(),
        Value::Hash(hash) => {
            let fields = hash.fields.iter();
            fields
                .map(|(field, value)| format!("{}={}", field.escape_ascii(), value.escape_ascii()))
                .collect()
        }
        Value::ZSet(zset) => {
            // A rewrite makes a zero of a negative zero in a large set, as Redis's does: a small set has no other.
            let score = |score: f64| if score == 0.0 { 0.0 } else { score };
            zset.iter().map(|(it, member)| format!("{:?} {}", score(*it), member.escape_ascii())).collect()
        }
        Value::Stream(stream) => stream_parts(stream),
    };
    parts.sort();
    format!("{parts:?}")
}

/// What is kept of a stream. Redis keeps neither that a consumer has read its history, which counts as a delivery, nor
/// what is pending and gone from the stream.
fn stream_parts(stream: &Stream) -> Vec<String> {
    let entries = stream.range(Id::MIN, Id::MAX).map(|(id, entry)| format!("{id} {:?}", entry.as_args()));
    let counters =
        [stream.last_id.to_string(), stream.max_deleted_id.to_string(), stream.entries_added.to_string()];
    let groups = stream.groups.iter().map(|(name, group)| {
        let pending: Vec<_> = group
            .pending()
            .iter()
            .filter(|(id, _)| stream.get(**id).is_some())
            .map(|(id, pending)| format!("{id} {}", pending.consumer.escape_ascii()))
            .collect();
        let consumers: Vec<_> = group.consumers().keys().map(|it| it.escape_ascii().to_string()).collect();
        let name = name.escape_ascii();
        format!("{name} {} {:?} {pending:?} {consumers:?}", group.last_id, group.entries_read)
    });
    entries.chain(counters).chain(groups).collect()
}

fn text(path: &Path) -> String {
    String::from_utf8(fs::read(path).expect("the file can be read")).expect("these files are text")
}

/// Commands as they stand in a file.
fn file(commands: &[&str]) -> Vec<u8> {
    let mut log = crate::persistence::log::Log::default();
    for command in commands {
        log.raw(&command.split(' ').map(str::as_bytes).collect::<Vec<_>>());
    }
    log.bytes
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let mut one = start(&path);
    assert_eq!(one.recovery.commands, 0);
    for command in
        ["SET a 1", "SELECT 3", "RPUSH l x y", "INCR n", "MULTI", "INCR n", "LPOP l", "EXEC", "GET n"]
    {
        one.run(command);
    }
    let expected = one.content();
    assert_eq!(expected.len(), 3);
    drop(one);
    assert_eq!(dir.names(), ["a.aof"]);
    let two = start(&path);
    assert_eq!(two.content(), expected);
    assert_eq!(two.recovery.commands, 7);
    assert_eq!(two.recovery.bytes, fs::metadata(&path).expect("it exists").len());
    assert!(two.recovery.cut.is_none() && two.recovery.refused.is_empty());
}

#[test]
fn the_file_holds_what_redis_would_write() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let mut session =
        start_with(Persistence::at(&path), &Clock::held_at(std::time::UNIX_EPOCH)).expect("opens");
    for command in ["SET a 1 EX 10", "MULTI", "INCR a", "SELECT 1", "INCR b", "EXEC", "GET a", "DEL nothing"]
    {
        session.run(command);
    }
    session.engine.clock.advance(Duration::from_secs(11));
    session.run("SELECT 0");
    session.run("GET a");
    let expected = [
        "SELECT 0",
        "SET a 1 PXAT 10000",
        "MULTI",
        "INCR a",
        "SELECT 1",
        "INCR b",
        "EXEC",
        "SELECT 0",
        "DEL a",
    ];
    assert_eq!(text(&path), String::from_utf8(file(&expected)).expect("text"));
}

#[test]
fn every_torn_tail_is_cut_off_and_told() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let start_of_tail = file(&["SELECT 0", "SET a 1"]).len();
    let bytes = file(&["SELECT 0", "SET a 1", "MULTI", "SET a 2", "SET b 2", "EXEC"]);
    for cut in start_of_tail..bytes.len() {
        fs::write(&path, &bytes[..cut]).expect("writes");
        let (options, warnings) = quiet(&path);
        let mut session = start_with(options, &Clock::system()).expect("opens");
        assert_eq!(session.content(), ["0 a None 1"]);
        let warnings = warnings.lock().expect("nobody panicked").clone();
        match &session.recovery.cut {
            None => assert!(cut == start_of_tail && warnings.is_empty()),
            Some(told) => {
                assert_eq!((told.offset, told.bytes), (start_of_tail as u64, (cut - start_of_tail) as u64));
                let in_transaction = cut >= start_of_tail + file(&["MULTI"]).len();
                assert_eq!(told.transaction, in_transaction, "{told}");
                assert_eq!(warnings, [told.to_string()]);
                assert!(told.kept.is_none());
            }
        }
        // It goes on where the last whole command ends.
        session.run("SET c 3");
        drop(session);
        let again = start(&path);
        assert_eq!(again.content(), ["0 a None 1", "0 c None 3"]);
        assert!(again.recovery.cut.is_none());
    }
}

#[test]
fn the_command_that_was_cut_is_named() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let whole = file(&["SET key value"]);
    for (rest, expected) in [
        (
            &whole[..whole.len() - 4],
            "a.aof: the last 29 bytes, from offset 33 on, were cut off: SET was half written",
        ),
        (
            &whole[..10],
            "a.aof: the last 10 bytes, from offset 33 on, were cut off: a command was half written",
        ),
    ] {
        fs::write(&path, [&whole[..], rest].concat()).expect("writes");
        let (options, _) = quiet(&path);
        let cut =
            start_with(options, &Clock::system()).expect("opens").recovery.cut.expect("something was cut");
        assert!(cut.to_string().ends_with(expected), "{cut}");
    }
}

#[test]
fn zeros_at_the_end_are_what_a_loss_of_power_leaves() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let whole = file(&["SET a 1"]);
    for rest in [&b""[..], b"*3\r\n$3\r\nSET", b"*3\r\n$3\r\nSET\r\n$5\r\nab", b"*3\r"] {
        let bytes = [&whole[..], rest, &[0; 100_000]].concat();
        fs::write(&path, &bytes).expect("writes");
        let (options, _) = quiet(&path);
        let session = start_with(options, &Clock::system()).expect("opens");
        assert_eq!(session.content(), ["0 a None 1"]);
        let cut = session.recovery.cut.as_ref().expect("something was cut");
        assert_eq!((cut.offset, cut.bytes), (whole.len() as u64, (bytes.len() - whole.len()) as u64));
        drop(session);
        assert_eq!(fs::read(&path).expect("reads"), whole);
    }
}

#[test]
fn damage_is_told_with_its_offset_and_nothing_is_touched() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let first = file(&["SET a 1"]);
    let last = file(&["SET b 2"]);
    for (damage, inside) in [
        (&b"garbage\r\n"[..], 0),
        (b"*2\r\n$3\r\nDEL\r\n$1\r\naXX", 18),
        (b"*2\r\n$3\r\nDEL\r\n$2\r\na\r\n", 19),
        (b"*1\r\n$4\r\nEXEC\r\n", 0),
        (&[0; 50], 0),
    ] {
        let bytes = [&first[..], damage, &last].concat();
        fs::write(&path, &bytes).expect("writes");
        let error = start_with(Persistence::at(&path), &Clock::system()).err().expect("it doesn't open");
        let OpenError::Damaged { offset, .. } = &error else { panic!("{error}") };
        assert_eq!(*offset, (first.len() + inside) as u64, "{error}");
        assert!(error.to_string().contains("a.aof is damaged at offset"), "{error}");
        assert_eq!(fs::read(&path).expect("reads"), bytes);
        assert_eq!(dir.names(), ["a.aof"]);
    }
}

#[test]
fn what_comes_before_damage_can_be_saved_and_the_rest_is_kept() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let bytes = [file(&["SET a 1"]), b"garbage".to_vec(), file(&["SET b 2"])].concat();
    for number in 1..=2 {
        fs::write(&path, &bytes).expect("writes");
        let (options, _) = quiet(&path);
        let session = start_with(options.salvage(), &Clock::system()).expect("opens");
        assert_eq!(session.content(), ["0 a None 1"]);
        let cut = session.recovery.cut.as_ref().expect("something was cut");
        assert!(cut.damage.is_some(), "{cut}");
        let kept = dir.path(&format!("a.aof.damaged-{number}"));
        assert_eq!(cut.kept.as_ref(), Some(&kept));
        assert_eq!(fs::read(kept).expect("reads"), bytes);
    }
}

#[test]
fn a_length_that_swallows_the_rest_of_the_file_loses_nothing() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let bytes =
        [file(&["SET a 1"]), b"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$99\r\n2\r\n".to_vec(), file(&["SET c 3"])]
            .concat();
    fs::write(&path, &bytes).expect("writes");
    let (options, _) = quiet(&path);
    let session = start_with(options, &Clock::system()).expect("opens");
    let cut = session.recovery.cut.as_ref().expect("something was cut");
    let kept = fs::read(cut.kept.as_ref().expect("there is a copy")).expect("reads");
    assert_eq!(kept, &bytes[cut.offset as usize..]);
}

#[test]
fn what_it_does_not_know_is_an_error() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    fs::write(&path, file(&["SET a 1", "FROBNICATE a"])).expect("writes");
    let error = start_with(Persistence::at(&path), &Clock::system()).err().expect("it doesn't open");
    assert!(
        matches!(&error, OpenError::UnknownCommand { offset: 27, command, .. } if command == "FROBNICATE"),
        "{error}"
    );
    fs::write(&path, b"REDIS0010\xfa\x09redis-ver").expect("writes");
    let error = start_with(Persistence::at(&path), &Clock::system()).err().expect("it doesn't open");
    assert!(matches!(error, OpenError::Preamble { .. }), "{error}");
    fs::remove_file(&path).expect("removes");
    fs::create_dir(&path).expect("creates");
    let error = start_with(Persistence::at(&path), &Clock::system()).err().expect("it doesn't open");
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
    let error =
        start_with(Persistence::at(dir.path("no/folder")), &Clock::system()).err().expect("it doesn't open");
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
}

#[test]
fn commands_that_are_refused_are_told_and_skipped() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    fs::write(&path, file(&["SET a x", "INCR a", "GET", "BLPOP none 0", "SET b 1"])).expect("writes");
    let (options, warnings) = quiet(&path);
    let session = start_with(options, &Clock::system()).expect("opens");
    assert_eq!(session.content(), ["0 a None x", "0 b None 1"]);
    let refused: Vec<_> =
        session.recovery.refused.iter().map(|it| (it.command.as_str(), it.offset)).collect();
    assert_eq!(refused, [("INCR", 27), ("GET", 48)]);
    assert!(
        warnings.lock().expect("nobody panicked")[0]
            .contains("INCR at offset 27 was answered with an error: ERR value")
    );
}

#[test]
fn nothing_expires_while_the_file_is_run_and_what_has_is_removed_then() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    // When this was written, a was alive at the APPEND; had it been removed before, a new one would live for ever.
    fs::write(
        &path,
        file(&["SET a 1", "PEXPIREAT a 1000", "APPEND a 2", "SET b 1 PXAT 99999999999999", "SET c 3"]),
    )
    .expect("writes");
    let mut session = start(&path);
    assert_eq!(session.content().len(), 3);
    session.engine.catch_up();
    session.engine.commit_effects();
    assert_eq!(session.content(), ["0 b Some(99999999999999) 1", "0 c None 3"]);
    drop(session);
    assert!(text(&path).ends_with("DEL\r\n$1\r\na\r\n"));
}

#[test]
fn what_was_restored_with_a_time_that_is_over_is_no_other_key_afterwards() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let mut engine = Engine::new(Clock::system(), Config::default());
    let id = engine.connect(Peer::default());
    engine.execute(id, &[b"SET", b"a", b"1"]);
    engine.execute(id, &[b"DUMP", b"a"]);
    // `+OK`, and the payload with its length before it.
    let out = std::mem::take(&mut engine.clients.get_mut(&id).expect("the client is there").out);
    let begin = 5 + out[5..].iter().position(|byte| *byte == b'\n').expect("a length") + 1;
    let payload = &out[begin..out.len() - 2];
    let mut log = crate::persistence::log::Log::default();
    log.raw(&[b"RESTORE", b"a", b"1000", payload, b"ABSTTL"]);
    log.raw(&[b"APPEND", b"a", b"2"]);
    fs::write(&path, &log.bytes).expect("writes");
    let mut session = start(&path);
    assert_eq!(session.content(), ["0 a Some(1000) 12"]);
    session.engine.catch_up();
    assert!(session.content().is_empty());
}

#[test]
fn a_file_has_one_engine_at_a_time() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let one = start(&path);
    std::os::unix::fs::symlink(&path, dir.path("link.aof")).expect("links");
    for other in [path.clone(), dir.path("link.aof"), dir.path(".").join("a.aof")] {
        let error = start_with(Persistence::at(other), &Clock::system()).err().expect("it is open already");
        assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    }
    drop(one);
    start(&dir.path("link.aof"));
}

/// A disk that fails when it is told to.
#[derive(Debug, Default)]
struct Failing {
    bytes: Mutex<Vec<u8>>,
    /// How many bytes it still takes.
    room: AtomicUsize,
    no_sync: AtomicBool,
}

impl Disk for Failing {
    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.room.load(Ordering::SeqCst).min(bytes.len());
        if count == 0 {
            return Err(io::Error::from_raw_os_error(28));
        }
        self.bytes.lock().expect("nobody panicked").extend_from_slice(&bytes[..count]);
        self.room.fetch_sub(count, Ordering::SeqCst);
        Ok(count)
    }

    fn sync(&self) -> io::Result<()> {
        if self.no_sync.load(Ordering::SeqCst) { Err(io::Error::from_raw_os_error(5)) } else { Ok(()) }
    }
}

fn on_failing(options: Persistence, path: &Path, disk: &Arc<Failing>) -> Session {
    let mut engine = Engine::new(Clock::system(), Config::default());
    let aof = Aof::new(options, path.to_owned(), Arc::clone(disk) as Arc<dyn Disk>, 0).expect("it starts");
    engine.propagation.hook = Some(Box::new(aof));
    let id = engine.connect(Peer::default());
    let recovery = Recovery {
        path: path.to_owned(),
        commands: 0,
        bytes: 0,
        took: Duration::ZERO,
        cut: None,
        refused: Vec::new(),
    };
    Session { engine, id, recovery }
}

const FULL: &str = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";

#[test]
fn a_full_disk_refuses_writes_until_there_is_room_and_loses_nothing_acknowledged() {
    let dir = Dir::new();
    let (options, warnings) = quiet(&dir.path("a.aof"));
    let disk = Arc::new(Failing { room: AtomicUsize::new(80), ..Failing::default() });
    let mut session = on_failing(options, &dir.path("a.aof"), &disk);
    assert_eq!(session.run("SET a 1"), "+OK\r\n");
    let other = session.engine.connect(Peer::default());
    assert_eq!(session.run("GET a"), "$1\r\n1\r\n");
    // This one doesn't fit: nobody is told anything, and the connection ends.
    assert_eq!(session.run("SET b 234567890123456789"), "");
    assert_eq!(session.engine.clients[&session.id].closing, Closing::Now);
    session.id = other;
    for command in ["SET c 3", "DEL a", "PING", "FLUSHALL"] {
        assert_eq!(session.run(command), FULL, "{command}");
    }
    assert_eq!(session.run("GET a"), "$1\r\n1\r\n");
    assert_eq!(session.run("MULTI"), "+OK\r\n");
    assert_eq!(session.run("SET c 3"), FULL);
    assert!(session.run("EXEC").starts_with("-EXECABORT"));
    for (script, expected) in [
        ("return redis.call('set',KEYS[1],1)", &FULL[..FULL.len() - 2]),
        ("return redis.pcall('set',KEYS[1],1)", FULL),
        ("#!lua\nreturn 1", FULL),
        ("#!lua flags=no-writes\nreturn redis.call('get',KEYS[1])", "$1\r\n1\r\n"),
    ] {
        session.engine.execute(session.id, &[b"EVAL", script.as_bytes(), b"1", b"a"]);
        let reply = session.sent();
        assert!(reply.starts_with(expected), "{script}: {reply}");
    }
    assert!(session.run("INFO persistence").contains("aof_last_write_status:err\r\n"));
    assert!(session.engine.effects_turn().is_some());
    disk.room.store(usize::MAX, Ordering::SeqCst);
    session.settle();
    assert_eq!(session.run("SET c 3"), "+OK\r\n");
    let told = warnings.lock().expect("nobody panicked").clone();
    assert!(
        told.len() == 2 && told[0].contains("No space left on device") && told[1].ends_with("written again"),
        "{told:?}"
    );
    // Partly written before, it is whole now.
    let written = disk.bytes.lock().expect("nobody panicked").clone();
    assert_eq!(written, file(&["SELECT 0", "SET a 1", "SET b 234567890123456789", "SET c 3"]));
}

#[test]
fn a_transaction_queued_before_the_disk_was_full_is_refused_whole() {
    let dir = Dir::new();
    let (options, _) = quiet(&dir.path("a.aof"));
    let disk = Arc::new(Failing { room: AtomicUsize::new(30), ..Failing::default() });
    let mut session = on_failing(options, &dir.path("a.aof"), &disk);
    let patient = session.engine.connect(Peer::default());
    let writer = std::mem::replace(&mut session.id, patient);
    session.run("MULTI");
    session.run("SET a 1");
    session.id = writer;
    assert_eq!(session.run("SET b 2"), "");
    session.id = patient;
    assert_eq!(session.run("EXEC"), format!("-EXECABORT Transaction discarded because of: {}", &FULL[1..]));
    assert_eq!(session.run("GET a"), "$-1\r\n");
}

#[test]
fn a_failed_sync_is_mended_by_writing_everything_anew() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let (options, _) = quiet(&path);
    let disk = Arc::new(Failing { room: AtomicUsize::new(usize::MAX), ..Failing::default() });
    let mut session = on_failing(options.fsync(Fsync::Always), &path, &disk);
    assert_eq!(session.run("SET a 1"), "+OK\r\n");
    let other = session.engine.connect(Peer::default());
    disk.no_sync.store(true, Ordering::SeqCst);
    assert_eq!(session.run("SET b 2"), "");
    session.id = other;
    assert!(session.run("SET c 3").starts_with("-MISCONF"));
    session.settle();
    assert_eq!(session.run("SET c 3"), "+OK\r\n");
    let expected = session.content();
    drop(session);
    assert_eq!(start(&path).content(), expected);
}

#[test]
fn a_failed_sync_in_the_background_is_noticed() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let (options, warnings) = quiet(&path);
    let disk = Arc::new(Failing { room: AtomicUsize::new(usize::MAX), ..Failing::default() });
    disk.no_sync.store(true, Ordering::SeqCst);
    let mut session = on_failing(options, &path, &disk);
    assert_eq!(session.run("SET a 1"), "+OK\r\n");
    wait_until("the failure is told", Duration::from_secs(10), || {
        session.engine.effects_turn();
        warnings.lock().expect("nobody panicked").iter().any(|it| it.contains("Input/output error"))
    });
    session.settle();
    assert_eq!(session.run("SET c 3"), "+OK\r\n");
    drop(session);
    assert_eq!(start(&path).content(), ["0 a None 1", "0 c None 3"]);
}

#[test]
fn a_reply_never_leaves_when_what_it_tells_may_be_lost() {
    let dir = Dir::new();
    let (options, _) = quiet(&dir.path("a.aof"));
    let disk = Arc::new(Failing { room: AtomicUsize::new(30), ..Failing::default() });
    let mut session = on_failing(options, &dir.path("a.aof"), &disk);
    let waiting = session.engine.connect(Peer::default());
    session.engine.execute(waiting, &[b"BLPOP", b"l", b"0"]);
    session.run("RPUSH l an-element-that-does-not-fit");
    // The one who waited for the element was served from what may be lost.
    assert_eq!(session.engine.clients[&waiting].closing, Closing::Now);
    assert!(session.engine.clients[&waiting].out.is_empty());
}

#[test]
fn a_rewritten_file_holds_what_there_is_and_goes_on() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let mut session = start(&path);
    for number in 0..1000 {
        session.run(&format!("SET k{} {number}", number % 10));
        session.run(&format!("RPUSH l {number}"));
    }
    session.run("SELECT 7");
    session.run("SET t x PX 100000000");
    let before = fs::metadata(&path).expect("exists").len();
    assert_eq!(session.run("BGREWRITEAOF"), "+Background append only file rewriting started\r\n");
    assert!(
        session
            .run("BGREWRITEAOF")
            .starts_with("-ERR Background append only file rewriting already in progress")
    );
    assert!(session.run("INFO persistence").contains("aof_rewrite_in_progress:1\r\n"));
    session.settle();
    assert!(fs::metadata(&path).expect("exists").len() < before / 3);
    assert_eq!(dir.names(), ["a.aof", "a.aof.lock"]);
    session.run("SET after 1");
    let expected = session.content();
    drop(session);
    let again = start(&path);
    assert_eq!(again.content(), expected);
    assert!(again.recovery.refused.is_empty());
}

#[test]
fn a_file_that_has_grown_is_rewritten_by_itself() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let mut session =
        start_with(Persistence::at(&path).rewrite_at(100, 10_000), &Clock::system()).expect("opens");
    let mut largest = 0;
    for number in 0..3000 {
        session.run(&format!("SET k {number}"));
        largest = largest.max(fs::metadata(&path).expect("exists").len());
        if number % 50 == 0 {
            session.settle();
        }
    }
    assert!((10_000..20_000).contains(&largest), "{largest}");
    drop(session);
    assert_eq!(start(&path).content(), ["0 k None 2999"]);
}

#[test]
fn what_a_rewrite_cut_short_leaves_behind_is_removed() {
    let dir = Dir::new();
    fs::write(dir.path("a.aof.rewrite"), "half").expect("writes");
    let session = start(&dir.path("a.aof"));
    drop(session);
    assert_eq!(dir.names(), ["a.aof"]);
}

#[test]
fn a_rewrite_that_fails_leaves_everything_as_it_was() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let (options, warnings) = quiet(&path);
    let mut session = start_with(options, &Clock::system()).expect("opens");
    session.run("SET a 1");
    fs::create_dir(dir.path("a.aof.rewrite")).expect("creates");
    assert!(session.run("BGREWRITEAOF").starts_with("-ERR Can't execute an AOF background rewriting."));
    session.settle();
    assert!(session.run("INFO persistence").contains("aof_last_bgrewrite_status:err\r\n"));
    assert_eq!(warnings.lock().expect("nobody panicked").len(), 1);
    assert_eq!(session.run("SET b 2"), "+OK\r\n");
    fs::remove_dir(dir.path("a.aof.rewrite")).expect("removes");
    assert_eq!(session.run("BGREWRITEAOF"), "+Background append only file rewriting started\r\n");
    session.settle();
    drop(session);
    assert_eq!(start(&path).content(), ["0 a None 1", "0 b None 2"]);
}

/// Whatever runs between two slices is in the new file once.
#[test]
fn writes_during_a_rewrite_are_neither_lost_nor_doubled() {
    let seed = Seed::new();
    let mut random = seed.rng();
    for _ in 0..pottery_test_support::scale(20, 500) {
        let dir = Dir::new();
        let path = dir.path("a.aof");
        let mut session = start(&path);
        let keys = 200 + random.usize(..3000);
        for key in 0..keys {
            session.run(&format!("SELECT {}", random.usize(..3)));
            session.run(&format!("RPUSH l{key} a"));
            session.run(&format!("SET s{key} 0"));
        }
        session.run("BGREWRITEAOF");
        let mut turns = 0;
        while let Some(wait) = session.engine.effects_turn() {
            turns += 1;
            // Not so many that a rewrite never catches up.
            for _ in 0..random.usize(..if turns < 50 { 100 } else { 2 }) {
                let (one, two) = (random.usize(..keys), random.usize(..keys));
                let command = match random.u32(..100) {
                    0 if turns < 5 => "FLUSHDB".to_owned(),
                    0..20 => format!("INCR s{one}"),
                    20..40 => format!("RPUSH l{one} b"),
                    40..60 => format!("LPOP l{one}"),
                    60..70 => format!("DEL s{one}"),
                    70..80 => format!("RENAME l{one} l{two}"),
                    80..90 => format!("PEXPIRE s{one} 10000000"),
                    _ => format!("SELECT {}", random.usize(..3)),
                };
                session.run(&command);
            }
            if random.u32(..4) == 0 {
                std::thread::sleep(wait);
            }
        }
        assert!(session.run("INFO persistence").contains("aof_last_bgrewrite_status:ok\r\n"));
        session.run("SET last 1");
        let expected = session.content();
        drop(session);
        let again = start(&path);
        assert_eq!(again.content(), expected);
        assert!(again.recovery.refused.is_empty(), "{:?}", again.recovery.refused);
    }
}

/// All cases of the comparison with Redis.
fn cases() -> Vec<case::Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases");
    let files = fs::read_dir(dir).expect("the cases are there").map(|it| it.expect("an entry").path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|it| it == "txt")).collect();
    files.sort();
    files.iter().flat_map(|path| case::parse(&path.display().to_string(), &text(path))).collect()
}

/// Every command tells of all keys that it changes: a rewrite that is going on writes them once more.
#[test]
fn whatever_a_case_does_during_a_rewrite_is_in_the_new_file() {
    // Scripts nest data thousands of levels deep, for which a server's thread has room, and a test's hasn't.
    let thread = std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(run_cases_during_rewrites);
    thread.expect("there is a thread").join().expect("what it found is above");
}

fn run_cases_during_rewrites() {
    let seed = Seed::new();
    let mut random = seed.rng();
    let dir = Dir::new();
    for round in 0..pottery_test_support::scale(2, 20) {
        // Each in a database of its own, several to one file.
        for cases in cases().chunks(12) {
            let path = dir.path("a.aof");
            let _ = fs::remove_file(&path);
            let mut session =
                start_with(Persistence::at(&path).rewrite_at(0, 0), &Clock::held()).expect("opens");
            // The walk over all keys comes before all steps, or between two of them.
            let steps: usize = cases.iter().map(|case| case.steps.len()).sum();
            let mut left = if round == 0 { 0 } else { random.usize(..steps) };
            for (db, case) in cases.iter().enumerate() {
                let mut clients = std::collections::HashMap::new();
                for step in &case.steps {
                    if left == 0 {
                        session.run("BGREWRITEAOF");
                        session.engine.effects_turn();
                    }
                    left = left.wrapping_sub(1);
                    let engine = &mut session.engine;
                    match &step.action {
                        case::Action::Command(number, args, _) | case::Action::Send(number, args) => {
                            let id = *clients.entry(*number).or_insert_with(|| {
                                let id = engine.connect(Peer::default());
                                engine.execute(id, &[b"SELECT", db.to_string().as_bytes()]);
                                id
                            });
                            engine.execute(id, &args.iter().map(|arg| &arg[..]).collect::<Vec<_>>());
                        }
                        case::Action::Sleep(millis) => {
                            engine.clock.advance(Duration::from_millis(*millis));
                            engine.catch_up();
                        }
                        case::Action::Receive(..) | case::Action::Raw(..) | case::Action::Blocked(_) => {}
                    }
                }
                for id in clients.into_values() {
                    session.engine.disconnect(id);
                }
            }
            session.engine.commit_effects();
            session.settle();
            let (clock, expected) = (session.engine.clock.clone(), session.content());
            drop(session);
            let again = start_with(Persistence::at(&path), &clock).expect("opens");
            let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
            assert_eq!(again.content(), expected, "{} {names:?}", cases[0].file);
            assert!(again.recovery.refused.is_empty(), "{} {names:?}", cases[0].file);
        }
    }
}

/// A warning type's texts are for people: they name the file.
#[test]
fn warnings_name_the_file() {
    for warning in [
        Warning::WriteFailed { path: "x.aof".into(), error: "e".to_owned() },
        Warning::WritesAgain { path: "x.aof".into() },
        Warning::RewriteFailed { path: "x.aof".into(), error: "e".to_owned() },
    ] {
        assert!(warning.to_string().starts_with("x.aof"), "{warning}");
    }
}
