//! Replies: a cursor over the bytes that the server answered with.
//!
//! Decoding pulls tokens from the bytes as they arrive, in RESP2 or RESP3, and never sees the client crate's value
//! type: through that, reading a list of 100,000 integers costs four times as much as the socket does. A token comes
//! whole or not at all; where it has not arrived yet, the step says [`Interrupt::Incomplete`] and is resumed later.
//!
//! What is owed is one counter and no stack: a scalar takes one off, an array of n adds n to that, a map of n twice as
//! many. Zero is the end of the last reply. So nesting of any depth takes no memory, and what nobody wants to read
//! any more is passed over from wherever the reading has stopped.

use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::resp::{self, Arrived, Element};

/// What a server answered to one [`Request`](crate::Request), reply by reply.
pub struct Replies {
    bytes: Vec<u8>,
    count: usize,
}

impl Replies {
    /// Replies out of Redis's own protocol, as a link of a test may want to give them.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the bytes are not whole replies.
    pub fn from_resp(bytes: &[u8]) -> Result<Replies> {
        let none = || Error::new(ErrorKind::Decode, "these bytes are no RESP reply");
        let (mut at, mut count) = (0, 0);
        while at < bytes.len() {
            let mut progress = Progress::new(1, 0);
            let mut reply = Reply::over(&bytes[at..], &mut progress);
            reply.pass_rest().map_err(|_| none())?;
            at += reply.used();
            count += 1;
        }
        Ok(Replies { bytes: bytes.to_vec(), count })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }
}

impl std::fmt::Debug for Replies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replies({})", self.count)
    }
}

/// Why a step of decoding did not yield its value.
#[derive(Debug)]
pub enum Interrupt {
    /// The rest has not arrived yet: call again with more.
    Incomplete,
    /// It cannot be what was asked for.
    Failed(Error),
}

impl From<Error> for Interrupt {
    fn from(error: Error) -> Interrupt {
        Interrupt::Failed(error)
    }
}

/// One step of decoding.
pub type Step<T> = std::result::Result<T, Interrupt>;

/// One element of a reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Nil,
    Int(i64),
    Bytes(&'a [u8]),
    Double(f64),
    Bool(bool),
    /// The header of an array or a set: this many values follow.
    Array(usize),
    /// The header of a map: this many pairs follow.
    Map(usize),
}

impl Token<'_> {
    /// How many values follow that belong to it.
    pub(crate) fn children(self) -> u64 {
        match self {
            Token::Array(values) => values as u64,
            Token::Map(pairs) => 2 * pairs as u64,
            _ => 0,
        }
    }
}

/// A cursor over as much of the replies to one request as has arrived.
#[doc(hidden)]
pub struct Reply<'a> {
    bytes: &'a [u8],
    at: usize,
    state: &'a mut Progress,
}

/// How far the replies to one request have been read: what remains of a [`Reply`] while there is nothing to read.
#[derive(Debug)]
pub(crate) struct Progress {
    /// How many values are still to come, as far as that is known.
    owed: u64,
    scope: Scope,
    /// Whether something is to be passed over before the next token.
    unsettled: bool,
    /// What is owed when enough has been passed over.
    pass_to: u64,
    /// How many bytes are to come of a string that is passed over.
    bytes: u64,
    aside: Aside,
    /// The first error reply that was passed over.
    passed: Option<Error>,
    /// Commands of the request that the server refused, so far.
    refused: usize,
    /// What became of the commands of the batch that is being read.
    tally: Tally,
    /// How many of the replies passed over last are asked for as numbers, ...
    looks: usize,
    /// ... and those.
    numbers: Vec<i64>,
    /// What the server sent is no RESP: nothing behind it can be understood.
    broken: Option<&'static str>,
}

impl Progress {
    /// Before the replies to so many commands, of which so many in the end tell a number.
    pub(crate) fn new(commands: usize, looks: usize) -> Progress {
        let owed = commands as u64;
        Progress {
            owed,
            scope: Scope { until: 0, next: owed, started: 0 },
            unsettled: false,
            pass_to: u64::MAX,
            bytes: 0,
            aside: Aside::default(),
            passed: None,
            refused: 0,
            tally: Tally::default(),
            looks,
            numbers: Vec::new(),
            broken: None,
        }
    }

