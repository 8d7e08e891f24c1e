//! Calls: a request on its way, and its answer as far as that has been read.
//!
//! A call owns what it sends and what it reads, so that it can wait wherever its reply arrives: on the stack of a
//! thread that blocks, or in the slot that a driver fills. Whether to send again is decided here, the same for every
//! link.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Outcome, Result};
#[cfg(feature = "async")]
use crate::link::slot::{Taker, Ticket};
use crate::link::{Carrier, Deadline, End, Fed, Sink, Way, backoff, is_passing};
use crate::reader::{Reader, settled, unfollowed};
use crate::reply::{Interrupt, Progress, Replies, Reply, server_error};
use crate::request::Request;
use crate::resp::{self, Arrived};

/// How often a request is sent at the most.
const ATTEMPTS: u32 = 4;

/// A request and its answer.
pub(crate) struct Call<R> {
    request: Request,
    /// The request once more with the text of its script, where the server has forgotten that.
    with_text: Option<Box<Request>>,
    reader: Reader<R>,
    progress: Progress,
    stage: Stage<R>,
    attempt: u32,
    deadline: Deadline,
}

enum Stage<R> {
    /// Nothing has been read: it may be an answer that says that nothing was done.
    Looking,
    Reading,
    /// The rest is passed over.
    Passing(Read<R>),
    Over(Verdict<R>),
}

/// What the reader made of the replies.
enum Read<R> {
    Value(R),
    Failed(Error),
    /// The user's decoder panicked. Whoever waits for the answer shall know, and nobody else.
    Panicked(Box<dyn Any + Send>),
}

/// What came back.
enum Verdict<R> {
    Answered(Read<R>, Vec<i64>),
    /// The server has forgotten the script, and so has done nothing.
    LacksScript,
    /// The server did nothing of what was asked, and may do so a little later.
    NotYet(Error),
}

/// What the first replies show.
enum Look<R> {
    /// Too little to tell.
    Wait,
    /// An answer.
    Read,
    /// That nothing was done. So many bytes say so.
    Over(Verdict<R>, usize),
}

/// What is to be done next.
pub(crate) enum Next<R> {
    /// Nothing: it is over.
    Done(Result<R>),
    /// The same again, after so much time.
    Again(Duration),
    /// The requests that follow, where the numbers say that they are needed.
    Follow(Result<R>, Vec<(Request, i64)>),
}

