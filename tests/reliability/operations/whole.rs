//! The table against the sources: an operation that is in no row is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[cfg(feature = "embedded")]
use pottery::{ErrorKind, Store};

use super::operations;
#[cfg(feature = "embedded")]
use super::{Class, Ground};
#[cfg(feature = "embedded")]
use crate::way::WAYS;

/// Where public operations are made.
const SOURCES: [&str; 2] = ["pottery-core/src/collections", "pottery-core/src/model/handle.rs"];

/// What is in no row, and why.
const EXCEPTIONS: [(&str, &str); 4] = [
    ("topic.subscribe", "listens for longer than an answer takes: tests/topics"),
    ("topics.subscribe", "listens for longer than an answer takes: tests/topics"),
    ("subscription.unsubscribe", "ends what listens: tests/topics"),
    ("events.unsubscribe", "ends what listens: tests/topics"),
];

fn files(path: &Path, into: &mut Vec<PathBuf>) {
    if path.is_file() {
        return into.push(path.to_owned());
    }
    for entry in std::fs::read_dir(path).expect("a folder of sources") {
        files(&entry.expect("an entry").path(), into);
    }
}

/// `MultiSet` as rows call it: `multi_set`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// The type of `impl<T: Storable, C: Codec> List<T, C> {`; nothing if it implements a trait.
fn implementing(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("impl")?;
    let mut depth = 0;
    let end = rest.char_indices().find(|(_, letter)| {
        depth += i32::from(*letter == '<') - i32::from(*letter == '>');
        depth == 0 && *letter == ' '
    })?;
    let rest = &rest[end.0 + 1..];
    let name = rest.split(|letter: char| !letter.is_alphanumeric()).next()?;
    (!name.is_empty() && !rest.contains(" for ")).then_some(name)
}

/// The public operations of a source file, as `type.method`.
fn declared(source: &str) -> Vec<String> {
    let (mut found, mut owner) = (Vec::new(), String::new());
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("impl") {
            owner = implementing(line).map(snake).unwrap_or_default();
        }
        let Some(rest) = line.strip_prefix("    pub fn ") else { continue };
        let mut signature = rest.to_owned();
        while !signature.contains('{') {
            signature.push_str(lines.next().expect("a body"));
        }
        let name: String =
            rest.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
        // what is given to it may return something too: the last arrow is its own, or the one of a bound behind it
        let answer =
            signature.split(" where").next().unwrap_or_default().rsplit("-> ").next().unwrap_or_default();
        let answer = answer.trim_start();
        if ["Command<", "Operation<", "Iter<"].iter().any(|kind| answer.starts_with(kind)) {
            found.push(format!("{owner}.{name}"));
        }
    }
    found
}

#[test]
fn every_public_operation_is_in_the_table() {
    let mut paths = Vec::new();
    for source in SOURCES {
        files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(source), &mut paths);
    }
    let declared: BTreeSet<String> = paths
        .iter()
        .flat_map(|path| declared(&std::fs::read_to_string(path).expect("a source file")))
        .collect();
    assert!(declared.len() > 400, "the sources have moved, or are written in another way: {declared:?}");
    // behind the name a row may say what is special
    let rows: BTreeSet<&str> =
        operations().iter().map(|op| op.name.split(' ').next().unwrap_or_default()).collect();
    let excepted: BTreeSet<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    let missing: Vec<_> =
        declared.iter().filter(|name| !rows.contains(&***name) && !excepted.contains(&***name)).collect();
    assert!(missing.is_empty(), "neither in the table nor an exception: {missing:#?}");
    let stale: Vec<_> = EXCEPTIONS.iter().filter(|(name, _)| !declared.contains(*name)).collect();
    assert!(stale.is_empty(), "exceptions of what is no longer there: {stale:?}");
    let unknown: Vec<_> = rows
        .iter()
        .filter(|row| row.contains('.') && !row.starts_with("handle.") && !declared.contains(**row))
        .collect();
    assert!(unknown.is_empty(), "rows of no operation: {unknown:?}");
}

#[test]
fn no_two_rows_have_one_name() {
    let mut names = BTreeSet::new();
    for op in operations() {
        assert!(names.insert(op.name), "{} is there twice", op.name);
    }
}

#[test]
fn operations_are_found_in_sources_however_they_are_written() {
    let source = "\
impl<T: Storable, C: Codec> MultiSet<T, C> {
    pub fn plain(&self) -> Command<()> {
    }
    pub fn long<R, F: Fn() -> Vec<R>>(
        &self,
        with: F,
    ) -> Operation<'static, R>
    where
        R: Send,
    {
    }
    pub fn other(&self) -> Vec<Command<()>> {
    }
    fn hidden(&self) -> Command<()> {
    }
}
impl<T> Iterator for Events<T> {
    pub fn stray(&self) -> Vec<()> {
    }
}
impl Bits {
    pub fn iter(&self) -> Iter<u64> {
    }
}
";
    assert_eq!(declared(source), ["multi_set.plain", "multi_set.long", "bits.iter"]);
}

/// The rows are for any server, and so for our own.
#[cfg(feature = "embedded")]
#[test]
fn the_embedded_server_can_do_whatever_is_in_the_table() {
    let store = Store::open("embedded:").expect("a server in this process");
    let mut problems = Vec::new();
    for way in WAYS.iter().copied() {
        for (row, op) in operations().into_iter().enumerate() {
            let ground = Ground::new(&store.namespace(&format!("{way:?}-{row}")), "1");
            if op.class != Class::Create {
                ground.fill(&op, way);
            }
            if let Err(error) = (op.run)(&ground, way) {
                // as Redis 7.0, after which it is made
                if op.is_of_an_entry() && error.kind() == ErrorKind::Unsupported {
                    continue;
                }
                problems.push(format!("{way:?} {}: {error}", op.name));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
}
