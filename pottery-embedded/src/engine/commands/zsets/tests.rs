//! What follows from changes of sorted sets, and what can't be seen in replies.

use std::cell::RefCell;
use std::rc::Rc;

use crate::engine::Engine;
use crate::engine::client::{ClientId, Peer};
use crate::engine::clock::Clock;
use crate::engine::config::Config;
use crate::engine::effects::Effects;
use crate::engine::notify::Classes;
use crate::engine::pubsub;

/// An engine with a client, and one that hears of all events.
struct Fixture {
    engine: Engine,
    id: ClientId,
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
    fn new() -> Fixture {
        let mut engine = Engine::new(Clock::held(), Config::default());
        engine.config.notify = Classes::parse(b"EA").expect("these are letters");
        let told = Rc::new(RefCell::new(Vec::new()));
        engine.propagation.hook = Some(Box::new(Recorder(Rc::clone(&told))));
        let (id, listener) = (engine.connect(Peer::default()), engine.connect(Peer::default()));
        engine.subscribe(listener, pubsub::Kind::Pattern, b"*");
        Fixture { engine, id, listener, told }
    }

    fn run(&mut self, id: ClientId, command: &str) -> String {
        let words: Vec<&[u8]> = command.split(' ').map(str::as_bytes).collect();
        self.engine.execute(id, &words);
        self.sent(id)
    }

    fn sent(&mut self, id: ClientId) -> String {
        let out = std::mem::take(&mut self.engine.clients.get_mut(&id).expect("it is there").out);
        String::from_utf8(out).expect("these replies are text")
    }

    /// The effects and the events of a command.
    fn follows(&mut self, command: &str) -> (Vec<String>, Vec<String>) {
        self.run(self.id, command);
        let heard = self.sent(self.listener);
        let lines: Vec<&str> = heard.split("\r\n").filter(|line| !line.starts_with(['*', '$'])).collect();
        let event = |message: &[&str]| {
            let [_, channel, key] = message else { return String::new() };
            format!("{} {key}", channel.rsplit(':').next().unwrap_or_default())
        };
        // The pattern, `*`, has been left out with the heads.
        let events = lines.chunks(3).filter(|message| message.len() == 3).map(event).collect();
        (std::mem::take(&mut *self.told.borrow_mut()), events)
    }

    fn encoding(&mut self, key: &str) -> &'static str {
        self.engine.dbs[0].keys().get(key.as_bytes()).expect("the key is there").value.encoding()
    }
}

#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    let mut fixture = Fixture::new();
    for (command, effect, events) in [
        ("ZADD z 1 a 2 b 3 c", "ZADD z 1 a 2 b 3 c", &["zadd z"][..]),
        ("ZADD z INCR 2 a", "ZADD z INCR 2 a", &["zincr z"]),
        ("ZADD z XX 9 q", "", &[]),
        ("ZADD z NX CH 5 a", "", &[]),
        ("ZADD z 3 a", "", &[]),
        ("ZINCRBY z 1 a", "ZINCRBY z 1 a", &["zincr z"]),
        ("ZINCRBY z 0 a", "", &[]),
        ("ZREM z nobody", "", &[]),
        ("ZREM z c nobody", "ZREM z c nobody", &["zrem z"]),
        ("ZPOPMIN z 0", "", &[]),
        ("ZPOPMIN z", "ZPOPMIN z", &["zpopmin z"]),
        ("ZPOPMAX z 5", "ZPOPMAX z 5", &["zpopmax z", "del z"]),
        ("ZPOPMAX z 5", "", &[]),
        ("ZADD z 1 a 2 b 3 c 4 d", "ZADD z 1 a 2 b 3 c 4 d", &["zadd z"]),
        ("ZMPOP 2 y z MAX COUNT 2", "zpopmax z 2", &["zpopmax z"]),
        ("BZPOPMIN z 0", "zpopmin z", &["zpopmin z"]),
        ("BZMPOP 0 1 z MIN COUNT 5", "zpopmin z 1", &["zpopmin z", "del z"]),
        ("ZADD z 1 a 2 b 3 c 4 d", "ZADD z 1 a 2 b 3 c 4 d", &["zadd z"]),
        ("ZREMRANGEBYRANK z 7 9", "", &[]),
        ("ZREMRANGEBYRANK z 0 0", "ZREMRANGEBYRANK z 0 0", &["zremrangebyrank z"]),
        ("ZREMRANGEBYSCORE z 2 2", "ZREMRANGEBYSCORE z 2 2", &["zremrangebyscore z"]),
        ("ZREMRANGEBYLEX z - +", "ZREMRANGEBYLEX z - +", &["zremrangebylex z", "del z"]),
        ("ZADD z 1 a 2 b", "ZADD z 1 a 2 b", &["zadd z"]),
        ("ZUNIONSTORE y 1 z", "ZUNIONSTORE y 1 z", &["zunionstore y"]),
        ("ZINTERSTORE x 2 z nothing", "", &[]),
        ("ZINTERSTORE y 2 z nothing", "ZINTERSTORE y 2 z nothing", &["del y"]),
        ("ZDIFFSTORE y 1 z", "ZDIFFSTORE y 1 z", &["zdiffstore y"]),
        ("ZRANGESTORE y z 0 1", "ZRANGESTORE y z 0 1", &["zrangestore y"]),
        ("ZRANGESTORE y z 8 9", "ZRANGESTORE y z 8 9", &["del y"]),
        ("GEOADD g CH 13.361389 38.115556 p", "ZADD g CH 3479099956230698 p", &["zadd g"]),
        ("GEOADD g 13.361389 38.115556 p", "", &[]),
        (
            "GEOSEARCHSTORE y g FROMMEMBER p BYRADIUS 1 km",
            "GEOSEARCHSTORE y g FROMMEMBER p BYRADIUS 1 km",
            &["geosearchstore y"],
        ),
        ("GEORADIUS g 13 38 99 km STORE y", "GEORADIUS g 13 38 99 km STORE y", &["georadiusstore y"]),
        ("GEORADIUS g 0 0 1 km STORE y", "GEORADIUS g 0 0 1 km STORE y", &["del y"]),
    ] {
        let found = fixture.follows(command);
        let effects: Vec<String> = Some(effect.to_owned()).filter(|it| !it.is_empty()).into_iter().collect();
        let events: Vec<String> = events.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(found, (effects, events), "{command}");
    }
}

