//! Requests, as they arrive in any portions.

use smallvec::SmallVec;

use crate::engine::args::{Args, Owned};
use crate::engine::number::parse_i64;

/// A line without an end may get this long.
const LINE: usize = 64 * 1024;
/// What a client that hasn't logged in may send: it must not make the server hold much.
const UNAUTHENTICATED_ARGUMENTS: i64 = 10;
const UNAUTHENTICATED_LENGTH: i64 = 16 * 1024;

/// What a request may be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Whether the client has yet to log in.
    pub(crate) unauthenticated: bool,
    /// The longest argument, in bytes: `proto-max-bulk-len`.
    pub(crate) longest: i64,
}

/// What [`Parser::next`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A whole request, which [`Parser::args`] hands out. It takes this many bytes.
    Command(usize),
    /// This many bytes that ask for nothing: an empty line or an empty array.
    Nothing(usize),
    /// More has to come.
    Incomplete,
}

/// Reads one request after the other. It remembers how far it has read, so no byte is looked at twice, however small
/// the portions; and it copies nothing but quoted arguments of requests typed by hand.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// Up to where the request has been understood, from its start.
    at: usize,
    /// Up to where there is no line end.
    scanned: usize,
    /// Arguments still to come, once the head is known.
    missing: Option<i64>,
    /// The length of the argument at `at`, once it is known.
    length: Option<usize>,
    /// Where the arguments lie.
    places: SmallVec<[(usize, usize); 8]>,
    /// The arguments of a request typed by hand.
    typed: Option<Owned>,
}

impl Parser {
    /// Looks for a request at the start of `input`. After [`Step::Incomplete`], call it again with the same bytes and
    /// more; after the others, with what comes behind the bytes they took.
    ///
    /// # Errors
    /// The text of a protocol error, after which the connection is of no use.
    pub(crate) fn next(&mut self, input: &[u8], limits: Limits) -> Result<Step, String> {
        if self.at == 0 && self.missing.is_none() {
            self.places.clear();
            self.typed = None;
        }
        let step = match (self.missing, input.first()) {
            (None, None) => return Ok(Step::Incomplete),
            (None, Some(b'*')) => match self.head(input, limits)? {
                Some(step) => step,
                None => self.arguments(input, limits)?,
            },
            (None, Some(_)) => self.inline(input)?,
            (Some(_), _) => self.arguments(input, limits)?,
        };
        if step != Step::Incomplete {
            (self.at, self.scanned, self.missing, self.length) = (0, 0, None, None);
        }
        Ok(step)
    }

    /// The arguments of the request that [`Parser::next`] just found at the start of `input`.
    pub(crate) fn args<'a>(&'a self, input: &'a [u8]) -> Args<'a> {
        match &self.typed {
            Some(typed) => typed.as_args(),
            None => self.places.iter().map(|(start, end)| &input[*start..*end]).collect(),
        }
    }

    /// Reads `*3`. Returns a step when that is all there is to do.
    fn head(&mut self, input: &[u8], limits: Limits) -> Result<Option<Step>, String> {
        let Some((start, end)) = self.line(input, "too big mbulk count string")? else {
            return Ok(Some(Step::Incomplete));
        };
        let count = parse_i64(&input[start + 1..end])
            .filter(|count| *count <= i64::from(i32::MAX))
            .ok_or("invalid multibulk length")?;
        if limits.unauthenticated && count > UNAUTHENTICATED_ARGUMENTS {
            return Err("unauthenticated multibulk length".to_owned());
        }
        if count <= 0 {
            return Ok(Some(Step::Nothing(self.at)));
        }
        self.missing = Some(count);
        Ok(None)
    }

    /// Reads `$3`, `SET` and so on.
    fn arguments(&mut self, input: &[u8], limits: Limits) -> Result<Step, String> {
        let mut missing = self.missing.unwrap_or_default();
        while missing > 0 {
            let length = match self.length {
                Some(length) => length,
                None => {
                    let Some((start, end)) = self.line(input, "too big bulk count string")? else { break };
                    if input[start] != b'$' {
                        return Err(format!("expected '$', got '{}'", printable(input[start])));
                    }
                    let length = parse_i64(&input[start + 1..end])
                        .filter(|length| (0..=limits.longest).contains(length))
                        .ok_or("invalid bulk length")?;
                    if limits.unauthenticated && length > UNAUTHENTICATED_LENGTH {
                        return Err("unauthenticated bulk length".to_owned());
                    }
                    *self.length.insert(usize::try_from(length).map_err(|_| "invalid bulk length")?)
                }
            };
            if input.len() - self.at < length + 2 {
                break;
            }
            self.places.push((self.at, self.at + length));
            self.at += length + 2;
            self.scanned = self.at;
            self.length = None;
            missing -= 1;
        }
        self.missing = Some(missing);
        Ok(if missing == 0 { Step::Command(self.at) } else { Step::Incomplete })
    }

    /// Reads a line typed by hand.
    fn inline(&mut self, input: &[u8]) -> Result<Step, String> {
        let from = self.scanned;
        let Some(end) = input[from..].iter().position(|byte| *byte == b'\n').map(|length| from + length)
        else {
            self.scanned = input.len();
            return if input.len() > LINE {
                Err("too big inline request".to_owned())
            } else {
                Ok(Step::Incomplete)
            };
        };
        let line = input[..end].strip_suffix(b"\r").unwrap_or(&input[..end]);
        let args = split_words(line).ok_or("unbalanced quotes in request")?;
        let nothing = args == Owned::default();
        self.typed = Some(args);
        Ok(if nothing { Step::Nothing(end + 1) } else { Step::Command(end + 1) })
    }

