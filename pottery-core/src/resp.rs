//! RESP2 and RESP3: what one element of Redis's protocol says, found in bytes that may break off anywhere.
//!
//! Nothing here allocates, and nothing trusts a length: an element that has not arrived is `None`, and whoever waits
//! for it makes room as it comes.

use crate::reply::Token;

/// No string of Redis is longer (its `proto-max-bulk-len`); a header that says so is no RESP.
const STRING_AT_MOST: u64 = 512 << 20;
/// No number has more digits, a sign and noughts before it included.
const NUMBER_AT_MOST: usize = 40;
/// Lines hold numbers, statuses and errors: scripts may make errors long, but not so long.
const LINE_AT_MOST: usize = 1 << 20;

/// What goes wrong is told in words only: nothing behind it can be understood.
type Found<T> = Result<Option<T>, &'static str>;

/// An element that has arrived whole.
#[derive(Debug)]
pub(crate) enum Arrived<'a> {
    Value(Token<'a>),
    /// An error reply, without its mark.
    Error(&'a [u8]),
    /// The header of a push or of attributes: this many values follow, which answer nothing.
    Aside(u64),
}

/// An element that is passed over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    pub(crate) mark: u8,
    /// How many bytes it has; of a string, those of its header.
    pub(crate) used: usize,
    /// How many values follow that belong to it.
    pub(crate) children: u64,
    /// How many bytes of a string follow, with those of its end.
    pub(crate) bytes: u64,
}

/// The first element, and how many bytes it has.
#[inline]
pub(crate) fn token(bytes: &[u8]) -> Found<(Arrived<'_>, usize)> {
    let Some(&mark) = bytes.first() else { return Ok(None) };
    match mark {
        b'$' => match string(bytes)? {
            Some((Some(text), used)) => Ok(Some((Arrived::Value(Token::Bytes(text)), used))),
            Some((None, used)) => Ok(Some((Arrived::Value(Token::Nil), used))),
            None => Ok(None),
        },
        b':' => {
            let Some((number, used)) = number(bytes)? else { return Ok(None) };
            Ok(Some((Arrived::Value(Token::Int(number)), used)))
        }
        b'*' | b'~' | b'%' | b'>' | b'|' => {
            let Some((count, used)) = number(bytes)? else { return Ok(None) };
            Ok(Some((collection(mark, count)?, used)))
        }
        _ => other(mark, bytes),
    }
}

fn collection(mark: u8, count: i64) -> Result<Arrived<'static>, &'static str> {
    if count == -1 && mark == b'*' {
        return Ok(Arrived::Value(Token::Nil));
    }
    let wrong = "a collection of a length that is none";
    let count = usize::try_from(count).map_err(|_| wrong)?;
    if count > isize::MAX as usize / 4 {
        return Err(wrong);
    }
    Ok(match mark {
        b'%' => Arrived::Value(Token::Map(count)),
        b'>' => Arrived::Aside(count as u64),
        b'|' => Arrived::Aside(2 * count as u64),
        _ => Arrived::Value(Token::Array(count)),
    })
}

/// The kinds that do not come by the thousand.
fn other(mark: u8, bytes: &[u8]) -> Found<(Arrived<'_>, usize)> {
    if matches!(mark, b'!' | b'=') {
        let Some((text, used)) = string(bytes)? else { return Ok(None) };
        let text = text.unwrap_or_default();
        return Ok(Some(match mark {
            b'!' => (Arrived::Error(text), used),
            // `txt:` or `mkd:` stands before the text
            _ => (Arrived::Value(Token::Bytes(text.get(4..).unwrap_or_default())), used),
        }));
    }
    let Some((line, used)) = line(bytes)? else { return Ok(None) };
    let token = match mark {
        b'+' | b'(' => Token::Bytes(line),
        b'-' => return Ok(Some((Arrived::Error(line), used))),
        b'_' => Token::Nil,
        b'#' => match line {
            b"t" => Token::Bool(true),
            b"f" => Token::Bool(false),
            _ => return Err("a truth value that is none"),
        },
        b',' => {
            let number = std::str::from_utf8(line).ok().and_then(|text| text.parse().ok());
            Token::Double(number.ok_or("a number that is none")?)
        }
        _ => return Err("a kind of reply that is not known"),
    };
    Ok(Some((Arrived::Value(token), used)))
}

/// The first element as one that nobody reads: its string need not have arrived.
pub(crate) fn element(bytes: &[u8]) -> Found<Element> {
    let Some(&mark) = bytes.first() else { return Ok(None) };
    let scalar = Element { mark, used: 0, children: 0, bytes: 0 };
    Ok(match mark {
        b'$' | b'!' | b'=' => length(bytes)?.map(|(length, used)| Element {
            used,
            bytes: length.map_or(0, |length| length + 2),
            ..scalar
        }),
        b'*' | b'~' | b'%' | b'>' | b'|' => match number(bytes)? {
            Some((count, used)) => {
                let children = match collection(mark, count)? {
                    Arrived::Value(token) => token.children(),
                    Arrived::Aside(values) => values,
                    Arrived::Error(_) => 0,
                };
                Some(Element { used, children, ..scalar })
            }
            None => None,
        },
        b'+' | b'-' | b':' | b'_' | b',' | b'#' | b'(' => {
            line(bytes)?.map(|(_, used)| Element { used, ..scalar })
        }
        _ => return Err("a kind of reply that is not known"),
    })
}

