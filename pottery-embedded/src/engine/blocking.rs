//! Clients that wait for a key.
//!
//! A blocking command that finds nothing leaves a [`Blocked`] behind: the keys it waits for, in how long it gives up,
//! and a function that tries again for one key. When a key comes into being, it is noted; after the command, transaction
//! or script that made it, those who wait for it are served in the order in which they came, until the key is gone. What
//! serves one (a move) may bring another key into being, so this goes on until nothing is noted any more.

use crate::engine::Engine;
use crate::engine::args::Owned;
use crate::engine::client::{Client, ClientId, Closing};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_f64;
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
    // Redis reads it with more range than a double has.
    let seconds = parse_f64(seconds)
        .or_else(|| str::from_utf8(seconds).ok()?.parse().ok().filter(|it: &f64| it.is_infinite()))
        .filter(|seconds| !seconds.is_nan())
        .ok_or(NO_FLOAT)?;
    let millis = (seconds * 1000.0).ceil();
    // What doesn't fit into 64 bits comes out as the most negative number there.
    if millis < 0.0 || millis >= i64::MAX as f64 {
        return Err(Error::text("ERR timeout is negative"));
    }
    match millis as i64 {
        0 => Ok(None),
        // Further than time goes is as good as for ever.
        millis => Ok(ctx.now().checked_add(millis)),
    }
}

impl Ctx<'_> {
    /// Whether the command may wait: not inside a transaction or a script, where it acts as if the time were up at once.
    pub(crate) fn may_block(&self) -> bool {
        !self.is_nested()
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
        let mut own: Vec<Box<[u8]>> = Vec::with_capacity(keys.len());
        for key in keys {
            if !own.iter().any(|it| **it == **key) {
                own.push((*key).into());
            }
        }
        let (db, id) = (self.db.index, self.db.client);
        let engine = &mut *self.db.engine;
        for key in &own {
            engine.dbs[db].waiting.entry(key.clone()).or_default().push(id);
        }
        if let Some(deadline) = deadline {
            engine.waits.insert((deadline, id));
            engine.alarm_at(deadline);
        }
        engine.fragile_waits += usize::from(gone.is_some());
        let blocked = Blocked { db, keys: own, args: Owned::new(args), deadline, serve, gone };
        self.client().blocked = Some(Box::new(blocked));
    }
}

impl Engine {
    /// Notes that a key came into being, if anyone waits for it.
    pub(crate) fn key_is_ready(&mut self, db: usize, key: &[u8]) {
        let waiting = &self.dbs[db].waiting;
        if !waiting.is_empty()
            && waiting.contains_key(key)
            && !self.ready.iter().any(|(at, it)| *at == db && **it == *key)
        {
            self.ready.push((db, key.into()));
        }
    }

    /// Notes that all keys of a database are gone, if that ends someone's wait.
    pub(crate) fn all_keys_are_gone(&mut self, db: usize) {
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
                for id in self.dbs[db].waiting.get(&*key).cloned().unwrap_or_default() {
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
            if let Some(clients) = waiting.get_mut(&**key) {
                clients.retain(|it| *it != id);
                if clients.is_empty() {
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
        if !self.clients.get(&id).is_some_and(Client::is_blocked) {
            return false;
        }
        match outcome {
            // Moves answer with the null array too, although they would move a string.
            Outcome::Timeout => self.write_to(id, Out::null_array),
            Outcome::Error => self.write_to(id, |out| {
                out.error(&Error::text("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
            }),
        }
        self.unblock(id);
        true
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
        self.blocked.is_some()
    }
}
