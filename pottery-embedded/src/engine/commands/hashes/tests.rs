//! What follows from changes of hashes, and what can't be seen in replies.

use std::collections::HashSet;

use crate::engine::fixture::Fixture;

/// Recorded from Redis 7.0.15: its append-only file and its events.
#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    Fixture::new().expect(&[
        ("HSET h a 1 b 2", &["HSET h a 1 b 2"], &["hset h"]),
        ("HSET h a 1", &["HSET h a 1"], &["hset h"]),
        ("HMSET h a 1", &["HMSET h a 1"], &["hset h"]),
        ("HSETNX h a 2", &[], &[]),
        ("HSETNX h c 2", &["HSETNX h c 2"], &["hset h"]),
        ("HINCRBY h a 0", &["HINCRBY h a 0"], &["hincrby h"]),
        ("HINCRBYFLOAT h a 0.5", &["HSET h a 1.5"], &["hincrbyfloat h"]),
        ("HDEL h q", &[], &[]),
        ("HDEL h b q", &["HDEL h b q"], &["hdel h"]),
        ("HDEL h a c", &["HDEL h a c"], &["hdel h", "del h"]),
    ]);
}

#[test]
fn a_hash_turns_to_a_table_where_redis_turns() {
    let mut fixture = Fixture::new();
    for field in 0..512 {
        fixture.run(&format!("HSET h f{field} v"));
    }
    fixture.run("HSET h f7 w");
    assert_eq!(fixture.encoding("h"), "listpack");
    fixture.run("HINCRBY h more 1");
    assert_eq!(fixture.encoding("h"), "hashtable");
    fixture.run("HDEL h more f1 f2 f3");
    assert_eq!(fixture.encoding("h"), "hashtable");
    fixture.engine.config.hash_listpack = (2, 3);
    fixture.run("HSET g abc def x y");
    assert_eq!(fixture.encoding("g"), "listpack");
    fixture.run("HSET g x 1000");
    assert_eq!(fixture.encoding("g"), "hashtable");
}

/// The words of a reply that begin with `f`: fields.
fn fields(reply: &str) -> Vec<&str> {
    reply.split("\r\n").filter(|line| line.starts_with('f')).collect()
}

fn distinct(fields: &[&str]) -> usize {
    fields.iter().collect::<HashSet<_>>().len()
}

#[test]
fn random_fields_are_different_and_all_can_come() {
    let mut fixture = Fixture::new();
    for field in 0..300 {
        fixture.run(&format!("HSET h f{field} {field}"));
    }
    for count in [1, 2, 50, 99, 100, 101, 299, 300, 1000] {
        let reply = fixture.run(&format!("HRANDFIELD h {count}"));
        let fields = fields(&reply);
        assert_eq!((fields.len(), distinct(&fields)), (count.min(300), count.min(300)));
    }
    // That one of 300 is missing after so many draws has a chance below 10^-26.
    let reply = fixture.run("HRANDFIELD h -20000 WITHVALUES");
    assert_eq!((fields(&reply).len(), distinct(&fields(&reply))), (20_000, 300));
}

#[test]
fn a_reply_with_repetitions_has_an_end() {
    let mut fixture = Fixture::new();
    fixture.run("HSET h f v");
    assert_eq!(fixture.run("HRANDFIELD h -9223372036854775807"), "-ERR value is out of range\r\n");
    assert_eq!(fields(&fixture.run("HRANDFIELD h -1000")).len(), 1000);
}

#[test]
fn a_scan_of_a_large_hash_meets_every_field_once() {
    let mut fixture = Fixture::new();
    for field in 0..1000 {
        fixture.run(&format!("HSET h f{field} v"));
    }
    let (mut cursor, mut found) = ("0".to_owned(), Vec::new());
    loop {
        let reply = fixture.run(&format!("HSCAN h {cursor} COUNT 7"));
        found.extend(fields(&reply).into_iter().map(str::to_owned));
        cursor = reply.split("\r\n").nth(2).expect("the cursor is the first element").to_owned();
        if cursor == "0" {
            break;
        }
        fixture.run(&format!("HSET h new{cursor} v"));
    }
    assert_eq!((found.len(), found.iter().collect::<HashSet<_>>().len()), (1000, 1000));
}
