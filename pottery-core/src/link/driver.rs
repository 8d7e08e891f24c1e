//! The driver of a connection: a task that reads what arrives into the slots that wait for it, writes what gathers
//! while many tasks send, and looks at deadlines.
//!
//! It reads before it writes: on a connection that the server has closed, what was not written yet is then known not
//! to have been applied. And when it finds something to write it first lets other tasks have their turn, once: on a
//! runtime of several threads a woken task runs right behind the one that woke it, and would write each request by
//! itself.

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Instant;

use super::BoxFuture;
use super::End;
use super::buffer::Inbox;
use super::connection::{Entry, KEPT, State, Wire};
use super::failure::{self, Loss};
use super::stream::{Source, Writer};
use crate::error::Outcome;
use crate::reply::Aside;

/// Reads, writes, and ends with the connection.
pub(super) struct Driver {
    wire: Arc<Wire>,
    source: Source,
    /// The callers' own; gone when nobody holds the connection any more.
    writer: Option<Weak<Writer>>,
    inbox: Inbox,
    /// A push of which some has arrived.
    aside: Aside,
    /// Who waits, in the order of the answers.
    queue: VecDeque<Entry>,
    /// How many of them have their answer, and count as waiting.
    answered: usize,
    /// Whom to wake once the queue is as short as they will find it.
    wakers: Vec<Waker>,
    /// What is being written, ...
    out: Vec<u8>,
    /// ... and how much of it has been.
    written: usize,
    is_flushed: bool,
    has_yielded: bool,
    /// A turn for everything else on the runtime, the sockets included.
    pause: Option<BoxFuture<'static, ()>>,
    alarm: Option<Pin<Box<tokio::time::Sleep>>>,
}

impl Driver {
    pub(super) fn new(wire: Arc<Wire>, source: Source, writer: Option<Weak<Writer>>, inbox: Inbox) -> Driver {
        Driver {
            wire,
            source,
            writer,
            inbox,
            aside: Aside::default(),
            queue: VecDeque::new(),
            answered: 0,
            wakers: Vec::new(),
            out: Vec::new(),
            written: 0,
            is_flushed: true,
            has_yielded: false,
            pause: None,
            alarm: None,
        }
    }

    fn run(&mut self, cx: &mut Context<'_>) -> Poll<Loss> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        loop {
            if let Err(loss) = self.read(cx) {
                return Poll::Ready(loss);
            }
            if !self.look_around(cx) {
                return Poll::Ready(Loss::Closed);
            }
            match self.write(cx) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(error.into()),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Reads all that has arrived.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<(), Loss> {
        loop {
            match self.source.poll_read(cx, self.inbox.room()) {
                Poll::Ready(Ok(0)) => return Err(Loss::Closed),
                Poll::Ready(Ok(count)) => self.inbox.arrived(count),
                Poll::Ready(Err(error)) => return Err(error.into()),
                Poll::Pending => return Ok(()),
            }
            let fed = self.feed();
            self.wake_callers();
            fed.map_err(Loss::Broken)?;
        }
    }

    /// Gives what has arrived to whom it belongs.
    fn feed(&mut self) -> Result<(), &'static str> {
        while !self.inbox.unread().is_empty() {
            if self.aside.is_open() {
                let used = self.aside.pass(self.inbox.unread())?;
                self.inbox.read(used);
                if self.aside.is_open() {
                    break;
                }
                continue;
            }
            if self.queue.is_empty() {
                std::mem::swap(&mut self.queue, &mut self.wire.lock().queue);
            }
            let Some(entry) = self.queue.front() else {
                // nobody waits for anything: pushes, or nonsense
                match self.aside.begin(self.inbox.unread())? {
                    Some(used) => self.inbox.read(used),
                    None => break,
                }
                continue;
            };
            let (fed, waker) = entry.slot.feed(self.inbox.unread());
            self.inbox.read(fed.used);
            match fed.end {
                End::More => break,
                End::Broken(wrong) => return Err(wrong),
                End::Done => {
                    self.queue.pop_front();
                    self.answered += 1;
                    self.wakers.extend(waker);
                }
            }
        }
        Ok(())
    }

    /// Wakes those whose answers have come, who then find the connection as idle as it is.
    fn wake_callers(&mut self) {
        if self.answered == 0 {
            return;
        }
        let had_no_room = {
            let mut state = self.wire.lock();
            let had_no_room = state.is_full();
            state.unanswered -= std::mem::take(&mut self.answered);
            if state.unanswered == 0 {
                state.idle_since = Instant::now();
            }
            had_no_room
        };
        if had_no_room {
            self.wire.room.notify_waiters();
        }
        for waker in self.wakers.drain(..) {
            waker.wake();
        }
    }

