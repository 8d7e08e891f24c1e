//! The way of a command: found, admitted, queued or run, and what follows when it is over.

use std::time::Instant;

use crate::engine::Engine;
use crate::engine::acl::{Context, Denied};
use crate::engine::client::{ClientId, Closing, Replies};
use crate::engine::command::{Command, Group, flag, table};
use crate::engine::context::Ctx;
use crate::engine::error::Error;

impl Engine {
    /// Runs a command of a client. The reply is in the client's buffer afterwards, unless it is blocked.
    pub(crate) fn execute(&mut self, id: ClientId, args: &[&[u8]]) {
        if args.is_empty() {
            return;
        }
        self.now = self.clock.micros();
        let now = self.now_ms();
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.active_at = now;
        let outer = self.current.replace(id);
        let mut ctx = Ctx::enter(self, id);
        ctx.process(args);
        ctx.leave();
        self.end_command(id);
        self.end_unit();
        self.current = outer;
        if !self.resume.is_empty() {
            self.run_resumed();
        }
    }

    /// Runs a command of another client while a script runs, if it is one that may. The time and the script's own effects
    /// are left alone.
    pub(crate) fn execute_amid_script(&mut self, id: ClientId, args: &[&[u8]]) {
        if args.is_empty() {
            return;
        }
        let outer = self.current.replace(id);
        let mut ctx = Ctx::enter(self, id);
        ctx.process(args);
        ctx.leave();
        self.end_command(id);
        self.current = outer;
    }

    /// What follows a command of a client, for the client.
    fn end_command(&mut self, id: ClientId) {
        self.tell_pending(id);
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.replies = match client.replies {
            Replies::SkipNext => Replies::Skip,
            Replies::Skip => Replies::On,
            other => other,
        };
        if let Some(tracking) = &mut client.tracking
            && tracking.caching
            && !client.transaction.is_open()
            && !client.last_command.is_some_and(|it| it.name.starts_with("client|"))
        {
            tracking.caching = false;
        }
    }

    /// Answers a command with an error instead of running it.
    pub(crate) fn refuse(&mut self, id: ClientId, error: &Error, args: &[&[u8]]) {
        if self.clients.contains_key(&id) {
            let mut ctx = Ctx::enter(self, id);
            ctx.refuse(error, args);
            ctx.leave();
        }
    }

    /// What follows a command, transaction or script, or a change that time made.
    pub(crate) fn end_unit(&mut self) {
        self.flush_effects();
        if !self.ready.is_empty() {
            self.serve_waiting();
        }
    }
}

