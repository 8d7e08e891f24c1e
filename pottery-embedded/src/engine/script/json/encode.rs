//! `cjson.encode`

use mlua::{Lua, Result, Table, Value};

use super::{Invalid, Settings};
use crate::engine::script::number::format_g;
use crate::engine::script::raise::{self, type_name};

/// What the table is to become.
enum Shape {
    Array(usize),
    Object,
}

/// Writes a value as JSON.
pub(super) fn encode(lua: &Lua, settings: &Settings, value: &Value) -> Result<Vec<u8>> {
    let mut encoder = Encoder { lua, settings, out: Vec::new() };
    encoder.value(value, 0)?;
    Ok(encoder.out)
}

/// Deeper than this would need more of the thread's stack than there may be.
const DEEPEST: i32 = 1500;

struct Encoder<'a> {
    lua: &'a Lua,
    settings: &'a Settings,
    out: Vec<u8>,
}

impl Encoder<'_> {
    fn refuse<T>(&self, value: &Value, problem: &str) -> Result<T> {
        Err(raise::text(self.lua, format!("Cannot serialise {}: {problem}", type_name(value))))
    }

    fn value(&mut self, value: &Value, depth: i32) -> Result<()> {
        match value {
            Value::String(text) => self.string(&text.as_bytes()),
            Value::Integer(number) => self.number(value, *number as f64)?,
            Value::Number(number) => self.number(value, *number)?,
            Value::Boolean(value) => self.out.extend_from_slice(if *value { b"true" } else { b"false" }),
            Value::Nil => self.out.extend_from_slice(b"null"),
            Value::LightUserData(pointer) if pointer.0.is_null() => self.out.extend_from_slice(b"null"),
            Value::Table(table) => self.table(value, table, depth + 1)?,
            _ => return self.refuse(value, "type not supported"),
        }
        Ok(())
    }

    fn table(&mut self, value: &Value, table: &Table, depth: i32) -> Result<()> {
        if depth > self.settings.encode_max_depth.min(DEEPEST) {
            return Err(raise::text(self.lua, format!("Cannot serialise, excessive nesting ({depth})")));
        }
        match self.shape(value, table)? {
            Shape::Array(length) => {
                self.out.push(b'[');
                for index in 1..=length {
                    if index > 1 {
                        self.out.push(b',');
                    }
                    self.value(&table.raw_get(index)?, depth)?;
                }
                self.out.push(b']');
            }
            Shape::Object => self.object(table, depth)?,
        }
        Ok(())
    }

    fn object(&mut self, table: &Table, depth: i32) -> Result<()> {
        self.out.push(b'{');
        let mut first = true;
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            match &key {
                Value::String(text) => self.string(&text.as_bytes()),
                Value::Integer(_) | Value::Number(_) => {
                    self.out.push(b'"');
                    let number = raise::number(self.lua, &key)?.unwrap_or(0.0);
                    self.number(&key, number)?;
                    self.out.push(b'"');
                }
                _ => return self.refuse(&key, "table key must be a number or string"),
            }
            self.out.push(b':');
            self.value(&value, depth)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    /// A table whose keys are all positive whole numbers is an array, with nulls in its gaps, unless there are too many.
    fn shape(&self, value: &Value, table: &Table) -> Result<Shape> {
        let (mut longest, mut count) = (0i32, 0u32);
        for pair in table.pairs::<Value, Value>() {
            let key = match pair?.0 {
                Value::Integer(key) => key as f64,
                Value::Number(key) => key,
                _ => return Ok(Shape::Object),
            };
            if key.floor() != key || key < 1.0 {
                return Ok(Shape::Object);
            }
            count += 1;
            if key > f64::from(longest) {
                // What is no `int` becomes the smallest one, so that this is no array.
                longest = if key <= f64::from(i32::MAX) { key as i32 } else { i32::MIN };
            }
        }
        let settings = self.settings;
        let (length, ratio) = (f64::from(longest), f64::from(settings.sparse_ratio));
        if settings.sparse_ratio > 0 && length > f64::from(count) * ratio && longest > settings.sparse_safe {
            if !settings.sparse_convert {
                return self.refuse(value, "excessively sparse array");
            }
            return Ok(Shape::Object);
        }
        // Nobody knows whether an empty table is an array.
        Ok(if longest > 0 { Shape::Array(longest as usize) } else { Shape::Object })
    }

    fn number(&mut self, value: &Value, number: f64) -> Result<()> {
        if !number.is_finite() {
            match self.settings.encode_invalid {
                Invalid::Refuse => return self.refuse(value, "must not be NaN or Inf"),
                Invalid::Null => {
                    self.out.extend_from_slice(b"null");
                    return Ok(());
                }
                Invalid::Write if number.is_nan() => {
                    self.out.extend_from_slice(b"nan");
                    return Ok(());
                }
                Invalid::Write => {}
            }
        }
        if number.trunc() == number && number.abs() < 1e10 && self.settings.precision == 14 && number != 0.0 {
            self.out.extend_from_slice(itoa::Buffer::new().format(number as i64).as_bytes());
        } else {
            let digits = usize::try_from(self.settings.precision).unwrap_or(14);
            self.out.extend_from_slice(format_g(number, digits).as_bytes());
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.out.reserve(text.len() + 2);
        self.out.push(b'"');
        for byte in text {
            match byte {
                b'"' => self.out.extend_from_slice(b"\\\""),
                b'\\' => self.out.extend_from_slice(b"\\\\"),
                b'/' => self.out.extend_from_slice(b"\\/"),
                8 => self.out.extend_from_slice(b"\\b"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                12 => self.out.extend_from_slice(b"\\f"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                0..32 | 127 => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => self.out.push(*byte),
            }
        }
        self.out.push(b'"');
    }
}
