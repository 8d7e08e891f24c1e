//! What goes wrong with connections, in words. Nothing here repeats what was sent: it may be secret.

use std::io;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Outcome};

/// Why a connection is of no use any more, for all whom it concerns.
#[derive(Clone, Debug)]
pub(crate) enum Loss {
    Io(Arc<io::Error>),
    /// The server has closed it.
    Closed,
    /// The server sent what cannot be understood.
    Broken(&'static str),
    /// The runtime on which its driver lived has ended.
    #[cfg(feature = "async")]
    Ended,
}

impl From<io::Error> for Loss {
    fn from(error: io::Error) -> Loss {
        Loss::Io(Arc::new(error))
    }
}

impl Loss {
    /// The error for one call.
    pub(crate) fn told(&self, outcome: Outcome) -> Error {
        let error = match self {
            Loss::Io(error) if is_time_out(error) => {
                Error::new(ErrorKind::Timeout, "the server did not answer in time").with_source(error.clone())
            }
            Loss::Io(error) => Error::new(ErrorKind::Connection, format!("the connection failed: {error}"))
                .with_source(error.clone()),
            Loss::Closed => Error::new(ErrorKind::Connection, "the connection failed: the server closed it"),
            Loss::Broken(wrong) => {
                Error::new(ErrorKind::Connection, format!("the connection failed: the server sent {wrong}"))
            }
            #[cfg(feature = "async")]
            Loss::Ended => Error::new(
                ErrorKind::Connection,
                "the connection failed: the runtime that drove it has ended",
            ),
        };
        error.with_outcome(outcome)
    }
}

/// A blocking socket says of a time-out that it would have to wait on.
fn is_time_out(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
}

pub(crate) fn timed_out(outcome: Outcome) -> Error {
    let message = match outcome {
        Outcome::NotApplied => "the deadline passed before the request was sent",
        _ => "the server did not answer in time",
    };
    Error::new(ErrorKind::Timeout, message).with_outcome(outcome)
}

/// A connection that was given up after an error.
pub(crate) fn closed() -> Error {
    Error::new(ErrorKind::Connection, "the connection that this operation held was lost")
}
