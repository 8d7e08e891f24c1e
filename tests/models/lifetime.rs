//! How long objects live: a time to live belongs to the object, and covers all its keys.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, SystemTime};

use pottery::{ErrorKind, Handle, Key, Outcome, RedisModel, Store};
use pottery_test_support::{Fault, Proxy, Server, When, shared, unique, wait_until};

use crate::way::{Run, WAYS, Way};

macro_rules! session {
    ($(#[$attr:meta])* $name:ident) => {
        #[derive(RedisModel, Clone, Debug, PartialEq)]
        $(#[$attr])*
        struct $name {
            #[redis(id)]
            id: u32,
            user: String,
            hits: u32,
            total: i64,
            pages: Vec<String>,
            queue: VecDeque<u8>,
            data: HashMap<String, u32>,
            seen: HashSet<u64>,
        }

        impl $name {
            fn empty(id: u32) -> $name {
                $name {
                    id,
                    user: "raj".into(),
                    hits: 0,
                    total: 0,
                    pages: vec![],
                    queue: VecDeque::new(),
                    data: HashMap::new(),
                    seen: HashSet::new(),
                }
            }

            fn full(id: u32) -> $name {
                $name {
                    pages: vec!["a".into()],
                    queue: VecDeque::from([1]),
                    data: [("a".into(), 1)].into(),
                    seen: [1].into(),
                    ..$name::empty(id)
                }
            }
        }
    };
}

session!(Open);
session!(
    #[redis(ttl = "1h")]
    Declared
);
session!(
    #[redis(ttl = "never")]
    Never
);

const HOUR: i64 = 3_600_000;

fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("lifetime"))
}

fn ttl(key: &Key) -> i64 {
    shared().cli(&[b"PTTL", key.as_bytes()]).int()
}

/// Asserts that every key of the object exists and ends within `expected` milliseconds, but not much sooner.
#[track_caller]
fn assert_all_end<M: RedisModel>(at: &Handle<M>, expected: i64) {
    for key in at.keys() {
        let left = ttl(&key);
        assert!(left <= expected && left > expected - 60_000, "{key} ends in {left} ms, not in {expected}");
    }
}

#[test]
fn a_declared_lifetime_begins_with_the_first_save_and_is_kept_by_the_next() {
    for way in WAYS.iter().copied() {
        let store = store();
        let session = Declared::full(1);
        let at = Declared::at(&store, 1);
        session.save(&store).run(way).unwrap();
        assert_all_end(&at, HOUR);
        // another lifetime, to be seen again afterwards
        assert!(at.expire(Duration::from_secs(600)).run(way).unwrap());
        assert_all_end(&at, 600_000);
        session.save(&store).run(way).unwrap();
        assert_all_end(&at, 600_000);
        assert!(at.touch().run(way).unwrap());
        assert_all_end(&at, HOUR);
        // whoever let it live for ever meant it
        assert!(at.persist().run(way).unwrap());
        session.save(&store).run(way).unwrap();
        assert!(at.keys().iter().all(|key| ttl(key) == -1));
        // a new object is a new beginning
        assert!(at.delete().run(way).unwrap());
        session.create(&store).run(way).unwrap();
        assert_all_end(&at, HOUR);
    }
}

