//! Everything that a server holds, and whether two hold the same.

use std::collections::BTreeMap;

use crate::case::Tolerance;
use crate::compare::{self, elements};
use crate::side::Connection;

/// What a key holds, as the replies that tell of it.
#[derive(Debug)]
struct Held {
    kind: Vec<u8>,
    encoding: Vec<u8>,
    expires: Vec<u8>,
    value: Vec<u8>,
}

fn words(words: &[&[u8]]) -> Vec<Vec<u8>> {
    words.iter().map(|it| it.to_vec()).collect()
}

/// Everything in the databases that are used. The connection speaks RESP3.
fn content(control: &mut Connection) -> BTreeMap<(u8, Vec<u8>), Held> {
    let mut content = BTreeMap::new();
    for db in [0u8, 1, 2, 15] {
        control.ask(&words(&[b"SELECT", db.to_string().as_bytes()]));
        let keys = control.ask(&words(&[b"KEYS", b"*"]));
        let keys: Vec<Vec<u8>> = elements(&keys).into_iter().map(body).collect();
        let about: Vec<Vec<Vec<u8>>> = keys
            .iter()
            .flat_map(|key| {
                [words(&[b"TYPE", key]), words(&[b"OBJECT", b"ENCODING", key]), words(&[b"PEXPIRETIME", key])]
            })
            .collect();
        let about = control.ask_all(&about);
        let read = |(key, about): (&Vec<u8>, &[Vec<u8>])| match &about[0][..] {
            b"+list\r\n" => words(&[b"LRANGE", key, b"0", b"-1"]),
            b"+set\r\n" => words(&[b"SMEMBERS", key]),
            b"+hash\r\n" => words(&[b"HGETALL", key]),
            b"+zset\r\n" => words(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"]),
            b"+stream\r\n" => words(&[b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"]),
            _ => words(&[b"GET", key]),
        };
        let values: Vec<Vec<Vec<u8>>> = keys.iter().zip(about.chunks(3)).map(read).collect();
        let values = control.ask_all(&values);
        for ((key, about), value) in keys.into_iter().zip(about.chunks(3)).zip(values) {
            let [kind, encoding, expires] = about else { unreachable!("chunks of three") };
            let held =
                Held { kind: kind.clone(), encoding: encoding.clone(), expires: expires.clone(), value };
            content.insert((db, key), held);
        }
    }
    control.ask(&words(&[b"SELECT", b"0"]));
    content
}

/// The bytes of a bulk string.
fn body(reply: &[u8]) -> Vec<u8> {
    let start = reply.windows(2).position(|pair| pair == b"\r\n").map_or(0, |end| end + 2);
    reply[start..reply.len().max(start + 2) - 2].to_vec()
}

/// How the contents of two servers differ, if they do.
pub(crate) fn difference(real: &mut Connection, ours: &mut Connection) -> Option<String> {
    let (real, ours) = (content(real), content(ours));
    for (db, key) in real.keys().chain(ours.keys()) {
        let at = (*db, key.clone());
        let same = match (real.get(&at), ours.get(&at)) {
            (Some(real), Some(ours)) => {
                real.kind == ours.kind
                    && real.encoding == ours.encoding
                    && compare::same(&real.expires, &ours.expires, Tolerance::Near(2000))
                    && compare::same(&real.value, &ours.value, order(&real.kind))
            }
            _ => false,
        };
        if !same {
            let show = |held: Option<&Held>| {
                held.map_or("nothing".to_owned(), |it| {
                    let parts = [&it.kind, &it.encoding, &it.expires, &it.value];
                    parts.map(|it| it.escape_ascii().to_string()).join(" ")
                })
            };
            return Some(format!(
                "in the end database {db} holds at {}\n  redis: {}\n  ours:  {}",
                key.escape_ascii(),
                show(real.get(&at)),
                show(ours.get(&at))
            ));
        }
    }
    None
}

fn order(kind: &[u8]) -> Tolerance {
    match kind {
        b"+set\r\n" | b"+hash\r\n" => Tolerance::Unordered,
        // When consumers were seen and entries delivered is in it.
        b"+stream\r\n" => Tolerance::Near(60_000),
        _ => Tolerance::Exact,
    }
}