impl Ctx<'_> {
    fn process(&mut self, args: &[&[u8]]) {
        // Someone has talked a browser into sending us a form.
        if args[0].eq_ignore_ascii_case(b"post") || args[0].eq_ignore_ascii_case(b"host:") {
            self.client().closing = Closing::Now;
            return;
        }
        let command = match self.admit(args) {
            Ok(command) => command,
            Err(error) => return self.refuse(&error, args),
        };
        let id = self.db.client;
        if let Err(error) = self.db.engine.check_slots(id, command, args) {
            return self.turn_away(&error, command);
        }
        if let Err(error) = self.check_state(command) {
            return self.refuse(&error, args);
        }
        if self.postpone(command, args) {
            return;
        }
        if !command.has(flag::IN_MULTI) && self.client().transaction.is_open() {
            self.client().transaction.queue(command, args);
            self.out.simple("QUEUED");
            return;
        }
        self.call(command, args);
    }

    /// The command, if there is one and the client may use it. The order of the checks is Redis's.
    fn admit(&mut self, args: &[&[u8]]) -> Result<&'static Command, Error> {
        let command = table().lookup(args);
        self.client().last_command = command.as_ref().ok().copied();
        let command = command?;
        if command.name == "debug" && !self.db.engine.config.debug_command {
            return Err(Error::text(
                "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it \
                 from a local connection, otherwise you need to set this option in the configuration file, and then \
                 restart the server.",
            ));
        }
        let client = self.client();
        let authenticated = client.authenticated;
        if !authenticated && !command.has(flag::NO_AUTH) && self.db.engine.needs_login(authenticated) {
            return Err(Error::NO_AUTH);
        }
        let client = self.client();
        if command.has(flag::NO_MULTI) && client.transaction.is_open() {
            return Err(Error::text("ERR Command not allowed inside a transaction"));
        }
        let context = if client.transaction.is_open() { Context::Multi } else { Context::TopLevel };
        let id = self.db.client;
        self.db.engine.permit(id, command, args, context).map_err(|denied| not_permitted(command, denied))?;
        Ok(command)
    }

    /// Whether the server and the connection are in a state in which the command can run.
    fn check_state(&mut self, command: &Command) -> Result<(), Error> {
        let has_room = self.db.engine.make_room();
        self.db.engine.out_of_memory = !has_room;
        self.db.engine.limit_tracking();
        let resp3 = self.out.resp3;
        let client = self.client();
        if !has_room && client.transaction.needs_memory(command) {
            return Err(Error::text("OOM command not allowed when used memory > 'maxmemory'."));
        }
        let writes = command.has(flag::WRITE)
            || command.name == "ping"
            || command.name == "exec" && client.transaction.writes();
        if writes && let Some(error) = self.db.engine.write_refusal() {
            return Err(error);
        }
        let client = self.client();
        if !client.subscriptions.is_empty() && !resp3 && !command.has(flag::IN_SUBSCRIPTION) {
            return Err(Error::new(format!(
                "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in \
                 this context",
                command.name
            )));
        }
        if self.db.engine.busy.refusing && !command.has(flag::ALLOW_BUSY) {
            return Err(Error::text(
                "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
            ));
        }
        Ok(())
    }

    /// Whether the command waits until clients are paused no more.
    fn postpone(&mut self, command: &Command, args: &[&[u8]]) -> bool {
        let id = self.db.client;
        self.db.engine.pause.is_some() && self.db.engine.postpone(id, command, args)
    }

    /// Answers what can't be run here because of where its keys are.
    fn turn_away(&mut self, error: &Error, command: &Command) {
        let id = self.db.client;
        self.db.engine.stats.rejected(command);
        self.db.engine.stats.error(error);
        if command.name == "exec" {
            self.engine().end_transaction(id);
        } else {
            self.client().transaction.abort();
        }
        self.out.error(error);
    }

    /// Answers what isn't admitted. A transaction that it was meant for can't be executed any more.
    fn refuse(&mut self, error: &Error, args: &[&[u8]]) {
        let command = self.client().last_command;
        let stats = &mut self.db.engine.stats;
        command.inspect(|command| stats.rejected(command));
        stats.error(error);
        let client = self.client();
        client.transaction.abort();
        if args[0].eq_ignore_ascii_case(b"exec") {
            let id = self.db.client;
            self.engine().end_transaction(id);
            let cause = error.as_bytes();
            let cause = cause.strip_prefix(b"ERR ").unwrap_or(cause);
            self.out.error(&Error::bytes([b"EXECABORT Transaction discarded because of: ", cause].concat()));
            return;
        }
        self.out.error(error);
    }

    /// Runs a command that has been admitted: a client's, one from a transaction, or a script's.
    pub(crate) fn call(&mut self, command: &'static Command, args: &[&[u8]]) {
        self.db.engine.stats.commands += 1;
        let (start, dirty, db) = (self.out.len(), self.db.engine.dirty, self.db.index);
        let outer = self.take_replaced();
        let muted = self.is_nested() && self.client().closing != Closing::Open;
        let (id, captured) = (self.db.client, self.is_captured());
        // A script's own commands come after it.
        let is_script = command.group == Group::Scripting && command.has(flag::SKIP_MONITOR);
        if is_script {
            self.db.engine.show(id, db, command, args, captured);
        }
        let begun = Instant::now();
        let result = (command.handler)(self, args);
        let time = begun.elapsed();
        if let Err(error) = &result {
            self.db.engine.stats.error(error);
            self.out.truncate(start);
            self.out.error(error);
        }
        if muted {
            // A client that was killed in the middle of its transaction hears no more of it.
            self.out.truncate(start);
        }
        self.db.engine.stats.called(command, time, result.is_err());
        self.db.engine.note_slow(id, command, args, time);
        self.db.engine.remember_read(id, command, args);
        if !is_script && !command.has(flag::SKIP_MONITOR) {
            // `SELECT` is shown with the database that it selects.
            let db = self.db.index;
            self.db.engine.show(id, db, command, args, captured);
        }
        if !self.take_replaced() && self.db.engine.dirty != dirty {
            self.db.engine.propagate(db, args);
        }
        self.set_replaced(outer);
    }
}

/// What is said to those who may not.
fn not_permitted(command: &Command, denied: Denied) -> Error {
    let what = match denied {
        Denied::Command => format!("run the '{}' command", command.name),
        Denied::Key(_) => "access one of the keys used as arguments".to_owned(),
        Denied::Channel(_) => "access one of the channels used as arguments".to_owned(),
    };
    Error::new(format!("NOPERM this user has no permissions to {what}"))
}
