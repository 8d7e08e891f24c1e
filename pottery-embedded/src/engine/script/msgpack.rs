//! The library `cmsgpack`.

use mlua::{Error, Lua, MultiValue, Result, Table, Value};

use super::raise::{self, Args, Raised};

/// The functions.
pub(super) fn library(lua: &Lua) -> Result<Table> {
    let library = lua.create_table()?;
    let texts = [
        ("_NAME", "cmsgpack"),
        ("_VERSION", "lua-cmsgpack 0.4.0"),
        ("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"),
        ("_DESCRIPTION", "MessagePack C implementation for Lua"),
    ];
    for (name, text) in texts {
        library.raw_set(name, text)?;
    }
    library.raw_set("pack", lua.create_function(|lua, args: Args| pack(lua, &args))?)?;
    library.raw_set("unpack", lua.create_function(|lua, args: Args| unpack(lua, &args, 0, 0))?)?;
    let one = lua.create_function(|lua, args: Args| {
        let offset = args.integer_or(lua, 2, 0)?;
        unpack(lua, &args, 1, offset)
    })?;
    library.raw_set("unpack_one", one)?;
    let limit = lua.create_function(|lua, args: Args| {
        let limit = args.integer(lua, 2)?;
        let offset = args.integer_or(lua, 3, 0)?;
        unpack(lua, &args, limit, offset)
    })?;
    library.raw_set("unpack_limit", limit)?;
    Ok(library)
}

fn pack(lua: &Lua, args: &Args) -> Result<Value> {
    if args.len() == 0 {
        return Err(raise::bad_argument(lua, 0, "MessagePack pack needs input."));
    }
    let mut out = Vec::new();
    for value in args.iter() {
        encode(&mut out, value, 0)?;
    }
    Ok(Value::String(lua.create_string(out)?))
}

/// Tables that are nested more deeply become nil.
const NESTING: usize = 16;

fn encode(out: &mut Vec<u8>, value: &Value, level: usize) -> Result<()> {
    match value {
        Value::String(text) => encode_string(out, &text.as_bytes()),
        Value::Boolean(value) => out.push(if *value { 0xc3 } else { 0xc2 }),
        Value::Integer(number) => encode_integer(out, *number),
        Value::Number(number) => encode_number(out, *number),
        Value::Table(table) if level < NESTING => encode_table(out, table, level)?,
        _ => out.push(0xc0),
    }
    Ok(())
}

fn encode_string(out: &mut Vec<u8>, text: &[u8]) {
    let length = text.len();
    match length {
        0..32 => out.push(0xa0 | length as u8),
        32..=0xff => out.extend_from_slice(&[0xd9, length as u8]),
        _ => encode_length(out, length, 0xda),
    }
    out.extend_from_slice(text);
}

/// A length of two or four bytes, behind the mark for two or the next one.
fn encode_length(out: &mut Vec<u8>, length: usize, mark: u8) {
    match u16::try_from(length) {
        Ok(length) => {
            out.push(mark);
            out.extend_from_slice(&length.to_be_bytes());
        }
        Err(_) => {
            out.push(mark + 1);
            out.extend_from_slice(&(length as u32).to_be_bytes());
        }
    }
}

