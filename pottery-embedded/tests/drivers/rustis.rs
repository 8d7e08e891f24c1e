//! The `rustis` crate, which speaks RESP3.

use futures_util::StreamExt as _;
use rustis::Result;
use rustis::client::{BatchPreparedCommand as _, Client, ExclusiveClient};
use rustis::commands::{
    BlockingCommands as _, GenericCommands as _, HashCommands as _, ListCommands as _, PubSubCommands as _,
    ScriptingCommands as _, SetCommands as _, SortedSetCommands as _, StringCommands as _, ZAddOptions,
    ZRangeOptions,
};

use crate::{SCRIPT, server, someone_waits};

#[tokio::test]
async fn rustis_works() {
    let server = server();
    tour(&server).await.expect("all succeed");
}

async fn tour(server: &pottery_embedded::Server) -> Result<()> {
    let client = Client::connect(server.url()).await?;
    client.set("s", "v").await?;
    assert_eq!(client.get::<String>("s").await?, "v");
    assert_eq!(client.ttl("s").await?, -1);
    assert_eq!(client.rpush("l", ["a", "b"]).await?, 2);
    assert_eq!(client.lrange::<Vec<String>>("l", 0, -1).await?, ["a", "b"]);
    assert_eq!(client.hset("h", [("a", "1"), ("b", "2")]).await?, 2);
    let fields: std::collections::HashMap<String, String> = client.hgetall("h").await?;
    assert_eq!(fields["b"], "2");
    assert_eq!(client.sadd("S", ["x", "y"]).await?, 2);
    assert_eq!(client.scard("S").await?, 2);
    assert_eq!(client.zadd("z", [(1.5, "a"), (2.5, "b")], ZAddOptions::default()).await?, 2);
    let scores: Vec<(String, f64)> = client.zrange_with_scores("z", 0, -1, ZRangeOptions::default()).await?;
    assert_eq!(scores, [("a".to_owned(), 1.5), ("b".to_owned(), 2.5)]);
    assert!(client.lpush("s", "x").await.is_err());

    let mut pipeline = client.create_pipeline();
    pipeline.set("a", "1").forget();
    pipeline.incr("a").queue();
    pipeline.get::<()>("a").queue();
    assert_eq!(pipeline.execute::<(i64, String)>().await?, (2, "2".to_owned()));
    let mut transaction = client.create_transaction();
    transaction.set("b", "1").forget();
    transaction.get::<()>("b").queue();
    assert_eq!(transaction.execute::<String>().await?, "1");
    let (number, text): (i64, String) = client.eval(SCRIPT, "a", ["1", "x"]).await?;
    assert_eq!((number, text.as_str()), (3, "x"));

    let mut messages = client.subscribe("channel").await?;
    let other = Client::connect(server.url()).await?;
    other.publish("channel", "hello").await?;
    let message = messages.next().await.expect("the stream goes on")?;
    assert_eq!(message.payload(), b"hello");
    let waiting = ExclusiveClient::connect(server.url()).await?;
    let popped = tokio::spawn(async move { waiting.blpop::<String, String>("queue", 0.0).await });
    someone_waits(server).await;
    other.rpush("queue", "job").await?;
    assert_eq!(popped.await.expect("it ends")?, Some(("queue".to_owned(), "job".to_owned())));
    Ok(())
}
