//! Keys: what a user names a place in Redis by.

use std::fmt;
use std::sync::Arc;

/// A Redis key: any bytes. Cheap to clone.
///
/// ```
/// # use pottery_core::Key;
/// let key: Key = "lyrics".into();
/// assert_eq!(key.as_bytes(), b"lyrics");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// The key's bytes, as Redis sees them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// This key behind a prefix.
    pub(crate) fn behind(self, prefix: &[u8]) -> Key {
        if prefix.is_empty() { self } else { Key([prefix, &self.0].concat().into()) }
    }
}

impl fmt::Display for Key {
    /// The key as text; bytes that are not printable are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                if c.is_control() { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Key {
        Key(key.as_bytes().into())
    }
}

impl From<&String> for Key {
    fn from(key: &String) -> Key {
        Key(key.as_bytes().into())
    }
}

impl From<String> for Key {
    fn from(key: String) -> Key {
        Key(key.into_bytes().into())
    }
}

impl From<&[u8]> for Key {
    fn from(key: &[u8]) -> Key {
        Key(key.into())
    }
}

impl From<Vec<u8>> for Key {
    fn from(key: Vec<u8>) -> Key {
        Key(key.into())
    }
}

impl From<&Key> for Key {
    fn from(key: &Key) -> Key {
        key.clone()
    }
}

/// Appends `text` so that a glob pattern (SCAN's `MATCH`) matches it alone.
pub(crate) fn escape_glob(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
            out.push(b'\\');
        }
        out.push(byte);
    }
}
