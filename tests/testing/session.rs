use std::time::Duration;

use pottery::{RedisModel, testing};

#[derive(RedisModel, Debug, PartialEq)]
#[redis(ttl = "30m")]
struct Session {
    #[redis(id)]
    id: u64,
    user: String,
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour() -> pottery::Result<()> {
    let (store, server) = testing::store();
    Session { id: 7, user: "raj".into() }.save(&store).await?;
    server.clock().advance(Duration::from_secs(29 * 60)); // nobody sleeps
    assert!(Session::load(&store, 7).await?.is_some());
    server.clock().advance(Duration::from_secs(60));
    assert_eq!(Session::load(&store, 7).await?, None);
    Ok(())
}
