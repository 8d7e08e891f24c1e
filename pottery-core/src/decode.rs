//! Decoding: what a reply means.
//!
//! A shape is a type that says what the reply to a command looks like: [`Number`], [`Maybe`], [`Many`]... Reading is
//! resumable: what has been built so far is kept in the shape's `Partial`, so a link may feed a reply as it arrives.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use crate::codec::{Codec, CodecError};
use crate::error::{Error, ErrorKind};
use crate::reply::{Reply, Step, Token};
use crate::storable::Storable;

/// The shape of a reply.
pub trait Decode {
    /// What it is read as.
    type Output;
    /// What has been read so far.
    type Partial: Default + Send + 'static;
    /// How many values of the wire make one.
    const VALUES: usize = 1;
    /// Reads on. On [`Incomplete`](crate::reply::Interrupt::Incomplete) it is called again when more has arrived.
    fn resume(partial: &mut Self::Partial, reply: &mut Reply<'_>) -> Step<Self::Output>;
}

/// Room for at most this many elements is reserved on the word of a header.
const RESERVE_AT_MOST: usize = 1 << 16;

/// Any reply that is not an error.
#[derive(Debug)]
pub(crate) struct Done;

impl Decode for Done {
    type Output = ();
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<()> {
        reply.head().map(drop)
    }
}

/// An integer reply.
#[derive(Debug)]
pub(crate) struct Number<N>(PhantomData<N>);

impl<N: TryFrom<i64>> Decode for Number<N> {
    type Output = N;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<N> {
        let number = match reply.token()? {
            Token::Int(number) => Some(number),
            Token::Nil => Some(0),
            Token::Bytes(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
            _ => None,
        };
        number.and_then(|number| N::try_from(number).ok()).ok_or_else(|| {
            Error::new(ErrorKind::Decode, "the server answered with something else than a count").into()
        })
    }
}

/// Whether it happened: an integer above 0, or `OK` where nil says no.
#[derive(Debug)]
pub(crate) struct Flag;

impl Decode for Flag {
    type Output = bool;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<bool> {
        reply.head().map(|token| match token {
            Token::Int(number) => number > 0,
            Token::Nil => false,
            Token::Bool(flag) => flag,
            _ => true,
        })
    }
}

/// One value, which must be there.
#[derive(Debug)]
pub struct One<T, C>(PhantomData<(T, C)>);

impl<T: Storable, C: Codec> Decode for One<T, C> {
    type Output = T;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<T> {
        match reply.nil_or(|bytes| Ok(C::decode(bytes).map_err(undecodable)?))? {
            Some(value) => Ok(value),
            None => {
                Err(Error::new(ErrorKind::Decode, "the server answered with nil where a value was expected")
                    .into())
            }
        }
    }
}

/// One value, or nil.
#[derive(Debug)]
pub(crate) struct Maybe<T, C>(PhantomData<(T, C)>);

impl<T: Storable, C: Codec> Decode for Maybe<T, C> {
    type Output = Option<T>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Option<T>> {
        reply.nil_or(|bytes| Ok(C::decode(bytes).map_err(undecodable)?))
    }
}

/// A field of a hash, or a string key: nil is an absent one, which only an `Option` can be.
#[derive(Debug)]
pub struct Stored<T, C>(PhantomData<(T, C)>);

impl<T: Storable, C: Codec> Decode for Stored<T, C> {
    type Output = T;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<T> {
        match reply.nil_or(|bytes| Ok(C::decode_field(Some(bytes)).map_err(undecodable)?))? {
            Some(value) => Ok(value),
            None => Ok(C::decode_field(None).map_err(undecodable)?),
        }
    }
}

/// A string as it is, or nil.
#[derive(Debug)]
pub(crate) struct Bytes;

impl Decode for Bytes {
    type Output = Option<Vec<u8>>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Option<Vec<u8>>> {
        reply.nil_or(|bytes| Ok(bytes.to_vec()))
    }
}

/// A collection that is filled one by one.
pub trait Gather<T>: Default + Send + 'static {
    fn expect(&mut self, count: usize);
    fn gather(&mut self, item: T);
}

impl<T: Send + 'static> Gather<T> for Vec<T> {
    fn expect(&mut self, count: usize) {
        self.reserve(count);
    }
    fn gather(&mut self, item: T) {
        self.push(item);
    }
}

