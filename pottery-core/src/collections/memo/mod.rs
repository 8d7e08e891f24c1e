//! Memoised functions: what was found out once is remembered for all.

mod lease;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use self::lease::{Answer, Lease};
use super::Open;
use super::keyed::{Keyed, millis};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Flag, Maybe, Number};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::operation::{Operation, Run};
use crate::place::Place;
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;
use crate::store::Store;

/// How long one may find out before another one does as well, unless set.
const LEASE: Duration = Duration::from_secs(10);
/// Nothing lives longer, and what should is remembered for ever: Lua counts it exactly.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A memoised function: what it returned for a key is remembered for a while, for all processes that ask.
///
/// ```no_run
/// # use pottery_core::{Result, Store};
/// # use std::time::Duration;
/// # #[cfg(feature = "async")]
/// # async fn price(store: &Store, article: u64) -> Result<u32> {
/// # async fn ask_the_dealer(_: u64) -> u32 { 7 }
/// let prices = store.memo::<u64, u32>("prices").time_to_live(Duration::from_secs(300));
/// let price = prices.get_or_compute(article, || ask_the_dealer(article)).await?;
/// # Ok(price) }
/// ```
///
/// Without a runtime:
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let lengths = store.memo::<String, usize>("lengths");
/// let length = lengths.get_or_insert_with("a long text", || "a long text".len()).wait()?;
/// # assert_eq!(length, 11); Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// | | Redis | cost |
/// |---|---|---|
/// | [`get_or_compute`](Memo::get_or_compute), [`get_or_insert_with`](Memo::get_or_insert_with) and their `try` | one script for a hit; another one to store | O(1) |
/// | [`recompute`](Memo::recompute), [`recompute_with`](Memo::recompute_with), [`insert`](Memo::insert) | a script | O(1) |
/// | [`peek`](Memo::peek), [`forget`](Memo::forget) | a script | O(1) |
/// | [`len`](Memo::len), [`is_empty`](Memo::is_empty) | a script | O(n) |
/// | [`clear`](Keyed::clear) | `UNLINK` | O(1) |
///
/// # One finds out, the others wait
/// Of all who ask for a key that is not remembered, in whatever process, one gets a lease and computes; the others look
/// again after short pauses (8 to 100 ms) and get what it stored. When its computation fails, panics or is dropped, it
/// gives the lease back; when its process dies, the lease ends by itself ([`lease`](Memo::lease)). Then another one
/// computes. A computation that takes longer than the lease may be joined by a second one.
///
/// What is [forgotten](Memo::forget), [cleared](Keyed::clear) or [stored](Memo::insert) by somebody else while it is being
/// computed is not stored afterwards: it may be older than that. Whoever computed it gets it all the same.
///
/// # What is remembered
/// Any value, `None` as well. Errors are not. What is stored and cannot be decoded, by an older program say, counts as
/// not remembered. How often what was asked for was remembered, each handle counts with its clones ([`stats`](Memo::stats)).
///
/// # What lies in Redis
/// One hash, so one slot. Of each key it has a field `=` and the encoded key, which holds the encoded value, and where it
/// ends a field `!` and the key, which holds when, in milliseconds of the server's clock. While it is being computed, a
/// field `?` and the key holds when the lease ends, a colon and a random token. What has ended is never returned, and is
/// removed little by little when something is stored. The hash itself lives as long as the last that it remembers,
/// unless there was something among it for ever; the memo sees to it, so do not [`expire`](Keyed::expire) it.
#[must_use]
pub struct Memo<K, V, C = Native> {
    at: Keyed,
    settings: Settings,
    counts: Arc<Counts>,
    types: PhantomData<Types<K, V, C>>,
}

/// A memo holds none of these.
type Types<K, V, C> = fn() -> (K, V, C);

#[derive(Clone, Copy, Debug)]
struct Settings {
    ttl: Option<Duration>,
    slides: bool,
    lease: Duration,
}

#[derive(Debug, Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
}

/// How often a [`Memo`] remembered: of this handle and its clones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoStats {
    /// How often what was asked for was remembered, be it because another one computed it just then.
    pub hits: u64,
    /// How often it had to be computed.
    pub misses: u64,
}

impl Store {
    /// The memo at a key. Nothing is sent.
    pub fn memo<K: Storable, V: Storable>(&self, key: impl Into<Key>) -> Memo<K, V> {
        self.handle(key)
    }
}

