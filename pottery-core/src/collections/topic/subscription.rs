//! Subscriptions: what they bring, and how they outlive their connections.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

pub(super) use super::heard::Heard;
use super::heard::Word;
use crate::error::{Error, ErrorKind, Result};
use crate::link::listener::Listener;
use crate::link::{self, BoxFuture, Carrier, Deadline};
use crate::operation::Operation;
use crate::place::Place;
use crate::request::Request;
use crate::store::Store;

/// What a subscription brings.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event<M> {
    /// A message.
    Message(M),
    /// The connection was lost and has been made anew: messages may be missing here. How many cannot be known.
    Gap,
}

impl<M> Event<M> {
    /// The message, if it is one.
    pub fn message(self) -> Option<M> {
        match self {
            Event::Message(message) => Some(message),
            Event::Gap => None,
        }
    }
}

/// Whoever listens to a [`Topic`](crate::Topic) or to [`Topics`](crate::Topics), on a connection of its own.
///
/// * **Asynchronous** (opened with `.await`): a `Stream`, or [`next`](Subscription::next).
/// * **Blocking** (opened with `.wait()`): `for event in subscription`, or [`into_iter`](IntoIterator::into_iter) for
///   [`Events::next_timeout`].
///
/// Used in the other way than it was opened, it ends with `Misuse`.
///
/// # What it does by itself
/// * A message that cannot be decoded is an error in its place (`Decode`); the messages behind it follow.
/// * When the connection is lost, it makes a new one and listens again, for as long as it takes, with growing pauses of
///   up to a second and a half. Then comes [`Event::Gap`]. It ends only if the server refuses it: the error is the last.
/// * It asks the server for a sign of life when it has heard nothing for a while ([`Topic::heartbeat`](crate::Topic::heartbeat)).
///
/// All that happens while one waits for the next event, and only then: there is no task and no thread behind it.
///
/// # When the subscriber is slow
/// Nothing is read ahead but what fits into one buffer of 64 KiB, or the one message that is longer. The rest waits at
/// the server, which keeps up to its `client-output-buffer-limit` for `pubsub` (32 MB, or 8 MB for a minute, unless set),
/// and closes the connection beyond that: then there is a gap like any other.
///
/// Dropping it closes the connection, and so ends the subscription; [`unsubscribe`](Subscription::unsubscribe) waits
/// until the server has confirmed that. To drop the future of `next` loses nothing.
#[must_use = "dropping it ends the subscription"]
pub struct Subscription<M> {
    aim: Aim<M>,
    link: Arc<dyn Carrier>,
    state: State,
    /// How often in a row no connection could be made.
    failures: u32,
}

