//! Listening in a task.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use super::Sound;
use crate::link::BoxFuture;
use crate::link::asynchronous::pause;
use crate::link::stream::{Source, Writer};

/// No alarm is set for later than that.
const LONGEST: Duration = Duration::from_secs(3600);

/// An asynchronous socket.
pub(super) struct Ear {
    source: Source,
    writer: Option<Writer>,
    /// How much of what is to be sent has been.
    written: usize,
    /// When to look at the clock. It may go off too early, so that not each message has to set it anew.
    alarm: Option<(Instant, BoxFuture<'static, ()>)>,
}

impl Ear {
    pub(super) fn new(source: Source, writer: Option<Writer>) -> Ear {
        Ear { source, writer, written: 0, alarm: None }
    }

    /// Sends what there is, then waits for bytes until `at`.
    pub(super) fn poll_hear(
        &mut self,
        cx: &mut Context<'_>,
        out: &mut Vec<u8>,
        room: &mut [u8],
        at: Option<Instant>,
    ) -> Poll<io::Result<Sound>> {
        // where it cannot be sent there may still be something to hear
        if !out.is_empty()
            && let Poll::Ready(result) = self.poll_write(cx, out)
        {
            result?;
            out.clear();
            self.written = 0;
        }
        if let Poll::Ready(count) = self.source.poll_read(cx, room)? {
            return Poll::Ready(Ok(Sound::Bytes(count)));
        }
        let now = Instant::now();
        let at = at.unwrap_or(now + LONGEST).min(now + LONGEST);
        let alarm = match &mut self.alarm {
            Some((set, alarm)) if *set <= at => alarm,
            other => &mut other.insert((at, pause(at.saturating_duration_since(now)))).1,
        };
        ready!(alarm.as_mut().poll(cx));
        self.alarm = None;
        Poll::Ready(Ok(Sound::Nothing))
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, out: &[u8]) -> Poll<io::Result<()>> {
        while self.written < out.len() {
            let rest = &out[self.written..];
            let count = match &self.writer {
                Some(writer) => match writer.try_write(rest) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        ready!(writer.poll_ready(cx))?;
                        continue;
                    }
                    result => result?,
                },
                None => ready!(self.source.poll_write(cx, rest))?,
            };
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += count;
        }
        self.source.poll_flush(cx)
    }
}
