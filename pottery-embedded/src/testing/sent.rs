//! What clients have sent, for tests that want to know.

use std::collections::VecDeque;
use std::fmt;

/// A command as a client sent it.
///
/// It prints as `redis-cli` would take it: `HSET player:{7} name "Raj \xff"`.
#[derive(Clone, PartialEq, Eq)]
pub struct Sent(Vec<Vec<u8>>);

impl Sent {
    /// The command's name, as it was written.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(self.args().first().map_or(&[], Vec::as_slice)).into_owned()
    }

    /// The name and the arguments.
    pub fn args(&self) -> &[Vec<u8>] {
        &self.0
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arg) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            let plain = !arg.is_empty()
                && arg.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'\\'));
            match std::str::from_utf8(arg) {
                Ok(text) if plain => f.write_str(text)?,
                _ => write!(f, "\"{}\"", arg.escape_ascii())?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}

impl PartialEq<&str> for Sent {
    /// As it prints.
    #[expect(clippy::cmp_owned, reason = "what it prints as exists only once it has been printed")]
    fn eq(&self, other: &&str) -> bool {
        self.to_string() == *other
    }
}

/// The last commands, as many as a server was told to remember.
#[derive(Debug, Default)]
pub(crate) struct Record {
    limit: usize,
    commands: VecDeque<Sent>,
}

impl Record {
    pub(crate) fn new(limit: usize) -> Record {
        Record { limit, commands: VecDeque::new() }
    }

    pub(crate) fn note(&mut self, args: &[&[u8]]) {
        if self.limit == 0 {
            return;
        }
        if self.commands.len() == self.limit {
            self.commands.pop_front();
        }
        self.commands.push_back(Sent(args.iter().map(|arg| arg.to_vec()).collect()));
    }

    pub(crate) fn take(&mut self) -> Vec<Sent> {
        std::mem::take(&mut self.commands).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_the_last_commands() {
        let mut record = Record::new(2);
        for key in [&b"a"[..], b"b c", b"\xff\""] {
            record.note(&[b"GET", key]);
        }
        let commands = record.take();
        assert_eq!(commands, [r#"GET "b c""#, r#"GET "\xff\"""#]);
        assert_eq!((commands[0].name(), commands[0].args().len()), ("GET".to_owned(), 2));
        assert!(record.take().is_empty());
        let mut nothing = Record::default();
        nothing.note(&[b"PING"]);
        assert!(nothing.take().is_empty());
    }
}
