//! Reads a file of commands, one after the other, and tells an end from a torn tail and a torn tail from damage.
//!
//! Stricter than the parser of what clients send: nothing but whole `*3\r\n$3\r\nSET\r\n...`, every line end where it must
//! be. So damage is found where it is, and its offset can be told.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use smallvec::SmallVec;

use crate::engine::args::Args;

/// How much is read at a time, at least.
const PORTION: usize = 256 * 1024;
/// A line is a letter and a number, or an annotation.
const LINE: usize = 1024;

/// What is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A command: [`Reader::args`].
    Command,
    /// The file ends where a command ends.
    End,
    /// The file ends inside a command.
    Torn,
    /// No command, and not the beginning of one.
    Damage {
        /// Where exactly, in bytes from the start of the file.
        offset: u64,
        reason: Cow<'static, str>,
    },
}

/// A position in a file of commands. It holds one command at a time in memory, and never makes room for what the file
/// can't contain.
#[derive(Debug)]
pub(crate) struct Reader<R> {
    input: R,
    /// What has been read and is needed yet.
    buffer: Vec<u8>,
    /// Where in `buffer` the present command begins, and where it ends as far as it was understood.
    start: usize,
    at: usize,
    /// Where in the file `buffer` begins.
    offset: u64,
    /// Where the file ends.
    length: u64,
    /// Where in `buffer` the arguments lie.
    places: SmallVec<[Range<usize>; 8]>,
}

/// Why a command couldn't be read.
enum Stop {
    Torn,
    Damage(u64, Cow<'static, str>),
    Io(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        Stop::Io(error)
    }
}

impl<R: Read> Reader<R> {
    /// Reads `length` bytes of commands, the first of which is at `offset` of the file.
    pub(crate) fn new(input: R, offset: u64, length: u64) -> Reader<R> {
        let end = offset.saturating_add(length);
        Reader { input, buffer: Vec::new(), start: 0, at: 0, offset, length: end, places: SmallVec::new() }
    }

    /// Goes on to the next command.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(crate) fn next(&mut self) -> io::Result<Found> {
        self.start = self.at;
        self.places.clear();
        match self.command() {
            Ok(true) => Ok(Found::Command),
            Ok(false) => Ok(Found::End),
            Err(Stop::Torn) => Ok(Found::Torn),
            Err(Stop::Damage(offset, reason)) => Ok(Found::Damage { offset, reason }),
            Err(Stop::Io(error)) => Err(error),
        }
    }