/// What is listened to, and how a message is read.
pub(super) struct Aim<M> {
    pub(super) place: Place,
    pub(super) command: &'static str,
    pub(super) end: &'static str,
    pub(super) heartbeat: Duration,
    pub(super) read: fn(Heard<'_>, &Store) -> Result<M>,
}

enum State {
    Listening(Listener),
    /// The connection is lost; another is tried for at this time.
    Lost(Instant, Option<BoxFuture<'static, ()>>),
    Connecting(BoxFuture<'static, Result<Listener>>),
    Over,
}

/// Begins to listen.
pub(super) fn open<M: Send + 'static>(aim: Aim<M>) -> Operation<'static, Subscription<M>> {
    let store = aim.place.store().clone();
    Operation::new(&store, |run| async move {
        let deadline = run.deadline();
        let mut failures = 0;
        let listener = loop {
            let failure = match aim.listen(run.link.clone(), deadline).await {
                Ok(listener) => break listener,
                Err(failure) => failure,
            };
            failures += 1;
            let pause = link::backoff(failures);
            let is_last =
                failures >= link::ATTEMPTS || deadline.remaining().is_some_and(|left| left <= pause);
            if is_last || !link::is_passing(failure.kind()) {
                return Err(aim.place.blame(failure));
            }
            run.link.sleep(pause).await;
        };
        Ok(Subscription { aim, link: run.link, state: State::Listening(listener), failures: 0 })
    })
}

impl<M> Aim<M> {
    /// Connects, and listens as soon as the server has confirmed it.
    fn listen(&self, link: Arc<dyn Carrier>, deadline: Deadline) -> BoxFuture<'static, Result<Listener>> {
        let request = Request::read().command(self.command, |a| _ = a.key(self.place.key()));
        let heartbeat = self.heartbeat;
        Box::pin(async move {
            let mut listener = link.listen(heartbeat, deadline).await?;
            listener.say(&request);
            loop {
                while let Some(frame) = listener.next()? {
                    match Word::of(frame) {
                        Word::Begun => return Ok(listener),
                        Word::Refused(error) => return Err(error.without_index()),
                        _ => {}
                    }
                }
                if !listener.hear(deadline).await? {
                    return Err(Error::new(
                        ErrorKind::Timeout,
                        "the server did not confirm the subscription in time",
                    ));
                }
            }
        })
    }
}

impl<M: Send + 'static> Subscription<M> {
    /// Ends the subscription, and waits until the server has confirmed it: from then on nobody counts us. What has
    /// arrived and was not read is dropped. `UNSUBSCRIBE` or `PUNSUBSCRIBE`, O(1).
    ///
    /// # Errors
    /// `Connection` or `Timeout` if the server could not be asked: it notices sooner or later that we have gone.
    /// `Misuse` if the subscription was opened with `.await` and this is waited for, or the other way round.
    pub fn unsubscribe(self) -> Operation<'static, ()> {
        let store = self.aim.place.store().clone();
        Operation::new(&store, |run| async move {
            let Subscription { aim, state: State::Listening(mut listener), .. } = self else { return Ok(()) };
            if !listener.belongs_to(run.link.way()) {
                return Err(aim.place.blame(misused()));
            }
            let deadline = run.deadline();
            let request = Request::read().command(aim.end, |a| _ = a.key(aim.place.key()));
            listener.say(&request);
            loop {
                while let Some(frame) = listener.next()? {
                    if let Word::Ended = Word::of(frame) {
                        return Ok(());
                    }
                }
                if !listener.hear(deadline).await.map_err(|error| aim.place.blame(error))? {
                    return Err(aim.place.blame(Error::new(
                        ErrorKind::Timeout,
                        "the server did not confirm the end in time",
                    )));
                }
            }
        })
    }

    /// The next event until the time is over; `None` then. On a blocking link it is never pending.
    fn poll_event(&mut self, cx: &mut Context<'_>, until: Deadline) -> Poll<Option<Result<Event<M>>>> {
        loop {
            match &mut self.state {
                State::Listening(listener) => {
                    match listener.next() {
                        Ok(Some(frame)) => match Word::of(frame) {
                            Word::Message(heard) => {
                                let read = (self.aim.read)(heard, self.aim.place.store());
                                let read = read.map_err(|error| self.aim.place.blame(error));
                                return Poll::Ready(Some(read.map(Event::Message)));
                            }
                            _ => continue,
                        },
                        Ok(None) => {}
                        Err(_) => {
                            self.lose();
                            continue;
                        }
                    }
                    match ready!(listener.poll_hear(cx, until)) {
                        Ok(true) => {}
                        Ok(false) => return Poll::Ready(None),
                        Err(_) => self.lose(),
                    }
                }
                State::Lost(at, pause) => {
                    if *at > Instant::now() {
                        let at = until.instant().map_or(*at, |until| until.min(*at));
                        let left = at.saturating_duration_since(Instant::now());
                        let pause = pause.get_or_insert_with(|| link::pause(&self.link, left));
                        ready!(pause.as_mut().poll(cx));
                    }
                    if let State::Lost(at, pause) = &mut self.state {
                        *pause = None;
                        if *at > Instant::now() && until.is_over() {
                            return Poll::Ready(None);
                        }
                        if *at > Instant::now() {
                            continue;
                        }
                    }
                    let deadline = self.aim.place.store().deadline();
                    self.state = State::Connecting(self.aim.listen(self.link.clone(), deadline));
                }
                State::Connecting(connecting) => match ready!(connecting.as_mut().poll(cx)) {
                    Ok(listener) => {
                        self.failures = 0;
                        self.state = State::Listening(listener);
                        return Poll::Ready(Some(Ok(Event::Gap)));
                    }
                    Err(error) if link::is_passing(error.kind()) || error.kind() == ErrorKind::Timeout => {
                        self.lose()
                    }
                    Err(error) => {
                        self.state = State::Over;
                        return Poll::Ready(Some(Err(self.aim.place.blame(error))));
                    }
                },
                State::Over => return Poll::Ready(None),
            }
        }
    }

