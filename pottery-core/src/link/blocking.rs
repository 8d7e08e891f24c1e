//! The blocking link: plain sockets in a pool, one request at a time on each. No runtime, no threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::buffer::Inbox;
use super::failure::{self, Loss};
use super::handshake::Handshake;
use super::listener::Listener;
use super::socket::Socket;
use super::target::Target;
use super::{BoxFuture, Carrier, Deadline, End, Sink, Way};
use crate::error::{Error, Outcome, Result};
use crate::options::Options;
use crate::reply::Aside;
use crate::request::Request;

/// Idle connections kept for the next call.
const IDLE_AT_MOST: usize = 16;
/// A connection that was idle for longer is asked whether it is still there: a write that is sent into a dead one
/// has an unknown outcome.
const FRESH: Duration = Duration::from_millis(500);

/// A request, its deadline, and whoever reads the replies: on the stack of the thread that waits.
pub(crate) trait Outgoing: Sink {
    fn outgoing(&self) -> (&Request, Deadline);
}

/// A link that reads on the thread which waits.
pub(crate) trait Exchange {
    /// Sends the request, and lets the call read what comes back.
    fn exchange(&self, call: &mut dyn Outgoing) -> Result<()>;
}

/// A link to one server over a pool of blocking connections.
pub(crate) struct BlockingLink(Arc<Pool>);

struct Pool {
    target: Target,
    connect_timeout: Duration,
    idle: Mutex<Vec<Connection>>,
}

struct Connection {
    socket: Socket,
    inbox: Inbox,
    /// A push of which some has arrived.
    aside: Aside,
    since: Instant,
    /// The time-out that is set on the socket, to spare a system call where it stays the same.
    time_out: Option<Duration>,
}

impl BlockingLink {
    pub(crate) fn new(options: &Options) -> Result<BlockingLink> {
        Ok(BlockingLink(Arc::new(Pool {
            target: Target::new(options)?,
            connect_timeout: options.connect_timeout,
            idle: Mutex::default(),
        })))
    }
}

impl Pool {
    fn take(&self, deadline: Deadline) -> Result<Connection> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(idle) if idle.since.elapsed() <= FRESH => return Ok(idle),
                Some(mut idle) => {
                    idle.limit(deadline)?;
                    if idle.is_alive(deadline) {
                        return Ok(idle);
                    }
                }
                None => return self.connect(deadline),
            }
        }
    }

    fn connect(&self, deadline: Deadline) -> Result<Connection> {
        let limit = match deadline.remaining() {
            Some(Duration::ZERO) => return Err(failure::timed_out(Outcome::NotApplied)),
            Some(left) => left.min(self.connect_timeout),
            None => self.connect_timeout,
        };
        let limit = Deadline::after(Some(limit));
        let not_connected = |error: Error| error.with_outcome(Outcome::NotApplied);
        let socket = Socket::connect(&self.target, limit)
            .map_err(|error| Loss::from(error).told(Outcome::NotApplied))?;
        let mut connection = Connection {
            socket,
            inbox: Inbox::new(),
            aside: Aside::default(),
            since: Instant::now(),
            time_out: None,
        };
        let mut handshake = Handshake::new(&self.target.settings);
        loop {
            let request = handshake.request();
            connection.limit(limit)?;
            connection.write(request.packed()).map_err(not_connected)?;
            connection.read(&mut handshake, limit).map_err(not_connected)?;
            if handshake.is_done()? {
                return Ok(connection);
            }
        }
    }

    /// A connection that never comes into the pool.
    fn listen(&self, heartbeat: Duration, deadline: Deadline) -> Result<Listener> {
        let connection = self.connect(deadline)?;
        Ok(Listener::blocking(connection.socket, connection.inbox, heartbeat))
    }

    fn give_back(&self, mut connection: Connection) {
        connection.since = Instant::now();
        if connection.pass_pushes().is_err() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_AT_MOST {
            idle.push(connection);
        }
    }
}

impl Connection {
    /// Sets the socket's time-outs to what remains until the deadline. They are coarse, so that calls with the same
    /// limit do not each pay for system calls: an answer may come a little late, but never too early.
    fn limit(&mut self, deadline: Deadline) -> Result<()> {
        let wanted = match deadline.remaining() {
            Some(Duration::ZERO) => return Err(failure::timed_out(Outcome::NotApplied)),
            Some(left) => {
                let grain = if left >= Duration::from_secs(1) { 100_000 } else { 1_000 };
                let micros = u64::try_from(left.as_micros()).unwrap_or(u64::MAX / 2);
                Some(Duration::from_micros((micros / grain + 1) * grain))
            }
            None => None,
        };
        if self.time_out != wanted {
            self.socket.limit(wanted).map_err(|error| Loss::from(error).told(Outcome::NotApplied))?;
            self.time_out = wanted;
        }
        Ok(())
    }

