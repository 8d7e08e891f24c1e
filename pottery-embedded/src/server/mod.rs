//! The server: a thread, its listeners and its connections.
//!
//! One thread runs everything, so the engine needs no lock. Each connection is a task on it ([`connection`]), so are the
//! listeners and the one that lets time pass ([`thread`]). Whoever has something to do with the engine from outside sends
//! it there as a closure ([`control`]).

mod connection;
mod control;
mod desk;
mod line;
mod private;
mod settings;
mod thread;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

pub(crate) use control::Control;
use private::Folder;

use crate::engine::Engine;
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::persistence::{Persistence, Recovery};
use crate::testing::Rig;
use crate::testing::fault::{Fault, Injected, Rule};
use crate::testing::sent::{Record, Sent};

/// A running server. Dropping it ends it: every connection is closed, and the thread has ended when `drop` returns.
#[derive(Debug)]
pub struct Server {
    control: Control,
    thread: Option<JoinHandle<()>>,
    addr: Option<SocketAddr>,
    unix: Option<PathBuf>,
    password: Option<String>,
    /// Closed when the thread ends.
    end: watch::Receiver<()>,
    clock: Clock,
    /// Removed with the socket in it.
    _folder: Option<Folder>,
    recovery: Option<Recovery>,
}

/// What makes a server differ from the ordinary one.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    port: Option<u16>,
    unix: Option<PathBuf>,
    password: Option<String>,
    clock: Clock,
    bind: Option<IpAddr>,
    settings: Vec<(String, String)>,
    cluster: bool,
    private: bool,
    record: usize,
    patience: Option<Duration>,
    persistence: Option<Persistence>,
}

impl Builder {
    /// Listens on this port of the loopback address; 0, the default, picks a free one.
    pub fn port(mut self, port: u16) -> Builder {
        self.port = Some(port);
        self
    }

    /// Listens on a socket in the file system, and on no port unless [`Builder::port`] asks for one. The path must not
    /// exist; it is removed when the server ends.
    pub fn unix(mut self, path: impl Into<PathBuf>) -> Builder {
        self.unix = Some(path.into());
        self
    }

    /// Listens where no other user of the machine can connect: on a socket in a folder of its own, which is removed when
    /// the server ends.
    pub fn private(mut self) -> Builder {
        self.private = true;
        self
    }

    /// Remembers the last so many commands that clients send, for [`Server::take_sent`]. None unless asked for.
    pub fn record(mut self, commands: usize) -> Builder {
        self.record = commands;
        self
    }

    /// Answers a client that has waited for a key for this long, in real time whatever the clock does, with an error
    /// that says what it waits for: so a test that would hang fails. No limit unless set.
    pub fn patience(mut self, time: Duration) -> Builder {
        self.patience = Some(time);
        self
    }

    /// Demands a password of clients; [`Server::url`] then has it. An empty one demands none, as in Redis.
    pub fn password(mut self, password: impl Into<String>) -> Builder {
        self.password = Some(password.into()).filter(|password| !password.is_empty());
        self
    }

    /// Listens on another address than 127.0.0.1. Whoever can reach it can do everything, unless there is a password.
    pub fn bind(mut self, address: IpAddr) -> Builder {
        self.bind = Some(address);
        self
    }

    /// Makes it the only node of a cluster, with all slots: requests are refused if their keys aren't in one slot, as a
    /// cluster of several nodes would, and there is one database. (As with Redis, `cluster-enabled` as a setting makes it a
    /// node that has no slots yet.)
    pub fn cluster(mut self, cluster: bool) -> Builder {
        self.cluster = cluster;
        self
    }

