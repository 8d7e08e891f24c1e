//! Replies: a cursor over what the server answered.
//!
//! Decoding pulls tokens from a borrowed reply and never sees the client crate's value type. Today the cursor walks
//! the values which that crate has parsed; it can as well walk raw bytes as they arrive, which is why every step may
//! say [`Interrupt::Incomplete`] and be resumed later.

use redis::Value;

use crate::error::{Error, ErrorKind, Outcome, Result};

/// What a server answered to one [`Request`](crate::Request), reply by reply.
pub struct Replies(Values);

/// One reply is the usual case, and needs no vector.
enum Values {
    One([Value; 1]),
    Many(Vec<Value>),
}

impl Replies {
    /// Replies out of Redis's own protocol, as a link of a test may want to give them.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`] if the bytes are not whole replies.
    pub fn from_resp(bytes: &[u8]) -> Result<Replies> {
        let mut parser = redis::Parser::new();
        let mut rest = bytes;
        let mut values = Vec::new();
        // the parser takes in all bytes at once, so the end is where it finds no more of them
        while !bytes.is_empty() {
            match parser.parse_value(&mut rest) {
                Ok(value) => values.push(value),
                Err(error) if error.is_connection_dropped() => break,
                Err(error) => {
                    return Err(
                        Error::new(ErrorKind::Decode, "these bytes are no RESP reply").with_source(error)
                    );
                }
            }
        }
        Ok(Replies::many(values))
    }

    pub(crate) fn one(value: Value) -> Replies {
        Replies(Values::One([value]))
    }

    pub(crate) fn many(values: Vec<Value>) -> Replies {
        Replies(Values::Many(values))
    }

    pub(crate) fn values(&self) -> &[Value] {
        match &self.0 {
            Values::One(value) => value,
            Values::Many(values) => values,
        }
    }

    pub(crate) fn cursor(&self) -> Reply<'_> {
        Reply::over(self.values())
    }
}

impl std::fmt::Debug for Replies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replies({})", self.values().len())
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
    /// The header of an array, a set or a push: this many values follow.
    Array(usize),
    /// The header of a map: this many pairs follow.
    Map(usize),
}

/// A cursor over the replies to one request.
#[doc(hidden)]
pub struct Reply<'a> {
    frame: Frame<'a>,
    outer: Vec<Frame<'a>>,
    scope: Scope,
    /// Commands of the request that the server refused, so far.
    refused: usize,
    /// What became of the commands of the batch that is being read.
    pub(crate) tally: Tally,
    #[cfg(test)]
    pub(crate) budget: usize,
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

enum Frame<'a> {
    Values(std::slice::Iter<'a, Value>),
    Pairs(std::slice::Iter<'a, (Value, Value)>, Option<&'a Value>),
}

/// The replies that belong together: those of one command, or of one transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    depth: usize,
    /// How many values its frame still has when the scope is over.
    until: usize,
    /// How many it had when the scope began.
    from: usize,
}

impl<'a> Frame<'a> {
    fn left(&self) -> usize {
        match self {
            Frame::Values(values) => values.len(),
            Frame::Pairs(pairs, second) => 2 * pairs.len() + usize::from(second.is_some()),
        }
    }

    fn next(&mut self) -> Option<&'a Value> {
        match self {
            Frame::Values(values) => values.next(),
            Frame::Pairs(pairs, second) => second.take().or_else(|| {
                let (key, value) = pairs.next()?;
                *second = Some(value);
                Some(key)
            }),
        }
    }
}

impl std::fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reply").field("left", &self.frame.left()).finish_non_exhaustive()
    }
}

