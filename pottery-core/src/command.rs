//! Commands: what to send and how to read the answer.

use std::fmt;
#[cfg(feature = "async")]
use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

#[cfg(feature = "async")]
use crate::call::Next;
use crate::call::{self, Call};
use crate::decode::Decode;
use crate::error::{Error, Result};
use crate::link::Deadline;
#[cfg(feature = "async")]
use crate::link::{BoxFuture, Carrier, slot::Ticket};
use crate::place::Place;
use crate::reader::{
    Attempted, Joined, Known, Mapped, MappedAgain, Read, Reader, Several, Shaped, spent, unconflicted,
};
use crate::reply::{Interrupt, Reply, Step};
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
    state: State<R>,
}

enum State<R> {
    Ready(Place, Request, Reader<R>),
    /// On its way for the first time, which is nearly always enough.
    #[cfg(feature = "async")]
    Sent(Place, Ticket<R>),
    #[cfg(feature = "async")]
    Running(Place, BoxFuture<'static, Result<R>>),
    Spent,
}

impl<R: Send + 'static> Command<R> {
    /// The command that sends `request` and reads the shape `D`.
    pub(crate) fn new<D: Decode<Output = R> + 'static>(place: &Place, request: Request) -> Command<R> {
        Command::reading(place, request, Box::new(Shaped::<D>(D::Partial::default())))
    }

    pub(crate) fn reading(place: &Place, request: Request, reader: Reader<R>) -> Command<R> {
        Command { state: State::Ready(place.clone(), request, reader) }
    }

    /// A transaction under watched keys: the reader sees for itself whether EXEC was refused.
    pub(crate) fn guarded(place: &Place, request: Request, reader: Reader<R>) -> Command<R> {
        Command::reading(place, request.sealed(), reader)
    }

    /// The command that sends nothing, because the answer is known.
    pub(crate) fn known(place: &Place, answer: R) -> Command<R> {
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
}

impl<R: 'static> Command<R> {
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

    /// Like [`Command::map`], for what can be done again when a read is repeated.
    pub(crate) fn mapped<S: 'static>(self, f: impl Fn(R) -> S + Send + 'static) -> Command<S> {
        self.with_reader(|inner| Box::new(MappedAgain { inner, then: f }))
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

            fn restart(&mut self) -> bool {
                self.otherwise.is_some() && self.inner.restart()
            }
        }
        self.with_reader(|inner| Box::new(Recovered { inner, otherwise: Some(f) }))
    }

    /// Turns a failure into a value, so that in a batch it hides nobody else's answer.
    ///
    /// What fails before anything is sent (a value without an encoding) still fails the batch.
    pub fn attempt(self) -> Command<Result<R>> {
        let joined = match &self.state {
            State::Ready(place, request, _) => Some(Joined::new(place.clone(), request, 0)),
            _ => None,
        };
        self.with_reader(|inner| Box::new(Attempted(inner, joined)))
    }

    fn with_reader<S: 'static>(self, f: impl FnOnce(Reader<R>) -> Reader<S>) -> Command<S> {
        match self.state {
            State::Ready(place, request, reader) => {
                Command { state: State::Ready(place, request, f(reader)) }
            }
            _ => Command { state: State::Spent },
        }
    }

    /// The parts, for a batch to take in.
    pub(crate) fn into_parts(self) -> Result<(Place, Request, Reader<R>)> {
        match self.state {
            State::Ready(place, request, reader) => Ok((place, request, reader)),
            _ => Err(spent()),
        }
    }
}

#[cfg(feature = "blocking")]
impl<R: Send + 'static> Command<R> {
    /// Waits for the answer, blocking this thread, on a plain blocking connection. No runtime is involved; inside
    /// one, other tasks of the same worker wait as well.
    ///
    /// # Errors
    /// Those of the command; [`Outcome`](crate::Outcome) says whether a write was applied.
    pub fn wait(self) -> Result<R> {
        let (place, request, reader) = self.into_parts()?;
        let call = prepared(&place, request, reader, place.store().deadline())?;
        let link = place.store().blocking_link()?;
        crate::park::block_on(call::execute(link, call)).map_err(|error| place.blame(error))
    }
}

