//! Large collections: C3 (going through them while others write) and C4 (removing them).
#![cfg(feature = "blocking")]

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pottery::{RedisModel, Result, Store};
use pottery_test_support::{Server, scale};

use crate::objects::Thing;

/// How many elements there are from beginning to end.
fn size() -> u64 {
    scale(200_000, 1_000_000)
}

/// How many elements an iterator may hold at once: a page, of which the server decides.
const HELD_AT_MOST: usize = 5_000;

/// Runs two writers until `body` is over, which must have been at work meanwhile.
fn amid_writers(store: &Store, write: impl Fn(&Store, u64) + Sync, body: impl FnOnce()) {
    let (over, written) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        for writer in 0..2 {
            let (over, written, write) = (&over, &written, &write);
            scope.spawn(move || {
                let mut round = 0;
                while !over.load(Ordering::SeqCst) {
                    write(store, size() + 2 * round + writer);
                    written.fetch_add(1, Ordering::SeqCst);
                    round += 1;
                }
            });
        }
        let before = written.load(Ordering::SeqCst);
        body();
        let meanwhile = written.load(Ordering::SeqCst) - before;
        over.store(true, Ordering::SeqCst);
        assert!(meanwhile > 100, "the writers wrote only {meanwhile} times meanwhile: nothing is proved");
    });
}

/// Goes through a collection, and looks at how much the iterator holds.
fn seen<T, I>(mut iter: I, number: impl Fn(T) -> u64) -> Vec<bool>
where
    I: Iterator<Item = Result<T>> + Debug,
{
    let mut seen = vec![false; usize::try_from(size()).unwrap()];
    let mut most = 0;
    while let Some(item) = iter.next() {
        if let Some(seen) = seen.get_mut(usize::try_from(number(item.unwrap())).unwrap()) {
            *seen = true;
        }
        let shown = format!("{iter:?}");
        let held = shown.split("buffered: ").nth(1).and_then(|rest| rest.split([' ', ',', '}']).next());
        most = most.max(held.expect("it shows how much it holds").parse::<usize>().unwrap());
    }
    assert!(most > 0 && most <= HELD_AT_MOST, "{most} elements at once");
    seen
}

fn all(seen: &[bool]) {
    let missed: Vec<_> = seen.iter().enumerate().filter(|(_, seen)| !**seen).map(|(i, _)| i).collect();
    assert!(missed.is_empty(), "{} were missed: {:?}", missed.len(), &missed[..missed.len().min(9)]);
}

/// The numbers below [`size`] by the thousand.
fn chunks() -> impl Iterator<Item = std::ops::Range<u64>> {
    (0..size() / 1000).map(|i| i * 1000..(i + 1) * 1000)
}

#[test]
fn what_is_there_throughout_is_seen_while_others_write() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();

    let set = store.set::<u64>("set");
    chunks().for_each(|chunk| _ = set.extend(chunk).wait().unwrap());
    let write = |store: &Store, i: u64| {
        let set = store.set::<u64>("set");
        set.extend(i..i + 20).wait().unwrap();
        set.remove_many(i..i + 19).wait().unwrap();
    };
    amid_writers(&store, write, || all(&seen(set.iter().wait(), |member| member)));
    set.clear().wait().unwrap();

    let map = store.map::<u64, u64>("map");
    chunks().for_each(|chunk| _ = map.extend(chunk.map(|i| (i, i))).wait().unwrap());
    let write = |store: &Store, i: u64| {
        let map = store.map::<u64, u64>("map");
        map.extend((i..i + 20).map(|i| (i, 0))).wait().unwrap();
        map.insert(i % size(), 0).wait().unwrap();
        map.remove_many(i..i + 19).wait().unwrap();
    };
    amid_writers(&store, write, || all(&seen(map.iter().wait(), |(key, _)| key)));
    map.clear().wait().unwrap();

    // what is put in front moves items towards the end, where they come; what is taken off is never one of these
    let list = store.list::<u64>("list");
    chunks().for_each(|chunk| _ = list.extend(chunk).wait().unwrap());
    let write = |store: &Store, i: u64| {
        let list = store.list::<u64>("list");
        list.extend(i..i + 3).wait().unwrap();
        if i.is_multiple_of(64) {
            list.push_front(i).wait().unwrap();
        }
        list.pop_n(2).wait().unwrap();
    };
    amid_writers(&store, write, || all(&seen(list.iter().wait(), |item| item)));
    list.clear().wait().unwrap();

    // a tenth of the members has the same score, so that pages end in their midst
    let sorted = store.sorted_set::<u64>("sorted");
    let score = |i: u64| (i / (size() / 10)) as f64;
    chunks().for_each(|chunk| _ = sorted.extend(chunk.map(|i| (i, score(i)))).wait().unwrap());
    let write = |store: &Store, i: u64| {
        let sorted = store.sorted_set::<u64>("sorted");
        sorted.extend((i..i + 20).map(|i| (i, (i % 11) as f64))).wait().unwrap();
        sorted.remove_many(i..i + 19).wait().unwrap();
    };
    amid_writers(&store, write, || all(&seen(sorted.iter().wait(), |(member, _)| member)));
    sorted.clear().wait().unwrap();

    let stream = store.stream::<u64>("stream");
    chunks().for_each(|chunk| _ = stream.extend(chunk).wait().unwrap());
    let end = stream.last_id().wait().unwrap();
    let write = |store: &Store, i: u64| {
        let stream = store.stream::<u64>("stream");
        let id = stream.add(i).wait().unwrap();
        stream.remove(id).wait().unwrap();
    };
    amid_writers(&store, write, || {
        let iter = stream.iter().wait();
        let values = seen_until(iter, end);
        all(&values);
    });
}

