//! A first program: save an object, work on its fields, change it in a transaction, and look at what is in Redis.
//!
//! ```sh
//! cargo run --example quickstart        # on a server inside the program, which keeps its data in quickstart.aof
//! REDIS_URL=redis://127.0.0.1:6380/ cargo run --example quickstart
//! ```

use std::collections::{HashMap, HashSet};

use pottery::{RedisModel, Store};
use serde::{Deserialize, Serialize};

#[derive(RedisModel, Debug, PartialEq)]
struct Player {
    #[redis(id)]
    id: u64,
    name: String,
    score: i64,
    inventory: Vec<Item>,        // a Redis list
    stats: HashMap<String, u32>, // a Redis hash
    friends: HashSet<u64>,       // a Redis set
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Item {
    name: String,
    weight: f32,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // nothing to install: a server inside this process, and a file
    let address = std::env::var("REDIS_URL").unwrap_or("embedded:quickstart.aof".into());
    let store = Store::open(&address)?.namespace("quickstart");

    if let Some(player) = Player::load(&store, 7).await? {
        println!("found from last time: {} with score {}\n", player.name, player.score);
    }

    let raj = Player {
        id: 7,
        name: "Raj".into(),
        score: 40,
        inventory: vec![Item { name: "rope".into(), weight: 2.5 }],
        stats: HashMap::from([("agility".into(), 12), ("wit".into(), 17)]),
        friends: HashSet::from([9, 11]),
    };

    // the whole object: one round trip, atomic
    raj.save(&store).await?;
    let loaded: Option<Player> = Player::load(&store, 7).await?;
    assert_eq!(loaded, Some(raj));

    // one field: nothing else is read or written
    let raj = Player::at(&store, 7);
    println!("score after a win:   {}", raj.score().incr(10).await?);
    let items = raj.inventory().push(Item { name: "sword".into(), weight: 8.0 }).await?;
    println!("items:               {items}");
    println!("wit:                 {:?}", raj.stats().get("wit").await?);
    println!("is 9 a friend?       {}", raj.friends().contains(9).await?);

    // several, atomically, with typed results
    let shield = Item { name: "shield".into(), weight: 6.0 };
    let (score, items) = store.transaction((raj.score().incr(5), raj.inventory().push(&shield))).await?;
    println!("in one transaction:  score {score}, {items} items");

    // read, change, write what changed; begins again if somebody else was faster
    raj.update(|player| {
        player.score -= 3;
        player.stats.insert("luck".into(), 3);
    })
    .await?;

    println!("\nwhat is in Redis now:");
    for key in raj.keys() {
        support::show(&store, &key).await?;
    }
    println!("\nrun it again: it will find Raj");
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