impl<R: Send + 'static> Command<Vec<R>> {
    /// The command that sends `request` and reads each of its replies as the shape `D`.
    pub(crate) fn several<D: Decode<Output = R> + 'static>(
        place: &Place,
        request: Request,
    ) -> Command<Vec<R>> {
        let commands = request.len();
        let reader =
            Several::<D> { left: commands, commands, partial: D::Partial::default(), values: Vec::new() };
        Command::reading(place, request, Box::new(reader))
    }
}

impl<R: Send + 'static> Command<R> {
    /// Runs over the given link, as part of an operation.
    pub(crate) async fn over(
        self,
        link: std::sync::Arc<dyn crate::link::Carrier>,
        deadline: Deadline,
    ) -> Result<R> {
        let (place, request, reader) = self.into_parts()?;
        let call = prepared(&place, request, reader, deadline)?;
        call::execute(link, call).await.map_err(|error| place.blame(error))
    }
}

#[cfg(feature = "async")]
impl<R: Send + 'static> Command<R> {
    /// Sends it, at once if that can be done without waiting.
    fn begin(place: &Place, request: Request, reader: Reader<R>) -> Result<State<R>> {
        let call = prepared(place, request, reader, place.store().deadline())?;
        let link = place.store().async_link()?;
        if let crate::link::Way::Async(direct) = link.way()
            && !call.request().is_empty()
        {
            let (ticket, slot) = Ticket::new(call);
            if direct.try_submit(&slot) {
                return Ok(State::Sent(place.clone(), ticket));
            }
            return Ok(State::Running(place.clone(), Box::pin(call::submitted(link, ticket, slot))));
        }
        Ok(State::Running(place.clone(), Box::pin(call::execute(link, call))))
    }
}

#[cfg(feature = "async")]
impl<R: Send + 'static> Future for Command<R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let this = &mut *self;
        if let State::Ready(..) = this.state
            && let State::Ready(place, request, reader) = std::mem::replace(&mut this.state, State::Spent)
        {
            this.state = Command::begin(&place, request, reader)?;
        }
        if let State::Sent(place, ticket) = &mut this.state {
            let (mut call, attempt) = std::task::ready!(Pin::new(ticket).poll(cx));
            let place = place.clone();
            this.state = State::Spent;
            match call.judge(attempt) {
                Next::Done(result) => return Poll::Ready(result.map_err(|error| place.blame(error))),
                next => {
                    let link: std::sync::Arc<dyn Carrier> = place.store().async_link()?;
                    this.state = State::Running(place, Box::pin(call::go_on(link, call, next)));
                }
            }
        }
        let State::Running(place, running) = &mut this.state else {
            return Poll::Ready(Err(spent()));
        };
        let result = std::task::ready!(running.as_mut().poll(cx)).map_err(|error| place.blame(error));
        this.state = State::Spent;
        Poll::Ready(result)
    }
}

/// The request as it is sent, with the reader of what then comes back.
fn prepared<R: Send + 'static>(
    place: &Place,
    mut request: Request,
    mut reader: Reader<R>,
    deadline: Deadline,
) -> Result<Call<R>> {
    if let Some(error) = request.take_error() {
        return Err(place.refuse(error));
    }
    if request.bears_mortals() {
        request = request.atomic();
    }
    if request.is_multi() {
        reader = unconflicted(reader, &request);
    }
    Ok(Call::new(request.sealed(), reader, deadline))
}

