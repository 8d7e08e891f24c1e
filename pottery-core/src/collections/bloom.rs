//! Bloom filters: which elements there were, without keeping them.

use std::borrow::Borrow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use super::Open;
use super::keyed::Keyed;
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Done, Many, Number};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;
use crate::store::Store;

/// The size where none is given.
const DEFAULT: (u64, f64) = (10_000, 0.01);
/// What a filter begins with, which is not counted among its bits.
const HEADER_BITS: u64 = 128;
/// The longest string that Redis has, in bits.
const STRING_BITS: u64 = 1 << 32;

/// Remembers elements without keeping them: a Bloom filter, in a Redis string of its own making.
///
/// Asked whether an element is in, it never says no to one that is, and says yes to one that is not with about the
/// error rate that it was made for, as long as no more elements are in than it was made for. Nothing can be taken out.
/// For `n` elements and an error rate of `p` it has −n·ln p ∕ (ln 2)² bits, rounded up to 64: 9.6 for each element at
/// 1 %, 14.4 at 0.1 %; and log₂(1∕p) of them, rounded, for each element. Two elements are the same if their bytes are,
/// as in a set.
///
/// Whatever an operation does, it does atomically and in one round trip. Capacity and error rate belong to the handle,
/// and all who use a key must have the same: the size is stored in front of the bits, so another one (or another codec)
/// is a [`Misuse`](crate::ErrorKind::Misuse) error and not garbage. Anything else at the key is a
/// [`WrongType`](crate::ErrorKind::WrongType) error. A time to live stays.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let seen = store.bloom_filter::<String>("seen", 1_000_000, 0.001);
/// assert!(seen.insert("https://example.org/").wait()?, "surely new");
/// assert!(seen.contains("https://example.org/").wait()?);
/// println!("about {} addresses in {} bytes", seen.count().wait()?, seen.bits() / 8);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// # What is stored
/// 16 bytes: `PBF1`; the number of bits for each element (one byte); 0; the first two bytes of the SHA-1 of the codec's
/// name; the number of bits `m` (eight bytes, the highest first). Then the bits. With `a` and `b`, the first and the
/// second eight bytes of the SHA-1 of an element as two numbers, its bits are `(a mod m + i · (1 + b mod (m − 1))) mod m`
/// for `i` from 0. That is the same on all platforms, and will stay.
#[must_use]
pub struct BloomFilter<T, C = Native> {
    at: Keyed,
    capacity: u64,
    error_rate: f64,
    types: PhantomData<fn() -> (T, C)>,
}

impl Store {
    /// The Bloom filter at a key, for so many elements and a rate of false answers between 0 and 1. Nothing is sent;
    /// whether there can be such a filter is said by its first operation.
    pub fn bloom_filter<T: Storable>(
        &self,
        key: impl Into<Key>,
        capacity: u64,
        error_rate: f64,
    ) -> BloomFilter<T> {
        self.handle::<BloomFilter<T>>(key).sized(capacity, error_rate)
    }
}

/// How large a filter is.
#[derive(Clone, Copy)]
struct Shape {
    bits: u64,
    hashes: u64,
}

impl Shape {
    fn of(capacity: u64, error_rate: f64) -> Shape {
        let ln_2 = std::f64::consts::LN_2;
        let each = -error_rate.ln() / (ln_2 * ln_2);
        // saturates where it is absurd
        let bits = (capacity as f64 * each).ceil() as u64;
        Shape {
            bits: bits.max(64).checked_next_multiple_of(64).unwrap_or(u64::MAX),
            hashes: ((each * ln_2).round() as u64).max(1),
        }
    }
}

impl<T, C> BloomFilter<T, C> {
    fn open(place: Place) -> BloomFilter<T, C> {
        let (capacity, error_rate) = DEFAULT;
        BloomFilter { at: Keyed::new(place), capacity, error_rate, types: PhantomData }
    }

    /// The same place with another codec for its elements.
    pub fn codec<D: Codec>(self) -> BloomFilter<T, D> {
        BloomFilter::open(self.at.place().clone()).sized(self.capacity, self.error_rate)
    }