impl<R: 'static> Call<R> {
    pub(crate) fn new(request: Request, reader: Reader<R>, deadline: Deadline) -> Call<R> {
        let progress = Progress::new(request.len(), request.looks());
        Call { request, with_text: None, reader, progress, stage: Stage::Looking, attempt: 1, deadline }
    }

    /// What is sent.
    pub(crate) fn request(&self) -> &Request {
        self.with_text.as_deref().unwrap_or(&self.request)
    }

    #[cfg(feature = "async")]
    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Looks whether the first replies say that nothing was done.
    fn look(&self, bytes: &[u8]) -> Look<R> {
        let is_patient = self.attempt < ATTEMPTS;
        let by_digest = self.with_text.is_none() && self.request.calls_script() && self.request.len() == 1;
        match bytes.first() {
            None if !self.request.is_empty() => return Look::Wait,
            Some(b'-') if is_patient || by_digest => {}
            _ => return Look::Read,
        }
        let (mut at, mut first) = (0, None);
        for _ in 0..self.request.len() {
            let (text, used) = match resp::token(&bytes[at..]) {
                Ok(Some((Arrived::Error(text), used))) => (text, used),
                Ok(None) => return Look::Wait,
                _ => return Look::Read,
            };
            if by_digest && text.starts_with(b"NOSCRIPT") {
                return Look::Over(Verdict::LacksScript, used);
            }
            let code = text.split(|byte| *byte == b' ').next().unwrap_or_default();
            if !is_patient || !matches!(code, b"LOADING" | b"TRYAGAIN" | b"MASTERDOWN" | b"CLUSTERDOWN") {
                return Look::Read;
            }
            first.get_or_insert(text);
            at += used;
        }
        match first {
            Some(text) => Look::Over(Verdict::NotYet(server_error(text)), at),
            None => Look::Read,
        }
    }

    /// Reads the whole replies that a link of somebody else's has brought.
    fn feed_whole(&mut self, replies: &Replies) -> Result<()> {
        match self.feed(replies.bytes()).end {
            End::Done => Ok(()),
            End::More if replies.len() >= self.request.len() => {
                Err(Error::new(ErrorKind::Decode, "the reply ended before the value did")
                    .with_outcome(Outcome::Applied))
            }
            End::More => Err(Error::new(ErrorKind::Connection, "the server sent too few replies")
                .with_outcome(Outcome::Unknown)),
            End::Broken(wrong) => {
                Err(Error::new(ErrorKind::Connection, wrong).with_outcome(Outcome::Unknown))
            }
        }
    }

    /// What is to be done after an attempt.
    pub(crate) fn judge(&mut self, attempt: Result<()>) -> Next<R> {
        let failure = match attempt {
            Ok(()) => match std::mem::replace(&mut self.stage, Stage::Looking) {
                Stage::Over(Verdict::Answered(read, numbers)) => return self.conclude(read, numbers),
                Stage::Over(Verdict::LacksScript) => {
                    // not executed, so this is no repetition
                    self.with_text = self.request.with_script_text().map(Box::new);
                    self.progress = Progress::new(self.request.len(), self.request.looks());
                    return Next::Again(Duration::ZERO);
                }
                Stage::Over(Verdict::NotYet(failure)) => failure,
                _ => Error::new(ErrorKind::Decode, "the reply ended before the value did"),
            },
            Err(failure) => failure,
        };
        let reads_only = self.request.reads_only();
        if reads_only && failure.outcome() == Outcome::Unknown && failure.kind() == ErrorKind::Connection {
            // a read leaves nothing behind
        } else if failure.outcome() != Outcome::NotApplied || !is_passing(failure.kind()) {
            return Next::Done(Err(told(failure, reads_only)));
        }
        let pause = backoff(self.attempt);
        let is_late = self.deadline.remaining().is_some_and(|left| left <= pause);
        if self.attempt >= ATTEMPTS || is_late || !self.restart() {
            return Next::Done(Err(told(failure, reads_only)));
        }
        self.attempt += 1;
        Next::Again(pause)
    }

    /// Forgets what has been read. `false` if that cannot be done, because a part of it has been given away.
    fn restart(&mut self) -> bool {
        self.progress = Progress::new(self.request.len(), self.request.looks());
        match std::mem::replace(&mut self.stage, Stage::Looking) {
            Stage::Looking => true,
            _ => self.reader.restart(),
        }
    }

    fn conclude(&mut self, read: Read<R>, numbers: Vec<i64>) -> Next<R> {
        let asked = self.request.asked();
        let follow_ups = self.request.take_follow_ups();
        let result = match read {
            Read::Value(value) => Ok(value),
            Read::Failed(error) => {
                let refused = self.progress.refused();
                Err(settled(error, self.progress.tally(), self.request.reads_only(), refused, asked))
            }
            Read::Panicked(panic) => resume_unwind(panic),
        };
        if follow_ups.is_empty() {
            return Next::Done(result);
        }
        let follow_ups = follow_ups.into_iter().zip(numbers);
        let needed = follow_ups.filter_map(|(request, left)| Some((request?, left)).filter(|_| left > 0));
        Next::Follow(result, needed.collect())
    }

    /// Sends it once over the link, and reads what comes back.
    async fn attempt(mut self, link: &Arc<dyn Carrier>) -> (Call<R>, Result<()>)
    where
        R: Send,
    {
        match link.way() {
            #[cfg(feature = "blocking")]
            Way::Blocking(link) => {
                let result = link.exchange(&mut self);
                (self, result)
            }
            #[cfg(feature = "async")]
            Way::Async(link) => {
                let (ticket, slot) = Ticket::new(self);
                link.submit(slot).await;
                ticket.await
            }
            Way::Whole(link) => {
                let result = match link.send(self.request(), self.deadline).await {
                    Ok(replies) => self.feed_whole(&replies),
                    Err(error) => Err(error),
                };
                (self, result)
            }
        }
    }
}

#[cfg(feature = "blocking")]
impl<R: 'static> crate::link::blocking::Outgoing for Call<R> {
    fn outgoing(&self) -> (&Request, Deadline) {
        (self.request(), self.deadline)
    }
}

