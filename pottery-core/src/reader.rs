//! Readers: how the replies to a request become one answer, also where they are read bit by bit, where they stand among
//! others, and where a transaction is around them.

use crate::decode::{Decode, Done};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::place::Place;
use crate::reply::{Interrupt, Reply, Scope, Step, Tally};
use crate::request::Request;

/// How to read the replies as an `R`. It captures nothing that it can be given, so that most do not allocate.
pub(crate) type Reader<R> = Box<dyn Read<R>>;

/// A reader that may be resumed when more of the reply has arrived.
pub(crate) trait Read<R>: Send {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R>;

    /// Forgets what has been read so far, to begin again with other replies. `false` if that cannot be done.
    fn restart(&mut self) -> bool {
        false
    }
}

/// Reads what the shape `D` describes.
pub(crate) struct Shaped<D: Decode>(pub(crate) D::Partial);

impl<D: Decode> Read<D::Output> for Shaped<D> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<D::Output> {
        D::resume(&mut self.0, reply)
    }

    fn restart(&mut self) -> bool {
        self.0 = D::Partial::default();
        true
    }
}

/// Reads the replies to several commands of one kind.
pub(crate) struct Several<D: Decode> {
    pub(crate) left: usize,
    pub(crate) commands: usize,
    pub(crate) partial: D::Partial,
    pub(crate) values: Vec<D::Output>,
}

impl<D: Decode<Output: Send>> Read<Vec<D::Output>> for Several<D> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Vec<D::Output>> {
        while self.left > 0 {
            let value = D::resume(&mut self.partial, reply)?;
            self.partial = D::Partial::default();
            self.values.push(value);
            self.left -= 1;
        }
        Ok(std::mem::take(&mut self.values))
    }

    fn restart(&mut self) -> bool {
        self.left = self.commands;
        self.partial = D::Partial::default();
        self.values.clear();
        true
    }
}

/// Reads something, and makes something else of it.
pub(crate) struct Mapped<R, F> {
    pub(crate) inner: Reader<R>,
    pub(crate) then: Option<F>,
}

impl<R, S, F: FnOnce(R) -> Result<S> + Send> Read<S> for Mapped<R, F> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<S> {
        let value = self.inner.resume(reply)?;
        match self.then.take() {
            Some(then) => Ok(then(value)?),
            None => Err(spent().into()),
        }
    }

    fn restart(&mut self) -> bool {
        self.then.is_some() && self.inner.restart()
    }
}

/// Like [`Mapped`], with what can be done again.
pub(crate) struct MappedAgain<R, F> {
    pub(crate) inner: Reader<R>,
    pub(crate) then: F,
}

impl<R, S, F: Fn(R) -> S + Send> Read<S> for MappedAgain<R, F> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<S> {
        self.inner.resume(reply).map(&self.then)
    }

    fn restart(&mut self) -> bool {
        self.inner.restart()
    }
}

/// Reads nothing: the answer is known.
pub(crate) struct Known<R>(pub(crate) Option<R>);

impl<R: Send> Read<R> for Known<R> {
    fn resume(&mut self, _: &mut Reply<'_>) -> Step<R> {
        self.0.take().ok_or_else(|| spent().into())
    }
}

/// Reads the replies of one command among others: its failure names its place, and does not disturb its neighbours.
pub(crate) struct Joined {
    place: Place,
    commands: usize,
    /// Which command of the batch it begins with.
    first: usize,
    reads_only: bool,
    begun: Option<Begun>,
    /// Why it failed, while the rest of its replies is passed over.
    failure: Option<Error>,
}

/// What was around a group of replies when its reading began.
struct Begun {
    around: Scope,
    refused: usize,
    tally: Tally,
}

impl Joined {
    pub(crate) fn new(place: Place, request: &Request, first: usize) -> Joined {
        Joined {
            place,
            commands: request.len(),
            first,
            reads_only: request.reads_only(),
            begun: None,
            failure: None,
        }
    }

