//! What a real server dumps is restored here, and the other way round.

use pottery_embedded::Server;
use pottery_test_support::{Raw, Reply, Server as RealServer};

/// Commands that make the values: small and large ones, in all of the forms in which Redis keeps them.
fn values() -> Vec<Vec<String>> {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut all: Vec<Vec<String>> = [
        "SET string hello",
        "SET empty ",
        "SET small 12",
        "SET medium -1234",
        "SET large 123456789",
        "SET huge -1234567890123456789",
        "SET digits 0012",
        "RPUSH list a b 1 -1 127 128 -4096 4095 4096 32767 -32768 8388607 -8388608 2147483647 9223372036854775807",
        "SADD ints 1 2 3 -5",
        "SADD ints32 1 70000 -70000",
        "SADD ints64 1 9223372036854775807 -9223372036854775808",
        "SADD set a b c 1",
        "HSET hash a 1 b two c 3.5",
        "ZADD zset 1 a 2.5 b -inf c inf d 1e-300 e 123456789 f",
        "PFADD hll a b c",
    ]
    .iter()
    .map(|line| words(line))
    .collect();
    let mut many = |command: &str, key: &str, item: &dyn Fn(usize) -> Vec<String>| {
        let mut command = vec![command.to_owned(), key.to_owned()];
        command.extend((0..700).flat_map(item));
        all.push(command);
    };
    let long = |i: usize| format!("element {i} {}", "abcabc".repeat(i % 40));
    many("RPUSH", "longlist", &|i| vec![long(i)]);
    many("SADD", "longset", &|i| vec![long(i)]);
    many("SADD", "longints", &|i| vec![(i * 7919).to_string()]);
    many("HSET", "longhash", &|i| vec![long(i), i.to_string()]);
    many("ZADD", "longzset", &|i| vec![format!("{}.5", i * 31 % 97), long(i)]);
    all.push(vec!["SET".into(), "longstring".into(), "compress me ".repeat(1000)]);
    all.push(vec!["RPUSH".into(), "hugelist".into(), "x".repeat(20_000), "small".into(), "y".repeat(70_000)]);
    all
}

/// All of a value, in an order that doesn't depend on the server.
fn content(server: &mut Raw, key: &str) -> (Reply, Vec<String>) {
    let kind = server.command(&["TYPE", key]).text();
    let reply = match kind.as_str() {
        "string" => return (Reply::Simple(kind), vec![format!("{:?}", server.command(&["GET", key]))]),
        "list" => return (Reply::Simple(kind), server.command(&["LRANGE", key, "0", "-1"]).texts()),
        "zset" => {
            return (Reply::Simple(kind), server.command(&["ZRANGE", key, "0", "-1", "WITHSCORES"]).texts());
        }
        "set" => server.command(&["SMEMBERS", key]).texts(),
        _ => server
            .command(&["HGETALL", key])
            .texts()
            .chunks(2)
            .map(|pair| format!("{} = {}", pair[0], pair[1]))
            .collect(),
    };
    let mut sorted = reply;
    sorted.sort();
    (Reply::Simple(kind), sorted)
}

#[test]
fn values_go_from_one_server_to_the_other_and_back() {
    let (real, ours) = (RealServer::start(), Server::start().expect("a server starts"));
    let (mut real, mut ours) = (real.raw(), Raw::connect(ours.addr().expect("it listens on a port")));
    for command in values() {
        let key = command[1].as_str();
        let made = real.command(&command);
        assert!(!made.is_error(), "{key}: {made:?}");
        let expected = content(&mut real, key);

        let Reply::Bulk(payload) = real.command(&["DUMP", key]) else { panic!("{key} is dumped") };
        let restored = ours.command(&[b"RESTORE", key.as_bytes(), b"0", &payload]);
        assert_eq!(restored, Reply::Simple("OK".to_owned()), "{key}");
        assert_eq!(content(&mut ours, key), expected, "{key}");
        let encoding = |server: &mut Raw| server.command(&["OBJECT", "ENCODING", key]);
        let (here, there) = (encoding(&mut ours), encoding(&mut real));
        // Whatever was restored is new: a string that grew is not.
        assert!(here == there || key == "hll", "{key}: {here:?} {there:?}");

        let Reply::Bulk(payload) = ours.command(&["DUMP", key]) else { panic!("{key} is dumped") };
        let restored = real.command(&[b"RESTORE", key.as_bytes(), b"0", &payload, b"REPLACE"]);
        assert_eq!(restored, Reply::Simple("OK".to_owned()), "{key}");
        assert_eq!(content(&mut real, key), expected, "{key}");
        assert_eq!(encoding(&mut real), encoding(&mut ours), "{key}");
    }
}
