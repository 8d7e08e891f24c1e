//! What is compared.

mod batches;
mod calls;
mod collections;
mod tasks;

use crate::comparison::Comparison;
use crate::context::Context;

/// Sets up the keys and the connections of a group.
type Group = fn(&Context) -> Vec<Comparison>;

/// Name, description, comparisons.
pub(crate) const ALL: &[(&str, &str, Group)] = &[
    ("calls", "one call", calls::group),
    ("batches", "one round trip of 100 commands", batches::group),
    ("collections", "whole collections", collections::group),
    ("tasks", "256 tasks on one store; figures per call", tasks::group),
];
