//! Feature flags: some for everybody, some for a time, some for a list of users; changed while programs run.
//!
//! ```sh
//! cargo run --example feature_flags
//! ```

use std::collections::HashSet;
use std::time::Duration;

use pottery::{RedisModel, RedisValue, Result, Store};
use serde::{Deserialize, Serialize};

/// Stored by its name: `redis-cli HSET feature:{search} rollout Everybody` switches it, too.
#[derive(Serialize, Deserialize, RedisValue, Clone, Copy, Debug, PartialEq)]
enum Rollout {
    Nobody,
    Some,
    Everybody,
}

#[derive(RedisModel, Debug)]
struct Feature {
    #[redis(id)]
    name: String,
    rollout: Rollout,
    users: HashSet<u64>,
}

/// One round trip.
async fn is_on(store: &Store, name: &str, user: u64) -> Result<bool> {
    let feature = Feature::at(store, name);
    let (rollout, listed) =
        store.pipeline((feature.rollout().get_or(Rollout::Nobody), feature.users().contains(user))).await?;
    Ok(rollout == Rollout::Everybody || rollout == Rollout::Some && listed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-flags");
    Feature { name: "search".into(), rollout: Rollout::Some, users: HashSet::from([7]) }.save(&store).await?;

    println!(
        "search for 7: {}, for 8: {}",
        is_on(&store, "search", 7).await?,
        is_on(&store, "search", 8).await?
    );
    Feature::at(&store, "search").rollout().set(Rollout::Everybody).await?;
    println!("for everybody now, also for 8: {}", is_on(&store, "search", 8).await?);
    println!("what nobody has declared is off: {}", is_on(&store, "teleport", 7).await?);

    // a plain flag, alone at a key, that ends by itself
    let sale = store.flag("sale");
    sale.mark_for(Duration::from_millis(300)).await?;
    println!("\nsale: {}", sale.is_marked().await?);
    while sale.is_marked().await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("sale, a third of a second later: {}", sale.is_marked().await?);
    let first = sale.mark_if_absent().await?;
    let second = sale.mark_if_absent().await?;
    println!("who marks it first knows: {first}, {second}");
    sale.unmark().await?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
