//! How functions written in Rust read their arguments and raise errors in a script, as Lua's own do.

use std::fmt;

use mlua::debug::Debug;
use mlua::{Error, FromLuaMulti, Lua, LuaString, MultiValue, Result, Table, Value, Variadic};

/// What a function of ours raises. Scripts never see it as such: whatever catches an error turns it into a [`Value`] with
/// [`explain`].
#[derive(Clone, Debug)]
pub(super) enum Raised {
    /// A string, its position included.
    Text(Vec<u8>),
    /// A table with the text in `err`.
    Table {
        err: Vec<u8>,
        /// Whether the error was a command's own.
        of_command: bool,
    },
    /// The script must end, whatever it does to catch errors.
    Stopped(Stop),
}

/// Why a script must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// `SCRIPT KILL`.
    Killed,
    /// The server itself ends.
    Shutdown,
}

impl Stop {
    pub(super) fn text(self) -> &'static str {
        match self {
            Stop::Killed => "ERR Script killed by user with SCRIPT KILL...",
            Stop::Shutdown => "ERR Script killed because the server stops",
        }
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Raised::Text(text) | Raised::Table { err: text, .. } => {
                f.write_str(&String::from_utf8_lossy(text))
            }
            Raised::Stopped(stop) => f.write_str(stop.text()),
        }
    }
}

impl std::error::Error for Raised {}

impl From<Raised> for Error {
    fn from(raised: Raised) -> Error {
        Error::external(raised)
    }
}

impl Raised {
    /// What was raised, if it was by a function of ours.
    pub(super) fn of(error: &Error) -> Option<&Raised> {
        match error {
            Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => Raised::of(cause),
            Error::ExternalError(error) => error.downcast_ref(),
            _ => None,
        }
    }
}

/// An error that is a table with its text in `err`, as those of `redis.call` are. The text is complete.
pub(super) fn reply(err: impl Into<Vec<u8>>) -> Error {
    Raised::Table { err: err.into(), of_command: false }.into()
}

/// An error that is a string, with the place of the caller before it: Lua's `luaL_error`.
pub(super) fn text(lua: &Lua, text: impl AsRef<[u8]>) -> Error {
    let place = lua.inspect_stack(1, place).unwrap_or_default();
    Raised::Text([place.as_bytes(), text.as_ref()].concat()).into()
}

fn place(frame: &Debug<'_>) -> String {
    match (frame.current_line(), frame.source().short_src) {
        (Some(line), Some(source)) => format!("{source}:{line}: "),
        _ => String::new(),
    }
}

/// `bad argument #1 to 'name' (...)`: Lua's `luaL_argerror`.
pub(super) fn bad_argument(lua: &Lua, index: usize, problem: impl AsRef<[u8]>) -> Error {
    let called = lua.inspect_stack(0, |frame| {
        let names = frame.names();
        (names.name.map(|name| name.into_owned()), names.name_what == Some("method"))
    });
    let (name, method) = called.unwrap_or_default();
    let name = name.unwrap_or_else(|| "?".to_owned());
    let index = index as i64 - i64::from(method);
    let start = if method && index == 0 {
        format!("calling '{name}' on bad self (")
    } else {
        format!("bad argument #{index} to '{name}' (")
    };
    text(lua, [start.as_bytes(), problem.as_ref(), b")"].concat())
}

/// What a caught error is to the script: what was raised, as a value.
///
/// # Errors
/// When the script must end.
pub(super) fn explain(lua: &Lua, error: Value) -> Result<Value> {
    let Value::Error(error) = error else { return Ok(error) };
    match Raised::of(&error) {
        Some(Raised::Text(text)) => Ok(Value::String(lua.create_string(text)?)),
        Some(Raised::Table { err, of_command }) => Ok(Value::Table(error_table(lua, err, *of_command)?)),
        Some(stopped @ Raised::Stopped(_)) => Err(stopped.clone().into()),
        None => Ok(Value::String(lua.create_string(own_words(&error))?)),
    }
}

