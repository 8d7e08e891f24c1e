//! A connection's stream. The connection's task shares it with whoever looks after clients while a script runs.

use std::cell::{Cell, RefCell};
use std::io::{self, Read as _, Write as _};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// Either kind of stream.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// A stream, and what was read from it before the connection's task asked for it. Clones are the same line.
#[derive(Clone)]
pub(super) struct Line(Rc<Inner>);

struct Inner {
    stream: RefCell<Stream>,
    early: RefCell<Vec<u8>>,
    idle: Cell<bool>,
}

impl Line {
    pub(super) fn new(stream: Stream) -> Line {
        Line(Rc::new(Inner {
            stream: RefCell::new(stream),
            early: RefCell::default(),
            idle: Cell::new(true),
        }))
    }

    /// Says whether the connection's task holds neither requests nor replies, so that others may use the stream.
    pub(super) fn set_idle(&self, idle: bool) {
        self.0.idle.set(idle);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.0.idle.get()
    }

    /// Has `look` see what was read early. It returns how much of it is done with.
    pub(super) fn early(&self, look: impl FnOnce(&[u8]) -> usize) {
        let mut early = self.0.early.borrow_mut();
        let done = look(&early);
        early.drain(..done);
    }

    /// Reads what has arrived, without waiting for more, as long as less than `limit` bytes are there.
    ///
    /// # Errors
    /// `UnexpectedEof` at the end of the stream.
    pub(super) fn read_early(&self, limit: usize) -> io::Result<()> {
        let mut early = self.0.early.borrow_mut();
        let mut part = [0; 4096];
        while early.len() < limit {
            match self.read_now(&mut part) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => early.extend_from_slice(&part[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    // The runtime knows only what it learned when it last waited, so it isn't asked.

    fn read_now(&self, part: &mut [u8]) -> io::Result<usize> {
        match &*self.0.stream.borrow() {
            Stream::Tcp(stream) => (&*SockRef::from(stream)).read(part),
            Stream::Unix(stream) => (&*SockRef::from(stream)).read(part),
        }
    }

    /// Sends what can be sent without waiting, and returns how much that was.
    pub(super) fn write_now(&self, bytes: &[u8]) -> usize {
        let sent = match &*self.0.stream.borrow() {
            Stream::Tcp(stream) => (&*SockRef::from(stream)).write(bytes),
            Stream::Unix(stream) => (&*SockRef::from(stream)).write(bytes),
        };
        // An error is the connection's to find.
        sent.unwrap_or(0)
    }
}

impl AsyncRead for Line {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut early = self.0.early.borrow_mut();
        if !early.is_empty() {
            let length = early.len().min(buf.remaining());
            buf.put_slice(&early[..length]);
            early.drain(..length);
            return Poll::Ready(Ok(()));
        }
        match &mut *self.0.stream.borrow_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Stream::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut *self.0.stream.borrow_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Stream::Unix(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self.0.stream.borrow_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self.0.stream.borrow_mut() {
            Stream::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Stream::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
