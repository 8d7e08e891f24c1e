//! A memo: a function that takes long is computed once, whoever asks, and remembered for a while.
//!
//! ```sh
//! cargo run --example memo
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use pottery::{Result, Store};

/// Takes its time, and counts how often it is asked.
async fn price(article: u64, asked: &AtomicU32) -> u64 {
    asked.fetch_add(1, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_millis(100)).await;
    article * 3
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-memo");
    let prices = store.memo::<u64, u64>("prices").time_to_live(Duration::from_secs(60));
    prices.clear().await?;

    let asked = Arc::new(AtomicU32::new(0));
    let begin = Instant::now();
    let tasks = (0..50).map(|_| {
        let (prices, asked) = (prices.clone(), asked.clone());
        tokio::spawn(async move { prices.get_or_compute(7, || async { price(7, &asked).await }).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        assert_eq!(task.await.expect("the task does not panic")?, 21);
    }
    println!(
        "fifty tasks asked at once: computed {} time, {} ms",
        asked.load(Ordering::Relaxed),
        begin.elapsed().as_millis()
    );

    let begin = Instant::now();
    prices.get_or_compute(7, || async { price(7, &asked).await }).await?;
    println!(
        "asked again: {} µs, computed {} time",
        begin.elapsed().as_micros(),
        asked.load(Ordering::Relaxed)
    );

    prices.recompute(7, || async { price(7, &asked).await }).await?;
    prices.forget(7).await?;
    println!("forgotten: {:?}", prices.peek(7).await?);
    let stats = prices.stats();
    println!("this handle's hits and misses: {stats:?}");
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
