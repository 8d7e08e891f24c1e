//! How values become bytes, and back.
//!
//! [`Native`] is the default: what Redis itself understands is stored as Redis understands it, everything else as
//! bincode. `Json`, `MessagePack` and `Postcard` come by feature, per model, per field or per collection.
//!
//! | value | `Native` | `Json` |
//! |---|---|---|
//! | `42_u64` | `42` | `42` |
//! | `2.0_f64`, `0.1_f64` | `2`, `0.1` | `2.0`, `0.1` |
//! | `true` | `1` | `true` |
//! | `"é"` | `é` | `"\u00e9"` |
//! | `vec![1_u8, 2]` | the two bytes | `[1, 2]` |
//! | a `Uuid`, a `chrono` or `time` value, a `Decimal`, an `IpAddr` | its text | its text, in quotes |
//! | a struct, an enum, a tuple, a collection | bincode 2 | an object, an array, ... |
//!
//! Whatever a codec writes it can read again: values that are nested deeper than 80 levels or take more than 64 MiB
//! as a structure are refused when they are written. Whatever else it is given to read, it answers with an error,
//! within memory bounded by what it was given.

mod canonical;
mod error;
mod field;
mod float;
mod guard;
#[cfg(feature = "json")]
mod json;
#[cfg(feature = "msgpack")]
mod msgpack;
mod native;
#[cfg(feature = "postcard")]
mod postcard;
mod stop;
#[cfg(test)]
mod tests;

pub use self::error::CodecError;
#[cfg(feature = "json")]
pub use self::json::Json;
#[cfg(feature = "msgpack")]
pub use self::msgpack::MessagePack;
pub use self::native::Native;
#[cfg(feature = "postcard")]
pub use self::postcard::Postcard;

#[allow(unused_imports, reason = "the old name, until all branches are in")]
pub(crate) use crate::storable::Storable as Value;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest structure that is written or read, in bytes. Strings and bytes that [`Native`] stores as they are
/// have no limit but Redis's own (512 MiB).
pub(crate) const MAX_LEN: usize = 64 << 20;

/// How values become bytes.
///
/// A codec is a type without data; it is given as a type parameter. Its functions work on whatever serde can
/// serialize, so an own codec takes two functions and a name:
///
/// ```
/// use pottery_core::codec::{Codec, CodecError, Native};
/// use serde::{Serialize, de::DeserializeOwned};
///
/// /// `Native`, every byte turned over.
/// #[derive(Clone, Copy, Debug, Default)]
/// struct Inverted;
///
/// impl Codec for Inverted {
///     const NAME: &'static str = "inverted";
///
///     fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
///         let start = out.len();
///         Native::encode(value, out)?;
///         out[start..].iter_mut().for_each(|byte| *byte = !*byte);
///         Ok(())
///     }
///
///     fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
///         Native::decode(&bytes.iter().map(|byte| !byte).collect::<Vec<_>>())
///     }
/// }
///
/// let mut out = Vec::new();
/// Inverted::encode("abc", &mut out)?;
/// assert_eq!(Inverted::decode::<String>(&out)?, "abc");
/// # Ok::<(), CodecError>(())
/// ```
pub trait Codec: Copy + Default + Send + Sync + 'static {
    /// The codec's name in the registry's description of a model. It must change when the encoding does.
    const NAME: &'static str;

    /// What the encoding tells serde of itself; some types change their shape by it.
    #[doc(hidden)]
    const HUMAN_READABLE: bool = false;

    /// Appends the value's bytes to `out`. After an error `out` may hold a part of them.
    ///
    /// # Errors
    /// If the type's `Serialize` refuses, or if the encoding has no words for the value.
    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// Reads a value from bytes, all of them.
    ///
    /// # Errors
    /// If the bytes are no `T`, or if some are left over.
    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError>;

    /// As [`encode`](Codec::encode), for set members and hash keys, which Redis compares as bytes: refuses what has
    /// no canonical encoding.
    #[doc(hidden)]
    fn encode_member<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        let rules = canonical::Rules {
            canonical: true,
            finite: false,
            human_readable: Self::HUMAN_READABLE,
            positional: false,
        };
        canonical::inspect(value, rules)?;
        Self::encode(value, out)
    }

    /// As [`encode`](Codec::encode), for a field of an object's hash and for a value at a key of its own, where
    /// `None` (also inside newtypes) is absence: appends nothing and returns `false`.
    #[doc(hidden)]
    fn encode_field<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecError> {
        if field::is_none(value) {
            return Ok(false);
        }
        Self::encode(value, out)?;
        Ok(true)
    }

    /// The counterpart of [`encode_field`](Codec::encode_field). Without bytes, an `Option` (also inside newtypes) is
    /// `None`, and anything else is [`CodecError::missing`].
    #[doc(hidden)]
    fn decode_field<T: DeserializeOwned + 'static>(bytes: Option<&[u8]>) -> Result<T, CodecError> {
        match bytes {
            Some(bytes) => Self::decode(bytes),
            None => field::absent(),
        }
    }
}

/// Runs an encoder that may fail half-way; what it had written is taken back.
fn whole<R>(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<R, CodecError>,
) -> Result<R, CodecError> {
    let start = out.len();
    let result = write(out);
    if result.is_err() {
        out.truncate(start);
    }
    result
}

/// Refuses data that is longer than anything a structure's writer would have written.
fn check_read_len<T>(codec: &str, bytes: &[u8]) -> Result<(), CodecError> {
    if bytes.len() > MAX_LEN {
        return Err(CodecError::undecodable::<T>(codec, bytes.len(), format_args!("the limit is {MAX_LEN}")));
    }
    Ok(())
}
