//! Clients that wait for a key.
//!
//! A blocking command that finds nothing leaves a [`Blocked`] behind: the keys it waits for, in how long it gives up,
//! and a function that tries again for one key. When a key comes into being, it is noted; after the command, transaction
//! or script that made it, those who wait for it are served in the order in which they came, until the key is gone. What
//! serves one (a move) may bring another key into being, so this goes on until nothing is noted any more.

use std::time::Duration;

use hashbrown::HashSet;

use crate::engine::Engine;
use crate::engine::args::Owned;
use crate::engine::client::{Client, ClientId, Closing};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::long_double::LongDouble;
use crate::engine::resp::Out;

/// Tries to serve a waiting client from `key`, which exists but may hold any type. Writes the reply, says with
/// [`Ctx::propagate_as`] what it did, and returns true; or returns false to go on waiting. An error is the reply too.
/// `args` are the blocking command's.
pub(crate) type Serve = fn(ctx: &mut Ctx<'_>, key: &[u8], args: &[&[u8]]) -> Result<bool, Error>;

/// What a client waits for.
#[derive(Debug)]
pub(crate) struct Blocked {
    pub(crate) db: usize,
    /// Without repetitions.
    pub(crate) keys: Vec<Box<[u8]>>,
    args: Owned,
    /// When to give up, in milliseconds since 1970.
    pub(crate) deadline: Option<i64>,
    serve: Serve,
    /// What to say when a key that it waits for is removed, if that ends the wait.
    gone: Option<Error>,
    /// What it gets when the time is up.
    timed_out: fn(&mut Out),
}

/// How [`Engine::end_wait`] ends a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// As if the time were up.
    Timeout,
    /// With an error: `CLIENT UNBLOCK id ERROR`.
    Error,
}

/// Reads the timeout of a blocking command, in seconds, and turns it into a time: `None` to wait for ever.
pub(crate) fn deadline(ctx: &Ctx<'_>, seconds: &[u8]) -> Result<Option<i64>, Error> {
    const NO_FLOAT: Error = Error::text("ERR timeout is not a float or out of range");
    let seconds = LongDouble::parse(seconds).ok_or(NO_FLOAT)?;
    // What doesn't fit into 64 bits comes out as the most negative number there.
    match seconds.to_millis().unwrap_or(i64::MIN) {
        0 => Ok(None),
        millis if millis < 0 => Err(Error::text("ERR timeout is negative")),
        // Further than time goes is as good as for ever.
        millis => Ok(ctx.now().checked_add(millis)),
    }
}

impl Ctx<'_> {
    /// Whether the command may wait: not inside a transaction, a script or a file, where it acts as if the time were up at
    /// once.
    pub(crate) fn may_block(&self) -> bool {
        !self.is_nested() && !self.db.engine.loading
    }

    /// Makes the client wait for any of the keys; the handler then returns without a reply. `args` is the command as it
    /// came, and is handed to `serve`.
    pub(crate) fn block(&mut self, keys: &[&[u8]], args: &[&[u8]], deadline: Option<i64>, serve: Serve) {
        self.wait(keys, args, deadline, serve, None);
    }

    /// The same, until one of the keys is removed: then the client is told `gone`. `serve` has to say so itself where it
    /// finds another type.
    pub(crate) fn block_while_exists(
        &mut self,
        keys: &[&[u8]],
        args: &[&[u8]],
        deadline: Option<i64>,
        serve: Serve,
        gone: Error,
    ) {
        self.wait(keys, args, deadline, serve, Some(gone));
    }

    fn wait(
        &mut self,
        keys: &[&[u8]],
        args: &[&[u8]],
        deadline: Option<i64>,
        serve: Serve,
        gone: Option<Error>,
    ) {
        let mut seen = HashSet::with_capacity(keys.len());
        let own: Vec<Box<[u8]>> =
            keys.iter().filter(|key| seen.insert(**key)).map(|key| (*key).into()).collect();
        let (db, id) = (self.db.index, self.db.client);
        let engine = &mut *self.db.engine;
        for key in &own {
            engine.dbs[db].waiting.entry(key.clone()).or_default().clients.push(id);
        }
        if let Some(deadline) = deadline {
            engine.waits.insert((deadline, id));
            engine.alarm_at(deadline);
        }
        engine.fragile_waits += usize::from(gone.is_some());
        // Moves answer with the null array too, although they would move a string.
        let timed_out = Out::null_array;
        let blocked = Blocked { db, keys: own, args: Owned::new(args), deadline, serve, gone, timed_out };
        self.client().blocked = Some(Box::new(blocked));
    }
}

impl Blocked {
    /// Has the client get another reply than the null array when the time is up.
    pub(crate) fn on_timeout(&mut self, reply: fn(&mut Out)) {
        self.timed_out = reply;
    }
}

