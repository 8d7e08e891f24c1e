//! Leases: who computes, and what becomes of that when it does not.

use std::fmt::Write;
use std::time::Duration;

use super::super::keyed::millis;
use super::Memo;
use crate::codec::Codec;
use crate::command::Command;
use crate::decode::{Decode, Done};
use crate::error::{Error, ErrorKind, Result};
use crate::operation::{Operation, Run};
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::Request;
use crate::script::Script;
use crate::storable::Storable;

/// What one who asks is told.
#[derive(Debug)]
pub(super) enum Answer {
    Remembered(Vec<u8>),
    /// Somebody else computes, and may do so for this long.
    Taken(Duration),
    /// Compute.
    Yours,
}

impl Decode for Answer {
    type Output = Answer;
    /// The first element.
    type Partial = Option<Vec<u8>>;

    fn resume(kind: &mut Option<Vec<u8>>, reply: &mut Reply<'_>) -> Step<Answer> {
        let kind = match kind {
            Some(kind) => kind,
            none => {
                reply.aggregate()?;
                // set only when it is read, so that a header which came alone must not be read again
                none.insert(Vec::new())
            }
        };
        if kind.is_empty() {
            *kind = reply.nil_or(|bytes| Ok(bytes.to_vec()))?.unwrap_or_else(|| b"?".to_vec());
        }
        match &kind[..] {
            b"2" => Ok(Answer::Yours),
            b"1" => Ok(Answer::Remembered(reply.nil_or(|bytes| Ok(bytes.to_vec()))?.unwrap_or_default())),
            b"0" => {
                let left =
                    reply.nil_or(|bytes| Ok(std::str::from_utf8(bytes).ok().and_then(|n| n.parse().ok())))?;
                Ok(Answer::Taken(Duration::from_millis(left.flatten().unwrap_or(0))))
            }
            _ => Err(Error::new(
                ErrorKind::Decode,
                "the server answered a memo's question with something else",
            )
            .into()),
        }
    }
}

impl<K: Storable, V: Storable, C: Codec> Memo<K, V, C> {
    /// Asks for a key.
    pub(super) fn ask(&self, key: &[u8], token: &[u8], is_stale: bool) -> Result<Command<Answer>> {
        static ASK: Script = Script::new(include_str!("../../scripts/memo_ask.lua"));
        let lease = millis(self.settings.lease)?;
        let slide = match (self.settings.slides, self.life()?) {
            (true, life @ 1..) => life.to_string(),
            _ => String::new(),
        };
        let request = Request::write().eval(&ASK, &[self.key()], |a| {
            a.raw(key).raw(token).int(lease).raw(slide.as_bytes());
            a.raw(if is_stale { b"1" } else { b"0" }).raw(self.own());
        });
        Ok(Command::new::<Answer>(self.place(), request.bears(self.place())))
    }
}

/// What nobody else has.
pub(super) fn token() -> Vec<u8> {
    let mut token = String::with_capacity(32);
    for byte in crate::random::bytes() {
        _ = write!(token, "{byte:02x}");
    }
    token.into_bytes()
}

/// The right to compute. Dropped, it is given back in the background.
pub(super) struct Lease {
    place: Place,
    key: Vec<u8>,
    token: Vec<u8>,
    is_held: bool,
}

impl Lease {
    pub(super) fn new(place: Place, key: Vec<u8>, token: Vec<u8>) -> Lease {
        Lease { place, key, token, is_held: true }
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.key
    }

    pub(super) fn token(&self) -> &[u8] {
        &self.token
    }

    /// It has been given back.
    pub(super) fn settle(mut self) {
        self.is_held = false;
    }

    /// Lets another one compute now. Where that cannot be said, it will when the lease ends.
    pub(super) async fn give_back(self, run: &Run) {
        if run.command(self.release()).await.is_ok() {
            self.settle();
        }
    }

    fn release(&self) -> Command<()> {
        static RELEASE: Script = Script::new(include_str!("../../scripts/memo_release.lua"));
        let request = Request::write().eval(&RELEASE, &[self.place.key()], |a| {
            a.raw(&self.key).raw(&self.token);
        });
        Command::new::<Done>(&self.place, request)
    }
}

impl Drop for Lease {
    /// A computation that panicked or was given up.
    fn drop(&mut self) {
        if self.is_held {
            let release = self.release();
            let release = Operation::new(self.place.store(), |run| async move { run.command(release).await });
            crate::link::background::detach(release);
        }
    }
}
