//! Scripts that take too long, and the scripts that pottery itself sends.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use pottery_embedded::Server;
use pottery_test_support::{Raw, Reply, Seed, scale, wait_until};

const LONG: Duration = Duration::from_secs(20);

fn connect(server: &Server) -> Raw {
    let client = Raw::connect(server.addr().expect("it listens on a port"));
    client.set_timeout(LONG);
    client
}

/// A server that calls scripts slow after a twentieth of a second, and a client of it.
fn impatient() -> (Server, Raw) {
    let server = Server::start().expect("it starts");
    let mut client = connect(&server);
    assert_eq!(client.command(&["CONFIG", "SET", "busy-reply-threshold", "50"]).text(), "OK");
    (server, client)
}

fn error(reply: Reply) -> String {
    match reply {
        Reply::Error(text) => text,
        other => panic!("no error but {other:?}"),
    }
}

/// Begins a script and returns when the server calls it slow.
fn begin(server: &Server, watcher: &mut Raw, script: &str) -> Raw {
    let mut client = connect(server);
    client.send(&["EVAL", script, "0"]).expect("it is sent");
    wait_until("the script is slow", LONG, || watcher.command(&["PING"]).is_error());
    client
}

#[test]
fn others_are_told_of_a_slow_script_and_can_end_it() {
    let (server, mut other) = impatient();
    let mut client = begin(&server, &mut other, "while true do end");
    let busy = "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
    assert_eq!(error(other.command(&["GET", "k"])), busy);
    // Also one that comes only now, in the middle of a transaction.
    let mut late = connect(&server);
    assert_eq!(late.command(&["MULTI"]).text(), "OK");
    assert_eq!(error(late.command(&["GET", "k"])), busy);
    assert_eq!(late.command(&["DISCARD"]).text(), "OK");
    assert_eq!(late.command(&["SCRIPT", "KILL"]).text(), "OK");
    let told = error(client.read().expect("a reply comes"));
    assert!(told.starts_with("ERR Script killed by user with SCRIPT KILL... script: "), "{told}");
    for client in [&mut client, &mut other, &mut late] {
        assert_eq!(client.command(&["PING"]).text(), "PONG");
    }
}

#[test]
fn half_a_request_sent_to_a_busy_server_can_be_finished_later() {
    let (server, mut other) = impatient();
    let mut late = connect(&server);
    let mut client = begin(&server, &mut other, "while true do end");
    late.send_bytes(b"*1\r\n$4\r\nPI").expect("it is sent");
    assert!(other.command(&["PING"]).is_error());
    assert_eq!(other.command(&["SCRIPT", "KILL"]).text(), "OK");
    assert!(client.read().expect("a reply comes").is_error());
    late.send_bytes(b"NG\r\n").expect("it is sent");
    assert_eq!(late.read().expect("a reply comes").text(), "PONG");
}

#[test]
fn no_script_escapes_its_end() {
    for script in [
        "while true do pcall(function() while true do end end) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "while true do coroutine.resume(coroutine.create(function() while true do end end)) end",
        "coroutine.wrap(function() while true do end end)()",
        "while true do redis.pcall('GET', 'k') end",
        "local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "string.gsub(string.rep('x', 100), '.', function() while true do end end)",
        "while true do loadstring('while true do end')() end",
    ] {
        let (server, mut other) = impatient();
        let mut client = begin(&server, &mut other, script);
        assert_eq!(other.command(&["SCRIPT", "KILL"]).text(), "OK", "{script}");
        let told = error(client.read().expect("a reply comes"));
        assert!(told.contains("Script killed by user"), "{script}: {told}");
        assert_eq!(other.command(&["PING"]).text(), "PONG", "{script}");
    }
}