    /// Reads on with the command's own reader.
    pub(crate) fn resume<R>(&mut self, inner: &mut dyn Read<R>, reply: &mut Reply<'_>) -> Step<R> {
        if self.failure.is_some() {
            return self.fail(reply);
        }
        if self.begun.is_none() {
            self.begun = Some(Begun {
                refused: reply.refused(),
                tally: std::mem::take(reply.tally()),
                around: reply.enter(self.commands),
            });
        }
        let step = inner.resume(reply);
        if let Err(Interrupt::Incomplete) = step {
            return step;
        }
        match step {
            Ok(value) => {
                let Some(begun) = self.begun.take() else { return Err(spent().into()) };
                reply.leave(begun.around);
                *reply.tally() = begun.tally;
                reply.tally().count(if self.reads_only { None } else { Some(Outcome::Applied) });
                Ok(value)
            }
            Err(Interrupt::Failed(error)) => {
                self.failure = Some(error);
                self.fail(reply)
            }
            Err(incomplete) => Err(incomplete),
        }
    }

    /// Passes over what is left of the command's replies, to know what became of it.
    fn fail<R>(&mut self, reply: &mut Reply<'_>) -> Step<R> {
        reply.pass_rest()?;
        let (Some(begun), Some(error)) = (self.begun.take(), self.failure.take()) else {
            return Err(spent().into());
        };
        reply.leave(begun.around);
        let inside = std::mem::replace(reply.tally(), begun.tally);
        let refused = reply.refused() - begun.refused;
        let index = self.first + error.index().unwrap_or(0);
        let error = settled(error, inside, self.reads_only, refused, self.commands).with_index(index);
        reply.tally().count(if self.reads_only { None } else { Some(error.outcome()) });
        Err(Interrupt::Failed(self.place.blame(error)))
    }

    pub(crate) fn restart(&mut self) {
        self.begun = None;
        self.failure = None;
    }
}

/// Reads MULTI's answer, a +QUEUED for each command, and what EXEC brought: `None` is a conflict.
pub(crate) struct Exec<R> {
    inner: Reader<R>,
    /// How many commands stand between MULTI and EXEC, ...
    commands: usize,
    /// ... and how many of them were asked for.
    asked: usize,
    reads_only: bool,
    /// How many of the answers before EXEC's have been read.
    read: usize,
    /// The first command that was not queued. Redis then refuses the whole transaction.
    refusal: Option<Error>,
    /// Whether MULTI itself was refused, so that the commands were executed one by one.
    unprotected: bool,
    /// How many were.
    executed: usize,
    begun: Option<Begun>,
    /// What was read, while the rest of the replies is passed over.
    read_out: Option<Result<R>>,
}

impl<R> Exec<R> {
    pub(crate) fn new(inner: Reader<R>, request: &Request) -> Exec<R> {
        Exec {
            inner,
            commands: request.len() + request.trailing_replies(),
            asked: request.len(),
            reads_only: request.reads_only(),
            read: 0,
            refusal: None,
            unprotected: false,
            executed: 0,
            begun: None,
            read_out: None,
        }
    }

    /// Reads the answers to MULTI and to the commands that were queued.
    fn read_queued(&mut self, reply: &mut Reply<'_>) -> Step<()> {
        while self.read <= self.commands {
            match reply.head() {
                Err(Interrupt::Incomplete) => return Err(Interrupt::Incomplete),
                Err(Interrupt::Failed(error)) => {
                    self.unprotected |= self.read == 0;
                    // MULTI is none of the batch
                    let error = match self.read.checked_sub(1) {
                        Some(index) => error.with_index(index),
                        None => error.without_index(),
                    };
                    self.refusal.get_or_insert(error);
                }
                Ok(_) if self.unprotected => {
                    self.executed += 1;
                }
                Ok(_) => {}
            }
            self.read += 1;
        }
        Ok(())
    }
}