/// The number behind the mark, and where its line ends.
#[inline]
fn number(bytes: &[u8]) -> Found<(i64, usize)> {
    const WRONG: &str = "a number that is none";
    let mut at = 1;
    let negative = bytes.get(1) == Some(&b'-');
    at += usize::from(negative || bytes.get(1) == Some(&b'+'));
    let first = at;
    let mut number: i64 = 0;
    loop {
        match bytes.get(at) {
            Some(digit @ b'0'..=b'9') => {
                let digit = i64::from(digit - b'0');
                // 18 digits always fit
                number = if at - first < 18 {
                    number * 10 + digit
                } else {
                    let ten = number.checked_mul(10).ok_or(WRONG)?;
                    if negative { ten.checked_sub(digit) } else { ten.checked_add(digit) }.ok_or(WRONG)?
                };
                at += 1;
                // below zero there is room for one more than above
                if at - first == 18 && negative {
                    number = -number;
                }
            }
            Some(b'\r') if at > first => {
                return match bytes.get(at + 1) {
                    Some(b'\n') if negative && at - first < 18 => Ok(Some((-number, at + 2))),
                    Some(b'\n') => Ok(Some((number, at + 2))),
                    Some(_) => Err(WRONG),
                    None => Ok(None),
                };
            }
            None if at <= NUMBER_AT_MOST => return Ok(None),
            Some(_) | None => return Err(WRONG),
        }
    }
}

/// The length of a string, `None` for nil, and where its header ends.
#[inline]
fn length(bytes: &[u8]) -> Found<(Option<u64>, usize)> {
    match number(bytes)? {
        Some((-1, used)) => Ok(Some((None, used))),
        Some((length, used)) => match u64::try_from(length) {
            Ok(length) if length <= STRING_AT_MOST => Ok(Some((Some(length), used))),
            _ => Err("a string of a length that no string has"),
        },
        None => Ok(None),
    }
}

/// A string, `None` for nil, and where it ends.
#[inline]
fn string(bytes: &[u8]) -> Found<(Option<&[u8]>, usize)> {
    match length(bytes)? {
        Some((Some(length), from)) => {
            let to = from + length as usize;
            match bytes.get(to..to + 2) {
                Some(b"\r\n") => Ok(Some((Some(&bytes[from..to]), to + 2))),
                Some(_) => Err("a string that does not end where it says"),
                None => Ok(None),
            }
        }
        Some((None, used)) => Ok(Some((None, used))),
        None => Ok(None),
    }
}

/// The line behind the mark, and where it ends.
fn line(bytes: &[u8]) -> Found<(&[u8], usize)> {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) if bytes[end - 1] == b'\r' && end >= 2 => Ok(Some((&bytes[1..end - 1], end + 1))),
        Some(_) => Err("a line that ends before it should"),
        None if bytes.len() > LINE_AT_MOST => Err("a line of a length that no line has"),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(bytes: &[u8]) -> Token<'_> {
        match token(bytes) {
            Ok(Some((Arrived::Value(value), used))) => {
                assert_eq!(used, bytes.len());
                value
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_read_to_the_last_digit() {
        for number in [0, 1, -1, 42, 999_999_999_999_999_999, i64::MAX - 1, i64::MAX, i64::MIN + 1, i64::MIN]
        {
            assert_eq!(value(format!(":{number}\r\n").as_bytes()), Token::Int(number));
        }
        assert_eq!(value(b":+7\r\n"), Token::Int(7));
        for wrong in
            [":9223372036854775808\r\n", ":-9223372036854775809\r\n", ":\r\n", ":-\r\n", ":1x\r\n", ":1\rx"]
        {
            assert!(token(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn each_kind_is_known() {
        assert_eq!(value(b"$5\r\na\r\nbc\r\n"), Token::Bytes(b"a\r\nbc"));
        assert_eq!(value(b"+OK\r\n"), Token::Bytes(b"OK"));
        assert_eq!(value(b"=7\r\ntxt:abc\r\n"), Token::Bytes(b"abc"));
        assert_eq!(value(b"(123\r\n"), Token::Bytes(b"123"));
        assert_eq!(value(b",-1.5e3\r\n"), Token::Double(-1500.0));
        assert_eq!(value(b",inf\r\n"), Token::Double(f64::INFINITY));
        assert_eq!(value(b"#t\r\n"), Token::Bool(true));
        for nil in [&b"$-1\r\n"[..], b"*-1\r\n", b"_\r\n"] {
            assert_eq!(value(nil), Token::Nil);
        }
        assert_eq!(value(b"~3\r\n"), Token::Array(3));
        assert_eq!(value(b"%3\r\n"), Token::Map(3));
        assert!(matches!(token(b"!6\r\nERR no\r\n"), Ok(Some((Arrived::Error(b"ERR no"), 12)))));
        assert!(matches!(token(b"|1\r\n"), Ok(Some((Arrived::Aside(2), 4)))));
    }

    #[test]
    fn what_is_no_resp_is_told() {
        let wrong = [
            "x\r\n",
            "$5\r\nabcdefg",
            "$-2\r\n",
            "$536870913\r\n",
            "*-2\r\n",
            "%-1\r\n",
            "*9223372036854775807\r\n",
            "$?\r\n",
            "*?\r\n",
            "#x\r\n",
            ",x\r\n",
            "+\n",
            "HTTP/1.1 400 Bad Request\r\n",
        ];
        for wrong in wrong {
            assert!(token(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(token(&[b'+'; LINE_AT_MOST + 2]).is_err());
    }
}
