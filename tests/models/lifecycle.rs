//! Saving, loading, creating, finding and deleting.

use std::collections::{HashMap, HashSet};

use pottery::{ErrorKind, Handle, Outcome, RedisModel, Store};
use pottery_test_support::{Server, shared, unique};

use crate::way::{Run, WAYS};

#[derive(RedisModel, Clone, Debug, PartialEq)]
struct Hero {
    #[redis(id)]
    id: u64,
    name: String,
    score: i64,
    nickname: Option<String>,
    inventory: Vec<String>,
    stats: HashMap<String, u32>,
    friends: HashSet<u64>,
}

impl Hero {
    fn raj(id: u64) -> Hero {
        Hero {
            id,
            name: "Raj".into(),
            score: 40,
            nickname: None,
            inventory: vec!["rope".into(), "rope".into()],
            stats: HashMap::from([("wit".into(), 17)]),
            friends: HashSet::from([9, 11]),
        }
    }
}

/// A model whose fields are called like the methods of its handle.
#[derive(RedisModel, Debug, PartialEq)]
struct Shadow {
    #[redis(id)]
    id: u8,
    load: String,
    save: u8,
    exists: bool,
}

fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("lifecycle"))
}

#[test]
fn what_is_saved_is_loaded() {
    for way in WAYS.iter().copied() {
        let store = store();
        let raj = Hero::raj(7);
        assert_eq!(Hero::load(&store, 7).run(way).unwrap(), None);
        raj.save(&store).run(way).unwrap();
        assert_eq!(Hero::load(&store, 7).run(way).unwrap().as_ref(), Some(&raj));
        assert_eq!(Hero::at(&store, 7).load().run(way).unwrap().as_ref(), Some(&raj));
        assert_eq!(Hero::of(&store, 7).load().run(way).unwrap().as_ref(), Some(&raj));
        assert_eq!(raj.handle(&store).load().run(way).unwrap().as_ref(), Some(&raj));
        // one that is saved again is another afterwards, in every field
        let other = Hero { inventory: vec![], stats: HashMap::new(), friends: [1].into(), ..Hero::raj(7) };
        Hero::at(&store, 7).save(&other).run(way).unwrap();
        assert_eq!(Hero::load(&store, 7).run(way).unwrap(), Some(other));
    }
}

#[test]
fn a_handle_saves_no_object_with_another_id() {
    let store = store();
    let error = Hero::at(&store, 8).save(&Hero::raj(7)).go().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied));
    assert!(!Hero::at(&store, 7).exists().go().unwrap());
    assert!(!Hero::at(&store, 8).exists().go().unwrap());
}

#[test]
fn create_writes_only_where_there_is_no_object() {
    for way in WAYS.iter().copied() {
        let store = store();
        let raj = Hero::raj(7);
        raj.create(&store).run(way).unwrap();
        assert_eq!(Hero::load(&store, 7).run(way).unwrap().as_ref(), Some(&raj));
        let error = Hero { name: "Other".into(), ..Hero::raj(7) }.create(&store).run(way).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::KeyExists, Outcome::NotApplied), "{error}");
        assert_eq!((error.model(), error.id()), (Some("Hero"), Some("7")));
        assert_eq!(Hero::load(&store, 7).run(way).unwrap().as_ref(), Some(&raj));
        // in a batch it is one among others
        let both = (Hero::raj(8).create(&store), Hero::raj(9).create(&store));
        store.transaction(both).run(way).unwrap();
        assert!(
            Hero::at(&store, 8).exists().run(way).unwrap() && Hero::at(&store, 9).exists().run(way).unwrap()
        );
    }
}

#[test]
fn several_are_loaded_in_the_order_asked_for() {
    for way in WAYS.iter().copied() {
        let store = store();
        for id in [3, 1, 2] {
            Hero::raj(id).save(&store).run(way).unwrap();
        }
        let loaded = Hero::load_many(&store, [2, 9, 1, 2]).run(way).unwrap();
        let ids: Vec<_> = loaded.iter().map(|player| player.as_ref().map(|player| player.id)).collect();
        assert_eq!(ids, [Some(2), None, Some(1), Some(2)]);
        assert!(Hero::load_many(&store, []).run(way).unwrap().is_empty());
    }
}

#[test]
fn deleting_removes_every_key() {
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Hero::at(&store, 7);
        assert!(!at.delete().run(way).unwrap());
        Hero::raj(7).save(&store).run(way).unwrap();
        assert_eq!(at.keys().len(), 4);
        for key in at.keys() {
            assert_eq!(shared().cli(&[b"EXISTS", key.as_bytes()]).int(), 1, "{key}");
        }
        assert!(at.exists().run(way).unwrap());
        assert!(at.delete().run(way).unwrap());
        for key in at.keys() {
            assert_eq!(shared().cli(&[b"EXISTS", key.as_bytes()]).int(), 0, "{key}");
        }
        assert!(!at.exists().run(way).unwrap());
        assert_eq!(at.load().run(way).unwrap(), None);
    }
}

