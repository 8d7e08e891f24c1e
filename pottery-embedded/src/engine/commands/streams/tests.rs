//! What follows from changes of streams, and what can't be seen in replies that tell times.

use crate::engine::client::Peer;
use crate::engine::clock::Clock;
use crate::engine::fixture::Fixture;

#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    let mut fixture = Fixture::new();
    let now = fixture.engine.clock.micros() / 1000;
    for (command, effects, events) in [
        ("XADD s 1-1 a 1", &["XADD s 1-1 a 1"][..], &["xadd s"][..]),
        ("XADD s MAXLEN ~ 5 LIMIT 10 1-2 a 1", &["XADD s MAXLEN = 2 1-2 a 1"], &["xadd s"]),
        ("XADD s MAXLEN = 2 2-1 a 1", &["XADD s MAXLEN = 2 2-1 a 1"], &["xadd s", "xtrim s"]),
        ("XADD s NOMKSTREAM MINID ~ 1 3-* a 1", &["XADD s NOMKSTREAM MINID = 1-2 3-0 a 1"], &["xadd s"]),
        ("XADD n NOMKSTREAM 3-1 a 1", &[], &[]),
        ("XTRIM s MAXLEN 2", &["XTRIM s MAXLEN 2"], &["xtrim s"]),
        ("XTRIM s MAXLEN ~ 0 LIMIT 0", &["XTRIM s MAXLEN = 0"], &["xtrim s"]),
        ("XTRIM s MAXLEN 3", &[], &[]),
        ("XADD s 5-1 a 1", &["XADD s 5-1 a 1"], &["xadd s"]),
        ("XADD s 5-2 a 1", &["XADD s 5-2 a 1"], &["xadd s"]),
        ("XADD s 5-3 a 1", &["XADD s 5-3 a 1"], &["xadd s"]),
        ("XDEL s 9-9", &[], &[]),
        ("XGROUP CREATE s g 0", &["XGROUP CREATE s g 0"], &["xgroup-create s"]),
        ("XGROUP CREATE n g $ MKSTREAM", &["XGROUP CREATE n g $ MKSTREAM"], &["xgroup-create n"]),
        ("XGROUP SETID s g 5-0 ENTRIESREAD 1", &["XGROUP SETID s g 5-0 ENTRIESREAD 1"], &["xgroup-setid s"]),
        ("XGROUP CREATECONSUMER s g c", &["XGROUP CREATECONSUMER s g c"], &["xgroup-createconsumer s"]),
        ("XGROUP CREATECONSUMER s g c", &[], &[]),
        (
            "XREADGROUP GROUP g d COUNT 1 STREAMS s >",
            &[
                "MULTI",
                "XGROUP CREATECONSUMER s g d",
                "XCLAIM s g d 0 5-1 TIME {now} RETRYCOUNT 1 FORCE JUSTID LASTID 5-1",
                "XGROUP SETID s g 5-1 ENTRIESREAD 2",
                "EXEC",
            ],
            &["xgroup-createconsumer s"],
        ),
        ("XREADGROUP GROUP g d STREAMS s 0", &[], &[]),
        (
            "XREADGROUP GROUP g f NOACK COUNT 1 STREAMS s >",
            &["MULTI", "XGROUP CREATECONSUMER s g f", "XGROUP SETID s g 5-2 ENTRIESREAD 3", "EXEC"],
            &["xgroup-createconsumer s"],
        ),
        (
            "XREADGROUP GROUP g f STREAMS s >",
            &[
                "MULTI",
                "XCLAIM s g f 0 5-3 TIME {now} RETRYCOUNT 1 FORCE JUSTID LASTID 5-3",
                "XGROUP SETID s g 5-3 ENTRIESREAD 4",
                "EXEC",
            ],
            &[],
        ),
        ("XREADGROUP GROUP g f STREAMS s >", &[], &[]),
        ("XACK s g 9-9", &[], &[]),
        ("XACK s g 5-1", &["XACK s g 5-1"], &[]),
        (
            "XCLAIM s g h 0 5-3 9-9",
            &["XCLAIM s g h 0 5-3 TIME {now} RETRYCOUNT 2 FORCE JUSTID LASTID 5-3"],
            &["xgroup-createconsumer s"],
        ),
        ("XCLAIM s g h 0 9-9 LASTID 7-7", &["XGROUP SETID s g 7-7 ENTRIESREAD 4"], &[]),
        ("XCLAIM s g h 100000 5-3", &[], &[]),
        (
            "XAUTOCLAIM s g h 0 0",
            &["XCLAIM s g h 0 5-3 TIME {now} RETRYCOUNT 3 FORCE JUSTID LASTID 7-7"],
            &[],
        ),
        ("XAUTOCLAIM s g h 100000 0", &[], &[]),
        ("XDEL s 5-3", &["XDEL s 5-3"], &["xdel s"]),
        (
            "XAUTOCLAIM s g j 0 0",
            &["XCLAIM s g h 0 5-3 TIME {now} RETRYCOUNT 3 FORCE JUSTID LASTID 7-7"],
            &[],
        ),
        ("XGROUP DELCONSUMER s g h", &["XGROUP DELCONSUMER s g h"], &["xgroup-delconsumer s"]),
        ("XGROUP DELCONSUMER s g h", &[], &[]),
        ("XGROUP DESTROY s g", &["XGROUP DESTROY s g"], &["xgroup-destroy s"]),
        ("XGROUP DESTROY s g", &[], &[]),
        ("XSETID s 9-9", &["XSETID s 9-9"], &["xsetid s"]),
    ] {
        fixture.run(command);
        let found = (fixture.effects(), fixture.events());
        let effects: Vec<String> = effects.iter().map(|it| it.replace("{now}", &now.to_string())).collect();
        let events: Vec<String> = events.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(found, (effects, events), "{command}");
    }
}

