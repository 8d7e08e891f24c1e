//! Who listens to which channels, and how messages get there.

use hashbrown::HashMap;

use crate::engine::client::ClientId;
use crate::engine::{Engine, glob};

/// Subscriptions by channel and by pattern, each with its listeners in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Channels {
    pub(crate) channels: HashMap<Box<[u8]>, Vec<ClientId>>,
    /// A row and not a table: every message looks at all of them, and in the order in which they were first asked for.
    pub(crate) patterns: Vec<(Box<[u8]>, Vec<ClientId>)>,
}

impl Engine {
    /// Sends a message to all who listen to the channel. Returns how often it was sent.
    pub(crate) fn publish(&mut self, channel: &[u8], message: &[u8]) -> usize {
        let mut sent = 0;
        for id in self.channels.channels.get(channel).cloned().unwrap_or_default() {
            self.write_to(id, |out| {
                out.push(3);
                out.bulk(b"message");
                out.bulk(channel);
                out.bulk(message);
            });
            sent += 1;
        }
        for index in 0..self.channels.patterns.len() {
            let (pattern, listeners) = &self.channels.patterns[index];
            if !glob::matches(pattern, channel) {
                continue;
            }
            let (pattern, listeners) = (pattern.clone(), listeners.clone());
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

    /// Forgets all subscriptions of a client that goes or is reset.
    pub(crate) fn unsubscribe_all(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let subscriptions = std::mem::take(&mut client.subscriptions);
        for channel in &subscriptions.channels {
            if let Some(listeners) = self.channels.channels.get_mut(channel) {
                listeners.retain(|it| *it != id);
                if listeners.is_empty() {
                    self.channels.channels.remove(channel);
                }
            }
        }
        for (_, listeners) in &mut self.channels.patterns {
            listeners.retain(|it| *it != id);
        }
        self.channels.patterns.retain(|(_, listeners)| !listeners.is_empty());
    }
}
