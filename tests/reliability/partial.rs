//! Foreign keys in the middle of a whole-object write: T4.

use pottery::{ErrorKind, Outcome, RedisModel, Store};
use pottery_test_support::{Server, unique};

use crate::objects::{COLLECTIONS, Thing, dump, kind, put_foreign};
use crate::way::{Run, WAYS};

/// A type that the field's own is not.
fn foreign_to(kind: &str) -> &'static str {
    if kind == "hash" { "list" } else { "hash" }
}

#[test]
fn a_save_over_a_foreign_key_names_it_leaves_it_and_writes_the_rest() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    for way in WAYS.iter().copied() {
        for (position, (field, own)) in COLLECTIONS.iter().enumerate() {
            let case = format!("{way:?} {field}");
            let thing = Thing::full(&unique("thing"));
            let at = Thing::at(&store, &thing.id);
            let keys = at.keys();
            let key = keys[position + 1].as_bytes().to_vec();
            put_foreign(&server, &key, foreign_to(own));
            let before = dump(&server, &key);

            let error = thing.save(&store).run(way).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongType, "{case}: {error}");
            assert_eq!(error.outcome(), Outcome::PartiallyApplied, "{case}: {error}");
            assert_eq!(error.field(), Some(*field), "{case}: {error}");
            assert_eq!(error.key().unwrap().as_bytes(), key, "{case}: {error}");
            assert_eq!(error.model(), Some("Thing"), "{case}: {error}");
            // the clearing of the collections, the object's hash, then each collection
            assert_eq!(error.index(), Some(position + 2), "{case}: {error}");

            assert_eq!(dump(&server, &key), before, "{case}: the foreign key was touched");
            let loaded = at.title().get().run(way).unwrap();
            assert_eq!(loaded, thing.title, "{case}");
            for (at, (_, own)) in COLLECTIONS.iter().enumerate().filter(|(at, _)| *at != position) {
                assert_eq!(kind(&server, keys[at + 1].as_bytes()), *own, "{case}: a neighbour is not right");
            }
            // once the foreign key has gone, the same save heals everything
            server.cli(&[b"DEL", &key[..]]);
            thing.save(&store).run(way).unwrap();
            assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&thing), "{case}");
        }
    }
}

#[test]
fn a_foreign_key_in_the_place_of_an_empty_collection_is_named_too() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    for (position, (field, own)) in COLLECTIONS.iter().enumerate() {
        let thing = Thing::bare(&unique("thing"));
        let key = Thing::at(&store, &thing.id).keys()[position + 1].as_bytes().to_vec();
        put_foreign(&server, &key, foreign_to(own));
        let before = dump(&server, &key);
        let error = thing.save(&store).go().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongType, "{field}: {error}");
        assert_eq!(error.outcome(), Outcome::PartiallyApplied, "{field}: {error}");
        assert_eq!(error.field(), Some(*field), "{field}: {error}");
        assert_eq!(error.key().unwrap().as_bytes(), key, "{field}: {error}");
        assert_eq!(dump(&server, &key), before, "{field}");
    }
}

#[test]
fn a_save_over_a_foreign_main_key_names_it_and_leaves_it() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    for way in WAYS.iter().copied() {
        for foreign in ["string", "list", "set", "zset", "stream"] {
            let thing = Thing::full(&unique("thing"));
            let at = Thing::at(&store, &thing.id);
            put_foreign(&server, at.key().as_bytes(), foreign);
            let before = dump(&server, at.key().as_bytes());
            let error = thing.save(&store).run(way).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongType, "{foreign}: {error}");
            assert_eq!(error.outcome(), Outcome::PartiallyApplied, "{foreign}: {error}");
            assert_eq!(error.key(), Some(at.key()), "{foreign}: {error}");
            assert_eq!(dump(&server, at.key().as_bytes()), before, "{foreign}: the foreign key was touched");
        }
    }
}

#[test]
fn a_create_over_a_foreign_key_applies_nothing() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    for way in WAYS.iter().copied() {
        for position in 0..=COLLECTIONS.len() {
            let own = if position == 0 { "hash" } else { COLLECTIONS[position - 1].1 };
            let thing = Thing::full(&unique("thing"));
            let keys = Thing::at(&store, &thing.id).keys();
            // what an object left behind that has lost its hash: `create` would replace it
            let stale = if position == 1 { &keys[2] } else { &keys[1] };
            server.cli(&[b"RPUSH", stale.as_bytes(), b"stale"]);
            put_foreign(&server, keys[position].as_bytes(), foreign_to(own));
            let before: Vec<_> = keys.iter().map(|key| dump(&server, key.as_bytes())).collect();
            let error = thing.create(&store).run(way).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WrongType, "{position}: {error}");
            assert_eq!(error.outcome(), Outcome::NotApplied, "{position}: {error}");
            assert_eq!(error.key(), Some(&keys[position]), "{position}: {error}");
            let after: Vec<_> = keys.iter().map(|key| dump(&server, key.as_bytes())).collect();
            assert_eq!(before, after, "{position}: something was applied");
        }
    }
}
