//! A leaderboard: a sorted set, alone and as a field of a model.
//!
//! ```sh
//! cargo run --example leaderboard
//! ```

use std::collections::HashMap;

use pottery::{RedisModel, Result, Store};

#[derive(RedisModel, Debug)]
struct Season {
    #[redis(id)]
    year: u16,
    title: String,
    #[redis(sorted_set)]
    board: HashMap<String, f64>, // a sorted set: members are the players, scores their points
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-leaderboard");
    let season = Season {
        year: 2026,
        title: "autumn".into(),
        board: HashMap::from([("ann".into(), 31.5), ("bob".into(), 12.0), ("cid".into(), 40.0)]),
    };
    season.save(&store).await?;

    let board = Season::at(&store, 2026).board(); // a `SortedSet<String>`; nothing is sent
    println!("bob plays well: he has {} points now", board.incr("bob", 25).await?);
    let is_best = board.raise("ann", 20).await?; // only if it is more than she had
    println!("ann plays badly: 20 points {} her best", if is_best { "are" } else { "are not" });
    board.extend([("dan", 38.0), ("eve", 38.0)]).await?;

    println!("\nthe first three:");
    for (place, (player, points)) in board.by_rank(-3..).rev().entries().await?.into_iter().enumerate() {
        println!("  {}. {player:<4} {points}", place + 1);
    }
    let (rank, players) = store.pipeline((board.rev_rank("ann"), board.len())).await?;
    println!("ann is number {} of {players}", rank.map_or(players, |rank| rank + 1));
    println!("with 35 to 39 points: {}", board.by_score(35..39).members().await?.join(", "));

    let last_year = store.sorted_set::<String>("last-year");
    last_year.replace_all([("ann", 50), ("dan", 10)]).await?;
    let both = board.union(&last_year).weights([1, 2]).entries().await?;
    println!("\nlast year counts double: {both:?}");

    let removed = board.by_rank(..-3).remove().await?;
    println!("\nonly the best three are kept, {removed} go:");
    support::show(&store, board.key()).await?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
