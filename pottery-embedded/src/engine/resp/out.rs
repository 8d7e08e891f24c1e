//! Replies, written straight into the client's buffer in the version of the protocol that it speaks.

use crate::engine::error::Error;
use crate::engine::number::format_f64;

/// A reply buffer that knows the protocol. RESP2 has no maps, sets, doubles, booleans or pushes; for a client that
/// speaks it they become what Redis makes of them.
#[derive(Debug, Default)]
pub(crate) struct Out {
    bytes: Vec<u8>,
    /// Whether the client speaks RESP3.
    pub(crate) resp3: bool,
}

/// The place of a length that isn't known yet: [`Out::later`].
#[derive(Clone, Copy, Debug)]
#[must_use]
pub(crate) struct Later(usize);

impl Out {
    /// Goes on behind what is in `bytes`.
    pub(crate) fn new(bytes: Vec<u8>, resp3: bool) -> Out {
        Out { bytes, resp3 }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// How many bytes have been written; [`Out::truncate`] goes back to it.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// Bytes that are the protocol already.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// `+OK`
    pub(crate) fn ok(&mut self) {
        self.raw(b"+OK\r\n");
    }

    /// A status. It is one line, so it must hold no line end.
    pub(crate) fn simple(&mut self, text: &str) {
        self.bytes.push(b'+');
        self.raw(text.as_bytes());
        self.raw(b"\r\n");
    }

    pub(crate) fn error(&mut self, error: &Error) {
        self.bytes.push(b'-');
        let start = self.bytes.len();
        self.raw(error.as_bytes());
        for byte in &mut self.bytes[start..] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        self.raw(b"\r\n");
    }

    pub(crate) fn integer(&mut self, value: i64) {
        match value {
            0 => self.raw(b":0\r\n"),
            1 => self.raw(b":1\r\n"),
            _ => self.head(b':', value),
        }
    }

    /// A number of things: an integer.
    pub(crate) fn count(&mut self, value: usize) {
        self.head(b':', value);
    }

    pub(crate) fn bulk(&mut self, bytes: &[u8]) {
        self.bytes.reserve(bytes.len() + 16);
        self.head(b'$', bytes.len());
        self.raw(bytes);
        self.raw(b"\r\n");
    }

    /// A number as a string of digits.
    pub(crate) fn bulk_integer(&mut self, value: i64) {
        self.bulk(itoa::Buffer::new().format(value).as_bytes());
    }

    /// The string, or nothing.
    pub(crate) fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// The absence of a value: in RESP2 the null string.
    pub(crate) fn null(&mut self) {
        self.raw(if self.resp3 { b"_\r\n" } else { b"$-1\r\n" });
    }

    /// The absence of a list of values: in RESP2 the null array.
    pub(crate) fn null_array(&mut self) {
        self.raw(if self.resp3 { b"_\r\n" } else { b"*-1\r\n" });
    }

    /// The head of an array; the elements follow.
    pub(crate) fn array(&mut self, length: usize) {
        self.head(b'*', length);
    }

    /// The head of a map; keys and values follow in turn. In RESP2 an array twice as long.
    pub(crate) fn map(&mut self, pairs: usize) {
        if self.resp3 { self.head(b'%', pairs) } else { self.head(b'*', 2 * pairs) }
    }

    /// The head of a set. In RESP2 an array.
    pub(crate) fn set(&mut self, length: usize) {
        self.head(if self.resp3 { b'~' } else { b'*' }, length);
    }

    /// The head of a message that answers no request. In RESP2 an array.
    pub(crate) fn push(&mut self, length: usize) {
        self.head(if self.resp3 { b'>' } else { b'*' }, length);
    }

    /// In RESP2 a string.
    pub(crate) fn double(&mut self, value: f64) {
        let text = format_f64(value);
        if self.resp3 {
            self.bytes.push(b',');
            self.raw(text.as_bytes());
            self.raw(b"\r\n");
        } else {
            self.bulk(text.as_bytes());
        }
    }

    /// In RESP2 the integer 1 or 0.
    pub(crate) fn boolean(&mut self, value: bool) {
        match (self.resp3, value) {
            (true, true) => self.raw(b"#t\r\n"),
            (true, false) => self.raw(b"#f\r\n"),
            (false, value) => self.integer(i64::from(value)),
        }
    }

    /// A number of any size, in digits. In RESP2 a string.
    pub(crate) fn big_number(&mut self, digits: impl AsRef<[u8]>) {
        let digits = digits.as_ref();
        if self.resp3 {
            self.bytes.push(b'(');
            self.raw(digits);
            self.raw(b"\r\n");
        } else {
            self.bulk(digits);
        }
    }

    /// Text for people; `format` is three letters, mostly `txt`. In RESP2 a string.
    pub(crate) fn verbatim(&mut self, format: &str, text: &[u8]) {
        if self.resp3 {
            self.head(b'=', text.len() + 4);
            self.raw(format.as_bytes());
            self.bytes.push(b':');
            self.raw(text);
            self.raw(b"\r\n");
        } else {
            self.bulk(text);
        }
    }

    /// What `NAME HELP` answers: one status for each line, between Redis's own first and last ones.
    pub(crate) fn help(&mut self, command: &str, lines: &[&str]) {
        self.array(lines.len() + 3);
        self.simple(&format!("{command} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"));
        for line in lines {
            self.simple(line);
        }
        self.simple("HELP");
        self.simple("    Prints this help.");
    }

    /// Begins an array, a set or a map whose length isn't known yet. The elements follow, then one of
    /// [`Out::array_was`], [`Out::set_was`] and [`Out::map_was`]. What is begun inside another must be ended first.
    pub(crate) fn later(&self) -> Later {
        Later(self.bytes.len())
    }

    pub(crate) fn array_was(&mut self, place: Later, length: usize) {
        self.insert_head(place, |out| out.array(length));
    }

    pub(crate) fn set_was(&mut self, place: Later, length: usize) {
        self.insert_head(place, |out| out.set(length));
    }

    pub(crate) fn map_was(&mut self, place: Later, pairs: usize) {
        self.insert_head(place, |out| out.map(pairs));
    }

    /// Puts bytes that are the protocol already between what has been written before `at` and after it.
    pub(crate) fn insert(&mut self, at: usize, bytes: &[u8]) {
        self.raw(bytes);
        self.bytes[at..].rotate_right(bytes.len());
    }

    /// Writes a head at the end and turns it round to its place.
    fn insert_head(&mut self, Later(place): Later, write: impl FnOnce(&mut Out)) {
        let end = self.bytes.len();
        write(self);
        let head = self.bytes.len() - end;
        self.bytes[place..].rotate_right(head);
    }

    fn head(&mut self, mark: u8, value: impl itoa::Integer) {
        self.bytes.push(mark);
        self.raw(itoa::Buffer::new().format(value).as_bytes());
        self.raw(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(resp3: bool, write: impl FnOnce(&mut Out)) -> String {
        let mut out = Out::new(Vec::new(), resp3);
        write(&mut out);
        String::from_utf8(out.into_bytes()).expect("these replies are text")
    }

    #[test]
    fn both_versions_of_the_protocol_say_the_same() {
        let all = |out: &mut Out| {
            out.null();
            out.null_array();
            out.map(1);
            out.set(1);
            out.push(1);
            out.double(1.5);
            out.boolean(true);
            out.big_number("12");
            out.verbatim("txt", b"hi");
        };
        assert_eq!(
            written(false, all),
            "$-1\r\n*-1\r\n*2\r\n*1\r\n*1\r\n$3\r\n1.5\r\n:1\r\n$2\r\n12\r\n$2\r\nhi\r\n"
        );
        assert_eq!(written(true, all), "_\r\n_\r\n%1\r\n~1\r\n>1\r\n,1.5\r\n#t\r\n(12\r\n=6\r\ntxt:hi\r\n");
    }

    #[test]
    fn a_length_can_be_told_after_the_elements() {
        let reply = written(false, |out| {
            out.ok();
            let outer = out.later();
            let inner = out.later();
            out.integer(7);
            out.array_was(inner, 1);
            out.integer(8);
            out.array_was(outer, 2);
        });
        assert_eq!(reply, "+OK\r\n*2\r\n*1\r\n:7\r\n:8\r\n");
    }

    #[test]
    fn an_error_stays_one_line() {
        assert_eq!(written(false, |out| out.error(&Error::new("ERR a\r\nb"))), "-ERR a  b\r\n");
    }
}
