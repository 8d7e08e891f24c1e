//! Links: how requests reach a server. They know connections and bytes, and no types.
//!
//! A link sends a request and brings its replies, or says what it knows of the request's fate. Whether to repeat is
//! not a link's to decide: `call.rs` does that, the same for every link.
//!
//! # What is ours, and why
//!
//! The `redis` crate serves where it is good: addresses and options, building commands for the raw way out, and its
//! value type there. The path of the bytes is our own, because measured, that is where the time goes: of a list of
//! 100,000 integers read through the crate's `Value`, parsing into values takes nine tenths, three to five times as
//! long as the socket; read straight into `Vec<u64>`, the whole takes little more than the socket alone. 256 tasks
//! that share its multiplexed connection pay 1.1 to 2.9 µs a call, 0.5 to 1.4 on ours. And only who writes the bytes
//! knows which have been written, so that a command which never left is told as not applied.
//!
//! * `buffer`: bytes that have arrived and have not been read.
//! * `handshake`: who we are, RESP3 or else RESP2, the database.
//! * `blocking`: a pool of sockets (`socket`), one request at a time on each, read on the thread that waits.
//! * `asynchronous`: one shared `connection` for each runtime, with a `driver` that reads each answer as it arrives
//!   into the `slot` of the call that waits for it: two allocations a call, the request and the slot.
//! * `listener`: a connection of its own for one who listens to what the server says unasked, over either kind of link.
//! * `tls`: rustls for both.

#[cfg(feature = "async")]
pub(crate) mod asynchronous;
pub(crate) mod background;
#[cfg(feature = "blocking")]
pub(crate) mod blocking;
mod buffer;
#[cfg(feature = "async")]
mod connection;
#[cfg(feature = "async")]
mod driver;
mod failure;
mod handshake;
pub(crate) mod listener;
#[cfg(feature = "async")]
pub(crate) mod slot;
#[cfg(feature = "blocking")]
mod socket;
#[cfg(feature = "async")]
mod stream;
pub(crate) mod target;
#[cfg(feature = "tls")]
mod tls;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use self::listener::Listener;
use crate::error::{Error, ErrorKind, Result};
use crate::reply::Replies;
use crate::request::Request;

/// A boxed future that can be sent to another thread.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// How requests reach a server. pottery brings links of its own; this trait is the seam at which a test can put
/// another in their place, with [`Store::over`](crate::Store::over).
///
/// A blocking link does its work while the future is polled, and is never pending.
pub trait Link: Send + Sync + 'static {
    /// Sends a request and brings one reply for each of its commands.
    ///
    /// # Errors
    /// A failure says by its [`Outcome`](crate::Outcome) whether the request may have been executed. An error reply of
    /// the server is no failure of the link: it is one of the replies.
    fn send<'a>(&'a self, request: &'a Request, deadline: Deadline) -> BoxFuture<'a, Result<Replies>>;

    /// Lets some time pass.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// A connection that nobody else uses until it is dropped, which closes it, or [released](Link::release).
    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>>;

    /// Gives an exclusive connection back for others to use. Only for one on which nothing is under way: no reply
    /// outstanding, no key watched, no transaction open.
    fn release(&self) {}
}

/// What commands go through: a link of pottery's own, which reads replies as they arrive, or one of somebody else's.
pub(crate) trait Carrier: Send + Sync + 'static {
    /// How a request is sent.
    fn way(&self) -> Way<'_>;
    /// [`Link::sleep`]
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;
    /// [`Link::exclusive`]
    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Carrier>>>;
    /// [`Link::release`]
    fn release(&self);
    /// A connection on which the server speaks whenever it likes, with a sign of life at least this often.
    fn listen(&self, heartbeat: Duration, deadline: Deadline) -> BoxFuture<'_, Result<Listener>>;
}

/// How a request is sent.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    #[cfg(feature = "blocking")]
    Blocking(&'a dyn blocking::Exchange),
    #[cfg(feature = "async")]
    Async(&'a dyn asynchronous::Submit),
    Whole(&'a dyn Link),
}

/// A link of somebody else's.
pub(crate) struct Foreign(pub(crate) Box<dyn Link>);

impl Carrier for Foreign {
    fn way(&self) -> Way<'_> {
        Way::Whole(&*self.0)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.0.sleep(time)
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Carrier>>> {
        Box::pin(async move {
            let held: Box<dyn Carrier> = Box::new(Foreign(self.0.exclusive(deadline).await?));
            Ok(held)
        })
    }

    fn release(&self) {
        self.0.release();
    }

    fn listen(&self, _: Duration, _: Deadline) -> BoxFuture<'_, Result<Listener>> {
        Box::pin(async {
            Err(Error::new(
                ErrorKind::Unsupported,
                "a link of one's own answers requests, and brings nothing unasked: open the store by an address",
            ))
        })
    }
}

/// Whoever reads what arrives.
pub(crate) trait Sink {
    /// Reads on. What is not used up is given again, with what has arrived behind it.
    fn feed(&mut self, bytes: &[u8]) -> Fed;
}

/// What became of some bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fed {
    pub(crate) used: usize,
    pub(crate) end: End,
}

/// Whether the end has been reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    More,
    Done,
    /// These bytes cannot be understood, nor what comes behind them.
    Broken(&'static str),
}

/// The instant at which a call gives up, fixed when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// This long from now; `None` waits for ever.
    pub fn after(time: Option<Duration>) -> Deadline {
        Deadline(time.and_then(|time| Instant::now().checked_add(time)))
    }

    /// The instant, if there is one.
    pub fn instant(self) -> Option<Instant> {
        self.0
    }

    /// What remains: `None` where there is no end to it.
    pub fn remaining(self) -> Option<Duration> {
        self.0.map(|instant| instant.saturating_duration_since(Instant::now()))
    }

    /// Whether it has passed.
    pub fn is_over(self) -> bool {
        self.remaining() == Some(Duration::ZERO)
    }

    /// This much later, for a command that the server itself answers later.
    pub(crate) fn later(self, by: Duration) -> Deadline {
        Deadline(self.0.and_then(|instant| instant.checked_add(by)))
    }
}

/// How often a connection is asked for at the most.
pub(crate) const ATTEMPTS: u32 = 4;

/// A connection that nobody else uses; tried again like a request that could not be sent.
pub(crate) async fn exclusive(link: &Arc<dyn Carrier>, deadline: Deadline) -> Result<Arc<dyn Carrier>> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let failure = match link.exclusive(deadline).await {
            Ok(held) => return Ok(held.into()),
            Err(failure) => failure,
        };
        let pause = backoff(attempt);
        let is_last = attempt >= ATTEMPTS || deadline.remaining().is_some_and(|left| left <= pause);
        if is_last || !is_passing(failure.kind()) {
            return Err(failure);
        }
        link.sleep(pause).await;
    }
}

/// Lets some time pass, for one who keeps the future.
pub(crate) fn pause(link: &Arc<dyn Carrier>, time: Duration) -> BoxFuture<'static, ()> {
    let link = link.clone();
    Box::pin(async move { link.sleep(time).await })
}

/// Whether the same may go well a little later.
pub(crate) fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Connection | ErrorKind::Unavailable)
}

/// How long to wait after so many failures: doubling, with a random part so that many clients do not come back as one.
pub(crate) fn backoff(attempt: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let base = 8u64 << attempt.min(7);
    let random = RandomState::new().hash_one(attempt);
    Duration::from_millis(base / 2 + random % base)
}
