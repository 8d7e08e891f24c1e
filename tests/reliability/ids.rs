//! Ids of any text: S3.

use std::collections::{HashMap, HashSet};

use pottery::{RedisModel, Store};
use pottery_test_support::{Rng, Seed, Server, scale, unique};

use crate::objects::Thing;
use crate::way::{Run, WAYS};

/// What could break out of a tag, a pattern or a line.
const ATOMS: [&str; 14] = ["{", "}", ":", "*", "?", "[", "]", "\\", "%", "\0", "\r", "\n", "/", "é"];

/// The same model without collections, under a prefix that begins like the other's keys.
#[derive(RedisModel)]
#[redis(prefix = "thing:tags")]
struct Near {
    #[redis(id)]
    id: String,
    title: String,
}

/// Ids of two parts.
#[derive(RedisModel)]
struct Pair {
    #[redis(id)]
    id: (String, String),
    items: Vec<u16>,
}

fn short_ids() -> Vec<String> {
    let mut ids = vec![String::new()];
    let mut last = ids.clone();
    for _ in 0..3 {
        last = last.iter().flat_map(|id| ATOMS.map(|atom| format!("{id}{atom}"))).collect();
        ids.extend(last.iter().cloned());
    }
    ids
}

fn random_id(rng: &mut Rng) -> String {
    let length = rng.usize(0..12);
    (0..length)
        .map(|_| match rng.u8(..4) {
            0 => ATOMS[rng.usize(..ATOMS.len())].to_owned(),
            1 => char::from(rng.u8(..128)).to_string(),
            2 => rng.char(..).to_string(),
            _ => ["%7B", "%", "%%", "%00", "7", "B", ":tags", "}:tags", "%25"][rng.usize(..9)].to_owned(),
        })
        .collect()
}

/// CRC16/XMODEM, by which Redis Cluster chooses the slot.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

/// The slot of a key: that of its tag, which is what stands between the first `{` and the next `}`, if anything.
fn slot(key: &[u8]) -> u16 {
    let tag = key.iter().position(|byte| *byte == b'{').and_then(|open| {
        let rest = &key[open + 1..];
        rest.iter().position(|byte| *byte == b'}').filter(|end| *end > 0).map(|end| &rest[..end])
    });
    crc16(tag.unwrap_or(key)) % 16_384
}

#[test]
fn no_two_ids_share_a_key_and_each_can_be_read_back() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    let seed = Seed::new();
    let mut rng = seed.rng();
    let mut ids: HashSet<String> = short_ids().into_iter().collect();
    assert_eq!(ids.len(), 1 + 14 + 14 * 14 + 14 * 14 * 14);
    ids.extend((0..scale(50_000, 1_000_000)).map(|_| random_id(&mut rng)));
    let mut owners: HashMap<Vec<u8>, &str> = HashMap::new();
    for id in &ids {
        let (thing, near) = (Thing::at(&store, id), Near::at(&store, id));
        assert_eq!(&thing.id(), id);
        assert_eq!(&near.id(), id);
        let mut keys = thing.keys();
        let own_slot = slot(keys[0].as_bytes());
        for key in &keys {
            assert_eq!(slot(key.as_bytes()), own_slot, "{key}: another slot than the object's hash");
        }
        keys.extend(near.keys());
        for key in keys {
            assert!(!key.as_bytes().iter().any(u8::is_ascii_control), "{key:?}");
            if let Some(other) = owners.insert(key.as_bytes().to_vec(), id) {
                panic!("{other:?} and {id:?} share the key {key}");
            }
        }
    }
    println!("{} ids, {} keys", ids.len(), owners.len());
}

#[test]
fn the_parts_of_an_id_never_run_into_each_other() {
    let store = Store::open("redis://127.0.0.1:1/").unwrap();
    let short: Vec<String> = short_ids().into_iter().filter(|id| id.chars().count() <= 1).collect();
    let seed = Seed::new();
    let mut rng = seed.rng();
    let mut pairs: HashSet<(String, String)> =
        short.iter().flat_map(|a| short.iter().map(move |b| (a.clone(), b.clone()))).collect();
    pairs.extend((0..5_000).map(|_| (random_id(&mut rng), random_id(&mut rng))));
    let mut owners = HashMap::new();
    for pair in &pairs {
        let at = Pair::at(&store, (&pair.0, &pair.1));
        assert_eq!(&at.id(), pair);
        for key in at.keys() {
            assert_eq!(slot(key.as_bytes()), slot(at.key().as_bytes()));
            let other = owners.insert(key.as_bytes().to_vec(), pair);
            assert!(other.is_none(), "{other:?} and {pair:?} share the key {key}");
        }
    }
}

