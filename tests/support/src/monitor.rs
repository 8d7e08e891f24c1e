//! What a server was asked, as it says itself.

use std::thread::{self, JoinHandle};

use crate::{Raw, Server, unique};

/// One command that the server ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of the database.
    pub db: u32,
    /// The client's address, or `None` when a script ran the command.
    pub client: Option<String>,
    /// The command's name, as it was sent, and its arguments. Bytes that aren't UTF-8 are replaced.
    pub args: Vec<String>,
}

/// A recording, by `MONITOR`, of every command that any client sends.
///
/// Redis leaves out the commands that carry passwords (`AUTH`, `HELLO` and some more), and shows those inside `MULTI`
/// when `EXEC` runs them.
#[derive(Debug)]
pub struct Monitor {
    sender: Raw,
    sentinel: String,
    recorder: JoinHandle<Vec<Entry>>,
}

impl Monitor {
    /// Starts to record; commands sent after this returns are in the recording.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn start(server: &Server) -> Monitor {
        let mut raw = server.raw();
        assert_eq!(raw.command(&["MONITOR"]).text(), "OK");
        // A quiet server sends nothing for as long as the test takes.
        raw.set_timeout(std::time::Duration::from_secs(3600));
        let sentinel = unique("monitor-end");
        let end = sentinel.clone();
        let recorder = thread::spawn(move || {
            let mut entries = Vec::new();
            loop {
                let line = raw.read().expect("the server goes on for as long as it is monitored").text();
                let entry = entry(&line).unwrap_or_else(|| panic!("MONITOR sent a strange line: {line}"));
                if entry.args.get(1) == Some(&end) {
                    return entries;
                }
                entries.push(entry);
            }
        });
        Monitor { sender: server.raw(), sentinel, recorder }
    }

    /// Ends the recording and returns the commands that clients sent before this call, in the order in which the
    /// server ran them.
    ///
    /// # Panics
    /// When the server has gone in the meantime.
    pub fn finish(self) -> Vec<Vec<String>> {
        self.finish_entries()
            .into_iter()
            .filter(|entry| entry.client.is_some())
            .map(|entry| entry.args)
            .collect()
    }

    /// The same with everything known about each, and with what scripts did.
    ///
    /// # Panics
    /// When the server has gone in the meantime.
    pub fn finish_entries(mut self) -> Vec<Entry> {
        // The server shows commands in the order it runs them, so this one comes after all before it.
        self.sender.command(&["PING", &self.sentinel]);
        self.recorder.join().expect("the recorder ends at the sentinel")
    }
}

/// Reads a line such as `1700000000.123456 [0 127.0.0.1:40000] "SET" "k" "a\"b\x00"`.
fn entry(line: &str) -> Option<Entry> {
    let (_, rest) = line.split_once(" [")?;
    let (origin, rest) = rest.split_once("] ")?;
    let (db, client) = origin.split_once(' ')?;
    let mut args = Vec::new();
    let mut bytes = rest.bytes();
    while let Some(quote) = bytes.find(|byte| *byte != b' ') {
        if quote != b'"' {
            return None;
        }
        args.push(String::from_utf8_lossy(&quoted(&mut bytes)?).into_owned());
    }
    Some(Entry { db: db.parse().ok()?, client: (client != "lua").then(|| client.to_owned()), args })
}

/// Reads up to the closing quote, which it takes, and undoes the server's escapes.
fn quoted(bytes: &mut impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        text.push(match bytes.next()? {
            b'"' => return Some(text),
            b'\\' => match bytes.next()? {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'a' => 7,
                b'b' => 8,
                b'x' => {
                    let mut digit = || char::from(bytes.next()?).to_digit(16);
                    (digit()? * 16 + digit()?) as u8
                }
                other => other,
            },
            byte => byte,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared;

    #[test]
    fn records_commands_with_their_bytes() {
        let key = unique("monitor");
        let monitor = Monitor::start(shared());
        let value = "quote \" back \\ tab \t line \r\n é \0 \x07 \x08";
        shared().cli(&["SET", &key, value]);
        shared().cli(&["eval", "return redis.call('GET', KEYS[1])", "1", &key]);
        let entries: Vec<_> =
            monitor.finish_entries().into_iter().filter(|entry| entry.args.contains(&key)).collect();
        let (scripts, clients): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.client.is_none());
        assert_eq!(clients[0].args, ["SET", &key, value]);
        assert_eq!(clients[1].args[0], "eval");
        assert_eq!(scripts[0].args, ["GET", &key]);
    }

    #[test]
    fn has_everything_sent_before_the_end() {
        let key = unique("monitor");
        let monitor = Monitor::start(shared());
        for n in 0..1000 {
            shared().raw().command(&["RPUSH", &key, &n.to_string()]);
        }
        let seen = monitor.finish().into_iter().filter(|args| args.get(1) == Some(&key)).count();
        assert_eq!(seen, 1000);
    }
}
