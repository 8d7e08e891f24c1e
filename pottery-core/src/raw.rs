//! The way out: any command of the client crate, on the same store.

use redis::{Cmd, FromRedisValue};

use crate::command::Command;
use crate::error::{Error, ErrorKind};
use crate::place::Place;
use crate::reader::Read;
use crate::reply::{Reply, Step};
use crate::request::Request;
use crate::store::Store;

/// Commands that change the connection they run on, or keep it waiting: they cannot travel among those of others.
const REFUSED: &[&str] = &[
    "MULTI",
    "EXEC",
    "DISCARD",
    "WATCH",
    "UNWATCH",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "PSUBSCRIBE",
    "PUNSUBSCRIBE",
    "SSUBSCRIBE",
    "SUNSUBSCRIBE",
    "MONITOR",
    "SELECT",
    "AUTH",
    "HELLO",
    "QUIT",
    "RESET",
    "SYNC",
    "PSYNC",
    "BLPOP",
    "BRPOP",
    "BLMOVE",
    "BRPOPLPUSH",
    "BLMPOP",
    "BZPOPMIN",
    "BZPOPMAX",
    "BZMPOP",
    "WAIT",
    "WAITAOF",
];

impl Store {
    /// Any command, built with the `redis` crate ([`redis`](crate::redis)), read as any type which that crate can
    /// read. It is a [`Command`] like the others: awaited, waited for, batched. pottery does not know what it does, so
    /// it is never repeated, no namespace goes before its keys, and no time to live follows it.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let encoding: String = store.raw(pottery_core::redis::cmd("OBJECT").arg("ENCODING").arg("lyrics")).wait()?;
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    ///
    /// # Errors
    /// `Misuse` for commands that change the connection or block it; `Decode` if the answer is no `T`.
    pub fn raw<T: FromRedisValue + Send + 'static>(&self, command: &Cmd) -> Command<T> {
        /// The reply as it came, and where it ends.
        #[derive(Default)]
        struct Raw {
            bytes: Vec<u8>,
            until: Option<u64>,
        }
        impl<T: FromRedisValue> Read<T> for Raw {
            fn resume(&mut self, reply: &mut Reply<'_>) -> Step<T> {
                reply.copy(&mut self.until, &mut self.bytes)?;
                let wrong = |error: redis::ParsingError| {
                    Error::new(ErrorKind::Decode, "the answer is not of the type asked for")
                        .with_source(error)
                };
                let value = redis::parse_redis_value(&self.bytes).map_err(|error| {
                    Error::new(ErrorKind::Decode, "the client crate cannot read the answer")
                        .with_source(error)
                })?;
                Ok(T::from_redis_value(value).map_err(wrong)?)
            }

            fn restart(&mut self) -> bool {
                *self = Raw::default();
                true
            }
        }
        let place = Place::none(self);
        let mut args = command.args_iter().map(|arg| match arg {
            redis::Arg::Simple(bytes) => bytes,
            _ => b"0",
        });
        let Some(name) = args.next().map(|name| String::from_utf8_lossy(name).to_ascii_uppercase()) else {
            return Command::refused(&place, Error::misuse("this command has no name"));
        };
        if REFUSED.contains(&name.as_str()) {
            let message =
                format!("`{name}` changes or blocks the connection it runs on, which others use as well");
            return Command::refused(&place, Error::misuse(message));
        }
        let request = Request::write().command(&name, |a| {
            for arg in args {
                a.raw(arg);
            }
        });
        Command::reading(&place, request, Box::new(Raw::default()))
    }
}