#[test]
fn a_script_that_has_written_cannot_be_killed() {
    let (server, mut other) = impatient();
    let mut client = begin(&server, &mut other, "redis.call('SET', 'k', 'v') while true do end");
    let told = error(other.command(&["SCRIPT", "KILL"]));
    assert!(told.starts_with("UNKILLABLE Sorry the script already executed write commands"), "{told}");
    assert!(error(other.command(&["PING"])).starts_with("BUSY"));
    // As Redis says, it can be ended the hard way.
    other.send(&["SHUTDOWN", "NOSAVE"]).expect("it is sent");
    let end = client.read();
    assert!(end.as_ref().map_or(true, Reply::is_error), "{end:?}");
    drop(server);
}

#[test]
fn dropping_the_server_ends_its_script() {
    let server = Server::start().expect("it starts");
    let mut client = connect(&server);
    client.send(&["EVAL", "redis.call('SET', 'k', 'v') while true do end", "0"]).expect("it is sent");
    // The script has begun when its server answers nobody any more.
    let mut other = connect(&server);
    other.set_timeout(Duration::from_millis(100));
    wait_until("the script runs", LONG, || other.try_command(&["PING"]).is_err());
    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
}

#[test]
fn deep_data_does_not_overflow_the_stack() {
    let server = Server::start().expect("it starts");
    let mut client = connect(&server);
    for script in [
        "cjson.decode_max_depth(100000) return cjson.decode(string.rep('[', 100000))",
        "cjson.encode_max_depth(100000) local t = {} for i = 1, 100000 do t = {t} end return cjson.encode(t)",
        "return cmsgpack.unpack(string.rep('\\145', 100000))",
        "return cmsgpack.unpack(string.rep('\\129\\145', 100000))",
        "return loadstring('return ' .. string.rep('{', 100000))()",
        "local function f() return 1 + f() end return f()",
        "local function f() return (pcall(f)) end f() return redis.error_reply('end')",
    ] {
        assert!(client.command(&["EVAL", script, "0"]).is_error(), "{script}");
    }
    // 7995 arrays, then an error: nested as deeply as Redis nests them, or nearly.
    client
        .send(&["EVAL", "local t = {} for i = 1, 100000 do t = {t} end return t", "0"])
        .expect("it is sent");
    let mut other = connect(&server);
    assert_eq!(other.command(&["PING"]).text(), "PONG");
}

// The scripts of pottery ----------------------------------------------------------------------------------------------

