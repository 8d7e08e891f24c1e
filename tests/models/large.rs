//! Large objects: more elements than a script can unpack, and than one command should have.

use std::collections::{HashMap, HashSet};

use pottery::{RedisModel, Store};
use pottery_test_support::{Monitor, Server};

use crate::way::{Run, WAYS};

const ELEMENTS: u32 = 100_000;

#[derive(RedisModel, Clone, Debug, PartialEq)]
struct Large {
    #[redis(id)]
    id: u8,
    items: Vec<u32>,
    names: HashMap<u32, u32>,
    members: HashSet<u32>,
}

fn large() -> Large {
    Large {
        id: 1,
        items: (0..ELEMENTS).collect(),
        names: (0..ELEMENTS).map(|n| (n, n * 2)).collect(),
        members: (0..ELEMENTS).collect(),
    }
}

#[test]
fn a_hundred_thousand_elements_are_saved_loaded_and_changed() {
    let server = Server::start();
    let store = Store::options(&server.url()).timeout(std::time::Duration::from_secs(60)).open().unwrap();
    for way in WAYS.iter().copied() {
        let mut large = large();
        let at = Large::at(&store, 1);
        // the one or the other: where nothing is optimised, each step takes seconds
        if way == WAYS[0] {
            large.save(&store).run(way).unwrap();
        } else {
            large.create(&store).run(way).unwrap();
        }
        let change = |large: &mut Large| {
            large.items[5] = 0;
            large.items.push(7);
            large.names.remove(&9);
            large.names.insert(ELEMENTS, 1);
            large.members.remove(&9);
            large.members.insert(ELEMENTS);
        };
        at.update(change).run(way).unwrap();
        change(&mut large);
        assert_eq!(at.load().run(way).unwrap().as_ref(), Some(&large), "{way:?}");
        at.update(|large| {
            large.items.reverse();
            large.names.clear();
            large.members.clear();
        })
        .run(way)
        .unwrap();
        large.items.reverse();
        assert_eq!(at.items().to_vec().run(way).unwrap(), large.items, "{way:?}: reversed");
        assert!(!at.names().exists().run(way).unwrap() && !at.members().exists().run(way).unwrap());
        assert!(at.delete().run(way).unwrap());
    }
}

#[test]
fn no_command_of_a_large_save_holds_up_the_server() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let monitor = Monitor::start(&server);
    large().save(&store).go().unwrap();
    let commands = monitor.finish();
    let longest = commands.iter().map(Vec::len).max().unwrap();
    assert!(commands.len() > 300, "{}", commands.len());
    assert!(longest <= 2_002, "{longest}");
}
