//! What an error says became of the write, against what became of it: R1.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread;

use pottery::{ErrorKind, Outcome, Store};
use pottery_test_support::{Fault, Proxy, Raw, Reply, Server, When, scale};

use crate::operations::{Class, Ground, Op, operations};
use crate::way::{Run, WAYS, Way};

/// All that there is: keys, their content, and whether they end.
type State = BTreeMap<String, (String, bool)>;

fn snapshot(raw: &mut Raw) -> State {
    // there are only the few that the operation works on
    let keys = raw.command(&["KEYS", "*"]);
    let keys = keys.array().iter().map(Reply::text);
    keys.map(|key| {
        let ends = raw.command(&["PTTL", &key]).int() > 0;
        let content = content(raw, &key);
        (key, (content, ends))
    })
    .collect()
}

fn content(raw: &mut Raw, key: &str) -> String {
    if key.starts_with("limiter") {
        return permits(raw, key);
    }
    let reply = match raw.command(&["TYPE", key]).text().as_str() {
        "hash" => raw.command(&["HGETALL", key]),
        "set" => raw.command(&["SMEMBERS", key]),
        "stream" => return stream(raw, key),
        _ => return format!("{:?}", raw.command(&["DUMP", key])),
    };
    // one that was emptied and filled again may be packed in another order: sort what has no order
    let mut items: Vec<_> = reply.array().iter().map(|item| format!("{item:?}")).collect();
    items.sort();
    let mut content = items.join(" ");
    if reply.array().len() > 1 && raw.command(&["COMMAND", "INFO", "HPEXPIRE"]).array()[0] != Reply::Nil {
        let ends = raw.command(&["HPTTL", key, "FIELDS", "1", "hp"]);
        if let Reply::Array(ends) = ends {
            content.push_str(if ends[0].int() > 0 { " ends" } else { "" });
        }
    }
    content
}

/// How many are taken: the moment that the key holds is another each time.
fn permits(raw: &mut Raw, key: &str) -> String {
    let full: i64 = raw.command(&["GET", key]).text().parse().expect("a number");
    let now = raw.command(&["TIME"]);
    let [seconds, micros] = [0, 1].map(|at| now.array()[at].text().parse::<i64>().expect("a number"));
    let left = full - seconds * 1_000_000 - micros;
    // one comes back every six minutes
    format!("{} taken", (left + 180_000_000) / 360_000_000)
}

/// A stream and its groups, without what tells the time.
fn stream(raw: &mut Raw, key: &str) -> String {
    let id =
        |reply: &Reply| Some(reply.text()).filter(|id| id.len() < 10).unwrap_or_else(|| "now".to_owned());
    let entries = raw.command(&["XRANGE", key, "-", "+"]);
    let entries =
        entries.array().iter().map(|entry| format!("{} {:?}", id(&entry.array()[0]), entry.array()[1]));
    let mut content = entries.collect::<Vec<_>>().join(", ");
    for group in raw.command(&["XINFO", "GROUPS", key]).array() {
        let [name, consumers, pending, last] = [1, 3, 5, 7].map(|at| &group.array()[at]);
        let waiting = raw.command(&["XPENDING", key, &name.text()]);
        let last = id(last);
        content.push_str(&format!("; {name:?} {consumers:?} {pending:?} {last} {waiting:?}"));
    }
    content
}

struct Rig<'a> {
    direct: Ground,
    proxied: Ground,
    proxy: &'a Proxy,
    raw: Raw,
    way: Way,
}

impl Rig<'_> {
    /// Everything as in the beginning, and a connection at hand.
    fn prepare(&mut self, op: &Op) -> State {
        self.direct.reset(&mut self.raw, op, self.way);
        let key = op.on.key(&self.direct).to_string();
        if op.class == Class::Create {
            assert_eq!(self.raw.command(&["UNLINK", &key]).int(), 1);
        }
        if op.name.ends_with("persist") {
            assert_eq!(self.raw.command(&["PEXPIRE", &key, "3600000"]).int(), 1);
        }
        if op.name == "map.persist_entry" {
            self.raw.command(&["HPEXPIRE", &key, "3600000", "FIELDS", "1", "hp"]);
        }
        self.proxied.store.list::<u8>("none").exists().run(self.way).expect("the connection comes back");
        snapshot(&mut self.raw)
    }
}

#[test]
fn what_an_error_says_of_the_write_is_what_became_of_it() {
    // both ways at the same time, each with a server of its own
    thread::scope(|scope| {
        let ways: Vec<_> = WAYS.iter().map(|way| scope.spawn(|| cut_everywhere(*way))).collect();
        let problems: Vec<_> = ways.into_iter().flat_map(|way| way.join().expect("no panic")).collect();
        assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
    });
}

