//! What can go wrong, as the user of a server meets it.

use std::fs;

use pottery_embedded::{Fsync, OpenError, Persistence, Server};

use crate::data::{Dir, connect, start};

fn failure(persistence: impl Into<Persistence>) -> OpenError {
    let error = Server::builder().persist(persistence).start().expect_err("it doesn't open");
    *error.into_inner().expect("it holds the cause").downcast().expect("it is an OpenError")
}

#[test]
fn data_outlive_the_server_under_every_policy() {
    for fsync in [Fsync::Always, Fsync::EverySecond, Fsync::Never] {
        let dir = Dir::new();
        let persistence = Persistence::at(dir.path("a.aof")).fsync(fsync);
        let server = start(persistence.clone());
        assert_eq!(connect(&server).command(&["SET", "k", "v"]).text(), "OK");
        drop(server);
        let server = start(persistence);
        assert_eq!(connect(&server).command(&["GET", "k"]).text(), "v");
        assert_eq!(server.recovery().expect("it has a file").commands, 2);
    }
}

#[test]
fn a_server_without_a_file_has_nothing_to_tell() {
    let server = Server::start().expect("it starts");
    assert!(server.recovery().is_none());
    let mut raw = connect(&server);
    assert!(raw.command(&["INFO", "persistence"]).text().contains("aof_enabled:0"));
    assert_eq!(raw.command(&["BGREWRITEAOF"]).text(), "Background append only file rewriting started");
}

#[test]
fn a_second_server_on_the_file_is_refused() {
    let dir = Dir::new();
    let server = start(dir.path("a.aof"));
    let OpenError::Locked { path, pid } = failure(dir.path("a.aof")) else { panic!("it is locked") };
    assert!(path.ends_with("a.aof"));
    assert_eq!(pid, Some(std::process::id()));
    // The first one goes on.
    assert_eq!(connect(&server).command(&["PING"]).text(), "PONG");
    drop(server);
    start(dir.path("a.aof"));
}

#[test]
fn a_damaged_file_is_an_error_and_stays() {
    let dir = Dir::new();
    let path = dir.path("a.aof");
    fs::write(&path, "*1\r\n$8\r\nFLUSHALL\r\nwhat is this?").expect("writes");
    let error = failure(&path);
    assert!(matches!(error, OpenError::Damaged { offset: 18, .. }), "{error}");
    assert_eq!(fs::read(&path).expect("reads").len(), 31);
    // It isn't locked any more, and can be opened in spite of it.
    let server = start(Persistence::at(&path).salvage().on_warning(|_| ()));
    let cut = server.recovery().expect("it has a file").cut.as_ref().expect("something was cut");
    assert_eq!(fs::read(cut.kept.as_ref().expect("there is a copy")).expect("reads").len(), 31);
}

#[test]
fn a_password_is_no_hindrance_to_loading() {
    let dir = Dir::new();
    connect(&start(dir.path("a.aof"))).command(&["SET", "k", "v"]);
    let server = Server::builder().persist(dir.path("a.aof")).password("secret").start().expect("it starts");
    let mut raw = connect(&server);
    assert!(raw.command(&["GET", "k"]).is_error());
    raw.command(&["AUTH", "secret"]);
    assert_eq!(raw.command(&["GET", "k"]).text(), "v");
}