/// The text of an error that the interpreter's binding made.
fn own_words(error: &Error) -> String {
    match error {
        Error::CallbackError { cause, .. } | Error::WithContext { cause, .. } => own_words(cause),
        Error::MemoryError(_) => "not enough memory".to_owned(),
        Error::StackError => "stack overflow".to_owned(),
        Error::RuntimeError(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An error as a table.
pub(super) fn error_table(lua: &Lua, err: &[u8], of_command: bool) -> Result<Table> {
    let table = lua.create_table_with_capacity(0, 2)?;
    table.raw_set("err", lua.create_string(err)?)?;
    if of_command {
        table.raw_set("ignore_error_stats_update", true)?;
    }
    Ok(table)
}

/// The arguments of a call, counted from 1 as Lua does.
#[derive(Debug)]
pub(super) struct Args(Vec<Value>);

impl FromLuaMulti for Args {
    fn from_lua_multi(values: MultiValue, lua: &Lua) -> Result<Args> {
        Ok(Args(Variadic::from_lua_multi(values, lua)?.into()))
    }
}

impl Args {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The same, and a nil behind them.
    pub(super) fn with_nil(&self) -> Args {
        Args(self.0.iter().cloned().chain([Value::Nil]).collect())
    }

    /// An argument; nil if it wasn't given.
    pub(super) fn get(&self, index: usize) -> &Value {
        self.0.get(index - 1).unwrap_or(&Value::Nil)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Value> {
        self.0.iter()
    }

    fn type_error(&self, lua: &Lua, index: usize, expected: &str) -> Error {
        let got = if index > self.len() { "no value" } else { type_name(self.get(index)) };
        bad_argument(lua, index, format!("{expected} expected, got {got}"))
    }

    /// A table.
    pub(super) fn table(&self, lua: &Lua, index: usize) -> Result<&Table> {
        match self.get(index) {
            Value::Table(table) => Ok(table),
            _ => Err(self.type_error(lua, index, "table")),
        }
    }

    /// A string, or a number as a string.
    pub(super) fn string(&self, lua: &Lua, index: usize) -> Result<LuaString> {
        match self.get(index) {
            Value::String(text) => Ok(text.clone()),
            value => match lua.coerce_string(value.clone())? {
                Some(text) => Ok(text),
                None => Err(self.type_error(lua, index, "string")),
            },
        }
    }

    /// A number, or a string that is one.
    pub(super) fn number(&self, lua: &Lua, index: usize) -> Result<f64> {
        match number(lua, self.get(index))? {
            Some(number) => Ok(number),
            None => Err(self.type_error(lua, index, "number")),
        }
    }

    /// A number, cut to an integer.
    pub(super) fn integer(&self, lua: &Lua, index: usize) -> Result<i64> {
        Ok(c_integer(self.number(lua, index)?))
    }

    /// The same, or what stands for an absent one.
    pub(super) fn integer_or(&self, lua: &Lua, index: usize, default: i64) -> Result<i64> {
        if self.get(index).is_nil() { Ok(default) } else { self.integer(lua, index) }
    }

    /// A number where anything else counts as 0, as for functions that don't check.
    pub(super) fn number_or_zero(&self, lua: &Lua, index: usize) -> Result<f64> {
        Ok(number(lua, self.get(index))?.unwrap_or(0.0))
    }
}

/// A value's number, if it is one or a string of one.
pub(super) fn number(lua: &Lua, value: &Value) -> Result<Option<f64>> {
    match value {
        Value::Integer(number) => Ok(Some(*number as f64)),
        Value::Number(number) => Ok(Some(*number)),
        Value::String(_) => lua.coerce_number(value.clone()),
        _ => Ok(None),
    }
}

/// As C casts a double to a `long long` here: what doesn't fit becomes the smallest.
pub(crate) fn c_integer(number: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

/// What Lua calls a value's type.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Boolean(_) => "boolean",
        Value::Integer(_) | Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Table(_) => "table",
        Value::Function(_) => "function",
        Value::Thread(_) => "thread",
        _ => "userdata",
    }
}