impl<K, V, C> Memo<K, V, C> {
    pub(crate) fn open(place: Place) -> Memo<K, V, C> {
        let settings = Settings { ttl: None, slides: false, lease: LEASE };
        Memo { at: Keyed::new(place), settings, counts: Arc::default(), types: PhantomData }
    }

    fn place(&self) -> &Place {
        self.at.place()
    }

    /// The same place with another codec for its keys and values.
    pub fn codec<D: Codec>(self) -> Memo<K, V, D> {
        Memo { at: self.at, settings: self.settings, counts: self.counts, types: PhantomData }
    }

    /// Remembers what is stored from now on for this long; for ever unless set. Like the other settings it belongs to
    /// the handle, and is not stored.
    pub fn time_to_live(mut self, time: Duration) -> Memo<K, V, C> {
        self.settings.ttl = (time < LONGEST).then_some(time);
        self
    }

    /// What is asked for lives for the whole [`time_to_live`](Memo::time_to_live) again, so that only what nobody asks for is forgotten.
    pub fn sliding(mut self) -> Memo<K, V, C> {
        self.settings.slides = true;
        self
    }

    /// How long a computation may take before another one who waits for it computes as well: 10 seconds unless set. It
    /// is what all others wait if the process that computes dies.
    pub fn lease(mut self, time: Duration) -> Memo<K, V, C> {
        self.settings.lease = time.min(LONGEST);
        self
    }

    /// How often what was asked for was remembered, and how often not: by this handle and its clones. Nothing is sent.
    pub fn stats(&self) -> MemoStats {
        MemoStats {
            hits: self.counts.hits.load(Ordering::Relaxed),
            misses: self.counts.misses.load(Ordering::Relaxed),
        }
    }

    /// Counts from nothing again. Nothing is sent.
    pub fn reset_stats(&self) {
        self.counts.hits.store(0, Ordering::Relaxed);
        self.counts.misses.store(0, Ordering::Relaxed);
    }

    /// Whether the hash may be given a time to live: that of an object's collection is the object's.
    fn own(&self) -> &'static [u8] {
        if self.place().object().is_none() { b"1" } else { b"0" }
    }

    /// For how long something is stored: 0 is for ever.
    fn life(&self) -> Result<i64> {
        self.settings.ttl.map_or(Ok(0), millis)
    }
}

impl<K: Storable, V: Storable, C: Codec> Memo<K, V, C> {
    /// The value for a key: what is remembered, or else what `compute` returns, which is remembered then. One script for
    /// what is remembered, another one to store; O(1). See [`Memo`] for what happens when many ask at once.
    ///
    /// ```no_run
    /// # #[cfg(feature = "async")]
    /// # async fn example(squares: pottery_core::Memo<u64, u64>) -> pottery_core::Result<()> {
    /// let square = squares.get_or_compute(12, || async { 12 * 12 }).await?;
    /// # let _ = square; Ok(()) }
    /// ```
    ///
    /// Where the server fails only when the value is to be stored, the value is returned all the same.
    ///
    /// # Errors
    /// `Encode` if the key or the value has no encoding, `WrongType` if there is no hash at the key, and those of a server
    /// that cannot be reached: then nothing was computed.
    pub fn get_or_compute<'a, F, Fut>(&self, key: impl Arg<K>, compute: F) -> Operation<'a, V>
    where
        F: FnOnce() -> Fut + Send + 'a,
        Fut: Future<Output = V> + Send + 'a,
    {
        self.obtain(key, || async { Ok::<V, Infallible>(compute().await) }).map(infallible)
    }

