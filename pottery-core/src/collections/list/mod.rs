//! Lists.

mod edit;
pub(in crate::collections) mod range;
mod search;
mod sort;
pub(super) mod wait;

use std::marker::PhantomData;

use super::iter::Iter;
use super::keyed::Keyed;
use crate::arg::Arg;
use crate::batch;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Decode, Done, Elements, Maybe, Number};
use crate::error::{Error, ErrorKind};
use crate::operation::Operation;
use crate::reader::Read;
use crate::reply::{Interrupt, Reply, Step};
use crate::request::Request;
use crate::storable::Storable;

/// A Redis list: ordered, with duplicates, cheap at both ends. An empty list is no key.
///
/// Stand-alone it is [`Store::list`](crate::Store::list); as a field of a model it is what a `Vec` becomes.
///
/// Indexes are `i64`: negative ones count from the end, as in Redis, so `-1` is the last item. Ranges are Rust's own,
/// with the same rule for their bounds, and are cut to what is there. (Clippy takes `1..-1`, all but the first and the
/// last, for an empty range: allow `clippy::reversed_empty_ranges` where you write it.) Whatever changes more than one item does so in
/// one step that nobody sees half done, and leaves the key's time to live as it is.
///
/// Items are found ([`contains`](List::contains), [`remove`](List::remove), ...) by their encoding: a value is found
/// if it has the very bytes that are stored. What has no encoding of its own (a `HashMap`, whose entries come in any
/// order) may not be found.
///
/// Every method but those that may look for long (blocking pops, sorts, iterators) is one round trip.
///
/// # Errors
/// Every method fails with [`WrongType`](crate::ErrorKind::WrongType) if there is something else than a list at the
/// key, which is left as it is; with `Decode` if what is stored is no `T`; and with `Encode` before anything is sent
/// if an item has no encoding.
#[must_use]
pub struct List<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(List<T>);

/// The most elements that go into one command.
const CHUNK: usize = 1000;

/// How many items an iterator fetches at once.
const PAGE: u64 = 1000;

/// One end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Front,
    Back,
}

impl End {
    pub(super) fn push(self) -> &'static str {
        match self {
            End::Front => "LPUSH",
            End::Back => "RPUSH",
        }
    }

    pub(super) fn pop(self) -> &'static str {
        match self {
            End::Front => "LPOP",
            End::Back => "RPOP",
        }
    }

    pub(super) fn pop_wait(self) -> &'static str {
        match self {
            End::Front => "BLPOP",
            End::Back => "BRPOP",
        }
    }

    /// As `LMOVE` calls it.
    fn name(self) -> &'static [u8] {
        match self {
            End::Front => b"LEFT",
            End::Back => b"RIGHT",
        }
    }
}

impl<T: Storable, C: Codec> List<T, C> {
    /// Appends an item, and says how long the list is then. `RPUSH`, O(1).
    pub fn push(&self, item: impl Arg<T>) -> Command<usize> {
        self.push_some(End::Back, std::iter::once(item))
    }

    /// Puts an item before all others, and says how long the list is then. `LPUSH`, O(1).
    pub fn push_front(&self, item: impl Arg<T>) -> Command<usize> {
        self.push_some(End::Front, std::iter::once(item))
    }

