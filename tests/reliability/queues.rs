//! Plain queues when things go wrong: what the documentation says is lost, and nothing else (Q3, Q4, Q5).
#![cfg(all(feature = "async", feature = "blocking"))]

use std::collections::HashSet;
use std::time::{Duration, Instant};

use pottery::{Outcome, Store};
use pottery_test_support::{Fault, Proxy, Seed, Server, When, scale, unique, wait_until};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Q3: an item that has left Redis and has not arrived is gone, and the error says that this may be so.
#[test]
fn an_item_on_its_way_is_lost_with_its_connection() {
    let server = Server::start();
    let direct = Store::open(&server.url()).unwrap().queue::<u64>("queue");
    for round in 0..scale(20, 300) {
        let proxy = Proxy::start(&server);
        let queue = Store::open(proxy.url()).unwrap().queue::<u64>("queue");
        direct.replace_all([round, round + 1]).wait().unwrap();
        let armed = proxy.fault(Fault::CutAfter, When::command("BLPOP").once());
        let error = queue.get_wait(Duration::from_secs(5)).wait().unwrap_err();
        assert_eq!(armed.fired(), 1, "the fault happened");
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        assert_eq!(direct.to_vec().wait().unwrap(), [round + 1], "the first is gone, and only that");
    }
}

/// Q4: whoever gives up waiting loses at most the item that was on its way to him, and nobody else notices.
#[test]
fn pops_that_are_given_up_lose_at_most_one_item_each_and_mix_up_nothing() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let queue = store.queue::<u64>("queue");
    let other = store.queue::<String>("other");
    let seed = Seed::new();
    let mut rng = seed.rng();
    runtime().block_on(async {
        let (mut put, mut dropped) = (0_u64, 0);
        let mut taken = HashSet::new();
        for _ in 0..scale(2_000, 20_000) {
            let waiting = tokio::time::timeout(
                Duration::from_micros(rng.u64(0..1_500)),
                queue.get_wait(Duration::from_secs(5)),
            );
            let item = put;
            let produce = async {
                if rng.bool() {
                    queue.put(item).await.unwrap();
                    return true;
                }
                false
            };
            let (outcome, produced) = tokio::join!(waiting, produce);
            put += u64::from(produced);
            match outcome {
                Ok(found) => assert!(taken.insert(found.unwrap().unwrap()), "nothing comes twice"),
                Err(_) => dropped += 1,
            }
            // another handle of the same store gets its own replies
            let text = format!("{item}");
            other.put(&text).await.unwrap();
            assert_eq!(other.get_wait(Duration::from_secs(5)).await.unwrap(), Some(text));
        }
        while let Some(item) = queue.get().await.unwrap() {
            assert!(taken.insert(item), "nothing comes twice");
        }
        assert!(taken.iter().all(|item| *item < put), "nothing comes that was not put");
        let lost = put - taken.len() as u64;
        println!("{put} put, {dropped} given up, {lost} lost");
        assert!(dropped > 0 && lost <= dropped, "{lost} lost of {put} in {dropped} drops");
    });
}

/// Q5: a wait lasts as long as it is asked to, whatever the server does meanwhile, and holds up nobody.
#[test]
fn a_wait_lasts_its_time_and_holds_up_nobody() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let queue = store.queue::<u64>(unique("queue"));
    let value = store.value::<u64>(unique("value"));
    let time = Duration::from_secs(5);
    runtime().block_on(async {
        value.set(1).await.unwrap();
        let begun = Instant::now();
        let waiting = tokio::spawn(queue.get_wait(time));
        let mut slow = Vec::new();
        while begun.elapsed() < Duration::from_millis(500) {
            let asked = Instant::now();
            value.get().await.unwrap();
            slow.push(asked.elapsed());
        }
        slow.sort();
        let p99 = slow[slow.len() * 99 / 100];
        println!("p99 of {} other commands: {p99:?}", slow.len());
        assert!(p99 < scale(Duration::from_millis(500), Duration::from_millis(20)), "{p99:?}");
        server.cli(&["CLIENT", "PAUSE", "3000"]);
        assert_eq!(waiting.await.unwrap().unwrap(), None);
        let lasted = begun.elapsed();
        assert!(
            lasted >= time && lasted < time + scale(Duration::from_secs(4), Duration::from_millis(300)),
            "{lasted:?}"
        );
    });
    wait_until("the pause is over", Duration::from_secs(10), || value.get().wait().is_ok());
}
