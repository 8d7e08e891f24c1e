//! Sessions: objects with a declared time to live, which all of their keys share, also those that are born later.
//!
//! ```sh
//! cargo run --example session_store
//! ```

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use pottery::{RedisModel, Result, Store, redis};

#[derive(RedisModel, Debug)]
#[redis(ttl = "30m")]
struct Session {
    #[redis(id)]
    token: String,
    user: Option<u64>,                 // absent from the hash while it is `None`
    messages: Vec<String>,             // a list, once there is a message
    settings: HashMap<String, String>, // a hash, once there is a setting
    roles: HashSet<String>,            // a set, once there is a role
}

/// Prints what is left to live of every key of the session.
async fn show(store: &Store, session: &SessionHandle) -> Result<()> {
    for key in session.keys() {
        let left: i64 = store.raw(redis::cmd("PTTL").arg(key.as_bytes())).await?;
        match left {
            -2 => println!("  {key:<44} not there"),
            -1 => println!("  {key:<44} lives for ever"),
            millis => println!("  {key:<44} {:.1} s", millis as f64 / 1000.0),
        }
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-sessions");

    let token = "n0tGue55ed";
    Session::at(&store, token).delete().await?;
    let new = Session {
        token: token.into(),
        user: None,
        messages: Vec::new(),
        settings: HashMap::new(),
        roles: HashSet::new(),
    };
    new.create(&store).await?;
    let session = Session::at(&store, token);
    println!("created, with nothing in its collections: the hash alone");
    show(&store, &session).await?;

    tokio::time::sleep(Duration::from_millis(1500)).await;
    session.user().set(Some(7)).await?;
    session.messages().push("welcome").await?;
    session.settings().insert("theme", "dark").await?;
    session.roles().insert("admin").await?;
    println!("\na second and a half later, collections are born: they end when the session does");
    show(&store, &session).await?;

    session.touch().await?;
    println!("\ntouched, as with every request: the declared time begins again, for all keys");
    show(&store, &session).await?;

    session.expire(Duration::from_millis(300)).await?;
    println!("\na short time is set");
    show(&store, &session).await?;
    while session.exists().await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    println!("\nand the session has ended, with every key");
    show(&store, &session).await?;
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
