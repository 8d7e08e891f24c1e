//! The asynchronous link: one shared connection for each runtime, made when it is needed and again when it is lost.
//!
//! A connection's driver lives on the runtime that made it, so each runtime has its own. Outside of any runtime,
//! requests travel through a small runtime which pottery runs in a thread of its own.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ConnectionAddr, PushInfo, PushKind, RedisError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::runtime::{Handle, Id, Runtime};

use super::unwrap::{Packed, Unwrap};
use super::{BoxFuture, Deadline, Link, client};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::options::Options;
use crate::reply::Replies;
use crate::request::Request;

/// Idle exclusive connections kept for the next who needs one, for each runtime.
const IDLE_AT_MOST: usize = 8;

/// A link to one server, shared by all tasks.
pub(crate) struct AsyncLink(Arc<Shared>);

struct Shared {
    client: redis::Client,
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

#[derive(Clone)]
struct Connection {
    sender: MultiplexedConnection,
    /// Set when the server has closed it, or a request on it has failed.
    closed: Arc<AtomicBool>,
    /// Whether requests can be handed over as they are.
    takes_packed: bool,
    /// Ends with the last who holds the connection, and the socket with it, whatever is under way.
    _driver: Option<Arc<AbortWhenDropped<()>>>,
}

/// Says when the driver of a connection has ended, also when its runtime was shut down.
struct SetWhenDropped(Arc<AtomicBool>);

impl Drop for SetWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

impl AsyncLink {
    pub(crate) fn new(options: &Options) -> Result<AsyncLink> {
        Ok(AsyncLink(Arc::new(Shared {
            client: client::client(options)?,
            connect_timeout: options.connect_timeout,
            runtimes: Mutex::default(),
        })))
    }
}

impl Shared {
    /// The connections of the runtime this task runs on.
    fn here(&self) -> Arc<Connections> {
        let id = Handle::current().id();
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
        let closed = Arc::new(AtomicBool::new(false));
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(None);
        if self.client.get_connection_info().redis_settings().protocol() == redis::ProtocolVersion::RESP3 {
            // the driver holds this closure, so that the flag is set however the driver ends
            let flag = SetWhenDropped(closed.clone());
            config = config.set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    flag.0.store(true, Ordering::Release);
                }
                Ok::<(), redis::aio::SendError>(())
            });
        }
        let connecting = async {
            match self.client.get_connection_info().addr() {
                ConnectionAddr::Tcp(host, port) => {
                    let socket =
                        TcpStream::connect((host.as_str(), *port)).await.map_err(RedisError::from)?;
                    socket.set_nodelay(true).map_err(RedisError::from)?;
                    self.over(socket, config, closed).await
                }
                #[cfg(unix)]
                ConnectionAddr::Unix(path) => {
                    self.over(UnixStream::connect(path).await.map_err(RedisError::from)?, config, closed)
                        .await
                }
                // the client crate knows how to speak TLS
                _ => {
                    let sender = self.client.get_multiplexed_async_connection_with_config(&config).await?;
                    Ok(Connection { sender, closed, takes_packed: false, _driver: None })
                }
            }
        };
        let limited = tokio::time::timeout(self.connect_timeout, connecting);
        match within(deadline, limited).await? {
            Ok(connection) => connection.map_err(client::not_connected),
            Err(_) => Err(client::timed_out(Outcome::NotApplied)),
        }
    }

    /// A connection over a socket of our own, which takes requests as they are.
    async fn over(
        &self,
        socket: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        config: AsyncConnectionConfig,
        closed: Arc<AtomicBool>,
    ) -> redis::RedisResult<Connection> {
        let packed = Packed::default();
        let stream = Unwrap::new(socket, packed.clone());
        let settings = self.client.get_connection_info().redis_settings();
        let (sender, driver) = MultiplexedConnection::new_with_config(settings, stream, config).await?;
        let driver = tokio::spawn(driver);
        packed.begin();
        Ok(Connection {
            sender,
            closed,
            takes_packed: true,
            _driver: Some(Arc::new(AbortWhenDropped(driver))),
        })
    }
}

impl Connections {
    fn alive(&self) -> Option<Connection> {
        lock(&self.current).as_ref().filter(|connection| !connection.is_closed()).cloned()
    }

    fn is_dead(&self) -> bool {
        self.alive().is_none()
    }
}

