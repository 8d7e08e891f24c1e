//! The commands, one file for each family.

pub(crate) mod connection;
pub(crate) mod expire;
pub(crate) mod geo;
pub(crate) mod introspection;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod options;
pub(crate) mod scan;
pub(crate) mod server;
pub(crate) mod streams;
pub(crate) mod strings;
pub(crate) mod transactions;
pub(crate) mod zsets;

use crate::engine::command::Spec;

/// All families; the table is made of them.
pub(crate) const FAMILIES: &[&[Spec]] = &[
    connection::COMMANDS,
    expire::COMMANDS,
    introspection::COMMANDS,
    geo::COMMANDS,
    keys::COMMANDS,
    lists::COMMANDS,
    server::COMMANDS,
    streams::COMMANDS,
    strings::COMMANDS,
    transactions::COMMANDS,
    zsets::COMMANDS,
];
