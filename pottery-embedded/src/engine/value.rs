//! What a key holds.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::engine::dict::Dict;
use crate::engine::number::parse_i64;
use crate::engine::stream::Stream;
use crate::engine::zset::SortedSet;

/// The value of a key. Containers, streams aside, are never empty: what takes the last element out removes the key.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Str(Str),
    List(Box<List>),
    Hash(Box<Hash>),
    Set(Box<Set>),
    ZSet(Box<SortedSet>),
    Stream(Box<Stream>),
}

/// A string, as a number where Redis would keep one: digits cost nothing, and `INCR` parses nothing.
#[derive(Clone, Debug)]
pub(crate) enum Str {
    Int(i64),
    Bytes {
        bytes: Vec<u8>,
        /// Whether it was changed in place, after which Redis calls even a short string `raw`.
        raw: bool,
    },
}

/// A list.
#[derive(Clone, Debug, Default)]
pub(crate) struct List {
    pub(crate) items: VecDeque<Box<[u8]>>,
}

/// A hash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hash {
    pub(crate) fields: Dict<Box<[u8]>>,
    /// Whether Redis would have turned from a listpack to a table, from which it never returns.
    pub(crate) table: bool,
}

/// A set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Set {
    pub(crate) members: Dict<()>,
    /// Whether Redis would have turned from an intset to a table, from which it never returns.
    pub(crate) table: bool,
}

/// One of the types of [`Value`], so that a lookup can be asked for it: `ctx.db.get::<List>(key)?`.
pub(crate) trait Kind: Default {
    /// The value as this type, if it is one.
    fn of(value: &Value) -> Option<&Self>;
    /// The same, to change.
    fn of_mut(value: &mut Value) -> Option<&mut Self>;
    /// A value of this type.
    fn into_value(self) -> Value;
    /// Whether a key that holds it must go.
    fn is_empty(&self) -> bool;
}

/// Strings and streams stay when they become empty, and strings are not boxed; the others are alike.
macro_rules! container {
    ($type:ty, $variant:ident, $elements:ident) => {
        impl Kind for $type {
            fn of(value: &Value) -> Option<&$type> {
                if let Value::$variant(it) = value { Some(it) } else { None }
            }
            fn of_mut(value: &mut Value) -> Option<&mut $type> {
                if let Value::$variant(it) = value { Some(it) } else { None }
            }
            fn into_value(self) -> Value {
                Value::$variant(Box::new(self))
            }
            fn is_empty(&self) -> bool {
                self.$elements().is_empty()
            }
        }
    };
}

container!(List, List, items);
container!(Hash, Hash, fields);
container!(Set, Set, members);
container!(SortedSet, ZSet, members);

impl List {
    fn items(&self) -> &VecDeque<Box<[u8]>> {
        &self.items
    }
}

impl Hash {
    fn fields(&self) -> &Dict<Box<[u8]>> {
        &self.fields
    }
}

impl Set {
    fn members(&self) -> &Dict<()> {
        &self.members
    }
}

impl Kind for Stream {
    fn of(value: &Value) -> Option<&Stream> {
        if let Value::Stream(it) = value { Some(it) } else { None }
    }
    fn of_mut(value: &mut Value) -> Option<&mut Stream> {
        if let Value::Stream(it) = value { Some(it) } else { None }
    }
    fn into_value(self) -> Value {
        Value::Stream(Box::new(self))
    }
    fn is_empty(&self) -> bool {
        false
    }
}

impl Kind for Str {
    fn of(value: &Value) -> Option<&Str> {
        if let Value::Str(it) = value { Some(it) } else { None }
    }
    fn of_mut(value: &mut Value) -> Option<&mut Str> {
        if let Value::Str(it) = value { Some(it) } else { None }
    }
    fn into_value(self) -> Value {
        Value::Str(self)
    }
    fn is_empty(&self) -> bool {
        false
    }
}

impl Default for Str {
    fn default() -> Str {
        Str::Bytes { bytes: Vec::new(), raw: false }
    }
}

/// The longest string that Redis keeps in one piece with its header.
const EMBEDDED: usize = 44;

impl Str {
    /// The string that `SET` stores.
    pub(crate) fn new(bytes: &[u8]) -> Str {
        match parse_i64(bytes) {
            Some(number) => Str::Int(number),
            None => Str::Bytes { bytes: bytes.to_vec(), raw: false },
        }
    }

    /// The bytes; those of a number are made.
    pub(crate) fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            Str::Int(number) => Cow::Owned(itoa::Buffer::new().format(*number).as_bytes().to_vec()),
            Str::Bytes { bytes, .. } => Cow::Borrowed(bytes),
        }
    }

    /// The bytes to change in place. From then on Redis calls the string `raw`.
    pub(crate) fn make_mut(&mut self) -> &mut Vec<u8> {
        if let Str::Int(number) = self {
            let bytes = itoa::Buffer::new().format(*number).as_bytes().to_vec();
            *self = Str::Bytes { bytes, raw: true };
        }
        match self {
            Str::Bytes { bytes, raw } => {
                *raw = true;
                bytes
            }
            Str::Int(_) => unreachable!("it has just been turned into bytes"),
        }
    }

    /// The number, if it is one.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self {
            Str::Int(number) => Some(*number),
            Str::Bytes { bytes, .. } => parse_i64(bytes),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Str::Int(number) => itoa::Buffer::new().format(*number).len(),
            Str::Bytes { bytes, .. } => bytes.len(),
        }
    }
}

impl Value {
    /// What `TYPE` says.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Value::Str(_) => "string",
            Value::List(_) => "list",
            Value::Hash(_) => "hash",
            Value::Set(_) => "set",
            Value::ZSet(_) => "zset",
            Value::Stream(_) => "stream",
        }
    }

    /// Whether there are commands that wait for a value of this type.
    pub(crate) fn can_be_waited_for(&self) -> bool {
        !matches!(self, Value::Str(_) | Value::Hash(_) | Value::Set(_))
    }

    /// What `OBJECT ENCODING` says.
    pub(crate) fn encoding(&self) -> &'static str {
        match self {
            Value::Str(Str::Int(_)) => "int",
            Value::Str(Str::Bytes { bytes, raw }) if *raw || bytes.len() > EMBEDDED => "raw",
            Value::Str(_) => "embstr",
            Value::List(_) => "quicklist",
            Value::Hash(hash) if hash.table => "hashtable",
            Value::Hash(_) => "listpack",
            Value::Set(set) if set.table => "hashtable",
            Value::Set(_) => "intset",
            Value::ZSet(zset) if zset.skiplist => "skiplist",
            Value::ZSet(_) => "listpack",
            Value::Stream(_) => "stream",
        }
    }
}
