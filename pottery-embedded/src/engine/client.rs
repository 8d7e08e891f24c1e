//! What the engine knows of a connection.

use std::task::Waker;

use crate::engine::Engine;
use crate::engine::blocking::Blocked;
use crate::engine::resp::Out;
use crate::engine::transaction::Transaction;

/// A client's number, as `CLIENT ID` tells it. Numbers grow and are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClientId(pub(crate) u64);

/// Who is at the other end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer {
    /// Its address, as `CLIENT LIST` shows it.
    pub(crate) address: String,
    /// The server's own address on this connection.
    pub(crate) local: String,
}

/// What is to become of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Closing {
    /// Nothing yet.
    #[default]
    Open,
    /// It ends when what is written has been sent; no command runs any more.
    AfterReply,
    /// It ends at once.
    Now,
}

/// What a client listens to, in the order in which it asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscriptions {
    pub(crate) channels: Vec<Box<[u8]>>,
    pub(crate) patterns: Vec<Box<[u8]>>,
}

impl Subscriptions {
    pub(crate) fn len(&self) -> usize {
        self.channels.len() + self.patterns.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A connection's state.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) id: ClientId,
    pub(crate) peer: Peer,
    /// The selected database. While one of its commands runs, [`crate::engine::context::Keyspace::index`] is right.
    pub(crate) db: usize,
    /// The version of the protocol. While one of its commands runs, [`Out::resp3`] is right.
    pub(crate) resp3: bool,
    pub(crate) authenticated: bool,
    /// `CLIENT SETNAME`.
    pub(crate) name: Vec<u8>,
    /// When it connected and when it last sent a command, in milliseconds since 1970.
    pub(crate) connected_at: i64,
    pub(crate) active_at: i64,
    /// Replies that haven't been sent. While one of its commands runs, they are in the context.
    pub(crate) out: Vec<u8>,
    pub(crate) closing: Closing,
    pub(crate) transaction: Transaction,
    /// What it is blocked on.
    pub(crate) blocked: Option<Box<Blocked>>,
    pub(crate) subscriptions: Subscriptions,
    /// The connection's task, to wake when somebody else's command concerns it.
    waker: Option<Waker>,
}

impl Client {
    pub(crate) fn new(id: ClientId, peer: Peer, authenticated: bool, now: i64) -> Client {
        Client {
            id,
            peer,
            db: 0,
            resp3: false,
            authenticated,
            name: Vec::new(),
            connected_at: now,
            active_at: now,
            out: Vec::new(),
            closing: Closing::Open,
            transaction: Transaction::default(),
            blocked: None,
            subscriptions: Subscriptions::default(),
            waker: None,
        }
    }

    /// Whom to wake.
    pub(crate) fn set_waker(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|it| it.will_wake(waker)) {
            self.waker = Some(waker.clone());
        }
    }

    /// Has the connection look at its state: there is something to send, it is blocked no more, or it must close.
    pub(crate) fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

impl Engine {
    /// Takes in a connection.
    pub(crate) fn connect(&mut self, peer: Peer) -> ClientId {
        self.last_client += 1;
        let id = ClientId(self.last_client);
        let authenticated = self.config.password.is_none();
        self.clients.insert(id, Client::new(id, peer, authenticated, self.clock.micros() / 1000));
        self.stats.connections += 1;
        id
    }

    /// Forgets a connection that has ended.
    pub(crate) fn disconnect(&mut self, id: ClientId) {
        self.unblock(id);
        self.unwatch(id);
        self.unsubscribe_all(id);
        self.clients.remove(&id);
    }

    /// Writes something to a client that didn't ask for it, or asked long ago. One that lets too much pile up is cut off.
    pub(crate) fn write_to(&mut self, id: ClientId, write: impl FnOnce(&mut Out)) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.closing != Closing::Open {
            return;
        }
        let mut out = Out::new(std::mem::take(&mut client.out), client.resp3);
        write(&mut out);
        client.out = out.into_bytes();
        if client.out.len() > self.config.push_limit {
            client.closing = Closing::Now;
            client.out = Vec::new();
        }
        client.wake();
    }

    /// Ends a connection from within.
    pub(crate) fn close(&mut self, id: ClientId, closing: Closing) {
        if let Some(client) = self.clients.get_mut(&id) {
            client.closing = closing;
            client.wake();
        }
    }
}