impl<'a> Reply<'a> {
    pub(crate) fn over(values: &'a [Value]) -> Reply<'a> {
        Reply {
            frame: Frame::Values(values.iter()),
            outer: Vec::new(),
            scope: Scope { depth: 0, until: 0, from: values.len() },
            refused: 0,
            tally: Tally::default(),
            #[cfg(test)]
            budget: usize::MAX,
        }
    }

    /// The next element. An error reply comes as an error, with its place in the scope.
    pub(crate) fn token(&mut self) -> Step<Token<'a>> {
        #[cfg(test)]
        {
            self.budget = self.budget.checked_sub(1).ok_or(Interrupt::Incomplete)?;
        }
        self.leave_finished();
        let Some(value) = self.frame.next() else {
            return Err(Error::new(
                ErrorKind::Decode,
                "the server sent fewer values than the command answers with",
            )
            .into());
        };
        Ok(match value {
            Value::Nil => Token::Nil,
            Value::Int(number) => Token::Int(*number),
            Value::BulkString(bytes) => Token::Bytes(bytes),
            Value::SimpleString(text) => Token::Bytes(text.as_bytes()),
            Value::Okay => Token::Bytes(b"OK"),
            Value::VerbatimString { text, .. } => Token::Bytes(text.as_bytes()),
            Value::BigNumber(digits) => Token::Bytes(digits),
            Value::Double(number) => Token::Double(*number),
            Value::Boolean(flag) => Token::Bool(*flag),
            Value::Array(values) | Value::Set(values) | Value::Push { data: values, .. } => {
                self.enter_frame(Frame::Values(values.iter()));
                Token::Array(values.len())
            }
            Value::Map(pairs) => {
                self.enter_frame(Frame::Pairs(pairs.iter(), None));
                Token::Map(pairs.len())
            }
            Value::Attribute { data, .. } => {
                self.enter_frame(Frame::Values(std::slice::from_ref(&**data).iter()));
                return self.token();
            }
            Value::ServerError(error) => {
                let index = self.index();
                self.refused += 1;
                return Err(Error::server(error.code(), error.details().unwrap_or_default())
                    .with_index(index)
                    .into());
            }
            _ => {
                return Err(Error::new(
                    ErrorKind::Decode,
                    "the server sent a kind of reply that is not known",
                )
                .into());
            }
        })
    }

    /// The bytes of one string; an integer is its decimal text.
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

    /// The next value as the client crate has it, for the way out to that crate.
    pub(crate) fn client_value(&mut self) -> Step<Value> {
        self.leave_finished();
        match self.frame.next() {
            Some(Value::ServerError(error)) => {
                let index = self.index();
                self.refused += 1;
                let text = error.details().unwrap_or_default();
                Err(Error::server(error.code(), text).with_index(index).into())
            }
            Some(value) => Ok(value.clone()),
            None => Err(Error::new(ErrorKind::Decode, "the server sent no answer").into()),
        }
    }

    /// The next `count` replies belong together: whatever becomes of decoding them, [`Reply::leave`] ends behind them.
    pub(crate) fn enter(&mut self, count: usize) -> Scope {
        self.leave_finished();
        let left = self.frame.left();
        let scope = Scope { depth: self.outer.len(), from: left, until: left.saturating_sub(count) };
        std::mem::replace(&mut self.scope, scope)
    }

    /// Passes over what is left of the scope that [`Reply::enter`] began, and takes up the one around it. Returns the
    /// first error reply that was passed over.
    pub(crate) fn leave(&mut self, around: Scope) -> Option<Error> {
        while self.outer.len() > self.scope.depth
            && let Some(frame) = self.outer.pop()
        {
            self.frame = frame;
        }
        let mut passed = None;
        // a scope that was read to its end may have been left already, together with the frame around it
        if self.outer.len() == self.scope.depth {
            while self.frame.left() > self.scope.until {
                if let Some(Value::ServerError(error)) = self.frame.next() {
                    self.refused += 1;
                    passed.get_or_insert_with(|| {
                        Error::server(error.code(), error.details().unwrap_or_default())
                    });
                }
            }
        }
        self.scope = around;
        passed
    }

    /// How many commands the server has refused so far.
    pub(crate) fn refused(&self) -> usize {
        self.refused
    }

    /// Which reply of the scope was read last, from 0.
    fn index(&self) -> usize {
        let left = self.outer.get(self.scope.depth).map_or_else(|| self.frame.left(), Frame::left);
        self.scope.from.saturating_sub(left + 1)
    }

    fn enter_frame(&mut self, frame: Frame<'a>) {
        if frame.left() > 0 {
            self.outer.push(std::mem::replace(&mut self.frame, frame));
        }
    }

    fn leave_finished(&mut self) {
        while self.frame.left() == 0 {
            match self.outer.pop() {
                Some(frame) => self.frame = frame,
                None => return,
            }
        }
    }
}

fn unexpected(found: &str, wanted: &str) -> Interrupt {
    Error::new(ErrorKind::Decode, format!("the server answered with {found} where {wanted} was expected"))
        .into()
}
