//! Lists.

use std::marker::PhantomData;

use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Elements, Maybe, Number};
use crate::request::Request;
use crate::storable::Storable;

use super::keyed::Keyed;

/// A Redis list: ordered, with duplicates, cheap at both ends.
///
/// Stand-alone it is [`Store::list`](crate::Store::list); as a field of a model it is what a `Vec` becomes.
#[must_use]
pub struct List<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(List<T>);

impl<T: Storable, C: Codec> List<T, C> {
    /// Appends an item, and says how long the list is then. `RPUSH`, O(1).
    pub fn push(&self, item: impl Arg<T>) -> Command<usize> {
        let request = Request::write().command("RPUSH", |a| _ = a.key(self.key()).value::<C, _>(item.__as()));
        Command::new::<Number<usize>>(self.place(), request.bears(self.place()))
    }

    /// How many items there are. `LLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        Command::new::<Number<usize>>(
            self.place(),
            Request::read().command("LLEN", |a| _ = a.key(self.key())),
        )
    }

    /// The item at `index`; negative ones count from the end. `LINDEX`, O(n) in the middle.
    pub fn get(&self, index: i64) -> Command<Option<T>> {
        let request = Request::read().command("LINDEX", |a| _ = a.key(self.key()).int(index));
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    /// All items. `LRANGE`, O(n).
    pub fn to_vec(&self) -> Command<Vec<T>> {
        let request = Request::read().command("LRANGE", |a| _ = a.key(self.key()).raw(b"0").raw(b"-1"));
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), request)
    }
}
