//! Publish and subscribe.

mod heard;
mod subscription;

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use self::heard::NumSub;
use self::subscription::Aim;
#[cfg(feature = "blocking")]
pub use self::subscription::Events;
pub use self::subscription::{Event, Subscription};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::Number;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::request::Request;
use crate::storable::Storable;
use crate::store::Store;

/// A subscription that has heard nothing for so long asks the server for a sign of life.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// A channel for messages of one type: whoever listens gets what is published from then on. Redis keeps nothing of it:
/// a channel is no key, and what nobody listens to is gone.
///
/// ```no_run
/// # use pottery_core::{Event, Result, Store};
/// # #[cfg(feature = "async")]
/// # async fn news(store: &Store) -> Result<()> {
/// let news = store.topic::<String>("news");
/// let mut events = news.subscribe().await?;
/// assert_eq!(news.publish("hello").await?, 1);
/// while let Some(event) = events.next().await {
///     match event? {
///         Event::Message(text) => println!("{text}"),
///         Event::Gap => println!("(the connection was lost for a while)"),
///     }
/// }
/// # Ok(()) }
/// ```
///
/// Without a runtime:
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::time::Duration;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let mut events = store.topic::<String>("news").subscribe().wait()?.into_iter();
/// while let Some(event) = events.next_timeout(Duration::from_secs(60)) {
///     println!("{:?}", event?);
/// }
/// println!("no news for a minute");
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// | | Redis | cost |
/// |---|---|---|
/// | [`publish`](Topic::publish) | `PUBLISH` | O(subscribers + patterns) |
/// | [`subscribe`](Topic::subscribe) | `SUBSCRIBE` | O(1), a connection of its own |
/// | [`subscribers`](Topic::subscribers) | `PUBSUB NUMSUB` | O(1) |
///
/// # What is promised
/// Each subscriber gets each message, those of one publisher in the order in which they were published. A message is
/// delivered at most once: one that is published while a subscriber's connection is down never reaches him, and he is
/// told so by [`Event::Gap`]. What must not be lost belongs into a queue or a list.
///
/// On a server, channels are the same in all databases; in a store, they are behind its namespace.
#[must_use]
pub struct Topic<T, C = Native> {
    place: Place,
    heartbeat: Duration,
    types: PhantomData<fn() -> (T, C)>,
}

impl Store {
    /// The channel of this name. Nothing is sent.
    pub fn topic<T: Storable>(&self, name: impl Into<Key>) -> Topic<T> {
        Topic { place: Place::free(self, name.into()), heartbeat: HEARTBEAT, types: PhantomData }
    }

    /// All channels whose names match a pattern, in Redis's glob style: `*` stands for any text, `?` for one byte,
    /// `[abc]` and `[a-c]` for one of several; a backslash takes the meaning from what follows, and
    /// [`escape_glob`](crate::escape_glob) does that for a whole text. The store's namespace before it is taken as it is.
    /// Nothing is sent.
    pub fn topics<T: Storable>(&self, pattern: impl Into<Key>) -> Topics<T> {
        let mut escaped = Vec::new();
        crate::key::escape_glob_into(self.prefix(), &mut escaped);
        escaped.extend_from_slice(pattern.into().as_bytes());
        let place = Place::at(self, Key::from(escaped));
        Topics { place, heartbeat: HEARTBEAT, types: PhantomData }
    }
}

impl<T, C> Topic<T, C> {
    /// The same channel with another codec for its messages.
    pub fn codec<D: Codec>(self) -> Topic<T, D> {
        Topic { place: self.place, heartbeat: self.heartbeat, types: PhantomData }
    }

    /// How long a subscription may hear nothing until it asks the server for a sign of life: 10 seconds unless set. If
    /// there is none for as long again, the connection is given up and made anew, so a connection that was lost without
    /// a word is noticed within twice this time.
    pub fn heartbeat(mut self, interval: Duration) -> Topic<T, C> {
        self.heartbeat = interval.max(SHORTEST_HEARTBEAT);
        self
    }

    /// The name of the channel, with its namespace.
    pub fn name(&self) -> &Key {
        self.place.key()
    }
}

/// Asking more often would be noise.
const SHORTEST_HEARTBEAT: Duration = Duration::from_millis(10);

impl<T: Storable, C: Codec> Topic<T, C> {
    /// Sends a message to all who listen, and says how many that are: subscribers of this channel and of patterns, one
    /// who listens in several ways as often. `PUBLISH`, O(subscribers + patterns).
    ///
    /// On a cluster it counts those at one node only, though the others get the message too.
    ///
    /// # Errors
    /// `Encode` if the message has no encoding. Where the connection is lost before the answer the outcome is `Unknown`,
    /// and the message is not sent again.
    pub fn publish(&self, message: impl Arg<T>) -> Command<usize> {
        let request = Request::write().command("PUBLISH", |a| {
            a.key(self.name()).value::<C, _>(message.__as());
        });
        Command::new::<Number<usize>>(&self.place, request)
    }