/// A stream that is written to without end is gone through up to where it ended before.
fn seen_until(iter: impl Iterator<Item = Result<pottery::Entry<u64>>>, end: pottery::EntryId) -> Vec<bool> {
    let mut seen = vec![false; usize::try_from(size()).unwrap()];
    for entry in iter.map(std::result::Result::unwrap).take_while(|entry| entry.id <= end) {
        seen[usize::try_from(entry.value.unwrap()).unwrap()] = true;
    }
    seen
}

/// How long a `PING` of somebody else takes at the most while `body` runs.
fn worst_ping(server: &Server, body: impl FnOnce()) -> Duration {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let pinging = scope.spawn(|| {
            let (mut raw, mut worst, mut count) = (server.raw(), Duration::ZERO, 0);
            while !over.load(Ordering::SeqCst) || count < 10 {
                let begun = Instant::now();
                assert_eq!(raw.command(&["PING"]).text(), "PONG");
                worst = worst.max(begun.elapsed());
                count += 1;
            }
            worst
        });
        body();
        over.store(true, Ordering::SeqCst);
        pinging.join().unwrap()
    })
}

#[test]
fn to_remove_a_large_object_keeps_nobody_waiting() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let each = size() / 4;
    let fill = |id: &str| {
        let mut thing = Thing::full(id);
        thing.tags = (0..each).map(|i| format!("tag {i}")).collect();
        thing.queue = VecDeque::from_iter(0..u32::try_from(each).unwrap());
        thing.stats = HashMap::from_iter((0..each).map(|i| (format!("stat {i}"), 1)));
        thing.friends = HashSet::from_iter(0..each);
        thing.save(&store).wait().unwrap();
    };
    // the machine may be busy with something else: the server is not to blame for the worst of them
    let (mut best, mut rounds) = (Duration::MAX, 0_u64);
    while best > Duration::from_millis(20) && rounds < 8 {
        rounds += 1;
        let round = &rounds.to_string();
        fill(round);
        let at = Thing::at(&store, round);
        best = best.min(worst_ping(&server, || {
            assert!(at.friends().clear().wait().unwrap());
            assert!(at.delete().wait().unwrap());
        }));
        assert!(!at.exists().wait().unwrap());
    }
    assert!(best <= Duration::from_millis(20), "others waited for {best:?}");
    let stats = server.cli(&["INFO", "commandstats"]).text();
    assert!(!stats.contains("cmdstat_del:"), "{stats}");
    let unlink = stats.lines().find_map(|line| line.strip_prefix("cmdstat_unlink:")).expect("it was sent");
    let spent = unlink.split(',').find_map(|part| part.strip_prefix("usec=")).expect("a time");
    let (calls, spent) = (2 * rounds, spent.parse::<u64>().unwrap());
    assert!(unlink.starts_with(&format!("calls={calls},")), "{unlink}");
    assert!(spent / calls < 5_000, "by its own account the server was busy: {unlink}");
}
