//! Fields of which more is said than their type: what lies in Redis, and that whole objects carry them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use pottery::{
    Bits, DefaultMap, ErrorKind, HyperLogLog, MultiSet, Queue, RedisModel, RedisValue, Sketch, SortedSet,
    Stack, Store, Text, UniqueList, UniqueQueue, UniqueStack,
};
use pottery_test_support::{Server, shared, unique};

use crate::way::Run;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, RedisValue, Clone, Copy, Debug, PartialEq)]
enum Level {
    Novice,
    Master,
}

#[derive(RedisModel, Clone, Debug, PartialEq)]
struct Hall {
    #[redis(id)]
    id: u64,
    level: Level,
    #[redis(queue)]
    queue: Vec<String>,
    #[redis(stack)]
    stack: VecDeque<u32>,
    #[redis(unique_queue)]
    unique_queue: VecDeque<String>,
    #[redis(unique_stack)]
    unique_stack: Vec<u8>,
    #[redis(unique_list)]
    recent: Vec<String>,
    #[redis(sorted_set)]
    board: HashMap<String, f64>,
    #[redis(sorted_set)]
    ranks: BTreeMap<u64, f64>,
    #[redis(kind = "sorted_set")]
    order: Vec<(String, f64)>,
    #[redis(counter)]
    words: HashMap<String, i64>,
    #[redis(counter)]
    letters: BTreeMap<char, i64>,
    #[redis(default_map)]
    lives: HashMap<String, u32>,
    #[redis(text)]
    notes: String,
    #[redis(bits)]
    days: BTreeSet<u64>,
    #[redis(bits)]
    seats: HashSet<u64>,
    visitors: Sketch<String>,
}

fn hall(store: &Store) -> Hall {
    let seen = store.temporary::<HyperLogLog<String>>();
    seen.extend(["ann", "bob"]).go().unwrap();
    Hall {
        id: 7,
        level: Level::Master,
        queue: vec!["a".into(), "b".into(), "a".into()],
        stack: VecDeque::from([1, 2, 3]),
        unique_queue: VecDeque::from(["z".to_owned(), "a".to_owned(), "m".to_owned()]),
        unique_stack: vec![9, 1, 5],
        recent: vec!["x".into(), "y".into()],
        board: HashMap::from([("ann".into(), 1.5), ("bob".into(), -0.1), ("cid".into(), f64::INFINITY)]),
        ranks: BTreeMap::from([(1, 9_007_199_254_740_991.0), (2, 1e-300)]),
        order: vec![("first".into(), 1.0), ("second".into(), 2.0)],
        words: HashMap::from([("the".into(), i64::MAX), ("a".into(), -3)]),
        letters: BTreeMap::from([('é', 0)]),
        lives: HashMap::from([("ann".into(), 3)]),
        notes: "é\0 and more".into(),
        days: BTreeSet::from([0, 7, 8, 100_000]),
        seats: HashSet::from([3]),
        visitors: seen.snapshot().go().unwrap(),
    }
}

fn empty() -> Hall {
    Hall {
        id: 7,
        level: Level::Novice,
        queue: vec![],
        stack: VecDeque::new(),
        unique_queue: VecDeque::new(),
        unique_stack: vec![],
        recent: vec![],
        board: HashMap::new(),
        ranks: BTreeMap::new(),
        order: vec![],
        words: HashMap::new(),
        letters: BTreeMap::new(),
        lives: HashMap::new(),
        notes: String::new(),
        days: BTreeSet::new(),
        seats: HashSet::new(),
        visitors: Sketch::default(),
    }
}

fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("kinds"))
}

#[test]
fn whole_objects_carry_every_kind() {
    let store = store();
    let full = hall(&store);
    full.save(&store).go().unwrap();
    assert_eq!(Hall::load(&store, 7).go().unwrap(), Some(full.clone()));
    empty().save(&store).go().unwrap();
    assert_eq!(Hall::load(&store, 7).go().unwrap(), Some(empty()));
    assert!(Hall::at(&store, 7).delete().go().unwrap());
    full.create(&store).go().unwrap();
    assert_eq!(Hall::load(&store, 7).go().unwrap(), Some(full.clone()));
    assert_eq!(full.create(&store).go().unwrap_err().kind(), ErrorKind::KeyExists);
}

