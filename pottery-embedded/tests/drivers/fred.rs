//! The `fred` crate.

use std::collections::HashMap;

use fred::prelude::*;
use fred::types::RespVersion;
use fred::util::sha1_hash;

use crate::{SCRIPT, server, someone_waits};

#[tokio::test]
async fn fred_works_in_both_protocols() {
    for version in [RespVersion::RESP2, RespVersion::RESP3] {
        tour(version).await.expect("all succeed");
    }
}

async fn connect(server: &pottery_embedded::Server, version: &RespVersion) -> Result<Client, Error> {
    let mut config = Config::from_url(&server.url())?;
    config.version = version.clone();
    let client = Builder::from_config(config).build()?;
    client.init().await?;
    Ok(client)
}

async fn tour(version: RespVersion) -> Result<(), Error> {
    let server = server();
    let client = connect(&server, &version).await?;
    let () = client.set("s", "v", Some(Expiration::EX(100)), Some(SetOptions::NX), false).await?;
    assert_eq!(client.get::<Option<String>, _>("s").await?, Some("v".to_owned()));
    assert_eq!(client.rpush::<i64, _, _>("l", vec!["a", "b"]).await?, 2);
    assert_eq!(client.lrange::<Vec<String>, _>("l", 0, -1).await?, ["a", "b"]);
    let () = client.hset("h", HashMap::from([("a", 1), ("b", 2)])).await?;
    assert_eq!(client.hgetall::<HashMap<String, i64>, _>("h").await?["b"], 2);
    assert_eq!(client.sadd::<i64, _, _>("S", vec!["x", "y"]).await?, 2);
    let () = client.zadd("z", None, None, false, false, vec![(1.5, "a"), (2.5, "b")]).await?;
    let scores: Vec<(String, f64)> = client.zrange("z", 0, -1, None, false, None, true).await?;
    assert_eq!(scores, [("a".to_owned(), 1.5), ("b".to_owned(), 2.5)]);
    assert!(client.lpush::<i64, _, _>("s", "x").await.is_err());

    let pipeline = client.pipeline();
    let () = pipeline.incr("n").await?;
    let () = pipeline.incr("n").await?;
    assert_eq!(pipeline.all::<(i64, i64)>().await?, (1, 2));
    let transaction = client.multi();
    let () = transaction.set("t", "v", None, None, false).await?;
    let () = transaction.get("t").await?;
    assert_eq!(transaction.exec::<((), String)>(true).await?.1, "v");
    let () = client.script_load(SCRIPT).await?;
    let (number, _): (i64, String) = client.evalsha(sha1_hash(SCRIPT), "n", vec!["1", "x"]).await?;
    assert_eq!(number, 3);

    let subscribed = connect(&server, &version).await?;
    let mut messages = subscribed.message_rx();
    let () = subscribed.subscribe("channel").await?;
    let () = client.publish("channel", "hello").await?;
    let message = messages.recv().await.expect("the stream goes on");
    assert_eq!(message.value.as_string().as_deref(), Some("hello"));
    let waiting = connect(&server, &version).await?;
    let popped = tokio::spawn(async move { waiting.blpop::<(String, String), _>("queue", 0.0).await });
    someone_waits(&server).await;
    let () = client.rpush("queue", "job").await?;
    assert_eq!(popped.await.expect("it ends")?, ("queue".to_owned(), "job".to_owned()));
    client.quit().await
}
