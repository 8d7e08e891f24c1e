//! Random programs of several clients, on the embedded server and on a real one, side by side: every reply is compared,
//! and in the end everything that the two hold.
//!
//! The programs are drawn from `grammar.txt`, which says how much replies may differ. `POTTERY_SEED` repeats a run. A
//! difference is printed with the shortest program that shows it, in the language of the conformance cases.

#[path = "../conformance/case.rs"]
#[allow(dead_code, reason = "only its tolerances are used here")]
mod case;
#[path = "../conformance/compare.rs"]
mod compare;
mod dump;
mod grammar;
mod play;
mod pools;
mod program;
mod shrink;
mod side;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use pottery_embedded::Server;
use pottery_test_support::{Raw, Seed, scale};

use play::{Tally, play};
use pools::Pools;
use program::Step;

/// Commands that are not drawn, and why.
const EXCLUDED: &[(&str, &str)] = &[
    ("acl", "users outlive a program"),
    ("asking", "for clusters"),
    ("bgrewriteaof", "it depends on a file"),
    ("bgsave", "it depends on a file"),
    ("cluster", "for clusters"),
    ("command", "its replies hold every command there is; compared by the conformance tests"),
    ("config", "settings outlive a program"),
    ("debug", "the real one refuses it"),
    ("exec", "drawn where a transaction may be open"),
    ("info", "tells of the server itself"),
    ("latency", "tells of the server itself"),
    ("module", "the real one could load some"),
    ("monitor", "what it sends comes unasked"),
    ("multi", "drawn more often than a line of the grammar"),
    ("psubscribe", "what it sends comes unasked"),
    ("punsubscribe", "answers several times"),
    ("quit", "ends the connection"),
    ("readonly", "for clusters"),
    ("readwrite", "for clusters"),
    ("replicaof", "the real one would try it"),
    ("save", "it depends on a file"),
    ("shutdown", "ends the server"),
    ("slaveof", "the real one would try it"),
    ("slowlog", "tells of the server itself"),
    ("ssubscribe", "what it sends comes unasked"),
    ("subscribe", "what it sends comes unasked"),
    ("sunsubscribe", "answers several times"),
    ("unsubscribe", "answers several times"),
];

/// So many programs that differ are looked into, each of which may show something else.
const ENOUGH: usize = 6;

/// A server inside this process, or the next one if it has died.
struct Ours(Option<Server>);

impl Ours {
    fn addr(&mut self) -> SocketAddr {
        let alive = |server: &Server| {
            let raw = Raw::try_connect(server.addr().expect("it listens on a port"));
            raw.is_ok_and(|mut raw| raw.try_command(&["PING"]).is_ok())
        };
        if !self.0.as_ref().is_some_and(alive) {
            // A thread that hangs must not be waited for.
            std::mem::forget(self.0.take());
            self.0 = Some(Server::start().expect("it starts"));
        }
        self.0.as_ref().and_then(Server::addr).expect("it listens on a port")
    }
}

#[test]
fn random_programs_do_the_same_on_both_servers() {
    let real = pottery_test_support::Server::start();
    let mut ours = Ours(None);
    let seed = Seed::new();
    println!("POTTERY_SEED={}", seed.value());
    let total = scale(100_000, 5_000_000);
    let forms = grammar::forms();
    let mut tally = Tally::default();
    let mut round = 0;
    let mut reports = Vec::new();
    while tally.replies < total {
        let mut pools = Pools::new(seed.rng_for(round));
        round += 1;
        let length = pools.rng.usize(50..1200);
        let program = program::draw(&mut pools, &forms, length);
        let addresses = [real.addr(), ours.addr()];
        if let Err(difference) = play(&program, addresses, &mut tally) {
            reports.push(shortest(program, &difference, real.addr(), &mut ours));
            if reports.len() == ENOUGH {
                break;
            }
        }
    }
    assert!(reports.is_empty(), "{}", reports.join("\n\n"));
    println!(
        "{} replies to {round} programs are the same; {} of them errors; {} of {} blocked clients were served",
        tally.replies, tally.errors, tally.served, tally.blocked
    );
    assert!(tally.errors * 10 < tally.replies * 4, "too few commands do anything: {tally:?}");
    assert!(tally.served > 0, "{tally:?}");
    let names: BTreeSet<String> = forms.iter().map(grammar::Form::name).collect();
    // No password is set.
    let in_vain: Vec<_> =
        names.iter().filter(|name| !tally.successes.contains_key(*name) && *name != "auth").collect();
    assert!(in_vain.is_empty(), "these never did anything: {in_vain:?}");
}

/// The shortest program that shows the same as one that showed a difference, and what it shows.
fn shortest(program: Vec<Step>, difference: &str, real: SocketAddr, ours: &mut Ours) -> String {
    eprintln!("{difference}\nlooking for the shortest program ...");
    let mut last = difference.to_owned();
    let program =
        shrink::shrink(program, |program| match play(program, [real, ours.addr()], &mut Tally::default()) {
            Ok(()) => false,
            Err(difference) => {
                last = difference;
                true
            }
        });
    let lines: Vec<String> = program.iter().map(ToString::to_string).collect();
    format!("{last}\nafter these {} commands:\n{}", lines.len(), lines.join("\n"))
}

#[test]
fn every_command_is_drawn_or_left_out_for_a_reason() {
    let ours = Server::start().expect("it starts");
    let mut ours = Raw::connect(ours.addr().expect("it listens on a port"));
    let drawn: BTreeSet<String> = grammar::forms()
        .iter()
        .map(|form| form.name().split(' ').next().unwrap_or_default().to_owned())
        .collect();
    let missing: Vec<String> = ours
        .command(&["COMMAND", "LIST"])
        .texts()
        .into_iter()
        .filter(|name| !name.contains('|'))
        .filter(|name| !drawn.contains(name) && EXCLUDED.iter().all(|(excluded, _)| excluded != name))
        .collect();
    assert!(missing.is_empty(), "in neither grammar.txt nor EXCLUDED: {missing:?}");
}