impl<T: Send + 'static> Gather<T> for VecDeque<T> {
    fn expect(&mut self, count: usize) {
        self.reserve(count);
    }
    fn gather(&mut self, item: T) {
        self.push_back(item);
    }
}

impl<T: Eq + Hash + Send + 'static, S: BuildHasher + Default + Send + 'static> Gather<T> for HashSet<T, S> {
    fn expect(&mut self, count: usize) {
        self.reserve(count);
    }
    fn gather(&mut self, item: T) {
        self.insert(item);
    }
}

impl<T: Ord + Send + 'static> Gather<T> for BTreeSet<T> {
    fn expect(&mut self, _: usize) {}
    fn gather(&mut self, item: T) {
        self.insert(item);
    }
}

impl<K, V, S> Gather<(K, V)> for HashMap<K, V, S>
where
    K: Eq + Hash + Send + 'static,
    V: Send + 'static,
    S: BuildHasher + Default + Send + 'static,
{
    fn expect(&mut self, count: usize) {
        self.reserve(count);
    }
    fn gather(&mut self, (key, value): (K, V)) {
        self.insert(key, value);
    }
}

impl<K: Ord + Send + 'static, V: Send + 'static> Gather<(K, V)> for BTreeMap<K, V> {
    fn expect(&mut self, _: usize) {}
    fn gather(&mut self, (key, value): (K, V)) {
        self.insert(key, value);
    }
}

/// A collection of which some elements have been read.
#[derive(Debug)]
pub struct Gathering<M, P> {
    into: M,
    left: Option<usize>,
    element: P,
}

impl<M: Default, P: Default> Default for Gathering<M, P> {
    fn default() -> Self {
        Gathering { into: M::default(), left: None, element: P::default() }
    }
}

/// A collection `M` of what the shape `D` reads.
#[derive(Debug)]
pub struct Many<M, D>(PhantomData<(M, D)>);

impl<M: Gather<D::Output>, D: Decode> Decode for Many<M, D> {
    type Output = M;
    type Partial = Gathering<M, D::Partial>;

    fn resume(partial: &mut Self::Partial, reply: &mut Reply<'_>) -> Step<M> {
        let left = match &mut partial.left {
            Some(left) => left,
            None => {
                let count = reply.aggregate()?.unwrap_or(0) / D::VALUES;
                partial.into.expect(count.min(RESERVE_AT_MOST));
                partial.left.insert(count)
            }
        };
        while *left > 0 {
            let item = D::resume(&mut partial.element, reply)?;
            partial.element = D::Partial::default();
            partial.into.gather(item);
            *left -= 1;
        }
        Ok(std::mem::take(&mut partial.into))
    }
}

/// A key and its value.
#[derive(Debug)]
pub struct Entry<K, V, C>(PhantomData<(K, V, C)>);

impl<K: Storable, V: Storable, C: Codec> Decode for Entry<K, V, C> {
    type Output = (K, V);
    type Partial = Option<K>;
    const VALUES: usize = 2;

    fn resume(key: &mut Option<K>, reply: &mut Reply<'_>) -> Step<(K, V)> {
        if key.is_none() {
            *key = Some(One::<K, C>::resume(&mut (), reply)?);
        }
        let value = One::<V, C>::resume(&mut (), reply)?;
        match key.take() {
            Some(key) => Ok((key, value)),
            None => Err(Error::new(ErrorKind::Decode, "an entry without a key").into()),
        }
    }
}