    /// The connection is of no use any more.
    fn lose(&mut self) {
        self.failures = self.failures.saturating_add(1);
        self.state = State::Lost(Instant::now() + link::backoff(self.failures), None);
    }

    /// An error, once, if it is used in another way than it was opened.
    fn misuse(&mut self, is_blocking: bool) -> Option<Result<Event<M>>> {
        match &self.state {
            State::Listening(listener) if listener.is_blocking() != is_blocking => {
                self.state = State::Over;
                Some(Err(self.aim.place.blame(misused())))
            }
            _ => None,
        }
    }
}

fn misused() -> Error {
    Error::misuse(
        "a subscription that was opened with `.await` is used with `.await`, one that was opened with `.wait()` as an \
         iterator",
    )
}

#[cfg(feature = "async")]
impl<M: Send + 'static> Subscription<M> {
    /// The next event; `None` only after an error that ended the subscription. Dropping the future loses nothing: to
    /// wait for a limited time, put it into `tokio::time::timeout`.
    ///
    /// # Errors
    /// `Decode` for a message that is no `M`; others follow. Any other error is the last event: see [`Subscription`].
    pub async fn next(&mut self) -> Option<Result<Event<M>>> {
        std::future::poll_fn(|cx| self.poll_next_event(cx)).await
    }

    fn poll_next_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Event<M>>>> {
        match self.misuse(false) {
            Some(misuse) => Poll::Ready(Some(misuse)),
            None => self.poll_event(cx, Deadline::after(None)),
        }
    }
}

#[cfg(feature = "async")]
impl<M: Send + 'static> futures_core::Stream for Subscription<M> {
    type Item = Result<Event<M>>;

    fn poll_next(self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_next_event(cx)
    }
}

impl<M> Unpin for Subscription<M> {}

impl<M> fmt::Debug for Subscription<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listening = matches!(self.state, State::Listening(_));
        f.debug_struct("Subscription")
            .field("to", self.aim.place.key())
            .field("listening", &listening)
            .finish()
    }
}

/// The events of a [`Subscription`] as a plain iterator, which blocks this thread for each.
#[cfg(feature = "blocking")]
#[must_use = "dropping it ends the subscription"]
pub struct Events<M>(Subscription<M>);

#[cfg(feature = "blocking")]
impl<M: Send + 'static> Events<M> {
    /// The next event, or `None` if there is none in this time (or the subscription is over, after an error that says
    /// so). It does not return before the time is over. With no time, it takes what has arrived already, and may wait
    /// for a millisecond.
    ///
    /// It takes longer only while a lost connection is made anew: up to the
    /// [time that connecting may take](crate::Options::connect_timeout).
    ///
    /// # Errors
    /// As those of [`Subscription::next`].
    pub fn next_timeout(&mut self, timeout: Duration) -> Option<Result<Event<M>>> {
        self.next_until(Deadline::after(Some(timeout)))
    }

    /// Ends the subscription: [`Subscription::unsubscribe`].
    ///
    /// # Errors
    /// Those of [`Subscription::unsubscribe`].
    pub fn unsubscribe(self) -> Operation<'static, ()> {
        self.0.unsubscribe()
    }

    fn next_until(&mut self, until: Deadline) -> Option<Result<Event<M>>> {
        if let Some(misuse) = self.0.misuse(true) {
            return Some(misuse);
        }
        // a blocking link is never pending
        crate::park::block_on(std::future::poll_fn(|cx| self.0.poll_event(cx, until)))
    }
}

#[cfg(feature = "blocking")]
impl<M: Send + 'static> Iterator for Events<M> {
    type Item = Result<Event<M>>;

    /// The next event; `None` only after an error that ended the subscription.
    fn next(&mut self) -> Option<Result<Event<M>>> {
        self.next_until(Deadline::after(None))
    }
}

#[cfg(feature = "blocking")]
impl<M: Send + 'static> IntoIterator for Subscription<M> {
    type Item = Result<Event<M>>;
    type IntoIter = Events<M>;

    fn into_iter(self) -> Events<M> {
        Events(self)
    }
}

#[cfg(feature = "blocking")]
impl<M> fmt::Debug for Events<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
