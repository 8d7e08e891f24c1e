//! Changes in the middle of a list, and of all of it.

use super::{CHUNK, End, List};
use crate::arg::Arg;
use crate::batch;
use crate::codec::Codec;
use crate::collections::fill::Filling;
use crate::command::Command;
use crate::decode::{Done, Maybe, Number};
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::storable::Storable;

/// What a script puts into the list for a moment to find a place again: unlike all that is stored, unless by an
/// accident, which the script looks for.
fn token(a: &mut Arguments<'_>) {
    a.raw(&crate::random::bytes());
}

impl<T: Storable, C: Codec> List<T, C> {
    /// Puts an item before the one at `index`, and says how long the list is then. A negative index counts from the
    /// end; beyond the ends it is put at the end nearest. One script (`LINSERT`), O(1) at both ends, else O(index).
    pub fn insert(&self, index: i64, item: impl Arg<T>) -> Command<usize> {
        self.insert_within(index, item, None)
    }

    /// The same, unless there are `bound` items already.
    pub(in crate::collections) fn insert_within(
        &self,
        index: i64,
        item: impl Arg<T>,
        bound: Option<usize>,
    ) -> Command<usize> {
        static INSERT: Script = Script::new(include_str!("../../scripts/list_insert.lua"));
        let request = Request::write().eval(&INSERT, &[self.key()], |a| {
            a.int(index).value::<C, _>(item.__as());
            token(a);
            match bound {
                Some(bound) => a.int(bound),
                None => a.raw(b""),
            };
        });
        Command::new::<Number<usize>>(self.place(), request.bears(self.place()))
    }

    /// Removes the item at `index` and returns it; `None` if there is none. Negative indexes count from the end. This is
    /// Python's `pop(index)`. One script (`LSET`, `LREM`), O(n) in the distance to the nearer end.
    pub fn remove_at(&self, index: i64) -> Command<Option<T>> {
        static REMOVE_AT: Script = Script::new(include_str!("../../scripts/list_remove_at.lua"));
        let request = Request::write().eval(&REMOVE_AT, &[self.key()], |a| {
            a.int(index);
            token(a);
        });
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    /// Swaps two items; negative indexes count from the end. One script (`LINDEX`, `LSET`), O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if one of them does not exist; nothing is changed then.
    pub fn swap(&self, a: i64, b: i64) -> Command<()> {
        static SWAP: Script = Script::new(include_str!("../../scripts/list_swap.lua"));
        let request = Request::write().eval(&SWAP, &[self.key()], |args| _ = args.int(a).int(b));
        Command::new::<Done>(self.place(), request)
    }

    /// Turns the list round. One script (`LRANGE`, `LPUSH`, `LTRIM`), O(n).
    pub fn reverse(&self) -> Command<()> {
        static REVERSE: Script = Script::new(include_str!("../../scripts/list_reverse.lua"));
        Command::new::<Done>(self.place(), Request::write().eval(&REVERSE, &[self.key()], |_| {}))
    }

    /// Moves `count` items, one after the other, from the end to the front; a negative count from the front to the end.
    /// It may be larger than the list. This is what Python's `deque.rotate` does. One script (`RPOP`, `LPUSH` or `LPOP`,
    /// `RPUSH`), O(n) in the number of items moved, which are never more than half of the list.
    pub fn rotate(&self, count: i64) -> Command<()> {
        static ROTATE: Script = Script::new(include_str!("../../scripts/list_rotate.lua"));
        Command::new::<Done>(
            self.place(),
            Request::write().eval(&ROTATE, &[self.key()], |a| _ = a.int(count)),
        )
    }

    /// Makes the list `times` as long by repeating what it holds, and says how long it is then. 0 times empties it. One
    /// script (`LRANGE`, `RPUSH`), O(n) in the length it gets.
    ///
    /// # Errors
    /// `Overflow` if it would be longer than a Redis list can be (2^32 - 1); nothing is changed then.
    pub fn repeat(&self, times: usize) -> Command<usize> {
        static REPEAT: Script = Script::new(include_str!("../../scripts/list_repeat.lua"));
        let request = Request::write().eval(&REPEAT, &[self.key()], |a| _ = a.int(times));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Puts items in the place of all that the list holds. `RPUSH` for each 1,000 and `LTRIM`, in one `MULTI`; O(n).
    pub fn replace_all<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        let mut count = 0;
        let pushes = self.pushes(End::Back, items.into_iter().inspect(|_| count += 1));
        self.replaced(pushes, count)
    }

    /// The new items behind the old ones, and then those away: at no time is the key without items, so it keeps its
    /// time to live.
    fn replaced(&self, pushes: Vec<Command<usize>>, count: usize) -> Command<()> {
        let cut = self.keep(End::Back, count);
        if pushes.is_empty() {
            return cut;
        }
        batch::command_of(self.place().store(), (pushes, cut), true).map(|_| ())
    }

    /// Makes the list, of these items, where there is none. One script (`EXISTS`, `RPUSH`), O(n).
    ///
    /// # Errors
    /// `KeyExists` if there is anything at the key, of whatever type; it is left as it is.
    pub fn create<I>(&self, items: I) -> Command<()>
    where
        I: IntoIterator,
        I::Item: Arg<T>,
    {
        Filling::LIST.create(self.place(), |a| {
            for item in items {
                a.value::<C, _>(item.__as());
            }
        })
    }

    /// The commands that put stored items, as the bytes they are, in the place of all that the list holds.
    pub(super) fn rearranged(&self, stored: &[&[u8]]) -> (Vec<Command<usize>>, Command<()>) {
        let pushes = stored.chunks(CHUNK).map(|chunk| {
            let request = Request::write().command("RPUSH", |a| {
                a.key(self.key());
                for item in chunk {
                    a.raw(item);
                }
            });
            Command::new::<Number<usize>>(self.place(), request)
        });
        (pushes.collect(), self.keep(End::Back, stored.len()))
    }
}
