//! Handles of objects: what every object of every model has.

use std::fmt;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use super::{RedisModel, read, save, update};
use crate::collections::keyed::{millis, unix_millis};
use crate::command::Command;
use crate::decode::{Flag, Number};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::operation::Operation;
use crate::place::Place;
use crate::registry::Ttl;
use crate::request::Request;
use crate::watch::Attempts;

/// One object of a model, whether it exists or not. The handle that the derive writes has an accessor for each field
/// and derefs to this one; where a field is called like a method here, `Handle::load(&player)` reaches the method.
#[must_use]
pub struct Handle<M> {
    place: Place,
    model: PhantomData<fn() -> M>,
}

impl<M> Handle<M> {
    pub(crate) fn new(place: Place) -> Handle<M> {
        Handle { place, model: PhantomData }
    }

    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// The key of the object's hash: `player:{7}`.
    pub fn key(&self) -> &Key {
        self.place.key()
    }

    /// The keys of the object: its hash first, then its collections.
    pub fn keys(&self) -> Vec<Key> {
        self.place.all_of_object().iter().map(|place| place.key().clone()).collect()
    }

    /// Begins an optimistic transaction over all keys of the object: see [`Store::watch`](crate::Store::watch).
    pub fn watch(&self) -> Attempts {
        self.place.store().watch(self)
    }

    /// The place of one field, for the accessors that the derive writes.
    #[doc(hidden)]
    pub fn __field(&self, field: &'static crate::registry::FieldInfo) -> Place {
        self.place.field(field)
    }
}

impl<M: RedisModel> Handle<M> {
    /// The object's id.
    pub fn id(&self) -> M::Id {
        crate::id::read(self.place.id()).expect("a handle's key was made from an id")
    }

    /// The whole object, or `None` if there is none: see [`RedisModel::load`].
    pub fn load(&self) -> Command<Option<M>> {
        read::load(&self.place)
    }

    /// Writes the whole object: see [`RedisModel::save`].
    ///
    /// # Errors
    /// `Misuse` if `model` has another id than this handle.
    pub fn save(&self, model: &M) -> Command<()> {
        match self.same_id(model) {
            Ok(()) => save::save(&self.place, model),
            Err(error) => Command::refused(&self.place, error),
        }
    }

    pub(crate) fn same_id(&self, model: &M) -> Result<()> {
        let mut id = String::new();
        crate::RedisId::__write(model.__id(), &mut id);
        if id == self.place.id() {
            Ok(())
        } else {
            Err(Error::misuse("this object has another id than the handle"))
        }
    }

    /// Whether the object exists: whether its hash has an id. `HEXISTS`, O(1).
    pub fn exists(&self) -> Command<bool> {
        let request =
            Request::read().command("HEXISTS", |a| _ = a.key(self.key()).raw(M::__INFO.id.stored.as_bytes()));
        Command::new::<Flag>(&self.place, request)
    }

    /// Removes the object with all its keys; `false` if there was nothing. `UNLINK`: the memory is freed in the
    /// background, however large the collections are.
    pub fn delete(&self) -> Command<bool> {
        let request = Request::write().command("UNLINK", |a| {
            for place in self.place.all_of_object() {
                a.key(place.key());
            }
        });
        Command::new::<Flag>(&self.place, request)
    }

    /// How long the object will live: `None` if it does not expire or does not exist. `PTTL`, O(1).
    pub fn ttl(&self) -> Command<Option<Duration>> {
        Command::new::<Number<i64>>(&self.place, Request::read().command("PTTL", |a| _ = a.key(self.key())))
            .mapped(|left| u64::try_from(left).ok().map(Duration::from_millis))
    }

    /// Ends the object, with all its keys, after this time; collections that are born later end with it. `false` if
    /// there is no object. `PEXPIRE` for each key, in one MULTI.
    ///
    /// # Errors
    /// `Misuse` if the model is declared with `#[redis(ttl = "never")]`.
    pub fn expire(&self, after: Duration) -> Command<bool> {
        self.limit("PEXPIRE", millis(after).map(Some))
    }

    /// Ends the object, with all its keys, at this moment of the server's clock: see [`Handle::expire`]. `PEXPIREAT`.
    ///
    /// # Errors
    /// As with [`Handle::expire`].
    pub fn expire_at(&self, moment: SystemTime) -> Command<bool> {
        self.limit("PEXPIREAT", unix_millis(moment).map(Some))
    }

    /// Lets the object live for ever; `false` if it did already, or does not exist. `PERSIST` for each key, in one
    /// MULTI.
    pub fn persist(&self) -> Command<bool> {
        self.limit("PERSIST", Ok(None))
    }

    /// Lets the object live for the declared time from now on: what a session does when it is used. `false` if there
    /// is no object. `PEXPIRE` for each key, in one MULTI.
    ///
    /// # Errors
    /// `Misuse` if the model declares no `ttl`.
    pub fn touch(&self) -> Command<bool> {
        match M::__INFO.ttl {
            Ttl::Declared(time) => self.expire(time),
            _ => Command::refused(&self.place, Error::misuse("this model declares no time to live")),
        }
    }

    fn limit(&self, command: &str, time: Result<Option<i64>>) -> Command<bool> {
        let time = match time {
            _ if M::__INFO.ttl == Ttl::Never => Err(Error::misuse(
                "this model is declared with `ttl = \"never\"`: its writes do not look after a time to live",
            )),
            time => time,
        };
        match time {
            Ok(time) => {
                let each = self.place.all_of_object().into_iter().map(|place| {
                    let request = Request::write().command(command, |a| {
                        a.key(place.key());
                        if let Some(time) = time {
                            a.int(time);
                        }
                    });
                    Command::new::<Flag>(&place, request)
                });
                let all: Vec<_> = each.collect();
                self.place.store().transaction(all).map(|done| done.first().copied().unwrap_or(false))
            }
            Err(error) => Command::refused(&self.place, error),
        }
    }

    /// Reads the object, lets `f` change it, and writes what changed, unless somebody else changed it meanwhile: then
    /// it begins again, up to [`Options::attempts`](crate::Options::attempts) times. So `f` may run more than once.
    ///
    /// `WATCH` and the reads on a connection of its own, then MULTI with the commands that make the difference, and
    /// EXEC: two round trips when nobody interferes.
    ///
    /// # Errors
    /// `NotFound` if there is no object, `Conflict` when the attempts are used up, and those of loading and saving.
    /// If the connection is lost after EXEC was sent, the outcome is `Unknown`, and nothing is repeated.
    pub fn update<'a, R: Send + 'a>(&self, mut f: impl FnMut(&mut M) -> R + Send + 'a) -> Operation<'a, R> {
        let run =
            update::update(self.clone(), move |model: &mut M| Ok::<R, std::convert::Infallible>(f(model)));
        Operation::new(self.place.store(), move |link| async move { run(link).await.map(|Ok(value)| value) })
    }

    /// Like [`Handle::update`], with a closure that can refuse: then nothing is written, and the refusal comes back.
    /// It too is only given if the object was as `f` saw it.
    ///
    /// # Errors
    /// As with [`Handle::update`]; the inner `Result` is the closure's.
    pub fn try_update<'a, R: Send + 'a, E: Send + 'a>(
        &self,
        f: impl FnMut(&mut M) -> Result<R, E> + Send + 'a,
    ) -> Operation<'a, Result<R, E>> {
        let run = update::update(self.clone(), f);
        Operation::new(self.place.store(), run)
    }
}

impl<M> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Handle::new(self.place.clone())
    }
}

impl<M> fmt::Debug for Handle<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Handle").field(self.key()).finish()
    }
}
