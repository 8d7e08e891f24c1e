//! The runtime of [pottery](https://docs.rs/pottery): commands, links, codecs, collections and models. Use it through
//! the façade crate `pottery`, which adds the derives.

mod arg;
mod batch;
mod codec;
mod collections;
mod command;
mod decode;
mod error;
mod id;
mod key;
mod link;
mod model;
mod operation;
mod options;
mod place;
mod registry;
mod reply;
mod request;
mod script;
mod store;

pub use arg::Arg;
pub use batch::Batch;
pub use codec::{Codec, CodecError, Native, Value};
pub use collections::Open;
pub use collections::deque::Deque;
pub use collections::field::Field;
#[cfg(feature = "blocking")]
pub use collections::iter::Blocking;
pub use collections::iter::Iter;
pub use collections::keyed::Keyed;
pub use collections::list::List;
pub use collections::map::Map;
pub use collections::number::{Float, Integer};
pub use collections::set::{Operand, Operands, Set};
pub use collections::value::Single;
pub use command::Command;
pub use error::{Error, ErrorKind, Outcome, Result};
pub use id::RedisId;
pub use key::Key;
pub use link::{BoxFuture, Deadline, Link};
pub use model::field::{RedisField, RedisValue};
pub use model::handle::Handle;
pub use model::{IdOf, RedisModel};
pub use operation::Operation;
pub use options::Options;
pub use registry::{FieldInfo, Kind, ModelInfo, Ttl};
pub use reply::Replies;
pub use request::{CommandArgs, Request};
pub use store::Store;

/// What generated code needs. Not for people: anything here may change with any release.
#[doc(hidden)]
pub mod __private {
    pub use core;
    pub use linkme;
    pub use std;

    pub use crate::decode::Decode;
    pub use crate::model::field::{AsList, Whole};
    pub use crate::model::image::Image;
    pub use crate::model::read::{Head, IdShape, Slot};
    pub use crate::place::Place;
    pub use crate::registry::MODELS_1;
    pub use crate::reply::{Reply, Step};
}