/// Ways in which all four collections of an object can be born.
fn births(store: &Store, at: &OpenHandle, way: Way, how: &str) {
    match how {
        "one by one" => {
            at.pages().push("a").run(way).unwrap();
            at.queue().push_front(1).run(way).unwrap();
            at.data().insert("a", 1).run(way).unwrap();
            at.seen().insert(1).run(way).unwrap();
        }
        "many at once" => {
            at.pages().extend(["a"]).run(way).unwrap();
            at.queue().extend([1]).run(way).unwrap();
            at.data().extend([("a", 1)]).run(way).unwrap();
            at.seen().extend([1]).run(way).unwrap();
        }
        "by create" => {
            at.pages().create(["a"]).run(way).unwrap();
            at.queue().create([1]).run(way).unwrap();
            at.data().create([("a", 1)]).run(way).unwrap();
            at.seen().create([1]).run(way).unwrap();
        }
        "by replacement" => {
            at.pages().replace_all(["a"]).run(way).unwrap();
            at.queue().replace_all([1]).run(way).unwrap();
            at.data().replace_all([("a", 1)]).run(way).unwrap();
            at.seen().replace_all([1]).run(way).unwrap();
        }
        "by scripts and counters" => {
            at.pages().splice(0..0, ["a"]).run(way).unwrap();
            at.queue().extend_front([1]).run(way).unwrap();
            at.data().incr("a", 1).run(way).unwrap();
            at.seen().union_with([&[1u64]]).run(way).unwrap();
        }
        "in a transaction" => {
            let batch = (
                at.pages().push("a"),
                at.queue().push_back(1),
                at.data().insert("a", 1),
                at.seen().insert(1),
            );
            store.transaction(batch).run(way).unwrap();
        }
        "in a pipeline" => {
            let batch = (
                at.pages().push("a"),
                at.queue().push_back(1),
                at.data().insert("a", 1),
                at.seen().insert(1),
            );
            store.pipeline(batch).run(way).unwrap();
        }
        "under a watch" => {
            let attempt = store.watch(at.pages()).begin().run(way).unwrap();
            let batch = (
                at.pages().push("a"),
                at.queue().push_back(1),
                at.data().insert("a", 1),
                at.seen().insert(1),
            );
            attempt.commit(batch).run(way).unwrap().unwrap();
        }
        "by an update" => at.update(|session| *session = Open::full(session.id)).run(way).unwrap(),
        "by a save" => Open::full(at.id()).save(store).run(way).unwrap(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_collection_that_is_born_later_ends_with_its_object() {
    for way in WAYS.iter().copied() {
        for how in [
            "one by one",
            "many at once",
            "by create",
            "by replacement",
            "by scripts and counters",
            "in a transaction",
            "in a pipeline",
            "under a watch",
            "by an update",
            "by a save",
        ] {
            println!("{way:?} {how}");
            let store = store();
            let at = Open::at(&store, 1);
            Open::empty(1).save(&store).run(way).unwrap();
            assert_eq!(at.ttl().run(way).unwrap(), None);
            assert!(at.expire(Duration::from_secs(900)).run(way).unwrap());
            births(&store, &at, way, how);
            assert_all_end(&at, 900_000);
            // where the object lives for ever, its collections do
            at.delete().run(way).unwrap();
            Open::empty(1).save(&store).run(way).unwrap();
            births(&store, &at, way, how);
            assert!(at.keys().iter().all(|key| ttl(key) == -1), "{way:?} {how}");
        }
    }
}

#[test]
fn writes_keep_the_time_to_live() {
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Declared::at(&store, 1);
        Declared::full(1).save(&store).run(way).unwrap();
        at.expire(Duration::from_secs(600)).run(way).unwrap();
        at.user().set("other").run(way).unwrap();
        at.user().swap("another").run(way).unwrap();
        at.hits().incr(1).run(way).unwrap();
        at.total().incr(1).run(way).unwrap();
        at.total().mul(3).run(way).unwrap();
        at.pages().push("b").run(way).unwrap();
        at.pages().reverse().run(way).unwrap();
        at.pages().sort().run(way).unwrap();
        at.queue().rotate(1).run(way).unwrap();
        at.data().insert("b", 2).run(way).unwrap();
        at.data().replace_all([("c", 3)]).run(way).unwrap();
        at.seen().intersect_with([&[1u64, 2]]).run(way).unwrap();
        at.seen().replace_all([5]).run(way).unwrap();
        at.update(|session| {
            session.pages = vec!["x".into()];
            session.data.clear();
            session.data.insert("y".into(), 1);
            session.seen = [8].into();
            session.queue.clear();
            session.queue.push_back(7);
        })
        .run(way)
        .unwrap();
        assert_all_end(&at, 600_000);
    }
}

#[test]
fn a_write_to_an_absent_object_of_a_mortal_model_does_not_live_for_ever() {
    for way in WAYS.iter().copied() {
        let store = store();
        type Write = fn(&DeclaredHandle, Way) -> pottery::Result<()>;
        let writes: [(&str, Write); 9] = [
            ("set", |at, way| at.user().set("x").run(way)),
            ("set_if_absent", |at, way| at.user().set_if_absent("x").run(way).map(drop)),
            ("swap", |at, way| at.user().swap("x").run(way).map(drop)),
            ("incr in a range", |at, way| at.hits().incr(1).run(way).map(drop)),
            ("incr", |at, way| at.total().incr(1).run(way).map(drop)),
            ("list", |at, way| at.pages().push("x").run(way).map(drop)),
            ("deque", |at, way| at.queue().push_back(1).run(way).map(drop)),
            ("map", |at, way| at.data().insert("x", 1).run(way).map(drop)),
            ("set of members", |at, way| at.seen().insert(1).run(way).map(drop)),
        ];
        for (id, (name, write)) in (1..).zip(writes) {
            let at = Declared::at(&store, id);
            write(&at, way).unwrap();
            let left: Vec<i64> = at.keys().iter().map(ttl).filter(|left| *left != -2).collect();
            assert_eq!(left.len(), 1, "{way:?} {name}");
            assert!(left[0] > 0 && left[0] <= HOUR, "{way:?} {name}: {}", left[0]);
            assert!(!at.exists().run(way).unwrap(), "{name}: a field is no object");
        }
    }
}

#[test]
fn a_model_that_lives_for_ever_refuses_to_end() {
    let store = store();
    let at = Never::at(&store, 1);
    Never::full(1).save(&store).go().unwrap();
    let refused = [
        at.expire(Duration::from_secs(1)).go().unwrap_err(),
        at.expire_at(SystemTime::now()).go().unwrap_err(),
        at.persist().go().unwrap_err(),
        at.touch().go().unwrap_err(),
        Open::at(&store, 1).touch().go().unwrap_err(),
        at.pages().expire(Duration::from_secs(1)).go().unwrap_err(),
        at.pages().persist().go().unwrap_err(),
        at.pages().rename("elsewhere").go().unwrap_err(),
    ];
    for error in refused {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
    }
    assert!(at.keys().iter().all(|key| ttl(key) == -1));
}

#[test]
fn an_object_ends_with_all_its_keys() {
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Open::at(&store, 1);
        assert!(!at.expire(Duration::from_secs(1)).run(way).unwrap(), "there is none");
        assert!(!at.persist().run(way).unwrap());
        assert_eq!(at.ttl().run(way).unwrap(), None);
        Open::full(1).save(&store).run(way).unwrap();
        assert!(!at.persist().run(way).unwrap(), "it lives for ever");
        assert!(at.expire_at(SystemTime::now() + Duration::from_secs(900)).run(way).unwrap());
        assert_all_end(&at, 900_000);
        let left = at.ttl().run(way).unwrap().unwrap();
        assert!(left <= Duration::from_secs(901) && left > Duration::from_secs(800), "{left:?}");
        assert!(at.persist().run(way).unwrap());
        assert_eq!(at.ttl().run(way).unwrap(), None);
        assert!(at.expire(Duration::from_millis(20)).run(way).unwrap());
        wait_until("the object has ended", Duration::from_secs(10), || {
            at.keys().iter().all(|key| ttl(key) == -2)
        });
        assert_eq!(at.load().run(way).unwrap(), None);
        Open::full(1).save(&store).run(way).unwrap();
        assert!(at.expire_at(SystemTime::UNIX_EPOCH).run(way).unwrap(), "the past is an end as well");
        assert_eq!(at.load().run(way).unwrap(), None);
        assert!(at.keys().iter().all(|key| ttl(key) == -2));
    }
}

#[test]
fn a_key_of_a_mortal_model_is_never_born_without_its_time_to_live() {
    for way in WAYS.iter().copied() {
        let server = Server::start();
        let proxy = Proxy::start(&server);
        let store = Store::open(proxy.url()).unwrap();
        let at = Declared::at(&store, 1);
        Declared::empty(1).save(&store).run(way).unwrap();
        // the connection ends between the push and the script behind it
        let cut = proxy.fault(Fault::CutBefore, When::matching(|c| c.name().starts_with("EVAL")).once());
        let error = at.pages().push("x").run(way).unwrap_err();
        assert_eq!(cut.fired(), 1, "{way:?}");
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert_eq!(
            server.cli(&["EXISTS", &at.pages().key().to_string()]).int(),
            0,
            "{way:?}: all or nothing"
        );
        at.pages().push("x").run(way).unwrap();
        assert!(ttl_on(&server, at.pages().key()) > 0, "{way:?}");
    }
}

fn ttl_on(server: &Server, key: &Key) -> i64 {
    server.cli(&["PTTL", &key.to_string()]).int()
}
