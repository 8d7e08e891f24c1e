//! The handshake: the first words on a new connection, in one round trip, or two where RESP3 is not spoken.

use redis::{ProtocolVersion, RedisConnectionInfo};

use super::{End, Fed, Sink};
use crate::error::{Error, ErrorKind, Outcome, Result};
use crate::reply::{Interrupt, Progress, Reply};
use crate::request::Request;

/// What is said, and what was answered so far.
pub(crate) struct Handshake<'a> {
    settings: &'a RedisConnectionInfo,
    resp3: bool,
    answers: Answers,
}

/// One answer each: nothing, or why not.
struct Answers {
    progress: Progress,
    left: usize,
    refusals: Vec<Option<Error>>,
}

impl<'a> Handshake<'a> {
    pub(crate) fn new(settings: &'a RedisConnectionInfo) -> Handshake<'a> {
        let resp3 = settings.protocol() == ProtocolVersion::RESP3;
        Handshake { settings, resp3, answers: Answers::to(0) }
    }

    /// What is sent now; the answers are read by `self` as a [`Sink`].
    pub(crate) fn request(&mut self) -> Request {
        let (user, password) = (self.settings.username(), self.settings.password());
        let mut request = Request::write();
        if self.resp3 {
            request.push("HELLO", |a| {
                a.int(3);
                if let Some(password) = password {
                    a.raw(b"AUTH").raw(user.unwrap_or("default").as_bytes()).raw(password.as_bytes());
                }
            });
        } else if let Some(password) = password {
            request.push("AUTH", |a| {
                if let Some(user) = user {
                    a.raw(user.as_bytes());
                }
                a.raw(password.as_bytes());
            });
        }
        if self.settings.db() != 0 {
            request.push("SELECT", |a| _ = a.int(self.settings.db()));
        }
        for (name, value) in [("LIB-NAME", "pottery"), ("LIB-VER", env!("CARGO_PKG_VERSION"))] {
            request.push("CLIENT", |a| _ = a.raw(b"SETINFO").raw(name.as_bytes()).raw(value.as_bytes()));
        }
        self.answers = Answers::to(request.len());
        request
    }

    /// Whether the connection is ready. If it is not, the handshake is to be tried once more, in RESP2.
    ///
    /// # Errors
    /// What the server refused. Nothing was sent on behalf of anybody.
    pub(crate) fn is_done(&mut self) -> Result<bool> {
        let mut refusals = std::mem::take(&mut self.answers.refusals);
        // who does not know CLIENT SETINFO (before Redis 7.2) loses nothing
        refusals.truncate(refusals.len().saturating_sub(2));
        for (at, refusal) in refusals.into_iter().enumerate() {
            let Some(error) = refusal else { continue };
            if at == 0 && self.resp3 && is_ignorance(&error) {
                self.resp3 = false;
                return Ok(false);
            }
            // before Redis 6 there was no code for this, and not always
            let text = error.message();
            let is_credentials = error.kind() == ErrorKind::Server
                && self.settings.password().is_some()
                && (text.contains("AUTH") || text.contains("password"));
            let error = if is_credentials {
                Error::new(ErrorKind::Denied, "the server refused the credentials")
            } else {
                error.without_index()
            };
            return Err(error.with_outcome(Outcome::NotApplied));
        }
        Ok(true)
    }
}

/// Whether the server, or a proxy before it, does not know HELLO or RESP3, or does not allow it.
fn is_ignorance(error: &Error) -> bool {
    error.kind() == ErrorKind::Unsupported || matches!(error.server_code(), Some("NOPROTO" | "NOPERM"))
}

impl Answers {
    fn to(commands: usize) -> Answers {
        Answers { progress: Progress::new(commands, 0), left: commands, refusals: Vec::new() }
    }
}

impl Sink for Handshake<'_> {
    fn feed(&mut self, bytes: &[u8]) -> Fed {
        let Answers { progress, left, refusals } = &mut self.answers;
        let mut reply = Reply::over(bytes, progress);
        let step = loop {
            if *left == 0 {
                break reply.pass_rest();
            }
            match reply.head() {
                Ok(_) => refusals.push(None),
                Err(Interrupt::Failed(error)) => refusals.push(Some(error)),
                Err(incomplete) => break Err(incomplete),
            }
            *left -= 1;
        };
        let used = reply.used();
        let end = match (step, progress.broken()) {
            (Ok(()), _) => End::Done,
            (_, Some(wrong)) => End::Broken(wrong),
            _ => End::More,
        };
        Fed { used, end }
    }
}