    /// How many listen to this channel by its name; those who listen to a pattern do not count. `PUBSUB NUMSUB`, O(1).
    pub fn subscribers(&self) -> Command<usize> {
        let request = Request::read().command("PUBSUB", |a| _ = a.raw(b"NUMSUB").key(self.name()));
        Command::new::<NumSub>(&self.place, request)
    }

    /// Begins to listen, on a connection of its own. When this is over the server has confirmed it: what is published
    /// from now on arrives. `SUBSCRIBE`, O(1).
    ///
    /// # Errors
    /// `Denied` if the server does not let us listen to this channel, `Unsupported` for a store over a link of one's own
    /// ([`Store::over`]); `Connection` and `Timeout` if it cannot be reached.
    pub fn subscribe(&self) -> Operation<'static, Subscription<T>> {
        subscription::open(Aim {
            place: self.place.clone(),
            command: "SUBSCRIBE",
            end: "UNSUBSCRIBE",
            heartbeat: self.heartbeat,
            read: |heard, _| decode::<T, C>(heard.message),
        })
    }
}

/// All channels whose names match a pattern: [`Store::topics`]. There is nothing to publish to; a
/// [`topic`](Store::topic) is for that.
///
/// ```no_run
/// # use pottery_core::{Event, Result, Store};
/// # #[cfg(feature = "async")]
/// # async fn news(store: &Store) -> Result<()> {
/// let mut events = store.topics::<String>("news.*").subscribe().await?;
/// store.topic::<String>("news.sports").publish("1:0").await?;
/// let Some(Event::Message(news)) = events.next().await.transpose()? else { return Ok(()) };
/// assert_eq!((news.channel.as_bytes(), &*news.message), (&b"news.sports"[..], "1:0"));
/// # Ok(()) }
/// ```
///
/// # Events of keys
/// A server with `notify-keyspace-events` publishes what happens to keys, as text, on channels of its own. They have no
/// namespace, so a store without one listens to them:
///
/// ```no_run
/// # use pottery_core::{Result, Store};
/// # #[cfg(feature = "async")]
/// # async fn events() -> Result<()> {
/// let store = Store::open("redis://127.0.0.1/")?;
/// // `CONFIG SET notify-keyspace-events Ex`: the key is the message, the event the end of the channel's name
/// let mut expired = store.topics::<String>("__keyevent@0__:expired").subscribe().await?;
/// # let _ = expired.next().await; Ok(()) }
/// ```
#[must_use]
pub struct Topics<T, C = Native> {
    place: Place,
    heartbeat: Duration,
    types: PhantomData<fn() -> (T, C)>,
}

/// A message and the channel on which it was published: what a subscription to [`Topics`] brings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Published<T> {
    /// The channel's name in its store, without the namespace: what [`Store::topic`] takes.
    pub channel: Key,
    /// The message.
    pub message: T,
}

impl<T, C> Topics<T, C> {
    /// The same channels with another codec for their messages.
    pub fn codec<D: Codec>(self) -> Topics<T, D> {
        Topics { place: self.place, heartbeat: self.heartbeat, types: PhantomData }
    }

    /// How long a subscription may hear nothing until it asks for a sign of life: [`Topic::heartbeat`].
    pub fn heartbeat(mut self, interval: Duration) -> Topics<T, C> {
        self.heartbeat = interval.max(SHORTEST_HEARTBEAT);
        self
    }

    /// The pattern, behind the escaped namespace.
    pub fn pattern(&self) -> &Key {
        self.place.key()
    }
}

impl<T: Storable, C: Codec> Topics<T, C> {
    /// Begins to listen, on a connection of its own. When this is over the server has confirmed it: what is published
    /// from now on arrives. `PSUBSCRIBE`, O(1); each message published on the server costs O(patterns) more.
    ///
    /// # Errors
    /// Those of [`Topic::subscribe`].
    pub fn subscribe(&self) -> Operation<'static, Subscription<Published<T>>> {
        subscription::open(Aim {
            place: self.place.clone(),
            command: "PSUBSCRIBE",
            end: "PUNSUBSCRIBE",
            heartbeat: self.heartbeat,
            read: |heard, store| {
                let name = heard.channel;
                let message =
                    decode::<T, C>(heard.message).map_err(|error| error.with_key(&Key::from(name)))?;
                let channel = name.strip_prefix(store.prefix()).unwrap_or(name).into();
                Ok(Published { channel, message })
            },
        })
    }
}

fn decode<T: Storable, C: Codec>(bytes: &[u8]) -> Result<T> {
    C::decode(bytes).map_err(|error| Error::new(ErrorKind::Decode, error.to_string()).with_source(error))
}

impl<T, C> Clone for Topic<T, C> {
    fn clone(&self) -> Self {
        Topic { place: self.place.clone(), heartbeat: self.heartbeat, types: PhantomData }
    }
}

impl<T, C> Clone for Topics<T, C> {
    fn clone(&self) -> Self {
        Topics { place: self.place.clone(), heartbeat: self.heartbeat, types: PhantomData }
    }
}

impl<T, C> fmt::Debug for Topic<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topic").field(self.place.key()).finish()
    }
}

impl<T, C> fmt::Debug for Topics<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Topics").field(self.place.key()).finish()
    }
}
