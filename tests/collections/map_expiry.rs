//! Entries of a map that end by themselves: on servers that can, and on those that cannot.

use std::time::Duration;

use pottery::{ErrorKind, Map, Outcome, Store};
use pottery_test_support::{Kind, shared, unique, wait_until};

use crate::list::foreign::{make_foreign, wrong_type};
use crate::store;
use crate::stream::FOREIGN;

/// Whether the server knows how.
fn is_able() -> bool {
    let version = shared().version();
    match shared().kind() {
        Kind::Valkey => version.0 >= 9,
        _ => (version.0, version.1) >= (7, 4),
    }
}

const LONG: Duration = Duration::from_secs(100);

#[test]
fn entries_end_by_themselves_where_the_server_can() {
    let map: Map<String, u64> = store().map(unique("map"));
    map.extend([("a", 1), ("b", 2)]).wait().unwrap();
    if !is_able() {
        for error in [
            map.expire_entry("a", LONG).wait().map(drop).unwrap_err(),
            map.entry_ttl("a").wait().map(drop).unwrap_err(),
            map.persist_entry("a").wait().map(drop).unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.outcome()), (ErrorKind::Unsupported, Outcome::NotApplied));
            assert!(error.to_string().contains("Redis 7.4 or Valkey 9"), "{error}");
            assert_eq!(error.key(), Some(map.key()));
        }
        return;
    }
    assert_eq!(map.entry_ttl("a").wait().unwrap(), None);
    assert!(map.expire_entry("a", LONG).wait().unwrap() && !map.expire_entry("x", LONG).wait().unwrap());
    assert!(map.entry_ttl("a").wait().unwrap().unwrap() > LONG / 2);
    assert_eq!(map.entry_ttl("x").wait().unwrap(), None);
    assert!(map.persist_entry("a").wait().unwrap() && !map.persist_entry("a").wait().unwrap());
    assert!(!map.persist_entry("x").wait().unwrap());
    assert_eq!(map.entry_ttl("a").wait().unwrap(), None);
    map.expire_entry("a", LONG).wait().unwrap();
    map.insert("a", 3).wait().unwrap();
    assert_eq!(map.entry_ttl("a").wait().unwrap(), None, "set anew it lives for ever again");
    // counting is not setting anew
    let (small, float) =
        (store().map::<String, u8>(unique("map")), store().map::<String, f64>(unique("map")));
    small.insert("a", 1).wait().unwrap();
    float.insert("a", 1.0).wait().unwrap();
    assert!(small.expire_entry("a", LONG).wait().unwrap() && float.expire_entry("a", LONG).wait().unwrap());
    assert_eq!(small.incr("a", 2).wait().unwrap(), 3);
    assert_eq!(small.incr("a", 1000).wait().unwrap_err().kind(), ErrorKind::Overflow);
    assert_eq!(float.incr_float("a", 1.5).wait().unwrap(), 2.5);
    assert!(small.entry_ttl("a").wait().unwrap().unwrap() > LONG / 2);
    assert!(float.entry_ttl("a").wait().unwrap().unwrap() > LONG / 2);
    assert!(map.expire_entry("a", Duration::from_millis(20)).wait().unwrap());
    wait_until("it ends", Duration::from_secs(20), || map.get("a").wait().unwrap().is_none());
    assert_eq!(map.get("b").wait().unwrap(), Some(2));
    let nowhere: Map<String, u64> = store().map(unique("map"));
    assert!(!nowhere.expire_entry("a", LONG).wait().unwrap());
    assert_eq!(nowhere.entry_ttl("a").wait().unwrap(), None);
    let name = unique("map");
    let map: Map<u64, u64> = store().map(name.as_str());
    for command in FOREIGN.into_iter().filter(|command| command[0] != "HSET") {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            map.expire_entry(1, LONG);
            map.entry_ttl(1);
            map.persist_entry(1);
        }
    }
}

#[test]
fn an_entry_that_cannot_be_there_is_not_asked_for() {
    let map: Map<f64, u64> = Store::open("redis://127.0.0.1:1/").unwrap().map("nowhere");
    assert!(!map.expire_entry(f64::NAN, LONG).wait().unwrap());
    assert_eq!(map.entry_ttl(f64::NAN).wait().unwrap(), None);
    assert!(!map.persist_entry(f64::NAN).wait().unwrap());
    assert_eq!(map.expire_entry(1.0, Duration::MAX).wait().unwrap_err().kind(), ErrorKind::Misuse);
}
