//! What the engine knows of a connection.

use std::borrow::Cow;
use std::rc::Rc;
use std::task::Waker;

use crate::engine::Engine;
use crate::engine::acl::User;
use crate::engine::args::Owned;
use crate::engine::blocking::Blocked;
use crate::engine::command::Command;
use crate::engine::config::Config;
use crate::engine::error::Error;
use crate::engine::pubsub::Subscriptions;
use crate::engine::resp::Out;
use crate::engine::tracking::Tracking;
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
    /// Whether it is a socket in the file system.
    pub(crate) unix: bool,
}

impl Peer {
    /// The address as `MONITOR` shows it.
    pub(crate) fn shown(&self) -> Cow<'_, str> {
        if self.unix {
            Cow::Owned(format!("unix:{}", self.address.trim_end_matches(":0")))
        } else {
            Cow::Borrowed(&self.address)
        }
    }
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

/// No more than this is kept for a client that doesn't read what others send it, whatever the limits say.
const PILE: usize = 256 * 1024 * 1024;

/// Whether a client gets replies: `CLIENT REPLY`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Replies {
    #[default]
    On,
    Off,
    /// The next command gets none.
    SkipNext,
    /// The command that runs gets none.
    Skip,
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
    /// As whom it is logged in; nobody yet, if `authenticated` isn't set.
    pub(crate) user: Rc<User>,
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
    pub(crate) replies: Replies,
    /// The name of the last command that there is.
    pub(crate) last_command: Option<&'static Command>,
    /// A command that waits until `CLIENT PAUSE` is over.
    pub(crate) postponed: Option<Owned>,
    /// `CLIENT TRACKING`.
    pub(crate) tracking: Option<Box<Tracking>>,
    /// `MONITOR`.
    pub(crate) monitor: bool,
    /// `READONLY`.
    pub(crate) readonly: bool,
    /// `CLIENT NO-EVICT`.
    pub(crate) no_evict: bool,
    /// Since when more than the soft limit waits to be sent, in milliseconds since 1970.
    pub(crate) over_soft_limit: Option<i64>,
    /// The connection's task, to wake when somebody else's command concerns it.
    waker: Option<Waker>,
}

impl Client {
    fn new(id: ClientId, peer: Peer, user: Rc<User>, now: i64) -> Client {
        Client {
            id,
            peer,
            db: 0,
            resp3: false,
            authenticated: user.no_password && user.enabled,
            user,
            name: Vec::new(),
            connected_at: now,
            active_at: now,
            out: Vec::new(),
            closing: Closing::Open,
            transaction: Transaction::default(),
            blocked: None,
            subscriptions: Subscriptions::default(),
            replies: Replies::On,
            last_command: None,
            postponed: None,
            tracking: None,
            monitor: false,
            readonly: false,
            no_evict: false,
            over_soft_limit: None,
            waker: None,
        }
    }

    /// Whether `timeout` is about it: not while it waits for a key or for messages.
    pub(crate) fn may_time_out(&self) -> bool {
        self.blocked.is_none() && self.subscriptions.is_empty() && !self.monitor
    }

    /// About how many bytes it takes.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Client>() + self.out.capacity() + self.transaction.memory()
    }

    /// Whom to wake.
    pub(crate) fn set_waker(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|it| it.will_wake(waker)) {
            self.waker = Some(waker.clone());
        }
    }

    /// Whether more waits to be sent than the limits allow.
    fn has_too_much(&mut self, config: &Config, now: i64) -> bool {
        let limit = if self.subscriptions.is_empty() { &config.normal_limit } else { &config.pubsub_limit };
        let waiting = self.out.len();
        if waiting > limit.hard || waiting > PILE {
            return true;
        }
        if waiting <= limit.soft {
            self.over_soft_limit = None;
            return false;
        }
        let since = *self.over_soft_limit.get_or_insert(now);
        now - since > limit.seconds.saturating_mul(1000)
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
        let user = Rc::clone(self.users.default());
        self.clients.insert(id, Client::new(id, peer, user, self.clock.micros() / 1000));
        self.stats.connections += 1;
        if self.clients.len() > self.config.max_clients {
            self.stats.rejected_connections += 1;
            self.write_to(id, |out| out.error(&Error::text("ERR max number of clients reached")));
            self.close(id, Closing::AfterReply);
        }
        if self.config.idle_timeout > 0 {
            self.alarm_at(self.clock.micros() / 1000 + self.config.idle_timeout.saturating_mul(1000));
        }
        id
    }

    /// Forgets a connection that has ended.
    pub(crate) fn disconnect(&mut self, id: ClientId) {
        self.unblock(id);
        self.unwatch(id);
        self.unsubscribe_all(id);
        self.stop_tracking(id);
        self.stop_monitoring(id);
        self.postponed.retain(|it| *it != id);
        self.clients.remove(&id);
    }

    /// Ends a connection from within, at once and without a trace.
    pub(crate) fn kill(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get(&id) {
            client.wake();
            self.disconnect(id);
        }
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
        if client.has_too_much(&self.config, self.now.div_euclid(1000)) {
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