/// For each script: its keys, a letter for each, and its arguments, a word for each. Keys: `l`ist, `h`ash, `s`et, `z` sorted set, `t` string,
/// `m` a memo's hash, `?` any, `+` some more of the last. Arguments: see [`argument`].
const SCRIPTS: &[(&str, &str, &str)] = &[
    ("bits_fill", "t", "create|replace <byte> <value> <byte> <value>"),
    ("bits_page", "t", "<few> <few>"),
    ("bits_range", "t", "count|find|fill|flip 0|1|7|8|13|70 -1|0|7|15|22|40|4095 0|1"),
    ("bits_store", "tt+", "AND|OR|XOR"),
    ("bloom", "t", "insert|create|replace|contains|count <bloom> 64 3"),
    ("bloom", "t", "insert|create|replace|contains|count <bloom> 64 3 <few> <few> <few> <few>"),
    ("bloom_union", "tt+", "<bloom> 64 3"),
    ("cycle_next", "t", "1|2|7"),
    ("field_default", "h", "f|g|n|x <value> |id"),
    ("field_cas", "h", "f|g|n|x 0|1 <value> 0|1 <value>"),
    ("field_swap", "h", "f|g|n|x 0|1 <value>"),
    ("fill", "h", "create|replace hash HSET <entry>*"),
    ("fill", "l", "create|replace list RPUSH <value>*"),
    ("fill", "s", "create|replace set SADD <value>*"),
    ("fill", "z", "create|replace zset ZADD <scored>*"),
    ("fill", "t", "create|replace string PFADD <value>*"),
    ("fill", "z", "create|replace zset GEOADD 1.5 2.5 <value> -7 85 <value>"),
    ("hll_restore", "t", "<value>"),
    ("hll_union", "ttt+", ""),
    ("inherit", "h?+", "0|100000 f|g|n|x"),
    ("limiter", "t", "1000000 5 0|1|5 0|1"),
    ("list_count", "l", "<value>"),
    ("list_insert", "l", "<index> <value> token ||3|100"),
    ("list_remove_at", "l", "<index> token"),
    ("list_repeat", "l", "<few>"),
    ("list_reverse", "l", ""),
    ("list_rotate", "l", "<number>"),
    ("list_splice", "l", "<index> <index> <value>*"),
    ("list_swap", "l", "<index> <index>"),
    ("map_drain", "h", ""),
    ("map_get_or_insert", "h", "f|g|n|x <value>"),
    ("map_pop_any", "h", ""),
    ("map_replace", "h", "f|g|n|x <value>"),
    ("map_take", "h", "f|g|n|x"),
    ("memo_ask", "m", "f|g|n|x token 100000 |100000 0|1 0|1"),
    ("memo_forget", "m", "f|g|n|x"),
    ("memo_len", "m", ""),
    ("memo_peek", "m", "f|g|n|x"),
    ("memo_release", "m", "f|g|n|x token"),
    ("memo_store", "m", "f|g|n|x token|other| 0|100000 0|1 <value>"),
    ("model_born", "h", "100000 f|g|n|x <value>"),
    ("model_clear", "lhs", "list hash set"),
    ("model_create", "hl", "f|g|n|x 0|100000 list <commands>"),
    ("multiset_change", "h", "ADD|SUB|MAX|MIN|NONE 0|1 <counted>*"),
    ("multiset_change", "hh", "ADD|SUB|MAX|MIN|NONE 0|1"),
    ("number", "t", "string '' add|mul|div|rem|pow|and|or|xor|cas <number> <least> <greatest>"),
    ("number", "t", "string '' add|mul|div|rem|pow|and|or|xor|cas <number> <least> <greatest> <number>"),
    ("number", "h", "hash f|g|n add|mul|div|rem|pow|and|or|xor|cas <number> <least> <greatest>"),
    ("number", "h", "hash f|g|n add|mul|div|rem|pow|and|or|xor|cas <number> <least> <greatest> <number>"),
    ("number", "h", "hash f|g|n pow|shl|shr <few> <least> <greatest>"),
    ("number_float", "t", "string '' add|mul|quo|div|rem|pow|cas <float> <least> <greatest_float>"),
    ("number_float", "t", "string '' add|mul|quo|div|rem|pow|cas <float> <least> <greatest_float> <float>"),
    ("number_float", "h", "hash f|g|n add|mul|quo|div|rem|pow|cas <float> <least> <greatest_float>"),
    ("number_float", "h", "hash f|g|n add|mul|quo|div|rem|pow|cas <float> <least> <greatest_float> <float>"),
    ("queue_clear", "ltl", "||3|100"),
    ("queue_done", "tl", "<few>"),
    ("queue_put", "ll", "||3|100 0|1|create <value>*"),
    ("queue_put", "llt", "||3|100 0|1|create <value>*"),
    ("queue_put_unique", "zl", "||3|100 0|1 <value>*"),
    ("queue_take", "ll", "LLEN LPOP|RPOP ||3|100 ||3|100"),
    ("queue_take", "zl", "ZCARD ZPOPMIN|ZPOPMAX ||3|100 ||3|100"),
    ("queue_wake", "ll", "LLEN <few>"),
    ("queue_wake", "zl", "ZCARD <few>"),
    ("set_compare", "ss", "<few>"),
    ("set_store", "sss+", "SUNION|SINTER|SDIFF|SYMMETRIC 0|1 <value>*"),
    ("slots_move", "t", "1|-1 <few>"),
    ("sorted_set_page", "z", "0|-3|7.5|inf|x <value> <few>"),
    ("sorted_set_select", "z", "look|drain|remove <zrange>"),
    ("sorted_set_store", "z", "'' ''"),
    ("sorted_set_store", "zz", "ZRANGESTORE '' <few> -1"),
    ("sorted_set_store", "zzz+", "ZUNIONSTORE|ZINTERSTORE|ZDIFFSTORE 1"),
    ("text", "t", "splice|splice|repeat <few> -1|2|3|5 <value>"),
    ("text", "tt", "splice|splice|repeat <few> -1|2|3|5 <value>"),
    ("text_chars", "t", ""),
    ("text_find", "t", "<value>"),
    ("unique_list_push", "l", "RPUSH|LPUSH ||3|100 <value>*"),
    ("value_cas", "t", "<value> <value>"),
];