impl<R> fmt::Debug for Command<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            State::Ready(place, request, _) => {
                f.debug_struct("Command").field("at", place).field("request", request).finish()
            }
            #[cfg(feature = "async")]
            State::Sent(place, _) | State::Running(place, _) => {
                f.debug_struct("Command").field("at", place).finish_non_exhaustive()
            }
            State::Spent => f.write_str("Command(spent)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch;
    use crate::error::{ErrorKind, Outcome};
    use crate::link::{End, Sink};
    use crate::store::Store;

    /// Reads the replies with the command's own reader, as they arrive in pieces that end at the given places.
    fn read_in_pieces<R: Send + 'static>(command: Command<R>, resp: &[u8], cuts: &[usize]) -> Result<R> {
        let (place, request, reader) = command.into_parts().expect("a new command");
        let mut call = prepared(&place, request, reader, Deadline::after(None)).expect("it can be sent");
        let mut read = 0;
        for end in cuts.iter().copied().chain([resp.len()]) {
            let fed = call.feed(&resp[read..end]);
            read += fed.used;
            if let End::Done = fed.end {
                assert_eq!(read, resp.len(), "it ends at the end");
            }
        }
        match call.judge(Ok(())) {
            call::Next::Done(result) => result,
            _ => panic!("it is to be sent again"),
        }
    }

    /// The same for all ways to cut it in two places that are near each other, and byte by byte. No element is longer
    /// than that, so cuts that are further apart know nothing of each other.
    fn read_in_all_pieces<R: Send + 'static>(
        command: impl Fn() -> Command<R>,
        resp: &[u8],
        check: impl Fn(Result<R>),
    ) {
        for first in 0..=resp.len() {
            for second in first..=resp.len().min(first + 24) {
                check(read_in_pieces(command(), resp, &[first, second]));
            }
        }
        let each: Vec<usize> = (0..resp.len()).collect();
        check(read_in_pieces(command(), resp, &each));
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
    fn a_reply_can_be_cut_anywhere() {
        let store = store();
        let resp = format!(
            "{QUEUED}|1\r\n+ttl\r\n:9\r\n*5\r\n:7\r\n*3\r\n$1\r\n1\r\n>2\r\n+a\r\n*1\r\n$2\r\nxy\r\n$1\r\n2\r\n$1\r\n3\r\n-WRONGTYPE no\r\n$2\r\n40\r\n$-1\r\n"
        );
        let check = |read: Result<Results>| {
            let (len, (items, pushed), ends) = read.expect("all is there");
            assert_eq!((len, items, ends), (7, vec![1, 2, 3], [Some(40), None]));
            assert_eq!(pushed.expect_err("it was refused").kind(), ErrorKind::WrongType);
        };
        read_in_all_pieces(|| transaction(&store), resp.as_bytes(), check);
    }

    #[test]
    fn what_cannot_be_read_in_the_middle_does_not_disturb_what_follows() {
        let store = store();
        let list = store.list::<u64>("k");
        let resp = b"*4\r\n$1\r\n1\r\n$1\r\nx\r\n*1\r\n%1\r\n+a\r\n$3\r\nabc\r\n$1\r\n3\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n";
        let pair = || batch::command_of(&store, (list.to_vec().attempt(), list.to_vec()), false);
        read_in_all_pieces(pair, resp, |read| {
            let (bad, good) = read.expect("the second is right");
            assert_eq!(bad.expect_err("x is no number").kind(), ErrorKind::Decode);
            assert_eq!(good, [1, 2]);
        });
    }

    #[test]
    fn a_refusal_while_queueing_means_that_nothing_was_applied() {
        let store = store();
        let resp =
            "+OK\r\n+QUEUED\r\n-OOM no room\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n-EXECABORT discarded\r\n";
        read_in_all_pieces(
            || transaction(&store),
            resp.as_bytes(),
            |read| {
                let error = read.expect_err("it was aborted");
                assert_eq!((error.server_code(), error.index()), (Some("OOM"), Some(1)));
                assert_eq!(error.outcome(), Outcome::NotApplied);
            },
        );
    }

    #[test]
    fn where_multi_is_refused_the_commands_were_executed_one_by_one() {
        let store = store();
        let resp = "-NOPERM no multi\r\n:1\r\n*1\r\n+a\r\n:2\r\n$-1\r\n$-1\r\n-ERR EXEC without MULTI\r\n";
        read_in_all_pieces(
            || transaction(&store),
            resp.as_bytes(),
            |read| {
                let error = read.expect_err("it was no transaction");
                assert_eq!((error.kind(), error.outcome()), (ErrorKind::Denied, Outcome::PartiallyApplied));
            },
        );
    }

    #[test]
    fn a_conflict_is_an_error_that_changed_nothing() {
        let store = store();
        for nil in ["*-1\r\n", "_\r\n"] {
            read_in_all_pieces(
                || transaction(&store),
                format!("{QUEUED}{nil}").as_bytes(),
                |read| {
                    let error = read.expect_err("nil");
                    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied));
                },
            );
        }
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
            let command = || {
                Command::new::<Entries<BTreeMap<String, u64>, String, u64, crate::codec::Native>>(
                    &place,
                    Request::read().command("HGETALL", |_| {}),
                )
            };
            read_in_all_pieces(command, resp.as_bytes(), |read| {
                assert_eq!(read.expect("a map"), BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]));
            });
        }
    }

    #[test]
    fn what_the_raw_way_out_reads_can_be_cut_anywhere() {
        let store = store();
        let resp = b">1\r\n$3\r\nabc\r\n*3\r\n$4\r\na\r\nb\r\n|1\r\n+k\r\n+v\r\n:7\r\n*2\r\n$0\r\n\r\n+x\r\n";
        let command = || store.raw::<(String, i64, (String, String))>(&redis::cmd("ANY"));
        read_in_all_pieces(command, resp, |read| {
            let read = read.expect("a tuple");
            assert_eq!(read, ("a\r\nb".to_owned(), 7, (String::new(), "x".to_owned())));
        });
        read_in_all_pieces(command, b"-NOPERM no\r\n", |read| {
            assert_eq!(read.expect_err("refused").server_code(), Some("NOPERM"));
        });
    }

    #[test]
    fn a_decoder_that_panics_is_its_own_callers_business() {
        let store = store();
        let list = store.list::<u64>("k");
        let resp = b"*1\r\n$1\r\n1\r\n:2\r\n";
        let panics = || {
            let first = list.to_vec().map(|_| -> u64 { panic!("by the user") });
            batch::command_of(&store, (first, list.len()), false)
        };
        for cut in 0..resp.len() {
            let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                read_in_pieces(panics(), resp, &[cut])
            }));
            assert!(read.is_err(), "it comes out where the answer is awaited");
        }
    }

    #[test]
    fn a_reply_that_is_lost_in_the_middle_is_read_anew() {
        let store = store();
        let list = store.list::<u64>("k");
        let command = batch::command_of(&store, (list.len(), list.to_vec(), list.is_empty()), true);
        let resp = b"+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:2\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n:2\r\n";
        let (place, request, reader) = command.into_parts().expect("a new command");
        let mut call = prepared(&place, request, reader, Deadline::after(None)).expect("it can be sent");
        let lost = || Error::new(ErrorKind::Connection, "lost").with_outcome(Outcome::Unknown);
        for end in [resp.len() - 1, 50, 3] {
            call.feed(&resp[..end]);
            assert!(matches!(call.judge(Err(lost())), call::Next::Again(_)), "{end}");
        }
        call.feed(resp);
        match call.judge(Ok(())) {
            call::Next::Done(result) => assert_eq!(result.expect("all"), (2, vec![1, 2], false)),
            _ => panic!("it is to be sent again"),
        }
    }

    #[test]
    fn sizes_stay_small() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert!(size_of::<Command<i64>>() <= 136, "{}", size_of::<Command<i64>>());
    }
}
