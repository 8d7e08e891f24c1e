//! `cjson.decode`

use mlua::{Error, Lua, Result, Table, Value};

use super::Settings;
use crate::engine::script::number::strtod;
use crate::engine::script::raise;

/// Reads JSON.
pub(super) fn decode(lua: &Lua, settings: &Settings, text: &[u8]) -> Result<Value> {
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(raise::text(lua, "JSON parser does not support UTF-16 or UTF-32"));
    }
    let mut decoder = Decoder { lua, settings, text, at: 0, depth: 0 };
    let token = decoder.token();
    let value = decoder.value(token)?;
    let (token, at) = decoder.token();
    match token {
        Token::End => Ok(value),
        other => Err(decoder.unexpected("the end", &other, at)),
    }
}

/// Deeper than this would need more of the thread's stack than there may be.
const DEEPEST: i32 = 1500;

#[derive(Debug)]
enum Token {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    String(Vec<u8>),
    Number(f64),
    Boolean(bool),
    Null,
    Colon,
    Comma,
    End,
    /// What isn't JSON, and why.
    Error(&'static str),
}

impl Token {
    /// What errors call it.
    fn name(&self) -> &'static str {
        match self {
            Token::ObjectBegin => "T_OBJ_BEGIN",
            Token::ObjectEnd => "T_OBJ_END",
            Token::ArrayBegin => "T_ARR_BEGIN",
            Token::ArrayEnd => "T_ARR_END",
            Token::String(_) => "T_STRING",
            Token::Number(_) => "T_NUMBER",
            Token::Boolean(_) => "T_BOOLEAN",
            Token::Null => "T_NULL",
            Token::Colon => "T_COLON",
            Token::Comma => "T_COMMA",
            Token::End => "T_END",
            Token::Error(problem) => problem,
        }
    }
}

struct Decoder<'a> {
    lua: &'a Lua,
    settings: &'a Settings,
    text: &'a [u8],
    at: usize,
    depth: i32,
}

