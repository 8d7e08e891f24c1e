//! The commands, one file for each family.

pub(crate) mod admin;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod expire;
pub(crate) mod introspection;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod options;
pub(crate) mod pubsub;
pub(crate) mod scan;
pub(crate) mod server;
pub(crate) mod strings;
pub(crate) mod transactions;

use crate::engine::command::Spec;

/// All families; the table is made of them.
pub(crate) const FAMILIES: &[&[Spec]] = &[
    admin::COMMANDS,
    client::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    expire::COMMANDS,
    introspection::COMMANDS,
    keys::COMMANDS,
    lists::COMMANDS,
    pubsub::COMMANDS,
    server::COMMANDS,
    strings::COMMANDS,
    transactions::COMMANDS,
];