fn encode_number(out: &mut Vec<u8>, number: f64) {
    // What is whole has come as an integer, unless it is too large or the negative zero.
    if number == 0.0 {
        return out.push(0);
    }
    if f64::from(number as f32) == number {
        out.push(0xca);
        out.extend_from_slice(&(number as f32).to_be_bytes());
    } else {
        out.push(0xcb);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

fn encode_integer(out: &mut Vec<u8>, number: i64) {
    match number {
        -32..=0x7f => out.push(number as u8),
        0x80..=0xff => out.extend_from_slice(&[0xcc, number as u8]),
        0x100..=0xffff => {
            out.push(0xcd);
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xce);
            out.extend_from_slice(&(number as u32).to_be_bytes());
        }
        0x1_0000_0000.. => {
            out.push(0xcf);
            out.extend_from_slice(&number.to_be_bytes());
        }
        -0x80..-32 => out.extend_from_slice(&[0xd0, number as u8]),
        -0x8000..-0x80 => {
            out.push(0xd1);
            out.extend_from_slice(&(number as i16).to_be_bytes());
        }
        -0x8000_0000..-0x8000 => {
            out.push(0xd2);
            out.extend_from_slice(&(number as i32).to_be_bytes());
        }
        _ => {
            out.push(0xd3);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

fn encode_table(out: &mut Vec<u8>, table: &Table, level: usize) -> Result<()> {
    let (count, is_array) = shape(table)?;
    if is_array {
        match count {
            0..16 => out.push(0x90 | count as u8),
            _ => encode_length(out, count, 0xdc),
        }
        for index in 1..=count {
            encode(out, &table.raw_get(index)?, level + 1)?;
        }
        return Ok(());
    }
    match count {
        0..16 => out.push(0x80 | count as u8),
        _ => encode_length(out, count, 0xde),
    }
    for pair in table.pairs::<Value, Value>() {
        let (key, value) = pair?;
        encode(out, &key, level + 1)?;
        encode(out, &value, level + 1)?;
    }
    Ok(())
}

/// How many elements a table has, and whether its keys are the numbers from 1 to that.
fn shape(table: &Table) -> Result<(usize, bool)> {
    let (mut count, mut longest, mut is_array) = (0, 0, true);
    table.for_each(|key: Value, _: Value| {
        count += 1;
        match key {
            Value::Integer(key @ 1..) => longest = longest.max(key),
            _ => is_array = false,
        }
        Ok(())
    })?;
    Ok((count, is_array && longest == count as i64))
}

/// Reads values: all of them if there is neither a limit nor an offset; else the first result is where to go on, or -1
/// at the end.
fn unpack(lua: &Lua, args: &Args, limit: i64, offset: i64) -> Result<MultiValue> {
    let text = args.string(lua, 1)?;
    let text = text.as_bytes();
    let (limit, offset) = (limit as i32, offset as i32);
    let all = limit == 0 && offset == 0;
    if offset < 0 || limit < 0 {
        // In Redis's words, which call the length of the text a limit.
        let length = text.len();
        let problem = format!("Invalid request to unpack with offset of {offset} and limit of {length}.");
        return Err(raise::text(lua, problem));
    }
    let start = offset as usize;
    if start > text.len() {
        let problem = format!("Start offset {offset} greater than input length {}.", text.len());
        return Err(raise::text(lua, problem));
    }
    let mut decoder = Decoder { lua, rest: &text[start..], slots: 0 };
    let mut values = Vec::new();
    while !decoder.rest.is_empty() && (all || values.len() < limit as usize) {
        if values.len() >= SLOTS {
            return Err(raise::text(lua, "stack overflow (in function mp_unpack_full)"));
        }
        decoder.slots = values.len();
        values.push(decoder.value()?);
    }
    if !all {
        let end = if decoder.rest.is_empty() { -1 } else { (text.len() - decoder.rest.len()) as i64 };
        values.insert(0, Value::Integer(end));
    }
    Ok(MultiValue::from_vec(values))
}

/// How many slots the interpreter's stack has for the values that are being read.
const SLOTS: usize = 7900;

struct Decoder<'a> {
    lua: &'a Lua,
    rest: &'a [u8],
    slots: usize,
}

impl<'a> Decoder<'a> {
    /// Errors here have no place before them.
    fn refuse(problem: &str) -> Error {
        Raised::Text(problem.into()).into()
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        match self.rest.split_at_checked(length) {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(bytes)
            }
            None => Err(raise::text(self.lua, "Missing bytes in input.")),
        }
    }

    /// A number of so many bytes.
    fn unsigned(&mut self, length: usize) -> Result<u64> {
        Ok(self.take(length)?.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn signed(&mut self, length: usize) -> Result<Value> {
        let unused = 64 - 8 * length as u32;
        Ok(Value::Integer((self.unsigned(length)? << unused).cast_signed() >> unused))
    }

    fn string(&mut self, length: u64) -> Result<Value> {
        let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        Ok(Value::String(self.lua.create_string(bytes)?))
    }

    fn value(&mut self) -> Result<Value> {
        let mark = self.take(1)?[0];
        // Apart from the rest, so that what recurses needs little of the thread's stack.
        match mark {
            0x90..=0x9f | 0xdc | 0xdd => self.array(mark),
            0x80..=0x8f | 0xde | 0xdf => self.map(mark),
            _ => self.scalar(mark),
        }
    }

    #[inline(never)]
    fn scalar(&mut self, mark: u8) -> Result<Value> {
        Ok(match mark {
            0x00..=0x7f => Value::Integer(i64::from(mark)),
            0xc2 => Value::Boolean(false),
            0xc3 => Value::Boolean(true),
            0xca => Value::Number(f32::from_bits(self.unsigned(4)? as u32).into()),
            0xcb => Value::Number(f64::from_bits(self.unsigned(8)?)),
            0xcc => Value::Integer(self.unsigned(1)?.cast_signed()),
            0xcd => Value::Integer(self.unsigned(2)?.cast_signed()),
            0xce => Value::Integer(self.unsigned(4)?.cast_signed()),
            // The largest come out negative.
            0xcf => Value::Integer(self.unsigned(8)?.cast_signed()),
            0xd0 => self.signed(1)?,
            0xd1 => self.signed(2)?,
            0xd2 => self.signed(4)?,
            0xd3 => self.signed(8)?,
            0xa0..=0xbf => self.string(u64::from(mark & 31))?,
            0xd9..=0xdb => {
                let length = self.unsigned(1 << (mark - 0xd9))?;
                self.string(length)?
            }
            0xe0..=0xff => Value::Integer(i64::from(mark.cast_signed())),
            0xc0 => Value::Nil,
            _ => return Err(raise::text(self.lua, "Bad data format in input.")),
        })
    }

    /// The number of elements that follow a mark.
    fn length(&mut self, mark: u8) -> Result<u64> {
        match mark {
            0x80..=0x9f => Ok(u64::from(mark & 15)),
            0xdc | 0xde => self.unsigned(2),
            _ => self.unsigned(4),
        }
    }

    fn enter(&mut self, function: &str) -> Result<Table> {
        self.slots += 2;
        if self.slots > DEEPEST {
            return Err(raise::text(self.lua, format!("stack overflow (in function {function})")));
        }
        self.lua.create_table()
    }

    fn array(&mut self, mark: u8) -> Result<Value> {
        let length = self.length(mark)?;
        let table = self.enter("mp_decode_to_lua_array")?;
        for index in 1..=length {
            let value = self.value()?;
            table.raw_set(index, value)?;
        }
        self.slots -= 2;
        Ok(Value::Table(table))
    }

    fn map(&mut self, mark: u8) -> Result<Value> {
        let length = self.length(mark)?;
        let table = self.enter("mp_decode_to_lua_hash")?;
        for _ in 0..length {
            let key = self.value()?;
            let value = self.value()?;
            match &key {
                Value::Nil => return Err(Decoder::refuse("table index is nil")),
                Value::Number(number) if number.is_nan() => {
                    return Err(Decoder::refuse("table index is NaN"));
                }
                _ => table.raw_set(key, value)?,
            }
        }
        self.slots -= 2;
        Ok(Value::Table(table))
    }
}

/// How many slots nested tables may take, which bounds the recursion here.
const DEEPEST: usize = 7000;
