//! What only the program can decide: the order of items, and which to keep.

use std::cmp::Ordering;

use super::List;
use crate::batch;
use crate::codec::Codec;
use crate::command::Command;
use crate::decode::{Bytes, Done, Many, undecodable};
use crate::error::{Error, ErrorKind, Result};
use crate::link::backoff;
use crate::operation::Operation;
use crate::reader::Exec;
use crate::request::Request;
use crate::storable::Storable;

impl<T: Storable, C: Codec> List<T, C> {
    /// Sorts the list by the order of `T`: numbers as numbers, strings by their bytes. Equal items keep their order.
    ///
    /// The items are fetched, sorted here and written back if nobody has changed the list meanwhile; else it begins
    /// again. `WATCH`, `LRANGE`; `MULTI`, `RPUSH`, `LTRIM`, `EXEC`; two round trips for each attempt, O(n log n). (Redis's
    /// own `SORT` takes numbers for doubles, which have 53 bits, knows no other types, turns sets into lists, and forgets
    /// the time to live.)
    ///
    /// # Errors
    /// `Conflict` if it was changed by others at every attempt ([`Options::attempts`](crate::Options::attempts)).
    pub fn sort(&self) -> Operation<'static, ()>
    where
        T: Ord,
    {
        self.sort_by(T::cmp)
    }

    /// Sorts the list, the greatest item first; otherwise like [`sort`](List::sort). Equal items keep their order.
    ///
    /// # Errors
    /// `Conflict`, as with [`sort`](List::sort).
    pub fn sort_desc(&self) -> Operation<'static, ()>
    where
        T: Ord,
    {
        self.sort_by(|a, b| b.cmp(a))
    }

    /// Sorts the list by an order of one's own (floats: `sort_by(f64::total_cmp)`); otherwise like
    /// [`sort`](List::sort). The closure is called again with each attempt.
    ///
    /// # Errors
    /// `Conflict`, as with [`sort`](List::sort).
    pub fn sort_by<'a>(&self, mut compare: impl FnMut(&T, &T) -> Ordering + Send + 'a) -> Operation<'a, ()> {
        self.rearrange(move |items| {
            let mut order: Vec<usize> = (0..items.len()).collect();
            order.sort_by(|a, b| compare(&items[*a], &items[*b]));
            (order, ())
        })
    }

    /// Sorts the list by a key of each item; otherwise like [`sort`](List::sort). The closure is called again with each
    /// attempt.
    ///
    /// # Errors
    /// `Conflict`, as with [`sort`](List::sort).
    pub fn sort_by_key<'a, K: Ord>(&self, mut key: impl FnMut(&T) -> K + Send + 'a) -> Operation<'a, ()> {
        self.sort_by(move |a, b| key(a).cmp(&key(b)))
    }

    /// Keeps the items for which the closure says so, drops the others, and says how many those were. Fetched and
    /// written back as by [`sort`](List::sort); the closure is called again with each attempt.
    ///
    /// # Errors
    /// `Conflict`, as with [`sort`](List::sort).
    pub fn retain<'a>(&self, mut keep: impl FnMut(&T) -> bool + Send + 'a) -> Operation<'a, usize> {
        self.rearrange(move |items| {
            let kept: Vec<usize> = (0..items.len()).filter(|index| keep(&items[*index])).collect();
            let dropped = items.len() - kept.len();
            (kept, dropped)
        })
    }

    /// Makes a list of some of its items in some order: `choose` is given all and says which, by their indexes. What is
    /// written back are the bytes that were stored.
    fn rearrange<'a, R: Send + 'a>(
        &self,
        mut choose: impl FnMut(&[T]) -> (Vec<usize>, R) + Send + 'a,
    ) -> Operation<'a, R> {
        let list = self.clone();
        Operation::new(self.place().store(), move |run| async move {
            let attempts = list.place().store().attempts().max(1);
            for attempt in 0..attempts {
                if attempt > 0 {
                    run.link.sleep(backoff(attempt.min(5))).await;
                }
                let link = run.exclusive(list.place()).await?;
                let stored = run.command_on(&link, list.watched()).await?;
                let (order, result) = choose(&list.decoded(&stored)?);
                if order.iter().copied().eq(0..stored.len()) {
                    run.command_on(&link, list.plain(Request::read().command("UNWATCH", |_| {}))).await?;
                    link.release();
                    return Ok(result);
                }
                let chosen: Vec<&[u8]> = order.iter().map(|index| &stored[*index][..]).collect();
                let done = run.command_on(&link, list.unless_changed(&chosen)).await?;
                link.release();
                if done.is_some() {
                    return Ok(result);
                }
            }
            let error = Error::new(ErrorKind::Conflict, "the list was changed by others at every attempt");
            Err(list.place().refuse(error))
        })
    }

    /// Watches the list, and brings what it holds.
    fn watched(&self) -> Command<Vec<Vec<u8>>> {
        let watch = self.plain(Request::read().command("WATCH", |a| _ = a.key(self.key())));
        let read = Request::read().command("LRANGE", |a| _ = a.key(self.key()).raw(b"0").raw(b"-1"));
        let read = Command::new::<Many<Vec<Option<Vec<u8>>>, Bytes>>(self.place(), read);
        batch::command_of(self.place().store(), (watch, read), false)
            .map(|((), items)| items.into_iter().flatten().collect())
    }

    fn plain(&self, request: Request) -> Command<()> {
        Command::new::<Done>(self.place(), request)
    }

    fn decoded(&self, stored: &[Vec<u8>]) -> Result<Vec<T>> {
        let decoded: Result<Vec<T>> =
            stored.iter().map(|bytes| C::decode(bytes).map_err(undecodable)).collect();
        decoded.map_err(|error| self.place().refuse(error))
    }

    /// Puts stored items, as the bytes they are, in the place of all that the list holds; `None` if it was changed since
    /// it was watched.
    fn unless_changed(&self, stored: &[&[u8]]) -> Command<Option<(Vec<usize>, ())>> {
        let store = self.place().store();
        let (request, reader) = batch::joined(store, self.rearranged(stored), true);
        let request = request.guarded();
        let reader = Exec::new(reader, &request);
        Command::guarded(self.place(), request, Box::new(reader))
    }
}