impl<R: Send> Read<Option<R>> for Exec<R> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Option<R>> {
        self.read_queued(reply)?;
        if let Some(refusal) = self.refusal.take() {
            let outcome = match self.executed {
                0 => Outcome::NotApplied,
                _ if self.reads_only => Outcome::NotApplied,
                _ => Outcome::PartiallyApplied,
            };
            return Err(refusal.settled_as(outcome).into());
        }
        if self.begun.is_none() {
            let refused = reply.refused();
            match reply.aggregate() {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                // EXEC itself was refused, and with it everything
                Err(Interrupt::Failed(error)) if reply.refused() > refused => {
                    return Err(error.without_index().settled_as(Outcome::NotApplied).into());
                }
                Err(interrupt) => return Err(interrupt),
            }
            self.begun = Some(Begun {
                refused: reply.refused(),
                tally: std::mem::take(reply.tally()),
                around: reply.enter(self.commands),
            });
        }
        if self.read_out.is_none() {
            self.read_out = Some(match self.inner.resume(reply) {
                Ok(value) => Ok(value),
                Err(Interrupt::Failed(error)) => Err(error),
                Err(incomplete) => return Err(incomplete),
            });
        }
        reply.pass_rest()?;
        let (Some(begun), Some(read)) = (self.begun.take(), self.read_out.take()) else {
            return Err(spent().into());
        };
        let behind = reply.leave(begun.around);
        let inside = std::mem::replace(reply.tally(), begun.tally);
        match read {
            Ok(value) => behind.map_or(Ok(Some(value)), |error| Err(unfollowed(error).into())),
            Err(error) => {
                let refused = reply.refused() - begun.refused;
                Err(settled(error, inside, self.reads_only, refused, self.asked).into())
            }
        }
    }

    fn restart(&mut self) -> bool {
        (self.read, self.unprotected, self.executed) = (0, false, 0);
        (self.refusal, self.begun, self.read_out) = (None, None, None);
        self.inner.restart()
    }
}

/// A conflict where there is no place for one: nothing was watched, or whoever watched wants to know.
struct Unconflicted<R>(Reader<Option<R>>);

impl<R: Send> Read<R> for Unconflicted<R> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R> {
        match self.0.resume(reply)? {
            Some(value) => Ok(value),
            None => {
                Err(Error::not_applied(ErrorKind::Conflict, "a watched key was changed by someone else")
                    .into())
            }
        }
    }

    fn restart(&mut self) -> bool {
        self.0.restart()
    }
}

/// A failure is a value, for whom the other commands of the batch matter too.
pub(crate) struct Attempted<R>(pub(crate) Reader<R>, pub(crate) Option<Joined>);

impl<R> Read<Result<R>> for Attempted<R> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<Result<R>> {
        let step = match &mut self.1 {
            Some(joined) => joined.resume(&mut *self.0, reply),
            None => self.0.resume(reply),
        };
        match step {
            Ok(value) => Ok(Ok(value)),
            Err(Interrupt::Failed(error)) => Ok(Err(error)),
            Err(incomplete) => Err(incomplete),
        }
    }

    fn restart(&mut self) -> bool {
        if let Some(joined) = &mut self.1 {
            joined.restart();
        }
        self.0.restart()
    }
}

/// Reads that something was done.
pub(crate) fn done() -> Reader<()> {
    Box::new(Shaped::<Done>(()))
}

/// Reads an atomic request's replies as they come off the wire, where nothing was watched.
pub(crate) fn unconflicted<R: Send + 'static>(inner: Reader<R>, request: &Request) -> Reader<R> {
    Box::new(Unconflicted(Box::new(Exec::new(inner, request))))
}

/// What a script says, sent behind the commands, that could not give a new key the time to live of its object.
pub(crate) fn unfollowed(error: Error) -> Error {
    error.without_index().settled_as(Outcome::Applied)
}

/// The error with the outcome of the whole, where a part of it failed.
///
/// `tally` counts the commands of a batch, if there was one; without, `refused` of `commands` replies were errors.
pub(crate) fn settled(
    error: Error,
    tally: Tally,
    reads_only: bool,
    refused: usize,
    commands: usize,
) -> Error {
    let outcome = if reads_only {
        Outcome::NotApplied
    } else if let Some(outcome) = tally.outcome() {
        outcome
    } else if error.is_settled() {
        error.outcome()
    } else if refused == 0 {
        // everything was executed, and one answer could not be read
        Outcome::Applied
    } else if refused >= commands {
        Outcome::NotApplied
    } else {
        Outcome::PartiallyApplied
    };
    let error = if commands == 1 { error.without_index() } else { error };
    error.settled_as(outcome)
}

pub(crate) fn spent() -> Error {
    Error::misuse("this command has been used already: it was polled, and then batched or polled again")
}