    /// The same place, for so many elements and a rate of false answers between 0 and 1. Generic code that opens a
    /// filter has one for 10,000 and 0.01.
    pub fn sized(mut self, capacity: u64, error_rate: f64) -> BloomFilter<T, C> {
        (self.capacity, self.error_rate) = (capacity, error_rate);
        self
    }

    /// How many elements it is made for. Nothing is sent.
    pub fn capacity(&self) -> u64 {
        self.capacity
    }

    /// The rate of false answers that it is made for. Nothing is sent.
    pub fn error_rate(&self) -> f64 {
        self.error_rate
    }

    /// How many bits it has. Nothing is sent.
    pub fn bits(&self) -> u64 {
        Shape::of(self.capacity, self.error_rate).bits
    }

    /// How many bits it has for each element. Nothing is sent.
    pub fn hashes(&self) -> u32 {
        Shape::of(self.capacity, self.error_rate).hashes as u32
    }

    fn place(&self) -> &Place {
        self.at.place()
    }

    fn shape(&self) -> Result<Shape> {
        let shape = Shape::of(self.capacity, self.error_rate);
        if self.capacity == 0 || !(self.error_rate > 0.0 && self.error_rate < 1.0) {
            return Err(Error::misuse(
                "a Bloom filter needs a capacity above 0, and an error rate between 0 and 1",
            ));
        }
        if shape.bits > STRING_BITS - HEADER_BITS || shape.hashes > u64::from(u8::MAX) {
            return Err(Error::misuse("a Bloom filter for so many elements and so few errors is too large"));
        }
        Ok(shape)
    }
}

impl<T: Storable, C: Codec> BloomFilter<T, C> {
    /// Puts an element in, and says whether it is surely new: `false` if it was in, or seemed to be. One script, O(1).
    ///
    /// # Errors
    /// `Encode` if the element has no encoding. `Misuse` if what is stored was made with another size, error rate or
    /// codec, or if there can be no filter of this size; as with all operations.
    pub fn insert(&self, element: impl Arg<T>) -> Command<bool> {
        self.add("insert", [element]).mapped(|new| new > 0)
    }

