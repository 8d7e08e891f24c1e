//! Keeping data in a file: an append-only file in the format of Redis's own.
//!
//! The file is a list of commands as a client would send them (`*3\r\n$3\r\nSET\r\n...`), which make the data again when
//! they are run. It is what Redis calls an AOF without a preamble: a single `appendonly.aof` as before Redis 7, or one of
//! the incremental files of Redis 7. So there is a way out for an application that has grown: `redis-cli --pipe < app.aof`
//! moves the data into a running server, and a `redis-server --appendonly yes` started on the file goes on from it.
//!
//! ```no_run
//! use pottery_embedded::{Fsync, Persistence, Server};
//!
//! let server = Server::builder().persist("app.aof").start()?;
//! // or, with settings:
//! let server = Server::builder().persist(Persistence::at("other.aof").fsync(Fsync::Always)).start()?;
//! if let Some(cut) = server.recovery().and_then(|it| it.cut.as_ref()) {
//!     eprintln!("{cut}");
//! }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What is promised
//!
//! **After the process ends in whatever way**, also by SIGKILL: every write that was acknowledged is there. It has been
//! handed to the operating system before the reply leaves. **After a loss of power or a crash of the system**: what
//! [`Fsync`] says.
//!
//! What a command, a transaction or a script did is in the file as a whole or not at all: several commands are framed by
//! `MULTI` and `EXEC`, and a transaction without its end counts as not written. Expiry times are absolute.
//!
//! **When the disk is full**, or a write fails otherwise: connections whose replies depend on what could not be written are
//! closed without a reply, so nobody is told what may be lost; from then on writes are refused (`MISCONF Errors writing to
//! the AOF file: No space left on device`) and reads go on, until a later attempt, ten times a second, succeeds. A failed
//! fsync can't be repeated (the system may have dropped the data): then the file is written anew from memory.
//!
//! **When the file is opened**: a half-written command or transaction at its end is cut off, and [`Recovery`] tells of it.
//! Anything else that is not a command is an error that names the offset ([`OpenError::Damaged`]), and the file stays as
//! it is.
//!
//! **When the file has grown** ([`Persistence::rewrite_at`]) it is rewritten: to a file beside it that takes its place when
//! it is complete and safe on disk. Clients are served meanwhile. All keys are written in slices of a millisecond, and keys that change after
//! they have been written are written once more, the last of them in one go. A pause can be as long as it takes to write the largest key.
//!
//! **One server** has the file at a time: a second one is refused ([`OpenError::Locked`]), in another process or in the same
//! one. Whoever else wants the data connects to the server that has it. The lock is on a file beside it, `PATH.lock`, and
//! doesn't work on network file systems that have no locks.

mod aof;
mod disk;
mod dump;
mod error;
mod load;
mod lock;
mod log;
mod read;
mod recovery;
mod rewrite;
mod sync;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use aof::open;
pub use error::OpenError;
pub use recovery::{Cut, Recovery, Refused};

/// When what has been written is made safe against a loss of power. Against an end of the process alone, all are alike:
/// what was acknowledged is in the operating system's hands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fsync {
    /// Before the reply leaves, once for all that runs at that time: nothing that was acknowledged is lost. Every write takes as long as the
    /// disk takes, often milliseconds.
    Always,
    /// Once a second, on a thread of its own: the last second or two can be lost. Redis's default and ours.
    #[default]
    EverySecond,
    /// When the operating system likes, on Linux within half a minute or so, and when the server ends.
    Never,
}

/// Where and how data are kept: the argument of [`crate::Builder::persist`]. A path alone will do.
#[derive(Clone)]
#[must_use]
pub struct Persistence {
    path: PathBuf,
    fsync: Fsync,
    /// Growth in percent, 0 for never.
    percentage: u32,
    least: u64,
    salvage: bool,
    warn: Option<Arc<Warn>>,
}

type Warn = dyn Fn(&Warning) + Send + Sync;

/// Something that the owner of a file should know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Warning {
    /// The end of the file was cut off when it was opened.
    Cut(Cut),
    /// A command was answered with an error when the file was opened.
    Refused(Refused),
    /// The file can't be written. Writes are refused until it can.
    WriteFailed {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: String,
    },
    /// The file can be written again.
    WritesAgain {
        /// The file.
        path: PathBuf,
    },
    /// It couldn't be rewritten. The old one goes on, and another attempt is made later.
    RewriteFailed {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        error: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Cut(cut) => cut.fmt(f),
            Warning::Refused(refused) => refused.fmt(f),
            Warning::WriteFailed { path, error } => {
                write!(f, "{} can't be written: {error}; writes are refused until it can", path.display())
            }
            Warning::WritesAgain { path } => write!(f, "{} can be written again", path.display()),
            Warning::RewriteFailed { path, error } => {
                write!(f, "{} can't be rewritten: {error}", path.display())
            }
        }
    }
}

impl Persistence {
    /// Keeps data in the file at `path`, which is created if there is none; its folder must exist.
    pub fn at(path: impl AsRef<Path>) -> Persistence {
        Persistence {
            path: path.as_ref().to_owned(),
            fsync: Fsync::default(),
            percentage: 100,
            least: 64 * 1024 * 1024,
            salvage: false,
            warn: None,
        }
    }

    /// When what has been written is made safe against a loss of power.
    pub fn fsync(mut self, fsync: Fsync) -> Persistence {
        self.fsync = fsync;
        self
    }

    /// Rewrites the file when it is at least `least` bytes long and has grown by this many percent since it was rewritten
    /// or opened: Redis's `auto-aof-rewrite-percentage` and `auto-aof-rewrite-min-size`, with the same defaults, 100 and
    /// 64 MiB. 0 percent is never; `BGREWRITEAOF` always works.
    pub fn rewrite_at(mut self, percentage: u32, least: u64) -> Persistence {
        self.percentage = percentage;
        self.least = least;
        self
    }

    /// Opens a damaged file too, with what comes before the damage. The whole file as it was is kept beside it
    /// ([`Cut::kept`]).
    pub fn salvage(mut self) -> Persistence {
        self.salvage = true;
        self
    }

    /// Tells warnings to `warn` instead of printing them to the standard error output. It is called on the server's
    /// thread, so it must not wait for the server.
    pub fn on_warning(mut self, warn: impl Fn(&Warning) + Send + Sync + 'static) -> Persistence {
        self.warn = Some(Arc::new(warn));
        self
    }

    pub(crate) fn salvages(&self) -> bool {
        self.salvage
    }

    pub(crate) fn warn(&self, warning: &Warning) {
        match &self.warn {
            Some(warn) => warn(warning),
            None => eprintln!("pottery-embedded: {warning}"),
        }
    }

    /// Whether a file that had `base` bytes and has `size` now is to be rewritten.
    pub(crate) fn has_grown(&self, size: u64, base: u64) -> bool {
        let growth = u128::from(size) * 100 / u128::from(base.max(1));
        self.percentage > 0 && size >= self.least && growth >= 100 + u128::from(self.percentage)
    }
}

impl fmt::Debug for Persistence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Persistence")
            .field("path", &self.path)
            .field("fsync", &self.fsync)
            .field("percentage", &self.percentage)
            .field("least", &self.least)
            .field("salvage", &self.salvage)
            .finish_non_exhaustive()
    }
}

impl<P: AsRef<Path>> From<P> for Persistence {
    fn from(path: P) -> Persistence {
        Persistence::at(path)
    }
}
