//! A Redis-compatible server inside the process.
//!
//! For a first run with nothing installed, for applications too small for a server, and for tests: it starts in about a
//! millisecond, many can run side by side, and it ends when it is dropped. Any Redis client connects to it, over a loopback
//! port or a unix socket.
//!
//! ```
//! use std::io::{Read, Write};
//! use pottery_embedded::Server;
//!
//! let server = Server::start()?;
//! let mut stream = std::net::TcpStream::connect(server.addr().expect("it listens on a port"))?;
//! stream.write_all(b"PING\r\n")?;
//! let mut reply = [0; 7];
//! stream.read_exact(&mut reply)?;
//! assert_eq!(&reply, b"+PONG\r\n");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! It behaves as Redis 7.0.15 does, in RESP2 and RESP3, down to the words of errors. What it doesn't know it answers as
//! Redis answers an unknown command.

#[cfg(not(unix))]
compile_error!(
    "pottery-embedded listens on unix sockets too, and so far runs on Linux, macOS and other Unix systems only"
);

mod engine;
mod fuzz;
pub mod persistence;
mod server;
mod testing;

pub use engine::clock::Clock;
#[doc(hidden)]
pub use fuzz::__fuzz;
pub use persistence::{Fsync, OpenError, Persistence, Recovery};
pub use server::{Builder, Server};
pub use testing::fault::{Fault, Injected};
pub use testing::sent::Sent;

/// Its examples are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
