//! One client's connection and its counterpart to the server.
//!
//! Two threads: one reads requests from the client, the other replies from the server. Between them is a queue with one
//! entry per request that awaits its reply. That is how a fault chosen for a request finds its reply, and how a reply
//! that the proxy makes up takes its turn.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::fault::{Command, Fault, Rule};
use super::{Hub, lock};
use crate::Reply;
use crate::resp::{Framer, arguments, parse};

/// Replies to earlier requests get this long to arrive before a connection is cut.
const DRAIN: Duration = Duration::from_secs(10);

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    id: u64,
    client: TcpStream,
    server: TcpStream,
    hub: Arc<Hub>,
    /// The replies that the client awaits, in order.
    awaited: Mutex<VecDeque<Awaited>>,
    /// Held while writing to the client.
    writing: Mutex<()>,
    closed: AtomicBool,
    /// Nothing passes any more, and the connection stays open.
    swallowed: AtomicBool,
    /// Whether the client has ever subscribed.
    subscribed: AtomicBool,
}

/// A reply that the client awaits.
#[derive(Debug)]
enum Awaited {
    /// From the server.
    Server {
        /// The fault to apply to it.
        rule: Option<Arc<Rule>>,
        /// When the request came.
        since: Instant,
        /// Whether the answer is what subscribing is answered with.
        subscribing: bool,
    },
    /// From the proxy.
    MadeUp(Vec<u8>),
}

/// Why a direction ends.
enum End {
    /// The connection is closed.
    Closed,
    /// What the client sends from now on is thrown away.
    Ignored,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> End {
        End::Closed
    }
}

