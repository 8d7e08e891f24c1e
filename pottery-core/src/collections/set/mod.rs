//! Sets.

mod algebra;
pub(in crate::collections) mod operand;
mod relation;
mod whole;

use std::marker::PhantomData;

use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Elements, Flag, Many, Maybe, Number};
use crate::error::{Error, ErrorKind};
use crate::request::{Arguments, Request};
use crate::storable::Storable;

use super::keyed::Keyed;

pub use operand::{Operand, Operands};

/// Commands for one element of many take at most this many of them; more go into several commands.
const ITEMS_PER_COMMAND: usize = 1000;
/// What the server may be asked for at random: more than it has is as good as all.
const SAMPLE_AT_MOST: usize = 1 << 31;

/// A Redis set: distinct members, without order.
///
/// Stand-alone it is [`Store::set`](crate::Store::set); as a field of a model it is what a `HashSet` or a `BTreeSet`
/// becomes. An empty set is no key at all: it exists with its first member and is gone with its last.
///
/// Two members are the same if their bytes are. A value without an encoding (a NaN) cannot be in a set, so looking for
/// one finds nothing; inserting it is an [`Encode`](crate::ErrorKind::Encode) error.
///
/// Whatever an operation does, it does atomically and in one round trip, except [`iter`](Set::iter); so each can be
/// part of a [`transaction`](crate::Store::transaction). All of them fail with
/// [`WrongType`](crate::ErrorKind::WrongType) if something else than a set is at the key, and leave that untouched,
/// and those that read members fail with [`Decode`](crate::ErrorKind::Decode) if they are not of the type `T`. A time
/// to live stays as it is, as long as the set is not empty.
///
/// # Sets together
/// | result | read | kept in this set | stored elsewhere |
/// |---|---|---|---|
/// | members of any | [`union`](Set::union) | [`union_with`](Set::union_with) | [`union_into`](Set::union_into) |
/// | members of all | [`intersection`](Set::intersection) | [`intersect_with`](Set::intersect_with) | [`intersection_into`](Set::intersection_into) |
/// | members of this one alone | [`difference`](Set::difference) | [`difference_with`](Set::difference_with) | [`difference_into`](Set::difference_into) |
/// | members of an odd number | [`symmetric_difference`](Set::symmetric_difference) | [`symmetric_difference_with`](Set::symmetric_difference_with) | [`symmetric_difference_into`](Set::symmetric_difference_into) |
///
/// The other sets are [operands](Operands): sets of the same store, native collections, or several of both.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # use std::collections::HashSet;
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let (raj, ann) = (store.set::<u64>("friends:{1}:raj"), store.set::<u64>("friends:{1}:ann"));
/// raj.extend([9, 12, 40]).wait()?;
/// assert!(!raj.insert(9).wait()?, "it was there already");
/// assert_eq!(raj.contains_many([9, 10]).wait()?, [true, false]);
///
/// let online = HashSet::from([12, 40, 77]);
/// let both: HashSet<u64> = raj.intersection(&ann).wait()?;
/// let both_online: HashSet<u64> = raj.intersection((&ann, &online)).wait()?;
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
#[must_use]
pub struct Set<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(Set<T>);

impl<T: Storable, C: Codec> Set<T, C> {
    /// Adds a member, and says whether it is new. `SADD`, O(1).
    ///
    /// # Errors
    /// `Encode` if the member has no encoding.
    pub fn insert(&self, member: impl Arg<T>) -> Command<bool> {
        let request =
            Request::write().command("SADD", |a| _ = a.key(self.key()).member::<C, _>(member.__as()));
        Command::new::<Flag>(self.place(), request.bears(self.place()))
    }