    /// Why what the server sent cannot be understood.
    pub(crate) fn broken(&self) -> Option<&'static str> {
        self.broken
    }

    /// The first error reply that was passed over.
    pub(crate) fn take_passed(&mut self) -> Option<Error> {
        self.passed.take()
    }

    /// How many commands the server has refused so far.
    pub(crate) fn refused(&self) -> usize {
        self.refused
    }

    /// What became of the commands of the batch that was read.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// Nobody wants to read on: all that is owed is passed over.
    pub(crate) fn abandon(&mut self) {
        self.scope = Scope { until: 0, next: u64::MAX, started: 0 };
        self.pass_to = 0;
        self.unsettled = true;
        self.looks = 0;
        self.passed = None;
    }

    /// The numbers that were asked for; fewer where there were none.
    pub(crate) fn take_numbers(&mut self) -> Vec<i64> {
        std::mem::take(&mut self.numbers)
    }
}

/// What stands beside the replies, a push or an attribute, and is passed over.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Aside {
    /// How many values are to come, ...
    values: u64,
    /// ... and how many bytes of the string before them.
    bytes: u64,
}

impl Aside {
    /// Whether we are in the midst of it.
    pub(crate) fn is_open(self) -> bool {
        self.values > 0 || self.bytes > 0
    }

    /// Passes over what has arrived. Returns how many bytes it used; the rest is yet to come if it is still open.
    ///
    /// # Errors
    /// What is wrong with the bytes.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Result<usize, &'static str> {
        let mut at = 0;
        while self.is_open() {
            if self.bytes > 0 {
                at += skip(&mut self.bytes, &bytes[at..]);
                if self.bytes > 0 {
                    break;
                }
                continue;
            }
            let Some(element) = resp::element(&bytes[at..])? else { break };
            at += element.used;
            let own = u64::from(!matches!(element.mark, b'|'));
            self.values = add(self.values - own, element.children)?;
            self.bytes = element.bytes;
        }
        Ok(at)
    }

    /// Begins with a push where no reply is outstanding. Returns how many bytes its header has, `None` if that has not
    /// arrived.
    ///
    /// # Errors
    /// If it is a reply instead.
    pub(crate) fn begin(&mut self, bytes: &[u8]) -> Result<Option<usize>, &'static str> {
        match resp::element(bytes)? {
            Some(element) if matches!(element.mark, b'>' | b'|') => {
                self.values = element.children;
                Ok(Some(element.used))
            }
            Some(_) => Err("a reply to which there is no request"),
            None => Ok(None),
        }
    }
}

/// Takes off as many as there are.
fn skip(owed: &mut u64, bytes: &[u8]) -> usize {
    let part = usize::try_from(*owed).unwrap_or(usize::MAX).min(bytes.len());
    *owed -= part as u64;
    part
}

fn add(owed: u64, children: u64) -> Result<u64, &'static str> {
    owed.checked_add(children).ok_or("more values than can be counted")
}

/// How many writes of a batch were applied and how many were not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    applied: usize,
    refused: usize,
}

impl Tally {
    /// Counts one command of the batch; one that only reads has no outcome.
    pub(crate) fn count(&mut self, outcome: Option<Outcome>) {
        match outcome {
            None => {}
            Some(Outcome::NotApplied) => self.refused += 1,
            Some(Outcome::Applied) => self.applied += 1,
            Some(Outcome::PartiallyApplied | Outcome::Unknown) => {
                self.applied += 1;
                self.refused += 1;
            }
        }
    }

    /// The outcome of the batch, if there were writes in it.
    pub(crate) fn outcome(self) -> Option<Outcome> {
        match (self.applied, self.refused) {
            (0, 0) => None,
            (0, _) => Some(Outcome::NotApplied),
            (_, 0) => Some(Outcome::Applied),
            _ => Some(Outcome::PartiallyApplied),
        }
    }
}

/// The replies that belong together: those of one command, or of one transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// What is owed when the scope is over.
    until: u64,
    /// What is owed when the next of its own values begins.
    next: u64,
    /// How many of its own values have begun.
    started: usize,
}

impl std::fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("owed", &self.state.owed).finish_non_exhaustive()
    }
}