/// What a list, a set or an array holds.
pub(crate) type Elements<M, T, C> = Many<M, One<T, C>>;
/// What a hash holds.
pub(crate) type Entries<M, K, V, C> = Many<M, Entry<K, V, C>>;

pub(crate) fn undecodable(error: CodecError) -> Error {
    let kind = if error.is_missing() { ErrorKind::MissingField } else { ErrorKind::Decode };
    Error::new(kind, error.to_string()).with_source(error)
}

/// A position, or nil.
pub(crate) struct Index;

impl Decode for Index {
    type Output = Option<usize>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Option<usize>> {
        match reply.token()? {
            Token::Nil => Ok(None),
            Token::Int(index) if index >= 0 => Ok(Some(index as usize)),
            _ => {
                Err(Error::new(ErrorKind::Decode, "the server answered with something else than an index")
                    .into())
            }
        }
    }
}

/// What a blocking pop brings: a key and a value, or nil when its time is over.
pub(crate) struct Popped<T, C>(PhantomData<(T, C)>);

impl<T: Storable, C: Codec> Decode for Popped<T, C> {
    type Output = Option<T>;
    type Partial = PoppedSoFar;
    fn resume(so_far: &mut PoppedSoFar, reply: &mut Reply<'_>) -> Step<Option<T>> {
        if let PoppedSoFar::Nothing = so_far {
            if reply.aggregate()?.is_none() {
                return Ok(None);
            }
            *so_far = PoppedSoFar::Pair;
        }
        if let PoppedSoFar::Pair = so_far {
            reply.token()?;
            *so_far = PoppedSoFar::Key;
        }
        One::<T, C>::resume(&mut (), reply).map(Some)
    }
}

/// How much of a blocking pop's answer has been read.
#[derive(Default)]
pub(crate) enum PoppedSoFar {
    #[default]
    Nothing,
    /// That there is a pair.
    Pair,
    /// The key.
    Key,
}

/// The answer to a SCAN: the cursor of the next page, `None` after the last, and what this one holds.
#[derive(Debug)]
pub(crate) struct Scanned<D>(PhantomData<D>);

/// What has been read of a page.
#[derive(Debug)]
pub(crate) struct Scanning<T, P> {
    begun: bool,
    next: Option<u64>,
    elements: Gathering<Vec<T>, P>,
}

impl<T, P: Default> Default for Scanning<T, P> {
    fn default() -> Self {
        Scanning { begun: false, next: None, elements: Gathering::default() }
    }
}

impl<D: Decode<Output: Send + 'static>> Decode for Scanned<D> {
    type Output = (Vec<D::Output>, Option<u64>);
    type Partial = Scanning<D::Output, D::Partial>;

    fn resume(partial: &mut Self::Partial, reply: &mut Reply<'_>) -> Step<Self::Output> {
        if !partial.begun {
            reply.aggregate()?;
            partial.begun = true;
        }
        let next = match partial.next {
            Some(next) => next,
            None => {
                let next = crate::model::scan::read_cursor(reply)?;
                *partial.next.insert(next)
            }
        };
        let elements = Many::<Vec<D::Output>, D>::resume(&mut partial.elements, reply)?;
        Ok((elements, (next != 0).then_some(next)))
    }
}

/// Entries as HRANDFIELD and ZRANGE give them: flat in RESP2, each in an array of its own in RESP3. The first half of
/// each is read as `K`, the second as the shape `D`.
#[derive(Debug)]
pub(crate) struct Couples<K, D>(PhantomData<(K, D)>);

/// Keys and their values.
pub(crate) type Pairs<K, V, C> = Couples<One<K, C>, One<V, C>>;
/// Members and their scores.
pub(crate) type Scored<T, C> = Couples<One<T, C>, Score>;
/// Members as they are stored, and their scores.
pub(crate) type RawScored = Couples<Bytes, Score>;

