//! What the examples share: a server to run on, and a look at what lies in it.
#![allow(dead_code, reason = "each example uses a part of it")]

use pottery::redis::{self, Value};
use pottery::{Key, Store};

/// The server of `REDIS_URL`, or a private one that ends with the example.
pub enum Server {
    Given(String),
    Private(pottery_test_support::Server),
}

impl Server {
    pub fn url(&self) -> String {
        match self {
            Server::Given(url) => url.clone(),
            Server::Private(server) => server.url(),
        }
    }
}

/// Finds a server, and says which.
pub fn server() -> Server {
    match std::env::var("REDIS_URL") {
        Ok(url) => {
            println!("using the server of REDIS_URL\n");
            Server::Given(url)
        }
        Err(_) => {
            let server = pottery_test_support::Server::start();
            println!("REDIS_URL is not set: started a private redis-server on port {}\n", server.port());
            Server::Private(server)
        }
    }
}

/// Prints a key, its type and what it holds, as `redis-cli` would.
#[cfg(feature = "async")]
pub async fn show(store: &Store, key: &Key) -> pottery::Result<()> {
    let kind: String = store.raw(redis::cmd("TYPE").arg(key.as_bytes())).await?;
    let mut read = match kind.as_str() {
        "hash" => redis::cmd("HGETALL"),
        "list" => redis::cmd("LRANGE"),
        "set" => redis::cmd("SMEMBERS"),
        "string" => redis::cmd("GET"),
        _ => return Ok(()),
    };
    read.arg(key.as_bytes());
    if kind == "list" {
        read.arg(0).arg(-1);
    }
    println!("{kind:<7} {key:<28} {}", text(&store.raw::<Value>(&read).await?));
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => bytes.escape_ascii().to_string(),
        Value::Array(items) | Value::Set(items) => items.iter().map(text).collect::<Vec<_>>().join("  "),
        Value::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| format!("{}={}", text(key), text(value)))
            .collect::<Vec<_>>()
            .join("  "),
        other => format!("{other:?}"),
    }
}
