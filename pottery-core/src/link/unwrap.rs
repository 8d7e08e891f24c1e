//! A way past the client crate's encoder, for requests that are packed already.
//!
//! The client crate sends commands that it has put together argument by argument, and has no way in for bytes. So a
//! packed request goes through it as a command with one argument, which makes `*1\r\n$N\r\n` of it, N bytes, and
//! `\r\n`; this stream, below the client crate, takes the N bytes out again. No command of Redis begins as a packed
//! request does, with an asterisk, so there is no mistaking the two; until [`Packed::begin`] everything passes as it is.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Says when commands begin to come packed.
#[derive(Clone, Default)]
pub(crate) struct Packed(Arc<AtomicBool>);

impl Packed {
    /// From now on, every command is a packed request in one argument.
    pub(crate) fn begin(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A stream that takes packed requests out of the commands which carry them.
pub(crate) struct Unwrap<S> {
    inner: S,
    packed: Packed,
    next: Next,
    /// What has been taken out and not been written yet.
    out: Vec<u8>,
    written: usize,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum Next {
    /// `*1\r\n$N\r\n`: this many bytes of it have passed, and this is N so far.
    Header { passed: usize, length: usize },
    /// A request, of which this much is to come.
    Request(usize),
    /// The `\r\n` behind it, of which this much is to come.
    End(usize),
}

const NEW: Next = Next::Header { passed: 0, length: 0 };

/// What a buffer may keep for the next request after a large one.
const KEPT: usize = 256 * 1024;

impl<S> Unwrap<S> {
    pub(crate) fn new(inner: S, packed: Packed) -> Unwrap<S> {
        Unwrap { inner, packed, next: NEW, out: Vec::new(), written: 0 }
    }

    /// Takes the requests out of what the client crate has encoded.
    fn take_out(&mut self, mut encoded: &[u8]) -> io::Result<()> {
        while let Some((&byte, rest)) = encoded.split_first() {
            self.next = match self.next {
                Next::Request(left) => {
                    let part = left.min(encoded.len());
                    self.out.extend_from_slice(&encoded[..part]);
                    encoded = &encoded[part..];
                    if part == left { Next::End(2) } else { Next::Request(left - part) }
                }
                Next::End(left) => {
                    encoded = rest;
                    if left == 1 { NEW } else { Next::End(left - 1) }
                }
                Next::Header { passed, length } => {
                    encoded = rest;
                    match (passed, byte) {
                        (0..5, _) if byte == b"*1\r\n$"[passed] => {
                            Next::Header { passed: passed + 1, length }
                        }
                        (5.., b'0'..=b'9') => Next::Header {
                            passed: passed + 1,
                            length: length * 10 + usize::from(byte - b'0'),
                        },
                        (6.., b'\r') => Next::Header { passed: passed + 1, length },
                        (7.., b'\n') => Next::Request(length),
                        _ => return Err(io::Error::other("a command that is no packed request")),
                    }
                }
            };
        }
        Ok(())
    }
}

impl<S: AsyncWrite + Unpin> Unwrap<S> {
    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.written < self.out.len() {
            match ready!(Pin::new(&mut self.inner).poll_write(cx, &self.out[self.written..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => self.written += written,
            }
        }
        self.out.clear();
        self.out.shrink_to(KEPT);
        self.written = 0;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unwrap<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, encoded: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if !this.packed.0.load(Ordering::Acquire) {
            return Pin::new(&mut this.inner).poll_write(cx, encoded);
        }
        ready!(this.poll_write_out(cx))?;
        this.take_out(encoded)?;
        // taken is taken: what the socket does not take at once goes with the next write or flush
        match this.poll_write_out(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(encoded.len())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(cx))?;
        Pin::new(&mut this.inner).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_write_out(cx))?;
        Pin::new(&mut this.inner).poll_shutdown(cx)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unwrap<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_read(cx, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_taken_out_wherever_the_bytes_are_cut() {
        let requests: [&[u8]; 4] =
            [b"*1\r\n$4\r\nPING\r\n", b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", b"*", &[b'*'; 12_345]];
        let encoded: Vec<u8> = requests
            .iter()
            .flat_map(|request| {
                [format!("*1\r\n${}\r\n", request.len()).as_bytes(), request, b"\r\n"].concat()
            })
            .collect();
        for step in [1, 2, 3, 7, 1000, encoded.len()] {
            let mut stream = Unwrap::new((), Packed::default());
            for chunk in encoded.chunks(step) {
                stream.take_out(chunk).expect("packed requests");
            }
            assert!(stream.out == requests.concat(), "in steps of {step}");
        }
    }

    #[test]
    fn what_is_no_packed_request_is_an_error() {
        for wrong in [&b"*2\r\n$3\r\nGET\r\n"[..], b"PING\r\n", b"*1\r\n$\r\n", b"*1\r\n$x\r\n"] {
            assert!(Unwrap::new((), Packed::default()).take_out(wrong).is_err());
        }
    }
}
