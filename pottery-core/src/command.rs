//! Commands: what to send and how to read the answer.

use std::fmt;
#[cfg(feature = "async")]
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use crate::decode::Decode;
use crate::error::{Error, ErrorKind, Outcome, Result};
#[cfg(feature = "async")]
use crate::link::BoxFuture;
use crate::link::Deadline;
use crate::place::Place;
use crate::reply::{Interrupt, Replies, Reply, Scope, Step, Tally};
use crate::request::Request;

/// One round trip to the server: a value that does nothing until it is used.
///
/// It can be used in four ways, and means the same in all of them:
/// * `.await`ed (feature `async`; on any tokio runtime, and elsewhere through one that pottery runs itself),
/// * `.wait()`ed for (feature `blocking`; no runtime involved),
/// * put into a [`transaction`](crate::Store::transaction): MULTI/EXEC, all or nothing seen by others,
/// * put into a [`pipeline`](crate::Store::pipeline): one round trip, not atomic.
///
/// Without the feature `async` it is no future: remove the `.await` and call `.wait()`.
///
/// A command owns what it sends, so it can be kept, returned and sent to another thread. Dropping it while it runs
/// gives up the answer, not the write: the server may still execute it.
#[must_use = "a command does nothing until it is `.await`ed, `.wait()`ed or put into a batch"]
pub struct Command<R> {
    state: State,
    reader: Option<Reader<R>>,
}

enum State {
    Ready(Place, Request),
    #[cfg(feature = "async")]
    Running(BoxFuture<'static, Result<Answer>>, Place),
    Spent,
}

/// What a link brought back, and what it was for.
pub(crate) struct Answer {
    pub(crate) replies: Replies,
    pub(crate) reads_only: bool,
    /// How many of the replies answer what was asked for.
    pub(crate) asked: usize,
}

/// How to read the replies as an `R`. It captures nothing that it can be given, so that most do not allocate.
pub(crate) type Reader<R> = Box<dyn Read<R>>;

/// A reader that may be resumed when more of the reply has arrived.
pub(crate) trait Read<R>: Send {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R>;
}

/// Reads what the shape `D` describes.
struct Shaped<D: Decode>(D::Partial);

impl<D: Decode> Read<D::Output> for Shaped<D> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<D::Output> {
        D::resume(&mut self.0, reply)
    }
}

/// Reads the replies to several commands of one kind.
struct Several<D: Decode> {
    left: usize,
    partial: D::Partial,
    values: Vec<D::Output>,
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
}

/// Reads something, and makes something else of it.
struct Mapped<R, F> {
    inner: Reader<R>,
    then: Option<F>,
}

impl<R, S, F: FnOnce(R) -> Result<S> + Send> Read<S> for Mapped<R, F> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<S> {
        let value = self.inner.resume(reply)?;
        match self.then.take() {
            Some(then) => Ok(then(value)?),
            None => Err(spent().into()),
        }
    }
}

/// Reads nothing: the answer is known.
struct Known<R>(Option<R>);

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
}

/// What was around a group of replies when its reading began.
struct Begun {
    around: Scope,
    refused: usize,
    tally: Tally,
}

impl Joined {
    pub(crate) fn new(place: Place, request: &Request, first: usize) -> Joined {
        Joined { place, commands: request.len(), first, reads_only: request.reads_only(), begun: None }
    }

