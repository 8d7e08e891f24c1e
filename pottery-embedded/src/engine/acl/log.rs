//! What was denied: `ACL LOG`.

use std::collections::VecDeque;

use crate::engine::Engine;
use crate::engine::client::ClientId;

/// Why something was denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Command,
    Key,
    Channel,
    Auth,
}

impl Reason {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Reason::Command => "command",
            Reason::Key => "key",
            Reason::Channel => "channel",
            Reason::Auth => "auth",
        }
    }
}

/// Where it was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    TopLevel,
    Multi,
    Script,
}

impl Context {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Context::TopLevel => "toplevel",
            Context::Multi => "multi",
            Context::Script => "lua",
        }
    }
}

/// One denial, or several alike.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) count: u64,
    pub(crate) reason: Reason,
    pub(crate) context: Context,
    pub(crate) object: Box<[u8]>,
    pub(crate) user: Box<[u8]>,
    /// In milliseconds since 1970.
    pub(crate) time: i64,
    /// A line of `CLIENT LIST`.
    pub(crate) client: Vec<u8>,
}

/// The newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(pub(crate) VecDeque<Entry>);

/// Entries that are alike are one if no more time than this is between them.
const TOGETHER: i64 = 60_000;

impl Engine {
    pub(crate) fn note_denial(
        &mut self,
        id: ClientId,
        reason: Reason,
        context: Context,
        object: &[u8],
        user: &[u8],
    ) {
        let time = self.now_ms();
        let mut client = Vec::new();
        self.describe_client(id, &mut client);
        client.pop();
        let log = &mut self.users.log.0;
        // Only the newest few, so that a flood of denials costs little.
        let alike = log.iter().take(10).position(|it| {
            it.reason == reason
                && it.context == context
                && time - it.time <= TOGETHER
                && *it.object == *object
                && *it.user == *user
        });
        let count = alike.and_then(|place| log.remove(place)).map_or(0, |it| it.count);
        log.push_front(Entry {
            count: count + 1,
            reason,
            context,
            object: object.into(),
            user: user.into(),
            time,
            client,
        });
        log.truncate(self.config.acl_log_entries);
    }
}
