//! The asynchronous link: one shared connection for each runtime, made when it is needed and again when it is lost.
//!
//! A connection's driver lives on the runtime that made it, so each runtime has its own. Outside of any runtime,
//! requests travel through a small runtime which pottery runs in a thread of its own.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::{Handle, Id, Runtime};

use super::buffer::Inbox;
use super::connection::{Connection, Offer};
use super::failure::{self, Loss};
use super::listener::Listener;
use super::slot::Taker;
use super::stream::{Source, Writer};
use super::target::Target;
use super::{BoxFuture, Carrier, Deadline, Way, stream};
use crate::error::{Outcome, Result};
use crate::options::Options;

/// Idle exclusive connections kept for the next who needs one, for each runtime.
const IDLE_AT_MOST: usize = 8;
/// How often a request looks for a connection that takes it, where each is lost before it can.
const CONNECTIONS_AT_MOST: usize = 3;

/// A link whose driver fills the slots of calls.
pub(crate) trait Submit: Sync {
    /// Sends what the slot holds, if that can be done at once.
    fn try_submit(&self, slot: &Arc<dyn Taker>) -> bool;
    /// Sends what the slot holds. A failure goes into the slot.
    fn submit(&self, slot: Arc<dyn Taker>) -> BoxFuture<'_, ()>;
}

/// A link to one server, shared by all tasks.
pub(crate) struct AsyncLink(Arc<Shared>);

struct Shared {
    target: Target,
    connect_timeout: Duration,
    runtimes: Mutex<Vec<(Id, Arc<Connections>)>>,
}

/// The connections whose drivers live on one runtime.
#[derive(Default)]
struct Connections {
    current: Mutex<Option<Connection>>,
    /// Held while connecting, so that many tasks that find the connection lost make one new one.
    connecting: tokio::sync::Mutex<()>,
    idle: Mutex<Vec<Connection>>,
}

impl AsyncLink {
    pub(crate) fn new(options: &Options) -> Result<AsyncLink> {
        Ok(AsyncLink(Arc::new(Shared {
            target: Target::new(options)?,
            connect_timeout: options.connect_timeout,
            runtimes: Mutex::default(),
        })))
    }
}

impl Shared {
    /// The connections of the runtime this task runs on, or of pottery's own.
    fn here(&self) -> Arc<Connections> {
        let id = Handle::try_current().map_or_else(|_| background().handle().id(), |handle| handle.id());
        let mut runtimes = lock(&self.runtimes);
        if let Some((_, connections)) = runtimes.iter().find(|(known, _)| *known == id) {
            return connections.clone();
        }
        // a runtime that has ended took its drivers along
        runtimes.retain(|(_, connections)| !connections.is_dead());
        let connections = Arc::new(Connections::default());
        runtimes.push((id, connections.clone()));
        connections
    }

    async fn shared_connection(&self, deadline: Deadline) -> Result<Connection> {
        let here = self.here();
        if let Some(connection) = here.alive() {
            return Ok(connection);
        }
        let _turn = within(deadline, here.connecting.lock()).await?;
        if let Some(connection) = here.alive() {
            return Ok(connection);
        }
        let connection = self.connect(deadline).await?;
        *lock(&here.current) = Some(connection.clone());
        Ok(connection)
    }

    async fn connect(&self, deadline: Deadline) -> Result<Connection> {
        let (source, writer, inbox) = self.greeted(deadline).await?;
        let (connection, driver) = Connection::new(source, writer, inbox);
        tokio::spawn(driver);
        Ok(connection)
    }

    /// A socket on which the handshake is over.
    async fn greeted(&self, deadline: Deadline) -> Result<(Source, Option<Writer>, Inbox)> {
        let limited = tokio::time::timeout(self.connect_timeout, stream::connect(&self.target));
        match within(deadline, limited).await? {
            Ok(connected) => connected,
            Err(_) => Err(failure::timed_out(Outcome::NotApplied)),
        }
    }

    /// A connection without a driver: who listens reads it.
    fn listen(
        self: Arc<Self>,
        heartbeat: Duration,
        deadline: Deadline,
    ) -> BoxFuture<'static, Result<Listener>> {
        let opening = async move {
            let (source, writer, inbox) = self.greeted(deadline).await?;
            Ok(Listener::asynchronous(source, writer, inbox, heartbeat))
        };
        if Handle::try_current().is_err() { elsewhere(opening) } else { Box::pin(opening) }
    }

    /// Sends over the shared connection; makes one if there is none.
    async fn submit(&self, slot: &Arc<dyn Taker>) -> Result<()> {
        for _ in 0..CONNECTIONS_AT_MOST {
            let deadline = deadline_of(slot);
            let connection = self.shared_connection(deadline).await?;
            if within(deadline, connection.submit(slot)).await? {
                return Ok(());
            }
        }
        Err(Loss::Closed.told(Outcome::NotApplied))
    }
}

fn deadline_of(slot: &Arc<dyn Taker>) -> Deadline {
    let mut found = Deadline::after(None);
    slot.outgoing(&mut |_, deadline| found = deadline);
    found
}

