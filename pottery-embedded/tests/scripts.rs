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

/// For each script: its keys and its arguments, a letter for each. Keys: `l`ist, `h`ash, `s`et, `?` any, `+` some more of
/// the last. Arguments: see [`argument`].
const SCRIPTS: [(&str, &str, &str); 26] = [
    ("field_cas", "h", "fbvbv"),
    ("field_swap", "h", "fbv"),
    ("inherit", "h?+", "mf"),
    ("list_count", "l", "v"),
    ("list_create", "l", "v*"),
    ("list_insert", "l", "ivTe"),
    ("list_remove_at", "l", "iT"),
    ("list_repeat", "l", "p"),
    ("list_reverse", "l", ""),
    ("list_rotate", "l", "n"),
    ("list_splice", "l", "iiv*"),
    ("list_swap", "l", "ii"),
    ("map_drain", "h", ""),
    ("map_fill", "h", "cw*"),
    ("map_get_or_insert", "h", "fv"),
    ("map_pop_any", "h", ""),
    ("map_replace", "h", "fv"),
    ("map_take", "h", "f"),
    ("model_born", "h", "Mfv"),
    ("model_clear", "lhs", "LHS"),
    ("model_create", "hl", "fmLC"),
    ("number_incr", "h", "fnNX"),
    ("number_incr_float", "h", "fxy"),
    ("set_compare", "ss", "p"),
    ("set_fill", "s", "cv*"),
    ("set_store", "sss+", "ov*"),
];

const VALUES: [&str; 9] = ["a", "b", "c", "", "7", "-3", "1.5", "9223372036854775807", "x y\r\n\u{e9}"];

fn pick<'a>(rng: &mut fastrand::Rng, of: &[&'a str]) -> &'a str {
    of[rng.usize(..of.len())]
}

/// The arguments that a letter stands for.
fn argument(rng: &mut fastrand::Rng, letter: char, args: &mut Vec<String>) {
    let word = match letter {
        'v' => pick(rng, &VALUES),
        'f' => pick(rng, &["f", "g", "n", "x"]),
        'b' => pick(rng, &["0", "1"]),
        'i' => return args.push(rng.i32(-7..8).to_string()),
        'p' => return args.push(rng.i32(0..4).to_string()),
        'n' => pick(
            rng,
            &["1", "-1", "0", "5", "123456789012345678901", "-9223372036854775808", "9223372036854775807"],
        ),
        'N' => pick(rng, &["-128", "0", "-9223372036854775808"]),
        'X' => pick(rng, &["127", "10", "9223372036854775807", "18446744073709551615"]),
        'x' => pick(rng, &["1.5", "-0.25", "1e300", "nan", "x", "3"]),
        'y' => pick(rng, &["3.4028234663852886e38", "1.7976931348623157e308"]),
        'm' => pick(rng, &["0", "100000"]),
        'M' => "100000",
        'T' => "token",
        'e' => pick(rng, &["", "", "3", "100"]),
        'c' => pick(rng, &["create", "replace"]),
        'o' => {
            args.push(pick(rng, &["SUNION", "SINTER", "SDIFF", "SYMMETRIC"]).to_owned());
            pick(rng, &["0", "1"])
        }
        'L' => "list",
        'H' => "hash",
        'S' => "set",
        // Commands of `model_create`.
        'C' => {
            let commands = ["1", "HSET", "4", "f", "1", "g", "", "2", "RPUSH", "2", "a", "b"];
            args.extend(commands.map(str::to_owned));
            return;
        }
        other => panic!("what is {other}?"),
    };
    args.push(word.to_owned());
}

/// The arguments of a script, of which none is there twice where it says so.
fn arguments(rng: &mut fastrand::Rng, shape: &str) -> Vec<String> {
    let mut args = Vec::new();
    let mut letters = shape.chars().peekable();
    while let Some(letter) = letters.next() {
        if letters.next_if_eq(&'*').is_none() {
            argument(rng, letter, &mut args);
            continue;
        }
        let most = if rng.u8(..20) == 0 { 9000 } else { VALUES.len() };
        for index in 0..rng.usize(..=most) {
            args.push(VALUES.get(index).map_or_else(|| index.to_string(), |it| (*it).to_owned()));
            if letter == 'w' {
                args.push(pick(rng, &VALUES).to_owned());
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
                pick(rng, &["l", "h", "s", "t"])
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
    for (kind, command) in [("l", "RPUSH"), ("h", "HSET"), ("s", "SADD"), ("t", "SET")] {
        for number in 0..3 {
            if rng.u8(..4) == 0 {
                continue;
            }
            let key = format!("{kind}{number}");
            let mut make = vec![command.to_owned(), key.clone()];
            match kind {
                "t" => make.push(pick(rng, &VALUES).to_owned()),
                // One field where one is taken at random.
                "h" => (0..rng.usize(1..=2)).for_each(|field| {
                    make.extend([["f", "n"][field].to_owned(), pick(rng, &VALUES).to_owned()]);
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
                entries.chunks(2).map(|entry| format!("{entry:?}")).collect()
            }
            _ => vec![client.command(&["GET", &key]).text()],
        };
        if kind != "list" {
            held.sort();
        }
        state.insert(key, (held, if left < 0 { left } else { (left + 50_000) / 100_000 }));
    }
    state
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
    let count = std::fs::read_dir(dir).expect("the scripts are there").count();
    assert_eq!(count, SCRIPTS.len(), "every script has a line here");
    let seed = Seed::new();
    let mut rng = seed.rng();
    let real = pottery_test_support::Server::start();
    let ours = Server::start().expect("it starts");
    let (mut real, mut ours) = (real.raw(), connect(&ours));
    for (name, key_shape, shape) in SCRIPTS {
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
                // A time to live.
                (Reply::Int(a), Reply::Int(b)) if name == "inherit" && a.abs_diff(b) < 50_000 => {}
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
