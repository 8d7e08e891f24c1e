//! What a command answers when it refuses, in Redis's own words.

use std::borrow::Cow;

/// An error reply, without the leading `-`. The first word is the code that clients act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Error(Cow<'static, [u8]>);

impl Error {
    pub(crate) const WRONG_TYPE: Error =
        Error::text("WRONGTYPE Operation against a key holding the wrong kind of value");
    pub(crate) const SYNTAX: Error = Error::text("ERR syntax error");
    pub(crate) const NOT_INTEGER: Error = Error::text("ERR value is not an integer or out of range");
    pub(crate) const NOT_FLOAT: Error = Error::text("ERR value is not a valid float");
    pub(crate) const NOT_POSITIVE: Error = Error::text("ERR value is out of range, must be positive");
    pub(crate) const NO_SUCH_KEY: Error = Error::text("ERR no such key");
    pub(crate) const OVERFLOW: Error = Error::text("ERR increment or decrement would overflow");
    pub(crate) const TOO_LONG: Error =
        Error::text("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    pub(crate) const NO_AUTH: Error = Error::text("NOAUTH Authentication required.");
    pub(crate) const WRONG_PASSWORD: Error =
        Error::text("WRONGPASS invalid username-password pair or user is disabled.");

    /// A fixed text, its code included.
    pub(crate) const fn text(text: &'static str) -> Error {
        Error(Cow::Borrowed(text.as_bytes()))
    }

    /// A text made for the occasion, its code included. What a client sent may be in it: see [`Error::bytes`] for how
    /// line ends are made harmless.
    pub(crate) fn new(text: impl Into<String>) -> Error {
        Error::bytes(text.into().into_bytes())
    }

    /// The same for what need not be UTF-8. Line ends become spaces when it is written, as Redis does.
    pub(crate) fn bytes(text: Vec<u8>) -> Error {
        Error(Cow::Owned(text))
    }

    /// `ERR wrong number of arguments for 'get' command`.
    pub(crate) fn arity(command: &str) -> Error {
        Error::new(format!("ERR wrong number of arguments for '{command}' command"))
    }

    /// `ERR invalid expire time in 'set' command`.
    pub(crate) fn expire_time(command: &str) -> Error {
        Error::new(format!("ERR invalid expire time in '{command}' command"))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
