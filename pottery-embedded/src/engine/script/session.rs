//! The script that runs, and how it reaches the engine.
//!
//! The interpreter's functions outlive any command, so they can't borrow the engine from the one that runs the script.
//! Instead the engine itself is moved over to them for that long, into a place that otherwise holds an empty one.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use mlua::{Lua, Result, Value, VmState};

use super::from_reply::{error_of, to_lua};
use super::raise::{self, Args, Raised, Stop};
use super::random::Random;
use crate::engine::Engine;
use crate::engine::acl::{Context, Denied};
use crate::engine::args::Owned;
use crate::engine::client::ClientId;
use crate::engine::clock::Clock;
use crate::engine::cluster::{CLUSTER_DOWN, slot};
use crate::engine::command::{Command, flag, table};
use crate::engine::config::Config;
use crate::engine::context::Ctx;
use crate::engine::number::format_f64;
use crate::engine::resp::Out;

/// What a script may send into the append-only file: `redis.REPL_AOF`.
pub(super) const REPL_AOF: u8 = 1;
/// `redis.REPL_ALL`
pub(super) const REPL_ALL: u8 = 3;

/// How often, in instructions, a script is asked whether it should end.
pub(super) const INSTRUCTIONS: u32 = 100_000;

/// The running script's state, shared by everything that the interpreter can call.
#[derive(Debug)]
pub(super) struct Session {
    /// The engine while a script runs, else a stand-in.
    engine: RefCell<Engine>,
    /// The command that is being called, and its reply. Kept for their memory.
    scratch: RefCell<(Owned, Vec<u8>)>,
    running: Cell<bool>,
    client: Cell<ClientId>,
    db: Cell<usize>,
    /// The protocol for replies to the script.
    pub(super) resp3: Cell<bool>,
    pub(super) repl: Cell<u8>,
    read_only: Cell<bool>,
    /// Whether a command that writes has been called.
    wrote: Cell<bool>,
    refuse_oom: Cell<bool>,
    one_slot: Cell<Option<Option<usize>>>,
    started: Cell<Instant>,
    limit: Cell<Option<Duration>>,
    stop: Cell<Option<Stop>>,
    pub(super) random: Random,
}

/// How a script is to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) read_only: bool,
    /// How much memory the interpreter may use, in bytes.
    pub(super) memory: usize,
    /// Whether commands that need memory are refused, until one that writes has run.
    pub(super) refuse_oom: bool,
    /// In a cluster, whether all keys must be in one slot, and which one if that is known.
    pub(super) one_slot: Option<Option<usize>>,
}

impl Session {
    pub(super) fn new() -> Session {
        Session {
            engine: RefCell::new(Engine::new(Clock::default(), Config::default())),
            scratch: RefCell::default(),
            running: Cell::new(false),
            client: Cell::new(ClientId(0)),
            db: Cell::new(0),
            resp3: Cell::new(false),
            repl: Cell::new(REPL_ALL),
            read_only: Cell::new(false),
            wrote: Cell::new(false),
            refuse_oom: Cell::new(false),
            one_slot: Cell::new(None),
            started: Cell::new(Instant::now()),
            limit: Cell::new(None),
            stop: Cell::new(None),
            random: Random::new(),
        }
    }

    /// Lends the engine to the functions that scripts call, for as long as `body` takes.
    pub(super) fn lend<R>(&self, ctx: &mut Ctx<'_>, run: Run, body: impl FnOnce() -> R) -> R {
        self.client.set(ctx.db.client);
        self.db.set(ctx.db.index);
        self.resp3.set(false);
        self.repl.set(REPL_ALL);
        self.read_only.set(run.read_only);
        self.wrote.set(false);
        self.refuse_oom.set(run.refuse_oom);
        self.one_slot.set(run.one_slot);
        self.started.set(Instant::now());
        let limit = u64::try_from(ctx.engine().config.busy_millis).ok().filter(|millis| *millis > 0);
        self.limit.set(limit.map(Duration::from_millis));
        self.stop.set(None);
        let _lent = Lent::new(self, ctx.engine());
        body()
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.get()
    }

