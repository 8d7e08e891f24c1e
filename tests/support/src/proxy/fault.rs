//! What can go wrong, and when.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;

use super::Hub;
use crate::wait_until;

/// What a proxy does to a request that its [`When`] selects.
///
/// In the names, *before* means before the request has reached the server, which then never runs it or runs it later;
/// *after* means that the server has run it and its reply has reached the proxy. In either case the replies to
/// earlier requests on the connection are delivered first, and after a cut or a swallow no later request of the
/// connection reaches the server, not even one that came in the same packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Closes the connection instead of passing the request on. Not applied.
    CutBefore,
    /// Passes half of the request's bytes on and closes the connection. Not applied.
    CutInRequest,
    /// Passes the request on, waits for the reply, and closes the connection instead of delivering it. Applied.
    CutAfter,
    /// Like [`Fault::CutAfter`], but half of the reply's bytes arrive. Applied.
    CutInReply,
    /// Keeps the request, and all later ones of the connection, until [`Armed::release`]. They then run even if the
    /// client has gone: a packet that arrives late.
    HoldBefore,
    /// Passes the request on and keeps the reply, and all later ones of the connection, until [`Armed::release`].
    HoldAfter,
    /// Passes the request on this much later, and all later ones of the connection too.
    DelayBefore(Duration),
    /// Passes the request on at once, and delivers the reply no sooner than this long after the request came. Delays
    /// of pipelined requests overlap, as on a long wire.
    DelayAfter(Duration),
    /// From this request on, nothing passes on the connection in either direction, and it stays open: the other side
    /// has vanished. Not applied.
    SwallowBefore,
    /// The same from this request's reply on. Applied.
    SwallowAfter,
    /// Passes the request on, and delivers the reply, in packets of one byte.
    OneByteAtATime,
    /// Answers with this error, given without the leading `-`, instead of passing the request on. Not applied. The
    /// server doesn't know about it, so an error inside `MULTI` doesn't make a later `EXEC` fail.
    Error(String),
    /// Answers with these bytes as they are, instead of passing the request on. Not applied.
    Reply(Vec<u8>),
}

impl Fault {
    /// [`Fault::Error`] without writing `.to_owned()`.
    pub fn error(text: &str) -> Fault {
        Fault::Error(text.to_owned())
    }
}

/// A request on its way to the server.
#[derive(Clone, Debug)]
pub struct Command {
    /// The connection it came on, counted from 1 over the proxy's life.
    pub connection: u64,
    /// The command's name and its arguments.
    pub args: Vec<Vec<u8>>,
}

impl Command {
    /// The command's name in capitals.
    pub fn name(&self) -> String {
        self.arg(0).to_ascii_uppercase()
    }

    /// The `index`th argument (the name is the 0th) as text, empty if there are fewer.
    pub fn arg(&self, index: usize) -> String {
        self.args.get(index).map(|arg| String::from_utf8_lossy(arg).into_owned()).unwrap_or_default()
    }

    /// Whether the command only prepares a connection: `HELLO`, `AUTH`, `SELECT`, `CLIENT`, `READONLY`.
    pub fn is_setup(&self) -> bool {
        let setup: [&[u8]; 5] = [b"HELLO", b"AUTH", b"SELECT", b"CLIENT", b"READONLY"];
        self.args.first().is_some_and(|name| setup.iter().any(|it| name.eq_ignore_ascii_case(it)))
    }
}

/// Which requests a fault strikes: those that match, and of them all or a few.
///
/// Matches are counted over all connections, from when the fault was set.
pub struct When {
    matches: Box<dyn Fn(&Command) -> bool + Send + Sync>,
    /// Matches to let pass first.
    skip: u64,
    /// Of the rest, one in this many is struck.
    every: u64,
    /// How many are struck at most.
    limit: u64,
    /// Leaves it to chance: one in this many.
    chance: Option<(Mutex<Rng>, u64)>,
}

impl When {
    /// Every request except those that prepare a connection ([`Command::is_setup`]).
    pub fn any() -> When {
        When::matching(|command| !command.is_setup())
    }

    /// Only the `n`th request, counted from 1, without those that prepare a connection.
    pub fn request(n: u64) -> When {
        When::any().nth(n)
    }

