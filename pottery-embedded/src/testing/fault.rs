//! Faults that a test asks for: what a client sees of a network or a server that fails, at a command of its choice.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What goes wrong, at which command, and how often. [`Server::inject`](crate::Server::inject) makes it happen.
///
/// A fault meets commands as clients send them: those of a transaction when they are queued, `EXEC` when it is sent,
/// and what a script calls never. Unless told otherwise it meets the next command, whichever that is, once.
///
/// ```
/// use pottery_embedded::{Fault, Server};
///
/// let server = Server::start()?;
/// // the third INCR is executed, and its reply is lost
/// let lost = server.inject(Fault::drop_after().on("INCR").after(2));
/// // ... what is to be tested ...
/// # assert_eq!(lost.fired(), 0);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until a server is told of it"]
pub struct Fault {
    effect: Effect,
    command: Option<String>,
    after: usize,
    times: Option<usize>,
}

/// What becomes of a command.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    DropBefore,
    DropAfter,
    Delay(Duration),
    Reply(String),
}

impl Fault {
    fn new(effect: Effect) -> Fault {
        Fault { effect, command: None, after: 0, times: Some(1) }
    }

    /// The connection is lost before the command is executed. Replies to earlier commands still arrive.
    pub fn drop_before() -> Fault {
        Fault::new(Effect::DropBefore)
    }

    /// The command is executed, and the connection is lost before its reply. Replies to earlier commands still arrive.
    pub fn drop_after() -> Fault {
        Fault::new(Effect::DropAfter)
    }

    /// The command, and what the same client sends after it, waits for this long, in real time whatever the server's
    /// clock does. Other clients don't.
    pub fn delay(time: Duration) -> Fault {
        Fault::new(Effect::Delay(time))
    }

    /// The command isn't executed and is answered with this error, which begins with its code: `"NOREPLICAS Not
    /// enough good replicas to write."` Line breaks become spaces.
    pub fn error(text: &str) -> Fault {
        Fault::new(Effect::Reply(text.replace(['\r', '\n'], " ")))
    }

    /// As a replica answers a write.
    pub fn readonly() -> Fault {
        Fault::error("READONLY You can't write against a read only replica.")
    }

    /// As a server answers that is still reading its data.
    pub fn loading() -> Fault {
        Fault::error("LOADING Redis is loading the dataset in memory")
    }

    /// As a server answers that has no memory left.
    pub fn oom() -> Fault {
        Fault::error("OOM command not allowed when used memory > 'maxmemory'.")
    }

    /// As a server answers that is busy with a script.
    pub fn busy() -> Fault {
        Fault::error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.")
    }

    /// Only for this command, in any case of letters.
    pub fn on(mut self, command: &str) -> Fault {
        self.command = Some(command.to_owned());
        self
    }

    /// Leaves this many of the commands alone at first.
    pub fn after(mut self, commands: usize) -> Fault {
        self.after = commands;
        self
    }

    /// Happens this often.
    pub fn times(mut self, times: usize) -> Fault {
        self.times = Some(times);
        self
    }

    /// Happens until it is withdrawn.
    pub fn always(mut self) -> Fault {
        self.times = None;
        self
    }
}

/// A fault that a server knows of. Dropping it withdraws the fault.
#[derive(Debug)]
#[must_use = "dropping it withdraws the fault"]
pub struct Injected(Arc<State>);

#[derive(Debug, Default)]
struct State {
    fired: AtomicUsize,
    withdrawn: AtomicBool,
}

impl Injected {
    /// How often it has happened. A test of a fault that never happened tests nothing: look.
    pub fn fired(&self) -> usize {
        self.0.fired.load(Ordering::SeqCst)
    }
}

impl Drop for Injected {
    fn drop(&mut self) {
        self.0.withdrawn.store(true, Ordering::SeqCst);
    }
}

/// The faults that a server knows of.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Rule>);

#[derive(Debug)]
pub(crate) struct Rule {
    fault: Fault,
    state: Arc<State>,
}

impl Rule {
    pub(crate) fn new(fault: Fault) -> (Rule, Injected) {
        let state = Arc::new(State::default());
        (Rule { fault, state: state.clone() }, Injected(state))
    }

    /// Whether this command is one that the fault happens to.
    fn meets(&mut self, name: &[u8]) -> bool {
        let Fault { command, after, times, .. } = &mut self.fault;
        if command.as_ref().is_some_and(|it| !it.as_bytes().eq_ignore_ascii_case(name)) {
            return false;
        }
        if *after > 0 {
            *after -= 1;
            return false;
        }
        if let Some(times) = times {
            *times -= 1;
        }
        self.state.fired.fetch_add(1, Ordering::SeqCst);
        true
    }

    fn is_over(&self) -> bool {
        self.fault.times == Some(0) || self.state.withdrawn.load(Ordering::SeqCst)
    }
}

impl Faults {
    pub(crate) fn add(&mut self, rule: Rule) {
        self.0.push(rule);
    }

    /// What is to happen to the command of this name. The fault that was injected first comes first.
    pub(crate) fn next(&mut self, name: &[u8]) -> Option<Effect> {
        if self.0.is_empty() {
            return None;
        }
        self.0.retain(|rule| !rule.is_over());
        let rule = self.0.iter_mut().find_map(|rule| rule.meets(name).then_some(rule))?;
        Some(rule.fault.effect.clone())
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Effect::DropBefore => f.write_str("lost before execution"),
            Effect::DropAfter => f.write_str("lost after execution"),
            Effect::Delay(time) => write!(f, "delayed by {time:?}"),
            Effect::Reply(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_meets_the_commands_it_was_meant_for_as_often_as_it_was_told() {
        let mut faults = Faults::default();
        let (rule, injected) = Rule::new(Fault::readonly().on("incr").after(1).times(2));
        faults.add(rule);
        let met: Vec<bool> = [&b"GET"[..], b"INCR", b"INCR", b"GET", b"Incr", b"INCR"]
            .iter()
            .map(|name| faults.next(name).is_some())
            .collect();
        assert_eq!(met, [false, false, true, false, true, false]);
        assert_eq!(injected.fired(), 2);
    }

    #[test]
    fn a_fault_that_is_dropped_is_withdrawn() {
        let mut faults = Faults::default();
        let (rule, injected) = Rule::new(Fault::drop_before().always());
        faults.add(rule);
        assert!(faults.next(b"GET").is_some() && faults.next(b"GET").is_some());
        drop(injected);
        assert!(faults.next(b"GET").is_none());
    }

    #[test]
    fn of_two_faults_the_older_comes_first() {
        let mut faults = Faults::default();
        let (older, one) = Rule::new(Fault::error("ONE"));
        let (newer, two) = Rule::new(Fault::error("TWO"));
        faults.add(older);
        faults.add(newer);
        let texts: Vec<_> = (0..2).filter_map(|_| faults.next(b"GET")).map(|it| it.to_string()).collect();
        assert_eq!(texts, ["ONE", "TWO"]);
        assert_eq!((one.fired(), two.fired()), (1, 1));
    }
}