impl Connections {
    fn alive(&self) -> Option<Connection> {
        lock(&self.current).as_ref().filter(|connection| !connection.is_closed()).cloned()
    }

    fn is_dead(&self) -> bool {
        self.alive().is_none()
    }
}

impl Submit for AsyncLink {
    fn try_submit(&self, slot: &Arc<dyn Taker>) -> bool {
        let here = self.0.here();
        let current = lock(&here.current);
        current.as_ref().is_some_and(|connection| connection.offer(slot) == Offer::Taken)
    }

    fn submit(&self, slot: Arc<dyn Taker>) -> BoxFuture<'_, ()> {
        let shared = self.0.clone();
        let submitting = async move {
            if let Err(error) = shared.submit(&slot).await {
                slot.fail(error);
            }
        };
        if Handle::try_current().is_err() { elsewhere(submitting) } else { Box::pin(submitting) }
    }
}

impl Carrier for AsyncLink {
    fn way(&self) -> Way<'_> {
        Way::Async(self)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        pause(time)
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Carrier>>> {
        let shared = self.0.clone();
        let opening = async move {
            let here = shared.here();
            loop {
                let idle = lock(&here.idle).pop();
                let connection = match idle {
                    Some(connection) if connection.is_closed() => continue,
                    Some(connection) => connection,
                    None => shared.connect(deadline).await?,
                };
                let link: Box<dyn Carrier> = Box::new(Exclusive { connection, home: here, shared });
                return Ok(link);
            }
        };
        if Handle::try_current().is_err() { elsewhere(opening) } else { Box::pin(opening) }
    }

    /// The shared connection is everybody's.
    fn release(&self) {}

    fn listen(&self, heartbeat: Duration, deadline: Deadline) -> BoxFuture<'_, Result<Listener>> {
        self.0.clone().listen(heartbeat, deadline)
    }
}

/// A connection that one operation holds alone. Dropping it closes it, with whatever was under way on it.
struct Exclusive {
    connection: Connection,
    home: Arc<Connections>,
    shared: Arc<Shared>,
}

impl Submit for Exclusive {
    fn try_submit(&self, slot: &Arc<dyn Taker>) -> bool {
        self.connection.offer(slot) == Offer::Taken
    }

    fn submit(&self, slot: Arc<dyn Taker>) -> BoxFuture<'_, ()> {
        let connection = self.connection.clone();
        let submitting = async move {
            match within(deadline_of(&slot), connection.submit(&slot)).await {
                Ok(true) => {}
                Ok(false) => slot.fail(failure::closed()),
                Err(error) => slot.fail(error),
            }
        };
        if Handle::try_current().is_err() { elsewhere(submitting) } else { Box::pin(submitting) }
    }
}

impl Carrier for Exclusive {
    fn way(&self) -> Way<'_> {
        Way::Async(self)
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        pause(time)
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Carrier>>> {
        let link = AsyncLink(self.shared.clone());
        Box::pin(async move { link.exclusive(deadline).await })
    }

    fn release(&self) {
        let mut idle = lock(&self.home.idle);
        if idle.len() < IDLE_AT_MOST && !self.connection.is_closed() {
            idle.push(self.connection.clone());
        }
    }

    fn listen(&self, heartbeat: Duration, deadline: Deadline) -> BoxFuture<'_, Result<Listener>> {
        self.shared.clone().listen(heartbeat, deadline)
    }
}

pub(super) fn pause(time: Duration) -> BoxFuture<'static, ()> {
    if Handle::try_current().is_err() {
        return Box::pin(async move {
            // the clock is that of the runtime on which it is made
            let _ = background().spawn(async move { tokio::time::sleep(time).await }).await;
        });
    }
    Box::pin(tokio::time::sleep(time))
}

/// `future`, unless the deadline comes first.
async fn within<F: Future>(deadline: Deadline, future: F) -> Result<F::Output> {
    match deadline.instant() {
        Some(instant) => tokio::time::timeout_at(instant.into(), future)
            .await
            .map_err(|_| failure::timed_out(Outcome::NotApplied)),
        None => Ok(future.await),
    }
}

/// Runs `future` on pottery's own runtime, for callers that have none.
fn elsewhere<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<'static, T> {
    let mut task = AbortWhenDropped(background().spawn(future));
    Box::pin(async move {
        match (&mut task.0).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // that runtime never ends, and nobody else ends the task
                Err(_) => std::future::pending().await,
            },
        }
    })
}

/// A task on pottery's own runtime, given up together with the future that waits for it.
struct AbortWhenDropped<R>(tokio::task::JoinHandle<R>);

impl<R> Drop for AbortWhenDropped<R> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The runtime for callers that have none: one thread, started when it is first needed.
pub(super) fn background() -> &'static Runtime {
    static BACKGROUND: OnceLock<Runtime> = OnceLock::new();
    BACKGROUND.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("pottery")
            .enable_all()
            .build()
            .expect("a thread and a poll descriptor for the background runtime")
    })
}

/// A panic while one of these locks was held left nothing half done behind it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
