//! Reaching the engine from other threads.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::engine::Engine;

/// What is sent to the server's thread.
pub(super) enum Message {
    /// Something to do with the engine, between two commands.
    Run(Box<dyn FnOnce(&mut Engine) + Send>),
    /// The end.
    Stop,
}

/// A line to a server's thread. Clones are the same line; it doesn't keep the server alive.
#[derive(Clone)]
pub(crate) struct Control {
    messages: UnboundedSender<Message>,
    /// Whether the server is to end, for those who can't wait for messages: scripts.
    ending: Arc<AtomicBool>,
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("closed", &self.is_closed()).finish()
    }
}

impl Control {
    pub(super) fn new() -> (Control, UnboundedReceiver<Message>) {
        let (messages, receiver) = unbounded_channel();
        (Control { messages, ending: Arc::default() }, receiver)
    }

    /// What is true when the server is to end.
    pub(super) fn ending(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ending)
    }

    /// Has the server's thread run `job`, waits for it, and returns its result; `None` when the server has ended. Never
    /// call it on that thread.
    pub(crate) fn run<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Engine) -> R + Send + 'static,
    ) -> Option<R> {
        let (sender, receiver) = mpsc::sync_channel(1);
        let job = move |engine: &mut Engine| {
            // Nobody waits any more if the caller's thread has died.
            let _ = sender.send(job(engine));
        };
        self.messages.send(Message::Run(Box::new(job))).ok()?;
        receiver.recv().ok()
    }

    /// Ends the server.
    pub(super) fn stop(&self) {
        self.ending.store(true, Ordering::Relaxed);
        // It may have ended already.
        let _ = self.messages.send(Message::Stop);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.messages.is_closed()
    }
}