    /// Whether a command that writes has been called.
    pub(super) fn has_written(&self) -> bool {
        self.wrote.get()
    }

    /// Has the script end as soon as it can be asked to.
    pub(super) fn stop(&self, why: Stop) {
        self.stop.set(Some(why));
    }

    /// An error if the script must end.
    pub(super) fn check(&self) -> Result<()> {
        match self.stop.get() {
            Some(stop) => Err(Raised::Stopped(stop).into()),
            None => Ok(()),
        }
    }

    /// Called every so many instructions: lets other clients be heard when the script takes long.
    pub(super) fn interrupt(&self) -> Result<VmState> {
        if let Ok(mut engine) = self.engine.try_borrow_mut()
            && self.running.get()
        {
            if engine.is_ending() {
                self.stop(Stop::Shutdown);
            }
            if self.limit.get().is_some_and(|limit| self.started.get().elapsed() >= limit) {
                engine.attend();
            }
        }
        self.check()?;
        Ok(VmState::Continue)
    }

    /// `redis.call` and `redis.pcall`.
    pub(super) fn call(&self, lua: &Lua, args: &Args, raises: bool) -> Result<Value> {
        if !self.running.get() {
            return Err(raise::reply("ERR redis.call/pcall can only be called inside a script invocation"));
        }
        // What comes from the engine is as large as the engine allows, and the interpreter's limit is for the script.
        let limit = lua.set_memory_limit(0)?;
        let result = self.command(lua, args, raises);
        lua.set_memory_limit(limit)?;
        result
    }

    fn command(&self, lua: &Lua, args: &Args, raises: bool) -> Result<Value> {
        let mut scratch = self.scratch.borrow_mut();
        let (request, reply) = &mut *scratch;
        let refusal = match collect(args, request) {
            Some(problem) => Some((problem, false)),
            None => self.run(request, reply).err().map(|problem| (problem, true)),
        };
        if let Some((problem, of_command)) = refusal {
            let err = [if of_command { &b""[..] } else { b"ERR " }, problem.as_bytes()].concat();
            if raises {
                return Err(Raised::Table { err, of_command }.into());
            }
            return Ok(Value::Table(raise::error_table(lua, &err, of_command)?));
        }
        if raises && let Some(err) = error_of(reply) {
            return Err(Raised::Table { err, of_command: true }.into());
        }
        let value = to_lua(lua, reply);
        if reply.capacity() > KEEP {
            *scratch = Default::default();
        }
        value
    }

    /// Runs a command as the script's, unless scripts may not.
    fn run(&self, request: &Owned, reply: &mut Vec<u8>) -> std::result::Result<(), &'static str> {
        let args = request.as_args();
        let Some(command) = table().find(&args) else {
            return Err("ERR Unknown Redis command called from script");
        };
        if !command.takes(args.len()) {
            return Err("ERR Wrong number of args calling Redis command from script");
        }
        if command.has(flag::NOSCRIPT) {
            return Err("ERR This Redis command is not allowed from script");
        }
        let mut engine = self.engine.borrow_mut();
        self.check_rights(&mut engine, command, &args)?;
        if command.has(flag::WRITE) {
            if self.read_only.get() {
                return Err("ERR Write commands are not allowed from read-only scripts.");
            }
            if let Some(error) = engine.write_refusal() {
                let mut out = Out::new(std::mem::take(reply), self.resp3.get());
                out.truncate(0);
                out.error(&error);
                *reply = out.into_bytes();
                return Ok(());
            }
        }
        if self.refuse_oom.get() && !self.wrote.get() && command.has(flag::DENYOOM) {
            return Err("OOM command not allowed when used memory > 'maxmemory'.");
        }
        if command.has(flag::WRITE) {
            self.wrote.set(true);
        }
        self.check_slots(&engine, command, &args)?;
        reply.clear();
        let muted = self.repl.get() & REPL_AOF == 0;
        let mut ctx = Ctx::of_script(
            &mut engine,
            self.client.get(),
            self.db.get(),
            std::mem::take(reply),
            self.resp3.get(),
        );
        ctx.engine().propagation.muted = muted;
        ctx.call(command, &args);
        ctx.engine().propagation.muted = false;
        self.db.set(ctx.db.index);
        *reply = ctx.out.into_bytes();
        Ok(())
    }
}

