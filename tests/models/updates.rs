//! Read, change, write what changed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pottery::{ErrorKind, Outcome, RedisModel, Store};
use pottery_test_support::{Monitor, Server, shared, unique};

use crate::way::{Run, WAYS, Way};

#[derive(RedisModel, Clone, Debug, PartialEq)]
struct Doc {
    #[redis(id)]
    id: String,
    title: String,
    views: u64,
    note: Option<String>,
    lines: Vec<String>,
    queue: VecDeque<u32>,
    words: HashMap<String, u32>,
    readers: HashSet<u64>,
}

impl Doc {
    fn new(id: &str) -> Doc {
        Doc {
            id: id.to_owned(),
            title: "a title".into(),
            views: 1,
            note: Some("n".into()),
            lines: ["a", "b", "c", "d"].map(String::from).to_vec(),
            queue: VecDeque::from([1, 2, 3]),
            words: HashMap::from([("x".into(), 1), ("y".into(), 2)]),
            readers: HashSet::from([1, 2, 3]),
        }
    }
}

fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("updates"))
}

/// What is sent between MULTI and EXEC by an update, without the namespace and the arguments' number.
fn sent(server: &Server, store: &Store, way: Way, change: fn(&mut Doc)) -> Vec<String> {
    Doc::new("1").save(store).run(way).unwrap();
    let monitor = Monitor::start(server);
    Doc::at(store, "1").update(change).run(way).unwrap();
    let commands = monitor.finish();
    let begin = commands.iter().position(|args| args[0] == "MULTI").expect("a transaction");
    let end = commands.iter().position(|args| args[0] == "EXEC").expect("its end");
    assert!(commands[..begin].iter().any(|args| args[0] == "WATCH" && args.len() == 6), "{commands:?}");
    // what looks after the time to live is another matter
    let writes = commands[begin + 1..end].iter().filter(|args| args[0] != "EVAL" && args[0] != "PTTL");
    writes.map(|args| args.join(" ")).collect()
}

#[test]
fn only_what_changed_is_written() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    for way in WAYS.iter().copied() {
        let sent = |change| sent(&server, &store, way, change);
        assert!(sent(|_| {}).is_empty());
        assert_eq!(sent(|doc| doc.views += 1), ["HSET doc:{1} views 2"]);
        assert_eq!(
            sent(|doc| {
                doc.title = "b".into();
                doc.note = None;
            }),
            ["HSET doc:{1} title b", "HDEL doc:{1} note"]
        );
        assert_eq!(sent(|doc| doc.lines.push("e".into())), ["RPUSH doc:{1}:lines e"]);
        assert_eq!(sent(|doc| doc.lines[2] = "z".into()), ["LSET doc:{1}:lines 2 z"]);
        assert_eq!(sent(|doc| doc.lines.truncate(2)), ["LTRIM doc:{1}:lines 0 1"]);
        assert_eq!(sent(|doc| doc.lines.clear()), ["UNLINK doc:{1}:lines"]);
        assert_eq!(sent(|doc| doc.queue.push_back(4)), ["RPUSH doc:{1}:queue 4"]);
        assert_eq!(sent(|doc| _ = doc.words.insert("z".into(), 3)), ["HSET doc:{1}:words z 3"]);
        assert_eq!(sent(|doc| _ = doc.words.insert("x".into(), 3)), ["HSET doc:{1}:words x 3"]);
        assert_eq!(sent(|doc| _ = doc.words.remove("x")), ["HDEL doc:{1}:words x"]);
        assert_eq!(sent(|doc| _ = doc.readers.insert(4)), ["SADD doc:{1}:readers 4"]);
        assert_eq!(sent(|doc| _ = doc.readers.remove(&2)), ["SREM doc:{1}:readers 2"]);
    }
}

#[test]
fn whatever_is_changed_is_what_is_stored() {
    let changes: [fn(&mut Doc); 14] = [
        |doc| doc.lines.reverse(),
        |doc| doc.lines.insert(0, "first".into()),
        |doc| _ = doc.lines.remove(1),
        |doc| doc.lines = vec!["new".into(); 5],
        |doc| doc.lines.rotate_left(1),
        |doc| doc.queue.push_front(9),
        |doc| _ = doc.queue.pop_front(),
        |doc| doc.queue.clear(),
        |doc| doc.words.clear(),
        |doc| doc.words = HashMap::from([("q".into(), 1)]),
        |doc| doc.readers.clear(),
        |doc| doc.readers = HashSet::from([7, 8]),
        |doc| {
            let id = std::mem::take(&mut doc.id);
            *doc = Doc { title: "é\0".into(), note: Some(String::new()), ..Doc::new(&id) };
        },
        |doc| {
            doc.note = None;
            doc.lines.clear();
            doc.words.clear();
            doc.readers.clear();
        },
    ];
    for way in WAYS.iter().copied() {
        let store = store();
        for (number, change) in changes.iter().enumerate() {
            let mut doc = Doc::new(&number.to_string());
            doc.save(&store).run(way).unwrap();
            let at = doc.handle(&store);
            at.update(change).run(way).unwrap();
            change(&mut doc);
            assert_eq!(at.load().run(way).unwrap(), Some(doc), "{way:?}, change {number}");
        }
    }
}

