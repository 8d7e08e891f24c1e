//! What follows from changes of strings and keys: what the append-only file is told, and what subscribers are.

use crate::engine::command::{Group, table};
use crate::engine::fixture::Fixture;

/// A command, its effects and its events.
type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Recorded from Redis 7.0.15, with one liberty: conditions that held are left out of the effect.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("SET k v", &["SET k v"], &["set k"]),
    ("SET k w NX", &[], &[]),
    ("SET n v NX", &["SET n v"], &["set n"]),
    ("SET k w XX GET", &["SET k w"], &["set k"]),
    ("SET k v KEEPTTL", &["SET k v KEEPTTL"], &["set k"]),
    ("SET k v EXAT 33177117420", &["SET k v PXAT 33177117420000"], &["set k", "expire k"]),
    ("SET k v PXAT 33177117420123 GET", &["SET k v PXAT 33177117420123"], &["set k", "expire k"]),
    ("SET k v PXAT 1", &["SET k v PXAT 1"], &["set k", "expire k"]),
    ("SET k v", &["MULTI", "DEL k", "SET k v", "EXEC"], &["expired k", "set k"]),
    ("SETNX k v", &[], &[]),
    ("SETNX new v", &["SETNX new v"], &["set new"]),
    ("GETSET k w", &["SET k w"], &["set k"]),
    ("GETDEL k", &["DEL k"], &["del k"]),
    ("GETDEL k", &[], &[]),
    ("SET k v", &["SET k v"], &["set k"]),
    ("GETEX k", &[], &[]),
    ("GETEX k PXAT 33177117420123", &["PEXPIREAT k 33177117420123"], &["expire k"]),
    ("GETEX k PERSIST", &["PERSIST k"], &["persist k"]),
    ("GETEX k PERSIST", &[], &[]),
    ("GETEX k PXAT 1", &["DEL k"], &["del k"]),
    ("MSET a 1 b 2", &["MSET a 1 b 2"], &["set a", "set b"]),
    ("MSETNX a 1 c 2", &[], &[]),
    ("MSETNX d 1 e 2", &["MSETNX d 1 e 2"], &["set d", "set e"]),
    ("APPEND a x", &["APPEND a x"], &["append a"]),
    ("APPEND a2 x", &["APPEND a2 x"], &["append a2"]),
    ("SETRANGE a 1 yy", &["SETRANGE a 1 yy"], &["setrange a"]),
    ("SETRANGE none 0 ", &[], &[]),
    ("INCR i", &["INCR i"], &["incrby i"]),
    ("DECR i", &["DECR i"], &["incrby i"]),
    ("INCRBY i 5", &["INCRBY i 5"], &["incrby i"]),
    ("DECRBY i 2", &["DECRBY i 2"], &["incrby i"]),
    ("INCRBYFLOAT i 0.5", &["SET i 3.5 KEEPTTL"], &["incrbyfloat i"]),
    ("DEL i nothing a", &["DEL i nothing a"], &["del i", "del a"]),
    ("UNLINK b nothing", &["UNLINK b nothing"], &["del b"]),
    ("DEL nothing", &[], &[]),
    ("SETBIT bit 7 1", &["SETBIT bit 7 1"], &["setbit bit"]),
    ("SETBIT bit 7 1", &[], &[]),
    ("SETBIT bit 7 0", &["SETBIT bit 7 0"], &["setbit bit"]),
    ("BITFIELD bit SET u8 0 5 INCRBY u8 0 1", &["BITFIELD bit SET u8 0 5 INCRBY u8 0 1"], &["setbit bit"]),
    ("BITFIELD bit SET u8 0 6", &[], &[]),
    ("BITFIELD bit GET u8 0", &[], &[]),
    ("BITFIELD bit OVERFLOW FAIL INCRBY u8 0 255", &[], &[]),
    ("BITOP NOT r bit", &["BITOP NOT r bit"], &["set r"]),
    ("BITOP NOT r nothing", &["BITOP NOT r nothing"], &["del r"]),
    ("BITOP NOT r nothing", &[], &[]),
    ("PFADD h a b", &["PFADD h a b"], &["pfadd h"]),
    ("PFADD h a", &[], &[]),
    ("PFADD h", &[], &[]),
    ("PFADD h2", &["PFADD h2"], &["pfadd h2"]),
    ("PFCOUNT h", &["PFCOUNT h"], &[]),
    ("PFCOUNT h", &[], &[]),
    ("PFCOUNT h h2", &[], &[]),
    ("PFMERGE m h h2", &["PFMERGE m h h2"], &["pfadd m"]),
    ("PFMERGE m", &["PFMERGE m"], &["pfadd m"]),
    ("SET x 1", &["SET x 1"], &["set x"]),
    ("COPY x y", &["COPY x y"], &["copy_to y"]),
    ("COPY x y", &[], &[]),
    ("COPY x y REPLACE", &["COPY x y REPLACE"], &["copy_to y"]),
    ("RENAME y z", &["RENAME y z"], &["rename_from y", "rename_to z"]),
    ("RENAME z z", &[], &[]),
    ("RENAMENX z x", &[], &[]),
    ("RENAMENX z w", &["RENAMENX z w"], &["rename_from z", "rename_to w"]),
    ("EXPIREAT x 33177117420", &["PEXPIREAT x 33177117420000"], &["expire x"]),
    ("EXPIREAT x 33177117420 NX", &[], &[]),
    ("PEXPIREAT x 33177117420123", &["PEXPIREAT x 33177117420123"], &["expire x"]),
    ("PERSIST x", &["PERSIST x"], &["persist x"]),
    ("PERSIST x", &[], &[]),
    ("EXPIREAT x 5", &["DEL x"], &["del x"]),
    ("EXPIRE nothing 100", &[], &[]),
    ("MOVE w 1", &["MOVE w 1"], &["move_from w", "move_to w"]),
    ("MOVE w 1", &[], &[]),
    ("SET w 1", &["SET w 1"], &["set w"]),
    ("MOVE w 1", &[], &[]),
    ("COPY w w2 DB 1", &["COPY w w2 DB 1"], &["copy_to w2"]),
    ("SWAPDB 2 3", &["SWAPDB 2 3"], &[]),
    ("SWAPDB 2 2", &["SWAPDB 2 2"], &[]),
    ("RPUSH l 3 1 2", &["RPUSH l 3 1 2"], &["rpush l"]),
    ("SORT l", &[], &[]),
    ("SORT l STORE s", &["SORT l STORE s"], &["sortstore s"]),
    ("SORT nothing STORE s", &["SORT nothing STORE s"], &["del s"]),
    ("SORT nothing STORE s", &[], &[]),
    ("TOUCH l", &[], &[]),
    ("OBJECT ENCODING l", &[], &[]),
    ("FLUSHDB", &["FLUSHDB"], &[]),
    ("FLUSHDB", &["FLUSHDB"], &[]),
    ("FLUSHALL", &["FLUSHALL"], &[]),
];