impl Decoder<'_> {
    fn unexpected(&self, expected: &str, token: &Token, at: usize) -> Error {
        let text = format!("Expected {expected} but found {} at character {}", token.name(), at + 1);
        raise::text(self.lua, text)
    }

    fn value(&mut self, (token, at): (Token, usize)) -> Result<Value> {
        match token {
            Token::String(text) => Ok(Value::String(self.lua.create_string(text)?)),
            Token::Number(number) => Ok(Value::Number(number)),
            Token::Boolean(value) => Ok(Value::Boolean(value)),
            Token::Null => Ok(Value::NULL),
            Token::ObjectBegin => self.object().map(Value::Table),
            Token::ArrayBegin => self.array().map(Value::Table),
            other => Err(self.unexpected("value", &other, at)),
        }
    }

    fn descend(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > self.settings.decode_max_depth.min(DEEPEST) {
            let text =
                format!("Found too many nested data structures ({}) at character {}", self.depth, self.at);
            return Err(raise::text(self.lua, text));
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Table> {
        self.descend()?;
        let table = self.lua.create_table()?;
        let (mut token, mut at) = self.token();
        if let Token::ObjectEnd = token {
            self.depth -= 1;
            return Ok(table);
        }
        loop {
            let Token::String(key) = token else {
                return Err(self.unexpected("object key string", &token, at));
            };
            (token, at) = self.token();
            let Token::Colon = token else { return Err(self.unexpected("colon", &token, at)) };
            let next = self.token();
            let value = self.value(next)?;
            table.raw_set(self.lua.create_string(key)?, value)?;
            (token, at) = self.token();
            match token {
                Token::ObjectEnd => break,
                Token::Comma => (token, at) = self.token(),
                other => return Err(self.unexpected("comma or object end", &other, at)),
            }
        }
        self.depth -= 1;
        Ok(table)
    }

    fn array(&mut self) -> Result<Table> {
        self.descend()?;
        let table = self.lua.create_table()?;
        let mut next = self.token();
        if let Token::ArrayEnd = next.0 {
            self.depth -= 1;
            return Ok(table);
        }
        for index in 1.. {
            let value = self.value(next)?;
            table.raw_seti(index, value)?;
            let (token, at) = self.token();
            match token {
                Token::ArrayEnd => break,
                Token::Comma => next = self.token(),
                other => return Err(self.unexpected("comma or array end", &other, at)),
            }
        }
        self.depth -= 1;
        Ok(table)
    }

    /// The next token, and where it begins.
    fn token(&mut self) -> (Token, usize) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        let start = self.at;
        // A zero byte ends the text, as in C.
        let Some(byte) = self.text.get(start).filter(|byte| **byte != 0) else { return (Token::End, start) };
        let single = match byte {
            b'{' => Some(Token::ObjectBegin),
            b'}' => Some(Token::ObjectEnd),
            b'[' => Some(Token::ArrayBegin),
            b']' => Some(Token::ArrayEnd),
            b',' => Some(Token::Comma),
            b':' => Some(Token::Colon),
            _ => None,
        };
        if let Some(token) = single {
            self.at += 1;
            return (token, start);
        }
        match byte {
            b'"' => self.string(start),
            b'-' | b'0'..=b'9' => {
                if !self.settings.decode_invalid && invalid_number(&self.text[start..]) {
                    return (Token::Error("invalid number"), start);
                }
                (self.number(), start)
            }
            b'+' | b'i' | b'I' | b'n' | b'N' | b't' | b'f' => (self.word(), start),
            _ => (Token::Error("invalid token"), start),
        }
    }

    fn word(&mut self) -> Token {
        let rest = &self.text[self.at..];
        let words = [
            (b"true".as_slice(), Token::Boolean(true)),
            (b"false", Token::Boolean(false)),
            (b"null", Token::Null),
        ];
        for (word, token) in words {
            if rest.starts_with(word) {
                self.at += word.len();
                return token;
            }
        }
        if self.settings.decode_invalid && invalid_number(rest) {
            return self.number();
        }
        Token::Error("invalid token")
    }

    fn number(&mut self) -> Token {
        match strtod(&self.text[self.at..]) {
            Some((value, length)) => {
                self.at += length;
                Token::Number(value)
            }
            None => Token::Error("invalid number"),
        }
    }

    fn string(&mut self, start: usize) -> (Token, usize) {
        let mut text = Vec::new();
        self.at += 1;
        loop {
            match self.text.get(self.at) {
                None | Some(0) => return (Token::Error("unexpected end of string"), self.at),
                Some(b'"') => {
                    self.at += 1;
                    return (Token::String(text), start);
                }
                Some(b'\\') => {
                    let escape = self.text.get(self.at + 1).copied().unwrap_or(0);
                    text.push(match escape {
                        b'"' | b'\\' | b'/' => escape,
                        b'b' => 8,
                        b'f' => 12,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'u' => {
                            let Some((code, length)) = unicode(&self.text[self.at..]) else {
                                return (Token::Error("invalid unicode escape code"), self.at);
                            };
                            push_utf8(&mut text, code);
                            self.at += length;
                            continue;
                        }
                        _ => return (Token::Error("invalid escape code"), self.at),
                    });
                    self.at += 2;
                }
                Some(byte) => {
                    text.push(*byte);
                    self.at += 1;
                }
            }
        }
    }
}

/// Whether it looks like a number that JSON doesn't know: infinite, hexadecimal, with a sign or a zero too many.
fn invalid_number(text: &[u8]) -> bool {
    let text = match text {
        [b'+', ..] => return true,
        [b'-', rest @ ..] => rest,
        _ => text,
    };
    match text {
        [b'0', b'x' | b'X' | b'0'..=b'9', ..] => true,
        [b'0'..=b'9', ..] => false,
        _ => [b"inf", b"nan"].iter().any(|word| text.len() >= 3 && text[..3].eq_ignore_ascii_case(*word)),
    }
}

/// The character of `\uXXXX`, or of two of those, and the length of both together.
fn unicode(text: &[u8]) -> Option<(u32, usize)> {
    let code = |at: usize| {
        let digits = text.get(at + 2..at + 6)?;
        if text.get(at..at + 2)? != b"\\u" {
            return None;
        }
        digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
    };
    let high = code(0)?;
    match high {
        0xD800..0xDC00 => match code(6)? {
            low @ 0xDC00..0xE000 => Some((0x1_0000 + ((high & 0x3FF) << 10) + (low & 0x3FF), 12)),
            _ => None,
        },
        0xDC00..0xE000 => None,
        _ => Some((high, 6)),
    }
}

fn push_utf8(text: &mut Vec<u8>, code: u32) {
    if let Some(character) = char::from_u32(code) {
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
}