    /// Reads on with the command's own reader.
    pub(crate) fn resume<R>(&mut self, inner: &mut dyn Read<R>, reply: &mut Reply<'_>) -> Step<R> {
        if self.begun.is_none() {
            self.begun = Some(Begun {
                refused: reply.refused(),
                tally: std::mem::take(&mut reply.tally),
                around: reply.enter(self.commands),
            });
        }
        let step = inner.resume(reply);
        if let Err(Interrupt::Incomplete) = step {
            return step;
        }
        let Some(begun) = self.begun.take() else { return Err(spent().into()) };
        reply.leave(begun.around);
        let inside = std::mem::replace(&mut reply.tally, begun.tally);
        match step {
            Ok(value) => {
                reply.tally.count(if self.reads_only { None } else { Some(Outcome::Applied) });
                Ok(value)
            }
            Err(Interrupt::Failed(error)) => {
                let refused = reply.refused() - begun.refused;
                let index = self.first + error.index().unwrap_or(0);
                let error = settled(error, inside, self.reads_only, refused, self.commands).with_index(index);
                reply.tally.count(if self.reads_only { None } else { Some(error.outcome()) });
                Err(Interrupt::Failed(self.place.blame(error)))
            }
            Err(incomplete) => Err(incomplete),
        }
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
        }
    }

    /// Reads the answers to MULTI and to the commands that were queued.
    fn read_queued(&mut self, reply: &mut Reply<'_>) -> Step<()> {
        while self.read <= self.commands {
            match reply.token() {
                Err(Interrupt::Incomplete) => return Err(Interrupt::Incomplete),
                Err(Interrupt::Failed(error)) => {
                    self.unprotected |= self.read == 0;
                    let index = self.read.saturating_sub(1);
                    self.refusal.get_or_insert_with(|| error.with_index(index));
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

impl<R> Read<Option<R>> for Exec<R> {
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
            if reply.aggregate()?.is_none() {
                return Ok(None);
            }
            self.begun = Some(Begun {
                refused: reply.refused(),
                tally: std::mem::take(&mut reply.tally),
                around: reply.enter(self.commands),
            });
        }
        let step = self.inner.resume(reply);
        if let Err(Interrupt::Incomplete) = step {
            return Err(Interrupt::Incomplete);
        }
        let Some(begun) = self.begun.take() else { return Err(spent().into()) };
        let behind = reply.leave(begun.around);
        let inside = std::mem::replace(&mut reply.tally, begun.tally);
        match step {
            Ok(value) => behind.map_or(Ok(Some(value)), |error| Err(unfollowed(error))),
            Err(Interrupt::Failed(error)) => {
                let refused = reply.refused() - begun.refused;
                Err(settled(error, inside, self.reads_only, refused, self.asked).into())
            }
            Err(incomplete) => Err(incomplete),
        }
    }
}

/// A conflict where there is no place for one: nothing was watched, or whoever watched wants to know.
struct Unconflicted<R>(Reader<Option<R>>);

impl<R> Read<R> for Unconflicted<R> {
    fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R> {
        match self.0.resume(reply)? {
            Some(value) => Ok(value),
            None => Err(Error::new(ErrorKind::Conflict, "a watched key was changed by someone else").into()),
        }
    }
}

/// A failure is a value, for whom the other commands of the batch matter too.
struct Attempted<R>(Reader<R>, Option<Joined>);

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
}

impl<R: 'static> Command<R> {
    /// The command that sends `request` and reads the shape `D`.
    pub(crate) fn new<D: Decode<Output = R> + 'static>(place: &Place, request: Request) -> Command<R> {
        Command::reading(place, request, Box::new(Shaped::<D>(D::Partial::default())))
    }

    pub(crate) fn reading(place: &Place, request: Request, reader: Reader<R>) -> Command<R> {
        Command { state: State::Ready(place.clone(), request), reader: Some(reader) }
    }

    /// A transaction under watched keys: the reader sees for itself whether EXEC was refused.
    pub(crate) fn guarded(place: &Place, request: Request, reader: Reader<R>) -> Command<R> {
        Command::reading(place, request.sealed(), reader)
    }

    /// The command that sends nothing, because the answer is known.
    pub(crate) fn known(place: &Place, answer: R) -> Command<R>
    where
        R: Send,
    {
        Command::reading(place, Request::read(), Box::new(Known(Some(answer))))
    }

    /// The command that fails before anything is sent.
    pub(crate) fn refused(place: &Place, error: Error) -> Command<R> {
        struct Nothing;
        impl<R> Read<R> for Nothing {
            fn resume(&mut self, _: &mut Reply<'_>) -> Step<R> {
                Err(spent().into())
            }
        }
        Command::reading(place, Request::failed(place.refuse(error)), Box::new(Nothing))
    }

    /// Makes something else of the answer.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let shout = store.value::<String>("name").get().map(|name| name.unwrap_or_default().to_uppercase());
    /// let name: String = shout.wait()?;
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn map<S: 'static>(self, f: impl FnOnce(R) -> S + Send + 'static) -> Command<S> {
        self.try_map(|value| Ok(f(value)))
    }

    /// Makes something else of the answer, or an error. The write, if it was one, has been applied by then.
    pub fn try_map<S: 'static>(self, f: impl FnOnce(R) -> Result<S> + Send + 'static) -> Command<S> {
        self.with_reader(|inner| Box::new(Mapped { inner, then: Some(f) }))
    }

    /// Makes an answer of some of the errors.
    pub(crate) fn recover(self, f: impl FnOnce(Error) -> Result<R> + Send + 'static) -> Command<R> {
        struct Recovered<R, F> {
            inner: Reader<R>,
            otherwise: Option<F>,
        }
        impl<R, F: FnOnce(Error) -> Result<R> + Send> Read<R> for Recovered<R, F> {
            fn resume(&mut self, reply: &mut Reply<'_>) -> Step<R> {
                match self.inner.resume(reply) {
                    Err(Interrupt::Failed(error)) => match self.otherwise.take() {
                        Some(otherwise) => Ok(otherwise(error)?),
                        None => Err(spent().into()),
                    },
                    step => step,
                }
            }
        }
        self.with_reader(|inner| Box::new(Recovered { inner, otherwise: Some(f) }))
    }

    /// Turns a failure into a value, so that in a batch it hides nobody else's answer.
    ///
    /// What fails before anything is sent (a value without an encoding) still fails the batch.
    pub fn attempt(self) -> Command<Result<R>> {
        let Command { state, reader } = self;
        let reader = reader.map(|inner| -> Reader<Result<R>> {
            let joined = match &state {
                State::Ready(place, request) => Some(Joined::new(place.clone(), request, 0)),
                _ => None,
            };
            Box::new(Attempted(inner, joined))
        });
        Command { state, reader }
    }

    fn with_reader<S: 'static>(self, f: impl FnOnce(Reader<R>) -> Reader<S>) -> Command<S> {
        Command { state: self.state, reader: self.reader.map(f) }
    }

    /// The parts, for a batch to take in.
    pub(crate) fn into_parts(self) -> Result<(Place, Request, Reader<R>)> {
        match (self.state, self.reader) {
            (State::Ready(place, request), Some(reader)) => Ok((place, request, reader)),
            _ => Err(spent()),
        }
    }

    /// Waits for the answer, blocking this thread, on a plain blocking connection. No runtime is involved; inside
    /// one, other tasks of the same worker wait as well.
    ///
    /// # Errors
    /// Those of the command; [`Outcome`] says whether a write was applied.
    #[cfg(feature = "blocking")]
    pub fn wait(mut self) -> Result<R> {
        let (place, reader) = match std::mem::replace(&mut self.state, State::Spent) {
            State::Ready(place, request) => {
                let (request, reader) = prepared(&place, request, &mut self.reader)?;
                let link = place.store().blocking_link()?;
                let deadline = place.store().deadline();
                let answer = crate::park::block_on(crate::link::execute(link, request, deadline));
                (place.clone(), (answer, reader))
            }
            _ => return Err(spent()),
        };
        finish(&place, reader.0, reader.1)
    }
}