impl Connection {
    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Takes a connection of its own, since sending needs one that can be changed, and cloning is not free.
    async fn send(mut self, request: &Request, deadline: Deadline) -> Result<Replies> {
        if deadline.is_over() {
            return Err(client::timed_out(Outcome::NotApplied));
        }
        // pinned here, so that nothing which it is handed to keeps another place for it
        let sending = pin!(async {
            if self.takes_packed {
                let command = client::packed(request);
                if request.len() == 1 {
                    return self.sender.send_packed_command(&command).await.map(Replies::one);
                }
                let mut pipeline = redis::Pipeline::with_capacity(1);
                pipeline.add_command(command);
                self.sender.send_packed_commands(&pipeline, 0, request.len()).await.map(Replies::many)
            } else if request.len() == 1
                && let Some(args) = request.commands().next()
            {
                let command = client::command_of(args);
                self.sender.send_packed_command(&command).await.map(Replies::one)
            } else {
                let pipeline = client::pipeline_of(request);
                self.sender.send_packed_commands(&pipeline, 0, request.len()).await.map(Replies::many)
            }
        });
        match within(deadline, sending).await {
            Ok(Ok(replies)) if replies.values().len() == request.len() => Ok(replies),
            Ok(Ok(_)) => {
                self.closed.store(true, Ordering::Release);
                Err(Error::new(ErrorKind::Connection, "the server sent too few replies")
                    .with_outcome(Outcome::Unknown))
            }
            Ok(Err(error)) => {
                self.closed.store(true, Ordering::Release);
                Err(client::lost(error))
            }
            Err(_) => Err(client::timed_out(Outcome::Unknown)),
        }
    }
}

impl Link for AsyncLink {
    fn send<'a>(&'a self, request: &'a Request, deadline: Deadline) -> BoxFuture<'a, Result<Replies>> {
        if Handle::try_current().is_err() {
            let (shared, request) = (self.0.clone(), request.replica());
            return elsewhere(async move {
                shared.shared_connection(deadline).await?.send(&request, deadline).await
            });
        }
        // connecting is a large future, which a request that finds a connection need not carry along
        match self.0.here().alive() {
            Some(connection) => Box::pin(connection.send(request, deadline)),
            None => {
                Box::pin(
                    async move { self.0.shared_connection(deadline).await?.send(request, deadline).await },
                )
            }
        }
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        pause(time)
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>> {
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
                let link: Box<dyn Link> = Box::new(Exclusive { connection, home: here, shared });
                return Ok(link);
            }
        };
        if Handle::try_current().is_err() { elsewhere(opening) } else { Box::pin(opening) }
    }
}

/// A connection that one operation holds alone. Dropping it closes it, with whatever was under way on it.
struct Exclusive {
    connection: Connection,
    home: Arc<Connections>,
    shared: Arc<Shared>,
}

impl Link for Exclusive {
    fn send<'a>(&'a self, request: &'a Request, deadline: Deadline) -> BoxFuture<'a, Result<Replies>> {
        if self.connection.is_closed() {
            return Box::pin(std::future::ready(Err(client::closed())));
        }
        if Handle::try_current().is_err() {
            let (connection, request) = (self.connection.clone(), request.replica());
            return elsewhere(async move { connection.send(&request, deadline).await });
        }
        Box::pin(self.connection.clone().send(request, deadline))
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'_, ()> {
        pause(time)
    }

    fn exclusive(&self, deadline: Deadline) -> BoxFuture<'_, Result<Box<dyn Link>>> {
        let link = AsyncLink(self.shared.clone());
        Box::pin(async move { link.exclusive(deadline).await })
    }

    fn release(&self) {
        let mut idle = lock(&self.home.idle);
        if idle.len() < IDLE_AT_MOST && !self.connection.is_closed() {
            idle.push(self.connection.clone());
        }
    }
}

fn pause(time: Duration) -> BoxFuture<'static, ()> {
    if Handle::try_current().is_err() {
        return Box::pin(async move {
            let _ = background().spawn(tokio::time::sleep(time)).await;
        });
    }
    Box::pin(tokio::time::sleep(time))
}

/// `future`, unless the deadline comes first.
async fn within<F: Future>(deadline: Deadline, future: F) -> Result<F::Output> {
    match deadline.instant() {
        Some(instant) => tokio::time::timeout_at(instant.into(), future)
            .await
            .map_err(|_| client::timed_out(Outcome::NotApplied)),
        None => Ok(future.await),
    }
}

/// Runs `future` on pottery's own runtime, for callers that have none.
fn elsewhere<R: Send + 'static>(
    future: impl Future<Output = Result<R>> + Send + 'static,
) -> BoxFuture<'static, Result<R>> {
    let mut task = AbortWhenDropped(background().spawn(future));
    Box::pin(async move {
        (&mut task.0).await.unwrap_or_else(|error| {
            Err(Error::new(ErrorKind::Closed, "pottery's own runtime has ended")
                .with_outcome(Outcome::Unknown)
                .with_source(error))
        })
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
fn background() -> &'static Runtime {
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
