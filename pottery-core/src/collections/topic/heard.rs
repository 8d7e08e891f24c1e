//! What a server says to one who listens.

use crate::decode::{Decode, Number};
use crate::error::Error;
use crate::link::listener::Frame;
use crate::reply::{Reply, Step, Token, server_error};

/// A message, as it came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'a> {
    pub(super) channel: &'a [u8],
    pub(super) message: &'a [u8],
}

/// A word of the server.
#[derive(Debug)]
pub(super) enum Word<'a> {
    Message(Heard<'a>),
    /// We listen to what we asked for, ...
    Begun,
    /// ... or do so no more.
    Ended,
    Refused(Error),
    /// A sign of life, or something that is none of our business.
    Other,
}

impl<'a> Word<'a> {
    pub(super) fn of(frame: Frame<'a>) -> Word<'a> {
        if let Some(text) = frame.error() {
            return Word::Refused(server_error(text));
        }
        let mut parts = frame.parts();
        let mut bytes = || match parts.next() {
            Some(Token::Bytes(bytes)) => Some(bytes),
            _ => None,
        };
        let heard = match bytes() {
            Some(b"message") => bytes().zip(bytes()),
            Some(b"pmessage") => bytes().and_then(|_| bytes().zip(bytes())),
            Some(b"subscribe" | b"psubscribe") => return Word::Begun,
            Some(b"unsubscribe" | b"punsubscribe") => return Word::Ended,
            _ => None,
        };
        heard.map_or(Word::Other, |(channel, message)| Word::Message(Heard { channel, message }))
    }
}

/// How many listen to one channel: its name, and the number.
#[derive(Debug)]
pub(super) struct NumSub;

impl Decode for NumSub {
    type Output = usize;
    /// How many elements have been passed.
    type Partial = u8;

    fn resume(passed: &mut u8, reply: &mut Reply<'_>) -> Step<usize> {
        if *passed == 0 {
            reply.aggregate()?;
            *passed = 1;
        }
        if *passed == 1 {
            reply.head()?;
            *passed = 2;
        }
        Number::resume(&mut (), reply)
    }
}
