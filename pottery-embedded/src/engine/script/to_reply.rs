//! What a script returned, as a reply.

use mlua::{Error, Function, Lua, LuaString, Result, Table, Value};

use super::raise::c_integer;
use super::report;
use crate::engine::error::Error as Refusal;
use crate::engine::resp::{Later, Out};

/// How many slots Redis's interpreter has for the values on the way to the one that is being written, and how many it
/// wants to be free for that one. It limits how deeply tables can be nested.
const SLOTS: usize = 8000;
const NEEDED: usize = 4;
/// The slots that are taken when the script returns.
const TAKEN: usize = 2;

/// Writes results.
#[derive(Debug)]
pub(super) struct ToReply {
    /// Lua's `next`.
    next: Function,
    err: LuaString,
    ok: LuaString,
    double: LuaString,
    big_number: LuaString,
    verbatim_string: LuaString,
    map: LuaString,
    set: LuaString,
}

/// A table whose elements are being written, and its slot.
struct Open {
    table: Table,
    slot: usize,
    place: Later,
    /// How many elements have been written.
    count: usize,
    at: At,
}

/// How far it has come.
enum At {
    Index,
    /// The last key of a map, and its value if that hasn't been written yet.
    Pair(Value, Option<Value>),
    /// The last element of a set.
    Element(Value),
}

impl ToReply {
    pub(super) fn new(lua: &Lua, next: Function) -> Result<ToReply> {
        let name = |name: &str| lua.create_string(name);
        Ok(ToReply {
            next,
            err: name("err")?,
            ok: name("ok")?,
            double: name("double")?,
            big_number: name("big_number")?,
            verbatim_string: name("verbatim_string")?,
            map: name("map")?,
            set: name("set")?,
        })
    }

    /// Writes a value. `resp3` is the protocol that the script has chosen; it says what booleans are.
    pub(super) fn write(&self, value: Value, resp3: bool, out: &mut Out) -> Result<()> {
        // Not by recursion: what a script nests must not be deeper than the thread's own stack.
        let mut open: Vec<Open> = Vec::new();
        let mut pending = Some((value, TAKEN));
        loop {
            if let Some((value, slot)) = pending.take() {
                let table =
                    if slot + NEEDED > SLOTS { Ok(too_deep(out)) } else { self.begin(value, resp3, out) };
                match table {
                    Ok(Some((table, at))) => {
                        open.push(Open { table, slot, place: out.later(), count: 0, at })
                    }
                    Ok(None) => {}
                    // The interpreter's binding has a limit of its own, a little lower.
                    Err(Error::StackError) => drop(too_deep(out)),
                    Err(error) => return Err(error),
                }
            }
            let Some(last) = open.last_mut() else { return Ok(()) };
            pending = self.advance(last)?;
            if pending.is_none() {
                let Some(Open { place, count, at, .. }) = open.pop() else { return Ok(()) };
                match at {
                    At::Index => out.array_was(place, count),
                    At::Pair(..) => out.map_was(place, count),
                    At::Element(_) => out.set_was(place, count),
                }
                if open.is_empty() {
                    return Ok(());
                }
            }
        }
    }

    /// The next value to write of a table, and its slot.
    fn advance(&self, open: &mut Open) -> Result<Option<(Value, usize)>> {
        match &mut open.at {
            At::Index => {
                let value = match open.table.raw_get(open.count + 1) {
                    // It is there, and too deep.
                    Err(Error::StackError) => {
                        open.count += 1;
                        return Ok(Some((Value::Nil, SLOTS)));
                    }
                    value => value?,
                };
                if let Value::Nil = value {
                    return Ok(None);
                }
                open.count += 1;
                Ok(Some((value, open.slot + 1)))
            }
            At::Pair(_, value @ Some(_)) => Ok(value.take().map(|value| (value, open.slot + 3))),
            At::Pair(last, following) => {
                let (key, value) = match self.next.call((&open.table, &*last)) {
                    Ok((Value::Nil, _)) | Err(Error::StackError) => return Ok(None),
                    pair => pair?,
                };
                open.count += 1;
                *last = key.clone();
                *following = Some(value);
                Ok(Some((key, open.slot + 4)))
            }
            At::Element(last) => {
                let key: Value = match self.next.call((&open.table, &*last)) {
                    Ok(Value::Nil) | Err(Error::StackError) => return Ok(None),
                    key => key?,
                };
                open.count += 1;
                *last = key.clone();
                Ok(Some((key, open.slot + 3)))
            }
        }
    }

    /// Writes a value, unless it has elements: then returns the table that they are in.
    fn begin(&self, value: Value, resp3: bool, out: &mut Out) -> Result<Option<(Table, At)>> {
        match value {
            Value::String(text) => out.bulk(&text.as_bytes()),
            Value::Integer(number) => out.integer(number),
            Value::Number(number) => out.integer(c_integer(number)),
            Value::Boolean(value) if resp3 => out.boolean(value),
            Value::Boolean(true) => out.integer(1),
            Value::Table(table) => return self.begin_table(table, out),
            _ => out.null(),
        }
        Ok(None)
    }

    fn begin_table(&self, table: Table, out: &mut Out) -> Result<Option<(Table, At)>> {
        if let Value::String(text) = table.raw_get(&self.err)? {
            out.error(&Refusal::bytes(one_line(report::c_string(&text.as_bytes()))));
        } else if let Value::String(text) = table.raw_get(&self.ok)? {
            out.raw(b"+");
            out.raw(&spaced(report::c_string(&text.as_bytes())));
            out.raw(b"\r\n");
        } else if let Some(number) = number(table.raw_get(&self.double)?) {
            out.double(number);
        } else if let Value::String(digits) = table.raw_get(&self.big_number)? {
            out.big_number(spaced(&digits.as_bytes()));
        } else if let Some((format, text)) = verbatim(table.raw_get(&self.verbatim_string)?)? {
            out.verbatim(&format, &text);
        } else if let Value::Table(map) = table.raw_get(&self.map)? {
            return Ok(Some((map, At::Pair(Value::Nil, None))));
        } else if let Value::Table(set) = table.raw_get(&self.set)? {
            return Ok(Some((set, At::Element(Value::Nil))));
        } else {
            return Ok(Some((table, At::Index)));
        }
        Ok(None)
    }
}

fn too_deep(out: &mut Out) -> Option<(Table, At)> {
    out.error(&Refusal::text("ERR reached lua stack limit"));
    None
}

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(number as f64),
        Value::Number(number) => Some(number),
        _ => None,
    }
}

/// Format and text of a verbatim string, if it is one.
fn verbatim(value: Value) -> Result<Option<(String, Vec<u8>)>> {
    let Value::Table(table) = value else { return Ok(None) };
    let (Value::String(format), Value::String(text)) =
        (table.raw_get::<Value>("format")?, table.raw_get::<Value>("string")?)
    else {
        return Ok(None);
    };
    let format: String = format.to_string_lossy().chars().chain("   ".chars()).take(3).collect();
    let text = text.as_bytes().to_vec();
    Ok(Some((format, text)))
}

/// Without line ends, which would end the reply.
fn spaced(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { *byte }).collect()
}

/// The text of an error without line ends at its end.
fn one_line(text: &[u8]) -> Vec<u8> {
    let end = text.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    text[..end].to_vec()
}