    /// Every request with this command name.
    pub fn command(name: &str) -> When {
        let name = name.as_bytes().to_vec();
        When::matching(move |command| command.args.first().is_some_and(|it| it.eq_ignore_ascii_case(&name)))
    }

    /// Every request that `matches` says yes to, which may be one that prepares a connection.
    pub fn matching(matches: impl Fn(&Command) -> bool + Send + Sync + 'static) -> When {
        When { matches: Box::new(matches), skip: 0, every: 1, limit: u64::MAX, chance: None }
    }

    /// Only the `n`th match, counted from 1.
    ///
    /// # Panics
    /// For the 0th.
    pub fn nth(self, n: u64) -> When {
        assert!(n > 0, "requests are counted from 1");
        When { skip: n - 1, limit: 1, ..self }
    }

    /// Only the first match.
    pub fn once(self) -> When {
        self.times(1)
    }

    /// Only the first `count` matches.
    pub fn times(self, count: u64) -> When {
        When { limit: count, ..self }
    }

    /// Only the `n`th, `2n`th, `3n`th... match.
    ///
    /// # Panics
    /// For 0.
    pub fn every(self, n: u64) -> When {
        assert!(n > 0, "every 0th is none");
        When { skip: n - 1, every: n, ..self }
    }

    /// Each match with a chance of one in `n`.
    ///
    /// # Panics
    /// For 0.
    pub fn one_in(self, n: u64, rng: Rng) -> When {
        assert!(n > 0, "one in 0 is none");
        When { chance: Some((Mutex::new(rng), n)), ..self }
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let When { skip, every, limit, .. } = self;
        f.debug_struct("When")
            .field("skip", skip)
            .field("every", every)
            .field("limit", limit)
            .finish_non_exhaustive()
    }
}

/// A fault that has been set.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) fault: Fault,
    when: When,
    /// Requests that matched, and of these, those taken. Changed under the lock of the list of rules only.
    matched: AtomicU64,
    taken: AtomicU64,
    /// Faults that have had their effect.
    fired: AtomicU64,
    disarmed: AtomicBool,
}

impl Rule {
    pub(super) fn new(fault: Fault, when: When) -> Rule {
        let (matched, taken, fired) = Default::default();
        Rule { fault, when, matched, taken, fired, disarmed: AtomicBool::new(false) }
    }

    /// Whether the fault strikes this request.
    pub(super) fn takes(&self, command: &Command) -> bool {
        if self.is_disarmed() || !(self.when.matches)(command) {
            return false;
        }
        let index = self.matched.fetch_add(1, Ordering::SeqCst);
        let when = &self.when;
        let due = index >= when.skip
            && (index - when.skip).is_multiple_of(when.every)
            && self.taken.load(Ordering::SeqCst) < when.limit
            && when.chance.as_ref().is_none_or(|(rng, n)| super::lock(rng).u64(..n) == 0);
        if due {
            self.taken.fetch_add(1, Ordering::SeqCst);
        }
        due
    }

    pub(super) fn fired(&self) -> u64 {
        self.fired.load(Ordering::SeqCst)
    }

    /// Counts an effect; called before the client can notice it.
    pub(super) fn fire(&self) {
        self.fired.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn is_disarmed(&self) -> bool {
        self.disarmed.load(Ordering::SeqCst)
    }

    pub(super) fn disarm(&self) {
        self.disarmed.store(true, Ordering::SeqCst);
    }
}

/// A fault that has been set on a proxy, to ask and to end. Dropping it changes nothing.
#[derive(Clone, Debug)]
pub struct Armed {
    pub(super) rule: Arc<Rule>,
    pub(super) hub: Arc<Hub>,
}

impl Armed {
    /// How often this fault has had its effect. A fault on a reply counts when the reply has come.
    pub fn fired(&self) -> u64 {
        self.rule.fired()
    }

    /// Returns once the fault has had its effect `count` times, such as once a request is being held.
    ///
    /// # Panics
    /// When that takes more than ten seconds.
    #[track_caller]
    pub fn wait_fired(&self, count: u64) {
        let what = format!("{:?} has fired {count} times", self.rule.fault);
        wait_until(&what, Duration::from_secs(10), || self.fired() >= count);
    }

    /// Lets what this fault holds or delays go on, and strikes no further request.
    pub fn release(&self) {
        self.rule.disarm();
        self.hub.wake();
    }
}