#[test]
fn accessors_have_the_handles_of_their_kinds() {
    let store = store();
    hall(&store).save(&store).go().unwrap();
    let hall = Hall::at(&store, 7);

    let queue: Queue<String> = hall.queue();
    assert_eq!(queue.get().go().unwrap().as_deref(), Some("a"));
    let stack: Stack<u32> = hall.stack();
    assert_eq!(stack.get().go().unwrap(), Some(3));
    let unique: UniqueQueue<String> = hall.unique_queue();
    assert!(!unique.put("m").go().unwrap(), "it is there");
    assert!(unique.put("b").go().unwrap());
    assert_eq!(unique.to_vec().go().unwrap(), ["z", "a", "m", "b"]);
    let unique: UniqueStack<u8> = hall.unique_stack();
    assert_eq!(unique.get().go().unwrap(), Some(5));
    let recent: UniqueList<String> = hall.recent();
    recent.push("x").go().unwrap();
    assert_eq!(recent.to_vec().go().unwrap(), ["y", "x"]);
    let board: SortedSet<String> = hall.board();
    assert_eq!(board.incr("bob", 2.0).go().unwrap(), 1.9);
    let ranks: SortedSet<u64> = hall.ranks();
    assert_eq!(ranks.rank(1).go().unwrap(), Some(1));
    let order: SortedSet<String> = hall.order();
    assert_eq!(order.range(..).go().unwrap(), ["first", "second"]);
    let words: MultiSet<String> = hall.words();
    assert_eq!(words.add("a", 5).go().unwrap(), 2);
    let lives: DefaultMap<String, u32> = hall.lives();
    assert_eq!(lives.get("bob").go().unwrap(), 0);
    let notes: Text = hall.notes();
    notes.append("!").go().unwrap();
    let days: Bits = hall.days();
    assert!(!days.set(1, true).go().unwrap());
    let visitors: HyperLogLog<String> = hall.visitors();
    assert_eq!(visitors.count().go().unwrap(), 2);
    visitors.insert("cid").go().unwrap();

    let loaded = Hall::load(&store, 7).go().unwrap().unwrap();
    assert_eq!(loaded.queue, ["b", "a"]);
    assert_eq!(loaded.unique_queue, ["z", "a", "m", "b"]);
    assert_eq!(loaded.words["a"], 2);
    assert_eq!(loaded.lives["bob"], 0);
    assert_eq!(loaded.notes, "é\0 and more!");
    assert!(loaded.days.contains(&1));
}

#[test]
fn an_update_writes_of_each_kind_what_changed() {
    let store = store();
    let before = hall(&store);
    before.save(&store).go().unwrap();
    let handle = Hall::at(&store, 7);
    handle
        .update(|hall| {
            hall.level = Level::Novice;
            hall.queue.remove(0);
            hall.unique_queue.pop_front();
            hall.unique_queue.push_back("new".into());
            hall.unique_stack.push(77);
            hall.board.remove("ann");
            hall.board.insert("dan".into(), 4.25);
            *hall.board.get_mut("bob").unwrap() = 8.0;
            *hall.words.get_mut("a").unwrap() += 1;
            hall.notes.push('?');
            hall.days.remove(&7);
            hall.seats.clear();
            hall.visitors = Sketch::default();
        })
        .go()
        .unwrap();
    let mut expected = before.clone();
    expected.level = Level::Novice;
    expected.queue = vec!["b".into(), "a".into()];
    expected.unique_queue = VecDeque::from(["a".to_owned(), "m".to_owned(), "new".to_owned()]);
    expected.unique_stack = vec![9, 1, 5, 77];
    expected.board =
        HashMap::from([("dan".into(), 4.25), ("bob".into(), 8.0), ("cid".into(), f64::INFINITY)]);
    expected.words = HashMap::from([("the".into(), i64::MAX), ("a".into(), -2)]);
    expected.notes = "é\0 and more?".into();
    expected.days = BTreeSet::from([0, 8, 100_000]);
    expected.seats = HashSet::new();
    expected.visitors = Sketch::default();
    assert_eq!(Hall::load(&store, 7).go().unwrap(), Some(expected));
}

/// The numbers in Redis are only an order: what an update counts from one is not what is there.
#[test]
fn an_update_of_a_queue_from_which_was_taken_keeps_its_order() {
    let store = store();
    let mut expected = hall(&store);
    expected.save(&store).go().unwrap();
    let handle = Hall::at(&store, 7);
    let taken = handle.unique_queue().get().go().unwrap();
    assert_eq!(taken, expected.unique_queue.pop_front());
    let taken = handle.unique_stack().get().go().unwrap();
    assert_eq!(taken, expected.unique_stack.pop());
    handle.unique_queue().put("behind").go().unwrap();
    expected.unique_queue.push_back("behind".into());
    for round in 0..3 {
        let item = format!("new {round}");
        expected.unique_queue.push_back(item.clone());
        expected.unique_queue.swap(0, 1);
        expected.unique_stack.push(100 + round);
        let update = handle.update(|hall| {
            hall.unique_queue.push_back(item.clone());
            hall.unique_queue.swap(0, 1);
            hall.unique_stack.push(100 + round);
        });
        update.go().unwrap();
        let loaded = handle.load().go().unwrap().unwrap();
        assert_eq!(
            (&loaded.unique_queue, &loaded.unique_stack),
            (&expected.unique_queue, &expected.unique_stack)
        );
        assert_eq!(handle.unique_queue().get().go().unwrap(), expected.unique_queue.pop_front());
    }
}