/// What the shape `D` reads, in another collection.
#[derive(Debug)]
pub(crate) struct Collected<M, D>(PhantomData<(M, D)>);

impl<I, M: FromIterator<I>, D: Decode<Output = Vec<I>>> Decode for Collected<M, D> {
    type Output = M;
    type Partial = D::Partial;
    fn resume(partial: &mut D::Partial, reply: &mut Reply<'_>) -> Step<M> {
        D::resume(partial, reply).map(M::from_iter)
    }
}

/// The members of a sorted set in their order, read with their scores.
#[derive(Debug)]
pub(crate) struct Firsts<M, T, C>(PhantomData<(M, T, C)>);

impl<T: Storable, C: Codec, M: FromIterator<T>> Decode for Firsts<M, T, C> {
    type Output = M;
    type Partial = <Scored<T, C> as Decode>::Partial;
    fn resume(partial: &mut Self::Partial, reply: &mut Reply<'_>) -> Step<M> {
        Scored::<T, C>::resume(partial, reply)
            .map(|entries| entries.into_iter().map(|(member, _)| member).collect())
    }
}

/// What can be read of one string.
pub(crate) trait OfBytes {
    type Read: Send + 'static;
    fn of_bytes(bytes: &[u8]) -> Result<Self::Read, Error>;
}

impl<T: Storable, C: Codec> OfBytes for One<T, C> {
    type Read = T;
    fn of_bytes(bytes: &[u8]) -> Result<T, Error> {
        C::decode(bytes).map_err(undecodable)
    }
}

impl OfBytes for Bytes {
    type Read = Vec<u8>;
    fn of_bytes(bytes: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(bytes.to_vec())
    }
}

/// Entries of which some have been read.
#[derive(Debug)]
pub(crate) struct Pairing<K, V> {
    into: Vec<(K, V)>,
    /// How many values of the outer array have not been read.
    left: Option<usize>,
    /// Whether the entry that is being read has an array of its own.
    nested: bool,
    key: Option<K>,
}

impl<K, V> Default for Pairing<K, V> {
    fn default() -> Self {
        Pairing { into: Vec::new(), left: None, nested: false, key: None }
    }
}

impl<K: OfBytes, D: Decode<Output: Send + 'static, Partial = ()>> Decode for Couples<K, D> {
    type Output = Vec<(K::Read, D::Output)>;
    type Partial = Pairing<K::Read, D::Output>;

    fn resume(partial: &mut Self::Partial, reply: &mut Reply<'_>) -> Step<Self::Output> {
        if partial.left.is_none() {
            partial.left = Some(reply.aggregate()?.unwrap_or(0));
        }
        while let Some(left) = partial.left.filter(|left| *left > 0) {
            if partial.key.is_none() {
                partial.key = match reply.token()? {
                    Token::Array(_) if !partial.nested => {
                        partial.nested = true;
                        continue;
                    }
                    Token::Bytes(bytes) => Some(K::of_bytes(bytes)?),
                    _ => return Err(Error::new(ErrorKind::Decode, "an entry without a key").into()),
                };
            }
            let value = D::resume(&mut (), reply)?;
            let values = if std::mem::take(&mut partial.nested) { 1 } else { 2 };
            partial.left = Some(left.saturating_sub(values));
            partial.into.extend(partial.key.take().map(|key| (key, value)));
        }
        Ok(std::mem::take(&mut partial.into))
    }
}

/// The score of a member, whatever the codec of the members: a double in RESP3, its text in RESP2.
#[derive(Debug)]
pub(crate) struct Score;

impl Decode for Score {
    type Output = f64;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<f64> {
        match MaybeScore::resume(&mut (), reply)? {
            Some(score) => Ok(score),
            None => {
                Err(Error::new(ErrorKind::Decode, "the server answered with nil in place of a score").into())
            }
        }
    }
}

/// A score, or nil.
#[derive(Debug)]
pub(crate) struct MaybeScore;

