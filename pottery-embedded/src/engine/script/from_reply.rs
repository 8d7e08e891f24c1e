//! Replies of commands as Lua values.

use mlua::{Lua, Result, Value};

use super::raise::error_table;
use crate::engine::number::{parse_f64, parse_i64};

/// A reply that the engine itself has written, as the value that `redis.call` returns.
pub(super) fn to_lua(lua: &Lua, reply: &[u8]) -> Result<Value> {
    Reader { lua, rest: reply }.value()
}

/// The text of an error reply, if it is one.
pub(super) fn error_of(reply: &[u8]) -> Option<Vec<u8>> {
    let line = reply.strip_prefix(b"-")?;
    Some(coded(line.strip_suffix(b"\r\n").unwrap_or(line)))
}

/// An error's text with a code: what has only one word is taken for a message without one.
pub(super) fn coded(text: &[u8]) -> Vec<u8> {
    if text.contains(&b' ') { text.to_vec() } else { [b"ERR ", text].concat() }
}

struct Reader<'a> {
    lua: &'a Lua,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Result<Value> {
        let line = self.line();
        let Some((mark, text)) = line.split_first() else { return Ok(Value::Nil) };
        Ok(match mark {
            b':' => Value::Integer(integer(text)),
            b'$' | b'*' if text == b"-1" => Value::Boolean(false),
            b'$' => Value::String(self.lua.create_string(self.bytes(text))?),
            b'+' => self.one_field("ok", Value::String(self.lua.create_string(text)?))?,
            b'-' => Value::Table(error_table(self.lua, &coded(text), true)?),
            b'*' | b'>' => self.array(integer(text))?,
            b'%' => self.map(integer(text))?,
            b'~' => self.set(integer(text))?,
            b'_' => Value::Nil,
            b'#' => Value::Boolean(text == b"t"),
            b',' => self.one_field("double", Value::Number(parse_f64(text).unwrap_or(f64::NAN)))?,
            b'(' => self.one_field("big_number", Value::String(self.lua.create_string(text)?))?,
            b'=' => self.verbatim(text)?,
            _ => Value::Nil,
        })
    }

    fn line(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| *byte == b'\r').unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest.get(2..).unwrap_or_default();
        line
    }

    /// The bytes whose number is `length`, and the line end after them.
    fn bytes(&mut self, length: &[u8]) -> &'a [u8] {
        let length = usize::try_from(integer(length)).unwrap_or(0).min(self.rest.len());
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest.get(2..).unwrap_or_default();
        bytes
    }

    fn one_field(&self, name: &str, value: Value) -> Result<Value> {
        let table = self.lua.create_table_with_capacity(0, 1)?;
        table.raw_set(name, value)?;
        Ok(Value::Table(table))
    }

    fn array(&mut self, length: i64) -> Result<Value> {
        let length = usize::try_from(length).unwrap_or(0);
        let table = self.lua.create_table_with_capacity(length.min(self.rest.len()), 0)?;
        for index in 1..=length {
            // A nil is a hole, as in Redis.
            match self.value()? {
                Value::Nil => {}
                value => table.raw_set(index, value)?,
            }
        }
        Ok(Value::Table(table))
    }

    fn map(&mut self, pairs: i64) -> Result<Value> {
        let table = self.lua.create_table()?;
        for _ in 0..pairs {
            let key = self.value()?;
            let value = self.value()?;
            table.raw_set(key, value)?;
        }
        self.one_field("map", Value::Table(table))
    }

    fn set(&mut self, length: i64) -> Result<Value> {
        let table = self.lua.create_table()?;
        for _ in 0..length {
            let element = self.value()?;
            table.raw_set(element, true)?;
        }
        self.one_field("set", Value::Table(table))
    }

    fn verbatim(&mut self, length: &[u8]) -> Result<Value> {
        let text = self.bytes(length);
        let table = self.lua.create_table_with_capacity(0, 2)?;
        table.raw_set("format", self.lua.create_string(text.get(..3).unwrap_or_default())?)?;
        table.raw_set("string", self.lua.create_string(text.get(4..).unwrap_or_default())?)?;
        self.one_field("verbatim_string", Value::Table(table))
    }
}

fn integer(text: &[u8]) -> i64 {
    parse_i64(text).unwrap_or(0)
}
