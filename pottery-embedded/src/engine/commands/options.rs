//! Reading arguments.

use crate::engine::error::Error;
use crate::engine::number::{parse_f64, parse_i64};

/// Whether an argument is a word, in any case. `word` is in upper case.
pub(crate) fn is(arg: &[u8], word: &str) -> bool {
    arg.eq_ignore_ascii_case(word.as_bytes())
}

/// For a second word that doesn't go with so many arguments.
pub(crate) fn wrong_subcommand(args: &[&[u8]]) -> Error {
    let word = &args[1][..args[1].len().min(128)];
    let name = args[0].to_ascii_uppercase();
    Error::bytes(
        [b"ERR unknown subcommand or wrong number of arguments for '", word, b"'. Try ", &name, b" HELP."]
            .concat(),
    )
}

/// A whole number.
pub(crate) fn integer(arg: &[u8]) -> Result<i64, Error> {
    parse_i64(arg).ok_or(Error::NOT_INTEGER)
}

/// A whole number of 32 bits.
pub(crate) fn int(arg: &[u8]) -> Result<i32, Error> {
    i32::try_from(integer(arg)?)
        .map_err(|_| Error::text("ERR value is out of range, value must between -2147483648 and 2147483647"))
}

/// A number from 0 to the largest `i64`.
pub(crate) fn positive(arg: &[u8]) -> Result<usize, Error> {
    let number = parse_i64(arg).ok_or(Error::NOT_POSITIVE)?;
    usize::try_from(number).map_err(|_| Error::NOT_POSITIVE)
}

/// A time to wait, in milliseconds from now; `None` for none at all.
pub(crate) fn timeout_ms(now: i64, arg: &[u8]) -> Result<Option<i64>, Error> {
    let millis = parse_i64(arg).ok_or(Error::text("ERR timeout is not an integer or out of range"))?;
    match millis {
        0 => Ok(None),
        ..0 => Err(Error::text("ERR timeout is negative")),
        // Redis adds without looking, and what has overflowed is over already.
        _ => Ok(now.checked_add(millis)),
    }
}

/// A floating point number that isn't NaN.
pub(crate) fn float(arg: &[u8]) -> Result<f64, Error> {
    parse_f64(arg).filter(|value| !value.is_nan()).ok_or(Error::NOT_FLOAT)
}

/// The elements from `start` to `stop` of `length`, both inclusive and counted from the end if negative, as
/// `LRANGE`, `GETRANGE` and others take them. `None` when there are none.
pub(crate) fn slice(start: i64, stop: i64, length: usize) -> Option<std::ops::Range<usize>> {
    let length = i64::try_from(length).ok()?;
    let from_end = |at: i64| if at < 0 { length.saturating_add(at) } else { at };
    let start = from_end(start).max(0);
    let stop = from_end(stop).min(length - 1);
    if start > stop || start >= length {
        return None;
    }
    Some(usize::try_from(start).ok()?..usize::try_from(stop + 1).ok()?)
}
