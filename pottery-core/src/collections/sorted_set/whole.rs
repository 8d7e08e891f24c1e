//! The whole of a sorted set: snapshots, comparison, replacement, iteration.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::bounds::score_text;
use super::{SortedSet, packed};
use crate::arg::Arg;
use crate::codec::Codec;
use crate::collections::fill::Filling;
use crate::collections::iter::Iter;
use crate::command::Command;
use crate::decode::{RawScored, undecodable};
use crate::operation::Operation;
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

/// A member as it is stored, and its score.
type Stored = (Vec<u8>, f64);

/// How many entries a page of an iteration has.
const PAGE: usize = 500;

impl<T: Storable, C: Codec> SortedSet<T, C> {
    /// All members with their scores, the least score first, in a collection of your choice. `ZRANGE key 0 -1
    /// WITHSCORES`, O(n); what is large is better [iterated](SortedSet::iter).
    pub fn collect<M: FromIterator<(T, f64)> + 'static>(&self) -> Command<M> {
        self.to_vec().mapped(M::from_iter)
    }

    /// All members with their scores, the least score first. `ZRANGE key 0 -1 WITHSCORES`, O(n).
    pub fn to_vec(&self) -> Command<Vec<(T, f64)>> {
        self.by_rank(..).entries()
    }

    /// All members with their scores, which are removed: the set is empty afterwards. A script of `ZRANGE` and `UNLINK`,
    /// O(n).
    ///
    /// # Errors
    /// `Decode` if a member is not a `T`; all are removed then all the same.
    pub fn drain(&self) -> Command<Vec<(T, f64)>> {
        self.by_rank(..).drain()
    }

    /// Removes what is there and sets these entries instead, in one step: nobody sees the set empty or half full. A
    /// time to live stays. Without entries the set is removed. A script of `UNLINK` and `ZADD`, O(n log n), and the
    /// server does nothing else meanwhile: some 3 µs for each entry.
    ///
    /// # Errors
    /// `Encode` if a score is a NaN or a member has no encoding; nothing is sent then.
    pub fn replace_all<I, A, S>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, S)>,
        A: Arg<T>,
        S: Into<f64>,
    {
        match packed::<C, T, A, S>(entries) {
            Ok((entries, count)) => {
                Filling::SORTED_SET.replace(self.place(), |a| _ = a.packed(&entries, count))
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Sets these entries where there is nothing yet. A script of `EXISTS` and `ZADD`, O(n log n) as
    /// [`replace_all`](SortedSet::replace_all). Without entries it only looks whether the key is free.
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key, which then stays as it was. `Encode` if a score is a NaN or a member has no
    /// encoding.
    pub fn create<I, A, S>(&self, entries: I) -> Command<()>
    where
        I: IntoIterator<Item = (A, S)>,
        A: Arg<T>,
        S: Into<f64>,
    {
        match packed::<C, T, A, S>(entries) {
            Ok((entries, count)) => {
                Filling::SORTED_SET.create(self.place(), |a| _ = a.packed(&entries, count))
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Whether the set holds these members with these scores and no others, given in whatever order; of entries with
    /// the same member the last one counts. `ZRANGE key 0 -1 WITHSCORES`, O(n).
    pub fn content_eq<I, A, S>(&self, entries: I) -> Command<bool>
    where
        I: IntoIterator<Item = (A, S)>,
        A: Arg<T>,
        S: Into<f64>,
    {
        let mut expected = HashMap::new();
        for (member, score) in entries {
            let (mut bytes, score) = (Vec::new(), score.into());
            if C::encode_member(member.__as(), &mut bytes).is_err() || score.is_nan() {
                // what cannot be stored is not there
                return self.len().map(|_| false);
            }
            expected.insert(bytes, score);
        }
        Command::new::<RawScored>(self.place(), self.get_all()).map(move |stored| {
            stored.len() == expected.len()
                && stored.iter().all(|(member, score)| expected.get(member) == Some(score))
        })
    }

    /// The members with their scores, the least score first, fetched in pages of 500 as they are needed. `ZRANGE` for the
    /// first page, a script of `ZCOUNT` and `ZRANGE` for each further one: O(log² n), and one round trip.
    ///
    /// Others may change the set meanwhile. What keeps its score from beginning to end comes exactly once; what is
    /// added, removed or given another score meanwhile may come or not, or twice with two scores. An entry that is not
    /// of the type `T` is an error in its place, and does not end the iteration. For a consistent picture use
    /// [`to_vec`](SortedSet::to_vec).
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// for entry in store.sorted_set::<String>("board").iter().wait() {
    ///     let (name, score) = entry?;
    ///     println!("{name}: {score}");
    /// }
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn iter(&self) -> Iter<(T, f64)> {
        static PAGE_BEHIND: Script = Script::new(include_str!("../../scripts/sorted_set_page.lua"));
        let place = self.place().clone();
        // the last entry of the page before, as it is stored
        let last: Arc<Mutex<Option<Stored>>> = Arc::default();
        Iter::of_results(move |cursor| {
            let before = last.lock().unwrap_or_else(PoisonError::into_inner).take();
            let request = match before {
                Some((member, score)) => Request::read().eval(&PAGE_BEHIND, &[place.key()], |a| {
                    // a stored score is no NaN
                    a.raw(score_text(score).unwrap_or_default().as_bytes()).raw(&member).int(PAGE);
                }),
                None => Request::read().command("ZRANGE", |a| {
                    a.key(place.key()).int(0).int(PAGE - 1).raw(b"WITHSCORES");
                }),
            };
            let page = Command::new::<RawScored>(&place, request);
            let (last, here) = (last.clone(), place.clone());
            Operation::new(place.store(), move |run| async move {
                let page = run.command(page).await?;
                let next = (page.len() == PAGE).then_some(cursor + 1);
                if let Some((member, score)) = page.last() {
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((member.clone(), *score));
                }
                let entries = page.into_iter().map(|(member, score)| match C::decode(&member) {
                    Ok(member) => Ok((member, score)),
                    Err(error) => Err(here.blame(undecodable(error))),
                });
                Ok((entries.collect(), next))
            })
        })
    }

    fn get_all(&self) -> Request {
        Request::read().command("ZRANGE", |a| _ = a.key(self.key()).int(0).int(-1).raw(b"WITHSCORES"))
    }
}