impl Decode for MaybeScore {
    type Output = Option<f64>;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<Option<f64>> {
        let number = match reply.token()? {
            Token::Nil => return Ok(None),
            Token::Double(number) => Some(number),
            Token::Int(number) => Some(number as f64),
            Token::Bytes(bytes) => std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok()),
            _ => None,
        };
        match number {
            Some(number) => Ok(Some(number)),
            None => {
                Err(Error::new(ErrorKind::Decode, "the server answered with something else than a score")
                    .into())
            }
        }
    }
}

/// What a blocking pop of a sorted set brings: a key, a member and its score, or nil when its time is over.
pub(crate) struct PoppedScored<T, C>(PhantomData<(T, C)>);

/// How much of it has been read.
pub(crate) struct PoppedScoredSoFar<T> {
    begun: bool,
    key: bool,
    member: Option<T>,
}

impl<T> Default for PoppedScoredSoFar<T> {
    fn default() -> Self {
        PoppedScoredSoFar { begun: false, key: false, member: None }
    }
}

impl<T: Storable, C: Codec> Decode for PoppedScored<T, C> {
    type Output = Option<(T, f64)>;
    type Partial = PoppedScoredSoFar<T>;
    fn resume(so_far: &mut PoppedScoredSoFar<T>, reply: &mut Reply<'_>) -> Step<Option<(T, f64)>> {
        if !so_far.begun {
            if reply.aggregate()?.is_none() {
                return Ok(None);
            }
            so_far.begun = true;
        }
        if !so_far.key {
            reply.token()?;
            so_far.key = true;
        }
        if so_far.member.is_none() {
            so_far.member = Some(One::<T, C>::resume(&mut (), reply)?);
        }
        let score = Score::resume(&mut (), reply)?;
        Ok(so_far.member.take().map(|member| (member, score)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Native;
    use crate::reply::{Interrupt, Progress};

    /// Reads a reply that arrives in two pieces, in all ways to cut it.
    fn read_in_pieces<D: Decode>(resp: &str, check: impl Fn(D::Output)) {
        for cut in 0..=resp.len() {
            let (mut progress, mut partial) = (Progress::new(1, 0), D::Partial::default());
            let mut first = Reply::over(&resp.as_bytes()[..cut], &mut progress);
            match D::resume(&mut partial, &mut first) {
                Ok(value) => {
                    assert_eq!(cut, resp.len(), "the last byte matters");
                    check(value);
                    continue;
                }
                Err(Interrupt::Failed(error)) => panic!("{error}"),
                Err(Interrupt::Incomplete) => {}
            }
            let used = first.used();
            let mut second = Reply::over(&resp.as_bytes()[used..], &mut progress);
            match D::resume(&mut partial, &mut second) {
                Ok(value) => check(value),
                other => panic!("cut at {cut}: {:?}", other.map(drop)),
            }
        }
    }

    #[test]
    fn pairs_are_read_flat_and_nested_however_they_arrive() {
        let flat = "*4\r\n$1\r\na\r\n$1\r\n1\r\n$1\r\nb\r\n$1\r\n2\r\n";
        let nested = "*2\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n";
        for resp in [flat, nested] {
            read_in_pieces::<Pairs<String, u8, Native>>(resp, |pairs| {
                assert_eq!(pairs, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
            });
        }
        read_in_pieces::<Pairs<String, u8, Native>>("*0\r\n", |pairs| assert!(pairs.is_empty()));
    }

    #[test]
    fn pages_of_a_scan_are_read_however_they_arrive() {
        type Page = Scanned<Entry<String, u8, Native>>;
        read_in_pieces::<Page>("*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\n1\r\n", |page| {
            assert_eq!(page, (vec![("a".to_owned(), 1)], Some(17)));
        });
        read_in_pieces::<Page>("*2\r\n$1\r\n0\r\n*0\r\n", |page| assert_eq!(page, (vec![], None)));
    }
}