    /// Sets the alarm to the earliest deadline; when it goes off, tells those whose time is over. `false` if nobody
    /// holds the connection any more.
    fn look_around(&mut self, cx: &mut Context<'_>) -> bool {
        loop {
            let mut state = self.wire.lock();
            if state.abandoned {
                return false;
            }
            if let Some(deadline) = state.deadline.take()
                && state.alarm.is_none_or(|alarm| deadline < alarm)
            {
                state.alarm = Some(deadline);
                match &mut self.alarm {
                    Some(alarm) => alarm.as_mut().reset(deadline.into()),
                    none => *none = Some(Box::pin(tokio::time::sleep_until(deadline.into()))),
                }
            }
            let is_set = state.alarm.is_some();
            drop(state);
            match &mut self.alarm {
                Some(alarm) if is_set => {
                    if alarm.as_mut().poll(cx).is_pending() {
                        return true;
                    }
                }
                _ => return true,
            }
            self.tell_the_late();
        }
    }

    fn tell_the_late(&mut self) {
        let now = Instant::now();
        let mut late = Vec::new();
        {
            let mut state = self.wire.lock();
            let state = &mut *state;
            state.alarm = None;
            for entry in self.queue.iter_mut().chain(&mut state.queue) {
                match entry.deadline {
                    Some(deadline) if deadline <= now => {
                        // its answer may still come, and is passed over
                        entry.deadline = None;
                        late.push((entry.slot.clone(), outcome(entry, state.written)));
                    }
                    Some(deadline) => {
                        state.deadline = Some(state.deadline.map_or(deadline, |known| known.min(deadline)));
                    }
                    None => {}
                }
            }
        }
        // a caller locks the slot and then the wire, so this must not be done the other way round
        for (slot, outcome) in late {
            slot.fail(failure::timed_out(outcome));
        }
    }

    /// Writes all there is. It is ready only when something may have arrived in the meantime.
    fn write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.written == self.out.len() && self.is_flushed {
                let mut state = self.wire.lock();
                if self.written > 0 {
                    self.out.clear();
                    self.out.shrink_to(KEPT);
                    self.written = 0;
                }
                state.driver_writes = false;
                if state.out.is_empty() {
                    self.has_yielded = false;
                    return state.wait(cx);
                }
                if std::mem::take(&mut state.is_stale) {
                    drop(state);
                    self.has_yielded = true;
                    let mut pause: BoxFuture<'static, ()> = Box::pin(tokio::task::yield_now());
                    if pause.as_mut().poll(cx).is_pending() {
                        self.pause = Some(pause);
                        return Poll::Pending;
                    }
                    return Poll::Ready(Ok(()));
                }
                if !std::mem::replace(&mut self.has_yielded, true) {
                    drop(state);
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                self.has_yielded = false;
                std::mem::swap(&mut self.out, &mut state.out);
                state.driver_writes = true;
            }
            if self.write_on(cx)?.is_pending() {
                return self.wire.lock().wait(cx);
            }
        }
    }

    /// Writes on with what it has.
    fn write_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let wire = self.wire.clone();
        while self.written < self.out.len() {
            let rest = &self.out[self.written..];
            let count = match &self.writer {
                Some(writer) => {
                    let Some(writer) = writer.upgrade() else {
                        return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
                    };
                    match writer.try_write(rest) {
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                            ready!(writer.poll_ready(cx))?;
                            continue;
                        }
                        result => result?,
                    }
                }
                None => {
                    self.is_flushed = false;
                    ready!(self.source.poll_write(cx, rest))?
                }
            };
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
            let had_no_room = {
                let mut state = wire.lock();
                let had_no_room = state.is_full();
                state.has_written(count);
                had_no_room && !state.is_full()
            };
            if had_no_room {
                wire.room.notify_waiters();
            }
        }
        if !self.is_flushed {
            ready!(self.source.poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// Tells all who wait that there will be no answer.
    fn fail(&mut self, loss: &Loss) {
        self.wake_callers();
        let (queue, written) = {
            let mut state = self.wire.lock();
            self.wire.closed.store(true, Ordering::Release);
            state.out = Vec::new();
            // the socket is closed now, whoever still holds the connection
            state.writer = None;
            state.driver = None;
            (std::mem::take(&mut state.queue), state.written)
        };
        self.wire.room.notify_waiters();
        for entry in self.queue.drain(..).chain(queue) {
            entry.slot.fail(loss.told(outcome(&entry, written)));
        }
    }
}

impl State {
    /// The driver waits, unless there is something to look at that came while it did not look.
    fn wait(&mut self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if self.abandoned || self.deadline.is_some() {
            return Poll::Ready(Ok(()));
        }
        self.driver = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// What is known of a request that has not been answered: what has not begun to leave was not applied.
fn outcome(entry: &Entry, written: u64) -> Outcome {
    if entry.start >= written { Outcome::NotApplied } else { Outcome::Unknown }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let loss = ready!(self.run(cx));
        self.fail(&loss);
        Poll::Ready(())
    }
}

impl Drop for Driver {
    /// A runtime that ends takes its drivers along.
    fn drop(&mut self) {
        self.fail(&Loss::Ended);
    }
}
