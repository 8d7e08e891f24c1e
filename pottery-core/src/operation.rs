//! Operations: what takes more than one round trip.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
#[cfg(feature = "async")]
use std::{
    pin::Pin,
    task::{Context, Poll},
};

use crate::command::Command;
use crate::error::Result;
use crate::link::{BoxFuture, Carrier, Deadline};
use crate::place::Place;
use crate::store::Store;

/// Several round trips to the server: a blocking pop, a scan, an optimistic update.
///
/// Like a [`Command`] it is `.await`ed or `.wait()`ed for, but it cannot be part of a transaction or a pipeline, and
/// the compiler says so. It may borrow what the closure given to it borrows.
///
/// Dropping it gives it up between two of its steps; what it held exclusively is closed, never handed on.
#[must_use = "an operation does nothing until it is `.await`ed or `.wait()`ed"]
pub struct Operation<'a, R> {
    state: OperationState<'a, R>,
}

type Body<'a, R> = Box<dyn FnOnce(Run) -> BoxFuture<'a, Result<R>> + Send + 'a>;

enum OperationState<'a, R> {
    Ready(Store, Body<'a, R>),
    #[cfg(feature = "async")]
    Running(BoxFuture<'a, Result<R>>),
    #[cfg(feature = "async")]
    Spent,
}

/// What the body of an operation works with: the link it runs over, and nothing else of the outside.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) link: Arc<dyn Carrier>,
    store: Store,
}

impl Run {
    /// Runs a command; its deadline begins now.
    pub(crate) async fn command<R: Send + 'static>(&self, command: Command<R>) -> Result<R> {
        command.over(self.link.clone(), self.store.deadline()).await
    }

    /// Runs a command over a connection that is held exclusively.
    pub(crate) async fn command_on<R: Send + 'static>(
        &self,
        link: &Arc<dyn Carrier>,
        command: Command<R>,
    ) -> Result<R> {
        command.over(link.clone(), self.store.deadline()).await
    }

    /// A connection that nobody else uses, for an operation on `place`.
    pub(crate) async fn exclusive(&self, place: &Place) -> Result<Arc<dyn Carrier>> {
        crate::link::exclusive(&self.link, self.deadline()).await.map_err(|error| place.blame(error))
    }

    /// A deadline that begins now.
    pub(crate) fn deadline(&self) -> Deadline {
        self.store.deadline()
    }
}

impl<'a, R> Operation<'a, R> {
    pub(crate) fn new<F>(store: &Store, body: impl FnOnce(Run) -> F + Send + 'a) -> Operation<'a, R>
    where
        F: Future<Output = Result<R>> + Send + 'a,
    {
        Operation { state: OperationState::Ready(store.clone(), Box::new(|run| Box::pin(body(run)))) }
    }

    /// Makes something else of the result.
    pub(crate) fn map<S: 'a>(self, f: impl FnOnce(R) -> S + Send + 'a) -> Operation<'a, S>
    where
        R: 'a,
    {
        match self.state {
            OperationState::Ready(store, body) => {
                Operation::new(&store, move |run| async move { body(run).await.map(f) })
            }
            #[cfg(feature = "async")]
            OperationState::Running(running) => {
                Operation { state: OperationState::Running(Box::pin(async move { running.await.map(f) })) }
            }
            #[cfg(feature = "async")]
            OperationState::Spent => Operation { state: OperationState::Spent },
        }
    }

    /// Waits for the end, blocking this thread, over plain blocking connections. No runtime is involved; inside one,
    /// other tasks of the same worker wait as well.
    ///
    /// # Errors
    /// Those of the operation.
    #[cfg(feature = "blocking")]
    pub fn wait(self) -> Result<R> {
        match self.state {
            OperationState::Ready(store, body) => {
                let link = store.blocking_link()?;
                crate::park::block_on(body(Run { link, store }))
            }
            #[cfg(feature = "async")]
            _ => Err(spent()),
        }
    }
}

#[cfg(feature = "async")]
impl<R> Future for Operation<'_, R> {
    type Output = Result<R>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<R>> {
        let state = &mut self.state;
        if let OperationState::Ready(..) = state
            && let OperationState::Ready(store, body) = std::mem::replace(state, OperationState::Spent)
        {
            let link = store.async_link()?;
            *state = OperationState::Running(body(Run { link, store }));
        }
        let OperationState::Running(running) = state else { return Poll::Ready(Err(spent())) };
        let result = std::task::ready!(running.as_mut().poll(cx));
        *state = OperationState::Spent;
        Poll::Ready(result)
    }
}

#[cfg(feature = "async")]
fn spent() -> crate::Error {
    crate::Error::misuse("this operation has been used already")
}

impl<R> fmt::Debug for Operation<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Operation")
    }
}
