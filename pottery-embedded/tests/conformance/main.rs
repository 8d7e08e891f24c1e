//! The embedded server against a real one, reply by reply, byte for byte.
//!
//! Cases are in `cases/<family>.txt`; a family needs nothing but its file. Every case runs in RESP2 and in RESP3, on empty
//! databases and fresh connections, on both servers. All differences are printed, then the test fails.
//!
//! ```text
//! # a comment
//! == a name, which says what is tried
//! SET k "two words\r\n\x00"
//! GET k
//! 2> BLPOP list 0        connection 2 sends; the case goes on without its reply
//! blocked 1              waits until one client is blocked
//! RPUSH list v
//! 2<                     connection 2 receives; `<` and `>` alone are connection 1's
//! 3: PING                connection 3 sends and receives; without a number it is connection 1
//! ~ KEYS *               the elements may come in any order
//! ±20 PTTL k             numbers may differ by 20
//! ? TIME                 only the shape counts: the kinds of elements, not what they are
//! ! "*1\r\n$x\r\n"       bytes as they are; everything until the connection ends, or one reply if it stays open
//! resp2                  this case in RESP2 alone (or `resp3`)
//! CLIENT KILL ID {id2}   the number that the server gave to connection 2, which must have been used before
//! sleep 30               milliseconds, for what only time can do
//! ```
//!
//! `CONFORMANCE=lists` runs one file, `CONFORMANCE=lists/part of a name` some of its cases.

mod case;
mod compare;
mod events;
mod run;

use std::net::SocketAddr;
use std::path::Path;

use pottery_embedded::Server;

use case::Case;

/// The file of cases that run on clusters of one node.
const CLUSTER: &str = "cluster";

/// All cases, or those that were asked for: on single servers, or on clusters.
fn cases(cluster: bool) -> Vec<Case> {
    let wanted = std::env::var("CONFORMANCE").unwrap_or_default();
    let (family, part) = wanted.split_once('/').unwrap_or((&wanted, ""));
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/cases");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .expect("the cases are there")
        .map(|entry| entry.expect("the directory can be read").path())
        .filter(|path| path.extension().is_some_and(|it| it == "txt"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem == CLUSTER) == cluster)
        .filter(|path| family.is_empty() || path.file_stem().is_some_and(|stem| stem == family))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).expect("cases are text");
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            case::parse(&name, &text)
        })
        .filter(|case| case.name.contains(part))
        .collect()
}

#[test]
fn every_case_is_answered_as_redis_answers() {
    let real = pottery_test_support::Server::builder().arg("--enable-debug-command", "yes").start();
    let ours = Server::builder().setting("enable-debug-command", "yes").start().expect("it starts");
    compare(&cases(false), real.addr(), ours.addr().expect("it listens on a port"));
}

#[test]
fn every_case_on_a_cluster_is_answered_as_redis_answers() {
    let cases = cases(true);
    if cases.is_empty() {
        // Others were asked for.
        return;
    }
    let real = pottery_test_support::Server::builder().cluster(true).start();
    real.own_all_slots();
    let ours = Server::builder().cluster(true).start().expect("it starts");
    compare(&cases, real.addr(), ours.addr().expect("it listens on a port"));
}

#[test]
fn every_case_causes_the_events_that_it_causes_in_redis() {
    // What these tell depends on chance, on the time that passes, or on what they set.
    let left_out = |case: &Case| {
        case.steps.iter().any(|step| {
            let text = step.text.to_ascii_uppercase();
            [
                "NOTIFY-KEYSPACE-EVENTS",
                "SPOP",
                "SLEEP",
                "MAXMEMORY",
                "ACL SETUSER DEFAULT",
                "REQUIREPASS",
                "CLIENT KILL",
                "PAUSE",
            ]
            .iter()
            .any(|word| text.contains(word))
        })
    };
    let real = pottery_test_support::Server::builder().arg("--enable-debug-command", "yes").start();
    let ours = Server::builder().setting("enable-debug-command", "yes").start().expect("it starts");
    let ours = ours.addr().expect("it listens on a port");
    let (mut count, mut differences) = (0, 0);
    for case in cases(false) {
        if case.only_resp3 == Some(true) || left_out(&case) {
            continue;
        }
        let (expected, found) = (events::events(real.addr(), &case), events::events(ours, &case));
        count += expected.len();
        if expected != found {
            differences += 1;
            let at = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
            eprintln!(
                "{}: {}\n  after {at} equal events\n  redis: {:?}\n  ours:  {:?}",
                case.file,
                case.name,
                &expected[at..expected.len().min(at + 4)],
                &found[at..found.len().min(at + 4)],
            );
        }
    }
    assert_eq!(differences, 0, "so many cases cause other events");
    println!("{count} events are the same");
}

/// Runs the cases on both.
///
/// # Panics
/// When they differ.
fn compare(cases: &[Case], real: SocketAddr, ours: SocketAddr) {
    let mut differences = 0;
    let mut replies = 0;
    for case in cases {
        for resp3 in [false, true] {
            if case.only_resp3.is_some_and(|only| only != resp3) {
                continue;
            }
            let expected = run::run(real, case, resp3);
            let found = run::run(ours, case, resp3);
            replies += expected.len();
            for (expected, found) in expected.iter().zip(&found) {
                let place = format!("{}:{}", case.file, expected.line);
                assert_ne!(expected.bytes, run::SILENCE, "{place}: the real server says nothing");
                if !compare::same(&expected.bytes, &found.bytes, expected.tolerance) {
                    differences += 1;
                    eprintln!(
                        "{}:{} ({}, RESP{})\n  {}\n  redis: {}\n  ours:  {}",
                        case.file,
                        expected.line,
                        case.name,
                        if resp3 { 3 } else { 2 },
                        expected.step,
                        expected.bytes.escape_ascii(),
                        found.bytes.escape_ascii(),
                    );
                }
            }
        }
    }
    assert_eq!(differences, 0, "of {replies} replies to {} cases, so many differ", cases.len());
    println!("{replies} replies to {} cases are the same", cases.len());
}

/// What `COMMAND INFO` tells of every command that both know.
#[test]
fn every_command_is_described_as_redis_describes_it() {
    let real = pottery_test_support::Server::start();
    let ours = Server::start().expect("it starts");
    let mut ours = pottery_test_support::Raw::connect(ours.addr().expect("it listens on a port"));
    let mut real = real.raw();
    let names = ours.command(&["COMMAND", "LIST"]).texts();
    let mut differences = Vec::new();
    for name in names {
        let (expected, found) =
            (real.command(&["COMMAND", "INFO", &name]), ours.command(&["COMMAND", "INFO", &name]));
        // Subcommands come in any order, and each has its own turn.
        let (expected, found) = (&expected.array()[0], &found.array()[0]);
        if expected.is_nil() || expected.array()[..9] != found.array()[..9] {
            differences.push(format!("{name}\n  redis: {expected:?}\n  ours:  {found:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