const VALUES: [&str; 9] = ["a", "b", "c", "", "7", "-3", "1.5", "9223372036854775807", "x y\r\n\u{e9}"];

/// Strings are also Bloom filters and HyperLogLogs.
const STRINGS: [&str; 3] = ["PBF1 16 bytes ab\u{7}\u{1}", "PBF1 16 bytes xx", "HYLL"];

fn pick<'a>(rng: &mut fastrand::Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

/// The arguments that a word stands for: one of the alternatives between bars, which may be nothing (`''` alone), or
/// what is named between angles.
fn argument(rng: &mut fastrand::Rng, word: &str, args: &mut Vec<String>) {
    let picked = match word {
        "''" => "",
        "<value>" => pick(rng, &VALUES),
        "<index>" => return args.push(rng.i32(-7..8).to_string()),
        "<few>" => return args.push(rng.i32(0..4).to_string()),
        "<byte>" => return args.push(rng.i32(0..40).to_string()),
        "<number>" => pick(
            rng,
            &["1", "-1", "0", "5", "123456789012345678901", "-9223372036854775808", "9223372036854775807"],
        ),
        "<least>" => pick(rng, &["-128", "0", "-9223372036854775808"]),
        "<greatest>" => pick(rng, &["127", "10", "9223372036854775807", "18446744073709551615"]),
        "<float>" => pick(rng, &["1.5", "-0.25", "1e300", "3", "7"]),
        "<greatest_float>" => pick(rng, &["3.4028234663852886e38", "1.7976931348623157e308"]),
        // The header of a Bloom filter.
        "<bloom>" => "PBF1 16 bytes ab",
        // What ZRANGE takes.
        "<zrange>" => {
            let ranges: [&[&str]; 7] = [
                &["0", "-1"],
                &["-3", "-1"],
                &["-inf", "(5", "BYSCORE"],
                &["+inf", "-2", "BYSCORE", "REV", "LIMIT", "1", "2"],
                &["-", "+", "BYLEX"],
                &["[c", "(a", "BYLEX", "REV"],
                &["x", "y"],
            ];
            args.extend(ranges[rng.usize(..ranges.len())].iter().map(|word| (*word).to_owned()));
            return;
        }
        // Commands of `model_create`.
        "<commands>" => {
            let commands = ["1", "HSET", "4", "f", "1", "g", "", "2", "RPUSH", "2", "a", "b"];
            args.extend(commands.map(str::to_owned));
            return;
        }
        alternatives => {
            assert!(!alternatives.starts_with('<'), "what is {alternatives}?");
            let alternatives: Vec<_> = alternatives.split('|').collect();
            pick(rng, &alternatives)
        }
    };
    args.push(picked.to_owned());
}

/// The arguments of a script. A word with a star stands for many, of which none is there twice.
fn arguments(rng: &mut fastrand::Rng, shape: &str) -> Vec<String> {
    let mut args = Vec::new();
    for word in shape.split_whitespace() {
        let Some(word) = word.strip_suffix('*') else {
            argument(rng, word, &mut args);
            continue;
        };
        let most = if rng.u8(..20) == 0 { 9000 } else { VALUES.len() };
        for index in 0..rng.usize(..=most) {
            let value = VALUES.get(index).map_or_else(|| index.to_string(), |it| (*it).to_owned());
            match word {
                "<value>" => args.push(value),
                "<entry>" => args.extend([value, pick(rng, &VALUES).to_owned()]),
                "<scored>" => args.extend([rng.i32(-9..9).to_string(), value]),
                "<counted>" => {
                    args.extend([value, pick(rng, &["1", "0", "-3", "9223372036854775807"]).to_owned()]);
                }
                other => panic!("what are many of {other}?"),
            }
        }
    }
    args
}

