//! What tests of commands start from.

use std::cell::RefCell;
use std::rc::Rc;

use crate::engine::Engine;
use crate::engine::client::{ClientId, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::effects::Effects;
use crate::engine::notify::Classes;

/// An engine whose time stands still, with a client, and another one that hears of all events.
pub(crate) struct Fixture {
    pub(crate) engine: Engine,
    pub(crate) id: ClientId,
    listener: ClientId,
    told: Rc<RefCell<Vec<String>>>,
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

    pub(crate) fn at(clock: Clock) -> Fixture {
        let mut engine = Engine::new(clock, Config::default());
        engine.config.notify = Classes::parse(b"EA").expect("these are letters");
        let told = Rc::new(RefCell::new(Vec::new()));
        engine.propagation.hook = Some(Box::new(Recorder(Rc::clone(&told))));
        let (id, listener) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
        engine.channels.patterns.push(((*b"*").into(), vec![listener]));
        Fixture { engine, id, listener, told }
    }

    /// Runs a command and returns the reply.
    pub(crate) fn run(&mut self, id: ClientId, command: &str) -> String {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        self.engine.execute(id, &words);
        self.sent(id)
    }

    /// What a client was sent since the last look.
    pub(crate) fn sent(&mut self, id: ClientId) -> String {
        let out = std::mem::take(&mut self.engine.clients.get_mut(&id).expect("it is there").out);
        String::from_utf8(out).expect("these replies are text")
    }

    /// The effects and the events of a command.
    pub(crate) fn follows(&mut self, command: &str) -> (Vec<String>, Vec<String>) {
        self.run(self.id, command);
        let heard = self.sent(self.listener);
        let lines: Vec<&str> = heard.split("\r\n").filter(|line| !line.starts_with(['*', '$'])).collect();
        let event = |message: &[&str]| {
            let [_, channel, key] = message else { return String::new() };
            format!("{} {key}", channel.rsplit(':').next().unwrap_or_default())
        };
        // The pattern, `*`, has been left out with the heads.
        let events = lines.chunks(3).filter(|message| message.len() == 3).map(event).collect();
        (self.told(), events)
    }

    /// The effects since the last look.
    pub(crate) fn told(&mut self) -> Vec<String> {
        std::mem::take(&mut *self.told.borrow_mut())
    }

    pub(crate) fn encoding(&mut self, key: &str) -> &'static str {
        self.engine.dbs[0].keys().get(key.as_bytes()).expect("the key is there").value.encoding()
    }
}
