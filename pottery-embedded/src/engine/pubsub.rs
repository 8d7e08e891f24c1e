//! Who listens to which channels, and how messages get there.

use hashbrown::HashMap;

use crate::engine::client::ClientId;
use crate::engine::dict::Dict;
use crate::engine::{Engine, glob};

/// The three things that one can listen to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Channel,
    Pattern,
    /// A channel that belongs to a slot of a cluster.
    Shard,
}

/// What a client listens to, in the order in which it asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscriptions {
    pub(crate) channels: Dict<()>,
    pub(crate) patterns: Dict<()>,
    pub(crate) shards: Dict<()>,
}

impl Subscriptions {
    pub(crate) fn of(&self, kind: Kind) -> &Dict<()> {
        match kind {
            Kind::Channel => &self.channels,
            Kind::Pattern => &self.patterns,
            Kind::Shard => &self.shards,
        }
    }

    fn of_mut(&mut self, kind: Kind) -> &mut Dict<()> {
        match kind {
            Kind::Channel => &mut self.channels,
            Kind::Pattern => &mut self.patterns,
            Kind::Shard => &mut self.shards,
        }
    }

    /// What a confirmation counts: channels and patterns together, or shards.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Shard => self.shards.len(),
            _ => self.channels.len() + self.patterns.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.channels.is_empty() && self.patterns.is_empty() && self.shards.is_empty()
    }
}

/// Subscriptions by channel and by pattern, each with its listeners in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    pub(crate) channels: HashMap<Box<[u8]>, Vec<ClientId>>,
    /// In the order in which they were first asked for: every message looks at all of them.
    pub(crate) patterns: Dict<Vec<ClientId>>,
    pub(crate) shards: HashMap<Box<[u8]>, Vec<ClientId>>,
}

impl Channels {
    /// The channels that somebody listens to, by name.
    pub(crate) fn by_name(&self, kind: Kind) -> &HashMap<Box<[u8]>, Vec<ClientId>> {
        if kind == Kind::Shard { &self.shards } else { &self.channels }
    }

    fn add(&mut self, kind: Kind, name: &[u8], id: ClientId) {
        match kind {
            Kind::Channel => self.channels.entry(name.into()).or_default().push(id),
            Kind::Shard => self.shards.entry(name.into()).or_default().push(id),
            Kind::Pattern => match self.patterns.get_mut(name) {
                Some(listeners) => listeners.push(id),
                None => {
                    self.patterns.insert(name, vec![id]);
                }
            },
        }
    }

    fn remove(&mut self, kind: Kind, name: &[u8], id: ClientId) {
        let listeners = match kind {
            Kind::Channel => self.channels.get_mut(name),
            Kind::Shard => self.shards.get_mut(name),
            Kind::Pattern => self.patterns.get_mut(name),
        };
        let Some(listeners) = listeners else { return };
        listeners.retain(|it| *it != id);
        if listeners.is_empty() {
            match kind {
                Kind::Channel => drop(self.channels.remove(name)),
                Kind::Shard => drop(self.shards.remove(name)),
                Kind::Pattern => drop(self.patterns.remove(name)),
            }
        }
    }
}

impl Engine {
    /// Has a client listen, if it doesn't yet.
    pub(crate) fn subscribe(&mut self, id: ClientId, kind: Kind, name: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.subscriptions.of_mut(kind).insert(name, ()).is_none() {
            self.channels.add(kind, name, id);
        }
    }

    /// Has a client listen no more, if it does.
    pub(crate) fn unsubscribe(&mut self, id: ClientId, kind: Kind, name: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.subscriptions.of_mut(kind).remove(name).is_some() {
            self.channels.remove(kind, name, id);
        }
    }

    /// Forgets all subscriptions of a client that goes or is reset.
    pub(crate) fn unsubscribe_all(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let subscriptions = std::mem::take(&mut client.subscriptions);
        for kind in [Kind::Channel, Kind::Pattern, Kind::Shard] {
            for name in subscriptions.of(kind).keys() {
                self.channels.remove(kind, name, id);
            }
        }
    }

    /// Sends a message to all who listen to the channel. Returns how often it was sent.
    pub(crate) fn publish(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let mut sent = self.deliver(Kind::Channel, "message", channel, message);
        if self.channels.patterns.is_empty() {
            return sent;
        }
        let listening: Vec<(Box<[u8]>, Vec<ClientId>)> = self
            .channels
            .patterns
            .iter()
            .filter(|(pattern, _)| glob::matches(pattern, channel))
            .map(|(pattern, listeners)| (pattern.clone(), listeners.clone()))
            .collect();
        for (pattern, listeners) in listening {
            for id in listeners {
                self.write_to(id, |out| {
                    out.push(4);
                    out.bulk(b"pmessage");
                    out.bulk(&pattern);
                    out.bulk(channel);
                    out.bulk(message);
                });
                sent += 1;
            }
        }
        sent
    }

    /// The same for a channel of a shard, which no pattern describes.
    pub(crate) fn publish_to_shard(&mut self, channel: &[u8], message: &[u8]) -> usize {
        self.deliver(Kind::Shard, "smessage", channel, message)
    }

    fn deliver(&mut self, kind: Kind, word: &str, channel: &[u8], message: &[u8]) -> usize {
        let listeners = self.channels.by_name(kind).get(channel).cloned().unwrap_or_default();
        for id in &listeners {
            self.write_to(*id, |out| {
                out.push(3);
                out.bulk(word.as_bytes());
                out.bulk(channel);
                out.bulk(message);
            });
        }
        listeners.len()
    }
}
