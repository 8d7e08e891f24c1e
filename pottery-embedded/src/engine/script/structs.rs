//! The library `struct`: C structures as strings.

use mlua::{Lua, MultiValue, Result, Table, Value};

use super::raise::{self, Args};

/// The functions.
pub(super) fn library(lua: &Lua) -> Result<Table> {
    let library = lua.create_table()?;
    library.raw_set("pack", lua.create_function(|lua, args: Args| pack(lua, &args))?)?;
    library.raw_set("unpack", lua.create_function(|lua, args: Args| unpack(lua, &args))?)?;
    library.raw_set("size", lua.create_function(|lua, args: Args| size(lua, &args))?)?;
    Ok(library)
}

/// A format as it is read.
struct Format<'a> {
    lua: &'a Lua,
    rest: &'a [u8],
    big: bool,
    align: usize,
}

/// The largest size of an integer, and of anything that a number in a format says.
const INTEGER: usize = 32;
const LARGEST: usize = i32::MAX as usize;

/// One element of a format.
struct Item {
    option: u8,
    size: usize,
}

impl<'a> Format<'a> {
    fn new(lua: &'a Lua, text: &'a [u8]) -> Format<'a> {
        Format { lua, rest: super::report::c_string(text), big: false, align: 1 }
    }

    fn next(&mut self) -> Result<Option<Item>> {
        let Some((option, rest)) = self.rest.split_first() else { return Ok(None) };
        self.rest = rest;
        let size = match option {
            b'B' | b'b' | b'x' => 1,
            b'H' | b'h' => 2,
            b'L' | b'l' | b'T' | b'd' => 8,
            b'f' => 4,
            b'c' => self.number(1)?,
            b'i' | b'I' => {
                let size = self.number(4)?;
                if size > INTEGER {
                    let problem = format!("integral size {size} is larger than limit of {INTEGER}");
                    return Err(raise::text(self.lua, problem));
                }
                size
            }
            _ => 0,
        };
        Ok(Some(Item { option: *option, size }))
    }

    /// A number in the format, or what stands for an absent one.
    fn number(&mut self, default: usize) -> Result<usize> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return Ok(default);
        }
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = number.iter().try_fold(0usize, |all, digit| {
            let next = all.checked_mul(10)?.checked_add(usize::from(digit - b'0'))?;
            (next <= LARGEST).then_some(next)
        });
        number.ok_or_else(|| raise::text(self.lua, "integral size overflow"))
    }

    /// How many bytes come before an item so that it is aligned.
    fn padding(&self, at: usize, item: &Item) -> usize {
        if item.size == 0 || item.option == b'c' {
            return 0;
        }
        let size = item.size.min(self.align);
        size.wrapping_sub(at & (size - 1)) & (size - 1)
    }

    /// Does what an item says that isn't one of the data.
    fn control(&mut self, item: &Item) -> Result<()> {
        match item.option {
            b'>' => self.big = true,
            b'<' => self.big = false,
            b'!' => {
                let align = self.number(8)?;
                if !align.is_power_of_two() {
                    let problem = format!("alignment {align} is not a power of 2");
                    return Err(raise::text(self.lua, problem));
                }
                self.align = align;
            }
            b' ' => {}
            other => {
                let problem = [b"invalid format option '", [other].as_slice(), b"'"].concat();
                return Err(raise::bad_argument(self.lua, 1, problem));
            }
        }
        Ok(())
    }

    /// Bytes in the order that the format asks for, given those of the least weight first.
    fn ordered(&self, out: &mut Vec<u8>, bytes: impl DoubleEndedIterator<Item = u8>) {
        if self.big { out.extend(bytes.rev()) } else { out.extend(bytes) }
    }
}

fn pack(lua: &Lua, args: &Args) -> Result<Value> {
    let text = args.string(lua, 1)?;
    // What is missing now is called a nil.
    let args = &args.with_nil();
    let text = text.as_bytes();
    let mut format = Format::new(lua, &text);
    let mut out = Vec::new();
    let mut arg = 2;
    while let Some(item) = format.next()? {
        out.resize(out.len() + format.padding(out.len(), &item), 0);
        match item.option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let value = word(args.number(lua, arg)?);
                arg += 1;
                let bytes = value.to_le_bytes();
                format.ordered(&mut out, (0..item.size).map(|at| bytes.get(at).copied().unwrap_or(0)));
            }
            b'x' => out.push(0),
            b'f' => {
                let value = args.number(lua, arg)? as f32;
                arg += 1;
                format.ordered(&mut out, value.to_le_bytes().into_iter());
            }
            b'd' => {
                let value = args.number(lua, arg)?;
                arg += 1;
                format.ordered(&mut out, value.to_le_bytes().into_iter());
            }
            b'c' | b's' => {
                let value = args.string(lua, arg)?;
                let value = value.as_bytes();
                arg += 1;
                let size = if item.size == 0 { value.len() } else { item.size };
                let Some(value) = value.get(..size) else {
                    return Err(raise::bad_argument(lua, arg, "string too short"));
                };
                out.extend_from_slice(value);
                if item.option == b's' {
                    out.push(0);
                }
            }
            _ => format.control(&item)?,
        }
    }
    Ok(Value::String(lua.create_string(out)?))
}