#[test]
fn of_a_member_that_is_there_twice_the_last_score_counts() {
    let store = store();
    let twice = vec![("a".to_owned(), 3.0), ("b".to_owned(), 2.0), ("a".to_owned(), 1.0)];
    let expected = [("a".to_owned(), 1.0), ("b".to_owned(), 2.0)];
    let mut saved = hall(&store);
    saved.order = twice.clone();
    saved.save(&store).go().unwrap();
    let handle = Hall::at(&store, 7);
    assert_eq!(handle.order().to_vec().go().unwrap(), expected);
    handle.order().replace_all([("a", 1.0)]).go().unwrap();
    handle.update(|hall| hall.order = twice.clone()).go().unwrap();
    assert_eq!(handle.order().to_vec().go().unwrap(), expected);
}

#[test]
fn each_kind_is_the_type_of_redis_that_it_says() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    hall(&store).save(&store).go().unwrap();
    let mut raw = server.raw();
    for (field, redis_type) in [
        ("queue", "list"),
        ("stack", "list"),
        ("unique_queue", "zset"),
        ("unique_stack", "zset"),
        ("recent", "list"),
        ("board", "zset"),
        ("words", "hash"),
        ("lives", "hash"),
        ("notes", "string"),
        ("days", "string"),
        ("visitors", "string"),
    ] {
        assert_eq!(raw.command(&["TYPE", &format!("hall:{{7}}:{field}")]).text(), redis_type, "{field}");
    }
    assert_eq!(raw.command(&["HGET", "hall:{7}", "level"]).text(), "Master");
    assert_eq!(raw.command(&["HGET", "hall:{7}:words", "the"]).text(), i64::MAX.to_string());
    assert_eq!(raw.command(&["ZSCORE", "hall:{7}:board", "ann"]).text(), "1.5");
    assert_eq!(raw.command(&["PFCOUNT", "hall:{7}:visitors"]).int(), 2);
    // a time to live is that of the whole object, also where a string is born later
    Hall::at(&store, 7).expire(std::time::Duration::from_secs(100)).go().unwrap();
    Hall::at(&store, 7).seats().clear().go().unwrap();
    Hall::at(&store, 7).seats().set(5, true).go().unwrap();
    for field in ["notes", "seats", "board", "unique_queue"] {
        let left = raw.command(&["TTL", &format!("hall:{{7}}:{field}")]).int();
        assert!((1..=100).contains(&left), "{field}: {left}");
    }
}

#[test]
fn of_equal_items_a_unique_kind_keeps_one() {
    let store = store();
    let mut twice = empty();
    twice.unique_queue = ["a", "b", "a"].map(str::to_owned).into();
    twice.unique_stack = vec![1, 2, 1];
    twice.recent = ["a", "b", "a"].map(str::to_owned).into();
    twice.save(&store).go().unwrap();
    let loaded = Hall::load(&store, 7).go().unwrap().unwrap();
    assert_eq!(loaded.unique_queue, ["a", "b"], "what is there already is not put again");
    assert_eq!(loaded.unique_stack, [1, 2]);
    assert_eq!(loaded.recent, ["b", "a"], "what is pushed again moves");
}

#[test]
fn what_no_kind_can_hold_is_refused_and_names_the_field() {
    let store = store();
    let mut hall = empty();
    hall.board.insert("ann".into(), f64::NAN);
    let error = hall.save(&store).go().unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::Encode, Some("board")));
    let mut hall = empty();
    hall.days.insert(1 << 32);
    let error = hall.save(&store).go().unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::IndexOutOfRange, Some("days")));
    assert!(!Hall::at(&store, 7).exists().go().unwrap(), "nothing was sent");
}

#[test]
fn foreign_data_are_an_error_of_their_field() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    let mut raw = server.raw();
    for (field, make, kind) in [
        ("level", &["HSET", "hall:{7}", "level", "Wizard"][..], ErrorKind::Decode),
        ("board", &["RPUSH", "hall:{7}:board", "x"], ErrorKind::WrongType),
        ("ranks", &["ZADD", "hall:{7}:ranks", "1", "x"], ErrorKind::Decode),
        ("unique_stack", &["ZADD", "hall:{7}:unique_stack", "1", "x"], ErrorKind::Decode),
        ("words", &["HSET", "hall:{7}:words", "a", "1.5"], ErrorKind::Decode),
        ("notes", &["SET", "hall:{7}:notes", "\u{fffd}"], ErrorKind::Decode),
        ("days", &["SADD", "hall:{7}:days", "1"], ErrorKind::WrongType),
        ("visitors", &["SET", "hall:{7}:visitors", "no sketch"], ErrorKind::WrongType),
    ] {
        raw.command(&["FLUSHALL"]);
        empty().save(&store).go().unwrap();
        raw.command(&["DEL", &format!("hall:{{7}}:{field}")]);
        if field == "notes" {
            raw.command(&[&b"SET"[..], b"hall:{7}:notes", b"\xff"]);
        } else {
            assert!(!raw.command(make).is_error(), "{field}");
        }
        let error = Hall::load(&store, 7).go().unwrap_err();
        assert_eq!((error.kind(), error.field()), (kind, Some(field)), "{error}");
    }
}