    /// Sends and reads. After an error the connection is of no use to anybody.
    fn exchange(&mut self, call: &mut dyn Outgoing) -> Result<()> {
        let (request, deadline) = call.outgoing();
        self.limit(deadline)?;
        self.write(request.packed())?;
        self.read(call, deadline)
    }

    fn write(&mut self, packed: &[u8]) -> Result<()> {
        let mut written = 0;
        let result = self.socket.write_all(packed, &mut written);
        // what has not begun to leave cannot have been applied
        let outcome = if written == 0 { Outcome::NotApplied } else { Outcome::Unknown };
        result.map_err(|error| Loss::from(error).told(outcome))
    }

    fn read(&mut self, sink: &mut (impl Sink + ?Sized), deadline: Deadline) -> Result<()> {
        let mut is_first = true;
        loop {
            if !std::mem::take(&mut is_first) && deadline.is_over() {
                return Err(failure::timed_out(Outcome::Unknown));
            }
            match self.socket.read(self.inbox.room()) {
                Ok(0) => return Err(Loss::Closed.told(Outcome::Unknown)),
                Ok(count) => self.inbox.arrived(count),
                Err(error) => return Err(Loss::from(error).told(Outcome::Unknown)),
            }
            if self.pass_aside().is_err() {
                return Err(Loss::Broken("what is no push").told(Outcome::Unknown));
            }
            let fed = sink.feed(self.inbox.unread());
            self.inbox.read(fed.used);
            match fed.end {
                End::Done => return Ok(()),
                End::More => {}
                End::Broken(wrong) => return Err(Loss::Broken(wrong).told(Outcome::Unknown)),
            }
        }
    }

    /// Passes over what has arrived of a push that began before.
    fn pass_aside(&mut self) -> std::result::Result<(), &'static str> {
        if self.aside.is_open() {
            let used = self.aside.pass(self.inbox.unread())?;
            self.inbox.read(used);
        }
        Ok(())
    }

    /// Passes over what stands behind the last reply: only pushes may.
    fn pass_pushes(&mut self) -> std::result::Result<(), &'static str> {
        loop {
            self.pass_aside()?;
            if self.inbox.unread().is_empty() {
                return Ok(());
            }
            match self.aside.begin(self.inbox.unread())? {
                Some(used) => self.inbox.read(used),
                // the header of a push that has not arrived
                None => return Ok(()),
            }
        }
    }

    /// Whether the server answers.
    fn is_alive(&mut self, deadline: Deadline) -> bool {
        let ping = Request::read().command("PING", |_| {});
        let mut call = crate::call::Call::new(ping, crate::reader::done(), deadline);
        self.exchange(&mut call).is_ok()
    }
}

impl Exchange for BlockingLink {
    fn exchange(&self, call: &mut dyn Outgoing) -> Result<()> {
        let mut connection = self.0.take(call.outgoing().1)?;
        connection.exchange(call)?;
        self.0.give_back(connection);
        Ok(())
    }
}

impl Carrier for BlockingLink {
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { std::thread::sleep(time) })
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Carrier>>> {
        Box::pin(async move {
            let held = Mutex::new(Some(self.0.take(deadline)?));
            let link: Box<dyn Carrier> = Box::new(Exclusive { held, pool: self.0.clone() });
            Ok(link)
        })
    }

    /// The pool is everybody's.
    fn release(&self) {}

    fn listen(&self, heartbeat: Duration, deadline: Deadline) -> BoxFuture<'_, Result<Listener>> {
        Box::pin(async move { self.0.listen(heartbeat, deadline) })
    }

    fn way(&self) -> Way<'_> {
        Way::Blocking(self)
    }
}

/// A connection that one operation holds alone. Dropping it closes it.
struct Exclusive {
    held: Mutex<Option<Connection>>,
    pool: Arc<Pool>,
}

impl Exchange for Exclusive {
    fn exchange(&self, call: &mut dyn Outgoing) -> Result<()> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(connection) = held.as_mut() else {
            return Err(failure::closed());
        };
        let result = connection.exchange(call);
        if result.is_err() {
            *held = None;
        }
        result
    }
}

impl Carrier for Exclusive {
    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { std::thread::sleep(time) })
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Carrier>>> {
        let link = BlockingLink(self.pool.clone());
        Box::pin(async move { link.exclusive(deadline).await })
    }

    fn release(&self) {
        if let Some(connection) = self.held.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.pool.give_back(connection);
        }
    }

    fn listen(&self, heartbeat: Duration, deadline: Deadline) -> BoxFuture<'_, Result<Listener>> {
        Box::pin(async move { self.pool.listen(heartbeat, deadline) })
    }

    fn way(&self) -> Way<'_> {
        Way::Blocking(self)
    }
}
