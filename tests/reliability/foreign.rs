//! Data that pottery did not write: S4.

use pottery::{ErrorKind, Outcome, Store};
use pottery_test_support::{Raw, Rng, Seed, Server, scale};

use crate::objects::{dump, kind, put_foreign};
use crate::operations::{CARD, Class, Ground, OBJECT, STREAM, Spot, operations};
use crate::way::WAYS;

const KINDS: [&str; 6] = ["string", "list", "set", "hash", "zset", "stream"];

#[test]
fn no_operation_takes_another_redis_type_for_its_own() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap().namespace("foreign");
    let (mut raw, mut problems, mut cases) = (server.raw(), Vec::new(), 0);
    for way in WAYS.iter().copied() {
        let ground = Ground::new(&store, "1");
        for op in operations() {
            if op.is_beyond(&mut raw) {
                continue;
            }
            let key = op.on.key(&ground);
            ground.reset(&mut raw, &op, way);
            assert_eq!(kind(&server, key.as_bytes()), op.on.redis, "{}", op.name);
            for foreign in KINDS.iter().filter(|kind| **kind != op.on.redis) {
                if *foreign == "set" && op.name.starts_with("combination.") {
                    // a sorted set whose scores are all 1
                    continue;
                }
                cases += 1;
                ground.reset(&mut raw, &op, way);
                put_foreign(&server, key.as_bytes(), foreign);
                let before = dump(&server, key.as_bytes());
                let result = (op.run)(&ground, way);
                let after = dump(&server, key.as_bytes());
                let case = format!("{way:?} {} with a {foreign}", op.name);
                match (&result, op.class) {
                    (_, Class::Clear) | (Ok(()), Class::Any | Class::Look) => {}
                    (Ok(()), _) => problems.push(format!("{case}: succeeded")),
                    (Err(error), class) => {
                        let expected = error.kind() == ErrorKind::WrongType
                            || (class == Class::Create && error.kind() == ErrorKind::KeyExists);
                        if !expected {
                            problems.push(format!("{case}: {:?}: {error}", error.kind()));
                        }
                        if error.key() != Some(&key) {
                            problems.push(format!("{case}: does not name {key}: {error}"));
                        }
                    }
                }
                if before != after && op.class != Class::Clear {
                    problems.push(format!("{case}: the foreign key was changed: {result:?}"));
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn no_operation_of_two_keys_takes_another_redis_type_for_its_own() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap().namespace("foreign");
    let (mut raw, mut problems, mut cases) = (server.raw(), Vec::new(), 0);
    for way in WAYS.iter().copied() {
        let ground = Ground::new(&store, "1");
        for op in operations() {
            let Some(with) = op.with else { continue };
            let (key, first) = (with.key(&ground), op.on.key(&ground));
            for foreign in KINDS.iter().filter(|kind| **kind != with.redis) {
                if *foreign == "set" && matches!(op.name, "combination.members" | "combination.entries") {
                    continue;
                }
                cases += 1;
                ground.reset(&mut raw, &op, way);
                put_foreign(&server, key.as_bytes(), foreign);
                let before = [&key, &first].map(|key| dump(&server, key.as_bytes()));
                let result = (op.run)(&ground, way);
                let after = [&key, &first].map(|key| dump(&server, key.as_bytes()));
                if result.as_ref().map_err(|error| error.kind()) != Err(ErrorKind::WrongType) {
                    problems.push(format!("{way:?} {} with a {foreign}: {result:?}", op.name));
                }
                if before != after {
                    problems.push(format!("{way:?} {} with a {foreign}: something was changed", op.name));
                }
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 100);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Bytes that are no UTF-8 and no number.
fn garbage(rng: &mut Rng) -> Vec<u8> {
    let length = rng.usize(0..40);
    std::iter::once(0xff).chain((0..length).map(|_| rng.u8(..))).collect()
}

/// Replaces what is at a key by garbage of the same type.
fn spoil(raw: &mut Raw, key: &[u8], on: &Spot, rng: &mut Rng) {
    raw.command(&[b"DEL", key]);
    let [a, b, c, d] = [(); 4].map(|()| garbage(rng));
    let reply = match on.redis {
        "hash" if *on == OBJECT || *on == CARD => {
            let mut command = vec![b"HSET".to_vec(), key.to_vec()];
            let id: &[u8] = if rng.bool() { b"spoilt" } else { &a };
            command.extend([b"id".to_vec(), id.to_vec()]);
            for field in ["title", "count", "total", "weight", "note", "part", "level"] {
                command.extend([field.as_bytes().to_vec(), garbage(rng)]);
            }
            raw.command(&command)
        }
        "hash" => raw.command(&[b"HSET", key, b"hp", &b, b"a", &c, b"=a", &c, &a, &d]),
        "list" => raw.command(&[b"RPUSH", key, &a, &b, &c, &d]),
        "set" => raw.command(&[b"SADD", key, &a, &b, &c, &d]),
        "zset" => raw.command(&[b"ZADD", key, b"1", &a, b"2.5", &b, b"-3", &c, b"inf", &d]),
        "string" => raw.command(&[b"SET", key, &a]),
        "stream" => {
            raw.command(&[b"XADD", key, b"1-1", b"value", &a]);
            raw.command(&[b"XADD", key, b"2-1", &b, &c])
        }
        _ => return,
    };
    assert!(!reply.is_error(), "{reply:?}");
}

/// Whether it is about a part of a text, from byte to byte.
fn takes_a_part(op: &str) -> bool {
    op.ends_with(".replace_range_to")
        || matches!(
            op,
            "text.get_range" | "text.char_at" | "text.insert" | "text.replace_range" | "text.truncate"
        )
}

#[test]
fn garbage_is_an_error_that_names_the_key_and_changes_nothing_untold() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap().namespace("garbage");
    let seed = Seed::new();
    let mut rng = seed.rng();
    let (mut raw, mut problems, mut refused) = (server.raw(), Vec::new(), 0);
    for way in WAYS.iter().copied() {
        for op in (0..scale(3, 30)).flat_map(|_| operations()) {
            if op.is_beyond(&mut raw) {
                continue;
            }
            let ground = Ground::new(&store, "spoilt");
            ground.reset(&mut raw, &op, way);
            let key = op.on.key(&ground);
            spoil(&mut raw, key.as_bytes(), op.on, &mut rng);
            let before = dump(&server, key.as_bytes());
            let result = (op.run)(&ground, way);
            let after = dump(&server, key.as_bytes());
            let case = format!("{way:?} {}", op.name);
            let Err(error) = result else { continue };
            refused += 1;
            match error.kind() {
                ErrorKind::Decode | ErrorKind::MissingField => {}
                ErrorKind::KeyExists if op.class == Class::Create => {}
                // these say what they were asked
                ErrorKind::NotFound if op.name.ends_with(".try_remove") => {}
                ErrorKind::NotFound if op.name == "search.members around a member" => {}
                ErrorKind::NotFound if *op.on == STREAM => {}
                ErrorKind::Full if op.name == "deque.check_bound" => {}
                // to Redis itself, a string that is no sketch is another type
                ErrorKind::WrongType if op.name.starts_with("hyper_log_log.") => {}
                ErrorKind::WrongType if op.name.starts_with("bloom_filter.") => {}
                // a part of what is no text begins anywhere, and may be beyond its end
                ErrorKind::Misuse | ErrorKind::IndexOutOfRange if takes_a_part(op.name) => {}
                other => problems.push(format!("{case}: {other:?}: {error}")),
            }
            if error.key() != Some(&key) {
                problems.push(format!("{case}: does not name {key}: {error}"));
            }
            if error.outcome() == Outcome::NotApplied && before != after {
                problems.push(format!("{case}: said that nothing was applied, and changed it: {error}"));
            }
            if op.only_reads() && before != after {
                problems.push(format!("{case}: a read changed the key"));
            }
        }
    }
    println!("{refused} errors");
    assert!(refused > 100);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
