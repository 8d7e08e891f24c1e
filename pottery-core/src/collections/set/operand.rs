//! Operands: the other sets of an operation on several.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use crate::arg::Arg;
use crate::codec::Codec;
use crate::command::Command;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::place::Place;
use crate::storable::Storable;

use super::Set;

/// One set of `T` to combine or to compare another with:
/// * a [`Set`] of the same store and codec, or a reference to one,
/// * a `HashSet` or a `BTreeSet`, or a reference to one, of `T` or of what can stand for a `T` (see [`Arg`]),
/// * a reference to a `Vec`, an array or a slice of these; what is in it twice counts once.
///
/// What the program itself has is encoded when the operation is called. Owned arrays and `Vec`s are not one operand
/// but [several](Operands).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of `{T}` that another can be compared with",
    label = "neither a `Set` of `{T}` with the same codec nor a native collection of `{T}`",
    note = "native collections are passed by reference: `&hash_set`, `&vec`, `&[1, 2]`"
)]
pub trait Operand<T, C> {
    #[doc(hidden)]
    fn __part(self) -> Part;
}

/// Any number of sets of `T` to combine another with: one [`Operand`], or a tuple of up to eight, an array or a
/// `Vec` of them, nested as you like; `()` is none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of `{T}` that another can be combined with, nor several of them",
    label = "neither an operand nor a tuple, array or `Vec` of operands",
    note = "an operand is a `Set` of `{T}` with the same codec, or a native collection of `{T}`",
    note = "native collections are passed by reference: `&hash_set`, `&vec`, `&[1, 2]`; arrays and `Vec`s by value are several operands"
)]
pub trait Operands<T, C> {
    #[doc(hidden)]
    fn __parts(self) -> Vec<Part>;
}

/// An operand as it is needed for a request.
#[doc(hidden)]
pub enum Part {
    /// A set of the store.
    Remote(Place),
    /// What the program has.
    Local(Members),
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Remote(place) => place.fmt(f),
            Part::Local(members) => members.fmt(f),
        }
    }
}

/// Members that the program has, as bytes.
#[doc(hidden)]
#[derive(Default)]
pub struct Members {
    pub(super) encoded: HashSet<Vec<u8>>,
    /// Why some of them are not here.
    pub(super) unencodable: Option<Error>,
}

impl fmt::Debug for Members {
    /// Their number only: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Members({})", self.encoded.len())
    }
}

impl Members {
    fn of<T, C: Codec, A: Arg<T>>(items: impl IntoIterator<Item = A>) -> Part {
        let mut members = Members::default();
        for item in items {
            let mut bytes = Vec::new();
            match C::encode_member(item.__as(), &mut bytes) {
                Ok(()) => _ = members.encoded.insert(bytes),
                Err(error) => {
                    let error = Error::new(ErrorKind::Encode, error.to_string()).with_source(error);
                    members.unencodable.get_or_insert(error);
                }
            }
        }
        Part::Local(members)
    }
}

/// `impl` for one type as an operand, and as the only one of several.
macro_rules! operand {
    ([$($param:tt)*] $type:ty, [$($bound:tt)*], $self:ident => $part:expr) => {
        impl<$($param)* T: Storable, C: Codec> Operand<T, C> for $type
        where
            $($bound)*
        {
            fn __part($self) -> Part {
                $part
            }
        }

        impl<$($param)* T: Storable, C: Codec> Operands<T, C> for $type
        where
            $($bound)*
        {
            fn __parts($self) -> Vec<Part> {
                vec![Operand::<T, C>::__part($self)]
            }
        }
    };
}