#[test]
fn who_waits_for_a_group_is_given_what_comes() {
    let mut fixture = Fixture::new();
    let now = fixture.engine.clock.micros() / 1000;
    let waiter = fixture.engine.connect(Peer::default());
    fixture.run_as(fixture.id, "XGROUP CREATE s g $ MKSTREAM");
    fixture.run_as(waiter, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    fixture.effects();
    fixture.run("XADD s 1-1 a b");
    assert_eq!(
        fixture.effects(),
        [
            "XADD s 1-1 a b",
            "MULTI",
            "XGROUP CREATECONSUMER s g c",
            &format!("XCLAIM s g c 0 1-1 TIME {now} RETRYCOUNT 1 FORCE JUSTID LASTID 1-1"),
            "XGROUP SETID s g 1-1 ENTRIESREAD 1",
            "EXEC",
        ]
    );
    assert!(fixture.sent(waiter).contains("1-1"));
    fixture.run_as(waiter, "XREADGROUP GROUP g c BLOCK 0 STREAMS s >");
    fixture.run_as(fixture.id, "DEL s");
    assert_eq!(fixture.sent(waiter), "-UNBLOCKED the stream key no longer exists\r\n");
    assert_eq!(fixture.engine.fragile_waits, 0);
}

#[test]
fn every_delivery_is_counted() {
    let mut fixture = Fixture::new();
    let id = fixture.id;
    fixture.run_as(id, "XADD s 1-1 a b");
    fixture.run_as(id, "XGROUP CREATE s g 0");
    let count = |fixture: &mut Fixture, command: &str, expected: &str| {
        fixture.run_as(id, command);
        let reply = fixture.run_as(id, "XPENDING s g - + 10");
        assert!(reply.ends_with(&format!(":{expected}\r\n")), "{command}: {reply}");
    };
    count(&mut fixture, "XREADGROUP GROUP g c STREAMS s >", "1");
    count(&mut fixture, "XREADGROUP GROUP g c STREAMS s 0", "2");
    count(&mut fixture, "XCLAIM s g d 0 1-1", "3");
    count(&mut fixture, "XCLAIM s g d 0 1-1 JUSTID", "3");
    count(&mut fixture, "XAUTOCLAIM s g c 0 0", "4");
    count(&mut fixture, "XAUTOCLAIM s g c 0 0 JUSTID", "4");
    count(&mut fixture, "XCLAIM s g d 0 1-1 RETRYCOUNT 9", "9");
    count(&mut fixture, "XREADGROUP GROUP g c STREAMS s 0", "9");
    // What nobody was given yet counts as given once before it is claimed.
    fixture.run_as(id, "XACK s g 1-1");
    count(&mut fixture, "XCLAIM s g d 0 1-1 FORCE", "2");
}

/// A command by chance, on one stream with two groups.
fn command(random: &mut fastrand::Rng) -> String {
    let id = format!("{}-{}", random.u8(1..40), random.u8(0..3));
    let group = random.choice(["g", "h"]).expect("there are two");
    let consumer = random.choice(["a", "b", "c"]).expect("there are three");
    match random.u8(0..18) {
        0..=4 => "XADD s * f v".to_owned(),
        5 => format!("XADD s MAXLEN ~ {} * f v", random.u8(0..60)),
        6 => format!("XADD s MAXLEN {} {}-* f v g w", random.u8(10..60), random.u8(1..60)),
        7 => format!("XTRIM s MINID {} {id}", random.choice(["~", "="]).expect("there are two")),
        8 => format!("XDEL s {id}"),
        9..=11 => format!("XREADGROUP GROUP {group} {consumer} COUNT {} STREAMS s >", random.u8(1..5)),
        12 => format!("XREADGROUP GROUP {group} {consumer} NOACK COUNT 1 STREAMS s >"),
        13 => format!("XACK s {group} {id}"),
        14 => format!("XCLAIM s {group} {consumer} 0 {id} FORCE"),
        15 => format!("XAUTOCLAIM s {group} {consumer} 0 {id} COUNT 3"),
        16 => format!("XGROUP SETID s {group} {id}"),
        _ => format!("XGROUP DELCONSUMER s {group} {consumer}"),
    }
}

#[test]
fn effects_make_the_same_stream() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..30 {
        let clock = Clock::held();
        // Times as small as those that `command` names.
        clock.set(std::time::UNIX_EPOCH + std::time::Duration::from_millis(1));
        let (mut one, mut other) = (Fixture::at(clock.clone()), Fixture::at(clock.clone()));
        let mut log = Vec::new();
        for group in ["XGROUP CREATE s g 0 MKSTREAM", "XGROUP CREATE s h $"] {
            one.run_as(one.id, group);
        }
        for _ in 0..200 {
            let command = command(&mut random);
            one.run_as(one.id, &command);
            log.push(command);
            if random.u8(0..5) == 0 {
                clock.advance(std::time::Duration::from_millis(1));
            }
        }
        for effect in one.effects() {
            let reply = other.run_as(other.id, &effect);
            assert!(!reply.starts_with('-'), "{effect}: {reply}");
        }
        for look in [
            "XRANGE s - +",
            "XINFO STREAM s",
            "XINFO GROUPS s",
            "XPENDING s g - + 1000",
            "XPENDING s h - + 1000",
        ] {
            assert_eq!(one.run_as(one.id, look), other.run_as(other.id, look), "{look} after {log:#?}");
        }
    }
}