    /// Puts several elements in, and says how many of them are surely new. One script, O(1) for each, some 5 to 10 µs in
    /// which the server does nothing else; for none nothing is sent.
    ///
    /// # Errors
    /// As with [`insert`](BloomFilter::insert); then none is put in.
    pub fn extend<I>(&self, elements: I) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut elements = elements.into_iter().peekable();
        if elements.peek().is_none() {
            return Command::known(self.place(), 0);
        }
        self.add("insert", elements)
    }

    /// Puts elements in where there is nothing yet. One script, O(1) for each. Without elements it only looks whether
    /// the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was; and as with [`insert`](BloomFilter::insert).
    pub fn create<I>(&self, elements: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        self.add("create", elements).mapped(drop)
    }

    /// Forgets all and puts these elements in instead, in one step; the filter that was there may have been made with
    /// another size. Without elements the key is removed. One script, O(1) for each.
    ///
    /// # Errors
    /// `Encode` if an element has no encoding; then nothing is sent.
    pub fn replace_all<I>(&self, elements: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        self.add("replace", elements).mapped(drop)
    }

    /// Whether an element is in: `false` is sure. `BITFIELD_RO`, O(1). In a foreign string that is empty, or begins with
    /// 16 zero bytes, nothing is.
    ///
    /// # Errors
    /// `Misuse` as with [`insert`](BloomFilter::insert). What has no encoding is not in.
    pub fn contains(&self, element: impl Arg<T>) -> Command<bool> {
        let shape = match self.shape() {
            Ok(shape) => shape,
            Err(error) => return Command::refused(self.place(), error),
        };
        let Ok(hashed) = Hashed::of::<C, _>(element.__as(), shape) else {
            return Command::known(self.place(), false);
        };
        let request = Request::read().command("BITFIELD_RO", |a| {
            a.key(self.key());
            // the header, as the two longest integers that there are
            for at in [0_u64, 64] {
                a.raw(b"GET").raw(b"i64").int(at);
            }
            for bit in hashed.bits(shape) {
                a.raw(b"GET").raw(b"u1").int(HEADER_BITS + bit);
            }
        });
        let header = header::<C>(shape);
        Command::new::<Many<Vec<i64>, Number<i64>>>(self.place(), request).try_map(move |found| {
            let Some((found, bits)) = found.split_first_chunk::<2>() else { return Ok(false) };
            check_header(&header, *found).map(|is_there| is_there && bits.iter().all(|bit| *bit == 1))
        })
    }

    /// For each whether it is in, in the same order: `false` is sure. One script, O(1) for each; for none nothing is
    /// sent.
    ///
    /// # Errors
    /// `Misuse` as with [`insert`](BloomFilter::insert). What has no encoding is not in.
    pub fn contains_many<I>(&self, elements: I) -> Command<Vec<bool>>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let shape = match self.shape() {
            Ok(shape) => shape,
            Err(error) => return Command::refused(self.place(), error),
        };
        let mut encodable = Vec::new();
        let request = self.request(Request::read(), "contains", shape, |a| {
            for element in elements {
                let hashed = Hashed::of::<C, _>(element.__as(), shape);
                encodable.push(hashed.is_ok());
                if let Ok(hashed) = hashed {
                    hashed.write(a);
                }
            }
        });
        if !encodable.contains(&true) {
            return Command::known(self.place(), encodable);
        }
        Command::new::<Many<Vec<u8>, Number<u8>>>(self.place(), request).mapped(move |flags| {
            let mut flags = flags.into_iter();
            encodable.iter().map(|sent| *sent && flags.next() == Some(1)).collect()
        })
    }

    /// About how many different elements are in, by how many bits are set: −m∕k · ln(1 − set∕m). A script of
    /// `BITCOUNT`, O(m), some 10 GB/s.
    pub fn count(&self) -> Command<u64> {
        match self.shape() {
            Ok(shape) => {
                let request = self.request(Request::read(), "count", shape, |_| {});
                Command::new::<Number<u64>>(self.place(), request).mapped(move |set| {
                    let (all, each) = (shape.bits as f64, shape.hashes as f64);
                    // where all are set, as if one were not
                    let clear = (all - set as f64).max(1.0);
                    (-(clear / all).ln() * all / each).round() as u64
                })
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Puts in all that is in the others, which must have been made with the same size, error rate and codec. A script
    /// of `BITOP OR`, O(m) for each. On a cluster all keys must be in one slot.
    ///
    /// # Errors
    /// `Misuse` if one was made otherwise, or is of another store.
    pub fn union_with<B: Borrow<BloomFilter<T, C>>>(
        &self,
        others: impl IntoIterator<Item = B>,
    ) -> Command<()> {
        static UNION: Script = Script::new(include_str!("../scripts/bloom_union.lua"));
        let mut keys = vec![self.key().clone()];
        let mut shape = self.shape();
        for other in others {
            let other = other.borrow();
            if !other.place().store().shares_link_with(self.place().store()) {
                let why = "only what is on one server, through one store, can be combined there";
                shape = Err(Error::misuse(why));
            }
            keys.push(other.key().clone());
        }
        match shape {
            Ok(shape) => {
                let keys: Vec<_> = keys.iter().collect();
                let request = Request::write().eval(&UNION, &keys, |a| _ = a.raw(&header::<C>(shape)));
                Command::new::<Done>(self.place(), request.bears(self.place()))
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    fn add<I>(&self, action: &str, elements: I) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let shape = match self.shape() {
            Ok(shape) => shape,
            Err(error) => return Command::refused(self.place(), error),
        };
        let mut unencodable = None;
        let request = self.request(Request::write(), action, shape, |a| {
            for element in elements {
                match Hashed::of::<C, _>(element.__as(), shape) {
                    Ok(hashed) => hashed.write(a),
                    Err(error) => _ = unencodable.get_or_insert(error),
                }
            }
        });
        match unencodable {
            Some(error) => Command::refused(self.place(), error),
            None => Command::new::<Number<usize>>(self.place(), request.bears(self.place())),
        }
    }

    fn request(
        &self,
        request: Request,
        action: &str,
        shape: Shape,
        elements: impl FnOnce(&mut Arguments<'_>),
    ) -> Request {
        static BLOOM: Script = Script::new(include_str!("../scripts/bloom.lua"));
        request.eval(&BLOOM, &[self.key()], |a| {
            a.raw(action.as_bytes()).raw(&header::<C>(shape)).int(shape.bits).int(shape.hashes);
            elements(a);
        })
    }
}

/// What stands before the bits.
fn header<C: Codec>(shape: Shape) -> [u8; 16] {
    let codec = sha1_smol::Sha1::from(C::NAME).digest().bytes();
    let mut header = [0; 16];
    header[..4].copy_from_slice(b"PBF1");
    header[4] = shape.hashes as u8;
    header[6..8].copy_from_slice(&codec[..2]);
    header[8..].copy_from_slice(&shape.bits.to_be_bytes());
    header
}

/// Whether a filter with this header is there, by the first two numbers of what is there; zeros are nothing.
fn check_header(header: &[u8; 16], found: [i64; 2]) -> Result<bool> {
    let found: Vec<u8> = found.into_iter().flat_map(i64::to_be_bytes).collect();
    if found == header {
        Ok(true)
    } else if found == [0; 16] {
        Ok(false)
    } else if found[..4] == header[..4] {
        Err(Error::misuse("the filter at this key was made with another size, error rate or codec"))
    } else {
        Err(Error::new(ErrorKind::WrongType, "the string at this key is no Bloom filter"))
    }
}

/// Where the bits of an element are: the first, and how far it is from each to the next.
#[derive(Debug, PartialEq)]
struct Hashed {
    first: u64,
    step: u64,
}

impl Hashed {
    fn of<C: Codec, E: serde::Serialize + ?Sized + 'static>(element: &E, shape: Shape) -> Result<Hashed> {
        let mut bytes = Vec::new();
        C::encode_member(element, &mut bytes)
            .map_err(|error| Error::new(ErrorKind::Encode, error.to_string()).with_source(error))?;
        let digest = sha1_smol::Sha1::from(&bytes).digest().bytes();
        let part = |from: usize| {
            digest[from..from + 8].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
        };
        Ok(Hashed { first: part(0) % shape.bits, step: 1 + part(8) % (shape.bits - 1) })
    }

    fn write(&self, a: &mut Arguments<'_>) {
        a.int(self.first).int(self.step);
    }

    /// Each of its bits.
    fn bits(&self, shape: Shape) -> impl Iterator<Item = u64> {
        let (first, step) = (self.first, self.step);
        // below 2^32 each, and there are at most 255
        (0..shape.hashes).map(move |i| (first + i * step) % shape.bits)
    }
}

impl<T, C> Open for BloomFilter<T, C> {
    fn __open(place: Place) -> Self {
        BloomFilter::open(place)
    }
    fn __keyed(&self) -> &Keyed {
        &self.at
    }
}

impl<T, C> Clone for BloomFilter<T, C> {
    fn clone(&self) -> Self {
        BloomFilter::open(self.place().clone()).sized(self.capacity, self.error_rate)
    }
}

impl<T, C> fmt::Debug for BloomFilter<T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BloomFilter({:?}, {} elements, {} wrong)", self.key(), self.capacity, self.error_rate)
    }
}

impl<T, C> Deref for BloomFilter<T, C> {
    type Target = Keyed;
    fn deref(&self) -> &Keyed {
        &self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_is_that_of_the_formula() {
        for (capacity, error_rate, bits, hashes) in
            [(1_000, 0.01, 9_600, 7), (1_000_000, 0.001, 14_377_600, 10), (1, 0.5, 64, 1), (1, 0.999, 64, 1)]
        {
            let shape = Shape::of(capacity, error_rate);
            assert_eq!((shape.bits, shape.hashes), (bits, hashes), "{capacity} at {error_rate}");
        }
    }

    #[test]
    fn elements_have_the_bits_that_they_always_had() {
        let shape = Shape::of(1_000, 0.01);
        // SHA-1 of `abc`: a9993e364706816a ba3e25717850c26c 9cd0d89d
        let expected =
            Hashed { first: 0xa999_3e36_4706_816a % 9_600, step: 1 + 0xba3e_2571_7850_c26c % 9_599 };
        assert_eq!(Hashed::of::<Native, _>("abc", shape).expect("it has an encoding"), expected);
        assert_eq!(header::<Native>(shape)[..6], *b"PBF1\x07\x00");
        assert_eq!(header::<Native>(shape)[8..], [0, 0, 0, 0, 0, 0, 0x25, 0x80]);
    }
}
