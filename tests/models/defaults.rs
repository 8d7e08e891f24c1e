//! Declared defaults: stored when a field is first used, once.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};

use pottery::{ErrorKind, RedisModel, Store};
use pottery_test_support::{Server, shared, unique};

use crate::way::Run;

static MADE: AtomicU64 = AtomicU64::new(1000);

/// Another one each time.
fn new_ticket() -> u64 {
    MADE.fetch_add(1, Ordering::Relaxed)
}

#[derive(RedisModel, Debug, PartialEq)]
struct Account {
    #[redis(id)]
    id: u64,
    name: String,
    #[redis(default = 40)]
    credit: i64,
    #[redis(default = new_ticket())]
    ticket: u64,
    #[redis(default)]
    note: String,
    #[redis(default = 7, value)]
    level: u8,
    plain: Option<u64>,
}

/// An account that has nothing but its id and its name.
fn bare(store: &Store) -> AccountHandle {
    let account = Account {
        id: 7,
        name: "raj".into(),
        credit: 0,
        ticket: 0,
        note: String::new(),
        level: 0,
        plain: None,
    };
    account.save(store).go().unwrap();
    let handle = Account::at(store, 7);
    for removed in
        [handle.credit().remove(), handle.ticket().remove(), handle.note().remove(), handle.level().remove()]
    {
        assert!(removed.go().unwrap());
    }
    handle
}

fn store() -> Store {
    Store::open(&shared().url()).unwrap().namespace(&unique("defaults"))
}

#[test]
fn reading_stores_the_default_and_all_readers_agree() {
    let store = store();
    let account = bare(&store);
    let readers: Vec<_> = (0..8)
        .map(|_| {
            let account = account.clone();
            std::thread::spawn(move || account.ticket().get().go().unwrap())
        })
        .collect();
    let seen: HashSet<u64> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert!(account.ticket().exists().go().unwrap());
    assert_eq!(account.credit().get().go().unwrap(), 40);
    assert_eq!(account.note().get().go().unwrap(), "");
    assert_eq!(account.level().get().go().unwrap(), 7);
    account.credit().set(3).go().unwrap();
    assert_eq!(account.credit().get().go().unwrap(), 3, "it is written once");
    let loaded = Account::load(&store, 7).go().unwrap().unwrap();
    assert_eq!(Some(&loaded.ticket), seen.iter().next());
}

#[test]
fn what_builds_on_the_value_begins_with_the_default() {
    let store = store();
    assert_eq!(bare(&store).credit().incr(2).go().unwrap(), 42);
    assert_eq!(bare(&store).credit().mul(2).go().unwrap(), 80);
    assert_eq!(bare(&store).credit().swap(1).go().unwrap(), Some(40));
    assert!(bare(&store).credit().compare_and_set(40, 5).go().unwrap());
    assert_eq!(
        bare(&store).credit().update(|credit| std::mem::replace(credit, *credit * 10)).go().unwrap(),
        40
    );
    assert_eq!(Account::at(&store, 7).credit().get().go().unwrap(), 400);
    assert_eq!(bare(&store).level().incr(200).go().unwrap(), 207);
    let error = Account::at(&store, 7).level().incr(200).go().unwrap_err();
    assert_eq!((error.kind(), error.index()), (ErrorKind::Overflow, None), "{error}");
    let account = bare(&store);
    let (credit, note) = store.transaction((account.credit().incr(1), account.note().get())).go().unwrap();
    assert_eq!((credit, note.as_str()), (41, ""));
    let sums: Vec<_> = (0..8)
        .map(|_| {
            let account = account.clone();
            std::thread::spawn(move || account.credit().incr(1).go().unwrap())
        })
        .collect();
    let mut sums: Vec<i64> = sums.into_iter().map(|sum| sum.join().unwrap()).collect();
    sums.sort_unstable();
    assert_eq!(sums, (42..50).collect::<Vec<_>>());
}

#[test]
fn of_an_object_that_is_not_there_reading_makes_nothing() {
    let store = store();
    let account = Account::at(&store, 9);
    assert_eq!(account.credit().get().go().unwrap(), 40);
    assert!(!account.exists().go().unwrap());
    assert!(!account.credit().exists().go().unwrap());
    assert_eq!(account.credit().get_or(5).go().unwrap(), 40);
    assert_eq!(account.plain().get().go().unwrap(), None);
    assert_eq!(account.name().get().go().unwrap_err().kind(), ErrorKind::MissingField);
}

#[test]
fn a_key_of_another_type_is_an_error_and_stays() {
    let server = Server::start();
    let store = Store::open(&server.url()).unwrap();
    server.raw().command(&["RPUSH", "account:{7}", "x"]);
    let account = Account::at(&store, 7);
    for error in [
        account.credit().get().go().unwrap_err(),
        account.credit().incr(1).go().unwrap_err(),
        account.credit().swap(1).go().unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.field()), (ErrorKind::WrongType, Some("credit")), "{error}");
    }
    assert_eq!(server.raw().command(&["LRANGE", "account:{7}", "0", "-1"]).texts(), ["x"]);
}