    /// Sets what `redis.conf` would: `.setting("notify-keyspace-events", "KEA")`. The last one of a name counts, except
    /// that every `user` adds one. [`Builder::start`] fails if Redis knows no such setting or value, or if this server
    /// can't do what it asks for.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Builder {
        self.settings.push((name.into(), value.into()));
        self
    }

    /// Lives by this clock instead of the system's.
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.clock = clock;
        self
    }

    /// Keeps data in a file, given by its path or as a [`Persistence`] with settings. The server then starts with what is
    /// in the file.
    pub fn persist(mut self, persistence: impl Into<Persistence>) -> Builder {
        self.persistence = Some(persistence.into());
        self
    }

    /// Starts the server. It accepts connections when this returns.
    ///
    /// # Errors
    /// When the port or the path is taken, when the system gives no thread or socket, or when a setting makes no sense.
    /// When the file to keep data in can't be opened, the error holds an [`crate::OpenError`].
    pub fn start(mut self) -> io::Result<Server> {
        let folder = if self.private { Some(Folder::new()?) } else { None };
        if let Some(folder) = &folder {
            self.unix = Some(folder.path().join("socket"));
        }
        let tcp = match (self.port, &self.unix) {
            (None, Some(_)) => None,
            (port, _) => Some(listen(self.bind.unwrap_or(Ipv4Addr::LOCALHOST.into()), port.unwrap_or(0))?),
        };
        let addr = tcp.as_ref().map(TcpListener::local_addr).transpose()?;
        let mut config =
            Config { password: self.password.clone().map(String::into_bytes), ..Config::default() };
        settings::apply(&mut config, &self.settings)?;
        if self.cluster {
            (config.cluster, config.cluster_all_slots) = (true, true);
        }
        let mut shown = vec![("port", addr.map_or(0, |addr| addr.port()).to_string())];
        if config.cluster {
            shown.push(("cluster-enabled", "yes".to_owned()));
        }
        if self.persistence.is_some() {
            shown.push(("appendonly", "yes".to_owned()));
        }
        shown.extend(addr.map(|addr| ("bind", addr.ip().to_string())));
        shown.extend(self.unix.as_ref().map(|path| ("unixsocket", path.display().to_string())));
        let unix = self.unix.as_ref().map(UnixListener::bind).transpose()?;
        let (running, end) = watch::channel(());
        let started = thread::start(thread::Setup {
            tcp,
            unix,
            unix_path: self.unix.clone(),
            config,
            clock: self.clock.clone(),
            port: addr.map_or(0, |addr| addr.port()),
            shown,
            running: Some(running),
            rig: Rig { record: Record::new(self.record), patience: self.patience, ..Rig::default() },
            persistence: self.persistence.clone(),
        });
        let (control, thread, recovery) = match started {
            Ok(started) => started,
            Err(error) => {
                remove(self.unix.as_deref());
                return Err(error);
            }
        };
        self.clock.attach(control.clone());
        Ok(Server {
            control,
            thread: Some(thread),
            addr,
            unix: self.unix,
            password: self.password,
            end,
            clock: self.clock,
            recovery,
            _folder: folder,
        })
    }
}

impl Server {
    /// Starts a server on a free port, without a password, by the system's clock.
    ///
    /// # Errors
    /// When the system gives no thread or socket.
    pub fn start() -> io::Result<Server> {
        Server::builder().start()
    }

    /// A server with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Where clients connect: `redis://127.0.0.1:PORT/`, or `redis+unix://PATH` if it listens on no port; with the
    /// password if there is one.
    pub fn url(&self) -> String {
        match (self.addr, &self.unix) {
            (Some(addr), _) => {
                let login = self.password.as_ref().map(|it| format!(":{}@", percent(it))).unwrap_or_default();
                format!("redis://{login}{addr}/")
            }
            (None, path) => {
                let path = path.as_deref().unwrap_or(Path::new(""));
                let login =
                    self.password.as_ref().map(|it| format!("?pass={}", percent(it))).unwrap_or_default();
                format!("redis+unix://{}{login}", percent(&path.to_string_lossy()).replace("%2F", "/"))
            }
        }
    }

    /// The clock that it lives by.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Makes something go wrong, until the result is dropped.
    pub fn inject(&self, fault: Fault) -> Injected {
        let (rule, injected) = Rule::new(fault);
        self.control.run(|engine| engine.rig.faults.add(rule));
        injected
    }

    /// Whether new connections are closed as soon as they are made, as by a server that is down. Those that exist stay:
    /// see [`Server::disconnect_all`].
    pub fn refuse_connections(&self, refuse: bool) {
        self.control.run(move |engine| engine.rig.refuses = refuse);
    }

    /// Cuts off every client, whatever it is doing.
    pub fn disconnect_all(&self) {
        self.control.run(Engine::close_all);
    }

    /// The commands that clients have sent since the last call, as many as [`Builder::record`] says, the oldest first.
    pub fn take_sent(&self) -> Vec<Sent> {
        self.control.run(|engine| engine.rig.record.take()).unwrap_or_default()
    }

    /// The loopback address with the port, if it listens on one.
    pub fn addr(&self) -> Option<SocketAddr> {
        self.addr
    }

    /// Whether it is there still: a client can end it with `SHUTDOWN`.
    pub fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Waits until a client has ended the server with `SHUTDOWN`. Needs no particular runtime.
    pub fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let mut end = self.end.clone();
        async move {
            // Nothing is ever sent: that the other side has gone is the message.
            while end.changed().await.is_ok() {}
        }
    }

    /// What was found in the file that data are kept in, if they are kept.
    pub fn recovery(&self) -> Option<&Recovery> {
        self.recovery.as_ref()
    }

    /// The socket in the file system, if it listens on one.
    pub fn unix_path(&self) -> Option<&Path> {
        self.unix.as_deref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.control.stop();
        if let Some(thread) = self.thread.take() {
            // A panic over there has been printed over there.
            let _ = thread.join();
        }
        remove(self.unix.as_deref());
    }
}

/// Listens, and names the address if that can't be.
fn listen(address: IpAddr, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((address, port))
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", SocketAddr::new(address, port))))
}

/// Removes a socket from the file system, unless somebody else has done so.
fn remove(path: Option<&Path>) {
    if let Some(path) = path {
        let _ = std::fs::remove_file(path);
    }
}

/// A text as part of an address.
fn percent(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
