//! The library `cjson`.

mod decode;
mod encode;

use std::cell::RefCell;
use std::rc::Rc;

use mlua::{Lua, Result, Table, Value};

use super::raise::{self, Args};

/// What `encode_sparse_array` and its kin set. It stays set for all scripts, as in Redis.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    sparse_convert: bool,
    sparse_ratio: i32,
    sparse_safe: i32,
    encode_max_depth: i32,
    decode_max_depth: i32,
    precision: i32,
    keep_buffer: bool,
    encode_invalid: Invalid,
    decode_invalid: bool,
}

/// What becomes of numbers that JSON doesn't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Invalid {
    Refuse,
    Write,
    Null,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            sparse_convert: false,
            sparse_ratio: 2,
            sparse_safe: 10,
            encode_max_depth: 1000,
            decode_max_depth: 1000,
            precision: 14,
            keep_buffer: true,
            encode_invalid: Invalid::Refuse,
            decode_invalid: true,
        }
    }
}

type Shared = Rc<RefCell<Settings>>;
type Setting = fn(&Lua, &mut Settings, &Args) -> Result<Vec<Value>>;

/// The functions.
pub(super) fn library(lua: &Lua) -> Result<Table> {
    let library = lua.create_table()?;
    let settings = Shared::default();
    let shared = Rc::clone(&settings);
    let encode = lua.create_function(move |lua, args: Args| {
        one_argument(lua, &args)?;
        let text = encode::encode(lua, &shared.borrow(), args.get(1))?;
        lua.create_string(text)
    })?;
    library.raw_set("encode", encode)?;
    let shared = Rc::clone(&settings);
    let decode = lua.create_function(move |lua, args: Args| {
        one_argument(lua, &args)?;
        decode::decode(lua, &shared.borrow(), &args.string(lua, 1)?.as_bytes())
    })?;
    library.raw_set("decode", decode)?;
    let functions: [(&str, usize, Setting); 7] = [
        ("encode_sparse_array", 3, encode_sparse_array),
        ("encode_max_depth", 1, |lua, settings, args| {
            number(lua, args, 1, &mut settings.encode_max_depth, 1, i32::MAX)
        }),
        ("decode_max_depth", 1, |lua, settings, args| {
            number(lua, args, 1, &mut settings.decode_max_depth, 1, i32::MAX)
        }),
        ("encode_number_precision", 1, |lua, settings, args| {
            number(lua, args, 1, &mut settings.precision, 1, 14)
        }),
        ("encode_keep_buffer", 1, |lua, settings, args| switch(lua, args, 1, &mut settings.keep_buffer)),
        ("encode_invalid_numbers", 1, encode_invalid_numbers),
        ("decode_invalid_numbers", 1, |lua, settings, args| {
            switch(lua, args, 1, &mut settings.decode_invalid)
        }),
    ];
    for (name, most, function) in functions {
        let settings = Rc::clone(&settings);
        let function = lua.create_function(move |lua, args: Args| {
            if args.len() > most {
                return Err(raise::bad_argument(lua, most + 1, "found too many arguments"));
            }
            function(lua, &mut settings.borrow_mut(), &args).map(mlua::MultiValue::from_vec)
        })?;
        library.raw_set(name, function)?;
    }
    library.raw_set("new", lua.create_function(|lua, ()| self::library(lua))?)?;
    library.raw_set("null", Value::NULL)?;
    library.raw_set("_NAME", "cjson")?;
    library.raw_set("_VERSION", "2.1.0")?;
    Ok(library)
}

fn one_argument(lua: &Lua, args: &Args) -> Result<()> {
    if args.len() == 1 { Ok(()) } else { Err(raise::bad_argument(lua, 1, "expected 1 argument")) }
}

/// Sets a number if there is one, and returns it.
fn number(
    lua: &Lua,
    args: &Args,
    index: usize,
    setting: &mut i32,
    least: i32,
    most: i32,
) -> Result<Vec<Value>> {
    if !args.get(index).is_nil() {
        let value = args.integer(lua, index)? as i32;
        if !(least..=most).contains(&value) {
            return Err(raise::bad_argument(lua, 1, format!("expected integer between {least} and {most}")));
        }
        *setting = value;
    }
    Ok(vec![Value::Integer((*setting).into())])
}

/// Sets a choice if there is one; returns its place among the words. A boolean stands for the first and second.
fn choice(lua: &Lua, args: &Args, index: usize, words: &[&str]) -> Result<Option<usize>> {
    match args.get(index) {
        Value::Nil => Ok(None),
        Value::Boolean(value) => Ok(Some(usize::from(*value))),
        _ => {
            let word = args.string(lua, index)?;
            let word = word.as_bytes();
            let word = super::report::c_string(&word);
            match words.iter().position(|it| it.as_bytes() == word) {
                Some(place) => Ok(Some(place)),
                None => {
                    let problem = format!("invalid option '{}'", String::from_utf8_lossy(word));
                    Err(raise::bad_argument(lua, index, &problem))
                }
            }
        }
    }
}

fn switch(lua: &Lua, args: &Args, index: usize, setting: &mut bool) -> Result<Vec<Value>> {
    if let Some(place) = choice(lua, args, index, &["off", "on"])? {
        *setting = place == 1;
    }
    Ok(vec![Value::Boolean(*setting)])
}

fn encode_sparse_array(lua: &Lua, settings: &mut Settings, args: &Args) -> Result<Vec<Value>> {
    let mut all = switch(lua, args, 1, &mut settings.sparse_convert)?;
    all.extend(number(lua, args, 2, &mut settings.sparse_ratio, 0, i32::MAX)?);
    all.extend(number(lua, args, 3, &mut settings.sparse_safe, 0, i32::MAX)?);
    Ok(all)
}

fn encode_invalid_numbers(lua: &Lua, settings: &mut Settings, args: &Args) -> Result<Vec<Value>> {
    let kinds = [Invalid::Refuse, Invalid::Write, Invalid::Null];
    if let Some(place) = choice(lua, args, 1, &["off", "on", "null"])? {
        settings.encode_invalid = kinds[place];
    }
    Ok(vec![match settings.encode_invalid {
        Invalid::Refuse => Value::Boolean(false),
        Invalid::Write => Value::Boolean(true),
        Invalid::Null => Value::String(lua.create_string("null")?),
    }])
}
