//! Finding items by their value.

use super::List;
use crate::arg::Arg;
use crate::codec::Codec;
use crate::command::Command;
use crate::decode::{Flag, Index, Many, Number, undecodable};
use crate::error::{Error, ErrorKind, Result};
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

impl<T: Storable, C: Codec> List<T, C> {
    /// Whether there is such an item. `LPOS`, O(n).
    pub fn contains(&self, item: impl Arg<T>) -> Command<bool> {
        self.index_of(item).mapped(|index| index.is_some())
    }

    /// The index of the first such item; `None` if there is none. `LPOS`, O(n).
    pub fn index_of(&self, item: impl Arg<T>) -> Command<Option<usize>> {
        let request = Request::read().command("LPOS", |a| _ = a.key(self.key()).value::<C, _>(item.__as()));
        Command::new::<Index>(self.place(), request)
    }

    /// The index of the last such item; `None` if there is none. `LPOS key item RANK -1`, O(n).
    pub fn last_index_of(&self, item: impl Arg<T>) -> Command<Option<usize>> {
        let request = Request::read().command("LPOS", |a| {
            a.key(self.key()).value::<C, _>(item.__as()).raw(b"RANK").raw(b"-1");
        });
        Command::new::<Index>(self.place(), request)
    }

    /// The indexes of all such items, in order. `LPOS key item COUNT 0`, O(n).
    pub fn indexes_of(&self, item: impl Arg<T>) -> Command<Vec<usize>> {
        let request = Request::read().command("LPOS", |a| {
            a.key(self.key()).value::<C, _>(item.__as()).raw(b"COUNT").raw(b"0");
        });
        Command::new::<Many<Vec<usize>, Number<usize>>>(self.place(), request)
    }

    /// How many such items there are. One script (`LPOS`), O(n).
    pub fn count(&self, item: impl Arg<T>) -> Command<usize> {
        static COUNT: Script = Script::new(include_str!("../../scripts/list_count.lua"));
        let request = Request::read().eval(&COUNT, &[self.key()], |a| _ = a.value::<C, _>(item.__as()));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Removes the first such item; `false` if there is none. `LREM key 1 item`, O(n).
    pub fn remove(&self, item: impl Arg<T>) -> Command<bool> {
        Command::new::<Flag>(self.place(), self.remove_request(item, 1))
    }

    /// Removes the last such item; `false` if there is none. `LREM key -1 item`, O(n).
    pub fn remove_last(&self, item: impl Arg<T>) -> Command<bool> {
        Command::new::<Flag>(self.place(), self.remove_request(item, -1))
    }

    /// Removes up to `count` such items from the front on, or up to `-count` from the end on, and says how many there
    /// were. `LREM key count item`, O(n).
    pub fn remove_n(&self, item: impl Arg<T>, count: i64) -> Command<usize> {
        if count == 0 {
            return self.len().map(|_| 0); // for Redis, 0 means all
        }
        let count = count.max(-i64::MAX); // what has no opposite is refused
        Command::new::<Number<usize>>(self.place(), self.remove_request(item, count))
    }

    /// Removes all such items, and says how many there were. `LREM key 0 item`, O(n).
    pub fn remove_all(&self, item: impl Arg<T>) -> Command<usize> {
        Command::new::<Number<usize>>(self.place(), self.remove_request(item, 0))
    }

    fn remove_request(&self, item: impl Arg<T>, count: i64) -> Request {
        Request::write().command("LREM", |a| _ = a.key(self.key()).int(count).value::<C, _>(item.__as()))
    }

    /// Whether the list holds just these items, in this order; an empty one holds none. `LRANGE`, O(n), of no more items
    /// than are given and one.
    pub fn content_eq<I>(&self, items: I) -> Command<bool>
    where
        T: PartialEq,
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        match items.into_iter().map(|item| owned::<T, C>(&item)).collect::<Result<Vec<T>>>() {
            Ok(wanted) => {
                let most = i64::try_from(wanted.len()).unwrap_or(i64::MAX);
                self.read_range(0, most).map(move |stored| stored == wanted)
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }
}

/// What an argument stands for: it has the bytes of it.
fn owned<T: Storable, C: Codec>(item: &impl Arg<T>) -> Result<T> {
    let mut bytes = Vec::new();
    C::encode(item.__as(), &mut bytes)
        .map_err(|error| Error::new(ErrorKind::Encode, error.to_string()).with_source(error))?;
    C::decode(&bytes).map_err(undecodable)
}
