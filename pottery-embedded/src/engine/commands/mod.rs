//! The commands, one file for each family.

pub(crate) mod connection;
pub(crate) mod expire;
pub(crate) mod introspection;
pub(crate) mod keys;
pub(crate) mod lists;
pub(crate) mod options;
pub(crate) mod scan;
pub(crate) mod scripting;
pub(crate) mod server;
pub(crate) mod strings;
pub(crate) mod transactions;

use crate::engine::command::Spec;

/// All families; the table is made of them.
pub(crate) const FAMILIES: &[&[Spec]] = &[
    connection::COMMANDS,
    expire::COMMANDS,
    introspection::COMMANDS,
    keys::COMMANDS,
    lists::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    strings::COMMANDS,
    transactions::COMMANDS,
];