impl<R: Send + 'static> Command<Vec<R>> {
    /// The command that sends `request` and reads each of its replies as the shape `D`.
    pub(crate) fn several<D: Decode<Output = R> + 'static>(
        place: &Place,
        request: Request,
    ) -> Command<Vec<R>> {
        let reader = Several::<D> { left: request.len(), partial: D::Partial::default(), values: Vec::new() };
        Command::reading(place, request, Box::new(reader))
    }
}

impl<R: 'static> Command<R> {
    /// Runs over the given link, as part of an operation.
    pub(crate) async fn over(
        mut self,
        link: std::sync::Arc<dyn crate::link::Link>,
        deadline: Deadline,
    ) -> Result<R> {
        match std::mem::replace(&mut self.state, State::Spent) {
            State::Ready(place, request) => {
                let (request, reader) = prepared(&place, request, &mut self.reader)?;
                let answer = crate::link::execute(link, request, deadline).await;
                finish(&place, answer, reader)
            }
            _ => Err(spent()),
        }
    }
}

#[cfg(feature = "async")]
impl<R: 'static> Future for Command<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let this = &mut *self;
        if let State::Ready(..) = this.state
            && let State::Ready(place, request) = std::mem::replace(&mut this.state, State::Spent)
        {
            let (request, reader) = prepared(&place, request, &mut this.reader)?;
            this.reader = Some(reader);
            let deadline = place.store().deadline();
            let link = place.store().async_link()?;
            this.state = State::Running(Box::pin(crate::link::execute(link, request, deadline)), place);
        }
        let State::Running(running, place) = &mut this.state else {
            return Poll::Ready(Err(spent()));
        };
        let answer = std::task::ready!(running.as_mut().poll(cx));
        let place = place.clone();
        this.state = State::Spent;
        match this.reader.take() {
            Some(reader) => Poll::Ready(finish(&place, answer, reader)),
            None => Poll::Ready(Err(spent())),
        }
    }
}

