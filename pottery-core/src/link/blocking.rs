//! The blocking link: plain sockets in a pool, one request at a time on each. No runtime, no threads.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use redis::{ConnectionLike, Value};

use super::{BoxFuture, Deadline, Link, client};
use crate::error::{Outcome, Result};
use crate::options::Options;
use crate::reply::Replies;
use crate::request::Request;

/// Idle connections kept for the next call.
const IDLE_AT_MOST: usize = 16;
/// A connection that was idle for longer is asked whether it is still there: a write that is sent into a dead one
/// has an unknown outcome.
const FRESH: Duration = Duration::from_millis(500);

/// A link to one server over a pool of blocking connections.
pub(crate) struct BlockingLink(Arc<Pool>);

struct Pool {
    client: redis::Client,
    connect_timeout: Duration,
    idle: Mutex<Vec<Idle>>,
}

struct Idle {
    connection: redis::Connection,
    since: Instant,
    /// The read time-out that is set on the socket, to spare a system call where it stays the same.
    time_out: Option<Duration>,
}

impl BlockingLink {
    pub(crate) fn new(options: &Options) -> Result<BlockingLink> {
        Ok(BlockingLink(Arc::new(Pool {
            client: client::client(options)?,
            connect_timeout: options.connect_timeout,
            idle: Mutex::default(),
        })))
    }
}

impl Pool {
    fn take(&self, deadline: Deadline) -> Result<Idle> {
        loop {
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            match idle {
                Some(idle) if idle.since.elapsed() <= FRESH => return Ok(idle),
                Some(mut idle) => {
                    idle.limit(deadline)?;
                    if idle.connection.check_connection() {
                        return Ok(idle);
                    }
                }
                None => return self.connect(deadline),
            }
        }
    }

    fn connect(&self, deadline: Deadline) -> Result<Idle> {
        let limit = match deadline.remaining() {
            Some(Duration::ZERO) => return Err(client::timed_out(Outcome::NotApplied)),
            Some(left) => left.min(self.connect_timeout),
            None => self.connect_timeout,
        };
        let connection = self.client.get_connection_with_timeout(limit).map_err(client::not_connected)?;
        Ok(Idle { connection, since: Instant::now(), time_out: None })
    }

    fn give_back(&self, mut connection: Idle) {
        connection.since = Instant::now();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_AT_MOST {
            idle.push(connection);
        }
    }
}

impl Idle {
    /// Sets the socket's time-outs to what remains until the deadline. They are coarse, so that calls with the same
    /// limit do not each pay for system calls: an answer may come a little late, but never too early.
    fn limit(&mut self, deadline: Deadline) -> Result<()> {
        let wanted = match deadline.remaining() {
            Some(Duration::ZERO) => return Err(client::timed_out(Outcome::NotApplied)),
            Some(left) => {
                let grain = if left >= Duration::from_secs(1) { 100_000 } else { 1_000 };
                let micros = u64::try_from(left.as_micros()).unwrap_or(u64::MAX / 2);
                Some(Duration::from_micros((micros / grain + 1) * grain))
            }
            None => None,
        };
        if self.time_out != wanted {
            self.connection.set_read_timeout(wanted).map_err(client::not_connected)?;
            self.connection.set_write_timeout(wanted).map_err(client::not_connected)?;
            self.time_out = wanted;
        }
        Ok(())
    }

    /// Sends and reads. After an error the connection is of no use to anybody.
    fn exchange(&mut self, request: &Request, deadline: Deadline) -> Result<Replies> {
        self.limit(deadline)?;
        self.connection.send_packed_command(request.packed()).map_err(client::lost)?;
        if request.len() == 1 {
            return Ok(Replies::one(self.reply()?));
        }
        let mut values = Vec::with_capacity(request.len());
        while values.len() < request.len() {
            if values.len() % 64 == 63 && deadline.is_over() {
                return Err(client::timed_out(Outcome::Unknown));
            }
            values.push(self.reply()?);
        }
        Ok(Replies::many(values))
    }

    fn reply(&mut self) -> Result<Value> {
        loop {
            match self.connection.recv_response().map_err(client::lost)? {
                Value::Push { .. } => {}
                value => return Ok(value),
            }
        }
    }
}

impl Link for BlockingLink {
    fn send<'a>(&'a self, request: &'a Request, deadline: Deadline) -> BoxFuture<'a, Result<Replies>> {
        Box::pin(async move {
            let mut connection = self.0.take(deadline)?;
            let replies = connection.exchange(request, deadline)?;
            self.0.give_back(connection);
            Ok(replies)
        })
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { std::thread::sleep(time) })
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>> {
        Box::pin(async move {
            let held = Mutex::new(Some(self.0.take(deadline)?));
            let link: Box<dyn Link> = Box::new(Exclusive { held, pool: self.0.clone() });
            Ok(link)
        })
    }
}

/// A connection that one operation holds alone. Dropping it closes it.
struct Exclusive {
    held: Mutex<Option<Idle>>,
    pool: Arc<Pool>,
}

impl Link for Exclusive {
    fn send<'a>(&'a self, request: &'a Request, deadline: Deadline) -> BoxFuture<'a, Result<Replies>> {
        Box::pin(async move {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(connection) = held.as_mut() else {
                return Err(client::closed());
            };
            let replies = connection.exchange(request, deadline);
            if replies.is_err() {
                *held = None;
            }
            replies
        })
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(async move { std::thread::sleep(time) })
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>> {
        let link = BlockingLink(self.pool.clone());
        Box::pin(async move { link.exclusive(deadline).await })
    }

    fn release(&self) {
        if let Some(connection) = self.held.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.pool.give_back(connection);
        }
    }
}
