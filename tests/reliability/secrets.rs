//! Passwords never show: S6.

use std::error::Error as _;
use std::fmt::Debug;

use pottery::{Error, ErrorKind, RedisModel, Store};
use pottery_test_support::Server;

use crate::objects::Thing;
use crate::way::{Run, WAYS};

/// The password, and a piece of it that no encoding changes.
const CANARY: &str = "kanarie/vogel@p%ss:w?rd#";
const PIECE: &str = "kanarie";
const PERCENT: &str = "kanarie%2Fvogel%40p%25ss%3Aw%3Frd%23";

/// Everything that can be seen, to be searched in the end.
#[derive(Default)]
struct Seen(Vec<String>);

impl Seen {
    fn debug(&mut self, thing: &impl Debug) {
        self.0.push(format!("{thing:?}"));
        self.0.push(format!("{thing:#?}"));
    }

    fn error(&mut self, error: &Error) {
        self.0.push(error.to_string());
        self.debug(error);
        let mut source = error.source();
        while let Some(cause) = source {
            self.0.push(cause.to_string());
            self.debug(&cause);
            source = cause.source();
        }
    }

    fn store(&mut self, store: &Store) {
        self.debug(store);
        let at = Thing::at(store, "1");
        self.debug(&at);
        self.debug(&at.title());
        self.debug(&at.tags());
        self.debug(&at.title().get());
        self.debug(&at.update(|_| ()));
        self.debug(&store.watch(at.tags()));
        self.debug(&store.transaction((at.title().get(), at.tags().len())));
        self.debug(&Thing::ids(store));
    }

    fn search(&self) {
        assert!(self.0.len() > 20, "nothing was looked at");
        for text in &self.0 {
            assert!(!text.to_lowercase().contains(PIECE), "the password shows: {text}");
        }
    }
}

#[test]
fn a_password_shows_in_no_error_and_no_debug_output() {
    let server = Server::builder().password("another").start();
    let port = server.port();
    let mut seen = Seen::default();
    let addresses = [
        format!("redis://:{PERCENT}@127.0.0.1:{port}/"),
        format!("redis://{PIECE}:{PERCENT}@127.0.0.1:{port}/"),
        format!("redis://user:{PIECE}@127.0.0.1:{port}/"),
        format!("redis://user:{PIECE}@127.0.0.1:{port}/?protocol=resp2"),
        // nobody listens there
        format!("redis://user:{PIECE}@127.0.0.1:1/"),
        format!("redis://user:{PIECE}@no-such-host.invalid/"),
    ];
    let options = addresses.iter().map(|url| Store::options(url));
    let given = ["", "?protocol=resp2"].map(|query| {
        let options = Store::options(&format!("redis://127.0.0.1:{port}/{query}"));
        options.user(PIECE).password(CANARY)
    });
    for options in options.chain(given) {
        seen.debug(&options);
        let store = options.open().unwrap();
        seen.store(&store);
        for way in WAYS.iter().copied() {
            let at = Thing::at(&store, "1");
            let errors = [
                at.title().get().run(way).unwrap_err(),
                at.title().set("x").run(way).unwrap_err(),
                at.update(|_| ()).run(way).unwrap_err(),
                Thing::ids(&store).run(way).unwrap_err(),
                store.transaction((at.title().get(), at.tags().len())).run(way).unwrap_err(),
                Thing::full("1").save(&store).run(way).unwrap_err(),
            ];
            for error in &errors {
                assert!(
                    matches!(error.kind(), ErrorKind::Denied | ErrorKind::Connection | ErrorKind::Timeout),
                    "{error}"
                );
                seen.error(error);
            }
        }
    }
    seen.search();
}

#[test]
fn a_password_in_an_address_that_is_refused_does_not_show() {
    let mut seen = Seen::default();
    let addresses = [
        format!("redis://:{CANARY}@127.0.0.1:70000/"),
        format!("redis://user:{PIECE}@127.0.0.1:x/"),
        format!("redis://user:{PIECE}@127.0.0.1/not-a-number"),
        format!("redis://user:{PIECE}%FF@127.0.0.1/"),
        format!("redis://{PIECE}%FF:{PIECE}@127.0.0.1/"),
        format!("http://user:{PIECE}@127.0.0.1/"),
        format!("user:{PIECE}@127.0.0.1"),
        format!("redis://user:{PIECE}@/"),
        format!("redis://user:{PIECE}@[::1/"),
        format!("redis://user:{PIECE}@127.0.0.1/?protocol=resp9"),
        format!("unix:///tmp/s?pass={PIECE}&db=x"),
        format!("unix://{PIECE}\0"),
    ];
    let mut refused = 0;
    for address in &addresses {
        let options = Store::options(address).password(CANARY).user(PIECE);
        seen.debug(&options);
        match options.open() {
            Ok(store) => seen.store(&store),
            Err(error) => {
                refused += 1;
                seen.error(&error);
            }
        }
        match Store::open(address) {
            Ok(store) => seen.store(&store),
            Err(error) => seen.error(&error),
        }
    }
    assert!(refused >= 6, "only {refused} addresses were refused");
    seen.search();
}

#[test]
fn a_right_password_does_not_show_either() {
    let server = Server::builder().password(CANARY).start();
    let mut seen = Seen::default();
    let given = Store::options(&format!("redis://127.0.0.1:{}/", server.port())).password(CANARY);
    for store in [Store::open(&server.url()).unwrap(), given.open().unwrap()] {
        for way in WAYS.iter().copied() {
            Thing::full("1").save(&store).run(way).unwrap();
            seen.store(&store);
            server.cli(&["CLIENT", "KILL", "TYPE", "normal"]);
            server.cli(&["DEL", "thing:{1}:tags"]);
            server.cli(&["SET", "thing:{1}:tags", "x"]);
            for error in [Thing::load(&store, "1").run(way).map(drop), Thing::full("1").save(&store).run(way)]
            {
                seen.error(&error.unwrap_err());
            }
            server.cli(&["DEL", "thing:{1}:tags"]);
        }
    }
    seen.search();
}
