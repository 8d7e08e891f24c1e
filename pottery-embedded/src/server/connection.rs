//! One connection: bytes in, commands to the engine, bytes out.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::{io, mem};

use tokio::io::{AsyncReadExt as _, AsyncWrite as _};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

use crate::engine::Engine;
use crate::engine::client::{ClientId, Closing, Peer};
use crate::engine::error::Error;
use crate::engine::resp::{Limits, Parser, Step};
use crate::server::desk::Desk;
use crate::server::line::{Line, Stream};
use crate::server::thread::Shared;
use crate::testing::fault::Effect;

/// How much is read at once, at least.
const READ: usize = 16 * 1024;
/// A buffer that has become larger than this is given back when it is empty.
const KEEP: usize = 1024 * 1024;
/// No more commands run while this much of their replies waits to be sent. So large that a client which sends a long
/// pipeline before it reads anything gets through.
const UNSENT: usize = 256 * 1024 * 1024;
/// What a blocked client may send in advance.
const AHEAD: usize = 1024 * 1024;

/// Serves a connection until it ends.
pub(super) async fn serve(stream: Stream, peer: Peer, engine: Shared, desk: Rc<Desk>) {
    let id = engine.borrow_mut().connect(peer);
    let line = Line::new(stream);
    desk.add(id, line.clone());
    serve_connected(line, id, engine, desk).await;
}

/// The same for one that the engine and the desk know already.
pub(super) async fn serve_connected(stream: Line, id: ClientId, engine: Shared, desk: Rc<Desk>) {
    let mut connection = Connection {
        stream,
        registered: Registered { engine, desk, id },
        parser: Parser::default(),
        input: Vec::new(),
        start: 0,
        output: Vec::new(),
        sent: 0,
        delay: None,
        excused: false,
        doomed: false,
        patience: None,
        deferred: false,
    };
    // Why it ended is nobody's business: the client knows, or is gone.
    let _ = poll_fn(|cx| connection.poll(cx)).await;
}

/// A client that the engine knows, until this is dropped: also when the server ends in the middle of everything.
struct Registered {
    engine: Shared,
    desk: Rc<Desk>,
    id: ClientId,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.desk.remove(self.id);
        self.engine.borrow_mut().disconnect(self.id);
    }
}

struct Connection {
    stream: Line,
    registered: Registered,
    parser: Parser,
    /// What was read; before `start` are requests that have been run.
    input: Vec<u8>,
    start: usize,
    /// What is being sent; before `sent` is what has been.
    output: Vec<u8>,
    sent: usize,
    /// A fault that makes the next command wait.
    delay: Option<Pin<Box<Sleep>>>,
    /// Whether the next command has met its fault already.
    excused: bool,
    /// Whether a fault will lose the reply that the client waits for.
    doomed: bool,
    /// When a test loses its patience with a client that waits for a key.
    patience: Option<Pin<Box<Sleep>>>,
    /// Whether others were let run before effects are committed.
    deferred: bool,
}

/// What the engine thinks of a connection.
#[derive(Clone, Copy, Debug)]
struct State {
    closing: Closing,
    blocked: bool,
    /// Whether commands wait until replies have been sent.
    full: bool,
    /// Whether the next command waits because of a fault.
    delayed: bool,
    /// Whether replies wait until others have run their commands.
    deferred: bool,
}

