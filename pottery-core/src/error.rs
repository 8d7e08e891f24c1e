//! What went wrong, where, and what became of the write.
//!
//! The cause ([`ErrorKind`]) and the fate of the write ([`Outcome`]) are two questions, so they are two answers:
//! a timeout may have left the write unapplied or not, and a caller who wants to repeat it must know which.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::key::Key;

/// pottery's result: the error type is [`Error`] unless another is named.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, on what, and whether the write was applied. One word wide.
///
/// ```
/// # use pottery_core::{Error, ErrorKind, Outcome};
/// fn repeatable(error: &Error) -> bool {
///     error.outcome() == Outcome::NotApplied && error.kind() == ErrorKind::Connection
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    outcome: Outcome,
    /// Whether the outcome has been found out, and is not just the first guess.
    settled: bool,
    message: Cow<'static, str>,
    code: Option<Box<str>>,
    index: Option<usize>,
    key: Option<Key>,
    model: Option<&'static str>,
    id: Option<Box<str>>,
    field: Option<&'static str>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The cause of an [`Error`], for a caller to act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The server could not be reached, or the connection was lost.
    Connection,
    /// The deadline of the call passed.
    Timeout,
    /// The key holds another Redis type than the one asked for (Redis's `WRONGTYPE`).
    WrongType,
    /// What is stored is not a value of the type asked for.
    Decode,
    /// The value cannot be stored: it has no encoding (a NaN, a map as a set member, ...).
    Encode,
    /// The object exists but lacks a field that has no default.
    MissingField,
    /// A write to an index that the list does not have.
    IndexOutOfRange,
    /// The key or the object exists already, and must not.
    KeyExists,
    /// What must exist does not: the key, the object, the member to remove.
    NotFound,
    /// The collection has reached its maximum length.
    Full,
    /// A number would leave the range of its type.
    Overflow,
    /// The keys of one atomic unit live in different cluster slots.
    CrossSlot,
    /// A watched key was changed by someone else, and the attempts are used up.
    Conflict,
    /// A lock or a place is held by others, and the time for waiting is over.
    Contended,
    /// A lock's lease ended while it was held.
    LockLost,
    /// Too few servers of a quorum answered.
    Quorum,
    /// This server does not know the command.
    Unsupported,
    /// The server refused: credentials or permissions (`NOAUTH`, `NOPERM`, `WRONGPASS`).
    Denied,
    /// The server cannot take the command now (`LOADING`, `BUSY`, `READONLY`, `OOM`, `MISCONF`, `NOREPLICAS`, ...):
    /// [`Error::server_code`] says which.
    Unavailable,
    /// The server answered with any other error; [`Error::server_code`] has its code.
    Server,
    /// pottery was used in a way that cannot work; the message says what to do instead.
    Misuse,
}

/// What became of the write that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing was changed. It can be repeated.
    NotApplied,
    /// Everything was changed; what failed came after (the reply could not be read as the type asked for).
    Applied,
    /// Some commands of the batch were applied and some were refused: Redis does not roll back.
    PartiallyApplied,
    /// It is not known: the connection was lost, or the time was over, between the request and its reply.
    Unknown,
}

/// The codes that pottery's own scripts answer with.
const OWN_CODES: [&str; 8] =
    ["INDEX", "EXISTS", "NOTFOUND", "FULL", "OVERFLOW", "DIVZERO", "NOTNUMBER", "MISUSE"];

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Error {
        Error(Box::new(Inner {
            kind,
            outcome: Outcome::NotApplied,
            settled: false,
            message: message.into(),
            code: None,
            index: None,
            key: None,
            model: None,
            id: None,
            field: None,
            source: None,
        }))
    }

    /// An error that says with the server's own answer that nothing was done.
    pub(crate) fn not_applied(kind: ErrorKind, message: &'static str) -> Error {
        Error::new(kind, message).settled_as(Outcome::NotApplied)
    }

    pub(crate) fn misuse(message: impl Into<Cow<'static, str>>) -> Error {
        Error::new(ErrorKind::Misuse, message)
    }

    /// An error reply of the server, by its code and the text behind it.
    pub(crate) fn server(code: &str, text: &str) -> Error {
        let message = match text {
            "" => code.to_owned(),
            // the codes of our scripts say nothing that the kind does not say
            text if OWN_CODES.contains(&code) => text.to_owned(),
            text => format!("{code} {text}"),
        };
        let mut error = Error::new(ErrorKind::of_server(code, text), message);
        error.0.code = Some(code.into());
        error
    }

    /// What went wrong, in words.
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the write was applied.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// The key concerned.
    pub fn key(&self) -> Option<&Key> {
        self.0.key.as_ref()
    }

    /// The model concerned, by the name of its struct.
    pub fn model(&self) -> Option<&str> {
        self.0.model
    }

    /// The id of the object concerned, as it stands in its keys.
    pub fn id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// The field concerned, by its name in the struct.
    pub fn field(&self) -> Option<&str> {
        self.0.field
    }

    /// The code of the server's error reply: `WRONGTYPE`, `OOM`, `READONLY`, ...
    pub fn server_code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// In a batch: which command of it failed, counted from 0.
    pub fn index(&self) -> Option<usize> {
        self.0.index
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Error {
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn settled_as(mut self, outcome: Outcome) -> Error {
        self.0.settled = true;
        self.0.outcome = outcome;
        self
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.0.settled
    }

    pub(crate) fn without_index(mut self) -> Error {
        self.0.index = None;
        self
    }

    pub(crate) fn with_index(mut self, index: usize) -> Error {
        self.0.index = Some(index);
        self
    }

    pub(crate) fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.0.source = Some(source.into());
        self
    }

    /// Names the key, unless one is named already: the innermost place knows best.
    pub(crate) fn with_key(mut self, key: &Key) -> Error {
        self.0.key.get_or_insert_with(|| key.clone());
        self
    }

    /// Names the object, unless one is named already.
    pub(crate) fn with_object(mut self, model: &'static str, id: &str) -> Error {
        if self.0.model.is_none() {
            self.0.model = Some(model);
            self.0.id = Some(id.into());
        }
        self
    }

    /// Names the field, unless one is named already.
    pub(crate) fn with_field(mut self, field: &'static str) -> Error {
        self.0.field.get_or_insert(field);
        self
    }
}