    /// Appends items in their order, and says how long the list is then. `RPUSH`, O(1) for each; more than 1,000 go as
    /// several `RPUSH` in one `MULTI`. Of no items it is [`len`](List::len).
    pub fn extend<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        self.push_all(End::Back, items, None)
    }

    /// Puts items before all others, in their order: the first becomes the first of the list. Says how long the list is
    /// then. `LPUSH`, O(1) for each; more than 1,000 go as several `LPUSH` in one `MULTI`. Of no items it is
    /// [`len`](List::len).
    pub fn prepend<I>(&self, items: I) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let items: Vec<I::Item> = items.into_iter().collect();
        self.push_all(End::Front, items.into_iter().rev(), None)
    }

    /// Pushes items one after the other. Beyond `bound` items, those at the other end are dropped in the same step.
    pub(super) fn push_all<I>(&self, end: End, items: I, bound: Option<usize>) -> Command<usize>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let mut pushes = self.pushes(end, items);
        match (pushes.pop(), bound) {
            (None, _) => self.len(),
            (Some(only), None) if pushes.is_empty() => only,
            (Some(last), bound) => {
                let cut = bound.map(|bound| self.keep(end, bound));
                batch::command_of(self.place().store(), (pushes, last, cut), true)
                    .map(move |(_, length, _)| bound.map_or(length, |bound| length.min(bound)))
            }
        }
    }

    /// The commands that push all items, each with some of them.
    fn pushes<I>(&self, end: End, items: I) -> Vec<Command<usize>>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let mut items = items.into_iter().peekable();
        let mut pushes = Vec::new();
        while items.peek().is_some() {
            pushes.push(self.push_some(end, items.by_ref().take(CHUNK)));
        }
        pushes
    }

    /// One push of a few items, and not of none.
    fn push_some(&self, end: End, items: impl Iterator<Item: Arg<T>>) -> Command<usize> {
        let request = Request::write().command(end.push(), |a| {
            a.key(self.key());
            for item in items {
                a.value::<C, _>(item.__as());
            }
        });
        Command::new::<Number<usize>>(self.place(), request.bears(self.place()))
    }

    /// Keeps so many items at one end, and drops the others.
    fn keep(&self, end: End, count: usize) -> Command<()> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        match end {
            _ if count == 0 => self.cut(1, 0),
            End::Front => self.cut(0, count - 1),
            End::Back => self.cut(-count, -1),
        }
    }

    /// Keeps the items from one index to another, both included.
    fn cut(&self, from: i64, to: i64) -> Command<()> {
        let request = Request::write().command("LTRIM", |a| _ = a.key(self.key()).int(from).int(to));
        Command::new::<Done>(self.place(), request)
    }

    /// Removes the last item; `None` if the list is empty. `RPOP`, O(1).
    pub fn pop(&self) -> Command<Option<T>> {
        self.pop_one(End::Back)
    }

    /// Removes the first item; `None` if the list is empty. `LPOP`, O(1).
    pub fn pop_front(&self) -> Command<Option<T>> {
        self.pop_one(End::Front)
    }

    /// Removes up to `count` of the last items, the last one first. `RPOP key count`, O(count).
    pub fn pop_n(&self, count: usize) -> Command<Vec<T>> {
        self.pop_some(End::Back, count)
    }

    /// Removes up to `count` of the first items, in their order. `LPOP key count`, O(count).
    pub fn pop_front_n(&self, count: usize) -> Command<Vec<T>> {
        self.pop_some(End::Front, count)
    }

    pub(super) fn pop_one(&self, end: End) -> Command<Option<T>> {
        let request = Request::write().command(end.pop(), |a| _ = a.key(self.key()));
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    fn pop_some(&self, end: End, count: usize) -> Command<Vec<T>> {
        if count == 0 {
            return self.read_range(1, 0); // older servers refuse to pop none
        }
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let request = Request::write().command(end.pop(), |a| _ = a.key(self.key()).int(count));
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), request)
    }

    /// The item at `index`, or `None` if there is none; negative ones count from the end. `LINDEX`, O(1) at both ends,
    /// O(n) in the middle.
    pub fn get(&self, index: i64) -> Command<Option<T>> {
        let request = Request::read().command("LINDEX", |a| _ = a.key(self.key()).int(index));
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    /// The first item, or `None` if the list is empty. `LINDEX key 0`, O(1).
    pub fn first(&self) -> Command<Option<T>> {
        self.get(0)
    }

    /// The last item, or `None` if the list is empty. `LINDEX key -1`, O(1).
    pub fn last(&self) -> Command<Option<T>> {
        self.get(-1)
    }

    /// Puts an item in the place of the one at `index`; negative ones count from the end. `LSET`, O(1) at both ends,
    /// O(n) in the middle.
    ///
    /// # Errors
    /// `IndexOutOfRange` if there is no such item: an empty list has none.
    pub fn set(&self, index: i64, item: impl Arg<T>) -> Command<()> {
        /// For Redis, an empty list is a missing key, and that another error.
        struct Placed;
        impl Read<()> for Placed {
            fn resume(&mut self, reply: &mut Reply<'_>) -> Step<()> {
                Done::resume(&mut (), reply).map_err(|interrupt| match interrupt {
                    Interrupt::Failed(error) if error.kind() == ErrorKind::NotFound => {
                        let index = error.index().unwrap_or(0);
                        Error::new(ErrorKind::IndexOutOfRange, "the list is empty").with_index(index).into()
                    }
                    other => other,
                })
            }

            fn restart(&mut self) -> bool {
                true
            }
        }
        if i32::try_from(index).is_err() {
            // Valkey drops the upper half of the number, and writes to another item
            let error = Error::new(ErrorKind::IndexOutOfRange, "no list is as long as this index says");
            return Command::refused(self.place(), error);
        }
        let request =
            Request::write().command("LSET", |a| _ = a.key(self.key()).int(index).value::<C, _>(item.__as()));
        Command::reading(self.place(), request, Box::new(Placed))
    }

    /// How many items there are. `LLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        Command::new::<Number<usize>>(
            self.place(),
            Request::read().command("LLEN", |a| _ = a.key(self.key())),
        )
    }

    /// Whether there are no items. `LLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|length| length == 0)
    }

    /// All items. `LRANGE`, O(n).
    pub fn to_vec(&self) -> Command<Vec<T>> {
        self.read_range(0, -1)
    }

    /// All items one after the other, fetched 1,000 at a time. `LRANGE` for each page.
    ///
    /// Others may change the list between two pages. Then what they move towards the front may be left out, and what
    /// they move towards the end may come twice; what they append comes. [`to_vec`](List::to_vec) is one moment.
    pub fn iter(&self) -> Iter<T> {
        let list = self.clone();
        Iter::new(move |from| {
            let first = i64::try_from(from).unwrap_or(i64::MAX);
            let page = list.read_range(first, first.saturating_add(PAGE as i64 - 1));
            Operation::new(list.place().store(), move |run| async move {
                let items = run.command(page).await?;
                let next = (items.len() as u64 == PAGE).then_some(from + PAGE);
                Ok((items, next))
            })
        })
    }
}
