//! What has changed, as commands: the stream that an append-only file writes down.
//!
//! A command that changes something is an effect, unless it says what to tell instead
//! ([`crate::engine::context::Ctx::propagate_as`]). Effects are collected until the command, transaction or script that
//! made them is over; several are framed by `MULTI` and `EXEC`, so that none is ever applied without the others.

use std::fmt;

use crate::engine::Engine;
use crate::engine::args::Owned;

/// Who is told of effects.
pub(crate) trait Effects: fmt::Debug {
    /// A command that makes the change again when it is run in database `db`.
    fn propagate(&mut self, db: usize, args: &[&[u8]]);
    /// Called before replies to what made the effects are sent: what was told so far must not be lost any more.
    fn commit(&mut self);
}

/// Effects that the current command has made so far, and who is told of them.
#[derive(Debug, Default)]
pub(crate) struct Propagation {
    pub(crate) hook: Option<Box<dyn Effects>>,
    pending: Vec<(usize, Owned)>,
    /// Whether the hook was told anything since its last `commit`.
    uncommitted: bool,
}

impl Engine {
    /// Notes an effect. Costs nothing when nobody wants to know.
    pub(crate) fn propagate(&mut self, db: usize, args: &[&[u8]]) {
        if self.propagation.hook.is_some() {
            self.propagation.pending.push((db, Owned::new(args)));
        }
    }

    /// Tells what the command, transaction or script that has just ended did.
    pub(crate) fn flush_effects(&mut self) {
        let Propagation { hook: Some(hook), pending, uncommitted } = &mut self.propagation else { return };
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

    /// Makes sure of what was told, before anyone learns that it happened.
    pub(crate) fn commit_effects(&mut self) {
        self.broadcast_changes();
        if std::mem::take(&mut self.propagation.uncommitted)
            && let Some(hook) = &mut self.propagation.hook
        {
            hook.commit();
        }
    }
}