#[test]
fn changes_have_the_effects_and_events_that_redis_has() {
    Fixture::new().expect(ROWS);
}

#[test]
fn no_arguments_make_a_command_panic() {
    const GROUPS: [Group; 4] = [Group::Generic, Group::String, Group::Bitmap, Group::Hyperloglog];
    const WORDS: &[&str] = &[
        "a",
        "b",
        "c",
        "l",
        "s",
        "h",
        "z",
        "p",
        "",
        "0",
        "1",
        "-1",
        "7",
        "3",
        "100",
        "9223372036854775807",
        "-9223372036854775808",
        "4294967296",
        "1.5",
        "inf",
        "x",
        "*",
        "a*",
        "#",
        "#2",
        "*->f",
        "GET",
        "SET",
        "INCRBY",
        "OVERFLOW",
        "SAT",
        "FAIL",
        "u8",
        "i64",
        "u63",
        "i5",
        "EX",
        "PX",
        "PXAT",
        "NX",
        "XX",
        "GT",
        "LT",
        "KEEPTTL",
        "PERSIST",
        "LEN",
        "IDX",
        "MINMATCHLEN",
        "WITHMATCHLEN",
        "BY",
        "LIMIT",
        "ALPHA",
        "DESC",
        "STORE",
        "MATCH",
        "COUNT",
        "TYPE",
        "BIT",
        "BYTE",
        "AND",
        "OR",
        "NOT",
        "XOR",
        "DB",
        "REPLACE",
        "ABSTTL",
        "IDLETIME",
        "FREQ",
        "ENCODING",
        "HELP",
        "SAMPLES",
        "\u{0}",
        "é",
    ];
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let mut fixture = Fixture::new();
    let commands: Vec<_> = table().commands().iter().filter(|it| GROUPS.contains(&it.group)).collect();
    let mut id = fixture.client();
    for _ in 0..20_000 {
        for setup in [
            "SET a 12",
            "SET b hello",
            "RPUSH l 3 1 2",
            "SADD s 1 2",
            "HSET h f v",
            "ZADD z 1 a",
            "PFADD p x",
        ] {
            if random.u8(..50) == 0 {
                fixture.run_as(id, setup);
            }
        }
        let command = commands[random.usize(..commands.len())];
        let mut args = vec![command.name.as_bytes()];
        for _ in 0..random.usize(..7) {
            args.push(WORDS[random.usize(..WORDS.len())].as_bytes());
        }
        fixture.engine.execute(id, &args);
        // `WAIT` may block for ever.
        if fixture.engine.clients.get(&id).is_some_and(|client| client.is_blocked()) {
            fixture.engine.disconnect(id);
            id = fixture.client();
        }
        fixture.sent(id);
    }
}
