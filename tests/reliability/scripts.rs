//! Servers that forget scripts: T5.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use pottery::{ErrorKind, RedisModel, Store};
use pottery_test_support::{Server, scale, unique};

use crate::objects::Thing;
use crate::way::{Run, WAYS, Way};

/// The server's own count of script calls that it did not know.
fn misses(server: &Server) -> u64 {
    let stats = server.cli(&["INFO", "errorstats"]).text();
    let line = stats.lines().find_map(|line| line.trim().strip_prefix("errorstat_NOSCRIPT:count="));
    line.map_or(0, |count| count.parse().unwrap())
}

/// One round of script-based operations alone, in a transaction and in a pipeline; says how many it were.
fn round(store: &Store, thing: &Thing, way: Way, n: u32) -> pottery::Result<u64> {
    let at = Thing::at(store, &thing.id);
    at.count().set(n).run(way)?;
    assert_eq!(at.count().incr(1).run(way)?, n + 1);
    assert_eq!(at.title().swap("b").run(way)?.as_deref(), Some("a title"));
    assert!(at.title().compare_and_set("b", "c").run(way)?);
    assert_eq!(at.tags().insert(1, "green").run(way)?, 3);
    assert_eq!(at.stats().get_or_insert("mp", 5).run(way)?, 5);
    let fresh = Thing::full(&unique("fresh"));
    fresh.create(store).run(way)?;
    let together = (
        at.count().incr(1),
        at.title().swap("d"),
        at.tags().insert(0, "x"),
        at.tags().remove_at(0),
        at.stats().take("mp"),
        thing.save(store),
    );
    let (count, title, length, first, mp, ()) = store.transaction(together).run(way)?;
    assert_eq!(
        (count, title.as_deref(), length, first.as_deref(), mp),
        (n + 2, Some("c"), 4, Some("x"), Some(5))
    );
    let (count, swapped, existed) =
        store.pipeline((at.count().incr(1), at.title().swap("e"), fresh.create(store).attempt())).run(way)?;
    assert_eq!((count, swapped.as_deref()), (thing.count + 1, Some("a title")));
    assert_eq!(existed.unwrap_err().kind(), ErrorKind::KeyExists);
    thing.save(store).run(way)?;
    fresh.handle(store).delete().run(way)?;
    Ok(15)
}

#[test]
fn a_server_that_forgets_its_scripts_is_not_noticed() {
    let server = Server::start();
    let wanted: u64 = scale(5_000, 50_000);
    let (done, flushes, over) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut raw = server.raw();
            while !over.load(Ordering::SeqCst) {
                assert_eq!(raw.command(&["SCRIPT", "FLUSH"]).text(), "OK");
                flushes.fetch_add(1, Ordering::SeqCst);
                // the period of the fault, not a wait for anything
                thread::sleep(Duration::from_millis(100));
            }
        });
        let workers: Vec<_> = WAYS
            .iter()
            .map(|way| {
                let (server, done, flushes) = (&server, &done, &flushes);
                scope.spawn(move || {
                    let store = Store::open(&server.url()).unwrap();
                    let thing = Thing::full(&unique("thing"));
                    thing.save(&store).run(*way).unwrap();
                    let mut n = 0;
                    while done.load(Ordering::SeqCst) < wanted || flushes.load(Ordering::SeqCst) < 5 {
                        n += 1;
                        done.fetch_add(round(&store, &thing, *way, n).unwrap(), Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let ends: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        over.store(true, Ordering::SeqCst);
        for end in ends {
            end.unwrap();
        }
    });
    let (done, flushes) = (done.load(Ordering::SeqCst), flushes.load(Ordering::SeqCst));
    let misses = misses(&server);
    println!("{done} operations, {flushes} flushes, {misses} unknown scripts");
    assert!(misses > 0, "no script was ever missing: the fault did not happen");
}

#[test]
fn after_a_restart_the_scripts_are_sent_again() {
    let mut server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    for way in WAYS.iter().copied() {
        for n in 0..scale(4, 40) {
            let thing = Thing::full(&unique("thing"));
            thing.save(&store).run(way).unwrap();
            round(&store, &thing, way, n).unwrap();
            server.restart();
            // whether the loss of the connection is noticed before or after the first request is a matter of luck
            let mut lost = 0;
            loop {
                match thing.save(&store).run(way) {
                    Ok(()) => break,
                    Err(error) => {
                        assert!(error.kind() == ErrorKind::Connection, "{way:?}: {error}");
                        lost += 1;
                        assert!(lost < 20, "{way:?}: the connection does not come back: {error}");
                    }
                }
            }
            round(&store, &thing, way, n).unwrap();
        }
        assert!(misses(&server) > 0, "no script was ever missing");
    }
}
