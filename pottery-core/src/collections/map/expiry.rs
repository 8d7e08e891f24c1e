//! Entries that end by themselves.

use std::time::Duration;

use crate::arg::Arg;
use crate::codec::Codec;
use crate::collections::keyed::millis;
use crate::command::Command;
use crate::decode::{Many, Number};
use crate::error::{Error, ErrorKind};
use crate::request::{Arguments, Request};
use crate::storable::Storable;

use super::Map;

/// # Entries that end by themselves
///
/// Redis 7.4 and Valkey 9 can end single entries of a hash. Setting an entry anew lets it live for ever again.
impl<K: Storable, V: Storable, C: Codec> Map<K, V, C> {
    /// Ends an entry after this time; `false` if there is none. `HPEXPIRE` (Redis 7.4, Valkey 9), O(1).
    ///
    /// # Errors
    /// `Unsupported` on older servers; `Misuse` if the time is longer than the server can keep.
    pub fn expire_entry(&self, key: impl Arg<K>, after: Duration) -> Command<bool> {
        match millis(after) {
            Ok(time) => {
                self.of_entry(Request::write(), "HPEXPIRE", key, |a| _ = a.int(time)).mapped(|said| said > 0)
            }
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// How long an entry will live: `None` if it does not expire or does not exist. `HPTTL` (Redis 7.4, Valkey 9), O(1).
    ///
    /// # Errors
    /// `Unsupported` on older servers.
    pub fn entry_ttl(&self, key: impl Arg<K>) -> Command<Option<Duration>> {
        self.of_entry(Request::read(), "HPTTL", key, |_| {})
            .mapped(|left| u64::try_from(left).ok().map(Duration::from_millis))
    }

    /// Lets an entry live for ever; `false` if it did already, or does not exist. `HPERSIST` (Redis 7.4, Valkey 9),
    /// O(1).
    ///
    /// # Errors
    /// `Unsupported` on older servers.
    pub fn persist_entry(&self, key: impl Arg<K>) -> Command<bool> {
        self.of_entry(Request::write(), "HPERSIST", key, |_| {}).mapped(|said| said > 0)
    }

    /// What the server says of one entry; -2 is that there is none.
    fn of_entry(
        &self,
        request: Request,
        command: &str,
        key: impl Arg<K>,
        options: impl FnOnce(&mut Arguments<'_>),
    ) -> Command<i64> {
        let mut found = false;
        let request = request.command(command, |a| {
            options(a.key(self.key()));
            found = a.raw(b"FIELDS").int(1).sought::<C, _>(key.__as());
        });
        if !found {
            return Command::known(self.place(), -2);
        }
        Command::new::<Many<Vec<i64>, Number<i64>>>(self.place(), request)
            .recover(|error| match error.kind() {
                ErrorKind::Unsupported => Err(Error::not_applied(
                    ErrorKind::Unsupported,
                    "this server cannot end single entries of a hash: that takes Redis 7.4 or Valkey 9",
                )),
                _ => Err(error),
            })
            .mapped(|said| said.first().copied().unwrap_or(-2))
    }
}
