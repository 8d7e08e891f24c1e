//! The end of the server, as a client asks for it.

use std::task::{Poll, Waker};

use crate::engine::Engine;

/// Whether the server is to end, and whom to wake then.
#[derive(Debug, Default)]
pub(crate) struct Shutdown {
    asked: bool,
    waker: Option<Waker>,
}

impl Engine {
    /// Has the server end.
    pub(crate) fn shut_down(&mut self) {
        self.shutdown.asked = true;
        if let Some(waker) = self.shutdown.waker.take() {
            waker.wake();
        }
    }

    /// Whether a client has asked for the end.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.shutdown.asked
    }

    /// Whether it is to end; `waker` is woken when that is so.
    pub(crate) fn poll_shutdown(&mut self, waker: &Waker) -> Poll<()> {
        if self.shutdown.asked {
            return Poll::Ready(());
        }
        self.shutdown.waker = Some(waker.clone());
        Poll::Pending
    }
}
