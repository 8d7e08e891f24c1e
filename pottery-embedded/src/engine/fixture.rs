//! What tests of commands need: an engine, and all that a command causes.

use std::cell::RefCell;
use std::rc::Rc;

use crate::engine::Engine;
use crate::engine::client::{ClientId, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::effects::Effects;
use crate::engine::notify::Classes;
use crate::engine::pubsub;

/// An engine whose time stands still, with a client, and with one that hears of all events.
pub(crate) struct Fixture {
    pub(crate) engine: Engine,
    pub(crate) id: ClientId,
    listener: ClientId,
    effects: Rc<RefCell<Vec<String>>>,
}

#[derive(Debug)]
struct Recorder(Rc<RefCell<Vec<String>>>);

impl Effects for Recorder {
    fn propagate(&mut self, _: usize, args: &[&[u8]]) {
        let words: Vec<_> = args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
        self.0.borrow_mut().push(words.join(" "));
    }
    fn commit(&mut self) -> bool {
        true
    }
}

impl Fixture {
    pub(crate) fn new() -> Fixture {
        Fixture::at(Clock::held())
    }

    /// With a clock of its own.
    pub(crate) fn at(clock: Clock) -> Fixture {
        let mut engine = Engine::new(clock, Config::default());
        engine.config.notify = Classes::parse(b"EA").expect("these are letters");
        let effects = Rc::new(RefCell::new(Vec::new()));
        engine.propagation.hook = Some(Box::new(Recorder(Rc::clone(&effects))));
        let (id, listener) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
        engine.subscribe(listener, pubsub::Kind::Pattern, b"*");
        Fixture { engine, id, listener, effects }
    }

    /// One more client.
    pub(crate) fn client(&mut self) -> ClientId {
        self.engine.connect(Peer::default())
    }

    /// Runs a client's command and returns what the client then has been sent.
    pub(crate) fn run_as(&mut self, id: ClientId, command: &str) -> String {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        self.engine.execute(id, &words);
        self.sent(id)
    }

    pub(crate) fn run(&mut self, command: &str) -> String {
        self.run_as(self.id, command)
    }

    /// What a client has been sent since the last look.
    pub(crate) fn sent(&mut self, id: ClientId) -> String {
        let out = std::mem::take(&mut self.engine.clients.get_mut(&id).expect("it is there").out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// The effects since the last look.
    pub(crate) fn effects(&mut self) -> Vec<String> {
        std::mem::take(&mut *self.effects.borrow_mut())
    }

    /// The events since the last look, as `name key`.
    pub(crate) fn events(&mut self) -> Vec<String> {
        let heard = self.sent(self.listener);
        // Without the heads, a message is: pmessage, the pattern, the channel, the key. The pattern is a star.
        let lines: Vec<&str> = heard.split("\r\n").filter(|line| !line.starts_with(['*', '$'])).collect();
        let messages = lines.chunks_exact(3);
        messages.map(|it| format!("{} {}", it[1].rsplit(':').next().unwrap_or_default(), it[2])).collect()
    }

    /// Runs commands and compares what each causes: its effects, then its events.
    ///
    /// # Panics
    /// When they differ.
    pub(crate) fn expect(&mut self, commands: &[(&str, &[&str], &[&str])]) {
        for (command, effects, events) in commands {
            self.run(command);
            assert_eq!((self.effects(), self.events()), (owned(effects), owned(events)), "{command}");
        }
    }

    /// What `OBJECT ENCODING` says.
    pub(crate) fn encoding(&self, key: &str) -> &'static str {
        self.engine.dbs[0].keys().get(key.as_bytes()).expect("the key is there").value.encoding()
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|it| (*it).to_owned()).collect()
}
