//! The runtime of [pottery](https://docs.rs/pottery): commands, links, codecs, collections and models. Use it through
//! the façade crate `pottery`, which adds the derives.

#![cfg_attr(
    not(any(feature = "async", feature = "blocking")),
    allow(dead_code, unused_imports, reason = "with neither feature, nothing can be sent")
)]

mod arg;
mod batch;
mod call;
pub mod codec;
mod collections;
mod command;
mod decode;
#[cfg(feature = "embedded")]
mod embedded;
mod error;
mod id;
mod key;
mod link;
mod model;
mod operation;
mod options;
#[cfg(feature = "blocking")]
mod park;
mod place;
mod random;
mod raw;
mod reader;
mod registry;
mod reply;
mod request;
mod resp;
mod script;
mod storable;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod watch;

pub use arg::Arg;
pub use batch::Batch;
#[cfg(feature = "json")]
pub use codec::Json;
#[cfg(feature = "msgpack")]
pub use codec::MessagePack;
#[cfg(feature = "postcard")]
pub use codec::Postcard;
pub use codec::{Codec, CodecError, Native};
pub use collections::Open;
pub use collections::bits::{BitField, Bits, FieldInt};
pub use collections::bloom::BloomFilter;
pub use collections::cycle::Cycle;
pub use collections::default_map::DefaultMap;
pub use collections::deque::Deque;
pub use collections::field::Field;
pub use collections::flag::Flag;
pub use collections::float::Float;
pub use collections::geo::{Around, Found, Geo, Position, Search, Unit};
pub use collections::hyper_log_log::{HyperLogLog, Sketch};
pub use collections::integer::Integer;
#[cfg(feature = "blocking")]
pub use collections::iter::Blocking;
pub use collections::iter::Iter;
pub use collections::keyed::Keyed;
pub use collections::keyspace::{Keyspace, Pattern};
pub use collections::limiter::{Limiter, Verdict};
pub use collections::list::List;
pub use collections::map::Map;
pub use collections::memo::{Memo, MemoStats};
pub use collections::multiset::{Counts, MultiSet};
pub use collections::number::{FloatingPoint, Int, Number};
pub use collections::queue::{Queue, Stack, UniqueQueue, UniqueStack};
pub use collections::set::{Operand, Operands, Set};
pub use collections::slots::Slots;
pub use collections::sorted_set::{
    Aggregate, Combination, LexRange, Rule, ScoreRange, Selection, SortedOperands, SortedSet,
};
pub use collections::stream::{
    Claimed, Consumer, ConsumerInfo, Entry, EntryId, Group, GroupInfo, GroupStart, Keep, PendingEntries,
    PendingEntry, PendingSummary, Stream, StreamInfo,
};
pub use collections::temporary::Temporary;
pub use collections::text::Text;
#[cfg(feature = "blocking")]
pub use collections::topic::Events;
pub use collections::topic::{Event, Published, Subscription, Topic, Topics};
pub use collections::unique_list::UniqueList;
pub use collections::value::Value;
pub use command::Command;
pub use error::{Error, ErrorKind, Outcome, Result};
pub use id::RedisId;
pub use key::{Key, escape_glob};
pub use link::{BoxFuture, Deadline, Link};
pub use model::field::{RedisField, RedisValue};
pub use model::handle::Handle;
pub use model::{IdOf, RedisModel};
pub use operation::Operation;
pub use options::Options;
#[cfg(feature = "embedded")]
pub use pottery_embedded as embedded_server;
pub use redis;
pub use registry::{FieldInfo, Kind, ModelInfo, Ttl, models};
pub use reply::Replies;
pub use request::{CommandArgs, Request};
pub use storable::Storable;
pub use store::Store;
pub use watch::{Attempt, Attempts, Watch};

/// What generated code needs. Not for people: anything here may change with any release.
#[doc(hidden)]
pub mod __private {
    pub use core;
    pub use linkme;
    pub use std;

    pub use crate::id::clone_id;
    pub use crate::model::field::{AsItIs, AsList, AsValue, FieldAs, Same};
    pub use crate::model::image::Image;
    pub use crate::model::kinds::{
        AsBits, AsCounter, AsDefaultMap, AsQueue, AsSortedSet, AsStack, AsText, AsUniqueList, AsUniqueQueue,
        AsUniqueStack,
    };
    pub use crate::model::read::{IdShape, Reading, Slot};
    pub use crate::place::Place;
    pub use crate::registry::MODELS_1;
    pub use crate::reply::{Reply, Step};
}
