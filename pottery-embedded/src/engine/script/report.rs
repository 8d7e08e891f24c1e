//! What a client is told of a script that failed.

use mlua::{Lua, Result, Table, Value};

use super::raise::{Raised, error_table, explain};
use crate::engine::error::Error;

/// The chunk whose frames are no part of any script.
pub(super) const PRELUDE: &str = "@prelude";

/// The error handler of every script, called where the error happened: makes a table of the error and adds the place.
pub(super) fn handler(lua: &Lua, error: Value) -> Result<Value> {
    let error = match error {
        Value::Error(problem) => match Raised::of(&problem) {
            Some(Raised::Stopped(stop)) => Value::Table(error_table(lua, stop.text().as_bytes(), false)?),
            _ => explain(lua, Value::Error(problem))?,
        },
        error => error,
    };
    let table = match error {
        Value::Table(table) => table,
        other => {
            let text = described(lua, other)?;
            let text = without_prelude(&text);
            error_table(lua, &[b"ERR ", text].concat(), false)?
        }
    };
    if let Some((source, line)) = place(lua) {
        table.raw_set("source", source)?;
        table.raw_set("line", line)?;
    }
    Ok(Value::Table(table))
}

/// An error's text without a place in the prelude, to which a script that speaks of its caller has come.
fn without_prelude(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"prelude:") else { return text };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    rest[digits..].strip_prefix(b": ").unwrap_or(text)
}

/// The value as Lua's `tostring` shows it, without running what a script may have put into a metatable.
fn described(lua: &Lua, value: Value) -> Result<Vec<u8>> {
    Ok(match value {
        Value::Nil => b"nil".to_vec(),
        Value::Boolean(value) => value.to_string().into_bytes(),
        other => match lua.coerce_string(other.clone())? {
            Some(text) => text.as_bytes().to_vec(),
            None => format!("{}: {:?}", super::raise::type_name(&other), other.to_pointer()).into_bytes(),
        },
    })
}

/// Source and line of the function that raised the error, or of its caller if it is none of the script's.
fn place(lua: &Lua) -> Option<(String, i64)> {
    /// What a frame of the stack is.
    enum Frame {
        /// A function in Rust or C.
        Native,
        Prelude,
        /// What is left of a function that called another as its last act.
        Tail,
        Script,
    }
    let frame = |level| {
        lua.inspect_stack(level, |frame| {
            let source = frame.source();
            let text = source.source.map(|it| it.into_owned()).unwrap_or_default();
            let kind = match source.what {
                "C" => Frame::Native,
                "tail" => Frame::Tail,
                _ if text == PRELUDE => Frame::Prelude,
                _ => Frame::Script,
            };
            let line = frame.current_line().and_then(|line| i64::try_from(line).ok()).unwrap_or(-1);
            (kind, text, line)
        })
    };
    let mut level = 1;
    let (mut kind, mut source, mut line) = frame(level)?;
    if matches!(kind, Frame::Native) {
        level += 1;
        (kind, source, line) = frame(level)?;
    }
    if matches!(kind, Frame::Prelude) {
        while matches!(kind, Frame::Prelude | Frame::Tail) {
            level += 1;
            (kind, source, line) = frame(level)?;
        }
    }
    Some((source, line))
}

/// The reply that tells of what [`handler`] has made of an error. Without it, because the error was one that no handler
/// can handle, `error` is something else.
pub(super) fn failure(lua: &Lua, sha: &str, error: &Value) -> Result<Error> {
    let Value::Table(table) = error else {
        let text = match error {
            Value::Error(_) | Value::String(_) => described(lua, explain(lua, error.clone())?)?,
            _ => b"execution failure".to_vec(),
        };
        let text =
            [format!("ERR Error running script {sha}, ").as_bytes(), &text[..text.len().min(100)]].concat();
        return Ok(Error::bytes(text));
    };
    let mut text = match field(lua, table, "err")? {
        Some(text) => text,
        None => b"ERR unknown error".to_vec(),
    };
    if let (Some(source), Some(line)) = (field(lua, table, "source")?, field(lua, table, "line")?) {
        text.extend_from_slice(format!(" script: {sha}, on ").as_bytes());
        text.extend_from_slice(&source);
        text.push(b':');
        text.extend_from_slice(&line);
        text.push(b'.');
    }
    Ok(Error::bytes(text))
}

/// A field that is a string or a number, as C reads it: up to a zero byte.
pub(super) fn field(lua: &Lua, table: &Table, name: &str) -> Result<Option<Vec<u8>>> {
    let Some(text) = lua.coerce_string(table.raw_get(name)?)? else { return Ok(None) };
    Ok(Some(c_string(&text.as_bytes()).to_vec()))
}

/// A text as C reads it: up to a zero byte.
pub(super) fn c_string(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}
