//! Value values.

use std::marker::PhantomData;
use std::time::Duration;

use super::keyed::{Keyed, millis};
use crate::arg::Arg;
use crate::codec::{Codec, Native};
use crate::command::Command;
use crate::decode::{Done, Flag, Maybe, Number};
use crate::error::{Error, ErrorKind};
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

/// One value of any type at a key: a Redis string.
///
/// Stand-alone only; in a model, a value is a [`Field`](crate::Field) of the object's hash.
#[must_use]
pub struct Value<T, C = Native> {
    at: Keyed,
    types: PhantomData<fn() -> (T, C)>,
}

super::handle!(Value<T>);

impl<T: Storable, C: Codec> Value<T, C> {
    /// The value, or `None` if there is none. `GET`, O(1).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `T`, `WrongType` if it is no string.
    pub fn get(&self) -> Command<Option<T>> {
        Command::new::<Maybe<T, C>>(self.place(), Request::read().command("GET", |a| _ = a.key(self.key())))
    }

    /// The value, or `default` if there is none. Nothing is stored. `GET`, O(1).
    pub fn get_or(&self, default: T) -> Command<T> {
        self.get().map(|value| value.unwrap_or(default))
    }

    /// Stores a value in place of whatever was there; a time to live stays. `SET key value KEEPTTL`, O(1).
    pub fn set(&self, value: impl Arg<T>) -> Command<()> {
        self.put::<Done>(value, |a| _ = a.raw(b"KEEPTTL"))
    }

    /// Stores a value that ends after this time. `SET key value PX millis`, O(1).
    pub fn set_for(&self, value: impl Arg<T>, time: Duration) -> Command<()> {
        match millis(time) {
            Ok(time) => self.put::<Done>(value, |a| _ = a.raw(b"PX").int(time)),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Stores a value if there is none; `false` if there is one. `SET key value NX`, O(1).
    pub fn set_if_absent(&self, value: impl Arg<T>) -> Command<bool> {
        self.put::<Flag>(value, |a| _ = a.raw(b"NX"))
    }

    /// Stores a value if there is one; `false` if there is none. `SET key value XX KEEPTTL`, O(1).
    pub fn set_if_present(&self, value: impl Arg<T>) -> Command<bool> {
        self.put::<Flag>(value, |a| _ = a.raw(b"XX").raw(b"KEEPTTL"))
    }

    /// Stores a value where there must be none. `SET key value NX`, O(1).
    ///
    /// # Errors
    /// `KeyExists` if there is one; it is not touched.
    pub fn create(&self, value: impl Arg<T>) -> Command<()> {
        self.set_if_absent(value).try_map(|stored| match stored {
            true => Ok(()),
            false => Err(Error::not_applied(ErrorKind::KeyExists, "there is a value already")),
        })
    }

    /// Stores a value and returns the one before; a time to live stays. `SET key value KEEPTTL GET` (Redis 6.2), O(1).
    pub fn swap(&self, value: impl Arg<T>) -> Command<Option<T>> {
        self.put::<Maybe<T, C>>(value, |a| _ = a.raw(b"KEEPTTL").raw(b"GET"))
    }

    /// Stores `new` if the value is `old`, and says whether it was; a time to live stays. One script, O(n).
    ///
    /// What is compared is the encoding, so a type that has several for one value (a `HashMap` in a struct) may be
    /// found to differ.
    pub fn compare_and_set(&self, old: impl Arg<T>, new: impl Arg<T>) -> Command<bool> {
        static CAS: Script = Script::new(include_str!("../scripts/value_cas.lua"));
        let request = Request::write().eval(&CAS, &[self.key()], |a| {
            a.value::<C, _>(old.__as()).value::<C, _>(new.__as());
        });
        Command::new::<Flag>(self.place(), request)
    }

    /// Whether there is a value, and it is this one. `GET`, O(n).
    ///
    /// # Errors
    /// `Decode` if what is stored is no `T`.
    pub fn content_eq(&self, value: T) -> Command<bool>
    where
        T: PartialEq,
    {
        self.get().map(move |found| found == Some(value))
    }

    /// The value, which ends after this time from now on; `None` if there is none. `GETEX key PX millis`, O(1).
    ///
    /// # Errors
    /// `Misuse` if the time is longer than Redis can keep.
    pub fn get_for(&self, time: Duration) -> Command<Option<T>> {
        match millis(time) {
            Ok(time) => {
                let request =
                    Request::write().command("GETEX", |a| _ = a.key(self.key()).raw(b"PX").int(time));
                Command::new::<Maybe<T, C>>(self.place(), request)
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Removes the value and returns it. `GETDEL` (Redis 6.2), O(1).
    pub fn take(&self) -> Command<Option<T>> {
        Command::new::<Maybe<T, C>>(
            self.place(),
            Request::write().command("GETDEL", |a| _ = a.key(self.key())),
        )
    }

    /// How many bytes the stored value has; 0 if there is none. `STRLEN`, O(1).
    pub fn size(&self) -> Command<usize> {
        Command::new::<Number<usize>>(
            self.place(),
            Request::read().command("STRLEN", |a| _ = a.key(self.key())),
        )
    }

    fn put<D>(
        &self,
        value: impl Arg<T>,
        options: impl FnOnce(&mut crate::request::Arguments<'_>),
    ) -> Command<D::Output>
    where
        D: crate::decode::Decode + 'static,
        D::Output: Send + 'static,
    {
        let request = Request::write().command("SET", |a| {
            a.key(self.key()).value::<C, _>(value.__as());
            options(a);
        });
        Command::new::<D>(self.place(), request)
    }
}
