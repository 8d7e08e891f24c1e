//! What the examples share: where the server is, and a look at what lies in it.
#![allow(dead_code, reason = "each example uses a part of it")]

use pottery::redis::{self, Cmd, Value};
use pottery::{Key, Store};

/// The address of `REDIS_URL`, or that of a server inside this process. Says which.
pub(crate) fn address() -> String {
    match std::env::var("REDIS_URL") {
        Ok(url) => {
            println!("using the server of REDIS_URL\n");
            url
        }
        Err(_) => {
            println!("REDIS_URL is not set: using a server inside this process\n");
            "embedded:".to_owned()
        }
    }
}

/// Prints a key, its type and what it holds, as `redis-cli` would; nothing for a key that is not there.
#[cfg(feature = "async")]
pub(crate) async fn show(store: &Store, key: &Key) -> pottery::Result<()> {
    let kind: String = store.raw(redis::cmd("TYPE").arg(key.as_bytes())).await?;
    if let Some(read) = reading(&kind, key) {
        println!("  {kind:<7} {key:<34} {}", text(&store.raw::<Value>(&read).await?));
    }
    Ok(())
}

/// The same without a runtime.
#[cfg(feature = "blocking")]
pub(crate) fn show_blocking(store: &Store, key: &Key) -> pottery::Result<()> {
    let kind: String = store.raw(redis::cmd("TYPE").arg(key.as_bytes())).wait()?;
    if let Some(read) = reading(&kind, key) {
        println!("  {kind:<7} {key:<34} {}", text(&store.raw::<Value>(&read).wait()?));
    }
    Ok(())
}

/// The command that reads all of a key of this type.
fn reading(kind: &str, key: &Key) -> Option<Cmd> {
    let mut read = match kind {
        "hash" => redis::cmd("HGETALL"),
        "list" => redis::cmd("LRANGE"),
        "set" => redis::cmd("SMEMBERS"),
        "string" => redis::cmd("GET"),
        _ => return None,
    };
    read.arg(key.as_bytes());
    if kind == "list" {
        read.arg(0).arg(-1);
    }
    Some(read)
}

fn text(value: &Value) -> String {
    match value {
        Value::BulkString(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains(char::is_control) => text.to_owned(),
            _ => bytes.escape_ascii().to_string(),
        },
        Value::Array(items) | Value::Set(items) => items.iter().map(text).collect::<Vec<_>>().join("  "),
        Value::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| format!("{}={}", text(key), text(value)))
            .collect::<Vec<_>>()
            .join("  "),
        other => format!("{other:?}"),
    }
}
