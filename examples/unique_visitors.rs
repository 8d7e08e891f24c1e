//! Unique visitors: how many different ones in twelve kilobytes, who came on which day in a bit each, and who surely was
//! never there.
//!
//! ```sh
//! cargo run --example unique_visitors
//! ```

use pottery::{RedisModel, Result, Sketch, Store};
use std::collections::BTreeSet;

#[derive(RedisModel, Debug)]
struct Page {
    #[redis(id)]
    path: String,
    visitors: Sketch<u64>, // a HyperLogLog
    #[redis(bits)]
    days: BTreeSet<u64>, // a bit for each day on which somebody came
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-visitors");
    Page { path: "/".into(), visitors: Sketch::default(), days: BTreeSet::new() }.save(&store).await?;
    let page = Page::at(&store, "/");

    for day in [3, 4, 5, 9] {
        // ten thousand each day, half of whom had come the day before
        page.visitors().extend(day * 5_000..day * 5_000 + 10_000).await?;
        page.days().set(day, true).await?;
    }
    println!("different visitors: about {} of the 30,000 there were", page.visitors().count().await?);
    println!("days with visitors: {:?}", page.days().to_positions().await?);
    println!("the first day without: {:?}", page.days().first_clear(3..).await?);

    let shop = store.hyper_log_log::<u64>("shop");
    shop.extend(0..1_000).await?;
    println!("the page and the shop together: about {}", page.visitors().count_with([&shop]).await?);

    // who was mailed already: no false "no", one in a hundred false "yes"
    let mailed = store.bloom_filter::<u64>("mailed", 10_000, 0.01);
    mailed.extend(0..5_000).await?;
    let asked = mailed.contains_many([17, 4_999, 123_456]).await?;
    println!("mailed: {asked:?}");

    let seen = page.visitors().snapshot().await?; // a value of the program: to be kept, sent, and put back
    println!("a sketch of them has {} bytes", seen.as_bytes().len());
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
