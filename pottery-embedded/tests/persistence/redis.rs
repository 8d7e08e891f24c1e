//! The way out: Redis's own programs on our file.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use pottery_test_support::{Seed, Server};

use crate::data::{Content, Dir, assert_same, connect, content, fill, rewritten, start};

/// A file in which everything has happened, rewritten or not, and what is in it.
fn file(dir: &Dir, rewrite: bool) -> Content {
    let seed = Seed::new();
    let server = start(dir.path("app.aof"));
    let mut raw = connect(&server);
    fill(&mut raw, &mut seed.rng(), 2000);
    if rewrite {
        assert!(!raw.command(&["BGREWRITEAOF"]).is_error());
        rewritten(&mut raw);
        fill(&mut raw, &mut seed.rng_for(1), 100);
    }
    let content = content(&mut raw);
    assert!(content.len() > 50, "{}", content.len());
    content
}

/// Runs one of Redis's programs.
fn run(command: &mut Command) -> Output {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?} (Debian's package redis-tools): {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

fn check(path: &Path) {
    let output = run(Command::new("redis-check-aof").arg(path));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("is valid"), "{said}");
}

fn real(dir: &Path) -> Server {
    let dir = dir.to_str().expect("these paths are text");
    Server::builder().arg("--appendonly", "yes").arg("--dir", dir).start()
}

#[test]
fn redis_check_aof_accepts_it() {
    for rewrite in [false, true] {
        let dir = Dir::new();
        file(&dir, rewrite);
        check(&dir.path("app.aof"));
    }
}

#[test]
fn redis_server_goes_on_from_it_as_the_single_file_of_former_versions() {
    for rewrite in [false, true] {
        let dir = Dir::new();
        let expected = file(&dir, rewrite);
        fs::copy(dir.path("app.aof"), dir.path("appendonly.aof")).expect("it can be copied");
        let server = real(&dir.path(""));
        assert_same("in a real server", &expected, &content(&mut server.raw()));
    }
}

#[test]
fn redis_server_goes_on_from_it_as_an_incremental_file_of_a_manifest() {
    for rewrite in [false, true] {
        let dir = Dir::new();
        let expected = file(&dir, rewrite);
        let folder = dir.path("appendonlydir");
        fs::create_dir(&folder).expect("it can be created");
        fs::copy(dir.path("app.aof"), folder.join("appendonly.aof.1.incr.aof")).expect("it can be copied");
        let manifest = "file appendonly.aof.1.incr.aof seq 1 type i\n";
        fs::write(folder.join("appendonly.aof.manifest"), manifest).expect("it can be written");
        check(&folder.join("appendonly.aof.manifest"));
        let server = real(&dir.path(""));
        assert_same("in a real server", &expected, &content(&mut server.raw()));
    }
}

#[test]
fn redis_cli_moves_it_into_a_running_server() {
    for rewrite in [false, true] {
        let dir = Dir::new();
        let expected = file(&dir, rewrite);
        let server = Server::start();
        let input = File::open(dir.path("app.aof")).expect("it can be opened");
        let port = server.port().to_string();
        let output =
            run(Command::new("redis-cli").args(["-h", "127.0.0.1", "-p", &port, "--pipe"]).stdin(input));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("errors: 0"), "{said}");
        assert_same("in a real server", &expected, &content(&mut server.raw()));
    }
}

#[test]
fn what_redis_has_written_is_read() {
    let dir = Dir::new();
    let folder = dir.path("appendonlydir");
    let seed = Seed::new();
    let server = Server::builder()
        .arg("--appendonly", "yes")
        .arg("--aof-use-rdb-preamble", "no")
        .arg("--aof-timestamp-enabled", "yes")
        .arg("--dir", dir.path("").to_str().expect("these paths are text"))
        .start();
    let mut raw = server.raw();
    fill(&mut raw, &mut seed.rng(), 2000);
    let expected = content(&mut raw);
    let written = folder.join("appendonly.aof.1.incr.aof");
    fs::copy(written, dir.path("written.aof")).expect("it can be copied");
    assert!(!raw.command(&["BGREWRITEAOF"]).is_error());
    rewritten(&mut raw);
    let base = folder.join("appendonly.aof.2.base.aof");
    // An annotation, which is no command.
    assert!(fs::read(&base).expect("it can be read").starts_with(b"#TS:"));
    for path in [dir.path("written.aof"), base] {
        let server = start(path);
        assert_same("what Redis has written", &expected, &content(&mut connect(&server)));
        assert!(server.recovery().expect("it has a file").refused.is_empty());
    }
}
