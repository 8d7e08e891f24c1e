//! Links: how requests reach a server. They know connections and bytes, and no types.
//!
//! A link sends a request and brings its replies, or says what it knows of the request's fate. Whether to repeat is
//! not a link's to decide: [`execute`] does that, the same for every link.

#[cfg(feature = "async")]
pub(crate) mod asynchronous;
#[cfg(feature = "blocking")]
pub(crate) mod blocking;
pub(crate) mod client;
#[cfg(feature = "async")]
mod unwrap;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::command::Answer;
use crate::error::{Error, ErrorKind, Outcome, Result};
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
    /// A failure says by its [`Outcome`] whether the request may have been executed. An error reply of the server is
    /// no failure of the link: it is one of the replies.
    fn send<'a>(&'a self, request: &'a Request, deadline: Deadline) -> BoxFuture<'a, Result<Replies>>;

    /// Lets some time pass.
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()>;

    /// A connection that nobody else uses until it is dropped, which closes it, or [released](Link::release).
    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>>;

    /// Gives an exclusive connection back for others to use. Only for one on which nothing is under way: no reply
    /// outstanding, no key watched, no transaction open.
    fn release(&self) {}
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

/// How often a request is sent at the most.
const ATTEMPTS: u32 = 4;

/// Sends a request; sends it again where that cannot do harm.
///
/// It is repeated only if it is known not to have been applied (there was no connection, or the server said that it
/// cannot serve yet), or if it only reads. Everything else is the caller's decision, who knows what the write means.
pub(crate) async fn execute(link: Arc<dyn Link>, mut request: Request, deadline: Deadline) -> Result<Answer> {
    let (reads_only, asked) = (request.reads_only(), request.asked());
    if request.is_empty() {
        return Ok(Answer { replies: Replies::none(), reads_only, asked });
    }
    let mut attempt = 0;
    let mut with_text = None;
    loop {
        attempt += 1;
        let sent = with_text.as_ref().unwrap_or(&request);
        let failure = match link.send(sent, deadline).await {
            Ok(replies) if replies.lacks_script() && with_text.is_none() => {
                // not executed, so this is no repetition
                with_text = request.with_script_text();
                match with_text {
                    Some(_) => continue,
                    None => return Ok(Answer { replies, reads_only, asked }),
                }
            }
            Ok(replies) => match replies.not_yet() {
                Some(failure) if attempt < ATTEMPTS => failure,
                _ => {
                    let follow_ups = request.take_follow_ups();
                    if !follow_ups.is_empty() {
                        Box::pin(follow(&link, follow_ups, &replies, deadline)).await?;
                    }
                    return Ok(Answer { replies, reads_only, asked });
                }
            },
            Err(error) => error,
        };
        if reads_only && failure.outcome() == Outcome::Unknown && failure.kind() == ErrorKind::Connection {
            // a read leaves nothing behind
        } else if failure.outcome() != Outcome::NotApplied || !is_passing(failure.kind()) {
            return Err(told(failure, reads_only));
        }
        let pause = backoff(attempt);
        if attempt >= ATTEMPTS || deadline.remaining().is_some_and(|left| left <= pause) {
            return Err(told(failure, reads_only));
        }
        link.sleep(pause).await;
    }
}

/// Gives new keys the time to live of their objects, where a look has shown that these have one.
async fn follow(
    link: &Arc<dyn Link>,
    follow_ups: Vec<Option<Request>>,
    replies: &Replies,
    deadline: Deadline,
) -> Result<()> {
    let looks = replies.last_numbers(follow_ups.len());
    for (follow_up, left) in follow_ups.into_iter().zip(looks) {
        if let Some(inherit) = follow_up
            && left > 0
        {
            let answer = execute(link.clone(), inherit, deadline).await;
            answer
                .and_then(|answer| answer.replies.refusal().map_or(Ok(()), Err))
                .map_err(|error| error.settled_as(Outcome::Applied))?;
        }
    }
    Ok(())
}

/// A connection that nobody else uses; tried again like a request that could not be sent.
pub(crate) async fn exclusive(link: &Arc<dyn Link>, deadline: Deadline) -> Result<Arc<dyn Link>> {
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

/// Whether the same may go well a little later.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Connection | ErrorKind::Unavailable)
}

/// What a failed read changed is known: nothing.
fn told(error: Error, reads_only: bool) -> Error {
    if reads_only { error.settled_as(Outcome::NotApplied) } else { error }
}

/// How long to wait after so many failures: doubling, with a random part so that many clients do not come back as one.
pub(crate) fn backoff(attempt: u32) -> Duration {
    use std::hash::{BuildHasher, RandomState};
    let base = 8u64 << attempt.min(7);
    let random = RandomState::new().hash_one(attempt);
    Duration::from_millis(base / 2 + random % base)
}
