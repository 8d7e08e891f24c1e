//! Why a file can't be opened, and what its user should know of.

use std::path::PathBuf;
use std::{fmt, io};

/// Why a file could not be opened. [`crate::Builder::start`] returns it inside an [`io::Error`]:
/// `error.get_ref().and_then(|it| it.downcast_ref::<OpenError>())`.
///
/// Whatever it is, the file is as it was before.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// Another server has it open, in this process or in another one.
    Locked {
        /// The file.
        path: PathBuf,
        /// The process that has it open, as far as it is known.
        pid: Option<u32>,
    },
    /// It holds something that no write cut short can explain, with more behind it.
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the damage is, in bytes from the start of the file.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// It holds a command that this server doesn't know.
    UnknownCommand {
        /// The file.
        path: PathBuf,
        /// Where the command is, in bytes from the start of the file.
        offset: u64,
        /// Its name.
        command: String,
    },
    /// It begins with a snapshot in Redis's binary format and not with commands.
    Preamble {
        /// The file.
        path: PathBuf,
    },
    /// The operating system refused.
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried: "open", "read".
        doing: &'static str,
        /// What it said.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::Locked { path, pid } => {
                write!(f, "{} is open in ", path.display())?;
                match pid {
                    Some(pid) if *pid == std::process::id() => write!(f, "this process (pid {pid}) already"),
                    Some(pid) => write!(f, "another process (pid {pid})"),
                    None => write!(f, "another process (its pid can't be told)"),
                }?;
                write!(f, "; one server alone can write it, and others can connect to that one")
            }
            OpenError::Damaged { path, offset, reason } => write!(
                f,
                "{} is damaged at offset {offset}: {reason}. It was left as it is; `Persistence::salvage` keeps what \
                 comes before the damage",
                path.display()
            ),
            OpenError::UnknownCommand { path, offset, command } => {
                write!(f, "{} has an unknown command at offset {offset}: {command}", path.display())
            }
            OpenError::Preamble { path } => write!(
                f,
                "{} begins with a snapshot in Redis's binary format; let Redis rewrite it with `aof-use-rdb-preamble \
                 no` (and BGREWRITEAOF)",
                path.display()
            ),
            OpenError::Io { path, doing, source } => write!(f, "can't {doing} {}: {source}", path.display()),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<OpenError> for io::Error {
    fn from(error: OpenError) -> io::Error {
        let kind = match &error {
            OpenError::Locked { .. } => io::ErrorKind::ResourceBusy,
            OpenError::Damaged { .. } => io::ErrorKind::InvalidData,
            OpenError::UnknownCommand { .. } | OpenError::Preamble { .. } => io::ErrorKind::Unsupported,
            OpenError::Io { source, .. } => source.kind(),
        };
        io::Error::new(kind, error)
    }
}

/// What is said of an error of the operating system in Redis's words, without its number.
pub(crate) fn words(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