impl Link {
    pub(super) fn new(id: u64, client: TcpStream, server: TcpStream, hub: Arc<Hub>) -> io::Result<Link> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (closed, swallowed, subscribed) = Default::default();
        let (awaited, writing) = Default::default();
        Ok(Link { id, client, server, hub, awaited, writing, closed, swallowed, subscribed })
    }

    /// Ends the connection on both sides.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
        self.hub.wake();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Passes requests on until the client has gone.
    pub(super) fn requests(&self) {
        match self.pass_requests() {
            // The server answers what it has got and closes its side.
            Ok(()) => drop(self.server.shutdown(Shutdown::Write)),
            Err(End::Ignored) => {
                let _ = io::copy(&mut &self.client, &mut io::sink());
                self.close();
            }
            Err(End::Closed) => self.close(),
        }
    }

    fn pass_requests(&self) -> Result<(), End> {
        let mut framer = Framer::requests();
        let mut portion = [0; 16 * 1024];
        // Requests to pass on together.
        let mut out = Vec::new();
        loop {
            let read = match (&self.client).read(&mut portion)? {
                0 => return Ok(()),
                read => read,
            };
            framer.push(&portion[..read]);
            while let Some(frame) = framer.next().map_err(|error| self.give_up("request", &error))? {
                let command = Command { connection: self.id, args: arguments(&frame) };
                match self.hub.decide(&command) {
                    None => {
                        self.expect_reply(&command, None);
                        out.extend(frame);
                    }
                    Some(rule) => self.strike(&command, &frame, &rule, &mut out)?,
                }
            }
            self.send(&mut out)?;
        }
    }

    /// Does to a request what the fault says.
    fn strike(
        &self,
        command: &Command,
        frame: &[u8],
        rule: &Arc<Rule>,
        out: &mut Vec<u8>,
    ) -> Result<(), End> {
        match &rule.fault {
            Fault::CutBefore => {
                self.send(out)?;
                self.drain();
                rule.fire();
                Err(End::Closed)
            }
            Fault::CutInRequest => {
                self.send(out)?;
                self.drain();
                (&self.server).write_all(&frame[..frame.len() / 2])?;
                rule.fire();
                Err(End::Closed)
            }
            Fault::SwallowBefore => {
                self.send(out)?;
                self.drain();
                self.swallowed.store(true, Ordering::SeqCst);
                rule.fire();
                Err(End::Ignored)
            }
            Fault::HoldBefore | Fault::DelayBefore(_) => {
                let until = match &rule.fault {
                    Fault::DelayBefore(delay) => Some(Instant::now() + *delay),
                    _ => None,
                };
                self.send(out)?;
                rule.fire();
                self.hub.wait(until, || rule.is_disarmed() || self.is_closed());
                self.expect_reply(command, None);
                out.extend(frame);
                Ok(())
            }
            Fault::CutAfter | Fault::CutInReply | Fault::SwallowAfter => {
                self.expect_reply(command, Some(rule));
                out.extend(frame);
                self.send(out)?;
                Err(End::Ignored)
            }
            Fault::HoldAfter | Fault::DelayAfter(_) => {
                self.expect_reply(command, Some(rule));
                out.extend(frame);
                Ok(())
            }
            Fault::OneByteAtATime => {
                self.send(out)?;
                self.expect_reply(command, Some(rule));
                byte_by_byte(&self.server, frame)?;
                Ok(())
            }
            Fault::Error(text) => self.make_up(format!("-{text}\r\n").into_bytes(), rule, out),
            Fault::Reply(bytes) => self.make_up(bytes.clone(), rule, out),
        }
    }

    /// Answers a request in the server's place, in its turn.
    fn make_up(&self, reply: Vec<u8>, rule: &Rule, out: &mut Vec<u8>) -> Result<(), End> {
        self.send(out)?;
        rule.fire();
        lock(&self.awaited).push_back(Awaited::MadeUp(reply));
        let _writing = lock(&self.writing);
        Ok(self.write_made_up()?)
    }

    /// Passes the collected requests on.
    fn send(&self, out: &mut Vec<u8>) -> io::Result<()> {
        (&self.server).write_all(out)?;
        out.clear();
        Ok(())
    }

    /// Notes that the client awaits the reply to a request; before the request is passed on.
    fn expect_reply(&self, command: &Command, rule: Option<&Arc<Rule>>) {
        let name = command.name();
        let subscribing = name.ends_with("SUBSCRIBE");
        if subscribing {
            self.subscribed.store(true, Ordering::SeqCst);
        }
        let awaited = Awaited::Server { rule: rule.cloned(), since: Instant::now(), subscribing };
        lock(&self.awaited).push_back(awaited);
    }

    /// Returns once the client has got all replies that it awaits.
    fn drain(&self) {
        let deadline = Instant::now() + DRAIN;
        self.hub.wait(Some(deadline), || self.is_closed() || lock(&self.awaited).is_empty());
    }

    /// Passes replies on until the server has gone.
    pub(super) fn replies(&self) {
        if self.pass_replies().is_err() || !self.swallowed.load(Ordering::SeqCst) {
            self.close();
        }
    }

    fn pass_replies(&self) -> Result<(), End> {
        let mut framer = Framer::replies();
        let mut portion = [0; 16 * 1024];
        loop {
            let read = match (&self.server).read(&mut portion)? {
                0 => return Ok(()),
                read => read,
            };
            framer.push(&portion[..read]);
            while let Some(frame) = framer.next().map_err(|error| self.give_up("reply", &error))? {
                if !self.swallowed.load(Ordering::SeqCst) {
                    self.deliver(&frame)?;
                }
            }
        }
    }

    /// Gives a reply to the client, or does to it what the request's fault says.
    fn deliver(&self, frame: &[u8]) -> Result<(), End> {
        let Some((rule, since)) = self.awaiting(frame) else {
            // A message that nobody asked for, or a line of MONITOR.
            let _writing = lock(&self.writing);
            return Ok((&self.client).write_all(frame)?);
        };
        let mut slowly = false;
        if let Some(rule) = &rule {
            match &rule.fault {
                Fault::CutAfter => {
                    rule.fire();
                    return Err(End::Closed);
                }
                Fault::CutInReply => {
                    (&self.client).write_all(&frame[..frame.len() / 2])?;
                    rule.fire();
                    return Err(End::Closed);
                }
                Fault::SwallowAfter => {
                    self.swallowed.store(true, Ordering::SeqCst);
                    rule.fire();
                    return Ok(());
                }
                Fault::HoldAfter => {
                    rule.fire();
                    self.hub.wait(None, || rule.is_disarmed() || self.is_closed());
                }
                Fault::DelayAfter(delay) => {
                    rule.fire();
                    self.hub.wait(Some(since + *delay), || rule.is_disarmed() || self.is_closed());
                }
                Fault::OneByteAtATime => {
                    rule.fire();
                    slowly = true;
                }
                other => unreachable!("{other:?} is done with before the reply"),
            }
        }
        {
            let _writing = lock(&self.writing);
            if slowly {
                byte_by_byte(&self.client, frame)?;
            } else {
                (&self.client).write_all(frame)?;
            }
            lock(&self.awaited).pop_front();
            self.write_made_up()?;
        }
        // Somebody may be waiting for the last reply.
        self.hub.wake();
        Ok(())
    }

    /// The fault and the time of the request that a frame answers, if it answers one.
    fn awaiting(&self, frame: &[u8]) -> Option<(Option<Arc<Rule>>, Instant)> {
        match lock(&self.awaited).front()? {
            Awaited::Server { rule, since, subscribing } => {
                self.answers(frame, *subscribing).then(|| (rule.clone(), *since))
            }
            Awaited::MadeUp(_) => None,
        }
    }

    /// Whether a frame answers the request at the head of the queue, rather than being a message that comes unasked.
    fn answers(&self, frame: &[u8], subscribing: bool) -> bool {
        if !self.subscribed.load(Ordering::SeqCst) {
            return frame.first() != Some(&b'>');
        }
        // The older protocol sends messages as arrays like any other.
        let kind = match (frame.first(), parse(frame)) {
            (Some(b'>' | b'*'), Reply::Array(items)) if !items.is_empty() => match &items[0] {
                Reply::Bulk(kind) => String::from_utf8_lossy(kind).into_owned(),
                Reply::Simple(kind) => kind.clone(),
                _ => String::new(),
            },
            _ => String::new(),
        };
        match kind.as_str() {
            "message" | "pmessage" | "smessage" => false,
            kind if kind.ends_with("subscribe") => subscribing,
            _ => frame.first() != Some(&b'>'),
        }
    }

    /// Writes the made-up replies whose turn it is. The caller holds `writing`.
    fn write_made_up(&self) -> io::Result<()> {
        loop {
            let mut awaited = lock(&self.awaited);
            let Some(Awaited::MadeUp(bytes)) = awaited.front() else { return Ok(()) };
            let bytes = bytes.clone();
            awaited.pop_front();
            drop(awaited);
            (&self.client).write_all(&bytes)?;
        }
    }

    /// Bytes that aren't the protocol end the connection: there is no telling where the next frame starts.
    fn give_up(&self, what: &str, error: &str) -> End {
        eprintln!("the proxy cuts connection {}, whose {what} it can't read: {error}", self.id);
        End::Closed
    }
}

/// Writes so that the other side is likely to read each byte alone.
fn byte_by_byte(mut to: &TcpStream, bytes: &[u8]) -> io::Result<()> {
    for (index, byte) in bytes.iter().enumerate() {
        to.write_all(&[*byte])?;
        // Without a pause the system delivers several at once; with one each, a megabyte would take a minute.
        if index < 1024 {
            thread::sleep(Duration::from_micros(20));
        }
    }
    Ok(())
}
