//! HyperLogLogs: how many different elements there were, without keeping them.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::fill::Filling;
use super::keyed::Keyed;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Bytes, Decode, Done, Flag, Number};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;
use crate::store::Store;

/// Commands take at most this many elements; more go into several commands.
const ITEMS_PER_COMMAND: usize = 1000;

/// Counts different elements without keeping them: Redis's HyperLogLog, a string of at most 12 KiB however many there
/// are.
///
/// The count is an estimate with a standard error of 0.81 %; a few elements are nearly always counted exactly. Whether
/// an element was counted cannot be asked: that is what a [`Set`](crate::Set) or a
/// [`BloomFilter`](crate::BloomFilter) knows. Two elements are the same if their bytes are, as in a set.
///
/// Whatever an operation does, it does atomically and in one round trip. All of them fail with
/// [`WrongType`](crate::ErrorKind::WrongType) if something else is at the key. A time to live stays.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let (monday, tuesday) =
///     (store.hyper_log_log::<String>("visitors:{web}:mon"), store.hyper_log_log("visitors:{web}:tue"));
/// assert!(monday.insert("raj").wait()?, "the estimate changes");
/// tuesday.extend(["raj", "ann"]).wait()?;
/// assert_eq!(monday.count_with([&tuesday]).wait()?, 2);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct HyperLogLog<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(HyperLogLog<T>);

impl Store {
    /// The HyperLogLog at a key. Nothing is sent.
    pub fn hyper_log_log<T: Storable>(&self, key: impl Into<Key>) -> HyperLogLog<T> {
        self.handle(key)
    }
}

impl<T: Storable, C: Codec> HyperLogLog<T, C> {
    /// Counts an element, and says whether the estimate may have changed: not if it was counted before. `PFADD`, O(1).
    ///
    /// # Errors
    /// `Encode` if the element has no encoding.
    pub fn insert(&self, element: impl Arg<T>) -> Command<bool> {
        let request =
            Request::write().command("PFADD", |a| _ = a.key(self.key()).member::<C, _>(element.__as()));
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// Counts several elements, and says whether the estimate may have changed. `PFADD`, O(1) for each, up to 1,000 in
    /// a command; more go in one `MULTI`. For none nothing is sent.
    ///
    /// # Errors
    /// `Encode` if an element has no encoding; then nothing is sent.
    pub fn extend<I>(&self, elements: I) -> Command<bool>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut elements = elements.into_iter().peekable();
        let mut request = Request::write().atomic();
        while elements.peek().is_some() {
            request.push("PFADD", |a| {
                a.key(self.key());
                for element in elements.by_ref().take(ITEMS_PER_COMMAND) {
                    a.member::<C, _>(element.__as());
                }
            });
        }
        let request = request.bears(self.place());
        match request.len() {
            0 => Command::known(self.place(), false),
            1 => Command::new::<Flag>(self.place(), request),
            _ => Command::several::<Flag>(self.place(), request).map(|changed| changed.contains(&true)),
        }
    }

    /// About how many different elements were counted. `PFCOUNT`, O(1).
    pub fn count(&self) -> Command<u64> {
        self.count_with([self; 0])
    }

    /// About how many different elements were counted here or in any of the others. `PFCOUNT`, O(1) for each, though
    /// slower than for one. On a cluster all keys must be in one slot.
    ///
    /// # Errors
    /// `Misuse` if one is of another store.
    pub fn count_with<B: Borrow<HyperLogLog<T, C>>>(
        &self,
        others: impl IntoIterator<Item = B>,
    ) -> Command<u64> {
        let places = match self.places(self, others) {
            Ok(places) => places,
            Err(error) => return Command::refused(self.place(), error),
        };
        let request = Request::read()
            .command("PFCOUNT", |a| places[1..].iter().for_each(|place| _ = a.key(place.key())));
        Command::new::<Number<u64>>(self.place(), request)
    }

    /// Counts all that the others have counted. `PFMERGE` in a script, O(1) for each. On a cluster all keys must be in
    /// one slot.
    ///
    /// # Errors
    /// `Misuse` if one is of another store.
    pub fn union_with<B: Borrow<HyperLogLog<T, C>>>(
        &self,
        others: impl IntoIterator<Item = B>,
    ) -> Command<()> {
        self.union_into(others, self)
    }

