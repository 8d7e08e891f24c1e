use super::canonical::{Rules, inspect};
use super::error::harmless;
use super::guard::{Guard, Root};
use super::{Codec, CodecError, check_read_len, whole};
use rmp_serde::decode::Error;
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny};
use std::marker::PhantomData;

/// MessagePack, structs as maps with their fields' names, so that they can evolve: new fields with
/// `#[serde(default)]`, and unknown ones are skipped.
///
/// `Some(None)` reads back as `None`, since MessagePack has one `nil`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MessagePack;

impl Codec for MessagePack {
    const NAME: &'static str = "msgpack";

    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let unencodable = |error: CodecError| CodecError::unencodable::<T>(Self::NAME, error);
        let seen = inspect(value, Rules::default()).map_err(unencodable)?;
        whole(out, |out| {
            let start = out.len();
            rmp_serde::encode::write_named(out, value).map_err(|_| {
                CodecError::unencodable::<T>(Self::NAME, "its `Serialize` implementation refused")
            })?;
            seen.check_len(out.len() - start).map_err(unencodable)
        })
    }

    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
        check_read_len::<T>(Self::NAME, bytes)?;
        let guard = Guard::new(bytes.len());
        let root = Root { guard: &guard, bare: false, value: PhantomData };
        let undecodable = |why: &str| CodecError::undecodable::<T>(Self::NAME, bytes.len(), why);
        let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
        let value = root
            .deserialize(&mut reader)
            .map_err(|error| undecodable(guard.tripped().unwrap_or_else(|| why_not_read(&error))))?;
        // The reader does not tell how far it came. At the end of the data no marker can be read.
        let rest = Root::<IgnoredAny> { guard: &guard, bare: false, value: PhantomData };
        match rest.deserialize(&mut reader) {
            Err(Error::InvalidMarkerRead(_)) => Ok(value),
            _ => Err(undecodable("bytes are left over")),
        }
    }
}

fn why_not_read(error: &Error) -> &str {
    match error {
        Error::InvalidMarkerRead(_) | Error::InvalidDataRead(_) => "it ends too early",
        Error::OutOfRange => "a number in it does not fit",
        Error::Utf8Error(_) => "a text in it is not UTF-8",
        Error::DepthLimitExceeded => "it is nested too deeply",
        Error::Syntax(text) => harmless(text),
        _ => "the data does not have the shape of the type",
    }
}
