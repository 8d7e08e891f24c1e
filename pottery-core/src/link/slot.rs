//! Slots: where a call waits for its answer, and the driver of the connection leaves it.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{Deadline, End, Fed, Sink};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::reply::{Progress, Reply};
use crate::request::Request;

/// The driver's side of a slot.
pub(crate) trait Taker: Send + Sync {
    /// What is to be sent, if anybody still waits for it.
    fn outgoing(&self, to: &mut dyn FnMut(&Request, Deadline));
    /// Reads on, whether anybody waits or not. At the end it says whom to wake.
    fn feed(&self, bytes: &[u8]) -> (Fed, Option<Waker>);
    /// There will be no answer, or it will be too late.
    fn fail(&self, error: Error);
}

/// One allocation: the call, what came of it, and who waits.
struct Slot<R>(Mutex<Inner<R>>);

struct Inner<R> {
    /// Until the caller has it back, or has gone.
    call: Option<Call<R>>,
    result: Option<Result<()>>,
    waker: Option<Waker>,
    /// The answer is nobody's any more, and what is still to come of it is passed over.
    rest: Option<Box<Progress>>,
}

impl<R> Slot<R> {
    /// A panic while the lock was held left nothing half done behind it: decoders are caught before.
    fn lock(&self) -> MutexGuard<'_, Inner<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Send + 'static> Taker for Slot<R> {
    fn outgoing(&self, to: &mut dyn FnMut(&Request, Deadline)) {
        if let Some(call) = &self.lock().call {
            to(call.request(), call.deadline());
        }
    }

    fn feed(&self, bytes: &[u8]) -> (Fed, Option<Waker>) {
        let mut inner = self.lock();
        if let Some(progress) = &mut inner.rest {
            return (pass(progress, bytes), None);
        }
        let Some(call) = &mut inner.call else {
            return (Fed { used: 0, end: End::Broken("a reply to a request that was never sent") }, None);
        };
        let fed = call.feed(bytes);
        if let End::Done = fed.end {
            inner.result = Some(Ok(()));
            return (fed, inner.waker.take());
        }
        (fed, None)
    }

    fn fail(&self, error: Error) {
        let waker = {
            let mut inner = self.lock();
            let inner = &mut *inner;
            if inner.result.is_none()
                && let Some(call) = &mut inner.call
            {
                inner.rest = Some(Box::new(call.take_progress()));
                inner.result = Some(Err(error));
            }
            inner.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Passes over what nobody waits for.
fn pass(progress: &mut Progress, bytes: &[u8]) -> Fed {
    let mut reply = Reply::over(bytes, progress);
    let step = reply.pass_rest();
    let used = reply.used();
    let end = match (step, progress.broken()) {
        (Ok(()), _) => End::Done,
        (_, Some(wrong)) => End::Broken(wrong),
        _ => End::More,
    };
    Fed { used, end }
}

/// The caller's side: the call comes back, with what became of it. Dropping it gives the answer up.
pub(crate) struct Ticket<R>(Arc<Slot<R>>);

impl<R: Send + 'static> Ticket<R> {
    pub(crate) fn new(call: Call<R>) -> (Ticket<R>, Arc<dyn Taker>) {
        let inner = Inner { call: Some(call), result: None, waker: None, rest: None };
        let slot = Arc::new(Slot(Mutex::new(inner)));
        (Ticket(slot.clone()), slot)
    }
}

impl<R> Future for Ticket<R> {
    type Output = (Call<R>, Result<()>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut inner = self.0.lock();
        if let Some(result) = inner.result.take()
            && let Some(call) = inner.call.take()
        {
            return Poll::Ready((call, result));
        }
        if !inner.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            inner.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl<R> Drop for Ticket<R> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        let given_up = inner.call.take();
        if let Some(mut call) = given_up {
            if inner.rest.is_none() {
                inner.rest = Some(Box::new(call.take_progress()));
            }
            // what has been read so far is the user's, and dropped where others do not wait for it
            drop(inner);
            drop(call);
        }
    }
}
