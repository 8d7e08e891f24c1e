//! The whole of a set: snapshots, replacement, iteration.

use std::collections::HashSet;
use std::hash::Hash;

use crate::arg::Arg;
use crate::codec::Codec;
use crate::collections::fill::Filling;
use crate::collections::iter::Iter;
use crate::command::Command;
use crate::decode::{Elements, One, Scanned};
use crate::operation::Operation;
use crate::request::Request;
use crate::storable::Storable;

use super::{SAMPLE_AT_MOST, Set};

impl<T: Storable, C: Codec> Set<T, C> {
    /// All members, in a collection of your choice. `SMEMBERS`, O(n); what is large is better [iterated](Set::iter).
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # use std::collections::BTreeSet;
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let sorted: BTreeSet<u64> = store.set("friends").collect().wait()?;
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn collect<M: FromIterator<T> + 'static>(&self) -> Command<M> {
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), self.get_all()).mapped(M::from_iter)
    }

    /// All members. `SMEMBERS`, O(n).
    pub fn to_set(&self) -> Command<HashSet<T>>
    where
        T: Eq + Hash,
    {
        Command::new::<Elements<HashSet<T>, T, C>>(self.place(), self.get_all())
    }

    /// All members, which are removed: the set is empty afterwards. `SPOP`, O(n).
    ///
    /// # Errors
    /// `Decode` if a member is not a `T`; all are removed then all the same.
    pub fn drain(&self) -> Command<Vec<T>> {
        self.pop_n(SAMPLE_AT_MOST)
    }

    /// Removes what is there and adds these members instead, in one step: nobody sees the set empty or half full. A
    /// time to live stays. Without members the set is removed. A script of `UNLINK` and `SADD`, O(n), and the server
    /// does nothing else meanwhile: some 1.5 µs for each member.
    ///
    /// # Errors
    /// `Encode` if a member has no encoding; then nothing is sent.
    pub fn replace_all<I>(&self, members: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        Filling::SET.replace(self.place(), |a| {
            for member in members {
                a.member::<C, _>(member.__as());
            }
        })
    }

    /// Adds these members where there is nothing yet. A script of `EXISTS` and `SADD`, O(n) as
    /// [`replace_all`](Set::replace_all). Without members it only looks whether the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was. `Encode` if a member has no encoding.
    pub fn create<I>(&self, members: I) -> Command<()>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        Filling::SET.create(self.place(), |a| {
            for member in members {
                a.member::<C, _>(member.__as());
            }
        })
    }

    /// The members, fetched in pages of about 500 as they are needed, in no order. `SSCAN`, O(1) for each member and
    /// one round trip for each page.
    ///
    /// Others may change the set meanwhile. What is there from beginning to end comes at least once; what is added or
    /// removed meanwhile may come or not; and a member may come twice if the set grows or shrinks much meanwhile. For a
    /// consistent picture use [`collect`](Set::collect).
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// for friend in store.set::<u64>("friends").iter().wait() {
    ///     println!("{}", friend?);
    /// }
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn iter(&self) -> Iter<T> {
        let place = self.place().clone();
        Iter::new(move |cursor| {
            let request = Request::read().command("SSCAN", |a| {
                a.key(place.key()).int(cursor).raw(b"COUNT").raw(b"500");
            });
            let page = Command::new::<Scanned<One<T, C>>>(&place, request);
            Operation::new(place.store(), |run| async move { run.command(page).await })
        })
    }

    pub(super) fn get_all(&self) -> Request {
        Request::read().command("SMEMBERS", |a| _ = a.key(self.key()))
    }
}