impl Session {
    /// Whether the user whose script it is may run the command, for a script that asks before it tries.
    pub(super) fn may(&self, command: &Command, args: &[&[u8]]) -> bool {
        let engine = self.engine.borrow();
        engine.clients.get(&self.client.get()).is_none_or(|client| client.user.check(command, args).is_ok())
    }

    /// The same before it runs the command; a denial is noted.
    fn check_rights(
        &self,
        engine: &mut Engine,
        command: &'static Command,
        args: &[&[u8]],
    ) -> std::result::Result<(), &'static str> {
        engine.permit(self.client.get(), command, args, Context::Script).map_err(|denied| match denied {
            Denied::Command => "ERR The user executing the script can't run this command or subcommand",
            Denied::Key(_) => {
                "ERR The user executing the script can't access at least one of the keys mentioned in the command \
                 arguments"
            }
            Denied::Channel(_) => {
                "ERR The user executing the script can't publish to the channel mentioned in the command"
            }
        })
    }

    /// Whether the command's keys are where they may be, if this is a cluster.
    fn check_slots(
        &self,
        engine: &Engine,
        command: &Command,
        args: &[&[u8]],
    ) -> std::result::Result<(), &'static str> {
        if engine.cluster.is_none() {
            return Ok(());
        }
        engine.check_slots(self.client.get(), command, args).map_err(|error| {
            if error.as_bytes() == CLUSTER_DOWN.as_bytes() {
                "ERR Script attempted to execute a command while the cluster is down"
            } else {
                "ERR Script attempted to access a non local key in a cluster node"
            }
        })?;
        let used = command.keys_of(args).unwrap_or_default().first().map(|(place, _)| slot(args[*place]));
        if let (Some(first), Some(used)) = (self.one_slot.get(), used) {
            if first.is_some_and(|first| first != used) {
                return Err("ERR Script attempted to access keys that do not hash to the same slot");
            }
            self.one_slot.set(Some(Some(used)));
        }
        Ok(())
    }
}

/// Buffers larger than this are given back after use.
const KEEP: usize = 1024 * 1024;

/// Numbers below have no more than seventeen digits; Redis writes others with an exponent.
const LONGEST: u64 = 100_000_000_000_000_000;

/// Reads the arguments of a call; returns what is wrong with them.
pub(super) fn collect(args: &Args, request: &mut Owned) -> Option<&'static str> {
    request.clear();
    if args.len() == 0 {
        return Some("Please specify at least one argument for this redis lib call");
    }
    for arg in args.iter() {
        match arg {
            Value::String(text) => request.push(&text.as_bytes()),
            Value::Integer(number) if number.unsigned_abs() < LONGEST => {
                request.push(itoa::Buffer::new().format(*number).as_bytes());
            }
            // With all its digits, where Lua itself would leave some out.
            Value::Integer(number) => request.push(format_f64(*number as f64).as_bytes()),
            Value::Number(number) => request.push(format_f64(*number).as_bytes()),
            _ => {
                return Some("Lua redis lib command arguments must be strings or integers");
            }
        }
    }
    None
}

/// The engine while it is lent: it returns to its place whatever happens.
struct Lent<'a> {
    session: &'a Session,
    home: &'a mut Engine,
}

impl<'a> Lent<'a> {
    fn new(session: &'a Session, home: &'a mut Engine) -> Lent<'a> {
        std::mem::swap(home, &mut session.engine.borrow_mut());
        session.running.set(true);
        Lent { session, home }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.session.running.set(false);
        std::mem::swap(self.home, &mut self.session.engine.borrow_mut());
    }
}
