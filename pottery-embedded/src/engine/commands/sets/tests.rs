//! What follows from changes of sets, and what can't be seen in replies.

use std::collections::HashSet;

use crate::engine::fixture::Fixture;

/// Recorded from Redis 7.0.15: its append-only file and its events.
#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    Fixture::new().expect(&[
        ("SADD s 1 2 3", &["SADD s 1 2 3"], &["sadd s"]),
        ("SADD s 1", &[], &[]),
        ("SREM s q", &[], &[]),
        ("SREM s 3 q", &["SREM s 3 q"], &["srem s"]),
        ("SMOVE s t q", &[], &[]),
        ("SMOVE s s 1", &[], &[]),
        ("SMOVE s t 1", &["SMOVE s t 1"], &["srem s", "sadd t"]),
        ("SMOVE s t 2", &["SMOVE s t 2"], &["srem s", "del s", "sadd t"]),
        ("SADD s 1", &["SADD s 1"], &["sadd s"]),
        ("SMOVE s t 1", &["SMOVE s t 1"], &["srem s", "del s"]),
        ("SPOP t 0", &[], &[]),
        ("SPOP t 2", &["DEL t"], &["spop t", "del t"]),
        ("SADD s 7", &["SADD s 7"], &["sadd s"]),
        ("SPOP s", &["SREM s 7"], &["spop s", "del s"]),
        ("SADD s 1 2", &["SADD s 1 2"], &["sadd s"]),
        ("SUNIONSTORE u s", &["SUNIONSTORE u s"], &["sunionstore u"]),
        ("SINTERSTORE u s nothing", &["SINTERSTORE u s nothing"], &["del u"]),
        ("SINTERSTORE u s nothing", &[], &[]),
        ("SDIFFSTORE u s", &["SDIFFSTORE u s"], &["sdiffstore u"]),
        ("SINTERSTORE u s", &["SINTERSTORE u s"], &["sinterstore u"]),
        ("SREM u 1 2", &["SREM u 1 2"], &["srem u", "del u"]),
    ]);
}

#[test]
fn what_was_popped_is_told_as_removed() {
    let mut fixture = Fixture::new();
    fixture.run("SADD s 1 2 3 4 5 6 7 8");
    fixture.effects();
    fixture.run("SPOP s 3");
    let left = fixture.run("SMEMBERS s");
    let effects = fixture.effects();
    let mut other = Fixture::new();
    other.run("SADD s 1 2 3 4 5 6 7 8");
    for effect in &effects {
        other.run(effect);
    }
    assert_eq!((other.run("SMEMBERS s"), effects.len()), (left, 1));
}

#[test]
fn a_set_turns_to_a_table_where_redis_turns() {
    let mut fixture = Fixture::new();
    for member in 0..512 {
        fixture.run(&format!("SADD s {member}"));
    }
    fixture.run("SADD s 7");
    assert_eq!(fixture.encoding("s"), "intset");
    fixture.run("SADD s 512");
    assert_eq!(fixture.encoding("s"), "hashtable");
    fixture.run("SREM s 512 1 2 3");
    assert_eq!(fixture.encoding("s"), "hashtable");
    fixture.run("SUNIONSTORE t s");
    assert_eq!(fixture.encoding("t"), "intset");
    fixture.run("SADD u 1000 1001 1002 1003");
    fixture.run("SUNIONSTORE t s u");
    assert_eq!(fixture.encoding("t"), "hashtable");
    fixture.engine.config.intset_entries = 2;
    fixture.run("SADD v 1 2");
    assert_eq!(fixture.encoding("v"), "intset");
    fixture.run("SADD v 3");
    assert_eq!(fixture.encoding("v"), "hashtable");
}

fn members(reply: &str) -> Vec<&str> {
    reply.split("\r\n").filter(|line| line.starts_with('m')).collect()
}

fn distinct(members: &[&str]) -> usize {
    members.iter().collect::<HashSet<_>>().len()
}

#[test]
fn random_members_are_different_and_all_can_come() {
    let mut fixture = Fixture::new();
    for member in 0..300 {
        fixture.run(&format!("SADD s m{member}"));
    }
    for count in [1, 2, 50, 99, 100, 101, 299, 300, 1000] {
        let reply = fixture.run(&format!("SRANDMEMBER s {count}"));
        assert_eq!((members(&reply).len(), distinct(&members(&reply))), (count.min(300), count.min(300)));
    }
    // That one of 300 is missing after so many draws has a chance below 10^-26.
    let reply = fixture.run("SRANDMEMBER s -20000");
    assert_eq!((members(&reply).len(), distinct(&members(&reply))), (20_000, 300));
    assert_eq!(fixture.run("SRANDMEMBER s -9223372036854775807"), "-ERR value is out of range\r\n");
}

#[test]
fn popping_takes_each_member_once() {
    let mut fixture = Fixture::new();
    for member in 0..3000 {
        fixture.run(&format!("SADD s m{member}"));
    }
    let mut popped = HashSet::new();
    for count in [1, 7, 700, 1, 1500, 90, 2, 699] {
        let reply = fixture.run(&format!("SPOP s {count}"));
        popped.extend(members(&reply).into_iter().map(str::to_owned));
    }
    assert_eq!(popped.len(), 3000);
    assert_eq!(fixture.run("EXISTS s"), ":0\r\n");
}

#[test]
fn large_sets_are_no_trouble() {
    let mut fixture = Fixture::new();
    for portion in 0..100 {
        let members: Vec<String> = (0..1000).map(|it| format!("m{}", portion * 1000 + it)).collect();
        fixture.run(&format!("SADD s {}", members.join(" ")));
    }
    for small in 0..50 {
        fixture.run(&format!("SADD t{small} m{small} x"));
    }
    let others: Vec<String> = (0..50).map(|small| format!("t{small}")).collect();
    assert_eq!(fixture.run(&format!("SDIFFSTORE d s {}", others.join(" "))), ":99950\r\n");
    assert_eq!(fixture.run("SINTERCARD 2 s d"), ":99950\r\n");
    assert_eq!(fixture.run("SUNIONSTORE d d s"), ":100000\r\n");
    for _ in 0..20_000 {
        fixture.run("SPOP s");
    }
    fixture.run("SPOP s 70000");
    assert_eq!(fixture.run("SCARD s"), ":10000\r\n");
}
