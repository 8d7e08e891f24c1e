//! stub
#![allow(missing_docs, missing_debug_implementations)]
use serde::{Serialize, de::DeserializeOwned};
#[derive(Debug)]
pub struct CodecError(String, bool);
impl CodecError {
    pub fn is_missing(&self) -> bool {
        self.1
    }
    pub fn missing() -> Self {
        CodecError("missing".into(), true)
    }
}
impl std::fmt::Display for CodecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for CodecError {}
pub trait Codec: Copy + Default + Send + Sync + 'static {
    const NAME: &'static str;
    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError>;
    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError>;
    #[doc(hidden)]
    fn encode_member<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        Self::encode(value, out)
    }
    #[doc(hidden)]
    fn encode_field<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<bool, CodecError> {
        Self::encode(value, out).map(|()| true)
    }
    #[doc(hidden)]
    fn decode_field<T: DeserializeOwned + 'static>(bytes: Option<&[u8]>) -> Result<T, CodecError> {
        match bytes {
            Some(b) => Self::decode(b),
            None => Err(CodecError::missing()),
        }
    }
}
#[derive(Clone, Copy, Default, Debug)]
pub struct Native;
impl Codec for Native {
    const NAME: &'static str = "native";
    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        bincode::serde::encode_into_std_write(value, out, bincode::config::standard())
            .map(|_| ())
            .map_err(|e| CodecError(e.to_string(), false))
    }
    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
        bincode::serde::decode_from_slice(bytes, bincode::config::standard())
            .map(|(v, _)| v)
            .map_err(|e| CodecError(e.to_string(), false))
    }
}
pub trait Value: Serialize + DeserializeOwned + Send + 'static {}
impl<T: Serialize + DeserializeOwned + Send + 'static> Value for T {}
