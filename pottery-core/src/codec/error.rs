use std::borrow::Cow;
use std::fmt;

/// Why a value could not become bytes, or bytes could not become a value.
///
/// The text names types, lengths and positions, never the data: values may be secrets, and errors end up in logs.
pub struct CodecError(Box<Inner>);

// Boxed: `Result<u64, CodecError>` then travels in registers, and the scalar paths are nothing but that.
struct Inner {
    kind: Kind,
    message: Cow<'static, str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Missing,
    Invalid,
}

impl CodecError {
    /// An error with this text. It should describe the value without quoting it.
    #[cold]
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { kind: Kind::Invalid, message: message.into() }))
    }

    /// The value is absent and its type has no way to say so (it is no `Option`).
    #[cold]
    pub fn missing() -> Self {
        Self(Box::new(Inner { kind: Kind::Missing, message: "the value is absent".into() }))
    }

    /// Whether there was nothing to decode, rather than something wrong.
    pub fn is_missing(&self) -> bool {
        self.0.kind == Kind::Missing
    }

    /// `bytes` bytes are no `T` in this codec.
    #[cold]
    pub(super) fn undecodable<T: ?Sized>(codec: &str, bytes: usize, why: impl fmt::Display) -> Self {
        Self::new(format!("{bytes} bytes are not a `{}` in {codec}: {why}", type_name::<T>()))
    }

    /// A `T` that this codec cannot write.
    #[cold]
    pub(super) fn unencodable<T: ?Sized>(codec: &str, why: impl fmt::Display) -> Self {
        Self::new(format!("this `{}` cannot be written in {codec}: {why}", type_name::<T>()))
    }
}

/// The type's name, cut to a length that suits a log line.
fn type_name<T: ?Sized>() -> &'static str {
    let name = std::any::type_name::<T>();
    name.char_indices().nth(120).map_or(name, |(end, _)| &name[..end])
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodecError").field("kind", &self.0.kind).field("message", &self.0.message).finish()
    }
}

impl std::error::Error for CodecError {}

/// What a format's own error text may tell: serde's words about fields, whose names come from the type. Its other
/// texts quote the data ("invalid type: string "hunter2", expected u64").
pub(super) fn harmless(text: &str) -> &str {
    if text.starts_with("missing field `") || text.starts_with("duplicate field `") {
        // serde_json adds where it was, which its codec does for all texts.
        text.split(" at line ").next().unwrap_or(text)
    } else {
        "the data does not have the shape of the type"
    }
}
