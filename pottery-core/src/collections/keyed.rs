//! What every key has, whatever lies there.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::command::Command;
use crate::decode::{Done, Flag, Number};
use crate::error::{Error, Result};
use crate::key::Key;
use crate::place::Place;
use crate::request::Request;

/// A key of Redis, whatever lies there: what all collections have in common. They deref to it.
#[derive(Clone, Debug)]
pub struct Keyed(Place);

impl Keyed {
    pub(crate) fn new(place: Place) -> Keyed {
        Keyed(place)
    }

    pub(crate) fn place(&self) -> &Place {
        &self.0
    }

    /// The key, with its namespace.
    pub fn key(&self) -> &Key {
        self.0.key()
    }

    /// Whether there is anything at the key: an empty collection is no key. `EXISTS`, O(1).
    pub fn exists(&self) -> Command<bool> {
        Command::new::<Flag>(&self.0, Request::read().command("EXISTS", |a| _ = a.key(self.key())))
    }

    /// Removes the key with all that lies there; `false` if there was nothing. `UNLINK`: O(1) for others, the memory is
    /// freed in the background.
    pub fn clear(&self) -> Command<bool> {
        Command::new::<Flag>(&self.0, Request::write().command("UNLINK", |a| _ = a.key(self.key())))
    }

    /// How long the key will live: `None` if it does not expire or does not exist. `PTTL`, O(1).
    pub fn ttl(&self) -> Command<Option<Duration>> {
        Command::new::<Number<i64>>(&self.0, Request::read().command("PTTL", |a| _ = a.key(self.key())))
            .mapped(|left| u64::try_from(left).ok().map(Duration::from_millis))
    }

    /// Ends the key after this time; `false` if there is none. `PEXPIRE`, O(1).
    ///
    /// # Errors
    /// `Misuse` for a field of a model: the time to live is the object's ([`Handle::expire`](crate::Handle::expire)).
    pub fn expire(&self, after: Duration) -> Command<bool> {
        self.limit("PEXPIRE", millis(after))
    }

    /// Ends the key at this moment of the server's clock; `false` if there is none. `PEXPIREAT`, O(1).
    ///
    /// # Errors
    /// `Misuse` for a field of a model, as with [`Keyed::expire`].
    pub fn expire_at(&self, moment: SystemTime) -> Command<bool> {
        self.limit("PEXPIREAT", unix_millis(moment))
    }

    /// Lets the key live for ever; `false` if it did already, or does not exist. `PERSIST`, O(1).
    ///
    /// # Errors
    /// `Misuse` for a field of a model, as with [`Keyed::expire`].
    pub fn persist(&self) -> Command<bool> {
        match self.own() {
            Ok(()) => {
                Command::new::<Flag>(&self.0, Request::write().command("PERSIST", |a| _ = a.key(self.key())))
            }
            Err(error) => Command::refused(&self.0, error),
        }
    }

    /// Moves what lies here to another key of the same namespace, in place of what was there. `RENAME`, O(1). On a
    /// cluster both keys must be in one slot.
    ///
    /// # Errors
    /// `NotFound` if there is nothing here; `Misuse` for a field of a model.
    pub fn rename(&self, to: impl Into<Key>) -> Command<()> {
        let to = to.into().behind(self.0.store().prefix());
        match self.own() {
            Ok(()) => Command::new::<Done>(
                &self.0,
                Request::write().command("RENAME", |a| _ = a.key(self.key()).key(&to)),
            ),
            Err(error) => Command::refused(&self.0, error),
        }
    }

    /// Copies what lies here to another key of the same namespace; `false` if there is something already, or nothing
    /// here. `COPY`, O(n). On a cluster both keys must be in one slot.
    pub fn copy_to(&self, to: impl Into<Key>) -> Command<bool> {
        let to = to.into().behind(self.0.store().prefix());
        Command::new::<Flag>(&self.0, Request::write().command("COPY", |a| _ = a.key(self.key()).key(&to)))
    }

    fn limit(&self, command: &str, time: Result<i64>) -> Command<bool> {
        match self.own().and(time) {
            Ok(time) => Command::new::<Flag>(
                &self.0,
                Request::write().command(command, |a| _ = a.key(self.key()).int(time)),
            ),
            Err(error) => Command::refused(&self.0, error),
        }
    }

    fn own(&self) -> Result<()> {
        match self.0.object() {
            None => Ok(()),
            Some(_) => Err(Error::misuse(
                "this key belongs to an object: its time to live and its name are the object's",
            )),
        }
    }
}

/// A time to live in milliseconds, at least 1: less would delete.
pub(crate) fn millis(time: Duration) -> Result<i64> {
    i64::try_from(time.as_millis())
        .ok()
        .filter(|millis| *millis < i64::MAX >> 8)
        .map(|millis| millis.max(1))
        .ok_or_else(|| Error::misuse("this time to live is longer than Redis can keep"))
}

/// A moment in milliseconds since 1970; one before that is the first of them, and deletes.
pub(crate) fn unix_millis(moment: SystemTime) -> Result<i64> {
    millis(moment.duration_since(UNIX_EPOCH).unwrap_or_default())
}