/// A number as C makes an unsigned word of it.
fn word(number: f64) -> u64 {
    if number < 0.0 { raise::c_integer(number).cast_unsigned() } else { number as u64 }
}

fn unpack(lua: &Lua, args: &Args) -> Result<MultiValue> {
    let text = args.string(lua, 1)?;
    let text = text.as_bytes();
    let data = args.string(lua, 2)?;
    let data = data.as_bytes();
    let start = args.integer_or(lua, 3, 1)?;
    if start == 0 {
        return Err(raise::bad_argument(lua, 3, "offset must be 1 or greater"));
    }
    // A negative one is far behind the end.
    let mut at = usize::try_from(start - 1).unwrap_or(usize::MAX);
    let mut format = Format::new(lua, &text);
    let mut values = Vec::new();
    let short = || raise::bad_argument(lua, 2, "data string too short");
    while let Some(item) = format.next()? {
        at = at.saturating_add(format.padding(at, &item));
        let mut size = item.size;
        let bytes = at.checked_add(size).and_then(|end| data.get(at..end)).ok_or_else(short)?;
        if values.len() >= SLOTS {
            return Err(raise::text(lua, "stack overflow (too many results)"));
        }
        match item.option {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                values.push(Value::Number(integer(bytes, format.big, item.option.is_ascii_lowercase())));
            }
            b'f' => values.push(Value::Number(f32::from_bits(weighted(bytes, format.big) as u32).into())),
            b'd' => values.push(Value::Number(f64::from_bits(weighted(bytes, format.big)))),
            b'c' if size > 0 => values.push(Value::String(lua.create_string(bytes)?)),
            b'c' => {
                let length = match values.last() {
                    Some(value) => raise::number(lua, value)?,
                    None => None,
                };
                let Some(length) = length else {
                    return Err(raise::text(lua, "format 'c0' needs a previous size"));
                };
                values.pop();
                let length = if length >= 0.0 { length as usize } else { usize::MAX };
                let bytes = at.checked_add(length).and_then(|end| data.get(at..end)).ok_or_else(short)?;
                values.push(Value::String(lua.create_string(bytes)?));
                size = length;
            }
            b's' => {
                let rest = &data[at..];
                let Some(end) = rest.iter().position(|byte| *byte == 0) else {
                    return Err(raise::text(lua, "unfinished string in data"));
                };
                values.push(Value::String(lua.create_string(&rest[..end])?));
                size = end + 1;
            }
            b'x' => {}
            _ => format.control(&item)?,
        }
        at += size;
    }
    values.push(Value::Integer(at as i64 + 1));
    Ok(MultiValue::from_vec(values))
}

/// How many results there can be.
const SLOTS: usize = 7900;

/// Bytes as one number, as far as it is wide enough.
fn weighted(bytes: &[u8], big: bool) -> u64 {
    let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
    if big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

fn integer(bytes: &[u8], big: bool, signed: bool) -> f64 {
    let number = weighted(bytes, big);
    if !signed {
        return number as f64;
    }
    let mask = u64::MAX << ((8 * bytes.len()).wrapping_sub(1) & 63);
    let number = if number & mask == 0 { number } else { number | mask };
    number.cast_signed() as f64
}

fn size(lua: &Lua, args: &Args) -> Result<usize> {
    let text = args.string(lua, 1)?;
    let text = text.as_bytes();
    let mut format = Format::new(lua, &text);
    let mut total = 0usize;
    while let Some(item) = format.next()? {
        let padding = format.padding(total, &item);
        if item.option == b's' {
            return Err(raise::bad_argument(lua, 1, "option 's' has no fixed size"));
        }
        if item.option == b'c' && item.size == 0 {
            return Err(raise::bad_argument(lua, 1, "option 'c0' has no fixed size"));
        }
        if !item.option.is_ascii_alphanumeric() {
            format.control(&item)?;
        }
        total = total.saturating_add(padding).saturating_add(item.size);
    }
    Ok(total)
}
