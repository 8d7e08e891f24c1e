//! The Lua interpreter that scripts run in.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use mlua::chunk::ChunkMode;
use mlua::{Function, HookTriggers, Lua, LuaOptions, Result, StdLib, Table, Value};

use super::raise::{Args, explain};
use super::session::{INSTRUCTIONS, Run, Session};
use super::to_reply::ToReply;
use super::unpack::unpack;
use super::{api, bits, json, msgpack, report, structs};
use crate::engine::context::Ctx;
use crate::engine::error::Error;

/// An interpreter with the libraries of Redis, in which scripts can't harm each other or the process.
pub(super) struct Interpreter {
    lua: Lua,
    session: Rc<Session>,
    keep: Function,
    complain: Function,
    run: Function,
    to_reply: ToReply,
    scripts: Cell<usize>,
}

impl fmt::Debug for Interpreter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interpreter").field("scripts", &self.scripts).finish_non_exhaustive()
    }
}

/// A script that has been compiled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compiled {
    number: usize,
    /// Whether it could reach what changes tables behind their back.
    careful: bool,
}

impl Interpreter {
    pub(super) fn new() -> Result<Interpreter> {
        let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH;
        let lua = Lua::new_with(libraries, LuaOptions::new())?;
        let session = Rc::new(Session::new());
        let to_reply = ToReply::new(&lua, lua.globals().raw_get("next")?)?;
        let native = natives(&lua, &session)?;
        lua.load(include_str!("prelude.lua")).set_name(report::PRELUDE).call::<()>(&native)?;
        let hook = Rc::clone(&session);
        // Coroutines have it from the thread that makes them.
        lua.set_global_hook(HookTriggers::new().every_nth_instruction(INSTRUCTIONS), move |_, _| {
            hook.interrupt()
        })?;
        Ok(Interpreter {
            keep: native.raw_get("keep")?,
            complain: native.raw_get("complain")?,
            run: native.raw_get("run")?,
            to_reply,
            session,
            scripts: Cell::new(0),
            lua,
        })
    }

    /// Compiles a script, its shebang taken away.
    ///
    /// # Errors
    /// The reply to the client.
    pub(super) fn compile(&self, body: &[u8]) -> std::result::Result<Compiled, Error> {
        let problem = |problem: &dyn fmt::Display| {
            Error::new(format!("ERR Error compiling script (new function): {problem}"))
        };
        if body.first() == Some(&27) {
            // The interpreter would take it for compiled code.
            return Err(problem(&"user_script:1: unexpected symbol near 'char(27)'"));
        }
        let chunk = self.lua.load(body).set_name("@user_script").set_mode(ChunkMode::Text);
        let chunk = chunk.into_function().map_err(|error| match error {
            // The message has been made text, which the script needn't be.
            mlua::Error::SyntaxError { message, .. } if message.contains(char::REPLACEMENT_CHARACTER) => {
                match self.complain.call::<mlua::LuaString>(self.lua.create_string(body)) {
                    Ok(message) => Error::bytes(
                        [b"ERR Error compiling script (new function): ", &message.as_bytes()[..]].concat(),
                    ),
                    Err(_) => problem(&message),
                }
            }
            mlua::Error::SyntaxError { message, .. } => problem(&message),
            other => problem(&other),
        })?;
        let number = self.scripts.get() + 1;
        self.keep.call::<()>((number, chunk)).map_err(|error| problem(&error))?;
        self.scripts.set(number);
        let careful = [b"table".as_slice(), b"load", b"_G"].iter().any(|word| contains(body, word));
        Ok(Compiled { number, careful })
    }

    /// Runs a script and writes its reply.
    ///
    /// # Errors
    /// The reply to the client.
    pub(super) fn run(
        &self,
        ctx: &mut Ctx<'_>,
        script: Compiled,
        sha: &str,
        keys: &[&[u8]],
        args: &[&[u8]],
        run: Run,
    ) -> std::result::Result<(), Error> {
        let keys = self.array(keys).map_err(|error| self.broken(sha, error))?;
        let args = self.array(args).map_err(|error| self.broken(sha, error))?;
        let result: Result<(bool, Value)> = self.session.lend(ctx, run, || {
            self.lua.set_memory_limit(run.memory)?;
            let result = self.run.call((script.number, keys, args, script.careful));
            self.lua.set_memory_limit(0)?;
            result
        });
        // What the client was sent by its own script comes before the reply.
        ctx.absorb();
        let written = match result {
            Ok((true, value)) => self.to_reply.write(value, self.session.resp3.get(), &mut ctx.out),
            Ok((false, error)) => {
                return Err(
                    report::failure(&self.lua, sha, &error).unwrap_or_else(|error| self.broken(sha, error))
                );
            }
            Err(error) => Err(error),
        };
        if self.lua.used_memory() > run.memory / 2 {
            // It counts for the next script.
            let _ = self.lua.gc_collect();
        }
        written.map_err(|error| self.broken(sha, error))
    }

    /// What a script is told when the interpreter itself has failed: it is out of memory, mostly.
    fn broken(&self, sha: &str, error: mlua::Error) -> Error {
        let _ = self.lua.gc_collect();
        report::failure(&self.lua, sha, &Value::Error(Box::new(error)))
            .unwrap_or(Error::text("ERR Error running script"))
    }

    fn array(&self, elements: &[&[u8]]) -> Result<Table> {
        let table = self.lua.create_table_with_capacity(elements.len(), 0)?;
        for (index, element) in elements.iter().enumerate() {
            table.raw_seti(index + 1, self.lua.create_string(element)?)?;
        }
        Ok(table)
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// How many bytes the interpreter uses.
    pub(super) fn memory(&self) -> usize {
        self.lua.used_memory()
    }
}

/// What the prelude needs of Rust.
fn natives(lua: &Lua, session: &Rc<Session>) -> Result<Table> {
    let native = lua.create_table()?;
    let checked = Rc::clone(session);
    native.raw_set(
        "explain",
        lua.create_function(move |lua, error: Value| {
            checked.check()?;
            explain(lua, error)
        })?,
    )?;
    let checked = Rc::clone(session);
    native.raw_set("check", lua.create_function(move |_, ()| checked.check())?)?;
    native.raw_set("handler", lua.create_function(report::handler)?)?;
    native.raw_set("unpack", lua.create_function(unpack)?)?;
    let random = Rc::clone(session);
    native
        .raw_set("random", lua.create_function(move |lua, args: Args| random.random.random(lua, &args))?)?;
    let random = Rc::clone(session);
    native.raw_set(
        "randomseed",
        lua.create_function(move |lua, args: Args| random.random.randomseed(lua, &args))?,
    )?;
    let libraries = lua.create_table()?;
    libraries.raw_set("redis", api::library(lua, session)?)?;
    libraries.raw_set("cjson", json::library(lua)?)?;
    libraries.raw_set("cmsgpack", msgpack::library(lua)?)?;
    libraries.raw_set("struct", structs::library(lua)?)?;
    libraries.raw_set("bit", bits::library(lua)?)?;
    native.raw_set("libraries", libraries)?;
    Ok(native)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|it| it == word)
}
