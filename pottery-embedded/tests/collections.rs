//! Random commands on lists, hashes and sets, on our server and on a real one.

use std::collections::VecDeque;

use pottery_embedded::Server;
use pottery_test_support::{Raw, Reply, Seed, scale};

/// Commands and their arguments: `k` a key, `e` an element, `n` a number, `w` where in a list. Those that end with a star
/// answer in no fixed order.
const COMMANDS: &[&str] = &[
    "LPUSH k e",
    "RPUSH k e e e",
    "LPUSHX k e",
    "RPUSHX k e e",
    "LPOP k",
    "RPOP k",
    "LPOP k n",
    "RPOP k n",
    "LLEN k",
    "LRANGE k n n",
    "LINDEX k n",
    "LSET k n e",
    "LINSERT k BEFORE e e",
    "LINSERT k AFTER e e",
    "LTRIM k n n",
    "LREM k n e",
    "LPOS k e",
    "LPOS k e RANK n",
    "LPOS k e COUNT n MAXLEN n",
    "LPOS k e RANK n COUNT n",
    "LPOS k e MAXLEN n RANK n COUNT n",
    "LMOVE k k w w",
    "RPOPLPUSH k k",
    "LMPOP n k k w",
    "LMPOP 2 k k w COUNT n",
    "BLPOP k k 0.001",
    "BLMOVE k k w w 0.001",
    "BLMPOP 0.001 2 k k w COUNT n",
    "HSET k e e",
    "HSET k e e e e",
    "HSET k e e e",
    "HMSET k e e e e",
    "HSETNX k e e",
    "HGET k e",
    "HMGET k e e e",
    "HGETALL k *",
    "HKEYS k *",
    "HVALS k *",
    "HLEN k",
    "HSTRLEN k e",
    "HDEL k e e",
    "HEXISTS k e",
    "HINCRBY k e n",
    "HINCRBYFLOAT k e n",
    "HINCRBYFLOAT k e 0.1",
    "HRANDFIELD k 1000000 *",
    "HSCAN k 0 COUNT 1000000 *",
    "HSCAN k 0 COUNT 1000000 MATCH e *",
    "SADD k e",
    "SADD k n n n",
    "SADD k e e n",
    "SREM k e",
    "SREM k n e",
    "SMEMBERS k *",
    "SISMEMBER k e",
    "SMISMEMBER k e n e",
    "SCARD k",
    "SPOP k 1000000 *",
    "SRANDMEMBER k 1000000 *",
    "SMOVE k k e",
    "SINTER k k *",
    "SINTER k k k *",
    "SINTERCARD n k k",
    "SINTERCARD 2 k k LIMIT n",
    "SINTERSTORE k k k",
    "SUNION k k *",
    "SUNIONSTORE k k k",
    "SDIFF k k *",
    "SDIFF k k k k *",
    "SDIFFSTORE k k k",
    "SDIFFSTORE k k k k",
    "SSCAN k 0 COUNT 1000000 *",
    "OBJECT ENCODING k",
    "TYPE k",
    "DEL k",
    "RENAME k k",
    "COPY k k REPLACE",
    "SET k e",
];

fn number(rng: &mut fastrand::Rng) -> String {
    match rng.u8(..20) {
        0 => "9223372036854775807".to_owned(),
        1 => "-9223372036854775808".to_owned(),
        2 => "9223372036854775808".to_owned(),
        3 => ["x", "", "1.5", " 1", "01", "+1"][rng.usize(..6)].to_owned(),
        4 => rng.i64(..).to_string(),
        _ => rng.i64(-4..7).to_string(),
    }
}

fn element(rng: &mut fastrand::Rng) -> String {
    match rng.u8(..20) {
        0 => String::new(),
        1 => "x".repeat(rng.usize(60..70)),
        2 => "\r\n\u{0}".to_owned(),
        3 => "*".to_owned(),
        4..10 => rng.i64(-4..7).to_string(),
        _ => ["a", "b", "c", "d", "e"][rng.usize(..5)].to_owned(),
    }
}

/// A command, and whether its answer has an order.
fn command(rng: &mut fastrand::Rng) -> (Vec<String>, bool) {
    let pattern = COMMANDS[rng.usize(..COMMANDS.len())];
    let ordered = pattern.strip_suffix(" *");
    // Lists meet lists, and sets meet sets, mostly.
    let family = match pattern.as_bytes()[0] {
        _ if rng.u8(..30) == 0 => "x",
        b'L' | b'R' | b'B' if !pattern.starts_with("RENAME") => "l",
        b'H' => "h",
        b'S' if !pattern.starts_with("SET") => "s",
        _ => ["l", "h", "s"][rng.usize(..3)],
    };
    let word = |word: &str| match word {
        "k" => format!("{family}{}", rng.u8(..3)),
        "e" => element(rng),
        "n" => number(rng),
        "w" => ["LEFT", "RIGHT", "left", "Right", "LEFT", "RIGHT", "MIDDLE"][rng.usize(..7)].to_owned(),
        other => other.to_owned(),
    };
    (ordered.unwrap_or(pattern).split(' ').map(word).collect(), ordered.is_none())
}

fn sorted(reply: &Reply) -> Reply {
    match reply {
        Reply::Array(items) => {
            let mut items: Vec<Reply> = items.iter().map(sorted).collect();
            items.sort_by_key(|item| format!("{item:?}"));
            Reply::Array(items)
        }
        other => other.clone(),
    }
}

#[test]
fn whatever_is_asked_is_answered_as_redis_answers() {
    let seed = Seed::new();
    let mut rng = seed.rng();
    let process = pottery_test_support::Server::start();
    let server = Server::start().expect("it starts");
    let (mut real, mut ours) = (process.raw(), Raw::connect(server.addr().expect("it listens on a port")));
    let mut history = VecDeque::new();
    for _ in 0..scale(8_000, 500_000) {
        let (command, ordered) = command(&mut rng);
        let (mut expected, mut found) = (real.command(&command), ours.command(&command));
        if !ordered {
            (expected, found) = (sorted(&expected), sorted(&found));
        }
        if history.len() == 40 {
            history.pop_front();
        }
        history.push_back(format!("{command:?}"));
        assert_eq!(found, expected, "after {history:#?}");
    }
}