    /// Adds several members, and says how many of them are new. `SADD`, O(1) for each, up to 1,000 in a command; more
    /// go in one `MULTI`. For no members nothing is sent.
    ///
    /// # Errors
    /// `Encode` if a member has no encoding; then nothing is sent.
    pub fn extend<I>(&self, members: I) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut members = members.into_iter().peekable();
        let mut request = Request::write().atomic();
        while members.peek().is_some() {
            request.push("SADD", |a| {
                a.key(self.key());
                for member in members.by_ref().take(ITEMS_PER_COMMAND) {
                    a.member::<C, _>(member.__as());
                }
            });
        }
        self.counted(request.bears(self.place()))
    }

    /// Removes a member, and says whether it was there. `SREM`, O(1).
    pub fn remove(&self, member: impl Arg<T>) -> Command<bool> {
        match self.sought(Request::write(), "SREM", member) {
            Some(request) => Command::new::<Flag>(self.place(), request),
            None => Command::known(self.place(), false),
        }
    }

    /// Removes a member that must be there. `SREM`, O(1).
    ///
    /// # Errors
    /// `NotFound` if it is not there.
    pub fn try_remove(&self, member: impl Arg<T>) -> Command<()> {
        let missing = || Error::not_applied(ErrorKind::NotFound, "the member to remove is not in the set");
        self.remove(member).try_map(move |found| if found { Ok(()) } else { Err(missing()) })
    }

    /// Removes several members, and says how many of them were there. `SREM`, O(1) for each, up to 1,000 in a command;
    /// more go in one `MULTI`. For no members nothing is sent.
    pub fn remove_many<I>(&self, members: I) -> Command<usize>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut members = members.into_iter().peekable();
        let mut request = Request::write().atomic();
        while members.peek().is_some() {
            let (mut chunk, mut failed) = (Vec::new(), None);
            let mut arguments = Arguments::over(&mut chunk, &mut failed);
            let encodable = members.by_ref().take(ITEMS_PER_COMMAND);
            let count = encodable.filter(|member| arguments.sought::<C, _>(member.__as())).count();
            if count > 0 {
                request.push("SREM", |a| _ = a.key(self.key()).packed(&chunk, count));
            }
        }
        self.counted(request)
    }

    /// Moves a member to another set, and says whether it was here; it may be there already. `SMOVE`, O(1). On a
    /// cluster both keys must be in one slot.
    ///
    /// # Errors
    /// `Misuse` if `other` is of another store. `WrongType` if there is something else than a set at one of the keys.
    pub fn move_to(&self, member: impl Arg<T>, other: &Set<T, C>) -> Command<bool> {
        if let Err(error) = operand::same_store(self.place(), other.place()) {
            return Command::refused(self.place(), error);
        }
        let mut found = false;
        let request = Request::write().command("SMOVE", |a| {
            found = a.key(self.key()).key(other.key()).sought::<C, _>(member.__as());
        });
        if !found {
            return Command::known(self.place(), false);
        }
        operand::naming(
            Command::new::<Flag>(self.place(), request.bears(other.place())),
            &[self.key(), other.key()],
        )
    }

    /// Removes any member, at random, and returns it; `None` if there is none. `SPOP`, O(1).
    ///
    /// # Errors
    /// `Decode` if the member is not a `T`; it is removed then all the same.
    pub fn pop(&self) -> Command<Option<T>> {
        let request = Request::write().command("SPOP", |a| _ = a.key(self.key()));
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    /// Removes up to `count` members, at random, and returns them. `SPOP`, O(`count`).
    ///
    /// # Errors
    /// `Decode` if a member is not a `T`; all are removed then all the same.
    pub fn pop_n(&self, count: usize) -> Command<Vec<T>> {
        let request =
            Request::write().command("SPOP", |a| _ = a.key(self.key()).int(count.min(SAMPLE_AT_MOST)));
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), request)
    }

    /// Any member, at random, which stays; `None` if there is none. `SRANDMEMBER`, O(1).
    pub fn random(&self) -> Command<Option<T>> {
        let request = Request::read().command("SRANDMEMBER", |a| _ = a.key(self.key()));
        Command::new::<Maybe<T, C>>(self.place(), request)
    }

    /// Up to `count` different members, at random, which stay; all of them if there are not more. `SRANDMEMBER`,
    /// O(`count`).
    pub fn sample(&self, count: usize) -> Command<Vec<T>> {
        let request = Request::read().command("SRANDMEMBER", |a| {
            a.key(self.key()).int(count.min(SAMPLE_AT_MOST));
        });
        Command::new::<Elements<Vec<T>, T, C>>(self.place(), request)
    }

    /// Whether it is a member. `SISMEMBER`, O(1).
    pub fn contains(&self, member: impl Arg<T>) -> Command<bool> {
        match self.sought(Request::read(), "SISMEMBER", member) {
            Some(request) => Command::new::<Flag>(self.place(), request),
            None => Command::known(self.place(), false),
        }
    }

    /// For each whether it is a member, in the same order. `SMISMEMBER`, O(1) for each; for none nothing is sent.
    pub fn contains_many<I>(&self, members: I) -> Command<Vec<bool>>
    where
        I: IntoIterator<Item: Arg<T>>,
    {
        let mut encodable = Vec::new();
        let request = Request::read().command("SMISMEMBER", |a| {
            a.key(self.key());
            encodable.extend(members.into_iter().map(|member| a.sought::<C, _>(member.__as())));
        });
        if !encodable.contains(&true) {
            return Command::known(self.place(), encodable);
        }
        Command::new::<Many<Vec<u8>, Number<u8>>>(self.place(), request).map(move |found| {
            let mut found = found.into_iter();
            encodable.into_iter().map(|sent| sent && found.next() == Some(1)).collect()
        })
    }

    /// How many members there are. `SCARD`, O(1).
    pub fn len(&self) -> Command<usize> {
        Command::new::<Number<usize>>(
            self.place(),
            Request::read().command("SCARD", |a| _ = a.key(self.key())),
        )
    }

    /// Whether there are no members. `SCARD`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|len| len == 0)
    }

    /// A command that looks for one member; `None` if it has no encoding.
    fn sought(&self, request: Request, command: &str, member: impl Arg<T>) -> Option<Request> {
        let mut found = false;
        let request = request.command(command, |a| found = a.key(self.key()).sought::<C, _>(member.__as()));
        found.then_some(request)
    }

    /// Runs commands that each answer with a count, and adds the counts up.
    fn counted(&self, request: Request) -> Command<usize> {
        match request.len() {
            0 => Command::known(self.place(), 0),
            1 => Command::new::<Number<usize>>(self.place(), request),
            _ => Command::several::<Number<usize>>(self.place(), request)
                .map(|counts| counts.into_iter().sum()),
        }
    }
}