/// The request as it is sent, and the reader of what then comes back.
fn prepared<R: 'static>(
    place: &Place,
    mut request: Request,
    reader: &mut Option<Reader<R>>,
) -> Result<(Request, Reader<R>)> {
    let Some(mut reader) = reader.take() else { return Err(spent()) };
    if let Some(error) = request.take_error() {
        return Err(place.refuse(error));
    }
    if request.bears_mortals() {
        request = request.atomic();
    }
    if request.is_multi() {
        reader = unconflicted(reader, &request);
    }
    Ok((request.sealed(), reader))
}

/// Reads an atomic request's replies as they come off the wire, where nothing was watched.
pub(crate) fn unconflicted<R: 'static>(inner: Reader<R>, request: &Request) -> Reader<R> {
    Box::new(Unconflicted(Box::new(Exec::new(inner, request))))
}

/// Reads the answer; what fails names its place and tells what became of the write.
fn finish<R>(place: &Place, answer: Result<Answer>, mut reader: Reader<R>) -> Result<R> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Err(place.blame(error)),
    };
    let total = answer.replies.values().len();
    let mut reply = answer.replies.cursor();
    let around = reply.enter(total);
    let mut step = reader.resume(&mut reply);
    if let Some(error) = reply.leave(around)
        && step.is_ok()
    {
        step = Err(unfollowed(error));
    }
    match step {
        Ok(value) => Ok(value),
        Err(Interrupt::Failed(error)) => {
            let refused = reply.refused();
            Err(place.blame(settled(error, reply.tally, answer.reads_only, refused, answer.asked)))
        }
        Err(Interrupt::Incomplete) => {
            Err(place.blame(Error::new(ErrorKind::Decode, "the reply ended before the value did")))
        }
    }
}

/// What a script says, sent behind the commands, that could not give a new key the time to live of its object.
fn unfollowed(error: Error) -> Interrupt {
    error.without_index().settled_as(Outcome::Applied).into()
}

