//! What an error says became of the write, against what became of it: R1.

use std::sync::{Arc, Mutex};

use pottery::{ErrorKind, Key, Outcome, Store};
use pottery_test_support::{Fault, Proxy, Raw, Reply, Server, When};

use crate::operations::{Class, Ground, Op, operations};
use crate::way::{Run, WAYS, Way};

/// All that operations can change: content, and whether it ends.
fn snapshot(raw: &mut Raw, keys: &[Key]) -> Vec<(Reply, bool)> {
    let look = |key: &Key| {
        let dump = raw.command(&[b"DUMP", key.as_bytes()]);
        let ends = raw.command(&[b"PTTL", key.as_bytes()]).int() > 0;
        // a hash or a set that was emptied and filled again may be packed in another order: sort what has no order
        (sorted(raw, key, dump), ends)
    };
    keys.iter().map(look).collect()
}

fn sorted(raw: &mut Raw, key: &Key, dump: Reply) -> Reply {
    let reply = match raw.command(&[b"TYPE", key.as_bytes()]).text().as_str() {
        "hash" => raw.command(&[b"HGETALL", key.as_bytes()]),
        "set" => raw.command(&[b"SMEMBERS", key.as_bytes()]),
        _ => return dump,
    };
    let mut items: Vec<_> = reply.array().iter().map(|item| format!("{item:?}")).collect();
    items.sort();
    Reply::Bulk(items.join(" ").into_bytes())
}

struct Rig<'a> {
    direct: Ground,
    proxied: Ground,
    proxy: &'a Proxy,
    raw: Raw,
    keys: Vec<Key>,
    way: Way,
}

impl Rig<'_> {
    /// Everything as in the beginning, and a connection at hand.
    fn prepare(&mut self, op: &Op) -> Vec<(Reply, bool)> {
        self.direct.reset(self.way);
        if op.class == Class::Create || op.name.ends_with("persist") {
            let key = self.direct.key(op.on);
            let command: &[&[u8]] = match op.class {
                Class::Create => &[b"UNLINK", key.as_bytes()],
                _ => &[b"PEXPIRE", key.as_bytes(), b"3600000"],
            };
            assert_eq!(self.raw.command(command).int(), 1);
        }
        self.proxied.value.exists().run(self.way).expect("the connection comes back");
        snapshot(&mut self.raw, &self.keys)
    }
}

fn only_reads(op: &Op) -> bool {
    op.class == Class::Read || matches!(op.name, "keyed.exists" | "keyed.ttl")
}

#[test]
fn what_an_error_says_of_the_write_is_what_became_of_it() {
    let server = Server::start();
    let proxy = Proxy::start(&server);
    let (mut cases, mut repeated, mut problems) = (0, 0, Vec::new());
    for way in WAYS.iter().copied() {
        let (direct, proxied) = (Store::open(&server.url()).unwrap(), Store::open(proxy.url()).unwrap());
        let (direct, proxied) = (Ground::new(&direct, "1"), Ground::new(&proxied, "1"));
        let keys = direct.keys();
        let mut rig = Rig { direct, proxied, proxy: &proxy, raw: server.raw(), keys, way };
        for op in operations() {
            // the first time, a script may have to be sent twice
            rig.prepare(&op);
            (op.run)(&rig.proxied, way).unwrap_or_else(|error| panic!("{way:?} {}: {error}", op.name));
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
            let changed = snapshot(&mut rig.raw, &rig.keys);
            assert!(!only_reads(&op) || changed == before, "{}: a read changes something", op.name);
            let mut cuts = Vec::new();
            for fault in [Fault::CutBefore, Fault::CutInRequest, Fault::CutAfter, Fault::CutInReply] {
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
                let after = snapshot(&mut rig.raw, &rig.keys);
                let mut problem = |what: &str| problems.push(format!("{case}: {what}: {result:?}"));
                match &result {
                    Ok(()) => {
                        repeated += 1;
                        if after != changed {
                            problem("success, and the state is another");
                        }
                        if !only_reads(&op) && last_executed {
                            problem("a write was repeated whose fate was unknown");
                        }
                    }
                    Err(_) if only_reads(&op) => problem("a read was not repeated"),
                    Err(error) => {
                        if !matches!(error.kind(), ErrorKind::Connection | ErrorKind::Closed) {
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
                            (false, true) => after == changed || after == before,
                            (false, false) => after == before,
                        };
                        if !agrees {
                            problem("the server's state is not what the cut leaves");
                        }
                        if last_executed && error.outcome() != Outcome::Unknown {
                            problem("a lost reply is an unknown outcome");
                        }
                    }
                }
            }
        }
    }
    println!("{cases} cuts, {repeated} repeated to success");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
