//! What keeping data in a file costs: `cargo bench -p pottery-embedded --bench persistence`.
//!
//! Prints how fast a file is loaded, how long clients wait while it is rewritten, and how many writes a second each policy
//! takes, from one connection and from many.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use pottery_embedded::{Fsync, Persistence, Server};
use pottery_test_support::{Raw, unique};

fn connect(server: &Server) -> Raw {
    Raw::connect(server.addr().expect("it listens on a port"))
}

/// Fills a server with about `megabytes` of strings, hashes' and lists' elements.
fn fill(server: &Server, megabytes: usize) {
    let mut raw = connect(server);
    let value = "v".repeat(100);
    for batch in 0..megabytes * 8 {
        let names: Vec<[String; 2]> =
            (0..1000).map(|it| [format!("key:{batch}:{it}"), format!("list:{batch}")]).collect();
        let commands: Vec<Vec<&str>> = names
            .iter()
            .enumerate()
            .map(|(index, [key, list])| match index % 2 {
                0 => vec!["SET", key, &value],
                _ => vec!["RPUSH", list, &value],
            })
            .collect();
        let commands: Vec<&[&str]> = commands.iter().map(|it| &it[..]).collect();
        raw.send_all(&commands).expect("the server reads");
        for _ in commands {
            raw.read().expect("the server answers");
        }
    }
}

fn load(path: &PathBuf) {
    drop(Server::builder().persist(path).start().expect("the file opens"));
    let mut best = Duration::MAX;
    let mut bytes = 0;
    for _ in 0..3 {
        let server = Server::builder().persist(path).start().expect("the file opens");
        let recovery = server.recovery().expect("it has a file");
        best = best.min(recovery.took);
        bytes = recovery.bytes;
    }
    let megabytes = bytes as f64 / 1e6;
    println!("load: {megabytes:.0} MB in {best:.2?}, {:.0} MB/s", megabytes / best.as_secs_f64());
}

fn rewrite(path: &PathBuf) {
    let server =
        Server::builder().persist(Persistence::at(path).rewrite_at(0, 0)).start().expect("the file opens");
    let mut raw = connect(&server);
    let mut quiet = Duration::ZERO;
    for number in 0..2000 {
        let asked = Instant::now();
        raw.command(&["SET", &format!("quiet:{number}"), "x"]);
        quiet = quiet.max(asked.elapsed());
    }
    let begun = Instant::now();
    raw.command(&["BGREWRITEAOF"]);
    let (mut longest, mut count) = (Duration::ZERO, 0u32);
    while !raw.command(&["INFO", "persistence"]).text().contains("aof_rewrite_in_progress:0") {
        for _ in 0..20 {
            count += 1;
            let asked = Instant::now();
            raw.command(&["SET", &format!("busy:{count}"), "x"]);
            longest = longest.max(asked.elapsed());
        }
    }
    println!(
        "rewrite: {:.0} MB in {:.2?}; meanwhile {count} writes, of which the longest took {longest:.2?} (before: {quiet:.2?})",
        fs::metadata(path).expect("it exists").len() as f64 / 1e6,
        begun.elapsed(),
    );
}

fn writes(dir: &std::path::Path, fsync: Option<Fsync>, connections: usize) {
    let path = dir.join("w.aof");
    let builder = Server::builder();
    let builder = match fsync {
        Some(fsync) => builder.persist(Persistence::at(&path).fsync(fsync)),
        None => builder,
    };
    let server = builder.start().expect("it starts");
    let (stop, count) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..connections {
            let mut raw = connect(&server);
            let (stop, count) = (&stop, &count);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    raw.command(&["SET", "key", "value"]);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        std::thread::sleep(Duration::from_secs(1));
        stop.store(true, Ordering::Relaxed);
    });
    let name = fsync.map_or("memory alone".to_owned(), |it| format!("{it:?}"));
    println!("writes: {name}, {connections} connections: {} a second", count.into_inner());
    drop(server);
    let _ = fs::remove_file(path);
}

fn main() {
    let dir = std::env::temp_dir().join(unique("pottery-bench"));
    fs::create_dir(&dir).expect("the folder for temporary files takes another");
    let path = dir.join("a.aof");
    let server = Server::builder().persist(&path).start().expect("the file opens");
    fill(&server, 100);
    drop(server);
    load(&path);
    rewrite(&path);
    for connections in [1, 32] {
        for fsync in [None, Some(Fsync::Never), Some(Fsync::EverySecond), Some(Fsync::Always)] {
            writes(&dir, fsync, connections);
        }
    }
    let _ = fs::remove_dir_all(&dir);
}