    /// Where the line at `at` starts and ends; goes past it. `None` until it has ended.
    fn line(&mut self, input: &[u8], too_long: &str) -> Result<Option<(usize, usize)>, String> {
        let from = self.scanned.max(self.at);
        match input[from..].iter().position(|byte| *byte == b'\r') {
            Some(length) if from + length + 1 < input.len() => {
                let line = (self.at, from + length);
                self.at = line.1 + 2;
                self.scanned = self.at;
                Ok(Some(line))
            }
            Some(length) => {
                self.scanned = from + length;
                Ok(None)
            }
            None => {
                self.scanned = input.len();
                if input.len() - self.at > LINE { Err(too_long.to_owned()) } else { Ok(None) }
            }
        }
    }
}

/// One byte as it appears in an error, which is text.
fn printable(byte: u8) -> char {
    if byte.is_ascii() { char::from(byte) } else { char::REPLACEMENT_CHARACTER }
}

/// Splits a line into words, where quotes join and `\` escapes. `None` when a quote isn't closed, or is closed in the
/// middle of a word.
pub(crate) fn split_words(line: &[u8]) -> Option<Owned> {
    let mut words = Owned::default();
    let mut rest = line;
    loop {
        while let [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, after @ ..] = rest {
            rest = after;
        }
        if rest.is_empty() || rest[0] == 0 {
            return Some(words);
        }
        let (word, after) = word(rest)?;
        words.push(&word);
        rest = after;
    }
}

/// The word at the start, and what follows it.
fn word(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    loop {
        match rest {
            [] | [b' ' | b'\t' | b'\n' | b'\r' | 0, ..] => return Some((word, rest)),
            [b'"', after @ ..] => {
                rest = double_quoted(after, &mut word)?;
                return ends_word(rest).then_some((word, rest));
            }
            [b'\'', after @ ..] => {
                rest = single_quoted(after, &mut word)?;
                return ends_word(rest).then_some((word, rest));
            }
            [byte, after @ ..] => {
                word.push(*byte);
                rest = after;
            }
        }
    }
}

fn ends_word(rest: &[u8]) -> bool {
    matches!(rest, [] | [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0, ..])
}

fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    loop {
        rest = match rest {
            [] => return None,
            [b'"', after @ ..] => return Some(after),
            [b'\\', b'x', high, low, after @ ..] if digit(*high).is_some() && digit(*low).is_some() => {
                word.push(digit(*high)? * 16 + digit(*low)?);
                after
            }
            [b'\\', escaped, after @ ..] => {
                word.push(match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 8,
                    b'a' => 7,
                    other => *other,
                });
                after
            }
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        };
    }
}

fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        rest = match rest {
            [] => return None,
            [b'\'', after @ ..] => return Some(after),
            [b'\\', b'\'', after @ ..] => {
                word.push(b'\'');
                after
            }
            [byte, after @ ..] => {
                word.push(*byte);
                after
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { unauthenticated: false, longest: 512 * 1024 * 1024 };

    /// All requests in `input` when it arrives in portions of `portion` bytes.
    fn parse(input: &[u8], portion: usize, limits: Limits) -> Result<Vec<Vec<Vec<u8>>>, String> {
        let mut parser = Parser::default();
        let (mut start, mut end) = (0, 0);
        let mut found = Vec::new();
        while end < input.len() {
            end = (end + portion).min(input.len());
            loop {
                match parser.next(&input[start..end], limits)? {
                    Step::Command(length) => {
                        found.push(parser.args(&input[start..end]).iter().map(|arg| arg.to_vec()).collect());
                        start += length;
                    }
                    Step::Nothing(length) => start += length,
                    Step::Incomplete => break,
                }
            }
        }
        Ok(found)
    }

    #[test]
    fn requests_are_found_however_they_arrive() {
        let input = b"*1\r\n$4\r\nPING\r\n*0\r\n*-1\r\n\r\nGET  'a b' \"\\x41\\n\"\n\
            *3\r\n$3\r\nSET\r\n$0\r\n\r\n$4\r\na\r\nb\r\nECHO x\r\n";
        let expected: &[&[&[u8]]] =
            &[&[b"PING"], &[b"GET", b"a b", b"A\n"], &[b"SET", b"", b"a\r\nb"], &[b"ECHO", b"x"]];
        for portion in 1..=input.len() {
            assert_eq!(parse(input, portion, LIMITS).expect("these are requests"), expected, "{portion}");
        }
    }

    #[test]
    fn what_is_not_the_protocol_is_refused_in_the_words_of_redis() {
        let stranger = Limits { unauthenticated: true, ..LIMITS };
        let long = [b'1'; LINE + 2];
        for (input, limits, text) in [
            (&b"*x\r\n"[..], LIMITS, "invalid multibulk length"),
            (b"*2147483648\r\n", LIMITS, "invalid multibulk length"),
            (b"*1\r\n:1\r\n", LIMITS, "expected '$', got ':'"),
            (b"*1\r\n$-1\r\n", LIMITS, "invalid bulk length"),
            (b"*1\r\n$536870913\r\n", LIMITS, "invalid bulk length"),
            (b"GET \"a\n", LIMITS, "unbalanced quotes in request"),
            (b"GET 'a'b\n", LIMITS, "unbalanced quotes in request"),
            (&long, LIMITS, "too big inline request"),
            (&[&b"*"[..], &long].concat(), LIMITS, "too big mbulk count string"),
            (&[&b"*1\r\n$"[..], &long].concat(), LIMITS, "too big bulk count string"),
            (b"*11\r\n", stranger, "unauthenticated multibulk length"),
            (b"*1\r\n$16385\r\n", stranger, "unauthenticated bulk length"),
        ] {
            for portion in [1, 7, input.len()] {
                assert_eq!(parse(input, portion, limits), Err(text.to_owned()));
            }
        }
    }
}
