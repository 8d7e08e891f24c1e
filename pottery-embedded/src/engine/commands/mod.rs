//! The commands, one file for each family.

pub(crate) mod acl;
pub(crate) mod admin;
pub(crate) mod bitmaps;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod config;
pub(crate) mod connection;
pub(crate) mod diagnostics;
pub(crate) mod expire;
pub(crate) mod geo;
pub(crate) mod hashes;
pub(crate) mod hyperloglogs;
pub(crate) mod info;
pub(crate) mod introspection;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod memory;
pub(crate) mod options;
pub(crate) mod persistence;
pub(crate) mod pubsub;
pub(crate) mod random;
pub(crate) mod scan;
pub(crate) mod scripting;
pub(crate) mod server;
pub(crate) mod sets;
pub(crate) mod sort;
pub(crate) mod streams;
pub(crate) mod strings;
pub(crate) mod transactions;
pub(crate) mod zsets;

use crate::engine::command::Spec;

/// All families; the table is made of them.
pub(crate) const FAMILIES: &[&[Spec]] = &[
    acl::COMMANDS,
    admin::COMMANDS,
    client::COMMANDS,
    cluster::COMMANDS,
    config::COMMANDS,
    diagnostics::COMMANDS,
    info::COMMANDS,
    bitmaps::COMMANDS,
    connection::COMMANDS,
    expire::COMMANDS,
    geo::COMMANDS,
    hashes::COMMANDS,
    hyperloglogs::COMMANDS,
    introspection::COMMANDS,
    keys::COMMANDS,
    lists::COMMANDS,
    pubsub::COMMANDS,
    memory::COMMANDS,
    persistence::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    sets::COMMANDS,
    sort::COMMANDS,
    streams::COMMANDS,
    strings::COMMANDS,
    transactions::COMMANDS,
    zsets::COMMANDS,
];
