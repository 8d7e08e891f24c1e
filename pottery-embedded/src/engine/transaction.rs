//! `MULTI` and `WATCH`: what a client has queued, and which keys must not change until then.

use crate::engine::Engine;
use crate::engine::args::Owned;
use crate::engine::client::ClientId;
use crate::engine::command::{Command, flag};

/// A client's transaction.
#[derive(Debug, Default)]
pub(crate) struct Transaction {
    /// The commands since `MULTI`.
    pub(crate) queued: Option<Vec<(&'static Command, Owned)>>,
    /// Whether a command was refused, so that `EXEC` must refuse too.
    pub(crate) aborted: bool,
    /// Whether a watched key was changed, so that `EXEC` does nothing.
    pub(crate) conflict: bool,
    watched: Vec<Watched>,
}

#[derive(Debug)]
struct Watched {
    db: usize,
    key: Box<[u8]>,
    /// Whether it had expired already when it was watched: that it then vanishes is no change.
    expired: bool,
}

impl Transaction {
    /// Whether commands are queued.
    pub(crate) fn is_open(&self) -> bool {
        self.queued.is_some()
    }

    /// Whether something that is queued writes.
    pub(crate) fn writes(&self) -> bool {
        self.queued.iter().flatten().any(|(command, _)| command.has(flag::WRITE))
    }

    /// Notes that a command was refused, if commands are queued.
    pub(crate) fn abort(&mut self) {
        self.aborted |= self.is_open();
    }

    /// The commands since `MULTI`.
    pub(crate) fn commands(&self) -> impl Iterator<Item = &'static Command> {
        self.queued.iter().flatten().map(|(command, _)| *command)
    }

    /// Whether a command, or what it is about to run, may need more memory. Queueing does.
    pub(crate) fn needs_memory(&self, command: &Command) -> bool {
        let ends = ["exec", "discard", "quit", "reset"].contains(&&*command.name);
        command.has(flag::DENYOOM)
            || (self.is_open() && !ends)
            || (command.name == "exec" && self.commands().any(|command| command.has(flag::DENYOOM)))
    }

    /// About how many bytes the queued commands take.
    pub(crate) fn memory(&self) -> usize {
        self.queued.iter().flatten().map(|(_, args)| args.size()).sum()
    }

    /// Keeps a command for `EXEC`; there is no need to when that will refuse anyway.
    pub(crate) fn queue(&mut self, command: &'static Command, args: &[&[u8]]) {
        if let Some(queued) = &mut self.queued
            && !self.aborted
            && !self.conflict
        {
            queued.push((command, Owned::new(args)));
        }
    }
}

impl Engine {
    /// Has `EXEC` do nothing if the key changes until then.
    pub(crate) fn watch(&mut self, id: ClientId, db: usize, key: &[u8]) {
        let now = self.now_ms();
        let expired = self.dbs[db].keys().get(key).is_some_and(|entry| entry.expired(now));
        let Some(client) = self.clients.get_mut(&id) else { return };
        let watched = &mut client.transaction.watched;
        if watched.iter().any(|it| it.db == db && *it.key == *key) {
            return;
        }
        watched.push(Watched { db, key: key.into(), expired });
        self.dbs[db].watchers.entry(key.into()).or_default().push(id);
    }

    /// Forgets what a client watches.
    pub(crate) fn unwatch(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        for watched in client.transaction.watched.drain(..) {
            let watchers = &mut self.dbs[watched.db].watchers;
            if let Some(clients) = watchers.get_mut(&*watched.key) {
                clients.retain(|it| *it != id);
                if clients.is_empty() {
                    watchers.remove(&*watched.key);
                }
            }
        }
    }

    /// Whether a watched key has expired since, which nobody need have noticed.
    pub(crate) fn watched_key_expired(&self, id: ClientId) -> bool {
        let now = self.now_ms();
        self.clients.get(&id).is_some_and(|client| {
            client.transaction.watched.iter().any(|it| {
                !it.expired && self.dbs[it.db].keys().get(&it.key).is_some_and(|entry| entry.expired(now))
            })
        })
    }

    /// Fails the transactions of those who watch a key that has just changed.
    pub(crate) fn touch_watched(&mut self, db: usize, key: &[u8]) {
        if self.dbs[db].watchers.is_empty() {
            return;
        }
        let Some(watchers) = self.dbs[db].watchers.get(key).cloned() else { return };
        let exists = self.dbs[db].keys().contains(key);
        for id in watchers {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            let watched = client.transaction.watched.iter_mut().find(|it| it.db == db && *it.key == *key);
            if let Some(watched) = watched
                && watched.expired
                && !exists
            {
                watched.expired = false;
                continue;
            }
            client.transaction.conflict = true;
            // It can't get any worse, so there is nothing left to watch.
            self.unwatch(id);
        }
    }

    /// The same for all keys of a database that is about to be emptied, or to take over the keys of another one.
    pub(crate) fn touch_all_watched(&mut self, db: usize, replacement: Option<usize>) {
        let now = self.now_ms();
        let watched: Vec<Box<[u8]>> = self.dbs[db].watchers.keys().cloned().collect();
        for key in watched {
            let exists = self.dbs[db].keys().contains(&key);
            let next = replacement.and_then(|it| self.dbs[it].keys().get(&key));
            if !exists && next.is_none() {
                continue;
            }
            let next_expired = next.map(|entry| entry.expired(now));
            for id in self.dbs[db].watchers.get(&key).cloned().unwrap_or_default() {
                let Some(client) = self.clients.get_mut(&id) else { continue };
                let watched = client.transaction.watched.iter_mut().find(|it| it.db == db && it.key == key);
                match (watched, next_expired) {
                    // What has expired is as good as gone, before and after.
                    (Some(watched), None) if watched.expired => watched.expired = false,
                    (Some(watched), Some(true)) if watched.expired || !exists => watched.expired = true,
                    _ => {
                        client.transaction.conflict = true;
                        self.unwatch(id);
                    }
                }
            }
        }
    }

    /// Ends a client's transaction, whatever became of it.
    pub(crate) fn end_transaction(&mut self, id: ClientId) {
        self.unwatch(id);
        if let Some(client) = self.clients.get_mut(&id) {
            client.transaction = Transaction::default();
        }
    }
}
