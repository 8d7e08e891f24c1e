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
#[derive(Clone)]
pub struct Key(Bytes);

/// Most keys are short, and need no memory of their own.
const INLINE: usize = 38;

#[derive(Clone)]
enum Bytes {
    Inline(u8, [u8; INLINE]),
    Shared(Arc<[u8]>),
}

impl Key {
    /// The key's bytes, as Redis sees them.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Bytes::Inline(length, bytes) => &bytes[..usize::from(*length)],
            Bytes::Shared(bytes) => bytes,
        }
    }

    /// A key for something that belongs to this one, in the same slot of a cluster: `{key}:name`, or `key:name` if the
    /// key has a hash tag. (A key that has braces and no tag in them cannot be put between braces so that its slot
    /// stays.)
    pub(crate) fn beside(&self, name: &str) -> Key {
        let bytes = self.as_bytes();
        let tag = bytes.iter().position(|byte| *byte == b'{').is_some_and(|open| {
            bytes[open + 1..].iter().position(|byte| *byte == b'}').is_some_and(|length| length > 0)
        });
        let (open, close): (&[u8], &[u8]) = if tag { (b"", b":") } else { (b"{", b"}:") };
        Key::from([open, bytes, close, name.as_bytes()].concat())
    }

    /// This key behind a prefix.
    pub(crate) fn behind(self, prefix: &[u8]) -> Key {
        if prefix.is_empty() { self } else { Key::from([prefix, self.as_bytes()].concat()) }
    }
}

impl fmt::Display for Key {
    /// The key as text; bytes that are not printable are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.as_bytes().utf8_chunks() {
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

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Key {}

impl std::hash::Hash for Key {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Key) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Key) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl From<&[u8]> for Key {
    fn from(key: &[u8]) -> Key {
        match u8::try_from(key.len()) {
            Ok(length) if key.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..key.len()].copy_from_slice(key);
                Key(Bytes::Inline(length, bytes))
            }
            _ => Key(Bytes::Shared(key.into())),
        }
    }
}

impl From<&str> for Key {
    fn from(key: &str) -> Key {
        Key::from(key.as_bytes())
    }
}

impl From<&String> for Key {
    fn from(key: &String) -> Key {
        Key::from(key.as_bytes())
    }
}

impl From<String> for Key {
    fn from(key: String) -> Key {
        Key::from(key.as_bytes())
    }
}

impl From<Vec<u8>> for Key {
    fn from(key: Vec<u8>) -> Key {
        Key::from(&key[..])
    }
}

impl From<&Key> for Key {
    fn from(key: &Key) -> Key {
        key.clone()
    }
}

/// `text` as a pattern that matches it alone, for use within a pattern: `*`, `?`, brackets and backslashes lose their
/// meaning.
///
/// ```
/// let pattern = format!("{}:*", pottery_core::escape_glob("is it [odd]?"));
/// assert_eq!(pattern, r"is it \[odd\]\?:*");
/// ```
pub fn escape_glob(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len() + 4);
    escape_glob_into(text.as_bytes(), &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// Appends `text` so that a glob pattern (SCAN's `MATCH`) matches it alone.
pub(crate) fn escape_glob_into(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_key_is_in_its_slot() {
        for (key, beside) in
            [("k", "{k}:x"), ("a:{k}", "a:{k}:x"), ("{k}:y", "{k}:y:x"), ("{}k", "{{}k}:x"), ("k{", "{k{}:x")]
        {
            assert_eq!(Key::from(key).beside("x"), Key::from(beside));
        }
    }

    #[test]
    fn keys_are_their_bytes_whatever_their_length() {
        for length in [0, 1, INLINE - 1, INLINE, INLINE + 1, 255, 256, 1000] {
            let bytes: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let key = Key::from(&bytes[..]);
            assert_eq!(key.as_bytes(), bytes);
            assert_eq!(key, key.clone());
            assert_eq!(key.clone().behind(b"ns:").as_bytes(), [b"ns:", &bytes[..]].concat());
        }
        assert!(Key::from("a") < Key::from("b".repeat(100)));
    }
}
