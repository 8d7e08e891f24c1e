//! Has the engine run a file's commands.

use std::rc::Rc;

use crate::engine::Engine;
use crate::engine::Stats;
use crate::engine::acl::User;
use crate::engine::client::Peer;
use crate::engine::command::{flag, table};
use crate::persistence::recovery::{Refusal, Run};

/// Lends `load` a function that runs commands on the engine, as a client of its own that may do everything. Nothing expires
/// meanwhile: a key whose time is up today may have been written to when it wasn't.
pub(crate) fn run_again<R>(engine: &mut Engine, load: impl FnOnce(&mut Run<'_>) -> R) -> R {
    let id = engine.connect(Peer::default());
    if let Some(client) = engine.clients.get_mut(&id) {
        client.authenticated = true;
        client.user = Rc::new(User::everything(b"default"));
    }
    engine.loading = true;
    let result = load(&mut |args| {
        let command = table().lookup(args).map_err(|error| {
            let error = String::from_utf8_lossy(error.as_bytes()).into_owned();
            // A wrong number of arguments is an error as any other.
            if error.starts_with("ERR unknown") { Refusal::Unknown } else { Refusal::Error(error) }
        })?;
        // No change of data is one of these, and what else is in a file must not end the server or wait.
        if command.has(flag::ADMIN) || command.has(flag::PUBSUB) {
            return Err(Refusal::Error("ERR not a change of data".to_owned()));
        }
        engine.execute(id, args);
        let Some(client) = engine.clients.get_mut(&id) else {
            return Err(Refusal::Error("ERR the command ended the connection".to_owned()));
        };
        let error =
            client.out.strip_prefix(b"-").map(|line| String::from_utf8_lossy(line).trim_end().to_owned());
        client.out.clear();
        error.map_or(Ok(()), |error| Err(Refusal::Error(error)))
    });
    engine.loading = false;
    engine.disconnect(id);
    engine.stats = Stats::default();
    result
}
