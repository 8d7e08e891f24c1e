//! An engine that is fed with bytes, for fuzzing.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::engine::client::{ClientId, Closing, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::{Config, OutputLimit};
use crate::engine::number::parse_i64;
use crate::engine::resp::{Limits, Parser, Step};
use crate::engine::script::busy::Attendant;

/// In the bytes: what follows comes from the other client.
const OTHER_CLIENT: u8 = 0xFE;
/// In the bytes: a second passes.
const SECOND: u8 = 0xFD;

/// The longest string that commands may make, so that a few of them are no heap.
const LONGEST: i64 = 16 * 1024;
/// The memory that scripts may take.
const SCRIPT_MEMORY: usize = 2 * 1024 * 1024;
/// The time that all scripts of an input may take.
const SCRIPT_TIME: Duration = Duration::from_millis(20);

/// Feeds an engine without sockets with what two clients send, in turns, while time passes. Returns how many arguments
/// of commands it was asked to run.
///
/// It must not panic, run for long, or take memory out of proportion.
pub fn __fuzz(input: &[u8]) -> usize {
    let clock = Clock::held();
    let config = Config {
        longest_string: LONGEST,
        script_memory: SCRIPT_MEMORY,
        busy_millis: 1,
        normal_limit: OutputLimit::new(LONGEST as usize, 0, 0),
        pubsub_limit: OutputLimit::new(LONGEST as usize, 0, 0),
        ..Config::default()
    };
    let mut engine = Engine::new(clock.clone(), config);
    engine.busy.attendant = Some(Rc::new(Impatient { first: Cell::new(None) }));
    let mut clients = [Fed::new(&mut engine), Fed::new(&mut engine)];
    let mut current = 0;
    let mut arguments = 0;
    for portion in input.split_inclusive(|byte| matches!(*byte, OTHER_CLIENT | SECOND)) {
        let (bytes, mark) = match portion.split_last() {
            Some((mark @ (&OTHER_CLIENT | &SECOND), bytes)) => (bytes, Some(*mark)),
            _ => (portion, None),
        };
        clients[current].input.extend_from_slice(bytes);
        match mark {
            Some(SECOND) => {
                arguments += clients[current].run(&mut engine);
                clock.advance(Duration::from_secs(1));
                engine.catch_up();
            }
            Some(_) => {
                arguments += clients[current].run(&mut engine);
                current = 1 - current;
            }
            None => {}
        }
        // What one has sent may have served the other.
        for client in &mut clients {
            arguments += client.run(&mut engine);
        }
    }
    for client in clients {
        engine.disconnect(client.id);
    }
    arguments
}

/// Ends scripts that take long, as if the server were to end.
#[derive(Debug)]
struct Impatient {
    first: Cell<Option<Instant>>,
}

impl Attendant for Impatient {
    fn attend(&self, _: &mut Engine) {}

    fn is_ending(&self) -> bool {
        let now = Instant::now();
        let first = self.first.get().unwrap_or(now);
        self.first.set(Some(first));
        now - first > SCRIPT_TIME
    }
}

/// A client and what it has sent.
struct Fed {
    id: ClientId,
    parser: Parser,
    input: Vec<u8>,
    start: usize,
}

impl Fed {
    fn new(engine: &mut Engine) -> Fed {
        Fed { id: engine.connect(Peer::default()), parser: Parser::default(), input: Vec::new(), start: 0 }
    }

    /// Runs the requests that have arrived, as a connection does.
    fn run(&mut self, engine: &mut Engine) -> usize {
        let mut arguments = 0;
        loop {
            let Some(client) = engine.clients.get_mut(&self.id) else { return arguments };
            client.out.clear();
            if client.closing != Closing::Open || client.is_blocked() {
                return arguments;
            }
            let limits = Limits { unauthenticated: false, longest: LONGEST };
            let input = &self.input[self.start..];
            match self.parser.next(input, limits) {
                Ok(Step::Command(length)) => {
                    let args = self.parser.args(input);
                    if !too_long(&args) {
                        arguments += args.len();
                        engine.execute(self.id, &args);
                    }
                    self.start += length;
                }
                Ok(Step::Nothing(length)) => self.start += length,
                Ok(Step::Incomplete) => return arguments,
                Err(_) => engine.close(self.id, Closing::AfterReply),
            }
        }
    }
}

/// Whether a request is for what takes as long as its sender says, in Redis too.
fn too_long(args: &[&[u8]]) -> bool {
    let is = |name: &str| args.first().is_some_and(|it| it.eq_ignore_ascii_case(name.as_bytes()));
    let repeats = ["srandmember", "hrandfield", "zrandmember"].into_iter().any(is)
        && args.get(2).and_then(|count| parse_i64(count)).is_some_and(|count| count < -1000);
    repeats || is("debug")
}
