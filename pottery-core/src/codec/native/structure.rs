//! Everything that is no scalar: bincode 2 in its `standard` configuration.

use super::NAME;
use crate::codec::canonical::{Rules, inspect};
use crate::codec::error::harmless;
use crate::codec::guard::{Guard, Root};
use crate::codec::{CodecError, MAX_LEN, check_read_len};
use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::error::{DecodeError, EncodeError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;

/// bincode counts an integer by its width in memory, up to sixteen times what it takes as a varint. The limit is
/// wide enough for that: the guard keeps the memory bounded, and a value that was written must be readable.
const LIMIT: usize = 16 * MAX_LEN;

const CONFIG: Configuration<LittleEndian, Varint, Limit<LIMIT>> =
    bincode::config::standard().with_limit::<LIMIT>();

/// What stands before an enum's variant that holds something: no name begins with it, for names are UTF-8.
pub(super) const VARIANT: u8 = 0xff;

pub(super) fn encode_variant<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
    canonical: bool,
) -> Result<(), CodecError> {
    out.push(VARIANT);
    encode(value, out, canonical)
}

pub(super) fn encode<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
    canonical: bool,
) -> Result<(), CodecError> {
    let start = out.len();
    let seen = inspect(value, Rules { canonical, finite: false, human_readable: false, positional: true })
        .map_err(|error| CodecError::unencodable::<T>(NAME, error))?;
    bincode::serde::encode_into_std_write(value, out, CONFIG)
        .map_err(|error| CodecError::unencodable::<T>(NAME, why_not_written(&error)))?;
    seen.check_len(out.len() - start).map_err(|error| CodecError::unencodable::<T>(NAME, error))
}

/// `bare`: the bytes are the content of the outermost `Option`.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8], bare: bool) -> Result<T, CodecError> {
    check_read_len::<T>(NAME, bytes)?;
    let guard = Guard::new(bytes.len());
    let root = Root { guard: &guard, bare, value: PhantomData };
    let undecodable = |why: &str| CodecError::undecodable::<T>(NAME, bytes.len(), why);
    match bincode::serde::seed_decode_from_slice(root, bytes, CONFIG) {
        Ok((value, read)) if read == bytes.len() => Ok(value),
        Ok((_, read)) => Err(undecodable(&format!("the value ends after {read}"))),
        Err(error) => Err(undecodable(guard.tripped().unwrap_or_else(|| why_not_read(&error)))),
    }
}

fn why_not_written(error: &EncodeError) -> &'static str {
    // bincode's own error for this is behind two enums; there is no other with a meaning of its own.
    match error {
        EncodeError::Serde(_) => {
            "the number of its elements or fields is not known beforehand (as with `serde(flatten)`): use `Json` or \
             `MessagePack`"
        }
        _ => "its `Serialize` implementation refused",
    }
}

fn why_not_read(error: &DecodeError) -> &str {
    match error {
        DecodeError::UnexpectedEnd { .. } => "it ends too early",
        DecodeError::LimitExceeded => "it claims to be longer than the limit",
        DecodeError::Utf8 { .. } => "a text in it is not UTF-8",
        DecodeError::Serde(_) => {
            "the type asks the data what it is, and only the `Json` and `MessagePack` codecs can tell"
        }
        DecodeError::OtherString(text) => harmless(text),
        _ => "the data does not have the shape of the type",
    }
}