#[test]
fn ids_and_objects_are_found_page_by_page() {
    const OBJECTS: u64 = 1_200;
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let saves: Vec<_> = (0..OBJECTS).map(|id| Hero::raj(id).save(&store)).collect();
    store.pipeline(saves).go().unwrap();
    for way in WAYS.iter().copied() {
        let ids = Hero::ids(&store).run(way).unwrap();
        let distinct: HashSet<u64> = ids.iter().copied().collect();
        assert_eq!(distinct, (0..OBJECTS).collect());
        let all = Hero::all(&store).run(way).unwrap();
        assert!(all.iter().all(|player| *player == Hero::raj(player.id)));
        assert_eq!(all.iter().map(|player| player.id).collect::<HashSet<_>>(), distinct);
        assert!(Shadow::ids(&store).run(way).unwrap().is_empty());
    }
}

#[test]
fn a_field_called_like_a_method_comes_first_and_hides_nothing() {
    let store = store();
    let shadow = Shadow { id: 1, load: "a".into(), save: 2, exists: true };
    shadow.save(&store).go().unwrap();
    let at = Shadow::at(&store, 1);
    assert_eq!(at.load().get().go().unwrap(), "a");
    assert!(at.exists().get().go().unwrap());
    assert_eq!(Handle::load(&at).go().unwrap(), Some(shadow));
}

#[test]
fn commands_of_objects_go_into_transactions_and_pipelines() {
    for way in WAYS.iter().copied() {
        let store = store();
        let (one, two) = (Hero::raj(1), Hero::raj(2));
        let batch = (one.save(&store), two.save(&store), Hero::load(&store, 1), Hero::at(&store, 3).exists());
        let ((), (), loaded, exists) = store.transaction(batch).run(way).unwrap();
        assert_eq!((loaded.as_ref(), exists), (Some(&one), false));
        let at = Hero::at(&store, 2);
        let batch =
            (at.score().incr(5), at.inventory().push("sword"), at.load(), Hero::at(&store, 1).delete());
        let (score, length, loaded, gone) = store.pipeline(batch).run(way).unwrap();
        assert_eq!((score, length, gone), (45, 3, true));
        assert_eq!(loaded.unwrap().score, 45);
    }
}

#[test]
fn two_stores_and_two_namespaces_do_not_see_each_other() {
    let (one, two) = (store(), store());
    Hero::raj(7).save(&one).go().unwrap();
    assert_eq!(Hero::load(&two, 7).go().unwrap(), None);
    assert!(Hero::ids(&two).go().unwrap().is_empty());
    assert_eq!(Hero::ids(&one).go().unwrap(), [7]);
}

#[cfg(feature = "async")]
#[test]
fn objects_are_shared_between_runtimes() {
    let store = store();
    Hero::raj(7).save(&store).go().unwrap();
    for n in 1..=3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let at = Hero::at(&store, 7);
        let loaded = runtime.block_on(async {
            at.update(|player| player.score += 1).await.unwrap();
            at.load().await.unwrap().unwrap()
        });
        assert_eq!(loaded.score, 40 + n);
    }
}

#[test]
fn a_stored_id_that_is_not_the_keys_is_told_and_not_believed() {
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Hero::at(&store, 7);
        Hero::raj(7).save(&store).run(way).unwrap();
        shared().cli(&["HSET", &at.key().to_string(), "id", "8"]);
        let error = at.load().run(way).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Decode, Some("id")), "{error}");
        assert_eq!(error.key(), Some(at.key()));
        assert_eq!(at.update(|hero| hero.score = 0).run(way).unwrap_err().kind(), ErrorKind::Decode);
    }
}

#[test]
fn create_leaves_alone_what_it_does_not_know() {
    for way in WAYS.iter().copied() {
        let store = store();
        let at = Hero::at(&store, 7);
        shared().cli(&["HSET", &at.key().to_string(), "colour", "red", "nickname", "old"]);
        Hero::raj(7).create(&store).run(way).unwrap();
        assert_eq!(
            at.load().run(way).unwrap(),
            Some(Hero::raj(7)),
            "what was there before the object is not its own"
        );
        assert_eq!(shared().cli(&["HGET", &at.key().to_string(), "colour"]).text(), "red");
    }
}

#[test]
fn an_object_that_cannot_be_read_does_not_hide_the_others() {
    for way in WAYS.iter().copied() {
        let store = store();
        for id in 0..30 {
            Hero::raj(id).save(&store).run(way).unwrap();
        }
        shared().cli(&["HSET", &Hero::at(&store, 7).key().to_string(), "score", "much"]);
        let all = crate::way::collect(Hero::all(&store), way);
        let (good, bad): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        assert_eq!((good.len(), bad.len()), (29, 1), "{way:?}");
        let error = bad.into_iter().next().unwrap().unwrap_err();
        assert_eq!((error.kind(), error.id(), error.field()), (ErrorKind::Decode, Some("7"), Some("score")));
    }
}

#[test]
fn a_transaction_in_a_pipeline_in_a_transaction_is_refused_before_anything_is_sent() {
    for way in WAYS.iter().copied() {
        let store = store();
        let list = store.list::<u8>("l");
        let batch = (list.push(1), Hero::load_many(&store, [1, 2]), list.push(2));
        let error = store.transaction(batch).run(way).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
        let batch = (list.push(1), store.pipeline(vec![Hero::raj(1).save(&store)]));
        let error = store.transaction(batch).run(way).unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
        assert_eq!(list.len().run(way).unwrap(), 0);
        assert!(!Hero::at(&store, 1).exists().run(way).unwrap());
        let loads: Vec<_> = [1, 2].map(|id| Hero::load(&store, id)).into();
        assert_eq!(store.transaction((list.push(1), loads)).run(way).unwrap(), (1, vec![None, None]));
    }
}