impl<'a> Reply<'a> {
    pub(crate) fn over(bytes: &'a [u8], state: &'a mut Progress) -> Reply<'a> {
        Reply { bytes, at: 0, state }
    }

    /// How many of the bytes have been read.
    pub(crate) fn used(&self) -> usize {
        self.at
    }

    /// The next element. An error reply comes as an error, with its place in the scope.
    #[inline]
    pub(crate) fn token(&mut self) -> Step<Token<'a>> {
        loop {
            if self.state.unsettled {
                self.settle()?;
            }
            if self.is_over() {
                return Err(Error::new(
                    ErrorKind::Decode,
                    "the server sent fewer values than the command answers with",
                )
                .into());
            }
            let bytes = &self.bytes[self.at..];
            let (token, used) = match resp::token(bytes) {
                Ok(Some(read)) => read,
                Ok(None) => return Err(Interrupt::Incomplete),
                Err(wrong) => return Err(self.break_off(wrong)),
            };
            self.at += used;
            let token = match token {
                Arrived::Value(token) => token,
                Arrived::Error(text) => {
                    self.begin_value();
                    self.state.owed -= 1;
                    self.state.refused += 1;
                    let index = self.state.scope.started.saturating_sub(1);
                    return Err(server_error(text).with_index(index).into());
                }
                // pushes and attributes are nobody's answer
                Arrived::Aside(values) => {
                    self.state.aside = Aside { values, bytes: 0 };
                    self.state.unsettled = true;
                    continue;
                }
            };
            self.begin_value();
            match add(self.state.owed - 1, token.children()) {
                Ok(owed) => self.state.owed = owed,
                Err(wrong) => return Err(self.break_off(wrong)),
            }
            return Ok(token);
        }
    }

    /// The next value, of which only the first element is of interest.
    pub(crate) fn head(&mut self) -> Step<Token<'a>> {
        let token = self.token()?;
        self.pass_later(self.state.owed - token.children());
        Ok(token)
    }

    /// The bytes of one string; an integer is its decimal text.
    #[inline]
    pub(crate) fn nil_or<T>(&mut self, read: impl FnOnce(&[u8]) -> Step<T>) -> Step<Option<T>> {
        match self.token()? {
            Token::Nil => Ok(None),
            Token::Bytes(bytes) => read(bytes).map(Some),
            Token::Int(number) => read(itoa::Buffer::new().format(number).as_bytes()).map(Some),
            Token::Double(number) => read(ryu::Buffer::new().format(number).as_bytes()).map(Some),
            Token::Bool(flag) => read(if flag { b"1" } else { b"0" }).map(Some),
            Token::Array(_) | Token::Map(_) => Err(unexpected("a collection", "one value")),
        }
    }

    /// The header of a collection: how many values follow, a map's keys and values counted alike. Nil is none.
    pub(crate) fn aggregate(&mut self) -> Step<Option<usize>> {
        match self.token()? {
            Token::Nil => Ok(None),
            Token::Array(values) => Ok(Some(values)),
            Token::Map(pairs) => Ok(Some(2 * pairs)),
            _ => Err(unexpected("one value", "a collection")),
        }
    }

    /// The next value, appended as it came: for the way out to the client crate. `until` belongs to the caller, who
    /// begins with `None`, and calls again with what came of it where the value has not arrived whole.
    pub(crate) fn copy(&mut self, until: &mut Option<u64>, out: &mut Vec<u8>) -> Step<()> {
        let until = match *until {
            Some(until) => until,
            None => {
                self.approach()?;
                if matches!(self.bytes.get(self.at), Some(b'-' | b'!')) || self.is_over() {
                    self.token()?;
                }
                *until.insert(self.state.owed.saturating_sub(1))
            }
        };
        loop {
            if self.state.bytes == 0 {
                if self.state.aside.is_open() {
                    self.settle_aside()?;
                    continue;
                }
                if self.state.owed <= until {
                    return Ok(());
                }
            }
            let from = self.at;
            let is_beside = self.state.bytes == 0 && matches!(self.bytes.get(from), Some(b'>' | b'|'));
            let step = self.pass_one();
            if !is_beside {
                out.extend_from_slice(&self.bytes[from..self.at]);
            }
            step?;
        }
    }

    /// Passes over all that stands before the next value.
    fn approach(&mut self) -> Step<()> {
        loop {
            if self.state.unsettled {
                self.settle()?;
            }
            match self.bytes.get(self.at) {
                _ if self.is_over() => return Ok(()),
                Some(b'>' | b'|') => self.pass_one()?,
                Some(_) => return Ok(()),
                None => return Err(Interrupt::Incomplete),
            }
        }
    }

    /// Whether all values of the scope have been read.
    fn is_over(&self) -> bool {
        self.state.owed <= self.state.scope.until
    }

    /// The next `count` replies belong together: whatever becomes of decoding them, [`Reply::leave`] ends behind them.
    pub(crate) fn enter(&mut self, count: usize) -> Scope {
        let state = &mut *self.state;
        let from = state.owed.min(state.pass_to);
        let until = from.saturating_sub(count as u64).max(state.scope.until);
        let mut around = std::mem::replace(&mut state.scope, Scope { until, next: from, started: 0 });
        if from == around.next {
            around.next = until;
            around.started += count;
        }
        around
    }

    /// Takes up the scope around that which [`Reply::enter`] began; what is left of this one is passed over before
    /// anything else is read. Returns the first error reply that [`Reply::pass_rest`] has passed over.
    pub(crate) fn leave(&mut self, around: Scope) -> Option<Error> {
        let until = std::mem::replace(&mut self.state.scope, around).until;
        self.pass_later(until);
        self.state.passed.take()
    }

    /// Passes over what is left of this scope, and counts what was refused.
    pub(crate) fn pass_rest(&mut self) -> Step<()> {
        self.pass_later(self.state.scope.until);
        if self.state.unsettled { self.settle() } else { Ok(()) }
    }

    /// How many commands the server has refused so far.
    pub(crate) fn refused(&self) -> usize {
        self.state.refused
    }

    /// What became of the commands of the batch that is being read.
    pub(crate) fn tally(&mut self) -> &mut Tally {
        &mut self.state.tally
    }

    /// Nobody wants to read on.
    pub(crate) fn abandon(&mut self) {
        self.state.abandon();
    }

    fn pass_later(&mut self, until: u64) {
        if self.state.owed > until || self.state.bytes > 0 || self.state.aside.is_open() {
            self.state.pass_to = self.state.pass_to.min(until);
            self.state.unsettled = true;
        }
    }

    /// Passes over what is to be passed over.
    #[cold]
    fn settle(&mut self) -> Step<()> {
        loop {
            if self.state.bytes == 0 && self.state.aside.is_open() {
                self.settle_aside()?;
            } else if self.state.bytes > 0 || self.state.owed > self.state.pass_to {
                self.pass_one()?;
            } else {
                self.state.pass_to = u64::MAX;
                self.state.unsettled = false;
                return Ok(());
            }
        }
    }

    fn settle_aside(&mut self) -> Step<()> {
        match self.state.aside.pass(&self.bytes[self.at..]) {
            Ok(used) => self.at += used,
            Err(wrong) => return Err(self.break_off(wrong)),
        }
        if self.state.aside.is_open() { Err(Interrupt::Incomplete) } else { Ok(()) }
    }

    /// Passes over one element, or over as much of its string as has arrived.
    fn pass_one(&mut self) -> Step<()> {
        if self.state.bytes > 0 {
            self.at += skip(&mut self.state.bytes, &self.bytes[self.at..]);
            return if self.state.bytes > 0 { Err(Interrupt::Incomplete) } else { Ok(()) };
        }
        let bytes = &self.bytes[self.at..];
        let element = match resp::element(bytes) {
            Ok(Some(element)) => element,
            Ok(None) => return Err(Interrupt::Incomplete),
            Err(wrong) => return Err(self.break_off(wrong)),
        };
        if matches!(element.mark, b'>' | b'|') {
            self.at += element.used;
            self.state.aside = Aside { values: element.children, bytes: 0 };
            self.state.unsettled = true;
            return Ok(());
        }
        if self.state.owed == self.state.scope.next {
            self.notice(element, &bytes[..element.used]);
        }
        self.begin_value();
        self.at += element.used;
        self.state.bytes = element.bytes;
        match add(self.state.owed - 1, element.children) {
            Ok(owed) => self.state.owed = owed,
            Err(wrong) => return Err(self.break_off(wrong)),
        }
        Ok(())
    }

    /// Notes what a reply says that is passed over.
    fn notice(&mut self, element: Element, bytes: &[u8]) {
        if matches!(element.mark, b'-' | b'!') {
            self.state.refused += 1;
            // the text of a long one is passed over like other strings
            let text = if element.mark == b'-' { &bytes[1..bytes.len() - 2] } else { b"ERR" };
            self.state.passed.get_or_insert_with(|| server_error(text));
        }
        if self.state.looks > 0 {
            let number = match resp::token(bytes) {
                Ok(Some((Arrived::Value(Token::Int(number)), _))) => number,
                _ => 0,
            };
            if self.state.numbers.len() == self.state.looks {
                self.state.numbers.remove(0);
            }
            self.state.numbers.push(number);
        }
    }

    /// Counts the value that begins, if it is one of the scope's own.
    #[inline]
    fn begin_value(&mut self) {
        let scope = &mut self.state.scope;
        if self.state.owed == scope.next {
            scope.next -= 1;
            scope.started += 1;
        }
    }

    /// Nothing behind this can be understood. To whoever reads it looks as if nothing came any more; the link knows.
    #[cold]
    fn break_off(&mut self, wrong: &'static str) -> Interrupt {
        self.state.broken.get_or_insert(wrong);
        Interrupt::Incomplete
    }
}

/// An error reply, given without its mark.
pub(crate) fn server_error(text: &[u8]) -> Error {
    let text = String::from_utf8_lossy(text);
    let (code, rest) = text.split_once(' ').unwrap_or((&text, ""));
    Error::server(code, rest)
}

fn unexpected(found: &str, wanted: &str) -> Interrupt {
    Error::new(ErrorKind::Decode, format!("the server answered with {found} where {wanted} was expected"))
        .into()
}
