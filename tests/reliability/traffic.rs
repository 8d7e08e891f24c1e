//! What pottery sends, as the server sees it: S8.

use std::collections::HashSet;
use std::path::Path;

use pottery::{RedisModel, Store};
use pottery_test_support::{Monitor, Raw, Reply, Server};

use crate::objects::Thing;
use crate::operations::{Ground, operations};
use crate::way::{Run, WAYS};

/// Who asks for all of a collection may have all of it at once.
const WHOLE: &[&str] = &[
    "handle.load",
    "RedisModel::load",
    "RedisModel::load_many",
    "handle.load of other kinds",
    "handle.update of other kinds",
    "all",
    "handle.update",
    "handle.try_update",
    "list.to_vec",
    "list.content_eq",
    "list.sort",
    "list.sort_desc",
    "list.sort_by",
    "list.sort_by_key",
    "unique_list.to_vec",
    "queue.to_vec",
    "stack.to_vec",
    "multi_set.collect",
    "multi_set.content_eq",
    "multi_set.difference",
    "multi_set.elements",
    "multi_set.intersection",
    "multi_set.most_common",
    "multi_set.negative",
    "multi_set.positive",
    "multi_set.sum",
    "multi_set.to_map",
    "multi_set.total",
    "multi_set.union",
    "list.retain",
    "list.slice",
    "deque.to_vec",
    "deque.to_deque",
    "deque.content_eq",
    "map.collect",
    "map.to_map",
    "map.keys",
    "map.values",
    "map.content_eq",
    "map.drain",
    "set.collect",
    "set.to_set",
    "set.content_eq",
    "set.drain",
    "set.union",
    "set.symmetric_difference",
];

/// The scripts of the source tree, as they are sent, and their digests as the server makes them.
fn scripts(server: &Server) -> (HashSet<String>, HashSet<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("pottery-core/src/scripts");
    let (mut texts, mut digests) = (HashSet::new(), HashSet::new());
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
        let text = lines.collect::<Vec<_>>().join("\n");
        digests.insert(server.cli(&["SCRIPT", "LOAD", &text]).text());
        texts.insert(text);
    }
    assert!(texts.len() > 5, "the scripts have moved");
    (texts, digests)
}

/// What is wrong with a command, if anything.
fn offence(op: &str, args: &[String], by_script: bool) -> Option<&'static str> {
    let name = args[0].to_ascii_uppercase();
    let whole = match name.as_str() {
        "KEYS" | "FLUSHALL" | "FLUSHDB" | "RANDOMKEY" => return Some("never sent"),
        "SCRIPT" => return Some("nothing is said about scripts but in calls of them"),
        "DEL" => return Some("large collections are removed by UNLINK"),
        "SMEMBERS" | "HGETALL" | "HKEYS" | "HVALS" => true,
        "LRANGE" => args[2] == "0" && args[3] == "-1",
        _ => false,
    };
    (whole && !by_script && !WHOLE.contains(&op)).then_some("all of a collection, and nobody asked for it")
}

/// The keys of a command, by the server's own account.
fn keys(raw: &mut Raw, args: &[String]) -> Vec<String> {
    if args[0].eq_ignore_ascii_case("SCAN") {
        let pattern =
            args.iter().position(|arg| arg.eq_ignore_ascii_case("MATCH")).map(|at| args[at + 1].clone());
        return vec![pattern.unwrap_or_default()];
    }
    let command: Vec<&str> =
        ["COMMAND", "GETKEYS"].into_iter().chain(args.iter().map(String::as_str)).collect();
    match raw.command(&command) {
        Reply::Array(keys) => keys.iter().map(Reply::text).collect(),
        // it has none
        _ => Vec::new(),
    }
}

#[test]
fn nothing_is_sent_that_holds_up_a_server_or_leaves_the_namespace() {
    const NAMESPACE: &str = "traffic";
    let (server, beside) = (Server::start(), Server::start());
    let (texts, digests) = scripts(&beside);
    let store = Store::open(&server.url()).unwrap().namespace(NAMESPACE);
    let monitor = Monitor::start(&server);
    let mut marker = server.raw();
    for way in WAYS.iter().copied() {
        let ground = Ground::new(&store, "1");
        for op in operations() {
            marker.command(&["PING", "empty"]);
            marker.command(&["FLUSHALL"]);
            marker.command(&["PING", "fill"]);
            ground.fill(&op, way);
            marker.command(&["PING", op.name]);
            // some say no, because there is something already
            let _ = (op.run)(&ground, way);
        }
        ground.thing().save(&store).run(way).unwrap();
        marker.command(&["PING", "ids"]);
        assert_eq!(Thing::ids(&store).run(way).unwrap().len(), 1);
        marker.command(&["PING", "all"]);
        Thing::all(&store).run(way).unwrap();
        marker.command(&["PING", "watch"]);
        let attempt = store.watch(&*ground.at()).begin().run(way).unwrap();
        attempt.commit(ground.at().tags().push("x")).run(way).unwrap().unwrap();
        store.watch(ground.at().title()).begin().run(way).unwrap().abandon().run(way).unwrap();
    }
    let entries = monitor.finish_entries();
    let (mut op, mut problems, mut seen, mut keyed, mut calls) = (String::new(), Vec::new(), 0, 0, 0);
    let mut beside = beside.raw();
    for entry in &entries {
        let args = &entry.args;
        if args[0].eq_ignore_ascii_case("PING") {
            op = args.get(1).cloned().unwrap_or(op);
            continue;
        }
        if op == "empty" {
            continue;
        }
        seen += 1;
        let shown: String = format!("{op}: {args:?}").chars().take(200).collect();
        if let Some(offence) = offence(&op, args, entry.client.is_none()) {
            problems.push(format!("{shown}: {offence}"));
        }
        let known = match args[0].to_ascii_uppercase().as_str() {
            "EVAL" => texts.contains(&args[1]),
            "EVALSHA" => digests.contains(&args[1]),
            name => {
                calls += usize::from(name == "MULTI");
                true
            }
        };
        if !known {
            problems.push(format!("{shown}: no script of the source tree"));
        }
        if entry.client.is_some() {
            for key in keys(&mut beside, args) {
                keyed += 1;
                if !key.starts_with(&format!("{NAMESPACE}:")) {
                    problems.push(format!("{shown}: the key {key} is outside of the namespace"));
                }
            }
        }
    }
    println!("{seen} commands, {keyed} keys, {calls} transactions");
    assert!(seen > 1000 && keyed > 1000, "nothing was seen: {seen}, {keyed}");
    problems.sort();
    problems.dedup();
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
