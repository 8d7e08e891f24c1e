//! `CLIENT TRACKING`: telling clients which of the keys they have read were changed since.
//!
//! The table remembers, for each key that was read, who read it; whoever changes the key has them told, once. Keys are
//! the same in all databases, as in Redis. Clients in broadcasting mode are told of every key that begins with one of
//! their prefixes instead, together for all commands that ran since the last time.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::Engine;
use crate::engine::client::{Client, ClientId};
use crate::engine::command::{Command, flag};
use crate::engine::dict::Dict;
use crate::engine::resp::Out;

/// How a client wants to be told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tracking {
    /// Another client, which is told in its place.
    pub(crate) redirect: Option<ClientId>,
    /// Whether the other client has gone.
    pub(crate) broken: bool,
    pub(crate) broadcast: bool,
    /// In broadcasting mode.
    pub(crate) prefixes: BTreeSet<Box<[u8]>>,
    pub(crate) opt_in: bool,
    pub(crate) opt_out: bool,
    /// Whether its own changes don't concern it.
    pub(crate) no_loop: bool,
    /// What `CLIENT CACHING` said for the next command.
    pub(crate) caching: bool,
}

/// Who is to be told of what.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// Who has read a key.
    readers: Dict<BTreeSet<ClientId>>,
    /// How many readers there are, over all keys.
    count: usize,
    prefixes: BTreeMap<Box<[u8]>, Prefix>,
    /// How many clients are tracking.
    clients: usize,
    /// What the client whose command runs is to be told when it is over; `None` for all keys.
    pending: Vec<Option<Box<[u8]>>>,
}

#[derive(Debug, Default)]
struct Prefix {
    clients: BTreeSet<ClientId>,
    /// What was changed since the last time, and by whom.
    changed: BTreeMap<Box<[u8]>, Option<ClientId>>,
}

/// What a client is told.
#[derive(Clone, Copy)]
enum News<'a> {
    Keys(&'a [&'a [u8]]),
    /// Everything it knows is out of date.
    All,
}

/// The channel on which a RESP2 client is told.
const CHANNEL: &[u8] = b"__redis__:invalidate";

impl Table {
    pub(crate) fn keys(&self) -> usize {
        self.readers.len()
    }

    pub(crate) fn items(&self) -> usize {
        self.count
    }

    pub(crate) fn prefixes(&self) -> usize {
        self.prefixes.len()
    }

    pub(crate) fn clients(&self) -> usize {
        self.clients
    }

    /// Whether anything that is changed might concern anyone.
    fn is_idle(&self) -> bool {
        self.readers.is_empty() && self.prefixes.is_empty()
    }
}

