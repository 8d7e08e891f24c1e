//! Bytes that were made to do harm: S2, through a real load. What the decoders do with all kinds of bytes is tested
//! beside them.

use std::thread;
use std::time::{Duration, Instant};

use pottery::{Error, ErrorKind, RedisModel, Store};
use pottery_test_support::{Server, scale};
use serde::{Deserialize, Serialize};

use crate::way::{Run, WAYS};

/// As deep as its bytes say.
#[derive(Serialize, Deserialize, Debug, Default)]
struct Tree {
    branches: Vec<Tree>,
}

#[derive(Serialize, Deserialize, Debug, Default)]
struct Claims {
    text: String,
    numbers: Vec<u64>,
    nothing: Vec<()>,
}

#[derive(RedisModel, Debug)]
struct Victim {
    #[redis(id)]
    id: u8,
    #[redis(value)]
    tree: Tree,
    #[redis(value)]
    claims: Claims,
    trees: Vec<Tree>,
}

#[cfg(feature = "json")]
#[derive(RedisModel, Debug)]
#[redis(codec = pottery::Json)]
struct JsonVictim {
    #[redis(id)]
    id: u8,
    #[redis(value)]
    tree: Tree,
    trees: Vec<Tree>,
}

/// Runs `f` on a thread with little stack.
fn with_a_small_stack<R: Send>(f: impl FnOnce() -> R + Send) -> R {
    thread::scope(|scope| {
        let small = thread::Builder::new().stack_size(512 * 1024).spawn_scoped(scope, f).unwrap();
        small.join().unwrap()
    })
}

/// What a load of something hostile may take. Without optimisation, reading a megabyte alone takes milliseconds.
const QUICK: Duration = Duration::from_millis(if cfg!(debug_assertions) { 60 } else { 10 });

/// The error of the fastest of some tries, which must be quick: others use the machine as well.
fn quickly(what: &str, mut load: impl FnMut() -> Error) -> Error {
    let mut best = Duration::MAX;
    let mut last = None;
    for _ in 0..20 {
        let begun = Instant::now();
        last = Some(load());
        best = best.min(begun.elapsed());
        if best <= QUICK {
            break;
        }
    }
    assert!(best <= QUICK, "{what}: {best:?}");
    last.unwrap()
}

#[test]
fn nesting_of_any_depth_is_an_error_on_a_small_stack() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let victim = Victim { id: 1, tree: Tree::default(), claims: Claims::default(), trees: Vec::new() };
    for depth in [10, 100, 1_000, 10_000, 100_000] {
        // each level is a list of one
        let mut bytes = vec![1; depth];
        bytes.push(0);
        victim.save(&store).go().unwrap();
        for (key, field) in [("victim:{1}", "tree"), ("victim:{1}:trees", "trees")] {
            match field {
                "tree" => server.cli(&[b"HSET", key.as_bytes(), field.as_bytes(), &bytes]),
                _ => {
                    victim.save(&store).go().unwrap();
                    server.cli(&[b"RPUSH", key.as_bytes(), &bytes])
                }
            };
            for way in WAYS.iter().copied() {
                // as deep as a hundred levels may still be read
                let load = || with_a_small_stack(|| Victim::load(&store, 1).run(way).map(drop));
                if load().is_ok() {
                    assert!(depth <= 100, "{depth}");
                    continue;
                }
                let error = quickly(&format!("{way:?} {field} {depth}"), || load().unwrap_err());
                assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
                assert_eq!((error.field(), error.key().unwrap().as_bytes()), (Some(field), key.as_bytes()));
            }
        }
    }
}

#[cfg(feature = "json")]
#[test]
fn nested_json_of_any_depth_is_an_error_on_a_small_stack() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let victim = JsonVictim { id: 1, tree: Tree::default(), trees: Vec::new() };
    victim.save(&store).go().unwrap();
    for depth in [1_000, 10_000, 100_000] {
        let deep = r#"{"branches":["#.repeat(depth) + &"]}".repeat(depth);
        for text in [deep, "[".repeat(depth), "{\"branches\":".repeat(depth)] {
            server.cli(&["HSET", "json_victim:{1}", "tree", &text]);
            for way in WAYS.iter().copied() {
                let error = quickly(&format!("{way:?} {depth}"), || {
                    with_a_small_stack(|| JsonVictim::load(&store, 1).run(way).unwrap_err())
                });
                assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
                assert_eq!(error.field(), Some("tree"));
            }
        }
    }
}

#[test]
fn claims_of_any_length_are_errors() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let victim = Victim { id: 1, tree: Tree::default(), claims: Claims::default(), trees: Vec::new() };
    victim.save(&store).go().unwrap();
    for length in [1 << 31, 1 << 40, 1 << 63, u64::MAX] {
        let claim = |before: &[u8]| {
            let mut bytes = before.to_vec();
            bytes.push(253);
            bytes.extend(length.to_le_bytes());
            bytes
        };
        // the length of the text, of the numbers, of the list of nothing
        for bytes in [claim(&[]), claim(&[0]), claim(&[0, 0])] {
            server.cli(&[b"HSET", b"victim:{1}" as &[u8], b"claims", &bytes]);
            for way in WAYS.iter().copied() {
                let error = quickly(&format!("{way:?} {length} {bytes:?}"), || {
                    with_a_small_stack(|| Victim::load(&store, 1).run(way).unwrap_err())
                });
                assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
                assert_eq!(error.field(), Some("claims"), "{error}");
                assert_eq!(error.key().unwrap().as_bytes(), b"victim:{1}", "{error}");
            }
        }
    }
}

#[test]
fn a_huge_value_is_an_error_where_a_small_one_belongs() {
    let server = Server::start();
    let store = Store::options(&server.url()).timeout(Duration::from_secs(60)).open().unwrap();
    let length: usize = scale(64 << 20, 512 << 20);
    assert_eq!(server.cli(&["SETRANGE", "huge", &(length - 1).to_string(), "x"]).int(), length as i64);
    for way in WAYS.iter().copied() {
        let error = store.value::<u64>("huge").get().run(way).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.to_string().len() < 1_000, "the error repeats the value");
        let error = store.value::<Claims>("huge").get().run(way).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}
