//! Lua scripts.
//!
//! One interpreter for a server ([`interpreter`]), made when the first script comes. [`session`] is how scripts reach the
//! engine, [`from_reply`] and [`to_reply`] turn replies into values and back. `prelude.lua` makes the globals that
//! scripts see, of which [`api`] is the table `redis`; [`json`], [`msgpack`], [`structs`] and [`bits`] are the libraries
//! that Redis brings along.
//!
//! Functions written in Rust raise errors with [`raise`], in Lua's own words; what a client is told of a script that
//! failed is made in [`report`].

mod api;
mod bits;
pub(crate) mod busy;
mod from_reply;
mod interpreter;
mod json;
mod msgpack;
mod number;
mod raise;
mod random;
mod report;
mod session;
mod shebang;
mod structs;
mod to_reply;
mod unpack;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use hashbrown::HashMap;
use sha1_smol::Sha1;

use crate::engine::cluster::slot;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use interpreter::{Compiled, Interpreter};
use raise::Stop;
use session::Run;
use shebang::Shebang;

/// The name of a script: the SHA1 of its text, as forty digits.
pub(crate) type Sha = [u8; 40];

/// The scripts that the server knows.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    interpreter: Option<Rc<Interpreter>>,
    known: HashMap<Sha, Script>,
}

/// A script that has been loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    compiled: Compiled,
    flags: Shebang,
}

/// What to do about a script that has come without its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Killed {
    Ok,
    /// No script runs.
    NotBusy,
    /// It has written already.
    Unkillable,
}

/// The SHA1 of a text in hexadecimal digits.
pub(crate) fn sha1(text: &[u8]) -> Sha {
    let mut digits = [0; 40];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(Sha1::from(text).digest().bytes()) {
        pair[0] = b"0123456789abcdef"[usize::from(byte >> 4)];
        pair[1] = b"0123456789abcdef"[usize::from(byte & 15)];
    }
    digits
}

/// A script's name as text.
fn name(sha: &Sha) -> &str {
    str::from_utf8(sha).unwrap_or_default()
}

impl Scripts {
    fn interpreter(&mut self) -> Result<Rc<Interpreter>, Error> {
        if let Some(interpreter) = &self.interpreter {
            return Ok(Rc::clone(interpreter));
        }
        let interpreter = Interpreter::new()
            .map_err(|error| Error::new(format!("ERR no interpreter for scripts: {error}")))?;
        Ok(Rc::clone(self.interpreter.insert(Rc::new(interpreter))))
    }

    /// Compiles a script, unless it is known already.
    pub(crate) fn load(&mut self, script: &[u8]) -> Result<Sha, Error> {
        let sha = sha1(script);
        if !self.known.contains_key(&sha) {
            let (flags, body) = shebang::parse(script)?;
            let compiled = self.interpreter()?.compile(body)?;
            self.known.insert(sha, Script { compiled, flags });
        }
        Ok(sha)
    }

    /// Whether a script has been loaded.
    pub(crate) fn knows(&self, sha: &[u8]) -> bool {
        Sha::try_from(sha).is_ok_and(|mut sha| {
            sha.make_ascii_lowercase();
            self.known.contains_key(&sha)
        })
    }

    /// Forgets all scripts, and whatever they have left in the interpreter.
    pub(crate) fn flush(&mut self) {
        self.known.clear();
        // Its random numbers go on.
        if let Some(old) = self.interpreter.take()
            && let Ok(new) = self.interpreter()
        {
            new.session().random.follow(&old.session().random);
        }
    }

    /// Has the script that runs end.
    pub(crate) fn kill(&self) -> Killed {
        match &self.interpreter {
            Some(interpreter) if interpreter.session().is_running() => {
                if interpreter.session().has_written() {
                    return Killed::Unkillable;
                }
                interpreter.session().stop(Stop::Killed);
                Killed::Ok
            }
            _ => Killed::NotBusy,
        }
    }

    /// How many scripts are known.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many bytes the interpreter uses.
    pub(crate) fn memory(&self) -> usize {
        self.interpreter.as_ref().map_or(0, |interpreter| interpreter.memory())
    }
}

/// Runs a script that has been loaded. The reply is the script's.
pub(crate) fn run(
    ctx: &mut Ctx<'_>,
    sha: &Sha,
    read_only: bool,
    keys: &[&[u8]],
    args: &[&[u8]],
) -> Result<(), Error> {
    let engine = ctx.engine();
    let Some(Script { compiled, flags }) = engine.scripts.known.get(sha).copied() else {
        return Err(Error::text("NOSCRIPT No matching script. Please use EVAL."));
    };
    if read_only && flags.present && !flags.no_writes {
        return Err(Error::text("ERR Can not execute a script with write flag using *_ro command."));
    }
    let short = engine.out_of_memory && !flags.allow_oom;
    if short && flags.present && !flags.no_writes {
        return Err(Error::text("OOM command not allowed when used memory > 'maxmemory'."));
    }
    let one_slot = engine.cluster.is_some() && flags.present && !flags.cross_slot;
    if flags.present
        && !flags.no_writes
        && let Some(error) = engine.write_refusal()
    {
        return Err(error);
    }
    let interpreter = engine.scripts.interpreter()?;
    let run = Run {
        read_only: read_only || flags.no_writes,
        memory: engine.config.script_memory,
        refuse_oom: short,
        one_slot: one_slot.then(|| keys.first().map(|key| slot(key))),
    };
    let start = ctx.out.len();
    let result = interpreter.run(ctx, compiled, name(sha), keys, args, run);
    // What the script's commands did has been noted, one by one.
    ctx.propagate_nothing();
    ctx.absorb_at(start);
    result
}