impl Engine {
    /// Notes that a key came into being, if anyone waits for it.
    pub(crate) fn key_is_ready(&mut self, db: usize, key: &[u8]) {
        let waiting = &mut self.dbs[db].waiting;
        if !waiting.is_empty()
            && let Some(waiting) = waiting.get_mut(key)
            && !std::mem::replace(&mut waiting.noted, true)
        {
            self.ready.push((db, key.into()));
        }
    }

    /// Notes that all keys of a database may be gone, if that ends someone's wait.
    pub(crate) fn all_keys_may_be_gone(&mut self, db: usize) {
        if self.fragile_waits > 0 {
            let keys: Vec<Box<[u8]>> = self.dbs[db].waiting.keys().cloned().collect();
            for key in keys {
                self.key_is_ready(db, &key);
            }
        }
    }

    /// Serves those who wait for what has come into being.
    pub(crate) fn serve_waiting(&mut self) {
        while !self.ready.is_empty() {
            for (db, key) in std::mem::take(&mut self.ready) {
                let Some(waiting) = self.dbs[db].waiting.get_mut(&*key) else { continue };
                waiting.noted = false;
                for id in waiting.clients.clone() {
                    if !self.serve(id, db, &key) {
                        break;
                    }
                    self.flush_effects();
                }
            }
        }
    }

    /// Tries to serve one client. Returns false when the key is gone and nobody else need try.
    fn serve(&mut self, id: ClientId, db: usize, key: &[u8]) -> bool {
        let Some(client) = self.clients.get_mut(&id) else { return true };
        if client.closing == Closing::Now {
            return true;
        }
        let Some(blocked) = client.blocked.take() else { return true };
        let mut ctx = Ctx::enter(self, id);
        ctx.db.index = db;
        let served = match &blocked.gone {
            _ if ctx.db.exists(key) => (blocked.serve)(&mut ctx, key, &blocked.args.as_args()),
            Some(gone) => Err(gone.clone()),
            None => {
                ctx.client().blocked = Some(blocked);
                ctx.leave();
                return self.fragile_waits > 0;
            }
        };
        if let Err(error) = &served {
            ctx.out.error(error);
        }
        ctx.client().blocked = Some(blocked);
        ctx.leave();
        if served != Ok(false) {
            self.unblock(id);
        }
        true
    }

    /// Lets a client go on, which has been answered or is about to go. Does nothing when it isn't blocked.
    pub(crate) fn unblock(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let Some(blocked) = client.blocked.take() else { return };
        client.wake();
        self.fragile_waits -= usize::from(blocked.gone.is_some());
        for key in &blocked.keys {
            let waiting = &mut self.dbs[blocked.db].waiting;
            if let Some(it) = waiting.get_mut(&**key) {
                it.clients.retain(|it| *it != id);
                if it.clients.is_empty() {
                    waiting.remove(&**key);
                }
            }
        }
        if let Some(deadline) = blocked.deadline {
            self.waits.remove(&(deadline, id));
        }
    }

    /// Ends a client's wait without what it waited for. Returns whether it was blocked.
    pub(crate) fn end_wait(&mut self, id: ClientId, outcome: Outcome) -> bool {
        let Some(blocked) = self.clients.get(&id).and_then(|client| client.blocked.as_deref()) else {
            return false;
        };
        let timed_out = blocked.timed_out;
        match outcome {
            Outcome::Timeout => self.write_to(id, timed_out),
            Outcome::Error => self.write_to(id, |out| {
                out.error(&Error::text("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
            }),
        }
        self.unblock(id);
        true
    }

    /// Ends a wait that a test has no more patience with, and says what it waited for.
    pub(crate) fn lose_patience(&mut self, id: ClientId, patience: Duration) {
        let Some(blocked) = self.clients.get(&id).and_then(|client| client.blocked.as_ref()) else { return };
        let mut text = "HANGING '".to_owned();
        for (index, arg) in blocked.args.as_args().iter().enumerate() {
            text.push_str(if index > 0 { " " } else { "" });
            text.extend(arg.escape_ascii().map(char::from));
        }
        text.push_str(&format!("' has waited for {patience:?} of real time, and nothing came to its keys"));
        match (blocked.deadline, self.clock.is_held()) {
            (None, _) => text.push_str("; it has no timeout"),
            (Some(_), false) => text.push_str("; its timeout is longer than this server's patience"),
            (Some(_), true) => {
                text.push_str("; the clock is held, so its timeout comes when the test advances the clock");
            }
        }
        self.write_to(id, |out| out.error(&Error::new(text)));
        self.unblock(id);
    }

    /// Ends the waits whose time is up.
    pub(crate) fn end_waits(&mut self, now: i64) {
        while let Some(&(deadline, id)) = self.waits.first() {
            if deadline > now {
                break;
            }
            self.end_wait(id, Outcome::Timeout);
        }
    }
}

impl Client {
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked.is_some() || self.postponed.is_some()
    }
}
