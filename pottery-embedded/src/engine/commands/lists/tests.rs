//! What follows from changes of lists, and what can't be seen in replies.

use crate::engine::fixture::Fixture;

/// Recorded from Redis 7.0.15: its append-only file and its events.
#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    Fixture::new().expect(&[
        ("RPUSH l a b c d e", &["RPUSH l a b c d e"], &["rpush l"]),
        ("LPUSHX l z", &["LPUSHX l z"], &["lpush l"]),
        ("RPUSHX nothing z", &[], &[]),
        ("LPOP l 0", &[], &[]),
        ("LPOP l", &["LPOP l"], &["lpop l"]),
        ("RPOP l 2", &["RPOP l 2"], &["rpop l"]),
        ("LINSERT l BEFORE b x", &["LINSERT l BEFORE b x"], &["linsert l"]),
        ("LINSERT l BEFORE q x", &[], &[]),
        ("LSET l 0 a", &["LSET l 0 a"], &["lset l"]),
        ("LREM l 0 q", &[], &[]),
        ("LREM l 1 x", &["LREM l 1 x"], &["lrem l"]),
        ("LTRIM l 0 -1", &[], &["ltrim l"]),
        ("LTRIM l 0 1", &["LTRIM l 0 1"], &["ltrim l"]),
        ("LMOVE l m LEFT RIGHT", &["LMOVE l m LEFT RIGHT"], &["rpush m", "lpop l"]),
        ("LMOVE l m LEFT RIGHT", &["LMOVE l m LEFT RIGHT"], &["rpush m", "lpop l", "del l"]),
        ("LMOVE m m LEFT RIGHT", &["LMOVE m m LEFT RIGHT"], &["rpush m", "lpop m"]),
        ("RPOPLPUSH m l", &["RPOPLPUSH m l"], &["lpush l", "rpop m"]),
        ("LMPOP 2 nothing l LEFT COUNT 5", &["LPOP l 1"], &["lpop l", "del l"]),
        ("BLPOP m 0", &["LPOP m"], &["lpop m", "del m"]),
        ("RPUSH l a b c d e f", &["RPUSH l a b c d e f"], &["rpush l"]),
        ("BLMOVE l m LEFT RIGHT 0", &["LMOVE l m LEFT RIGHT"], &["rpush m", "lpop l"]),
        ("BRPOPLPUSH l m 0", &["RPOPLPUSH l m"], &["lpush m", "rpop l"]),
        ("BLMPOP 0 1 l RIGHT COUNT 2", &["RPOP l 2"], &["rpop l"]),
        ("BRPOP l 0", &["RPOP l"], &["rpop l"]),
        ("BLPOP nothing 0.001", &[], &[]),
        ("LPOP l 9", &["LPOP l 9"], &["lpop l", "del l"]),
        ("LTRIM m 5 6", &["LTRIM m 5 6"], &["ltrim m", "del m"]),
    ]);
}

#[test]
fn who_is_served_has_the_effects_of_not_having_waited() {
    for (wait, effect) in [
        ("BLPOP l 0", "LPOP l"),
        ("BRPOP k l 0", "RPOP l"),
        ("BLMOVE l m LEFT RIGHT 0", "LMOVE l m LEFT RIGHT"),
        ("BRPOPLPUSH l m 0", "RPOPLPUSH l m"),
        ("BLMPOP 0 2 k l LEFT COUNT 9", "LPOP l 2"),
        ("BLMPOP 0 1 l RIGHT", "RPOP l 1"),
    ] {
        let mut fixture = Fixture::new();
        let waiter = fixture.client();
        assert_eq!(fixture.run_as(waiter, wait), "");
        fixture.run("RPUSH l a b");
        assert_eq!(fixture.effects(), ["RPUSH l a b", effect], "{wait}");
        assert_ne!(fixture.sent(waiter), "", "{wait}");
        assert!(fixture.engine.dbs[0].waiting.is_empty() && fixture.engine.waits.is_empty());
    }
}

#[test]
fn a_chain_of_moves_is_told_step_by_step() {
    let mut fixture = Fixture::new();
    let (first, second) = (fixture.client(), fixture.client());
    fixture.run_as(second, "BLMOVE b c LEFT LEFT 0");
    fixture.run_as(first, "BLMOVE a b LEFT LEFT 0");
    fixture.run("RPUSH a 1");
    assert_eq!(fixture.effects(), ["RPUSH a 1", "LMOVE a b LEFT LEFT", "LMOVE b c LEFT LEFT"]);
    let events = ["rpush a", "lpush b", "lpop a", "del a", "lpush c", "lpop b", "del b"];
    assert_eq!(fixture.events(), events);
}

#[test]
fn a_move_that_fails_when_it_is_served_has_no_effect() {
    let mut fixture = Fixture::new();
    let waiter = fixture.client();
    fixture.run("SET s v");
    fixture.run_as(waiter, "BLMOVE a s LEFT LEFT 0");
    fixture.effects();
    fixture.run("RPUSH a 1");
    assert_eq!(fixture.effects(), ["RPUSH a 1"]);
    assert!(fixture.sent(waiter).starts_with("-WRONGTYPE"));
    assert_eq!(fixture.run("LLEN a"), ":1\r\n");
}

#[test]
fn a_wait_for_very_many_keys_is_no_trouble() {
    let mut fixture = Fixture::new();
    let waiter = fixture.client();
    let keys: Vec<String> = (0..100_000).map(|key| format!("k{key}")).collect();
    fixture.run_as(waiter, &format!("BLPOP {} 0", keys.join(" ")));
    fixture.run("MULTI");
    for key in &keys {
        fixture.run(&format!("RPUSH {key} v"));
    }
    fixture.run("EXEC");
    assert_eq!(fixture.sent(waiter), "*2\r\n$2\r\nk0\r\n$1\r\nv\r\n");
    assert!(fixture.engine.dbs[0].waiting.is_empty() && fixture.engine.ready.is_empty());
}

#[test]
fn a_large_list_is_no_trouble() {
    let mut fixture = Fixture::new();
    for _ in 0..100 {
        fixture.run(&format!("RPUSH l{}", " a b".repeat(500)));
    }
    assert_eq!(fixture.run("LREM l -25000 a"), ":25000\r\n");
    assert_eq!(fixture.run("LPOS l b RANK -1"), ":74999\r\n");
    for _ in 0..10_000 {
        fixture.run("LMOVE l l LEFT RIGHT");
        fixture.run("LPOP l");
    }
    assert_eq!(fixture.run("LTRIM l 1 -2"), "+OK\r\n");
    assert_eq!(fixture.run("LLEN l"), ":64998\r\n");
    fixture.run("LPOP l 9223372036854775807");
    assert_eq!(fixture.run("EXISTS l"), ":0\r\n");
}
