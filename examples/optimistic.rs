//! Read, decide, write, and begin again if somebody else was faster: `update` for one object, a loop for several.
//!
//! ```sh
//! cargo run --example optimistic
//! ```

use std::time::Duration;

use pottery::{RedisModel, Result, Store};

#[derive(RedisModel, Debug)]
struct Account {
    #[redis(id)]
    id: u32,
    balance: i64,
}

/// Moves money if there is enough; says whether there was, and how many attempts it took.
async fn transfer(store: &Store, from: u32, to: u32, amount: i64) -> Result<(bool, u32)> {
    let (from, to) = (Account::at(store, from).balance(), Account::at(store, to).balance());
    let mut attempts = store.watch((&from, &to));
    loop {
        let attempt = attempts.begin().await?; // WATCH, on a connection of its own
        if from.get().await? < amount {
            attempt.abandon().await?; // UNWATCH
            return Ok((false, attempts.begun()));
        }
        // MULTI, HINCRBY, HINCRBY, EXEC; `None` if one of the two was changed since `begin`
        if attempt.commit((from.incr(-amount), to.incr(amount))).await?.is_some() {
            return Ok((true, attempts.begun()));
        }
    }
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    // the more writers on few objects, the more attempts they need: 16 unless set
    let store = Store::options(&support::address())
        .namespace("example-optimistic")
        .attempts(1000)
        .timeout(Duration::from_secs(30))
        .open()?;

    for id in 0..4 {
        Account { id, balance: 100 }.save(&store).await?;
    }

    // eight tasks move money about, all at once, on four accounts
    let tasks: Vec<_> = (0..8_u32)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                let (mut done, mut refused, mut attempts) = (0, 0, 0);
                for round in 0..25 {
                    let from = (task + round) % 4;
                    let to = (from + 1 + round % 3) % 4;
                    let amount = i64::from(10 + (task * 7 + round * 13) % 60);
                    let (enough, begun) = transfer(&store, from, to, amount).await?;
                    if enough {
                        done += 1
                    } else {
                        refused += 1
                    }
                    attempts += begun;
                }
                Result::<_>::Ok((done, refused, attempts))
            })
        })
        .collect();
    let (mut done, mut refused, mut attempts) = (0, 0, 0);
    for task in tasks {
        let (d, r, a) = task.await??;
        (done, refused, attempts) = (done + d, refused + r, attempts + a);
    }
    println!("{done} transfers done, {refused} refused for want of money, {attempts} attempts");

    let accounts = Account::load_many(&store, 0..4).await?;
    let balances: Vec<i64> = accounts.into_iter().flatten().map(|account| account.balance).collect();
    println!("balances {balances:?}, in all {}", balances.iter().sum::<i64>());
    assert_eq!(balances.iter().sum::<i64>(), 400);
    assert!(balances.iter().all(|balance| *balance >= 0));

    // one object: `update` is that loop, and writes only what changed
    let first = Account::at(&store, 0);
    let interest = first
        .update(|account| {
            let interest = account.balance / 10;
            account.balance += interest;
            interest
        })
        .await?;
    println!("\ninterest on account 0: {interest}");

    // `try_update` may refuse: then nothing is written, and the refusal comes back
    let paid = first
        .try_update(|account| {
            if account.balance < 10_000 {
                return Err(format!("{} is too little", account.balance));
            }
            account.balance -= 10_000;
            Ok(account.balance)
        })
        .await?;
    println!("paying 10,000:         {paid:?}");

    store.pipeline((0..4).map(|id| Account::at(&store, id).delete()).collect::<Vec<_>>()).await?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
