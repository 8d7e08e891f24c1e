//! What is compared.

mod batches;
mod calls;
mod collections;
mod extend;
mod numbers;
mod object;
mod ordered;
mod others;
mod queues;
mod tasks;
mod topics;

use crate::comparison::Comparison;
use crate::context::Context;

/// Makes a command of words, each time anew.
fn by_hand(words: &str) -> impl Fn() -> redis::Cmd + Clone + 'static {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    move || {
        let mut command = redis::Cmd::new();
        words.iter().for_each(|word| _ = command.arg(word));
        command
    }
}

/// Sets up the keys and the connections of a group.
type Group = fn(&Context) -> Vec<Comparison>;

/// Name, description, comparisons.
pub(crate) const ALL: &[(&str, &str, Group)] = &[
    ("calls", "one call", calls::group),
    ("batches", "one round trip of 100 commands", batches::group),
    ("extend", "10,000 integers appended to a list", extend::group),
    ("collections", "whole collections", collections::group),
    ("numbers", "numbers, strings and what is kept in them", numbers::group),
    ("object", "10 scalars, a list of 100, a hash of 50 and a set of 50", object::group),
    ("ordered", "sorted sets", ordered::group),
    ("others", "streams, places, keys, flags and limits", others::group),
    ("queues", "queues and counts", queues::group),
    ("tasks", "256 tasks on one store; figures per call", tasks::group),
    ("topics", "messages and memos; figures per message", topics::group),
];
