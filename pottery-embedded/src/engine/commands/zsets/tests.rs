//! What follows from changes of sorted sets, and what can't be seen in replies.

use crate::engine::client::Peer;
use crate::engine::fixture::Fixture;

#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    let mut fixture = Fixture::new();
    for (command, effect, events) in [
        ("ZADD z 1 a 2 b 3 c", "ZADD z 1 a 2 b 3 c", &["zadd z"][..]),
        ("ZADD z INCR 2 a", "ZADD z INCR 2 a", &["zincr z"]),
        ("ZADD z XX 9 q", "", &[]),
        ("ZADD z NX CH 5 a", "", &[]),
        ("ZADD z 3 a", "", &[]),
        ("ZINCRBY z 1 a", "ZINCRBY z 1 a", &["zincr z"]),
        ("ZINCRBY z 0 a", "", &[]),
        ("ZREM z nobody", "", &[]),
        ("ZREM z c nobody", "ZREM z c nobody", &["zrem z"]),
        ("ZPOPMIN z 0", "", &[]),
        ("ZPOPMIN z", "ZPOPMIN z", &["zpopmin z"]),
        ("ZPOPMAX z 5", "ZPOPMAX z 5", &["zpopmax z", "del z"]),
        ("ZPOPMAX z 5", "", &[]),
        ("ZADD z 1 a 2 b 3 c 4 d", "ZADD z 1 a 2 b 3 c 4 d", &["zadd z"]),
        ("ZMPOP 2 y z MAX COUNT 2", "zpopmax z 2", &["zpopmax z"]),
        ("BZPOPMIN z 0", "zpopmin z", &["zpopmin z"]),
        ("BZMPOP 0 1 z MIN COUNT 5", "zpopmin z 1", &["zpopmin z", "del z"]),
        ("ZADD z 1 a 2 b 3 c 4 d", "ZADD z 1 a 2 b 3 c 4 d", &["zadd z"]),
        ("ZREMRANGEBYRANK z 7 9", "", &[]),
        ("ZREMRANGEBYRANK z 0 0", "ZREMRANGEBYRANK z 0 0", &["zremrangebyrank z"]),
        ("ZREMRANGEBYSCORE z 2 2", "ZREMRANGEBYSCORE z 2 2", &["zremrangebyscore z"]),
        ("ZREMRANGEBYLEX z - +", "ZREMRANGEBYLEX z - +", &["zremrangebylex z", "del z"]),
        ("ZADD z 1 a 2 b", "ZADD z 1 a 2 b", &["zadd z"]),
        ("ZUNIONSTORE y 1 z", "ZUNIONSTORE y 1 z", &["zunionstore y"]),
        ("ZINTERSTORE x 2 z nothing", "", &[]),
        ("ZINTERSTORE y 2 z nothing", "ZINTERSTORE y 2 z nothing", &["del y"]),
        ("ZDIFFSTORE y 1 z", "ZDIFFSTORE y 1 z", &["zdiffstore y"]),
        ("ZRANGESTORE y z 0 1", "ZRANGESTORE y z 0 1", &["zrangestore y"]),
        ("ZRANGESTORE y z 8 9", "ZRANGESTORE y z 8 9", &["del y"]),
        ("GEOADD g CH 13.361389 38.115556 p", "ZADD g CH 3479099956230698 p", &["zadd g"]),
        ("GEOADD g 13.361389 38.115556 p", "", &[]),
        (
            "GEOSEARCHSTORE y g FROMMEMBER p BYRADIUS 1 km",
            "GEOSEARCHSTORE y g FROMMEMBER p BYRADIUS 1 km",
            &["geosearchstore y"],
        ),
        ("GEORADIUS g 13 38 99 km STORE y", "GEORADIUS g 13 38 99 km STORE y", &["georadiusstore y"]),
        ("GEORADIUS g 0 0 1 km STORE y", "GEORADIUS g 0 0 1 km STORE y", &["del y"]),
    ] {
        fixture.run(command);
        let found = (fixture.effects(), fixture.events());
        let effects: Vec<String> = Some(effect.to_owned()).filter(|it| !it.is_empty()).into_iter().collect();
        let events: Vec<String> = events.iter().map(|it| (*it).to_owned()).collect();
        assert_eq!(found, (effects, events), "{command}");
    }
}

#[test]
fn who_waited_takes_what_was_added() {
    let mut fixture = Fixture::new();
    let waiter = fixture.engine.connect(Peer::default());
    fixture.run_as(waiter, "BZPOPMAX w 0");
    fixture.run("ZADD w 1 a 2 b");
    let effects = fixture.effects();
    assert_eq!(effects, ["ZADD w 1 a 2 b", "zpopmax w"]);
    fixture.run_as(waiter, "BZMPOP 0 1 v MIN COUNT 2");
    fixture.run("ZADD v 1 a 2 b 3 c");
    let effects = fixture.effects();
    assert_eq!(effects, ["ZADD v 1 a 2 b 3 c", "zpopmin v 2"]);
}

#[test]
fn a_set_turns_to_a_skip_list_where_redis_turns() {
    let mut fixture = Fixture::new();
    let id = fixture.id;
    for member in 0..128 {
        fixture.run_as(id, &format!("ZADD z 1 m{member}"));
    }
    fixture.run_as(id, "ZADD z 5 m7");
    assert_eq!(fixture.encoding("z"), "listpack");
    fixture.run_as(id, "ZADD z 1 more");
    assert_eq!(fixture.encoding("z"), "skiplist");
    fixture.run_as(id, "ZREMRANGEBYRANK z 2 -1");
    assert_eq!(fixture.encoding("z"), "skiplist");
    fixture.run_as(id, "ZUNIONSTORE y 1 z");
    assert_eq!(fixture.encoding("y"), "listpack");
    fixture.run_as(id, &format!("ZADD y 1 {}", "x".repeat(64)));
    assert_eq!(fixture.encoding("y"), "listpack");
    fixture.run_as(id, &format!("ZADD y 1 {}", "x".repeat(65)));
    assert_eq!(fixture.encoding("y"), "skiplist");
    fixture.run_as(id, "ZRANGESTORE x y 0 -1");
    assert_eq!(fixture.encoding("x"), "skiplist");
    fixture.run_as(id, "ZRANGESTORE x y 0 0");
    assert_eq!(fixture.encoding("x"), "listpack");
}

#[test]
fn random_members_are_different_and_all_can_come() {
    let mut fixture = Fixture::new();
    let id = fixture.id;
    let members: Vec<String> = (0..300).map(|member| format!("{member} m{member}")).collect();
    fixture.run_as(id, &format!("ZADD z {}", members.join(" ")));
    for count in [2, 50, 100, 101, 250, 299, 300, 1000] {
        let reply = fixture.run_as(id, &format!("ZRANDMEMBER z {count}"));
        let mut found: Vec<&str> = reply.split("\r\n").filter(|line| line.starts_with('m')).collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), count.min(300));
    }
    let reply = fixture.run_as(id, "ZRANDMEMBER z -20000");
    let mut found: Vec<&str> = reply.split("\r\n").filter(|line| line.starts_with('m')).collect();
    assert_eq!(found.len(), 20_000);
    found.sort_unstable();
    found.dedup();
    // That one of 300 is missing after so many draws has a chance below 10^-26.
    assert_eq!(found.len(), 300);
    assert!(fixture.run_as(id, "ZRANDMEMBER z -4611686018427387904").starts_with("-ERR"));
}
