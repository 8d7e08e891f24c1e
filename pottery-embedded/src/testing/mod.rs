//! What tests do to a server besides talking to it: faults, a record of what was sent, and an end to endless waits.

pub(crate) mod fault;
pub(crate) mod sent;

use std::time::Duration;

use fault::{Effect, Faults};
use sent::Record;

use crate::engine::Engine;
use crate::engine::client::{Client, ClientId, Closing};

/// What a server was told to do to its clients.
#[derive(Debug, Default)]
pub(crate) struct Rig {
    pub(crate) faults: Faults,
    pub(crate) record: Record,
    /// Whether new connections are closed as soon as they are made.
    pub(crate) refuses: bool,
    /// How long a client may wait for a key, in real time.
    pub(crate) patience: Option<Duration>,
}

impl Rig {
    /// Notes a command that has arrived, and says what is to go wrong with it.
    pub(crate) fn meet(&mut self, args: &[&[u8]]) -> Option<Effect> {
        let name = args.first()?;
        self.record.note(args);
        self.faults.next(name)
    }
}

impl Engine {
    /// Runs a command whose reply never arrives: the connection ends after the replies to earlier ones. Returns true if
    /// the client waits for a key instead, and is to be cut off when it waits no more.
    pub(crate) fn execute_and_lose(&mut self, id: ClientId, args: &[&[u8]]) -> bool {
        let before = self.clients.get(&id).map_or(0, |client| client.out.len());
        self.execute(id, args);
        if self.clients.get(&id).is_some_and(Client::is_blocked) {
            return true;
        }
        if let Some(client) = self.clients.get_mut(&id) {
            client.out.truncate(before);
        }
        self.close(id, Closing::AfterReply);
        false
    }

    /// Cuts off everyone, at once.
    pub(crate) fn close_all(&mut self) {
        let ids: Vec<ClientId> = self.clients.keys().copied().collect();
        for id in ids {
            self.close(id, Closing::Now);
        }
    }
}
