//! `CLIENT PAUSE`: commands wait until it is over.

use crate::engine::Engine;
use crate::engine::args::Owned;
use crate::engine::client::ClientId;
use crate::engine::command::{Command, flag};

/// Until when clients wait, and with what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pause {
    /// In milliseconds since 1970.
    pub(crate) until: i64,
    /// Whether it is about reads too.
    pub(crate) all: bool,
}

/// What might write although it isn't called a write: scripts, and what is passed on to replicas.
const MAY_WRITE: [&str; 7] = ["eval", "evalsha", "fcall", "pfcount", "publish", "spublish", "script|load"];

/// Whether a command waits while writes are paused.
fn writes(command: &Command) -> bool {
    command.has(flag::WRITE) || MAY_WRITE.contains(&&*command.name)
}

impl Engine {
    /// Pauses clients. A pause that is stricter or longer already stays so.
    pub(crate) fn pause(&mut self, until: i64, all: bool) {
        let pause = self.pause.get_or_insert(Pause { until, all });
        pause.until = pause.until.max(until);
        pause.all |= all;
        self.alarm_at(until);
    }

    /// Whether a command of a client has to wait now. It will then run by itself.
    pub(crate) fn postpone(&mut self, id: ClientId, command: &Command, args: &[&[u8]]) -> bool {
        let now = self.now_ms();
        let Some(pause) = self.pause.filter(|pause| pause.until > now) else { return false };
        let Some(client) = self.clients.get_mut(&id) else { return false };
        let waits = pause.all
            || writes(command)
            || (command.name == "exec" && client.transaction.commands().any(writes));
        if waits {
            client.postponed = Some(Owned::new(args));
            self.postponed.push(id);
        }
        waits
    }

    /// Ends the pause, if there is one, and runs what waited for that.
    pub(crate) fn unpause(&mut self) {
        if self.pause.take().is_none() {
            return;
        }
        for id in std::mem::take(&mut self.postponed) {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            let Some(args) = client.postponed.take() else { continue };
            client.wake();
            self.resume.push((id, args));
        }
    }

    /// Runs what has waited for the end of a pause.
    pub(crate) fn run_resumed(&mut self) {
        for (id, args) in std::mem::take(&mut self.resume) {
            self.execute(id, &args.as_args());
        }
    }
}
