//! Data that pottery did not write: S4.

use pottery::{ErrorKind, Outcome, Store};
use pottery_test_support::{Rng, Seed, Server, scale};

use crate::objects::{dump, kind, put_foreign};
use crate::operations::{Class, Ground, On, operations};
use crate::way::WAYS;

const KINDS: [&str; 6] = ["string", "list", "set", "hash", "zset", "stream"];

#[test]
fn no_operation_takes_another_redis_type_for_its_own() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap().namespace("foreign");
    let mut problems = Vec::new();
    let mut cases = 0;
    for way in WAYS.iter().copied() {
        let ground = Ground::new(&store, &format!("{way:?}"));
        for op in operations() {
            ground.reset(way);
            let key = ground.key(op.on);
            let own = kind(&server, key.as_bytes());
            for foreign in KINDS.iter().filter(|kind| **kind != own) {
                cases += 1;
                ground.reset(way);
                put_foreign(&server, key.as_bytes(), foreign);
                let before = dump(&server, key.as_bytes());
                let result = (op.run)(&ground, way);
                let after = dump(&server, key.as_bytes());
                let case = format!("{way:?} {} with a {foreign}", op.name);
                match (&result, op.class) {
                    (_, Class::Clear) | (Ok(()), Class::Any) => {}
                    // the only type that it looks at is that of the object's hash
                    (Ok(()), _) if op.name == "ttl" => {}
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
    let (mut problems, mut cases) = (Vec::new(), 0);
    for way in WAYS.iter().copied() {
        let ground = Ground::new(&store, &format!("{way:?}"));
        for op in operations() {
            let key = match op.name {
                name if name.starts_with("list.move_") => ground.others.key().clone(),
                "set.move_to" | "set.union" | "set.intersection" | "set.difference" => {
                    ground.strangers.key().clone()
                }
                "set.symmetric_difference" | "set.content_eq" => ground.strangers.key().clone(),
                name if name.starts_with("set.is_") && name != "set.is_empty" => {
                    ground.strangers.key().clone()
                }
                name if name.ends_with("_into") => ground.strangers.key().clone(),
                "set.union_with" | "set.difference_with" | "set.symmetric_difference_with" => {
                    ground.strangers.key().clone()
                }
                _ => continue,
            };
            ground.reset(way);
            let (own, first) = (kind(&server, key.as_bytes()), ground.key(op.on));
            for foreign in KINDS.iter().filter(|kind| **kind != own) {
                cases += 1;
                ground.reset(way);
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
fn spoil(server: &Server, key: &[u8], on: On, rng: &mut Rng) {
    let mut raw = server.raw();
    raw.command(&[b"DEL", key]);
    let [a, b, c, d] = [(); 4].map(|()| garbage(rng));
    let reply = match on {
        On::Object => {
            let mut command = vec![b"HSET".to_vec(), key.to_vec()];
            let id: &[u8] = if rng.bool() { b"spoilt" } else { &a };
            command.extend([b"id".to_vec(), id.to_vec()]);
            for field in ["title", "count", "total", "weight", "note", "part"] {
                command.extend([field.as_bytes().to_vec(), garbage(rng)]);
            }
            raw.command(&command)
        }
        On::Tags | On::Queue => raw.command(&[b"RPUSH", key, &a, &b, &c, &d]),
        On::Stats | On::Scores => raw.command(&[b"HSET", key, b"hp", &b, b"a", &c, &a, &d]),
        On::Friends => raw.command(&[b"SADD", key, &a, &b, &c, &d]),
        On::Value => raw.command(&[b"SET", key, &a]),
    };
    assert!(!reply.is_error(), "{reply:?}");
}

#[test]
fn garbage_is_an_error_that_names_the_key_and_changes_nothing_untold() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap().namespace("garbage");
    let seed = Seed::new();
    let mut rng = seed.rng();
    let (mut problems, mut refused) = (Vec::new(), 0);
    for way in WAYS.iter().copied() {
        for op in (0..scale(3, 30)).flat_map(|_| operations()) {
            let ground = Ground::new(&store, "spoilt");
            ground.reset(way);
            let key = ground.key(op.on);
            spoil(&server, key.as_bytes(), op.on, &mut rng);
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
                ErrorKind::NotFound if op.name == "set.try_remove" => {}
                ErrorKind::Full if op.name == "deque.check_bound" => {}
                other => problems.push(format!("{case}: {other:?}: {error}")),
            }
            if error.key() != Some(&key) {
                problems.push(format!("{case}: does not name {key}: {error}"));
            }
            if error.outcome() == Outcome::NotApplied && before != after {
                problems.push(format!("{case}: said that nothing was applied, and changed it: {error}"));
            }
            if op.class == Class::Read && before != after {
                problems.push(format!("{case}: a read changed the key"));
            }
        }
    }
    println!("{refused} errors");
    assert!(refused > 100);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