impl<R: 'static> Sink for Call<R> {
    fn feed(&mut self, bytes: &[u8]) -> Fed {
        let mut used = 0;
        if let Stage::Looking = self.stage {
            match self.look(bytes) {
                Look::Over(verdict, used) => {
                    self.stage = Stage::Over(verdict);
                    return Fed { used, end: End::Done };
                }
                Look::Read => self.stage = Stage::Reading,
                Look::Wait => return Fed { used: 0, end: End::More },
            }
        }
        let mut reply = Reply::over(bytes, &mut self.progress);
        if let Stage::Reading = self.stage {
            // a panic of a user's decoder is for the user's task: here others would suffer from it
            let read = match catch_unwind(AssertUnwindSafe(|| self.reader.resume(&mut reply))) {
                Ok(Ok(value)) => Some(Read::Value(value)),
                Ok(Err(Interrupt::Failed(error))) => Some(Read::Failed(error)),
                Ok(Err(Interrupt::Incomplete)) => None,
                Err(panic) => {
                    reply.abandon();
                    Some(Read::Panicked(panic))
                }
            };
            used = reply.used();
            match read {
                Some(read) => self.stage = Stage::Passing(read),
                None => return self.more(used),
            }
        }
        if let Stage::Passing(_) = self.stage {
            let step = reply.pass_rest();
            used = reply.used();
            if step.is_err() {
                return self.more(used);
            }
            if let Stage::Passing(mut read) = std::mem::replace(&mut self.stage, Stage::Looking) {
                if let Some(error) = self.progress.take_passed()
                    && let Read::Value(_) = read
                {
                    read = Read::Failed(unfollowed(error));
                }
                self.stage = Stage::Over(Verdict::Answered(read, self.progress.take_numbers()));
            }
        }
        Fed { used, end: End::Done }
    }
}

impl<R> Call<R> {
    /// Gives the answer up. What is left of it on the wire is passed over with what is returned.
    #[cfg(feature = "async")]
    pub(crate) fn take_progress(&mut self) -> Progress {
        let mut progress = std::mem::replace(&mut self.progress, Progress::new(0, 0));
        progress.abandon();
        progress
    }

    fn more(&self, used: usize) -> Fed {
        match self.progress.broken() {
            Some(wrong) => Fed { used, end: End::Broken(wrong) },
            None => Fed { used, end: End::More },
        }
    }
}

/// Sends a request; sends it again where that cannot do harm.
///
/// It is repeated only if it is known not to have been applied (there was no connection, or the server said that it
/// cannot serve yet), or if it only reads. Everything else is the caller's decision, who knows what the write means.
pub(crate) async fn execute<R: Send + 'static>(link: Arc<dyn Carrier>, mut call: Call<R>) -> Result<R> {
    if call.request.is_empty() {
        call.feed(&[]);
        return match call.judge(Ok(())) {
            Next::Done(result) | Next::Follow(result, _) => result,
            Next::Again(_) => Err(Error::new(ErrorKind::Decode, "there was nothing to read")),
        };
    }
    let (mut call, result) = call.attempt(&link).await;
    let next = call.judge(result);
    go_on(link, call, next).await
}

/// The same for a call that could not be sent without waiting.
#[cfg(feature = "async")]
pub(crate) async fn submitted<R: Send + 'static>(
    link: Arc<dyn Carrier>,
    ticket: Ticket<R>,
    slot: Arc<dyn Taker>,
) -> Result<R> {
    if let Way::Async(direct) = link.way() {
        direct.submit(slot).await;
    }
    let (mut call, result) = ticket.await;
    let next = call.judge(result);
    go_on(link, call, next).await
}

/// Whatever remains to be done after the first attempt.
pub(crate) async fn go_on<R: Send + 'static>(
    link: Arc<dyn Carrier>,
    mut call: Call<R>,
    mut next: Next<R>,
) -> Result<R> {
    loop {
        match next {
            Next::Done(result) => return result,
            Next::Again(pause) if pause.is_zero() => {}
            Next::Again(pause) => link.sleep(pause).await,
            Next::Follow(result, requests) => {
                Box::pin(follow(link, requests, call.deadline)).await?;
                return result;
            }
        }
        let result;
        (call, result) = call.attempt(&link).await;
        next = call.judge(result);
    }
}

/// Gives new keys the time to live of their objects, where a look has shown that these have one.
pub(crate) async fn follow(
    link: Arc<dyn Carrier>,
    requests: Vec<(Request, i64)>,
    deadline: Deadline,
) -> Result<()> {
    for (request, _) in requests {
        let call = Call::new(request, crate::reader::done(), deadline);
        execute(link.clone(), call).await.map_err(|error| error.settled_as(Outcome::Applied))?;
    }
    Ok(())
}

/// What a failed read changed is known: nothing.
fn told(error: Error, reads_only: bool) -> Error {
    if reads_only { error.settled_as(Outcome::NotApplied) } else { error }
}