operand!([] Set<T, C>, [], self => Part::Remote(self.place().clone()));
operand!([] &Set<T, C>, [], self => Part::Remote(self.place().clone()));
operand!([A, S,] HashSet<A, S>, [A: Arg<T>], self => Members::of::<T, C, A>(self));
operand!([A,] BTreeSet<A>, [A: Arg<T>], self => Members::of::<T, C, A>(self));
operand!(['a, A, S,] &'a HashSet<A, S>, [&'a A: Arg<T>], self => Members::of::<T, C, &A>(self));
operand!(['a, A,] &'a BTreeSet<A>, [&'a A: Arg<T>], self => Members::of::<T, C, &A>(self));
operand!(['a, A,] &'a Vec<A>, [&'a A: Arg<T>], self => Members::of::<T, C, &A>(self));
operand!(['a, A,] &'a [A], [&'a A: Arg<T>], self => Members::of::<T, C, &A>(self));

impl<'a, T: Storable, C: Codec, A, const N: usize> Operand<T, C> for &'a [A; N]
where
    &'a A: Arg<T>,
{
    fn __part(self) -> Part {
        Members::of::<T, C, &A>(self)
    }
}

impl<'a, T: Storable, C: Codec, A, const N: usize> Operands<T, C> for &'a [A; N]
where
    &'a A: Arg<T>,
{
    fn __parts(self) -> Vec<Part> {
        vec![Operand::<T, C>::__part(self)]
    }
}

impl<T, C> Operands<T, C> for () {
    fn __parts(self) -> Vec<Part> {
        Vec::new()
    }
}

impl<T, C, O: Operands<T, C>> Operands<T, C> for Vec<O> {
    fn __parts(self) -> Vec<Part> {
        self.into_iter().flat_map(Operands::__parts).collect()
    }
}

impl<T, C, O: Operands<T, C>, const N: usize> Operands<T, C> for [O; N] {
    fn __parts(self) -> Vec<Part> {
        self.into_iter().flat_map(Operands::__parts).collect()
    }
}

macro_rules! tuple_operands {
    ($($name:ident $index:tt),+) => {
        impl<T, C, $($name: Operands<T, C>),+> Operands<T, C> for ($($name,)+) {
            fn __parts(self) -> Vec<Part> {
                let mut parts = Vec::new();
                $(parts.extend(self.$index.__parts());)+
                parts
            }
        }
    };
}

tuple_operands!(O0 0);
tuple_operands!(O0 0, O1 1);
tuple_operands!(O0 0, O1 1, O2 2);
tuple_operands!(O0 0, O1 1, O2 2, O3 3);
tuple_operands!(O0 0, O1 1, O2 2, O3 3, O4 4);
tuple_operands!(O0 0, O1 1, O2 2, O3 3, O4 4, O5 5);
tuple_operands!(O0 0, O1 1, O2 2, O3 3, O4 4, O5 5, O6 6);
tuple_operands!(O0 0, O1 1, O2 2, O3 3, O4 4, O5 5, O6 6, O7 7);

/// The operands of one operation, sorted by where they are.
pub(super) struct Others {
    pub(super) remote: Vec<Place>,
    pub(super) local: Vec<Members>,
}

impl Others {
    /// The operands of an operation on `place`, which must be of one store.
    pub(super) fn of(place: &Place, parts: Vec<Part>) -> Result<Others> {
        let mut others = Others { remote: Vec::new(), local: Vec::new() };
        for part in parts {
            match part {
                Part::Remote(other) => {
                    same_store(place, &other)?;
                    others.remote.push(other);
                }
                Part::Local(members) => others.local.push(members),
            }
        }
        Ok(others)
    }

    /// `first`, and the keys of the remote operands.
    pub(super) fn keys<'a>(&'a self, first: &'a Key) -> Vec<&'a Key> {
        std::iter::once(first).chain(self.remote.iter().map(Place::key)).collect()
    }

    /// Fails if something that would be a member of the result has no encoding.
    pub(super) fn encodable(&mut self) -> Result<()> {
        match self.local.iter_mut().find_map(|members| members.unencodable.take()) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// What is in any of the local operands.
    pub(super) fn united(&mut self) -> HashSet<Vec<u8>> {
        self.folded(|mut all, next| {
            all.extend(next);
            all
        })
    }

    /// What is in all of the local operands.
    pub(super) fn common(&mut self) -> HashSet<Vec<u8>> {
        self.folded(|mut all, next| {
            all.retain(|member| next.contains(member));
            all
        })
    }

    /// What is in an odd number of the local operands.
    pub(super) fn odd(&mut self) -> HashSet<Vec<u8>> {
        self.folded(|mut all, next| {
            next.into_iter().for_each(|member| toggle(&mut all, member));
            all
        })
    }

    fn folded(
        &mut self,
        fold: impl Fn(HashSet<Vec<u8>>, HashSet<Vec<u8>>) -> HashSet<Vec<u8>>,
    ) -> HashSet<Vec<u8>> {
        self.local.drain(..).map(|members| members.encoded).reduce(fold).unwrap_or_default()
    }
}

/// Adds a member that is not there, removes one that is.
pub(super) fn toggle(set: &mut HashSet<Vec<u8>>, member: Vec<u8>) {
    if !set.remove(&member) {
        set.insert(member);
    }
}

pub(in crate::collections) fn same_store(place: &Place, other: &Place) -> Result<()> {
    if place.store().shares_link_with(other.store()) {
        Ok(())
    } else {
        Err(Error::misuse("sets of two stores cannot be combined by the server: collect one of them first"))
    }
}

/// Names all keys where one of them is of another type: the server does not say which.
pub(in crate::collections) fn naming<R: 'static>(command: Command<R>, keys: &[&Key]) -> Command<R> {
    if keys.len() < 2 {
        return command;
    }
    let keys: Vec<Key> = keys.iter().map(|key| (*key).clone()).collect();
    command.recover(move |error| {
        if error.kind() != ErrorKind::WrongType {
            return Err(error);
        }
        let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let text = format!("one of the keys {} holds something of another type", names.join(", "));
        let named = Error::server("WRONGTYPE", &text);
        Err(match error.index() {
            Some(index) => named.with_index(index),
            None => named,
        })
    })
}
