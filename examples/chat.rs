//! A chat: messages to all who listen, by topics. Messages are for those who are there: what shall be read later belongs
//! into a list or a stream.
//!
//! ```sh
//! cargo run --example chat
//! ```

use pottery::{Event, RedisValue, Result, Store};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, RedisValue, Debug)]
struct Line {
    from: String,
    text: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let store = Store::open(&support::address())?.namespace("example-chat");

    // everything in rooms whose names begin so; the operation ends when the server has confirmed it
    let mut all = store.topics::<Line>("room:*").subscribe().await?;
    let listener = tokio::spawn(async move {
        while let Some(event) = all.next().await {
            match event {
                Ok(Event::Message(heard)) => {
                    println!("  {} <{}> {}", heard.channel, heard.message.from, heard.message.text);
                    if heard.message.text == "bye" {
                        break;
                    }
                }
                Ok(_) => println!("  (the connection was lost: messages may be missing here)"),
                Err(error) => println!("  (this was no line: {error})"),
            }
        }
    });

    let (tea, cakes) = (store.topic::<Line>("room:tea"), store.topic::<Line>("room:cakes"));
    let say = |from: &str, text: &str| Line { from: from.into(), text: text.into() };
    let heard = tea.publish(say("ann", "is anybody here?")).await?;
    println!("{heard} listens");
    cakes.publish(say("bob", "there are some left")).await?;
    // what belongs together is published together
    store.transaction((cakes.publish(say("bob", "three")), tea.publish(say("ann", "bye")))).await?;

    listener.await.expect("the listener does not panic");
    println!("listening to tea now: {}", tea.subscribers().await?);
    Ok(())
}

#[path = "support/mod.rs"]
mod support;
