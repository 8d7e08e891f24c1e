//! Storing what was found in a sorted set: the commands for it would replace whatever is there, of any type.

use crate::key::Key;
use crate::request::{Arguments, Request};
use crate::script::Script;

static STORE: Script = Script::new(include_str!("../../scripts/sorted_set_store.lua"));

/// A command that reads one key.
pub(in crate::collections) fn from_one(
    into: &Key,
    from: &Key,
    command: &str,
    behind: impl FnOnce(&mut Arguments<'_>),
) -> Request {
    Request::write().eval(&STORE, &[into, from], |a| behind(a.raw(command.as_bytes()).raw(b"")))
}

/// A command that is told how many keys it reads.
pub(super) fn from_several(
    into: &Key,
    from: &[&Key],
    command: &str,
    behind: impl FnOnce(&mut Arguments<'_>),
) -> Request {
    let keys: Vec<&Key> = std::iter::once(into).chain(from.iter().copied()).collect();
    Request::write().eval(&STORE, &keys, |a| behind(a.raw(command.as_bytes()).raw(b"1")))
}

/// That nothing was found.
pub(in crate::collections) fn nothing(into: &Key) -> Request {
    Request::write().eval(&STORE, &[into], |a| _ = a.raw(b"").raw(b""))
}
