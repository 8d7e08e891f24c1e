//! One shopping cart, several processes at once: nothing is lost.
//!
//! The example starts itself again as three shoppers, each a process with a connection of its own. All of them change
//! the same cart: with commands that Redis itself makes atomic, and with a read-modify-write that begins again when
//! somebody else was faster.
//!
//! ```sh
//! cargo run --example shopping_cart
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::process::Command;

use pottery::{RedisModel, RedisValue, Result, Store};
use serde::{Deserialize, Serialize};

const SHOPPERS: u64 = 3;
const ROUNDS: u64 = 50;

#[derive(RedisModel, Debug)]
struct Cart {
    #[redis(id)]
    id: u64,
    items: u64,
    total: Total,
    quantities: BTreeMap<String, u64>, // a Redis hash
    history: Vec<String>,              // a Redis list
    shoppers: BTreeSet<u64>,           // a Redis set
}

/// One value, stored whole in a field of the object's hash.
#[derive(RedisValue, Serialize, Deserialize, Debug, Default, PartialEq)]
struct Total {
    cents: u64,
    changes: u64,
}

/// A store, where optimistic updates may begin as often as so many writers need.
fn open(url: &str) -> Result<Store> {
    Store::options(url).namespace("example-cart").attempts(1000).open()
}

/// What each of the processes does.
async fn shop(url: &str, shopper: u64) -> Result<()> {
    let store = open(url)?;
    let cart = Cart::at(&store, 1);
    cart.shoppers().insert(shopper).await?; // SADD
    for round in 0..ROUNDS {
        let fruit = ["apple", "pear", "quince"][(round % 3) as usize];
        // atomic on the server, so nothing can come between: HINCRBY, HINCRBY, RPUSH
        let put = (
            cart.items().incr(1),
            cart.quantities().incr(fruit, 1),
            cart.history().push(format!("shopper {shopper}: {fruit}")),
        );
        store.transaction(put).await?;
        // read, change, write: WATCH, HMGET ..., MULTI, HSET, EXEC, again if somebody was faster
        cart.update(|cart| {
            cart.total.cents += 35;
            cart.total.changes += 1;
        })
        .await?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    // a shopper is this program with an argument; the address may hold a password, so it is none
    if let Some(shopper) = env::args().nth(1) {
        return Ok(shop(&env::var("REDIS_URL")?, shopper.parse()?).await?);
    }

    let mut address = support::address();
    let store = open(&address)?;
    if let Some(server) = store.embedded() {
        address = server.url(); // where other processes find the server inside this one
    }
    let cart = Cart::at(&store, 1);
    cart.delete().await?;
    let empty = Cart {
        id: 1,
        items: 0,
        total: Total::default(),
        quantities: BTreeMap::new(),
        history: Vec::new(),
        shoppers: BTreeSet::new(),
    };
    empty.create(&store).await?;

    let mut shoppers = Vec::new();
    for shopper in 1..=SHOPPERS {
        let child =
            Command::new(env::current_exe()?).arg(shopper.to_string()).env("REDIS_URL", &address).spawn()?;
        println!("shopper {shopper} is process {}", child.id());
        shoppers.push(child);
    }
    for mut child in shoppers {
        assert!(child.wait()?.success(), "a shopper failed");
    }

    let full = cart.load().await?.expect("the cart is there");
    println!("\nitems       {} (expected {})", full.items, SHOPPERS * ROUNDS);
    println!("total       {} cents in {} changes", full.total.cents, full.total.changes);
    println!("quantities  {:?}", full.quantities);
    println!("history     {} lines, the last: {:?}", full.history.len(), full.history.last());
    println!("shoppers    {:?}", full.shoppers);

    let puts = SHOPPERS * ROUNDS;
    assert_eq!(full.items, puts);
    assert_eq!(full.total, Total { cents: 35 * puts, changes: puts });
    assert_eq!(full.quantities.values().sum::<u64>(), puts);
    assert_eq!(full.history.len() as u64, puts);
    assert_eq!(full.shoppers, (1..=SHOPPERS).collect());
    println!("\nnothing was lost");
    cart.delete().await?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
