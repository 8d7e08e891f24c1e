//! The server: a thread, its listeners and its connections.
//!
//! One thread runs everything, so the engine needs no lock. Each connection is a task on it ([`connection`]), so are the
//! listeners and the one that lets time pass ([`thread`]). Whoever has something to do with the engine from outside sends
//! it there as a closure ([`control`]).

mod connection;
mod control;
mod thread;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

pub(crate) use control::Control;

use crate::engine::clock::Clock;
use crate::engine::config::Config;

/// A running server. Dropping it ends it: every connection is closed, and the thread has ended when `drop` returns.
#[derive(Debug)]
pub struct Server {
    control: Control,
    thread: Option<JoinHandle<()>>,
    addr: Option<SocketAddr>,
    unix: Option<PathBuf>,
    password: Option<String>,
}

/// What makes a server differ from the ordinary one.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Builder {
    port: Option<u16>,
    unix: Option<PathBuf>,
    password: Option<String>,
    clock: Clock,
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

    /// Demands a password of clients; [`Server::url`] then has it.
    pub fn password(mut self, password: impl Into<String>) -> Builder {
        self.password = Some(password.into());
        self
    }

    /// Lives by this clock instead of the system's.
    pub fn clock(mut self, clock: Clock) -> Builder {
        self.clock = clock;
        self
    }

    /// Starts the server. It accepts connections when this returns.
    ///
    /// # Errors
    /// When the port or the path is taken, or the system gives no thread or socket.
    pub fn start(self) -> io::Result<Server> {
        let tcp = match (self.port, &self.unix) {
            (None, Some(_)) => None,
            (port, _) => Some(TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or(0)))?),
        };
        let addr = tcp.as_ref().map(TcpListener::local_addr).transpose()?;
        let unix = self.unix.as_ref().map(UnixListener::bind).transpose()?;
        let config = Config { password: self.password.clone().map(String::into_bytes), ..Config::default() };
        let started = thread::start(thread::Setup {
            tcp,
            unix,
            unix_path: self.unix.clone(),
            config,
            clock: self.clock.clone(),
            port: addr.map_or(0, |addr| addr.port()),
        });
        let (control, thread) = match started {
            Ok(started) => started,
            Err(error) => {
                remove(self.unix.as_deref());
                return Err(error);
            }
        };
        self.clock.attach(control.clone());
        Ok(Server { control, thread: Some(thread), addr, unix: self.unix, password: self.password })
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
                format!("redis+unix://{}{login}", path.display())
            }
        }
    }

    /// The loopback address with the port, if it listens on one.
    pub fn addr(&self) -> Option<SocketAddr> {
        self.addr
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