    /// The arguments of the present command; of a torn one, those that are whole.
    pub(crate) fn args(&self) -> Args<'_> {
        self.places.iter().map(|place| &self.buffer[place.clone()]).collect()
    }

    /// Where the present command begins, in bytes from the start of the file.
    pub(crate) fn offset(&self) -> u64 {
        self.offset + self.start as u64
    }

    /// Where the present command ends.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// Reads a command. Returns false at the end of the file.
    fn command(&mut self) -> Result<bool, Stop> {
        loop {
            if !self.has(1)? {
                return Ok(false);
            }
            match self.buffer[self.at] {
                b'*' => break,
                b'#' => self.annotation()?,
                other => {
                    return Err(self
                        .damage(0, format!("a command begins with '*', not with {:?}", char::from(other))));
                }
            }
            self.start = self.at;
        }
        let begin = self.end();
        let count = self.number(b'*')?;
        if count == 0 {
            return Err(Stop::Damage(begin, "a command without a name".into()));
        }
        for _ in 0..count {
            let begin = self.end();
            let length = self.number(b'$')?;
            let Some(length) = usize::try_from(length).ok().filter(|it| *it <= isize::MAX as usize - 2)
            else {
                return Err(Stop::Damage(begin, "a length beyond all bounds".into()));
            };
            if !self.has(length + 2)? {
                return Err(Stop::Torn);
            }
            let end = self.at + length;
            if &self.buffer[end..end + 2] != b"\r\n" {
                return Err(Stop::Damage(self.offset + end as u64, "no line end behind an argument".into()));
            }
            self.places.push(self.at..end);
            self.at = end + 2;
        }
        Ok(true)
    }

    /// Reads `*3` or `$3`.
    fn number(&mut self, sign: u8) -> Result<u64, Stop> {
        if !self.has(1)? {
            return Err(Stop::Torn);
        }
        if self.buffer[self.at] != sign {
            return Err(self.damage(0, format!("{:?} is missing", char::from(sign))));
        }
        let mut value: u64 = 0;
        let mut length = 1;
        loop {
            if !self.has(length + 1)? {
                return Err(Stop::Torn);
            }
            match self.buffer[self.at + length] {
                digit @ b'0'..=b'9' => {
                    let digit = u64::from(digit - b'0');
                    let next = value.checked_mul(10).and_then(|value| value.checked_add(digit));
                    value = next.ok_or_else(|| self.damage(length, "a number beyond all bounds"))?;
                }
                b'\r' if length > 1 => break,
                _ => return Err(self.damage(length, "not a number")),
            }
            length += 1;
        }
        if !self.has(length + 2)? {
            return Err(Stop::Torn);
        }
        if self.buffer[self.at + length + 1] != b'\n' {
            return Err(self.damage(length + 1, "no line end behind a number"));
        }
        self.at += length + 2;
        Ok(value)
    }

    /// Skips `#TS:1700000000`.
    fn annotation(&mut self) -> Result<(), Stop> {
        let mut length = 1;
        while self.buffer[self.at + length - 1] != b'\n' {
            length += 1;
            if length > LINE {
                return Err(self.damage(0, "an annotation without an end"));
            }
            if !self.has(length)? {
                return Err(Stop::Torn);
            }
        }
        self.at += length;
        Ok(())
    }

    fn damage(&self, ahead: usize, reason: impl Into<Cow<'static, str>>) -> Stop {
        Stop::Damage(self.end() + ahead as u64, reason.into())
    }

    /// Makes sure that so many bytes from `at` on are in the buffer. Returns false when the file hasn't got them.
    fn has(&mut self, need: usize) -> io::Result<bool> {
        if self.buffer.len() - self.at >= need {
            return Ok(true);
        }
        if (self.end()).checked_add(need as u64).is_none_or(|end| end > self.length) {
            return Ok(false);
        }
        self.forget();
        let missing = need - (self.buffer.len() - self.at);
        let left = self.length - (self.offset + self.buffer.len() as u64);
        let portion = left.min(missing.max(PORTION) as u64);
        self.buffer.reserve(portion as usize);
        let read = (&mut self.input).take(portion).read_to_end(&mut self.buffer)?;
        if (read as u64) < portion {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the file became shorter while it was read",
            ));
        }
        Ok(true)
    }

    /// Gives back what lies before the present command.
    fn forget(&mut self) {
        let gone = self.start;
        self.buffer.drain(..gone);
        self.offset += gone as u64;
        self.at -= gone;
        self.start = 0;
        for place in &mut self.places {
            *place = place.start - gone..place.end - gone;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::persistence::log::Log;

    fn reader(bytes: &[u8]) -> Reader<&[u8]> {
        Reader::new(bytes, 0, bytes.len() as u64)
    }

    /// All commands, the offset at which they end, and what comes then.
    fn all(bytes: &[u8]) -> (Vec<Vec<Vec<u8>>>, u64, Found) {
        let mut reader = reader(bytes);
        let mut commands = Vec::new();
        loop {
            match reader.next().expect("memory can be read") {
                Found::Command => commands.push(reader.args().iter().map(|arg| arg.to_vec()).collect()),
                other => return (commands, reader.offset(), other),
            }
        }
    }

    #[test]
    fn reads_commands_and_skips_annotations() {
        let (commands, end, found) = all(b"#TS:1\r\n*1\r\n$4\r\nPING\r\n#x\r\n*2\r\n$3\r\nGET\r\n$0\r\n\r\n");
        assert_eq!(commands, [vec![b"PING".to_vec()], vec![b"GET".to_vec(), Vec::new()]]);
        assert_eq!((end, found), (44, Found::End));
    }

    #[test]
    fn says_where_the_damage_is() {
        for (bytes, expected) in [
            (&b"PING\r\n"[..], 0),
            (b"*1\r\n$4\r\nPING\r\nx", 14),
            (b"*0\r\n", 0),
            (b"*-1\r\n", 1),
            (b"*\r\n", 1),
            (b"*1\n", 2),
            (b"*1\r \n", 3),
            (b"*1\r\n+4\r\n", 4),
            (b"*1\r\n$4\r\nPINGxx", 12),
            (b"*99999999999999999999\r\n", 20),
            (b"*1\r\n$18446744073709551615\r\n", 4),
            (b"\0\0\0\0", 0),
        ] {
            let (_, _, found) = all(bytes);
            let Found::Damage { offset, .. } = found else { panic!("{bytes:?}: {found:?}") };
            assert_eq!(offset, expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn makes_no_room_for_what_is_not_there() {
        let mut reader = reader(b"*2000000000\r\n$1\r\na\r\n$9000000000000000000\r\nx");
        assert_eq!(reader.next().expect("memory can be read"), Found::Torn);
        assert_eq!(reader.args()[..], [b"a"]);
        assert!(reader.buffer.capacity() <= 2 * PORTION);
    }

    proptest! {
        #[test]
        fn every_cut_is_a_torn_tail_and_keeps_what_is_before_it(
            commands in prop::collection::vec(
                prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 1..5), 1..5),
        ) {
            let mut log = Log::default();
            let mut ends = vec![0];
            for command in &commands {
                log.raw(&command.iter().map(|arg| &arg[..]).collect::<Vec<_>>());
                ends.push(log.bytes.len());
            }
            for cut in 0..=log.bytes.len() {
                let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
                let (read, end, found) = all(&log.bytes[..cut]);
                prop_assert_eq!(&read, &commands[..whole]);
                prop_assert_eq!(end as usize, ends[whole]);
                prop_assert_eq!(found, if ends[whole] == cut { Found::End } else { Found::Torn });
            }
        }

        #[test]
        fn arbitrary_bytes_are_read_without_a_panic(bytes in prop::collection::vec(
            prop_oneof![Just(b'*'), Just(b'$'), Just(b'\r'), Just(b'\n'), Just(b'1'), Just(b'#'), any::<u8>()], 0..200)) {
            let (_, end, _) = all(&bytes);
            prop_assert!(end as usize <= bytes.len());
        }

        #[test]
        fn long_commands_are_read_in_portions(lengths in prop::collection::vec(0usize..3 * PORTION, 1..6)) {
            let mut log = Log::default();
            for length in &lengths {
                log.raw(&[b"SET", b"k", &vec![b'x'; *length]]);
            }
            let mut reader = reader(&log.bytes);
            for length in &lengths {
                prop_assert_eq!(reader.next().expect("memory can be read"), Found::Command);
                prop_assert_eq!(reader.args()[2].len(), *length);
            }
            prop_assert_eq!(reader.next().expect("memory can be read"), Found::End);
        }
    }
}