#[test]
fn who_waited_takes_what_was_added() {
    let mut fixture = Fixture::new();
    let waiter = fixture.engine.connect(Peer::default());
    fixture.run(waiter, "BZPOPMAX w 0");
    let effects = fixture.follows("ZADD w 1 a 2 b").0;
    assert_eq!(effects, ["ZADD w 1 a 2 b", "zpopmax w"]);
    fixture.run(waiter, "BZMPOP 0 1 v MIN COUNT 2");
    let effects = fixture.follows("ZADD v 1 a 2 b 3 c").0;
    assert_eq!(effects, ["ZADD v 1 a 2 b 3 c", "zpopmin v 2"]);
}

#[test]
fn a_set_turns_to_a_skip_list_where_redis_turns() {
    let mut fixture = Fixture::new();
    let id = fixture.id;
    for member in 0..128 {
        fixture.run(id, &format!("ZADD z 1 m{member}"));
    }
    fixture.run(id, "ZADD z 5 m7");
    assert_eq!(fixture.encoding("z"), "listpack");
    fixture.run(id, "ZADD z 1 more");
    assert_eq!(fixture.encoding("z"), "skiplist");
    fixture.run(id, "ZREMRANGEBYRANK z 2 -1");
    assert_eq!(fixture.encoding("z"), "skiplist");
    fixture.run(id, "ZUNIONSTORE y 1 z");
    assert_eq!(fixture.encoding("y"), "listpack");
    fixture.run(id, &format!("ZADD y 1 {}", "x".repeat(64)));
    assert_eq!(fixture.encoding("y"), "listpack");
    fixture.run(id, &format!("ZADD y 1 {}", "x".repeat(65)));
    assert_eq!(fixture.encoding("y"), "skiplist");
    fixture.run(id, "ZRANGESTORE x y 0 -1");
    assert_eq!(fixture.encoding("x"), "skiplist");
    fixture.run(id, "ZRANGESTORE x y 0 0");
    assert_eq!(fixture.encoding("x"), "listpack");
}

#[test]
fn random_members_are_different_and_all_can_come() {
    let mut fixture = Fixture::new();
    let id = fixture.id;
    let members: Vec<String> = (0..300).map(|member| format!("{member} m{member}")).collect();
    fixture.run(id, &format!("ZADD z {}", members.join(" ")));
    for count in [2, 50, 100, 101, 250, 299, 300, 1000] {
        let reply = fixture.run(id, &format!("ZRANDMEMBER z {count}"));
        let mut found: Vec<&str> = reply.split("\r\n").filter(|line| line.starts_with('m')).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count.min(300));
    }
    let reply = fixture.run(id, "ZRANDMEMBER z -20000");
    let mut found: Vec<&str> = reply.split("\r\n").filter(|line| line.starts_with('m')).collect();
    assert_eq!(found.len(), 20_000);
    found.sort_unstable();
    found.dedup();
    // That one of 300 is missing after so many draws has a chance below 10^-26.
    assert_eq!(found.len(), 300);
    assert!(fixture.run(id, "ZRANDMEMBER z -4611686018427387904").starts_with("-ERR"));
}
