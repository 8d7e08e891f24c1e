//! Runs a program on both servers and compares what they say.

use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::case::Tolerance;
use crate::compare::{self, elements};
use crate::dump;
use crate::program::{CLIENTS, Step};
use crate::side::{END, Side};

/// What was seen while programs ran.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) replies: usize,
    pub(crate) errors: usize,
    /// How many clients were blocked, and how many of them got something.
    pub(crate) blocked: usize,
    pub(crate) served: usize,
    /// How often each form was answered with something else than an error.
    pub(crate) successes: BTreeMap<String, usize>,
}

/// How many commands are sent at once, at most.
const PIPELINE: usize = 50;
/// How long a client stays blocked, in steps.
const PATIENCE: usize = 25;

struct Player<'a> {
    sides: [Side; 2],
    tally: &'a mut Tally,
    /// For each client what has been queued since `MULTI`: how much the replies may differ.
    queues: [Vec<Tolerance>; CLIENTS],
    /// For each client the step that blocks it, and since when.
    blocked: [Option<(usize, usize)>; CLIENTS],
}

/// Runs a program.
///
/// # Errors
/// With the first difference.
pub(crate) fn play(program: &[Step], [real, ours]: [SocketAddr; 2], tally: &mut Tally) -> Result<(), String> {
    let sides = (|| io::Result::Ok([Side::new(real)?, Side::new(ours)?]))();
    let sides = sides.map_err(|error| format!("can't connect: {error}"))?;
    let mut player = Player { sides, tally, queues: Default::default(), blocked: Default::default() };
    let mut at = 0;
    while at < program.len() {
        at = player.turn(program, at)?;
    }
    for client in 0..CLIENTS {
        player.release(client)?;
    }
    let [real, ours] = &mut player.sides;
    dump::difference(&mut real.control, &mut ours.control).map_or(Ok(()), Err)
}

impl Player<'_> {
    /// Runs the step at `at`, and those after it that can be sent together with it. Returns where to go on.
    fn turn(&mut self, program: &[Step], at: usize) -> Result<usize, String> {
        let client = program[at].client;
        for other in 0..CLIENTS {
            if self.blocked[other].is_some_and(|(_, since)| since + PATIENCE < at) {
                self.release(other)?;
            }
        }
        if self.blocked[client].is_some() {
            return Ok(at + 1);
        }
        let someone_waits = self.blocked.iter().any(Option::is_some);
        let alone = someone_waits || program[at].may_block();
        let together = |step: &&Step| step.client == client && !step.may_block();
        let count = match alone {
            true => 1,
            false => program[at..].iter().take(PIPELINE).take_while(together).count(),
        };
        let steps = &program[at..at + count];
        for side in &mut self.sides {
            side.clients[client].send(steps.iter().map(|step| step.args.as_slice()));
        }
        if program[at].may_block() && self.blocks(client)? {
            self.tally.blocked += 1;
            self.blocked[client] = Some((at, at));
        } else {
            for step in steps {
                self.receive(step, false)?;
            }
        }
        if someone_waits {
            self.wake(program)?;
        }
        Ok(at + count)
    }

    /// Whether a client that has sent a blocking command waits for a key.
    fn blocks(&mut self, client: usize) -> Result<bool, String> {
        let before = self.blocked.iter().flatten().count();
        let deadline = Instant::now() + Duration::from_secs(5);
        let mut waits = [false; 2];
        for (side, waits) in self.sides.iter_mut().zip(&mut waits) {
            // The reply is looked for once more after the count: a moment ago it may have been on its way.
            *waits = loop {
                if side.clients[client].has_reply() {
                    break false;
                }
                if side.blocked() > before {
                    break true;
                }
                if Instant::now() > deadline {
                    return Err("a blocking command neither blocks nor answers".to_owned());
                }
            };
        }
        match waits {
            [true, false] => Err("redis blocks, ours doesn't".to_owned()),
            [false, true] => Err("ours blocks, redis doesn't".to_owned()),
            [waits, _] => Ok(waits),
        }
    }

    /// Receives what blocked clients have been sent after somebody else's command.
    fn wake(&mut self, program: &[Step]) -> Result<(), String> {
        let waiting = self.blocked.iter().flatten().count();
        let [real, ours] = self.sides.each_mut().map(Side::blocked);
        if real != ours {
            return Err(format!("of {waiting} blocked clients, in redis {real} remain, in ours {ours}"));
        }
        let mut served = waiting.saturating_sub(real);
        let deadline = Instant::now() + Duration::from_secs(5);
        while served > 0 {
            for client in 0..CLIENTS {
                let Some((step, _)) = self.blocked[client] else { continue };
                if self.sides[0].clients[client].has_reply() {
                    self.blocked[client] = None;
                    self.receive(&program[step], true)?;
                    self.tally.served += 1;
                    served -= 1;
                }
            }
            if Instant::now() > deadline {
                return Err("a client is blocked no more, but got nothing".to_owned());
            }
        }
        Ok(())
    }

    /// Ends the connection of a client that is blocked, and waits until the servers have noticed.
    fn release(&mut self, client: usize) -> Result<(), String> {
        if self.blocked[client].take().is_none() {
            return Ok(());
        }
        self.queues[client].clear();
        let left = self.blocked.iter().flatten().count();
        for side in &mut self.sides {
            side.reconnect(client).map_err(|error| format!("can't connect again: {error}"))?;
            let deadline = Instant::now() + Duration::from_secs(5);
            while side.blocked() != left {
                if Instant::now() > deadline {
                    return Err("a blocked client's end wasn't noticed".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Receives the reply to a step from both and compares.
    fn receive(&mut self, step: &Step, waited: bool) -> Result<(), String> {
        let [expected, found] = self.sides.each_mut().map(|side| side.clients[step.client].receive());
        let queue = &mut self.queues[step.client];
        let word = String::from_utf8_lossy(&step.args[0]).to_ascii_lowercase();
        let same = if word == "exec" && expected.first() == Some(&b'*') {
            let tolerances = mem::take(queue);
            let (expected, found) = (elements(&expected), elements(&found));
            expected.len() == found.len()
                && (expected.is_empty() || expected.len() == tolerances.len())
                && expected.iter().zip(&found).zip(&tolerances).all(|((a, b), by)| compare::same(a, b, *by))
        } else {
            compare::same(&expected, &found, step.tolerance)
        };
        match (word.as_str(), &expected[..]) {
            (_, b"+QUEUED\r\n") => queue.push(step.tolerance),
            ("multi" | "discard" | "reset", reply) if reply.starts_with(b"+") => queue.clear(),
            ("exec", _) => queue.clear(),
            _ => {}
        }
        self.tally.replies += 1;
        if expected.starts_with(b"-") {
            self.tally.errors += 1;
        } else {
            *self.tally.successes.entry(step.name.clone()).or_default() += 1;
        }
        if same && expected != END {
            return Ok(());
        }
        Err(format!(
            "{step}{}\n  redis: {}\n  ours:  {}",
            if waited { " (which waited)" } else { "" },
            expected.escape_ascii(),
            found.escape_ascii()
        ))
    }
}
