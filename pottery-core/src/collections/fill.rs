//! Filling a key: making it where there must be nothing, or replacing all that it holds, in one step.

use crate::command::Command;
use crate::decode::Done;
use crate::place::Place;
use crate::request::{Arguments, Request};
use crate::script::Script;

/// How a type of Redis is filled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    /// What `TYPE` says of it.
    pub(crate) redis_type: &'static str,
    /// The command that adds elements, of up to four arguments each, to a key.
    pub(crate) command: &'static str,
}

impl Filling {
    pub(crate) const LIST: Filling = Filling { redis_type: "list", command: "RPUSH" };
    pub(crate) const GEO: Filling = Filling { redis_type: "zset", command: "GEOADD" };
    pub(crate) const HASH: Filling = Filling { redis_type: "hash", command: "HSET" };
    pub(crate) const HYPER_LOG_LOG: Filling = Filling { redis_type: "string", command: "PFADD" };
    pub(crate) const SET: Filling = Filling { redis_type: "set", command: "SADD" };
    pub(crate) const SORTED_SET: Filling = Filling { redis_type: "zset", command: "ZADD" };
    pub(crate) const STREAM: Filling = Filling { redis_type: "stream", command: "XADD" };

    /// Makes the key, of these elements, where there is nothing: `KeyExists` otherwise, and nothing is changed. Of no
    /// elements it only looks whether the key is free.
    pub(crate) fn create(self, place: &Place, elements: impl FnOnce(&mut Arguments<'_>)) -> Command<()> {
        self.fill(place, b"create", elements)
    }

    /// Puts these elements in the place of all that the key holds. A time to live stays. Of no elements it removes the
    /// key.
    pub(crate) fn replace(self, place: &Place, elements: impl FnOnce(&mut Arguments<'_>)) -> Command<()> {
        self.fill(place, b"replace", elements)
    }

    fn fill(self, place: &Place, mode: &[u8], elements: impl FnOnce(&mut Arguments<'_>)) -> Command<()> {
        static FILL: Script = Script::new(include_str!("../scripts/fill.lua"));
        let request = Request::write().eval(&FILL, &[place.key()], |a| {
            a.raw(mode).raw(self.redis_type.as_bytes()).raw(self.command.as_bytes());
            elements(a);
        });
        Command::new::<Done>(place, request.bears(place))
    }
}
