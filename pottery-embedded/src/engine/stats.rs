//! What is counted: for `INFO`, and the slowest commands for `SLOWLOG`.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::client::ClientId;
use crate::engine::command::{Command, flag, table};
use crate::engine::error::Error;
use crate::engine::monitor::secrets;

/// What `INFO` counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) connections: u64,
    pub(crate) rejected_connections: u64,
    pub(crate) commands: u64,
    pub(crate) expired: u64,
    pub(crate) evicted: u64,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// By the command's number; shorter while the last ones haven't been used.
    calls: Vec<Calls>,
    /// How many errors there were, by their first word.
    pub(crate) errors: BTreeMap<String, u64>,
}

/// How often a command was used.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Calls {
    pub(crate) calls: u64,
    pub(crate) micros: u64,
    pub(crate) rejected: u64,
    pub(crate) failed: u64,
}

/// No more kinds of errors than this are told apart: scripts can make up any.
const ERRORS: usize = 128;

impl Stats {
    pub(crate) fn calls_of(&self, command: &Command) -> Calls {
        self.calls.get(command.id).copied().unwrap_or_default()
    }

    fn calls_mut(&mut self, command: &Command) -> &mut Calls {
        if self.calls.len() <= command.id {
            self.calls.resize(table().count(), Calls::default());
        }
        &mut self.calls[command.id]
    }

    /// Notes that a command was refused before it ran.
    pub(crate) fn rejected(&mut self, command: &Command) {
        self.calls_mut(command).rejected += 1;
    }

    /// Notes that a command was run.
    pub(crate) fn called(&mut self, command: &Command, time: Duration, failed: bool) {
        let calls = self.calls_mut(command);
        calls.calls += 1;
        calls.micros += u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        calls.failed += u64::from(failed);
    }

    /// Notes an error reply.
    pub(crate) fn error(&mut self, error: &Error) {
        let code = error.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default();
        let code = String::from_utf8_lossy(code);
        if let Some(count) = self.errors.get_mut(&*code) {
            *count += 1;
        } else if self.errors.len() < ERRORS {
            self.errors.insert(code.into_owned(), 1);
        }
    }
}

/// A command that took long.
#[derive(Clone, Debug)]
pub(crate) struct Slow {
    pub(crate) id: u64,
    /// In seconds since 1970.
    pub(crate) time: i64,
    pub(crate) micros: u64,
    pub(crate) args: Vec<Vec<u8>>,
    pub(crate) address: String,
    pub(crate) name: Vec<u8>,
}

/// The newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct SlowLog {
    pub(crate) entries: VecDeque<Slow>,
    next: u64,
}

/// What of a command is kept: so many arguments, and so much of each.
const ARGS: usize = 32;
const ARG: usize = 128;

impl Engine {
    /// Notes how long a command took, if that was long.
    pub(crate) fn note_slow(&mut self, id: ClientId, command: &Command, args: &[&[u8]], time: Duration) {
        let limit = self.config.slow_micros;
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        if limit < 0 || micros < limit.unsigned_abs() || command.has(flag::SKIP_SLOWLOG) {
            return;
        }
        let Some(client) = self.clients.get(&id) else { return };
        let secrets = secrets(&command.name, args);
        let shown = if args.len() > ARGS { ARGS - 1 } else { args.len() };
        let mut kept: Vec<Vec<u8>> = args[..shown]
            .iter()
            .enumerate()
            .map(|(index, arg)| match arg {
                _ if secrets.contains(&index) => b"(redacted)".to_vec(),
                arg if arg.len() > ARG => {
                    let more = format!("... ({} more bytes)", arg.len() - ARG);
                    [&arg[..ARG], more.as_bytes()].concat()
                }
                arg => arg.to_vec(),
            })
            .collect();
        if shown < args.len() {
            kept.push(format!("... ({} more arguments)", args.len() - shown).into_bytes());
        }
        let entry = Slow {
            id: self.slow.next,
            time: self.now.div_euclid(1_000_000),
            micros,
            args: kept,
            address: client.peer.address.clone(),
            name: client.name.clone(),
        };
        self.slow.next += 1;
        self.slow.entries.push_front(entry);
        self.slow.entries.truncate(self.config.slow_entries);
    }
}
