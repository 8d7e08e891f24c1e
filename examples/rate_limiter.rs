//! A rate limiter: five logins in two seconds, whoever asks and wherever.
//!
//! ```sh
//! cargo run --example rate_limiter
//! ```

use std::time::Duration;

use pottery::{Result, Store, Verdict};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-limiter");
    // one key for each who is limited; it goes away by itself
    let logins = store.limiter("logins:ann").allow(5, Duration::from_secs(2));
    logins.reset().await?;

    println!("eight tasks at once, as they may be on eight machines:");
    let asked = (0..8).map(|_| tokio::spawn(logins.check())); // check and count are one step on the server
    let mut verdicts = Vec::new();
    for answer in asked.collect::<Vec<_>>() {
        verdicts.push(answer.await.expect("the task does not panic")?);
    }
    let allowed = verdicts.iter().filter(|verdict| verdict.is_allowed()).count();
    println!("  {allowed} were let in, {} were not", verdicts.len() - allowed);

    match logins.check().await? {
        Verdict::Allowed { remaining, .. } => println!("one more was let in, and {remaining} can follow"),
        Verdict::Refused { retry_after, .. } => {
            println!("one more was not: it shall come again in {} ms", retry_after.as_millis());
        }
    }
    let waited = logins.check_wait(1, Duration::from_secs(2)).await?;
    println!("waiting for a turn: {}", if waited.is_allowed() { "let in" } else { "not in two seconds" });

    let verdict = logins.peek().await?; // looks, and does not count
    println!("left just now: {}", verdict.remaining());
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
