//! What has changed, as commands: the stream that an append-only file writes down.
//!
//! A command that changes something is an effect, unless it says what to tell instead
//! ([`crate::engine::context::Ctx::propagate_as`]). Effects are collected until the command, transaction or script that
//! made them is over; several are framed by `MULTI` and `EXEC`, so that none is ever applied without the others.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::engine::Engine;
use crate::engine::args::Owned;
use crate::engine::client::Closing;
use crate::engine::db::Db;
use crate::engine::error::Error;

/// Who is told of effects.
pub(crate) trait Effects: fmt::Debug {
    /// A command that makes the change again when it is run in database `db`.
    fn propagate(&mut self, db: usize, args: &[&[u8]]);
    /// Called before replies to what made the effects are sent: what was told so far must not be lost any more. Returns
    /// false if it may be lost, so that nobody may hear of it.
    fn commit(&mut self) -> bool;

    /// Whether a commit takes so long that several connections should share one.
    fn together(&self) -> bool {
        false
    }

    /// A key was changed, created or removed, by whatever means but the emptying or exchange of a whole database.
    fn changed(&mut self, db: usize, key: &[u8]) {
        let _ = (db, key);
    }

    /// Why writes must be refused.
    fn refusal(&self) -> Option<Error> {
        None
    }

    /// Begins to write down anew what there is, instead of all that led to it.
    ///
    /// # Errors
    /// What to answer `BGREWRITEAOF` if that can't be.
    fn rewrite(&mut self, databases: usize) -> Result<(), Error> {
        let _ = databases;
        Ok(())
    }

    /// Does a little of what is to be done between commands. Returns when to call it again; before that when [`Effects::wake`]
    /// says so.
    fn turn(&mut self, dbs: &[Db]) -> Option<Duration> {
        let _ = dbs;
        None
    }

    /// Tells when there is something to do.
    fn wake(&self) -> Arc<Notify> {
        Arc::default()
    }

    /// Lines for `INFO persistence`.
    fn describe(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Effects that the current command has made so far, and who is told of them.
#[derive(Debug, Default)]
pub(crate) struct Propagation {
    pub(crate) hook: Option<Box<dyn Effects>>,
    pending: Vec<(usize, Owned)>,
    /// Whether effects are to be kept secret: a script's `redis.set_repl`.
    pub(crate) muted: bool,
    /// Whether the hook was told anything since its last `commit`.
    uncommitted: bool,
}

impl Engine {
    /// Notes an effect. Costs nothing when nobody wants to know.
    pub(crate) fn propagate(&mut self, db: usize, args: &[&[u8]]) {
        if self.propagation.hook.is_some() && !self.propagation.muted {
            self.propagation.pending.push((db, Owned::new(args)));
        }
    }

    /// Tells what the command, transaction or script that has just ended did.
    pub(crate) fn flush_effects(&mut self) {
        let Propagation { hook: Some(hook), pending, uncommitted, .. } = &mut self.propagation else {
            return;
        };
        let Some(&(first, _)) = pending.first() else { return };
        let framed = pending.len() > 1;
        if framed {
            hook.propagate(first, &[b"MULTI"]);
        }
        let mut last = first;
        for (db, args) in pending.drain(..) {
            hook.propagate(db, &args.as_args());
            last = db;
        }
        if framed {
            hook.propagate(last, &[b"EXEC"]);
        }
        *uncommitted = true;
    }

    /// Makes sure of what was told, before anyone learns that it happened. If that fails, all who are about to learn it are
    /// cut off instead: then they know that they don't know.
    pub(crate) fn commit_effects(&mut self) {
        self.broadcast_changes();
        if !std::mem::take(&mut self.propagation.uncommitted) {
            return;
        }
        if self.propagation.hook.as_mut().is_none_or(|hook| hook.commit()) {
            return;
        }
        for client in self.clients.values_mut().filter(|client| !client.out.is_empty()) {
            client.out.clear();
            client.closing = Closing::Now;
            client.wake();
        }
    }

    /// Whether it pays to let other connections run their commands before effects are committed.
    pub(crate) fn commits_together(&self) -> bool {
        self.propagation.uncommitted && self.propagation.hook.as_ref().is_some_and(|hook| hook.together())
    }

    /// Why writes must be refused, if they must.
    pub(crate) fn write_refusal(&self) -> Option<Error> {
        self.propagation.hook.as_ref()?.refusal()
    }

    /// Does what the append-only file has to do between commands: [`Effects::turn`].
    pub(crate) fn effects_turn(&mut self) -> Option<Duration> {
        self.propagation.hook.as_mut()?.turn(&self.dbs)
    }
}
