//! The table `redis` of scripts, but for `call` and `pcall`, which are in [`super::session`].

use std::rc::Rc;

use mlua::{Error, Lua, MultiValue, Result, Table, Value};

use super::from_reply::coded;
use super::raise::{self, Args, error_table};
use super::report::c_string;
use super::session::{REPL_ALL, REPL_AOF, Session, collect};
use crate::engine::REDIS_VERSION;
use crate::engine::args::Owned;
use crate::engine::command::table as commands;

/// A function that scripts can call.
type Function = fn(&Lua, &Session, &Args) -> Result<MultiValue>;

/// The table.
pub(super) fn library(lua: &Lua, session: &Rc<Session>) -> Result<Table> {
    let table = lua.create_table()?;
    for (level, name) in ["LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"].into_iter().enumerate() {
        table.raw_set(name, level)?;
    }
    let places = [
        ("REPL_NONE", 0),
        ("REPL_AOF", REPL_AOF),
        ("REPL_SLAVE", 2),
        ("REPL_REPLICA", 2),
        ("REPL_ALL", REPL_ALL),
    ];
    for (name, place) in places {
        table.raw_set(name, place)?;
    }
    table.raw_set("REDIS_VERSION", REDIS_VERSION)?;
    table.raw_set("REDIS_VERSION_NUM", version_number())?;
    for (name, raises) in [("call", true), ("pcall", false)] {
        let session = Rc::clone(session);
        table.raw_set(name, lua.create_function(move |lua, args: Args| session.call(lua, &args, raises))?)?;
    }
    let functions: [(&str, Function); 10] = [
        ("acl_check_cmd", acl_check_cmd),
        ("breakpoint", |_, _, _| one(Value::Boolean(false))),
        ("debug", |_, _, _| Ok(MultiValue::new())),
        ("error_reply", error_reply),
        ("log", log),
        ("replicate_commands", |_, _, _| one(Value::Boolean(true))),
        ("set_repl", set_repl),
        ("setresp", setresp),
        ("sha1hex", sha1hex),
        ("status_reply", status_reply),
    ];
    for (name, function) in functions {
        let session = Rc::clone(session);
        table.raw_set(name, lua.create_function(move |lua, args: Args| function(lua, &session, &args))?)?;
    }
    Ok(table)
}

/// The version as one number, a byte for each part.
fn version_number() -> u32 {
    REDIS_VERSION.split('.').fold(0, |number, part| (number << 8) | part.parse::<u32>().unwrap_or(0))
}

fn one(value: Value) -> Result<MultiValue> {
    Ok(MultiValue::from_vec(vec![value]))
}

fn error(text: &str) -> Error {
    raise::reply(format!("ERR {text}"))
}

fn outside(function: &str) -> Error {
    error(&format!("redis.{function} can only be called inside a script invocation"))
}

/// Whether the user whose script it is may run a command.
fn acl_check_cmd(_: &Lua, session: &Session, args: &Args) -> Result<MultiValue> {
    if !session.is_running() {
        return Err(outside("acl_check_cmd"));
    }
    let mut request = Owned::default();
    if let Some(problem) = collect(args, &mut request) {
        return Err(error(problem));
    }
    match commands().find(&request.as_args()) {
        Some(command) => one(Value::Boolean(session.may(command, &request.as_args()))),
        None => Err(error("Invalid command passed to redis.acl_check_cmd()")),
    }
}

/// A table that is an error when it is returned.
fn error_reply(lua: &Lua, _: &Session, args: &Args) -> Result<MultiValue> {
    let (1, Value::String(text)) = (args.len(), args.get(1)) else { return wrong_arguments(lua) };
    let text = text.as_bytes();
    let text = c_string(&text);
    let text = text.strip_prefix(b"-").unwrap_or(text);
    one(Value::Table(error_table(lua, &trimmed(text), false)?))
}

/// An error's text with a code, and without line ends around the message.
fn trimmed(text: &[u8]) -> Vec<u8> {
    let text = coded(text);
    let space = text.iter().position(|byte| *byte == b' ').unwrap_or(0) + 1;
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let message = &text[space..];
    let start = message.iter().position(|byte| !is_end(byte)).unwrap_or(message.len());
    let end = message.iter().rposition(|byte| !is_end(byte)).map_or(start, |last| last + 1);
    [&text[..space], &message[start..end]].concat()
}

/// A table that is a status when it is returned.
fn status_reply(lua: &Lua, _: &Session, args: &Args) -> Result<MultiValue> {
    let (1, Value::String(_)) = (args.len(), args.get(1)) else { return wrong_arguments(lua) };
    let table = lua.create_table_with_capacity(0, 1)?;
    table.raw_set("ok", args.get(1))?;
    one(Value::Table(table))
}

fn wrong_arguments(lua: &Lua) -> Result<MultiValue> {
    one(Value::Table(error_table(lua, b"ERR wrong number or type of arguments", false)?))
}

/// There is no log: what applications embed has no right to their output. The arguments are checked all the same.
fn log(lua: &Lua, _: &Session, args: &Args) -> Result<MultiValue> {
    if args.len() < 2 {
        return Err(error("redis.log() requires two arguments or more."));
    }
    match raise::number(lua, args.get(1))? {
        None => Err(error("First argument must be a number (log level).")),
        Some(level) if !(0..=3).contains(&(level as i64)) => Err(error("Invalid debug level.")),
        Some(_) => Ok(MultiValue::new()),
    }
}

/// What goes into the append-only file from now on.
fn set_repl(lua: &Lua, session: &Session, args: &Args) -> Result<MultiValue> {
    if !session.is_running() {
        return Err(outside("set_repl"));
    }
    if args.len() != 1 {
        return Err(error("redis.set_repl() requires two arguments."));
    }
    let places = args.number_or_zero(lua, 1)? as i64;
    match u8::try_from(places) {
        Ok(places) if places <= REPL_ALL => session.repl.set(places),
        _ => {
            return Err(error(
                "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
            ));
        }
    }
    Ok(MultiValue::new())
}

/// The protocol of replies to the script from now on.
fn setresp(lua: &Lua, session: &Session, args: &Args) -> Result<MultiValue> {
    if !session.is_running() {
        return Err(outside("setresp"));
    }
    if args.len() != 1 {
        return Err(error("redis.setresp() requires one argument."));
    }
    match args.number_or_zero(lua, 1)? as i64 {
        2 => session.resp3.set(false),
        3 => session.resp3.set(true),
        _ => return Err(error("RESP version must be 2 or 3.")),
    }
    Ok(MultiValue::new())
}

fn sha1hex(lua: &Lua, _: &Session, args: &Args) -> Result<MultiValue> {
    if args.len() != 1 {
        return Err(error("wrong number of arguments"));
    }
    let text = lua.coerce_string(args.get(1).clone())?;
    let digest = match &text {
        Some(text) => super::sha1(&text.as_bytes()),
        None => super::sha1(b""),
    };
    one(Value::String(lua.create_string(digest)?))
}
