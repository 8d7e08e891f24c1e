//! The runtime of pottery.

mod arg;
pub mod codec;
mod value;

pub use self::arg::Arg;
pub use self::value::Value;
