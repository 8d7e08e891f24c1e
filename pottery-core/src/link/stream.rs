//! Asynchronous sockets: one side is the driver's to read from, the other anybody's to write to.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use redis::ConnectionAddr;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, tcp};
#[cfg(unix)]
use tokio::net::{UnixStream, unix};

use super::buffer::Inbox;
use super::failure::Loss;
use super::handshake::Handshake;
use super::target::Target;
use super::{End, Sink};
use crate::error::{Outcome, Result};

/// Where bytes come from. Under TLS they go the same way, since encrypting and decrypting share their state.
pub(crate) enum Source {
    Tcp(tcp::OwnedReadHalf),
    #[cfg(unix)]
    Unix(unix::OwnedReadHalf),
    #[cfg(feature = "tls")]
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// Where bytes go to, written by whoever has something to send.
pub(crate) enum Writer {
    Tcp(tcp::OwnedWriteHalf),
    #[cfg(unix)]
    Unix(unix::OwnedWriteHalf),
}

impl Source {
    /// What has arrived, into the room; nothing is the end.
    pub(crate) fn poll_read(&mut self, cx: &mut Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        match self {
            Source::Tcp(half) => poll_read(half, cx, room),
            #[cfg(unix)]
            Source::Unix(half) => poll_read(half, cx, room),
            #[cfg(feature = "tls")]
            Source::Tls(stream) => poll_read(stream, cx, room),
        }
    }

    /// Writes where there is no [`Writer`].
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            #[cfg(feature = "tls")]
            Source::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            _ => {
                let _ = (cx, bytes);
                Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
            }
        }
    }

    /// Sends on its way what has been encrypted.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            #[cfg(feature = "tls")]
            Source::Tls(stream) => Pin::new(stream).poll_flush(cx),
            _ => {
                let _ = cx;
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl Writer {
    /// Writes what the socket takes at once.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Writer::Tcp(half) => half.try_write(bytes),
            #[cfg(unix)]
            Writer::Unix(half) => half.try_write(bytes),
        }
    }

    /// Whether the socket takes something. Only the driver asks.
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Writer::Tcp(half) => half.as_ref().poll_write_ready(cx),
            #[cfg(unix)]
            Writer::Unix(half) => half.as_ref().poll_write_ready(cx),
        }
    }
}

fn poll_read(
    stream: impl AsyncRead + Unpin,
    cx: &mut Context<'_>,
    room: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut stream = stream;
    let mut buffer = ReadBuf::new(room);
    ready!(Pin::new(&mut stream).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(buffer.filled().len()))
}

/// Connects, and says who we are.
pub(crate) async fn connect(target: &Target) -> Result<(Source, Option<Writer>, Inbox)> {
    let lost = |error: io::Error| Loss::from(error).told(Outcome::NotApplied);
    let mut inbox = Inbox::new();
    match &target.address {
        ConnectionAddr::Tcp(host, port) => {
            let mut socket = tcp_stream(host, *port).await.map_err(lost)?;
            greet(&mut socket, target, &mut inbox).await?;
            let (read, write) = socket.into_split();
            Ok((Source::Tcp(read), Some(Writer::Tcp(write)), inbox))
        }
        #[cfg(unix)]
        ConnectionAddr::Unix(path) => {
            let mut socket = UnixStream::connect(path).await.map_err(lost)?;
            greet(&mut socket, target, &mut inbox).await?;
            let (read, write) = socket.into_split();
            Ok((Source::Unix(read), Some(Writer::Unix(write)), inbox))
        }
        #[cfg(feature = "tls")]
        ConnectionAddr::TcpTls { host, port, .. } => {
            let config = target.tls.config().map_err(lost)?;
            let name = super::tls::name(host).map_err(lost)?;
            let socket = tcp_stream(host, *port).await.map_err(lost)?;
            let connecting = tokio_rustls::TlsConnector::from(config).connect(name, socket);
            let mut stream = Box::new(connecting.await.map_err(lost)?);
            greet(&mut stream, target, &mut inbox).await?;
            Ok((Source::Tls(stream), None, inbox))
        }
        _ => Err(lost(io::Error::new(io::ErrorKind::Unsupported, "no such kind of address"))),
    }
}

async fn tcp_stream(host: &str, port: u16) -> io::Result<TcpStream> {
    let socket = TcpStream::connect((host, port)).await?;
    // nothing waits for more to send
    socket.set_nodelay(true)?;
    Ok(socket)
}

async fn greet(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &Target,
    inbox: &mut Inbox,
) -> Result<()> {
    let lost = |error: io::Error| Loss::from(error).told(Outcome::NotApplied);
    let mut handshake = Handshake::new(&target.settings);
    loop {
        let request = handshake.request();
        let mut written = 0;
        while written < request.packed().len() {
            let writing = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, &request.packed()[written..]));
            match writing.await.map_err(lost)? {
                0 => return Err(lost(io::ErrorKind::WriteZero.into())),
                count => written += count,
            }
        }
        poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx)).await.map_err(lost)?;
        loop {
            let count = poll_fn(|cx| poll_read(&mut *stream, cx, inbox.room())).await.map_err(lost)?;
            if count == 0 {
                return Err(Loss::Closed.told(Outcome::NotApplied));
            }
            inbox.arrived(count);
            let fed = handshake.feed(inbox.unread());
            inbox.read(fed.used);
            match fed.end {
                End::Done => break,
                End::More => {}
                End::Broken(wrong) => return Err(Loss::Broken(wrong).told(Outcome::NotApplied)),
            }
        }
        if handshake.is_done()? {
            return Ok(());
        }
    }
}
