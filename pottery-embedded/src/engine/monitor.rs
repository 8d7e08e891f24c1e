//! `MONITOR`: every command, as it is run, told to those who asked for it.

use std::fmt::Write as _;

use crate::engine::Engine;
use crate::engine::client::ClientId;
use crate::engine::command::{Command, flag};

impl Engine {
    /// Has a client be told of commands from now on.
    pub(crate) fn start_monitoring(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get_mut(&id)
            && !client.monitor
        {
            client.monitor = true;
            self.monitors.push(id);
        }
    }

    /// Ends that.
    pub(crate) fn stop_monitoring(&mut self, id: ClientId) {
        if let Some(client) = self.clients.get_mut(&id)
            && client.monitor
        {
            client.monitor = false;
            self.monitors.retain(|it| *it != id);
        }
    }

    /// Tells of a command. `by_script` when it wasn't the client itself that sent it.
    pub(crate) fn show(
        &mut self,
        id: ClientId,
        db: usize,
        command: &Command,
        args: &[&[u8]],
        by_script: bool,
    ) {
        if self.monitors.is_empty() || command.has(flag::ADMIN) {
            return;
        }
        let (seconds, micros) = (self.now.div_euclid(1_000_000), self.now.rem_euclid(1_000_000));
        let source = match self.clients.get(&id) {
            _ if by_script => "lua".into(),
            Some(client) => client.peer.shown(),
            None => "?".into(),
        };
        let mut line = format!("+{seconds}.{micros:06} [{db} {source}]");
        let secrets = secrets(&command.name, args);
        for (index, arg) in args.iter().enumerate() {
            line.push(' ');
            match secrets.contains(&index) {
                true => line.push_str("\"(redacted)\""),
                false => quote(&mut line, arg),
            }
        }
        line.push_str("\r\n");
        for monitor in self.monitors.clone() {
            self.write_to(monitor, |out| out.raw(line.as_bytes()));
        }
    }
}

/// The arguments that hold passwords.
pub(crate) fn secrets(command: &str, args: &[&[u8]]) -> std::ops::Range<usize> {
    match command {
        "auth" => 1..args.len(),
        "hello" => match args.iter().position(|arg| arg.eq_ignore_ascii_case(b"AUTH")) {
            Some(place) if place >= 2 => place + 1..(place + 3).min(args.len()),
            _ => 0..0,
        },
        _ => 0..0,
    }
}

/// Writes bytes in double quotes, as Redis does wherever it shows them to people.
pub(crate) fn quote(line: &mut String, bytes: &[u8]) {
    line.push('"');
    for byte in bytes {
        match byte {
            b'\\' | b'"' => {
                line.push('\\');
                line.push(char::from(*byte));
            }
            b'\n' => line.push_str("\\n"),
            b'\r' => line.push_str("\\r"),
            b'\t' => line.push_str("\\t"),
            7 => line.push_str("\\a"),
            8 => line.push_str("\\b"),
            b' '..=b'~' => line.push(char::from(*byte)),
            // Writing to a string can't fail.
            other => drop(write!(line, "\\x{other:02x}")),
        }
    }
    line.push('"');
}