    /// The same for what may fail: an error of the computation is returned as it is, and is not remembered.
    ///
    /// ```no_run
    /// # #[cfg(feature = "async")]
    /// # async fn example(numbers: pottery_core::Memo<String, u64>) -> pottery_core::Result<()> {
    /// match numbers.try_get_or_compute("x", || async { "x".parse() }).await? {
    ///     Ok(number) => println!("{number}"),
    ///     Err(error) => println!("no number: {error}"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// Those of [`get_or_compute`](Memo::get_or_compute).
    pub fn try_get_or_compute<'a, E, F, Fut>(
        &self,
        key: impl Arg<K>,
        compute: F,
    ) -> Operation<'a, Result<V, E>>
    where
        E: Send + 'a,
        F: FnOnce() -> Fut + Send + 'a,
        Fut: Future<Output = Result<V, E>> + Send + 'a,
    {
        self.obtain(key, compute)
    }

    /// [`get_or_compute`](Memo::get_or_compute) with a plain closure. Awaited, it runs in the task that awaits it.
    ///
    /// # Errors
    /// Those of [`get_or_compute`](Memo::get_or_compute).
    pub fn get_or_insert_with<'a>(
        &self,
        key: impl Arg<K>,
        compute: impl FnOnce() -> V + Send + 'a,
    ) -> Operation<'a, V> {
        self.obtain(key, || std::future::ready(Ok::<V, Infallible>(compute()))).map(infallible)
    }

    /// [`try_get_or_compute`](Memo::try_get_or_compute) with a plain closure. Awaited, it runs in the task that awaits it.
    ///
    /// # Errors
    /// Those of [`get_or_compute`](Memo::get_or_compute).
    pub fn try_get_or_insert_with<'a, E: Send + 'a>(
        &self,
        key: impl Arg<K>,
        compute: impl FnOnce() -> Result<V, E> + Send + 'a,
    ) -> Operation<'a, Result<V, E>> {
        self.obtain(key, || std::future::ready(compute()))
    }

    /// Computes the value whatever is remembered, and remembers it instead: it waits for nobody, and whoever computes it
    /// already stores nothing afterwards. A script, O(1). It counts as no hit and no miss.
    ///
    /// # Errors
    /// Those of [`insert`](Memo::insert): the value was computed then, and is not returned.
    pub fn recompute<'a, F, Fut>(&self, key: impl Arg<K>, compute: F) -> Operation<'a, V>
    where
        F: FnOnce() -> Fut + Send + 'a,
        Fut: Future<Output = V> + Send + 'a,
    {
        let (memo, key) = (self.clone(), encoded::<C, K>(key));
        Operation::new(self.place().store(), move |run| async move {
            let key = key.map_err(|error| memo.place().refuse(error))?;
            let value = compute().await;
            run.command(memo.put(&key, b"", &value)).await?;
            Ok(value)
        })
    }

    /// [`recompute`](Memo::recompute) with a plain closure. Awaited, it runs in the task that awaits it.
    ///
    /// # Errors
    /// Those of [`recompute`](Memo::recompute).
    pub fn recompute_with<'a>(
        &self,
        key: impl Arg<K>,
        compute: impl FnOnce() -> V + Send + 'a,
    ) -> Operation<'a, V> {
        self.recompute(key, || std::future::ready(compute()))
    }

    /// Remembers a value, in place of what is remembered. Whoever computes it just then stores nothing afterwards. A
    /// script, O(1).
    ///
    /// # Errors
    /// `Encode` if the key or the value has no encoding, `WrongType` if there is no hash at the key.
    pub fn insert(&self, key: impl Arg<K>, value: impl Arg<V>) -> Command<()> {
        match encoded::<C, K>(key) {
            Ok(key) => self.put(&key, b"", value.__as()).map(drop),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// What is remembered under a key. It computes nothing, counts for nothing, and does not make it live longer. A
    /// script, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `V`.
    pub fn peek(&self, key: impl Arg<K>) -> Command<Option<V>> {
        static PEEK: Script = Script::new(include_str!("../../scripts/memo_peek.lua"));
        match encoded::<C, K>(key) {
            Ok(key) => {
                let request = Request::read().eval(&PEEK, &[self.key()], |a| _ = a.raw(&key));
                Command::new::<Maybe<V, C>>(self.place(), request)
            }
            // what has no encoding cannot be there
            Err(_) => Command::known(self.place(), None),
        }
    }

    /// Forgets what is remembered under a key; `false` if nothing was. What is being computed for it is not stored
    /// afterwards. A script, O(1).
    pub fn forget(&self, key: impl Arg<K>) -> Command<bool> {
        static FORGET: Script = Script::new(include_str!("../../scripts/memo_forget.lua"));
        match encoded::<C, K>(key) {
            Ok(key) => {
                let request = Request::write().eval(&FORGET, &[self.key()], |a| _ = a.raw(&key));
                Command::new::<Flag>(self.place(), request)
            }
            Err(_) => Command::known(self.place(), false),
        }
    }

    /// How much is remembered, without what has ended. A script, O(n).
    pub fn len(&self) -> Command<usize> {
        static LEN: Script = Script::new(include_str!("../../scripts/memo_len.lua"));
        let request = Request::read().eval(&LEN, &[self.key()], |_| {});
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Whether nothing is remembered. A script, O(n).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().map(|len| len == 0)
    }

    /// Stores a value, if this token's lease is still there; with no token in any case. Says whether it did.
    fn put<T>(&self, key: &[u8], token: &[u8], value: &T) -> Command<bool>
    where
        T: serde::Serialize + ?Sized + 'static,
    {
        static STORE: Script = Script::new(include_str!("../../scripts/memo_store.lua"));
        let life = match self.life() {
            Ok(life) => life,
            Err(error) => return Command::refused(self.place(), error),
        };
        let request = Request::write().eval(&STORE, &[self.key()], |a| {
            a.raw(key).raw(token).int(life).raw(self.own()).value::<C, _>(value);
        });
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// What is remembered, or else what is computed.
    fn obtain<'a, E, F, Fut>(&self, key: impl Arg<K>, compute: F) -> Operation<'a, Result<V, E>>
    where
        E: Send + 'a,
        F: FnOnce() -> Fut + Send + 'a,
        Fut: Future<Output = Result<V, E>> + Send + 'a,
    {
        let (memo, key) = (self.clone(), encoded::<C, K>(key));
        Operation::new(self.place().store(), move |run| async move {
            let key = key.map_err(|error| memo.place().refuse(error))?;
            let token = lease::token();
            let (mut waited, mut is_stale) = (0, false);
            loop {
                match run.command(memo.ask(&key, &token, is_stale)?).await? {
                    Answer::Remembered(bytes) => match C::decode(&bytes) {
                        Ok(value) => {
                            memo.counts.hits.fetch_add(1, Ordering::Relaxed);
                            return Ok(Ok(value));
                        }
                        // who has the lease may have stored something better by the time we ask again
                        Err(_) => is_stale = true,
                    },
                    Answer::Taken(left) => {
                        waited += 1;
                        is_stale = false;
                        run.link.sleep(crate::link::backoff(waited.min(3)).min(left)).await;
                    }
                    Answer::Yours => break,
                }
            }
            memo.counts.misses.fetch_add(1, Ordering::Relaxed);
            let lease = Lease::new(memo.place().clone(), key, token);
            memo.compute(run, lease, compute).await
        })
    }

    async fn compute<E, F, Fut>(&self, run: Run, lease: Lease, compute: F) -> Result<Result<V, E>>
    where
        E: Send,
        F: FnOnce() -> Fut + Send,
        Fut: Future<Output = Result<V, E>> + Send,
    {
        let value = match compute().await {
            Ok(value) => value,
            Err(error) => {
                lease.give_back(&run).await;
                return Ok(Err(error));
            }
        };
        match run.command(self.put(lease.key(), lease.token(), &value)).await {
            Ok(_) => lease.settle(),
            Err(error) if matches!(error.kind(), ErrorKind::Encode | ErrorKind::Misuse) => {
                lease.give_back(&run).await;
                return Err(error);
            }
            // dropped, the lease is given back as soon as that is possible
            Err(_) => {}
        }
        Ok(Ok(value))
    }
}

/// What no computation fails with.
#[derive(Debug)]
enum Infallible {}

fn infallible<V>(result: Result<V, Infallible>) -> V {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// A key as it stands in the fields of the hash.
fn encoded<C: Codec, K: Storable>(key: impl Arg<K>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match C::encode_member(key.__as(), &mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => Err(Error::new(ErrorKind::Encode, error.to_string()).with_source(error)),
    }
}

impl<K, V, C> Open for Memo<K, V, C> {
    fn __open(place: Place) -> Self {
        Memo::open(place)
    }

    fn __keyed(&self) -> &Keyed {
        &self.at
    }
}

impl<K, V, C> Clone for Memo<K, V, C> {
    /// Another handle on the same, which counts together with this one.
    fn clone(&self) -> Self {
        Memo { at: self.at.clone(), settings: self.settings, counts: self.counts.clone(), types: PhantomData }
    }
}

impl<K, V, C> fmt::Debug for Memo<K, V, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memo").field("at", self.at.key()).field("settings", &self.settings).finish()
    }
}

impl<K, V, C> Deref for Memo<K, V, C> {
    type Target = Keyed;

    fn deref(&self) -> &Keyed {
        &self.at
    }
}