#[test]
fn the_servers_own_slots_are_the_expected_ones() {
    let server = Server::builder().cluster(true).start();
    let store = Store::open(&server.url()).unwrap();
    let seed = Seed::new();
    let mut rng = seed.rng();
    let mut raw = server.raw();
    for id in short_ids().into_iter().take(300).chain((0..200).map(|_| random_id(&mut rng))) {
        for key in Thing::at(&store, &id).keys() {
            let said = raw.command(&[b"CLUSTER", b"KEYSLOT" as &[u8], key.as_bytes()]).int();
            assert_eq!(said, i64::from(slot(key.as_bytes())), "{key}");
        }
    }
}

#[test]
fn an_object_with_a_hostile_id_is_saved_on_a_cluster_and_found_again() {
    let server = Server::builder().cluster(true).start();
    server.own_all_slots();
    let store = Store::open(&server.url()).unwrap();
    let ids: HashSet<String> =
        short_ids().into_iter().take(15).chain(["}{".into(), "a}b{c".into()]).collect();
    for way in WAYS.iter().copied() {
        for id in &ids {
            let thing = Thing::full(id);
            thing.save(&store).run(way).unwrap();
            assert_eq!(Thing::load(&store, id).run(way).unwrap().as_ref(), Some(&thing), "{id:?}");
        }
        let found: HashSet<String> = Thing::ids(&store).run(way).unwrap().into_iter().collect();
        assert_eq!(found, ids);
    }
}

/// Prefixes that mean something in a pattern.
macro_rules! hostile_prefixes {
    ($($name:ident $prefix:literal),* $(,)?) => {
        $(
            #[derive(RedisModel)]
            #[redis(prefix = $prefix)]
            struct $name {
                #[redis(id)]
                id: String,
                title: String,
                tags: Vec<String>,
            }
        )*

        #[test]
        fn a_scan_finds_exactly_its_own_objects_whatever_the_prefix_and_the_namespace() {
            let server = Server::start();
            let plain = Store::open(&server.url()).unwrap();
            let stores: Vec<Store> = ["", "a*", "a", "ab", "*", "[a-c]", "a?", "\\", "{a}", "a:b", "é%", "^", "a\r\n"]
                .iter()
                .map(|name| if name.is_empty() { plain.clone() } else { plain.namespace(name) })
                .collect();
            let ids = ["", "1", "*", "}", "a}:{b", "[a]", "\\*", "é"];
            let mut saved = 0;
            for (at, store) in stores.iter().enumerate() {
                // every store and every model has ids of its own as well, so that a stranger's would be seen
                $(
                    let own = unique(&format!("{}-{at}", stringify!($name)));
                    for id in ids.iter().copied().chain([own.as_str()]) {
                        let object = $name { id: id.to_owned(), title: "x".into(), tags: vec!["y".into()] };
                        object.save(store).go().unwrap();
                        saved += 1;
                    }
                )*
            }
            // what looks like an object and is none
            for key in ["a:{1", "a:{1}:tags}", "a:{%41}", "a:{1}}", "a:{}", "xa:{9}", "a:b:{9}x"] {
                server.cli(&["HSET", key, "id", "9"]);
            }
            server.cli(&["SET", "a:{string}", "no hash"]);
            let mut found = 0;
            for (at, store) in stores.iter().enumerate() {
                $(
                    for way in WAYS.iter().copied() {
                        let all = $name::ids(store).run(way).unwrap();
                        let distinct: HashSet<String> = all.iter().cloned().collect();
                        assert_eq!(distinct.len(), ids.len() + 1, "{} in {store:?}: {all:?}", $prefix);
                        assert!(ids.iter().all(|id| distinct.contains(*id)));
                        let mark = format!("{}-{at}-", stringify!($name));
                        assert!(distinct.iter().any(|id| id.starts_with(&mark)), "{all:?}");
                        let objects = $name::all(store).run(way).unwrap();
                        let loaded: HashSet<String> = objects.into_iter().map(|object| object.id).collect();
                        assert_eq!(loaded, distinct);
                        if way == WAYS[0] {
                            found += distinct.len();
                        }
                    }
                )*
            }
            assert_eq!(found, saved);
        }
    };
}

hostile_prefixes! {
    Plain "a",
    Longer "ab",
    Star "a*",
    Question "a?",
    Class "[ab]",
    Range "[a-z]",
    Backslash "a\\",
    Negated "[^a]",
    Percent "a%",
}
