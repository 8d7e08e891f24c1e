use super::canonical::{Rules, inspect};
use super::guard::{Guard, Root};
use super::{Codec, CodecError, check_read_len, whole};
use postcard::{Deserializer, Error};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use std::marker::PhantomData;

/// [Postcard](https://postcard.jamesmunns.com): small, with a written specification. As with bincode, a struct that
/// gains a field cannot read what it wrote before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Postcard;

impl Codec for Postcard {
    const NAME: &'static str = "postcard";

    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        let unencodable = |error: CodecError| CodecError::unencodable::<T>(Self::NAME, error);
        let seen = inspect(value, Rules { positional: true, ..Rules::default() }).map_err(unencodable)?;
        whole(out, |out| {
            let start = out.len();
            postcard::to_io(value, &mut *out).map_err(|error| {
                let why = match error {
                    Error::SerializeSeqLengthUnknown => {
                        "the number of its elements or fields is not known beforehand (as with `serde(flatten)`): \
                         use `Json` or `MessagePack`"
                    }
                    _ => "its `Serialize` implementation refused",
                };
                CodecError::unencodable::<T>(Self::NAME, why)
            })?;
            seen.check_len(out.len() - start).map_err(unencodable)
        })
    }

    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
        check_read_len::<T>(Self::NAME, bytes)?;
        let guard = Guard::new(bytes.len());
        let root = Root { guard: &guard, bare: false, value: PhantomData };
        let undecodable = |why: &str| CodecError::undecodable::<T>(Self::NAME, bytes.len(), why);
        let mut reader = Deserializer::from_bytes(bytes);
        let value = root
            .deserialize(&mut reader)
            .map_err(|error| undecodable(guard.tripped().unwrap_or_else(|| why_not_read(&error))))?;
        match reader.finalize() {
            Ok([]) => Ok(value),
            _ => Err(undecodable("bytes are left over")),
        }
    }
}

fn why_not_read(error: &Error) -> &'static str {
    match error {
        Error::DeserializeUnexpectedEnd => "it ends too early",
        Error::DeserializeBadUtf8 => "a text in it is not UTF-8",
        Error::WontImplement => {
            "the type asks the data what it is, and only the `Json` and `MessagePack` codecs can tell"
        }
        _ => "the data does not have the shape of the type",
    }
}
