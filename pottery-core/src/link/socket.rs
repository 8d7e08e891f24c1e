//! Blocking sockets.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::Duration;

use redis::ConnectionAddr;

use super::Deadline;
use super::target::Target;

/// A socket that keeps its thread waiting.
pub(crate) enum Socket {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    #[cfg(feature = "tls")]
    Tls(Box<rustls::StreamOwned<rustls::ClientConnection, TcpStream>>),
}

impl Socket {
    pub(crate) fn connect(target: &Target, deadline: Deadline) -> io::Result<Socket> {
        match &target.address {
            ConnectionAddr::Tcp(host, port) => tcp(host, *port, deadline).map(Socket::Tcp),
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => UnixStream::connect(path).map(Socket::Unix),
            #[cfg(feature = "tls")]
            ConnectionAddr::TcpTls { host, port, .. } => {
                let session = target.tls.session(host)?;
                let socket = tcp(host, *port, deadline)?;
                let mut stream = rustls::StreamOwned::new(session, socket);
                while stream.conn.is_handshaking() {
                    let left = left(deadline)?;
                    stream.sock.set_read_timeout(Some(left))?;
                    stream.sock.set_write_timeout(Some(left))?;
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Ok(Socket::Tls(Box::new(stream)))
            }
            _ => Err(io::Error::new(io::ErrorKind::Unsupported, "no such kind of address")),
        }
    }

    /// How long a read or a write may take.
    pub(crate) fn limit(&self, time: Option<Duration>) -> io::Result<()> {
        match self {
            Socket::Tcp(socket) => {
                socket.set_read_timeout(time)?;
                socket.set_write_timeout(time)
            }
            #[cfg(unix)]
            Socket::Unix(socket) => {
                socket.set_read_timeout(time)?;
                socket.set_write_timeout(time)
            }
            #[cfg(feature = "tls")]
            Socket::Tls(stream) => {
                stream.sock.set_read_timeout(time)?;
                stream.sock.set_write_timeout(time)
            }
        }
    }

    pub(crate) fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            let result = match self {
                Socket::Tcp(socket) => socket.read(room),
                #[cfg(unix)]
                Socket::Unix(socket) => socket.read(room),
                #[cfg(feature = "tls")]
                Socket::Tls(stream) => stream.read(room),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Writes everything, and counts what has left, or may have.
    pub(crate) fn write_all(&mut self, bytes: &[u8], written: &mut usize) -> io::Result<()> {
        while *written < bytes.len() {
            let rest = &bytes[*written..];
            let result = match self {
                Socket::Tcp(socket) => socket.write(rest),
                #[cfg(unix)]
                Socket::Unix(socket) => socket.write(rest),
                #[cfg(feature = "tls")]
                Socket::Tls(stream) => {
                    // what rustls has taken leaves in pieces that are not ours to count
                    *written = bytes.len();
                    return stream.write_all(rest).and_then(|()| stream.flush());
                }
            };
            match result {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => *written += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn left(deadline: Deadline) -> io::Result<Duration> {
    match deadline.remaining() {
        Some(Duration::ZERO) => Err(io::ErrorKind::TimedOut.into()),
        Some(left) => Ok(left),
        None => Ok(Duration::MAX),
    }
}

/// Tries all addresses of the host, in order.
fn tcp(host: &str, port: u16, deadline: Deadline) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left(deadline)?) {
            Ok(socket) => {
                // nothing waits for more to send
                socket.set_nodelay(true)?;
                return Ok(socket);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
