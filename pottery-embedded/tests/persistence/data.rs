//! Folders, random data, and everything that a server holds.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pottery_embedded::{Persistence, Server};
use pottery_test_support::{Raw, Reply, Rng, unique, wait_until};

/// A folder of this test's own.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(crate) fn new() -> Dir {
        let path = std::env::temp_dir().join(unique("pottery-aof"));
        fs::create_dir(&path).expect("the folder for temporary files takes another");
        Dir(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn start(persistence: impl Into<Persistence>) -> Server {
    Server::builder().persist(persistence).start().expect("the file opens")
}

pub(crate) fn connect(server: &Server) -> Raw {
    Raw::connect(server.addr().expect("it listens on a port"))
}

/// What a server holds: by database and key, the type, the value in an order of its own, and when it expires.
pub(crate) type Content = BTreeMap<(usize, Vec<u8>), (String, String, i64)>;

/// Everything that a server holds.
pub(crate) fn content(raw: &mut Raw) -> Content {
    let mut content = Content::new();
    for db in 0..16 {
        assert_eq!(raw.command(&["SELECT", &db.to_string()]).text(), "OK");
        for key in bulks(&raw.command(&["KEYS", "*"])) {
            let mut ask = |before: &[&str], after: &[&str]| {
                let words = before.iter().map(|it| it.as_bytes());
                let words: Vec<&[u8]> =
                    words.chain([&key[..]]).chain(after.iter().map(|it| it.as_bytes())).collect();
                raw.command(&words)
            };
            let kind = ask(&["TYPE"], &[]).text();
            let value = match kind.as_str() {
                "string" => show(&ask(&["GET"], &[])),
                "list" => show(&ask(&["LRANGE"], &["0", "-1"])),
                "set" => sorted(&ask(&["SMEMBERS"], &[]), 1),
                "hash" => sorted(&ask(&["HGETALL"], &[]), 2),
                "zset" => show(&ask(&["ZRANGE"], &["0", "-1", "WITHSCORES"])),
                "stream" => {
                    show(&Reply::Array(vec![ask(&["XRANGE"], &["-", "+"]), ask(&["XINFO", "GROUPS"], &[])]))
                }
                // It has expired since it was listed.
                "none" => continue,
                other => panic!("nobody has thought of the type {other}"),
            };
            let expires = ask(&["PEXPIRETIME"], &[]).int();
            content.insert((db, key), (kind, value, expires));
        }
    }
    raw.command(&["SELECT", "0"]);
    content
}

/// Without what may expire while it is looked at.
pub(crate) fn lasting(content: Content) -> Content {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis();
    let soon = now as i64 + 10_000;
    content.into_iter().filter(|(_, (_, _, expires))| *expires < 0 || *expires > soon).collect()
}

fn bulks(reply: &Reply) -> Vec<Vec<u8>> {
    let bulk = |reply: &Reply| match reply {
        Reply::Bulk(bytes) => bytes.clone(),
        other => panic!("not a string: {other:?}"),
    };
    reply.array().iter().map(bulk).collect()
}

fn show(reply: &Reply) -> String {
    match reply {
        Reply::Bulk(bytes) => bytes.escape_ascii().to_string(),
        Reply::Array(items) => format!("{:?}", items.iter().map(show).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    }
}

/// Shows elements that come in no order, each made of `width` strings.
fn sorted(reply: &Reply, width: usize) -> String {
    let mut items: Vec<Vec<String>> =
        reply.array().chunks(width).map(|chunk| chunk.iter().map(show).collect()).collect();
    items.sort();
    format!("{items:?}")
}

/// Says how two servers' contents differ, if they do.
#[track_caller]
pub(crate) fn assert_same(what: &str, one: &Content, two: &Content) {
    let mut differences = Vec::new();
    for key in one.keys().chain(two.keys()) {
        if one.get(key) != two.get(key) {
            let shown = key.1.escape_ascii();
            differences.push(format!("{} {shown}\n  {:?}\n  {:?}", key.0, one.get(key), two.get(key)));
        }
    }
    assert!(differences.is_empty(), "{what}:\n{}", differences[..differences.len().min(10)].join("\n"));
}

/// Does random things to a server, in all databases, with all types, in transactions and without.
pub(crate) fn fill(raw: &mut Raw, random: &mut Rng, commands: usize) {
    let mut queued = 0;
    for _ in 0..commands {
        match random.u32(..100) {
            0..3 => assert!(!raw.command(&["SELECT", &random.u32(..16).to_string()]).is_error()),
            3..6 if queued == 0 => {
                raw.command(&["MULTI"]);
                queued = random.usize(1..6);
                continue;
            }
            _ => {
                let reply = raw.command(&any_command(random));
                // Keys have their type's letter at the front, so that nothing is refused.
                assert!(!reply.is_error(), "{reply:?}");
            }
        }
        if queued > 0 {
            queued -= 1;
            if queued == 0 {
                raw.command(&["EXEC"]);
            }
        }
    }
    if queued > 0 {
        raw.command(&["EXEC"]);
    }
}

fn any_command(random: &mut Rng) -> Vec<Vec<u8>> {
    const TEMPLATES: &[&str] = &[
        "SET s V",
        "SET s V EX 1000",
        "SET s V KEEPTTL",
        "APPEND s V",
        "SETRANGE s P V",
        "SETBIT s P 1",
        "INCR n",
        "INCRBY n N",
        "INCRBYFLOAT f N.5",
        "DEL s l",
        "EXPIRE s 1000",
        "PEXPIRE l 1000000",
        "PERSIST s",
        "GETDEL s",
        "GETEX s EX 2000",
        "MSET s V s V",
        "COPY s sc REPLACE",
        "UNLINK s",
        "RPUSH l V V V",
        "LPUSH l V",
        "LPOP l",
        "RPOP l 2",
        "LMOVE l l LEFT RIGHT",
        "LREM l 1 V",
        "LTRIM l 0 20",
        "BLPOP l 0.001",
        "SORT l ALPHA STORE l",
        "HSET h V V V V",
        "HDEL h V",
        "HINCRBY hn V N",
        "HINCRBYFLOAT hf V N.25",
        "SADD a V V N",
        "SADD ai N N",
        "SPOP a",
        "SPOP ai 2",
        "SREM a V",
        "SMOVE a a V",
        "SUNIONSTORE a a ai",
        "ZADD z N V N V",
        "ZADD z GT N.125 V",
        "ZINCRBY z N.1 V",
        "ZPOPMIN z",
        "ZREMRANGEBYRANK z 0 1",
        "ZUNIONSTORE z 2 z z WEIGHTS 2 3",
        "PFADD p V V",
        "GEOADD g P.5 P.25 V",
    ];
    let template = TEMPLATES[random.usize(..TEMPLATES.len())];
    let word = |word: &str, random: &mut Rng| match word {
        "V" => (0..random.usize(..30)).map(|_| random.u8(..)).collect(),
        number if number.starts_with('N') => {
            format!("{}{}", random.i32(-100..100), &number[1..]).into_bytes()
        }
        place if place.starts_with('P') && place.len() <= 4 => {
            format!("{}{}", random.u32(..80), &place[1..]).into_bytes()
        }
        lower if lower.chars().all(|it| it.is_ascii_lowercase()) => {
            format!("{lower}{}", random.u32(..20)).into_bytes()
        }
        other => other.as_bytes().to_vec(),
    };
    template.split(' ').map(|it| word(it, random)).collect()
}

/// Waits for the end of a rewrite.
pub(crate) fn rewritten(raw: &mut Raw) {
    wait_until("the file has been rewritten", Duration::from_secs(30), || {
        let info = raw.command(&["INFO", "persistence"]).text();
        assert!(info.contains("aof_last_bgrewrite_status:ok"), "{info}");
        info.contains("aof_rewrite_in_progress:0")
    });
}
