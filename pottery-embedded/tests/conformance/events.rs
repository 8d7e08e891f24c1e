//! What subscribers are told of the keys, on both servers.

use std::net::SocketAddr;
use std::time::Duration;

use pottery_test_support::Raw;

use crate::case::Case;
use crate::run;

/// Runs a case and returns all keyspace events that it caused: channel and message.
pub(crate) fn events(addr: SocketAddr, case: &Case) -> Vec<(String, String)> {
    let mut control = Raw::connect(addr);
    // The case before may have left something behind, which expires or is removed at its own time.
    assert_eq!(control.command(&["FLUSHALL"]).text(), "OK");
    assert_eq!(control.command(&["CONFIG", "SET", "notify-keyspace-events", "KEAn"]).text(), "OK");
    let mut subscriber = Raw::connect(addr);
    subscriber.set_timeout(Duration::from_secs(10));
    subscriber.command(&["PSUBSCRIBE", "__key*", "end of the case"]);
    subscriber.read().expect("the second pattern is confirmed too");
    run::run(addr, case, false);
    control.command(&["PUBLISH", "end of the case", ""]);
    let mut events = Vec::new();
    loop {
        let message = subscriber.read().expect("the end is told").texts();
        if message[2] == "end of the case" {
            return events;
        }
        events.push((message[2].clone(), message[3].clone()));
    }
}