/// Cuts the connection at each point of each operation, and says what is wrong then.
fn cut_everywhere(way: Way) -> Vec<String> {
    let server = Server::start();
    let proxy = Proxy::start(&server);
    let (mut cases, mut repeated, mut problems) = (0, 0, Vec::new());
    let (direct, proxied) = (Store::open(&server.url()).unwrap(), Store::open(proxy.url()).unwrap());
    let (direct, proxied) = (Ground::new(&direct, "1"), Ground::new(&proxied, "1"));
    let mut rig = Rig { direct, proxied, proxy: &proxy, raw: server.raw(), way };
    for (row, op) in operations().into_iter().enumerate() {
        if op.is_beyond(&mut rig.raw) {
            continue;
        }
        // the first time, a script may have to be sent twice
        rig.prepare(&op);
        if let Err(error) = (op.run)(&rig.proxied, way) {
            problems.push(format!("{way:?} {}: fails on a healthy server: {error}", op.name));
            continue;
        }
        let before = rig.prepare(&op);
        let sent = Arc::new(Mutex::new(Vec::new()));
        let recorder = sent.clone();
        let recording = When::matching(move |command| {
            if !command.is_setup() {
                recorder.lock().unwrap().push(command.name());
            }
            false
        });
        let recording = rig.proxy.fault(Fault::CutBefore, recording);
        (op.run)(&rig.proxied, way).unwrap_or_else(|error| panic!("{way:?} {}: {error}", op.name));
        recording.release();
        let sent = sent.lock().unwrap();
        let requests = sent.len() as u64;
        // a write that may bring a key into being is followed by the script that looks after its time to live
        let atomic = requests == 1 || sent.iter().any(|name| name == "MULTI");
        let changed = snapshot(&mut rig.raw);
        if op.only_reads() && changed != before {
            problems.push(format!("{way:?} {}: a read changes something", op.name));
            continue;
        }
        let mut faults = vec![Fault::CutBefore, Fault::CutAfter];
        // within a request and within a reply: in an ordinary run each way for every other row
        if scale((row + WAYS.iter().position(|other| *other == way).unwrap_or(0)) % 2 == 0, true) {
            faults.extend([Fault::CutInRequest, Fault::CutInReply]);
        }
        let mut cuts = Vec::new();
        for fault in faults {
            cuts.push((requests, fault.clone()));
            if requests > 1 {
                cuts.push((1, fault));
            }
        }
        for (nth, fault) in cuts {
            cases += 1;
            let case = format!("{way:?} {}, {fault:?} at {nth} of {requests}", op.name);
            let last_executed = nth == requests && matches!(fault, Fault::CutAfter | Fault::CutInReply);
            let start = rig.prepare(&op);
            assert_eq!(start, before, "{case}: begins elsewhere");
            let armed = rig.proxy.fault(fault.clone(), When::any().nth(nth));
            let result = (op.run)(&rig.proxied, way);
            assert!(armed.fired() > 0 || result.is_err(), "{case}: the fault was not seen: {result:?}");
            armed.wait_fired(1);
            armed.release();
            let after = snapshot(&mut rig.raw);
            let mut problem = |what: &str| problems.push(format!("{case}: {what}: {result:?}"));
            match &result {
                Ok(()) => {
                    repeated += 1;
                    if after != changed {
                        problem("success, and the state is another");
                    }
                    if !op.only_reads() && last_executed {
                        problem("a write was repeated whose fate was unknown");
                    }
                }
                Err(_) if op.is_repeated() => problem("a read was not repeated"),
                Err(error) => {
                    if error.kind() != ErrorKind::Connection {
                        problem("another kind");
                    }
                    match error.outcome() {
                        Outcome::Unknown => {}
                        Outcome::NotApplied if after == before => {}
                        _ => problem("the outcome is wrong"),
                    }
                    let executed_some = nth > 1 || matches!(fault, Fault::CutAfter | Fault::CutInReply);
                    let may_differ = if atomic { last_executed } else { executed_some };
                    let must_differ = last_executed && changed != before;
                    let agrees = match (must_differ, may_differ) {
                        (true, _) => after == changed,
                        (false, _) if op.goes_in_steps() => true,
                        (false, true) => after == changed || after == before,
                        (false, false) => after == before,
                    };
                    if !agrees {
                        problem("the server's state is not what the cut leaves");
                    }
                    if last_executed && !op.only_reads() && error.outcome() != Outcome::Unknown {
                        problem("a lost reply is an unknown outcome");
                    }
                }
            }
        }
    }
    println!("{way:?}: {cases} cuts, {repeated} repeated to success");
    problems
}
