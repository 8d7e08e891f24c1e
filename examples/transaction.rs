//! Several commands as one atomic unit, what its results look like, and what its failure looks like.
//!
//! ```sh
//! cargo run --example transaction
//! ```

use pottery::{ErrorKind, Outcome, RedisModel, Store, redis};

#[derive(RedisModel, Debug)]
struct Account {
    #[redis(id)]
    owner: String,
    balance: i64,
    history: Vec<String>, // a Redis list
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = Store::open(&support::address())?.namespace("example-transaction");

    let (alice, bob) = (Account::at(&store, "alice"), Account::at(&store, "bob"));
    for account in [&alice, &bob] {
        account.delete().await?;
        let new = Account { owner: account.id(), balance: 100, history: vec!["opened".into()] };
        new.create(&store).await?;
    }

    // MULTI, HINCRBY, HINCRBY, RPUSH, RPUSH, EXEC: one round trip, and nobody sees half of it
    let (from, to, (_, lines)) = store
        .transaction((
            alice.balance().incr(-30),
            bob.balance().incr(30),
            (alice.history().push("30 to bob"), bob.history().push("30 from alice")),
        ))
        .await?;
    println!("after the transfer:  alice {from}, bob {to}; bob's history has {lines} lines");

    // the results have the shape of the batch: tuples, `Vec`s, arrays and `Option`s, nested as you like
    let fee = Some(5);
    let (fee, histories) = store
        .transaction((
            fee.map(|fee| alice.balance().incr(-fee)),
            vec![alice.history().to_vec(), bob.history().to_vec()],
        ))
        .await?;
    println!("after the fee:       alice {fee:?}; {} lines in all", histories.concat().len());

    // Redis does not roll back. Somebody has put a string where bob's history was:
    let key = bob.history().key().clone();
    let _: () = store.raw(redis::cmd("SET").arg(key.as_bytes()).arg("not a list")).await?;
    let error = store
        .transaction((alice.balance().incr(-10), bob.history().push("10 from alice"), bob.balance().incr(10)))
        .await
        .expect_err("one command of the three is refused");
    println!("\na command is refused: {error}");
    println!("  kind     {:?}", error.kind());
    println!("  index    {:?}, counted from 0", error.index());
    println!("  outcome  {:?}", error.outcome());
    assert_eq!(error.kind(), ErrorKind::WrongType);
    assert_eq!(error.index(), Some(1));
    assert_eq!(error.outcome(), Outcome::PartiallyApplied);
    let balances = store.transaction((alice.balance().get(), bob.balance().get())).await?;
    println!("  the neighbours were applied: {balances:?}");

    // a pipeline is one round trip without atomicity; `attempt` keeps each failure for itself
    let (line, name) =
        store.pipeline((bob.history().push("once more").attempt(), bob.balance().get().attempt())).await?;
    println!("\nin a pipeline, each for itself:");
    println!(
        "  push     {}",
        line.map_or_else(|error| format!("{:?}, {:?}", error.kind(), error.outcome()), |_| "done".into())
    );
    println!("  balance  {:?}", name?);

    store.pipeline([alice.delete(), bob.delete()]).await?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