fn keys(rng: &mut fastrand::Rng, shape: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut last = '?';
    for letter in shape.chars() {
        let count = if letter == '+' { rng.usize(..3) } else { 1 };
        last = if letter == '+' { last } else { letter };
        for _ in 0..count {
            // Sometimes of the wrong type, sometimes absent.
            let kind = if last == '?' || rng.u8(..8) == 0 {
                pick(rng, &["l", "h", "s", "z", "t"])
            } else {
                &last.to_string()
            };
            keys.push(format!("{kind}{}", rng.u8(..3)));
        }
    }
    keys
}

/// Commands that make keys of all types, some with a time to live.
fn contents(rng: &mut fastrand::Rng) -> Vec<Vec<String>> {
    let mut commands = vec![vec!["FLUSHALL".to_owned()]];
    for (kind, command) in
        [("l", "RPUSH"), ("h", "HSET"), ("m", "HSET"), ("s", "SADD"), ("z", "ZADD"), ("t", "SET")]
    {
        for number in 0..3 {
            if rng.u8(..4) == 0 {
                continue;
            }
            let key = format!("{kind}{number}");
            let mut make = vec![command.to_owned(), key.clone()];
            match kind {
                "t" if rng.u8(..4) == 0 => {
                    make[0] = "PFADD".to_owned();
                    make.extend((0..rng.usize(1..5)).map(|_| pick(rng, &VALUES).to_owned()));
                }
                "t" => {
                    let of: &[&str] = if rng.bool() { &VALUES } else { &STRINGS };
                    make.push(pick(rng, of).to_owned());
                }
                // In the milliseconds of long ago and of the far future.
                "m" => {
                    for field in ["f", "g", "n", "x"] {
                        make.extend([format!("={field}"), pick(rng, &VALUES).to_owned()]);
                        let end = pick(rng, &["1000", "9000000000000", "nonsense"]).to_owned();
                        if rng.bool() {
                            make.extend([format!("!{field}"), end.clone()]);
                        }
                        if rng.bool() {
                            make.extend([
                                format!("?{field}"),
                                format!("{end}:{}", pick(rng, &["token", "other"])),
                            ]);
                        }
                    }
                }
                // One field where one is taken at random.
                "h" => (0..rng.usize(1..=2)).for_each(|field| {
                    make.extend([["f", "n"][field].to_owned(), pick(rng, &VALUES).to_owned()]);
                }),
                "z" => (0..rng.usize(1..8)).for_each(|_| {
                    make.extend([rng.i32(-9..9).to_string(), pick(rng, &VALUES).to_owned()]);
                }),
                _ => {
                    let count = if rng.u8(..30) == 0 { 2500 } else { rng.usize(1..8) };
                    make.extend((0..count).map(|_| pick(rng, &VALUES).to_owned()));
                }
            }
            commands.push(make);
            if rng.u8(..3) == 0 {
                commands.push(vec!["EXPIRE".to_owned(), key, "1000".to_owned()]);
            }
        }
    }
    commands
}

/// What a server holds, where order means nothing sorted. Times to live in hundreds of seconds.
fn state(client: &mut Raw) -> BTreeMap<String, (Vec<String>, i64)> {
    let mut state = BTreeMap::new();
    for key in client.command(&["KEYS", "*"]).texts() {
        // A time to live that was nothing has been made a millisecond.
        let mut left = 0;
        wait_until("it has expired", LONG, || {
            left = client.command(&["PTTL", &key]).int();
            !(0..1000).contains(&left)
        });
        let kind = client.command(&["TYPE", &key]).text();
        let mut held = match kind.as_str() {
            "none" => continue,
            "list" => client.command(&["LRANGE", &key, "0", "-1"]).texts(),
            "set" => client.command(&["SMEMBERS", &key]).texts(),
            "hash" => {
                let entries = client.command(&["HGETALL", &key]).texts();
                entries.chunks(2).map(|entry| without_time(&format!("{entry:?}"))).collect()
            }
            "zset" => client.command(&["ZRANGE", &key, "0", "-1", "WITHSCORES"]).texts(),
            _ => vec![client.command(&["GET", &key]).text()],
        };
        if kind != "list" && kind != "zset" {
            held.sort();
        }
        state.insert(key, (held, if left < 0 { left } else { (left + 50_000) / 100_000 }));
    }
    state
}

