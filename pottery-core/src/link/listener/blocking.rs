//! Listening on a thread that waits.

use std::io;
use std::time::{Duration, Instant};

use super::Sound;
use crate::link::socket::Socket;

/// No socket waits for less than that: no time would be for ever.
const SHORTEST: Duration = Duration::from_millis(1);
/// And none for longer without a look at the clock.
const LONGEST: Duration = Duration::from_secs(3600);

/// A blocking socket.
pub(super) struct Ear {
    socket: Socket,
    /// The time-out that is set, to spare a system call where it stays the same.
    limit: Option<Duration>,
}

impl Ear {
    pub(super) fn new(socket: Socket) -> Ear {
        Ear { socket, limit: None }
    }

    /// Sends what there is, then waits for bytes until `at`.
    pub(super) fn hear(
        &mut self,
        out: &mut Vec<u8>,
        room: &mut [u8],
        at: Option<Instant>,
    ) -> io::Result<Sound> {
        let left = at.map_or(LONGEST, |at| at.saturating_duration_since(Instant::now()));
        let left = left.clamp(SHORTEST, LONGEST);
        if self.limit != Some(left) {
            self.socket.limit(Some(left))?;
            self.limit = Some(left);
        }
        if !out.is_empty() {
            self.socket.write_all(out, &mut 0)?;
            out.clear();
        }
        match self.socket.read(room) {
            Ok(count) => Ok(Sound::Bytes(count)),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                Ok(Sound::Nothing)
            }
            Err(error) => Err(error),
        }
    }
}