    /// Stores the union of this one and the others, in place of what `target` was. `PFMERGE` in a script, O(1) for
    /// each. On a cluster all keys must be in one slot.
    ///
    /// # Errors
    /// `Misuse` if one is of another store.
    pub fn union_into<B: Borrow<HyperLogLog<T, C>>>(
        &self,
        others: impl IntoIterator<Item = B>,
        target: &HyperLogLog<T, C>,
    ) -> Command<()> {
        static UNION: Script = Script::new(include_str!("../scripts/hll_union.lua"));
        match self.places(target, others) {
            Ok(places) => {
                let keys: Vec<_> = places.iter().map(Place::key).collect();
                let request = Request::write().eval(&UNION, &keys, |_| {}).bears(target.place());
                Command::new::<Done>(self.place(), request)
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// The target, this one, and the others.
    fn places<B: Borrow<HyperLogLog<T, C>>>(
        &self,
        target: &HyperLogLog<T, C>,
        others: impl IntoIterator<Item = B>,
    ) -> Result<Vec<Place>> {
        let mut places = vec![target.place().clone(), self.place().clone()];
        places.extend(others.into_iter().map(|other| other.borrow().place().clone()));
        match places.iter().all(|place| place.store().shares_link_with(self.place().store())) {
            true => Ok(places),
            false => {
                Err(Error::misuse("only what is on one server, through one store, can be combined there"))
            }
        }
    }

    /// Counts these elements where there is nothing yet. A script of `EXISTS` and `PFADD`, O(n). Without elements it
    /// only looks whether the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was. `Encode` if an element has no encoding.
    pub fn create<I>(&self, elements: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        Filling::HYPER_LOG_LOG.create(self.place(), |a| {
            for element in elements {
                a.member::<C, _>(element.__as());
            }
        })
    }

    /// Forgets all and counts these elements instead, in one step. Without elements the key is removed. A script of
    /// `UNLINK` and `PFADD`, O(n).
    ///
    /// # Errors
    /// `Encode` if an element has no encoding; then nothing is sent.
    pub fn replace_all<I>(&self, elements: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        Filling::HYPER_LOG_LOG.replace(self.place(), |a| {
            for element in elements {
                a.member::<C, _>(element.__as());
            }
        })
    }

    /// What is there, as a value of the program: to be kept, sent and [restored](HyperLogLog::restore). `GET`, O(1).
    pub fn snapshot(&self) -> Command<Sketch<T>> {
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        Command::new::<Sketched<T>>(self.place(), request)
    }

    /// Puts a snapshot in place of what is there; an empty one removes the key. One script, O(1).
    ///
    /// # Errors
    /// `Misuse` if the snapshot is damaged: nothing is changed then.
    pub fn restore(&self, sketch: &Sketch<T>) -> Command<()> {
        static RESTORE: Script = Script::new(include_str!("../scripts/hll_restore.lua"));
        let request = Request::write().eval(&RESTORE, &[self.key()], |a| _ = a.raw(&sketch.bytes));
        Command::new::<Done>(self.place(), request.bears(self.place()))
    }
}

/// What a [`HyperLogLog`] holds, as a value of the program: opaque bytes in Redis's own form, up to 12 KiB. The default
/// is that of nothing counted.
pub struct Sketch<T> {
    bytes: Vec<u8>,
    types: PhantomData<fn() -> T>,
}

impl<T> Sketch<T> {
    /// A sketch of what [`as_bytes`](Sketch::as_bytes) gave; `None` if that is none.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Sketch<T>> {
        let is_sketch = bytes.is_empty() || (bytes.len() >= 16 && bytes.starts_with(b"HYLL"));
        is_sketch.then_some(Sketch { bytes, types: PhantomData })
    }

    /// The bytes, as Redis has them; none if nothing was counted.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

/// A sketch: that of no key is of nothing counted.
#[derive(Debug)]
pub struct Sketched<T>(PhantomData<T>);

impl<T: 'static> Decode for Sketched<T> {
    type Output = Sketch<T>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Sketch<T>> {
        let bytes = Bytes::resume(&mut (), reply)?.unwrap_or_default();
        let no_sketch = || Error::new(ErrorKind::WrongType, "the string at this key is no HyperLogLog");
        Ok(Sketch::from_bytes(bytes).ok_or_else(no_sketch)?)
    }
}

impl<T> Default for Sketch<T> {
    fn default() -> Self {
        Sketch { bytes: Vec::new(), types: PhantomData }
    }
}

impl<T> Clone for Sketch<T> {
    fn clone(&self) -> Self {
        Sketch { bytes: self.bytes.clone(), types: PhantomData }
    }
}

impl<T> Sketch<T> {
    /// What stands before and behind the estimate that Redis keeps among the bytes, so as not to make it again.
    fn counted(&self) -> (Option<&[u8]>, Option<&[u8]>) {
        (self.bytes.get(..8), self.bytes.get(16..))
    }
}

impl<T> PartialEq for Sketch<T> {
    fn eq(&self, other: &Self) -> bool {
        self.counted() == other.counted()
    }
}

impl<T> Eq for Sketch<T> {}

impl<T> fmt::Debug for Sketch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sketch({} bytes)", self.bytes.len())
    }
}

impl<T> Serialize for Sketch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.bytes)
    }
}

impl<'de, T> Deserialize<'de> for Sketch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the bytes of a HyperLogLog")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Vec<u8>, A::Error> {
                let mut all = Vec::new();
                while let Some(byte) = bytes.next_element()? {
                    all.push(byte);
                }
                Ok(all)
            }
        }
        let bytes = deserializer.deserialize_byte_buf(Read)?;
        Sketch::from_bytes(bytes).ok_or_else(|| D::Error::custom("these bytes are no HyperLogLog"))
    }
}