#[test]
fn an_update_yields_what_its_closure_yields_and_may_borrow() {
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Doc::at(&store, "1");
        Doc::new("1").save(&store).run(way).unwrap();
        let (by, mut seen) = (3, Vec::new());
        let views = at.update(|doc| {
            doc.views += by;
            seen.push(doc.title.clone());
            doc.views
        });
        assert_eq!(views.run(way).unwrap(), 4);
        assert_eq!(seen, ["a title"]);
    }
}

#[test]
fn a_refused_update_changes_nothing() {
    for way in WAYS.iter().copied() {
        let store = store();
        let (doc, at) = (Doc::new("1"), Doc::at(&store, "1"));
        doc.save(&store).run(way).unwrap();
        let refused = at.try_update(|doc| {
            doc.views = 100;
            doc.lines.clear();
            if doc.views > 10 { Err("too many") } else { Ok(()) }
        });
        assert_eq!(refused.run(way).unwrap(), Err("too many"));
        assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&doc));
        let allowed = at.try_update(|doc| {
            doc.views += 1;
            Ok::<_, &str>(doc.views)
        });
        assert_eq!(allowed.run(way).unwrap(), Ok(2));
    }
}

#[test]
fn an_update_of_no_object_says_so() {
    for way in WAYS.iter().copied() {
        let store = store();
        let error = Doc::at(&store, "none").update(|_| ()).run(way).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::NotFound, Outcome::NotApplied));
        assert_eq!((error.model(), error.id()), (Some("Doc"), Some("none")));
    }
}

#[test]
fn an_update_cannot_change_the_id() {
    for way in WAYS.iter().copied() {
        let store = store();
        let (doc, at) = (Doc::new("1"), Doc::at(&store, "1"));
        doc.save(&store).run(way).unwrap();
        let error = at.update(|doc| doc.id = "2".into()).run(way).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
        assert_eq!(at.load().run(way).unwrap(), Some(doc));
        assert!(!Doc::at(&store, "2").exists().run(way).unwrap());
    }
}

#[test]
fn a_panic_in_an_update_changes_nothing_and_leaves_the_store_usable() {
    for way in WAYS.iter().copied() {
        let store = store();
        let (doc, at) = (Doc::new("1"), Doc::at(&store, "1"));
        doc.save(&store).run(way).unwrap();
        for _ in 0..20 {
            let caught = catch_unwind(AssertUnwindSafe(|| {
                at.update(|doc| {
                    doc.views = 100;
                    std::panic::resume_unwind(Box::new("on purpose"));
                })
                .run(way)
            }));
            assert!(caught.is_err());
        }
        assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&doc));
        at.update(|doc| doc.views += 1).run(way).unwrap();
        assert_eq!(at.views().get().run(way).unwrap(), 2);
    }
}

#[test]
fn an_update_begins_again_when_somebody_was_faster() {
    for way in WAYS.iter().copied() {
        let server = shared();
        let store = store();
        let at = Doc::at(&store, "1");
        // a change of any key of the object counts, and its collections have keys of their own
        for key in at.keys() {
            Doc::new("1").save(&store).run(way).unwrap();
            let mut runs = 0;
            let done = at.update(|doc| {
                runs += 1;
                if runs == 1 {
                    server.cli(&[b"UNLINK", key.as_bytes()]);
                    if key == *at.key() {
                        server.cli(&[b"HSET", key.as_bytes(), b"id", b"1", b"title", b"t", b"views", b"50"]);
                    }
                }
                doc.views += 1;
            });
            done.run(way).unwrap();
            assert_eq!(runs, 2, "{way:?} {key}");
            let expected = if key == *at.key() { 51 } else { 2 };
            assert_eq!(at.views().get().run(way).unwrap(), expected, "{way:?} {key}");
        }
    }
}

#[test]
fn an_update_that_never_comes_first_ends_with_a_conflict() {
    for way in WAYS.iter().copied() {
        let server = shared();
        let store = Store::options(&server.url()).attempts(3).open().unwrap().namespace(&unique("updates"));
        let at = Doc::at(&store, "1");
        Doc::new("1").save(&store).run(way).unwrap();
        let mut runs = 0;
        let update = at.update(|doc| {
            runs += 1;
            server.cli(&[b"HINCRBY", at.key().as_bytes(), b"views", b"10"]);
            doc.views += 1;
        });
        let error = update.run(way).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Conflict, Outcome::NotApplied), "{error}");
        assert_eq!(error.key(), Some(at.key()));
        assert_eq!(runs, 3);
        assert_eq!(at.views().get().run(way).unwrap(), 31);
    }
}

#[test]
fn fields_that_the_struct_does_not_know_survive() {
    let server = shared();
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Doc::at(&store, "1");
        Doc::new("1").save(&store).run(way).unwrap();
        server.cli(&[b"HSET", at.key().as_bytes(), b"unknown", b"kept"]);
        Doc { title: "other".into(), note: None, ..Doc::new("1") }.save(&store).run(way).unwrap();
        at.update(|doc| doc.views += 1).run(way).unwrap();
        at.title().set("third").run(way).unwrap();
        assert_eq!(server.cli(&[b"HGET", at.key().as_bytes(), b"unknown"]).text(), "kept");
        assert!(server.cli(&[b"HGET", at.key().as_bytes(), b"note"]).is_nil());
    }
}