/// The error with the outcome of the whole, where a part of it failed.
///
/// `tally` counts the commands of a batch, if there was one; without, `refused` of `commands` replies were errors.
fn settled(error: Error, tally: Tally, reads_only: bool, refused: usize, commands: usize) -> Error {
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

fn spent() -> Error {
    Error::misuse("this command has been used already: it was polled, and then batched or polled again")
}

impl<R> fmt::Debug for Command<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Ready(place, request) => {
                f.debug_struct("Command").field("at", place).field("request", request).finish()
            }
            #[cfg(feature = "async")]
            State::Running(_, place) => f.debug_struct("Command").field("at", place).finish_non_exhaustive(),
            State::Spent => f.write_str("Command(spent)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch;
    use crate::store::Store;

    /// Reads the replies with the given reader, interrupted after every `step` tokens.
    fn read_in_steps<R: Send + 'static>(command: Command<R>, resp: &[u8], step: usize) -> Result<R> {
        let (_, request, mut reader) = command.into_parts().expect("a new command");
        if request.is_multi() {
            reader = unconflicted(reader, &request);
        }
        let replies = Replies::from_resp(resp).expect("whole replies");
        let mut reply = replies.cursor();
        for _ in 0..10_000 {
            reply.budget = step;
            match reader.resume(&mut reply) {
                Ok(value) => return Ok(value),
                Err(Interrupt::Failed(error)) => return Err(error),
                Err(Interrupt::Incomplete) => {}
            }
        }
        panic!("it never came to an end")
    }

    fn store() -> Store {
        Store::open("redis://127.0.0.1:1/").expect("opening does no I/O")
    }

    type Results = (usize, (Vec<u64>, Result<usize>), [Option<u64>; 2]);

    fn transaction(store: &Store) -> Command<Results> {
        let list = store.list::<u64>("k");
        let inner = (list.to_vec(), list.push(1).attempt());
        batch::command_of(store, (list.push(1), inner, [list.get(0), list.get(1)]), true)
    }

    const QUEUED: &str = "+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n";

    #[test]
    fn reading_can_be_interrupted_anywhere() {
        let store = store();
        let resp = format!(
            "{QUEUED}*5\r\n:7\r\n*3\r\n$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n-WRONGTYPE no\r\n$2\r\n40\r\n$-1\r\n"
        );
        for step in 1..30 {
            let (len, (items, pushed), ends) =
                read_in_steps(transaction(&store), resp.as_bytes(), step).expect("all is there");
            assert_eq!((len, items, ends), (7, vec![1, 2, 3], [Some(40), None]), "step {step}");
            assert_eq!(pushed.expect_err("it was refused").kind(), ErrorKind::WrongType);
        }
    }

    #[test]
    fn what_cannot_be_read_in_the_middle_does_not_disturb_what_follows() {
        let store = store();
        let list = store.list::<u64>("k");
        let resp = b"*3\r\n$1\r\n1\r\n$1\r\nx\r\n$1\r\n3\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n";
        for step in 1..12 {
            let pair = batch::command_of(&store, (list.to_vec().attempt(), list.to_vec()), false);
            let (bad, good) = read_in_steps(pair, resp, step).expect("the second is right");
            assert_eq!(bad.expect_err("x is no number").kind(), ErrorKind::Decode);
            assert_eq!(good, [1, 2]);
        }
    }

    #[test]
    fn a_refusal_while_queueing_means_that_nothing_was_applied() {
        let store = store();
        let resp =
            "+OK\r\n+QUEUED\r\n-OOM no room\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n-EXECABORT discarded\r\n";
        for step in 1..9 {
            let error =
                read_in_steps(transaction(&store), resp.as_bytes(), step).expect_err("it was aborted");
            assert_eq!((error.server_code(), error.index()), (Some("OOM"), Some(1)));
            assert_eq!(error.outcome(), Outcome::NotApplied);
        }
    }

    #[test]
    fn where_multi_is_refused_the_commands_were_executed_one_by_one() {
        let store = store();
        let resp = "-NOPERM no multi\r\n:1\r\n*0\r\n:2\r\n$-1\r\n$-1\r\n-ERR EXEC without MULTI\r\n";
        let error =
            read_in_steps(transaction(&store), resp.as_bytes(), 100).expect_err("it was no transaction");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Denied, Outcome::PartiallyApplied));
    }

    #[test]
    fn a_conflict_is_an_error_that_changed_nothing() {
        let store = store();
        let error =
            read_in_steps(transaction(&store), format!("{QUEUED}*-1\r\n").as_bytes(), 100).expect_err("nil");
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied));
    }

    #[test]
    fn resp3_maps_and_resp2_arrays_read_alike() {
        use crate::decode::Entries;
        use std::collections::BTreeMap;
        let store = store();
        let place = Place::none(&store);
        for resp in [
            "%2\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n:2\r\n",
            "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n",
        ] {
            for step in 1..8 {
                let command = Command::new::<Entries<BTreeMap<String, u64>, String, u64, crate::codec::Native>>(
                    &place,
                    Request::read().command("HGETALL", |_| {}),
                );
                let map = read_in_steps(command, resp.as_bytes(), step).expect("a map");
                assert_eq!(map, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
            }
        }
    }

    #[test]
    fn sizes_stay_small() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert!(size_of::<Command<i64>>() <= 136, "{}", size_of::<Command<i64>>());
    }
}
