//! Listeners: connections on which the server speaks whenever it likes, held by one who reads what it says.
//!
//! There is no driver and no queue: nothing is read from the socket but when somebody asks for the next word. Who is
//! slow makes the server wait, and takes no more memory than one buffer and the longest message; what the server cannot
//! get rid of it keeps within its own limits, and closes the connection beyond them.
//!
//! A connection may be lost without a word, so one that has been silent for a while is asked for a sign of life
//! (`pulse`). That too happens only while somebody waits.

#[cfg(feature = "async")]
mod asynchronous;
#[cfg(feature = "blocking")]
mod blocking;
mod frame;
mod pulse;

use std::task::{Context, Poll};
use std::time::Duration;

use super::buffer::Inbox;
use super::failure::Loss;
use super::{Deadline, Way};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::request::Request;
pub(crate) use frame::Frame;
use pulse::Pulse;

/// One connection and what has arrived on it.
pub(crate) struct Listener {
    ear: Ear,
    inbox: Inbox,
    /// How many bytes belong to what was given out last.
    given: usize,
    out: Vec<u8>,
    pulse: Pulse,
}

/// How it waits.
enum Ear {
    #[cfg(feature = "blocking")]
    Blocking(Box<blocking::Ear>),
    #[cfg(feature = "async")]
    Async(Box<asynchronous::Ear>),
}

/// What a socket says of itself while it is listened to.
#[cfg_attr(not(any(feature = "async", feature = "blocking")), expect(dead_code, reason = "there are none"))]
enum Sound {
    /// So many bytes have arrived.
    Bytes(usize),
    /// It is time to look at the clock.
    Nothing,
}

impl Listener {
    #[cfg(feature = "blocking")]
    pub(super) fn blocking(socket: super::socket::Socket, inbox: Inbox, heartbeat: Duration) -> Listener {
        Listener::new(Ear::Blocking(Box::new(blocking::Ear::new(socket))), inbox, heartbeat)
    }

    #[cfg(feature = "async")]
    pub(super) fn asynchronous(
        source: super::stream::Source,
        writer: Option<super::stream::Writer>,
        inbox: Inbox,
        heartbeat: Duration,
    ) -> Listener {
        Listener::new(Ear::Async(Box::new(asynchronous::Ear::new(source, writer))), inbox, heartbeat)
    }

    #[cfg(any(feature = "async", feature = "blocking"))]
    fn new(ear: Ear, inbox: Inbox, heartbeat: Duration) -> Listener {
        Listener { ear, inbox, given: 0, out: Vec::new(), pulse: Pulse::new(heartbeat) }
    }

    /// Whether waiting keeps the thread.
    pub(crate) fn is_blocking(&self) -> bool {
        match &self.ear {
            #[cfg(feature = "blocking")]
            Ear::Blocking(_) => true,
            #[cfg(feature = "async")]
            Ear::Async(_) => false,
            #[cfg(not(any(feature = "async", feature = "blocking")))]
            _ => true,
        }
    }

    /// Whether it was made by a link of this kind.
    pub(crate) fn belongs_to(&self, way: Way<'_>) -> bool {
        match way {
            #[cfg(feature = "blocking")]
            Way::Blocking(_) => self.is_blocking(),
            #[cfg(feature = "async")]
            Way::Async(_) => !self.is_blocking(),
            Way::Whole(_) => false,
        }
    }

    /// Sends commands, as soon as it is waited for what the server says.
    pub(crate) fn say(&mut self, request: &Request) {
        self.out.extend_from_slice(request.packed());
    }

    /// The next word of the server, if it has arrived whole.
    ///
    /// # Errors
    /// If what has arrived is no word: the connection is of no use any more.
    pub(crate) fn next(&mut self) -> Result<Option<Frame<'_>>> {
        self.inbox.read(std::mem::take(&mut self.given));
        match Frame::first(self.inbox.unread()) {
            Ok(Some(frame)) => {
                self.given = frame.len();
                Ok(Some(frame))
            }
            Ok(None) => Ok(None),
            Err(wrong) => Err(Loss::Broken(wrong).told(Outcome::Unknown)),
        }
    }

    /// Waits until more has arrived; `false` if the time is over before. On a blocking connection it is never pending.
    ///
    /// # Errors
    /// If the connection is lost, or gives no sign of life.
    pub(crate) fn poll_hear(&mut self, cx: &mut Context<'_>, until: Deadline) -> Poll<Result<bool>> {
        loop {
            self.inbox.read(std::mem::take(&mut self.given));
            let at = match (self.pulse.next(), until.instant()) {
                (Some(pulse), Some(until)) => Some(pulse.min(until)),
                (pulse, until) => pulse.or(until),
            };
            let room = self.inbox.room();
            let sound: std::io::Result<Sound> = match &mut self.ear {
                #[cfg(feature = "blocking")]
                Ear::Blocking(ear) => ear.hear(&mut self.out, room, at),
                #[cfg(feature = "async")]
                Ear::Async(ear) => std::task::ready!(ear.poll_hear(cx, &mut self.out, room, at)),
                #[cfg(not(any(feature = "async", feature = "blocking")))]
                _ => {
                    let _ = (room, at);
                    Err(std::io::ErrorKind::Unsupported.into())
                }
            };
            #[cfg(not(feature = "async"))]
            let _ = &cx;
            match sound {
                Ok(Sound::Bytes(0)) => return Poll::Ready(Err(Loss::Closed.told(Outcome::Unknown))),
                Ok(Sound::Bytes(count)) => {
                    self.inbox.arrived(count);
                    self.pulse.beats();
                    return Poll::Ready(Ok(true));
                }
                Ok(Sound::Nothing) => {}
                Err(error) => return Poll::Ready(Err(Loss::from(error).told(Outcome::Unknown))),
            }
            match self.pulse.feel() {
                pulse::Sign::Fine => {}
                pulse::Sign::Ask => self.say(&Request::read().command("PING", |_| {})),
                pulse::Sign::Dead => {
                    let silent = Error::new(ErrorKind::Timeout, "the server gave no sign of life in time");
                    return Poll::Ready(Err(silent.with_outcome(Outcome::Unknown)));
                }
            }
            if until.is_over() {
                return Poll::Ready(Ok(false));
            }
        }
    }

    /// The same as a future.
    pub(crate) async fn hear(&mut self, until: Deadline) -> Result<bool> {
        std::future::poll_fn(|cx| self.poll_hear(cx, until)).await
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("unread", &self.inbox.unread().len()).finish_non_exhaustive()
    }
}
