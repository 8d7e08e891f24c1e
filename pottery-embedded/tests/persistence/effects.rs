//! Every command's effects make the same data again.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use pottery_test_support::{Raw, Seed, Server, scale};

use crate::case::{self, Case};
use crate::data::{Dir, assert_same, connect, content, fill, lasting, start};
use crate::run;

/// All cases of the comparison with Redis.
fn cases() -> Vec<Case> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases");
    let mut files: Vec<_> = fs::read_dir(dir)
        .expect("the cases are there")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == "txt"))
        .collect();
    files.sort();
    let parse = |path: &std::path::PathBuf| {
        let text = fs::read_to_string(path).expect("cases are text");
        case::parse(&path.file_name().unwrap_or_default().to_string_lossy(), &text)
    };
    files.iter().flat_map(parse).collect()
}

/// Sends a file's bytes to a server, as `redis-cli --pipe` does, and returns the errors.
pub(crate) fn pipe(raw: &mut Raw, bytes: &[u8]) -> Vec<String> {
    raw.send_bytes(bytes).expect("the server reads");
    raw.send(&["ECHO", "that was all"]).expect("the server reads");
    let mut errors = Vec::new();
    loop {
        match raw.read().expect("the server answers") {
            pottery_test_support::Reply::Error(error) => errors.push(error),
            pottery_test_support::Reply::Bulk(bytes) if bytes == b"that was all" => return errors,
            _ => {}
        }
    }
}

/// Cases that say themselves that the file shall not hold what they do.
const NOT_KEPT: &str = "redis.set_repl";

#[test]
fn whatever_a_case_does_is_there_after_reopening_and_in_a_real_server() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| !case.name.starts_with(NOT_KEPT)).collect();
    // Much of it is waiting: for the disk, and for what only time can do.
    let next = AtomicUsize::new(0);
    let failures: Vec<String> = thread::scope(|scope| {
        let work = || {
            let real = Server::start();
            let mut failures = Vec::new();
            while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                failures.extend(failure(case, &real));
            }
            failures
        };
        let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|it| it.join().expect("it says above what is wrong")).collect()
    });
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
    println!("the effects of {} cases make the same data again", cases.len());
}

/// Runs a case and says what is wrong with its effects, if anything is.
fn failure(case: &Case, real: &Server) -> Option<String> {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    let server = start(&path);
    // Before the case, which may change the password.
    let mut raw = connect(&server);
    run::run(server.addr().expect("it listens on a port"), case, case.only_resp3.unwrap_or_default());
    let expected = content(&mut raw);
    drop(server);
    let again = start(&path);
    let refused = &again.recovery().expect("it has a file").refused;
    let found = lasting(content(&mut connect(&again)));
    let mut raw = real.raw();
    raw.command(&["FLUSHALL"]);
    let errors = pipe(&mut real.raw(), &fs::read(&path).expect("the file can be read"));
    let in_redis = lasting(content(&mut raw));
    let expected = lasting(expected);
    let right = found == expected && in_redis == expected && refused.is_empty() && errors.is_empty();
    (!right).then(|| {
        format!(
            "{} ({})\n  before: {expected:?}\n  after:  {found:?}\n  redis:  {in_redis:?}\n  errors: {refused:?} {errors:?}",
            case.file, case.name
        )
    })
}

#[test]
fn random_changes_are_there_after_reopening_and_rewriting_and_in_a_real_server() {
    let seed = Seed::new();
    let mut random = seed.rng();
    let real = Server::start();
    for _ in 0..scale(5, 100) {
        let dir = Dir::new();
        let path = dir.path("a.aof");
        let server = start(&path);
        let mut raw = connect(&server);
        fill(&mut raw, &mut random, 1000);
        let before = content(&mut raw);
        drop(server);
        let server = start(&path);
        let mut raw = connect(&server);
        assert_same("after reopening", &before, &content(&mut raw));

        assert!(!raw.command(&["BGREWRITEAOF"]).is_error());
        fill(&mut raw, &mut random, 1000);
        crate::data::rewritten(&mut raw);
        fill(&mut raw, &mut random, 10);
        let before = content(&mut raw);
        drop(server);
        let server = start(&path);
        assert_same("after rewriting", &before, &content(&mut connect(&server)));
        drop(server);

        real.cli(&["FLUSHALL"]);
        let errors = pipe(&mut real.raw(), &fs::read(&path).expect("the file can be read"));
        assert!(errors.is_empty(), "{errors:?}");
        assert_same("in a real server", &before, &content(&mut real.raw()));
    }
}
