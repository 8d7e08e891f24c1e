//! Many writers on one object: T1 and T6.

use std::collections::HashMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use pottery::{ErrorKind, RedisModel, Store};
use pottery_test_support::{Server, scale, unique};

use crate::way::{Run, WAYS, Way};

#[derive(RedisModel, Debug)]
struct Tally {
    #[redis(id)]
    id: String,
    count: u64,
    by_process: HashMap<u16, u64>,
}

const PROCESSES: u16 = 4;
const TASKS: u64 = 16;
const WORKER: &str = "POTTERY_TALLY_WORKER";

/// Of the increments of each process, what its tasks share.
struct Quota {
    left: AtomicU64,
    committed: AtomicU64,
    conflicts: AtomicU64,
}

impl Quota {
    fn new(left: u64) -> Quota {
        Quota { left: AtomicU64::new(left), committed: AtomicU64::new(0), conflicts: AtomicU64::new(0) }
    }

    /// Takes one increment to do, while there are some.
    fn take(&self) -> bool {
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

#[test]
fn no_increment_is_lost_between_tasks_and_processes() {
    let server = Server::start();
    let increments: u64 = scale(20_000, 100_000);
    let share = increments / u64::from(PROCESSES);
    let store = Store::open(&server.url()).unwrap();
    let id = unique("tally");
    Tally { id: id.clone(), count: 0, by_process: HashMap::new() }.save(&store).go().unwrap();
    let children: Vec<Child> = (0..PROCESSES)
        .map(|process| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "contention::worker", "--nocapture"])
                .env(WORKER, format!("{} {id} {process} {share}", server.url()))
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let (mut committed, mut conflicts) = (0, 0);
    for child in children {
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}");
        let line = text.lines().find_map(|line| line.split_once("tallied ")).expect("the worker's sum").1;
        let mut numbers = line.split(' ').map(|number| number.parse::<u64>().unwrap());
        committed += numbers.next().unwrap();
        conflicts += numbers.next().unwrap();
    }
    let tally = Tally::load(&store, &id).go().unwrap().unwrap();
    println!("{committed} increments committed, {conflicts} conflicts told");
    assert_eq!(committed, increments);
    assert_eq!(tally.count, committed, "increments were lost or doubled");
    assert_eq!(tally.by_process.values().sum::<u64>(), committed, "a commit was torn");
}

/// Not a test of its own: one process of the test above.
#[test]
fn worker() {
    let Ok(job) = env::var(WORKER) else { return };
    let parts: Vec<&str> = job.split(' ').collect();
    let [url, id, process, share] = parts[..] else { panic!("{job}") };
    let process: u16 = process.parse().unwrap();
    let way = WAYS[usize::from(process) % WAYS.len()];
    let store = Store::options(url).timeout(Duration::from_secs(30)).open().unwrap();
    let tally = Tally::at(&store, id);
    let quota = Arc::new(Quota::new(share.parse().unwrap()));
    match way {
        #[cfg(feature = "blocking")]
        Way::Waited => thread::scope(|scope| {
            for task in 0..TASKS {
                let (store, tally, quota) = (&store, &tally, &quota);
                scope.spawn(move || {
                    while quota.take() {
                        blocking_increment(store, tally, quota, process, task);
                    }
                });
            }
        }),
        #[cfg(feature = "async")]
        Way::Awaited => crate::way::runtime().block_on(async {
            let tasks: Vec<_> = (0..TASKS)
                .map(|task| {
                    let (store, tally, quota) = (store.clone(), tally.clone(), quota.clone());
                    tokio::spawn(async move {
                        while quota.take() {
                            increment(&store, &tally, &quota, process, task).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        }),
    }
    let (committed, conflicts) = (&quota.committed, &quota.conflicts);
    println!("\ntallied {} {}", committed.load(Ordering::SeqCst), conflicts.load(Ordering::SeqCst));
}

/// Adds 1 through one of the two ways to do so optimistically, until it is committed.
#[cfg(feature = "async")]
async fn increment(store: &Store, tally: &TallyHandle, quota: &Quota, process: u16, task: u64) {
    loop {
        let added = if task.is_multiple_of(2) {
            tally
                .update(|tally| {
                    tally.count += 1;
                    *tally.by_process.entry(process).or_default() += 1;
                })
                .await
        } else {
            add_watching(store, tally, process).await
        };
        match added {
            Ok(()) => {
                quota.committed.fetch_add(1, Ordering::SeqCst);
                return;
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {
                quota.conflicts.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[cfg(feature = "async")]
async fn add_watching(store: &Store, tally: &TallyHandle, process: u16) -> pottery::Result<()> {
    let mut attempts = store.watch((tally.count(), tally.by_process()));
    loop {
        let attempt = attempts.begin().await?;
        let (count, own) = store.pipeline((tally.count().get(), tally.by_process().get(process))).await?;
        let writes =
            (tally.count().set(count + 1), tally.by_process().insert(process, own.unwrap_or_default() + 1));
        if attempt.commit(writes).await?.is_some() {
            return Ok(());
        }
    }
}

#[cfg(feature = "blocking")]
fn blocking_increment(store: &Store, tally: &TallyHandle, quota: &Quota, process: u16, task: u64) {
    let add_watching = || {
        let mut attempts = store.watch((tally.count(), tally.by_process()));
        loop {
            let attempt = attempts.begin().wait()?;
            let (count, own) =
                store.pipeline((tally.count().get(), tally.by_process().get(process))).wait()?;
            let own = own.unwrap_or_default() + 1;
            let writes = (tally.count().set(count + 1), tally.by_process().insert(process, own));
            if attempt.commit(writes).wait()?.is_some() {
                return Ok(());
            }
        }
    };
    loop {
        let added = if task.is_multiple_of(2) {
            let add = tally.update(|tally| {
                tally.count += 1;
                *tally.by_process.entry(process).or_default() += 1;
            });
            add.wait()
        } else {
            add_watching()
        };
        match added {
            Ok(()) => {
                quota.committed.fetch_add(1, Ordering::SeqCst);
                return;
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {
                quota.conflicts.fetch_add(1, Ordering::SeqCst);
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn of_64_writers_each_ends_soon_with_success_or_a_conflict() {
    const WRITERS: u64 = 64;
    let server = Server::start();
    for way in WAYS.iter().copied() {
        let store = Store::open(&server.url()).unwrap();
        let id = unique("tally");
        Tally { id: id.clone(), count: 0, by_process: HashMap::new() }.save(&store).go().unwrap();
        let tally = Tally::at(&store, &id);
        let begun = Instant::now();
        let ends: Vec<_> = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|_| {
                    let tally = &tally;
                    scope.spawn(move || (tally.update(|tally| tally.count += 1).run(way), begun.elapsed()))
                })
                .collect();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect()
        });
        let mut committed = 0;
        for (result, took) in ends {
            assert!(took <= Duration::from_secs(5), "{way:?}: {took:?}");
            match result {
                Ok(()) => committed += 1,
                Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{way:?}: {error}"),
            }
        }
        assert_eq!(tally.count().get().run(way).unwrap(), committed, "{way:?}");
        assert!(committed > 0, "nobody got through");
        println!("{way:?}: {committed} of {WRITERS} committed in {:?}", begun.elapsed());
    }
}