impl Engine {
    /// Has a client be told from now on. `wanted` has been checked against what it was told until now.
    pub(crate) fn start_tracking(&mut self, id: ClientId, wanted: Tracking) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let former = client.tracking.take();
        self.tracking.clients += usize::from(former.is_none());
        let mut tracking = Box::new(wanted);
        if tracking.broadcast {
            if tracking.prefixes.is_empty() {
                tracking.prefixes.insert(Box::default());
            }
            for prefix in &tracking.prefixes {
                self.tracking.prefixes.entry(prefix.clone()).or_default().clients.insert(id);
            }
        }
        if let Some(former) = former {
            tracking.prefixes.extend(former.prefixes);
            tracking.caching = former.caching;
        }
        client.tracking = Some(tracking);
    }

    /// Has a client be told no more. What it has read stays in the table until somebody changes it.
    pub(crate) fn stop_tracking(&mut self, id: ClientId) {
        let Some(tracking) = self.clients.get_mut(&id).and_then(|client| client.tracking.take()) else {
            return;
        };
        self.tracking.clients -= 1;
        for prefix in &tracking.prefixes {
            if let Some(known) = self.tracking.prefixes.get_mut(prefix) {
                known.clients.remove(&id);
                if known.clients.is_empty() {
                    self.tracking.prefixes.remove(prefix);
                }
            }
        }
    }

    /// Notes what a command of a client has read.
    pub(crate) fn remember_read(&mut self, id: ClientId, command: &Command, args: &[&[u8]]) {
        if self.tracking.clients == 0 || !command.has(flag::READONLY) || command.has(flag::PUBSUB) {
            return;
        }
        let Some(tracking) = self.clients.get(&id).and_then(|client| client.tracking.as_ref()) else {
            return;
        };
        let declined = (tracking.opt_in && !tracking.caching) || (tracking.opt_out && tracking.caching);
        if tracking.broadcast || declined {
            return;
        }
        for (place, _) in command.keys_of(args).unwrap_or_default() {
            let table = &mut self.tracking;
            let added = match table.readers.get_mut(args[place]) {
                Some(readers) => readers.insert(id),
                None => table.readers.insert(args[place], BTreeSet::from([id])).is_none(),
            };
            table.count += usize::from(added);
        }
    }

    /// Forgets some of the keys that were read if there are too many, and has those who read them told.
    pub(crate) fn limit_tracking(&mut self) {
        let limit = self.config.tracking_keys;
        while limit > 0 && self.tracking.readers.len() > limit {
            let Some(place) = self.tracking.readers.random(&mut self.random) else { return };
            let key = self.tracking.readers.at(place).0.clone();
            self.invalidate_read(&key);
        }
    }

    /// Has all who should know told of a change.
    pub(crate) fn invalidate(&mut self, key: &[u8], by: Option<ClientId>) {
        if self.tracking.is_idle() {
            return;
        }
        // Every prefix is one of the beginnings of the key.
        if !self.tracking.prefixes.is_empty() {
            for (prefix, known) in &mut self.tracking.prefixes {
                if key.starts_with(prefix) {
                    known.changed.insert(key.into(), by);
                }
            }
        }
        self.invalidate_read(key);
    }

    /// Has those who have read a key told.
    fn invalidate_read(&mut self, key: &[u8]) {
        let Some((key, readers)) = self.tracking.readers.remove(key) else { return };
        self.tracking.count -= readers.len();
        for id in readers {
            let Some(tracking) = self.clients.get(&id).and_then(|client| client.tracking.as_ref()) else {
                continue;
            };
            let own = self.current == Some(id);
            if tracking.broadcast || (tracking.no_loop && own) {
                continue;
            }
            if own {
                self.tracking.pending.push(Some(key.clone()));
            } else {
                self.tell(id, News::Keys(&[&*key]));
            }
        }
    }

    /// Has everyone told that all keys are gone.
    pub(crate) fn invalidate_all(&mut self) {
        if self.tracking.clients == 0 {
            return;
        }
        let mut told: Vec<ClientId> = self
            .clients
            .values()
            .filter(|client| client.tracking.is_some())
            .map(|client| client.id)
            .collect();
        told.sort();
        for id in told {
            if self.current == Some(id) {
                self.tracking.pending.push(None);
            } else {
                self.tell(id, News::All);
            }
        }
        self.tracking.readers.clear();
        self.tracking.count = 0;
    }

    /// Tells the client whose command is over what it did to itself.
    pub(crate) fn tell_pending(&mut self, id: ClientId) {
        for news in std::mem::take(&mut self.tracking.pending) {
            match news {
                Some(key) => self.tell(id, News::Keys(&[&*key])),
                None => self.tell(id, News::All),
            }
        }
    }

    /// Tells the clients in broadcasting mode what was changed since the last time.
    pub(crate) fn broadcast_changes(&mut self) {
        if self.tracking.prefixes.values().all(|known| known.changed.is_empty()) {
            return;
        }
        let mut due = Vec::new();
        for known in self.tracking.prefixes.values_mut() {
            let changed = std::mem::take(&mut known.changed);
            if !changed.is_empty() {
                due.push((known.clients.clone(), changed));
            }
        }
        for (clients, changed) in due {
            for id in clients {
                let no_loop = self
                    .clients
                    .get(&id)
                    .is_some_and(|client| client.tracking.as_ref().is_some_and(|tracking| tracking.no_loop));
                let keys: Vec<&[u8]> = changed
                    .iter()
                    .filter(|(_, by)| !(no_loop && **by == Some(id)))
                    .map(|(key, _)| &**key)
                    .collect();
                if !keys.is_empty() {
                    self.tell(id, News::Keys(&keys));
                }
            }
        }
    }

    fn tell(&mut self, id: ClientId, news: News<'_>) {
        let Some(Client { resp3, tracking: Some(tracking), .. }) = self.clients.get_mut(&id) else { return };
        let null = |out: &mut Out, resp3: bool| out.raw(if resp3 { b"_\r\n" } else { b"$-1\r\n" });
        let resp3 = *resp3;
        let write_news = move |out: &mut Out| match news {
            News::All => null(out, resp3),
            News::Keys(keys) => {
                out.array(keys.len());
                for key in keys {
                    out.bulk(key);
                }
            }
        };
        let Some(target) = tracking.redirect else {
            if resp3 {
                self.write_to(id, |out| {
                    out.push(2);
                    out.bulk(b"invalidate");
                    write_news(out);
                });
            }
            return;
        };
        let Some(other) = self.clients.get(&target) else {
            if let Some(Client { tracking: Some(tracking), .. }) = self.clients.get_mut(&id) {
                tracking.broken = true;
            }
            if resp3 {
                self.write_to(id, |out| {
                    out.push(2);
                    out.bulk(b"tracking-redir-broken");
                    out.integer(i64::try_from(target.0).unwrap_or(i64::MAX));
                });
            }
            return;
        };
        if other.resp3 {
            self.write_to(target, |out| {
                out.push(2);
                out.bulk(b"invalidate");
                write_news(out);
            });
        } else if !other.subscriptions.is_empty() {
            self.write_to(target, |out| {
                out.push(3);
                out.bulk(b"message");
                out.bulk(CHANNEL);
                write_news(out);
            });
        }
    }
}
