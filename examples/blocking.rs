//! No runtime: every command and every operation can be waited for.
//!
//! ```sh
//! cargo run --example blocking
//! cargo run --example blocking --no-default-features --features blocking    # without tokio in pottery
//! ```

use std::collections::BTreeMap;
use std::thread;

use pottery::{RedisModel, Result, Store};

#[derive(RedisModel, Debug)]
struct Page {
    #[redis(id)]
    path: String,
    title: String,
    views: u64,
    views_by_country: BTreeMap<String, u64>, // a Redis hash
}

fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-blocking");

    let page = Page { path: "/".into(), title: "Home".into(), views: 0, views_by_country: BTreeMap::new() };
    page.save(&store).wait()?;

    // a store is shared by all threads; each call borrows a connection from a pool
    thread::scope(|scope| {
        let visitors: Vec<_> = ["de", "in", "in", "pe"]
            .map(|country| {
                let store = &store;
                scope.spawn(move || -> Result<()> {
                    let page = Page::at(store, "/");
                    for _ in 0..25 {
                        let count = (page.views().incr(1), page.views_by_country().incr(country, 1));
                        store.transaction(count).wait()?;
                    }
                    Ok(())
                })
            })
            .into();
        visitors.into_iter().try_for_each(|visitor| visitor.join().expect("no visitor panics"))
    })?;

    let page = Page::at(&store, "/");
    println!("views:               {}", page.views().get().wait()?);

    // an iterator fetches page by page; `.wait()` makes it a plain one
    for entry in page.views_by_country().iter().wait() {
        let (country, views) = entry?;
        println!("  from {country}:           {views}");
    }

    // read, change, write what changed
    let old = page.update(|page| std::mem::replace(&mut page.title, "Welcome".into())).wait()?;
    println!("title:               {} (was {old})", page.title().get().wait()?);

    println!("\nwhat is in Redis now:");
    for key in page.keys() {
        support::show_blocking(&store, &key)?;
    }
    page.delete().wait()?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