impl Connection {
    /// Goes on for as long as there is something to do, then says whether others may use the stream until it is called
    /// again.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.set_idle(false);
        let result = self.go_on(cx);
        let nothing_left = self.start == self.input.len() && self.sent == self.output.len();
        let waits = self.delay.is_some() || self.deferred || self.doomed;
        self.stream.set_idle(result.is_pending() && nothing_left && !waits);
        result
    }

    /// Goes on for as long as there is something to do. Ends with the connection.
    fn go_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let state = self.run(cx);
            if state.deferred {
                return Poll::Pending;
            }
            if state.closing == Closing::Now {
                return Poll::Ready(Ok(()));
            }
            let flushed = self.poll_write(cx)?.is_ready();
            match (flushed, state.closing) {
                (true, Closing::AfterReply) => return Poll::Ready(Ok(())),
                (false, Closing::AfterReply) => return Poll::Pending,
                _ => {}
            }
            if let Some(delay) = &mut self.delay {
                ready!(delay.as_mut().poll(cx));
                self.delay = None;
                continue;
            }
            if self.patience_ends(state.blocked, cx) {
                continue;
            }
            if state.full {
                if flushed {
                    continue;
                }
                return Poll::Pending;
            }
            if state.blocked && self.input.len() - self.start >= AHEAD {
                return Poll::Pending;
            }
            if ready!(self.poll_read(cx))? == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Whether the client has waited for a key for longer than a test has patience with it. It is answered then.
    fn patience_ends(&mut self, blocked: bool, cx: &mut Context<'_>) -> bool {
        if !blocked {
            self.patience = None;
            return false;
        }
        let mut engine = self.registered.engine.borrow_mut();
        let Some(time) = engine.rig.patience else { return false };
        let ends = self.patience.get_or_insert_with(|| Box::pin(sleep(time)));
        if ends.as_mut().poll(cx).is_pending() {
            return false;
        }
        self.patience = None;
        engine.lose_patience(self.registered.id, time);
        true
    }

    /// Runs the requests that have arrived.
    fn run(&mut self, cx: &mut Context<'_>) -> State {
        let mut engine = self.registered.engine.borrow_mut();
        let id = self.registered.id;
        let mut executed = false;
        let state = loop {
            let Some(client) = engine.clients.get_mut(&id) else {
                break State {
                    closing: Closing::Now,
                    blocked: false,
                    full: false,
                    delayed: false,
                    deferred: false,
                };
            };
            client.set_waker(cx.waker());
            let state = State {
                closing: client.closing,
                blocked: client.is_blocked(),
                full: client.out.len() + self.output.len() - self.sent >= UNSENT,
                delayed: self.delay.is_some(),
                deferred: false,
            };
            if self.doomed && !state.blocked {
                break State { closing: Closing::Now, ..state };
            }
            let idle = self.start == self.input.len();
            if state.closing != Closing::Open || state.blocked || state.full || state.delayed || idle {
                break state;
            }
            let limits =
                Limits { unauthenticated: !client.authenticated, longest: engine.config.longest_string };
            let input = &self.input[self.start..];
            match self.parser.next(input, limits) {
                Ok(Step::Command(length)) => {
                    let args = self.parser.args(input);
                    let fault = if mem::take(&mut self.excused) { None } else { engine.rig.meet(&args) };
                    match fault {
                        None => engine.execute(id, &args),
                        Some(Effect::Reply(text)) => engine.refuse(id, &Error::new(text), &args),
                        Some(Effect::DropBefore) => engine.close(id, Closing::AfterReply),
                        Some(Effect::DropAfter) => self.doomed = engine.execute_and_lose(id, &args),
                        Some(Effect::Delay(time)) => {
                            (self.delay, self.excused) = (Some(Box::pin(sleep(time))), true);
                            continue;
                        }
                    }
                    executed = true;
                    self.start += length;
                }
                Ok(Step::Nothing(length)) => self.start += length,
                Ok(Step::Incomplete) if input.len() > engine.config.query_limit => {
                    break State { closing: Closing::Now, ..state };
                }
                Ok(Step::Incomplete) => break state,
                Err(text) => {
                    refuse(&mut engine, id, &text);
                    break State { closing: Closing::AfterReply, ..state };
                }
            }
        };
        if self.start == self.input.len() {
            self.input.clear();
            self.start = 0;
            if self.input.capacity() > KEEP {
                self.input = Vec::new();
            }
        }
        // What others have changed is theirs to commit, unless this one is about to be told of it.
        if !executed && !self.deferred && engine.clients.get(&id).is_none_or(|client| client.out.is_empty()) {
            return state;
        }
        if !self.deferred && engine.commits_together() {
            // One wait for the disk serves all connections whose requests have arrived. The runtime wakes those that
            // yield after all others; waking ourselves would only put us in front.
            self.deferred = true;
            let _ = pin!(tokio::task::yield_now()).poll(cx);
            return State { deferred: true, ..state };
        }
        self.deferred = false;
        engine.commit_effects();
        // Here replies are about to be sent: the place for faults after execution.
        match engine.clients.get(&id) {
            Some(client) if client.closing == Closing::Now => State { closing: Closing::Now, ..state },
            _ => state,
        }
    }

    /// Sends what there is to send.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.sent == self.output.len() {
                self.output.clear();
                self.sent = 0;
                if self.output.capacity() > KEEP {
                    self.output = Vec::new();
                }
                let mut engine = self.registered.engine.borrow_mut();
                if let Some(client) = engine.clients.get_mut(&self.registered.id) {
                    // The buffers take turns, so neither is ever allocated anew.
                    mem::swap(&mut client.out, &mut self.output);
                }
            }
            if self.output.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.output[self.sent..]))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.sent += sent;
        }
    }

    /// Reads what has arrived. 0 is the end.
    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.start > 0 {
            self.input.drain(..self.start);
            self.start = 0;
        }
        self.input.reserve(READ);
        pin!(self.stream.read_buf(&mut self.input)).poll(cx)
    }
}

/// Answers what isn't the protocol, and ends the connection.
fn refuse(engine: &mut Engine, id: ClientId, text: &str) {
    engine.write_to(id, |out| out.error(&Error::new(format!("ERR Protocol error: {text}"))));
    engine.close(id, Closing::AfterReply);
}

/// Who is at the other end of a stream over the network. The stream is set up on the way.
pub(super) fn tcp_peer(stream: &TcpStream, address: SocketAddr) -> Peer {
    // Without it replies may wait for the client's acknowledgement of the ones before.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().map(|it| it.to_string()).unwrap_or_default();
    Peer { address: address.to_string(), local, unix: false }
}

/// Who is at the other end of a stream on this machine.
pub(super) fn unix_peer(path: &str) -> Peer {
    Peer { address: format!("{path}:0"), local: format!("{path}:0"), unix: true }
}
