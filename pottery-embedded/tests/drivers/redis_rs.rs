//! The `redis` crate.

use std::collections::{HashMap, HashSet};
use std::thread;

use redis::{AsyncCommands, Commands, RedisResult, Script, pipe};

use crate::{SCRIPT, server, someone_waits};

#[test]
fn redis_rs_works_on_a_blocking_connection() {
    let server = server();
    for protocol in ["", "?protocol=resp3"] {
        tour(&format!("{}{protocol}", server.url())).expect("all succeed");
    }
}

fn tour(url: &str) -> RedisResult<()> {
    let client = redis::Client::open(url)?;
    let mut connection = client.get_connection()?;
    let () = redis::cmd("FLUSHALL").query(&mut connection)?;
    let () = connection.set_ex("s", "v", 100)?;
    assert_eq!(connection.get::<_, Option<String>>("s")?, Some("v".to_owned()));
    assert!((1..=100).contains(&connection.ttl::<_, i64>("s")?));
    assert_eq!(connection.rpush::<_, _, usize>("l", &["a", "b"])?, 2);
    assert_eq!(connection.lrange::<_, Vec<String>>("l", 0, -1)?, ["a", "b"]);
    let () = connection.hset_multiple("h", &[("a", 1), ("b", 2)])?;
    assert_eq!(
        connection.hgetall::<_, HashMap<String, i64>>("h")?,
        HashMap::from([("a".into(), 1), ("b".into(), 2)])
    );
    let () = connection.sadd("S", &["x", "y"])?;
    assert_eq!(connection.smembers::<_, HashSet<String>>("S")?, HashSet::from(["x".into(), "y".into()]));
    let () = connection.zadd_multiple("z", &[(1.5, "a"), (2.5, "b")])?;
    let scores: Vec<(String, f64)> = connection.zrange_withscores("z", 0, -1)?;
    assert_eq!(scores, [("a".to_owned(), 1.5), ("b".to_owned(), 2.5)]);
    let wrong = connection.lpush::<_, _, i64>("s", "x").expect_err("a list isn't made of a string");
    assert_eq!(wrong.code(), Some("WRONGTYPE"));
    let mut keys: Vec<String> = connection.scan_match::<_, String>("[slh]")?.collect::<RedisResult<_>>()?;
    keys.sort();
    assert_eq!(keys, ["h", "l", "s"]);
    let (n, v): (i64, String) = pipe().incr("n", 5).get("s").query(&mut connection)?;
    assert_eq!((n, v.as_str()), (5, "v"));
    let (n,): (i64,) = redis::transaction(&mut connection, &["n"], |connection, pipe| {
        let n: i64 = connection.get("n")?;
        pipe.set("n", n * 2).ignore().get("n").query(connection)
    })?;
    assert_eq!(n, 10);
    let (n, text): (i64, String) = Script::new(SCRIPT).key("n").arg(1).arg("x").invoke(&mut connection)?;
    assert_eq!((n, text.as_str()), (11, "x"));

    let mut subscribed = client.get_connection()?;
    let mut messages = subscribed.as_pubsub();
    messages.subscribe("channel")?;
    let sender = client.clone();
    let publisher = thread::spawn(move || sender.get_connection()?.publish::<_, _, i64>("channel", "hello"));
    assert_eq!(messages.get_message()?.get_payload::<String>()?, "hello");
    assert_eq!(publisher.join().expect("it ends")?, 1);
    Ok(())
}

#[tokio::test]
async fn redis_rs_works_on_a_multiplexed_connection() {
    let server = server();
    let client = redis::Client::open(server.url()).expect("the address is right");
    let mut connection = client.get_multiplexed_async_connection().await.expect("it connects");
    let asked = (0..100).map(|number| {
        let mut connection = connection.clone();
        tokio::spawn(async move { connection.incr::<_, _, i64>("n", number).await })
    });
    for task in asked.collect::<Vec<_>>() {
        task.await.expect("it ends").expect("it counts");
    }
    assert_eq!(connection.get::<_, i64>("n").await.expect("it is there"), 4950);
    let (set, n): (String, i64) =
        pipe().atomic().set("s", "v").incr("n", 1).query_async(&mut connection).await.expect("it runs");
    assert_eq!((set.as_str(), n), ("OK", 4951));
    let (n, _): (i64, String) =
        Script::new(SCRIPT).key("n").arg(1).arg("x").invoke_async(&mut connection).await.expect("it runs");
    assert_eq!(n, 4952);
    let mut waiting = client.get_multiplexed_async_connection().await.expect("it connects");
    let popped = tokio::spawn(async move { waiting.blpop::<_, (String, String)>("queue", 0.0).await });
    someone_waits(&server).await;
    let () = connection.rpush("queue", "job").await.expect("it is pushed");
    assert_eq!(popped.await.expect("it ends").expect("it is served"), ("queue".to_owned(), "job".to_owned()));
}