impl ErrorKind {
    /// The kind behind the code of an error reply.
    fn of_server(code: &str, text: &str) -> ErrorKind {
        match code {
            "WRONGTYPE" => ErrorKind::WrongType,
            "CROSSSLOT" => ErrorKind::CrossSlot,
            "NOAUTH" | "NOPERM" | "WRONGPASS" => ErrorKind::Denied,
            "LOADING" | "BUSY" | "READONLY" | "OOM" | "MISCONF" | "NOREPLICAS" | "MASTERDOWN"
            | "TRYAGAIN" | "CLUSTERDOWN" | "UNKILLABLE" => ErrorKind::Unavailable,
            // those of our own scripts, and two alike
            "INDEX" => ErrorKind::IndexOutOfRange,
            "EXISTS" | "BUSYGROUP" => ErrorKind::KeyExists,
            "NOTFOUND" | "NOGROUP" => ErrorKind::NotFound,
            "FULL" => ErrorKind::Full,
            "OVERFLOW" => ErrorKind::Overflow,
            "DIVZERO" | "NOTNUMBER" | "MISUSE" => ErrorKind::Misuse,
            // what refused it stands behind
            "EXECABORT" => text.split_once("because of: ").map_or(ErrorKind::Server, |(_, reason)| {
                let (code, text) = reason.split_once(' ').unwrap_or((reason, ""));
                ErrorKind::of_server(code, text)
            }),
            "ERR" => ErrorKind::of_plain_error(text),
            _ => ErrorKind::Server,
        }
    }

    /// Redis has no codes for these; their texts are as old as the commands.
    fn of_plain_error(text: &str) -> ErrorKind {
        if text.starts_with("unknown command") || text.starts_with("unknown subcommand") {
            ErrorKind::Unsupported
        } else if text.contains("would overflow")
            || text.starts_with("value is out of range")
            || text.contains("would produce NaN or Infinity")
        {
            ErrorKind::Overflow
        } else if text.starts_with("index out of range") {
            ErrorKind::IndexOutOfRange
        } else if text.contains("is not an integer")
            || text.contains("is not a float")
            || text.contains("is not a valid float")
        {
            ErrorKind::Decode
        } else if text.contains("no such key") {
            ErrorKind::NotFound
        } else {
            ErrorKind::Server
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        write!(f, "{}", inner.message)?;
        let mut open = false;
        let mut part = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            let lead = if std::mem::replace(&mut open, true) { ", " } else { " (" };
            write!(f, "{lead}{text}")
        };
        if let Some(model) = inner.model {
            match &inner.id {
                Some(id) => part(f, format_args!("model `{model}`, id `{id}`"))?,
                None => part(f, format_args!("model `{model}`"))?,
            }
        }
        if let Some(field) = inner.field {
            part(f, format_args!("field `{field}`"))?;
        }
        if let Some(key) = &inner.key {
            part(f, format_args!("key `{key}`"))?;
        }
        if let Some(index) = inner.index {
            part(f, format_args!("command {index} of the batch"))?;
        }
        match inner.outcome {
            Outcome::NotApplied => {}
            Outcome::Applied => part(f, format_args!("the write was applied"))?,
            Outcome::PartiallyApplied => part(f, format_args!("the batch was partially applied"))?,
            Outcome::Unknown => part(f, format_args!("whether it was applied is unknown"))?,
        }
        if open { f.write_str(")") } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("message", &inner.message)
            .field("model", &inner.model)
            .field("id", &inner.id)
            .field("field", &inner.field)
            .field("key", &inner.key)
            .field("index", &inner.index)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