/// Text in which the milliseconds of these years are all the same.
fn without_time(text: &str) -> String {
    let parts = text.split_inclusive(|c: char| !c.is_ascii_digit());
    let now = |part: &str| {
        let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
        digits.len() == 13 && digits.starts_with(['1', '2'])
    };
    parts.map(|part| if now(part) { format!("time{}", &part[13..]) } else { part.to_owned() }).collect()
}

/// Something for a message, which may be long.
fn short(something: &impl std::fmt::Debug) -> String {
    format!("{something:?}").chars().take(300).collect()
}

fn read(name: &str) -> String {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pottery-core/src/scripts");
    let path = dir.join(format!("{name}.lua"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_scripts_of_pottery_do_the_same_on_both_servers() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pottery-core/src/scripts");
    for script in std::fs::read_dir(dir).expect("the scripts are there") {
        let path = script.expect("an entry").path();
        let name = path.file_stem().expect("a name").to_string_lossy();
        assert!(SCRIPTS.iter().any(|(known, ..)| *known == name), "{name} has no line here");
    }
    let seed = Seed::new();
    let mut rng = seed.rng();
    let real = pottery_test_support::Server::start();
    let ours = Server::start().expect("it starts");
    let (mut real, mut ours) = (real.raw(), connect(&ours));
    for &(name, key_shape, shape) in SCRIPTS {
        let script = read(name);
        for _ in 0..scale(40, 1000) {
            for command in contents(&mut rng) {
                assert_eq!(real.command(&command), ours.command(&command), "{command:?}");
            }
            let (keys, args) = (keys(&mut rng, key_shape), arguments(&mut rng, shape));
            let mut call = vec!["EVAL".to_owned(), script.clone(), keys.len().to_string()];
            call.extend(keys.iter().cloned());
            call.extend(args.iter().cloned());
            let what = format!("{name} {keys:?} {}", short(&args));
            // A hash of two fields gives one of them at random.
            let lucky = name == "map_pop_any" && real.command(&["HLEN", &keys[0]]) == Reply::Int(2);
            if lucky {
                assert_eq!(real.command(&["HDEL", &keys[0], "f"]), ours.command(&["HDEL", &keys[0], "f"]));
            }
            match (real.command(&call), ours.command(&call)) {
                // A verdict, and how many are left; the rest are times.
                (Reply::Array(a), Reply::Array(b)) if name == "limiter" && a[..2] == b[..2] => {
                    assert_eq!(real.command(&["DEL", &keys[0]]), ours.command(&["DEL", &keys[0]]), "{what}");
                }
                // A time to live.
                (Reply::Int(a), Reply::Int(b)) if name == "inherit" && a.abs_diff(b) < 50_000 => {}
                (Reply::Array(a), Reply::Array(b))
                    if name == "memo_ask"
                        && matches!((&a[..], &b[..]), ([Reply::Int(0), Reply::Int(a)], [Reply::Int(0), Reply::Int(b)])
                            if a.abs_diff(*b) < 50_000) => {}
                (expected, found) => {
                    assert!(expected == found, "{what}:\n{}\n{}", short(&expected), short(&found));
                }
            }
            let (expected, found) = (state(&mut real), state(&mut ours));
            for key in expected.keys().chain(found.keys()) {
                let (expected, found) = (expected.get(key), found.get(key));
                assert!(expected == found, "{key} after {what}:\n{}\n{}", short(&expected), short(&found));
            }
        }
    }
}
