//! The table of commands: what each is called, takes and does. Everything said about commands is derived from it.
//!
//! A family declares its commands as [`Spec`]s, in constants; the table makes [`Command`]s of them when it is first used.

use std::fmt;
use std::sync::OnceLock;

use hashbrown::HashTable;

use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{FindKeys, KeySpec, places};

/// Runs a command. `args[0]` is its name; the number of arguments has been checked. It writes one reply (or blocks the
/// client), or returns an error, which becomes the reply.
pub(crate) type Handler = fn(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error>;

/// What `COMMAND INFO` calls flags.
pub(crate) mod flag {
    /// Their names by bit, in the order in which Redis lists them.
    pub(crate) const NAMES: [&str; 18] = [
        "write",
        "readonly",
        "denyoom",
        "admin",
        "pubsub",
        "noscript",
        "blocking",
        "loading",
        "stale",
        "skip_monitor",
        "skip_slowlog",
        "asking",
        "fast",
        "no_auth",
        "no_mandatory_keys",
        "no_async_loading",
        "no_multi",
        "allow_busy",
    ];
    pub(crate) const WRITE: u32 = 1 << 0;
    pub(crate) const READONLY: u32 = 1 << 1;
    pub(crate) const DENYOOM: u32 = 1 << 2;
    pub(crate) const ADMIN: u32 = 1 << 3;
    pub(crate) const PUBSUB: u32 = 1 << 4;
    pub(crate) const NOSCRIPT: u32 = 1 << 5;
    pub(crate) const BLOCKING: u32 = 1 << 6;
    pub(crate) const LOADING: u32 = 1 << 7;
    pub(crate) const STALE: u32 = 1 << 8;
    pub(crate) const SKIP_MONITOR: u32 = 1 << 9;
    pub(crate) const SKIP_SLOWLOG: u32 = 1 << 10;
    pub(crate) const FAST: u32 = 1 << 12;
    pub(crate) const NO_AUTH: u32 = 1 << 13;
    pub(crate) const NO_MANDATORY_KEYS: u32 = 1 << 14;
    pub(crate) const NO_ASYNC_LOADING: u32 = 1 << 15;
    pub(crate) const NO_MULTI: u32 = 1 << 16;
    pub(crate) const ALLOW_BUSY: u32 = 1 << 17;
    /// Not shown to clients: runs at once although a transaction is open.
    pub(crate) const IN_MULTI: u32 = 1 << 30;
    /// Not shown to clients: may be sent by a RESP2 client that has subscribed to something.
    pub(crate) const IN_SUBSCRIPTION: u32 = 1 << 31;
}

/// The categories of `ACL CAT`.
pub(crate) mod acl {
    /// Their names by bit, in the order in which Redis lists them.
    pub(crate) const NAMES: [&str; 21] = [
        "keyspace",
        "read",
        "write",
        "set",
        "sortedset",
        "list",
        "hash",
        "string",
        "bitmap",
        "hyperloglog",
        "geo",
        "stream",
        "pubsub",
        "admin",
        "fast",
        "slow",
        "blocking",
        "dangerous",
        "connection",
        "transaction",
        "scripting",
    ];
    pub(crate) const KEYSPACE: u32 = 1 << 0;
    pub(crate) const READ: u32 = 1 << 1;
    pub(crate) const WRITE: u32 = 1 << 2;
    pub(crate) const SET: u32 = 1 << 3;
    pub(crate) const SORTEDSET: u32 = 1 << 4;
    pub(crate) const LIST: u32 = 1 << 5;
    pub(crate) const HASH: u32 = 1 << 6;
    pub(crate) const STRING: u32 = 1 << 7;
    pub(crate) const BITMAP: u32 = 1 << 8;
    pub(crate) const HYPERLOGLOG: u32 = 1 << 9;
    pub(crate) const GEO: u32 = 1 << 10;
    pub(crate) const STREAM: u32 = 1 << 11;
    pub(crate) const PUBSUB: u32 = 1 << 12;
    pub(crate) const ADMIN: u32 = 1 << 13;
    pub(crate) const FAST: u32 = 1 << 14;
    pub(crate) const SLOW: u32 = 1 << 15;
    pub(crate) const BLOCKING: u32 = 1 << 16;
    pub(crate) const DANGEROUS: u32 = 1 << 17;
    pub(crate) const CONNECTION: u32 = 1 << 18;
    pub(crate) const TRANSACTION: u32 = 1 << 19;
    pub(crate) const SCRIPTING: u32 = 1 << 20;
}

/// What a command is about, as Redis groups its documentation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    Generic,
    String,
    List,
    Set,
    SortedSet,
    Hash,
    Pubsub,
    Transactions,
    Connection,
    Server,
    Scripting,
    Hyperloglog,
    Bitmap,
    Geo,
    Stream,
    Cluster,
}

impl Group {
    /// As `COMMAND DOCS` calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Group::Generic => "generic",
            Group::String => "string",
            Group::List => "list",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Hash => "hash",
            Group::Pubsub => "pubsub",
            Group::Transactions => "transactions",
            Group::Connection => "connection",
            Group::Server => "server",
            Group::Scripting => "scripting",
            Group::Hyperloglog => "hyperloglog",
            Group::Bitmap => "bitmap",
            Group::Geo => "geo",
            Group::Stream => "stream",
            Group::Cluster => "cluster",
        }
    }

    /// The category that its commands are in, unless they say otherwise.
    fn acl(self) -> u32 {
        match self {
            Group::Generic => acl::KEYSPACE,
            Group::String => acl::STRING,
            Group::List => acl::LIST,
            Group::Set => acl::SET,
            Group::SortedSet => acl::SORTEDSET,
            Group::Hash => acl::HASH,
            Group::Pubsub => acl::PUBSUB,
            Group::Transactions => acl::TRANSACTION,
            Group::Connection => acl::CONNECTION,
            Group::Server | Group::Cluster => 0,
            Group::Scripting => acl::SCRIPTING,
            Group::Hyperloglog => acl::HYPERLOGLOG,
            Group::Bitmap => acl::BITMAP,
            Group::Geo => acl::GEO,
            Group::Stream => acl::STREAM,
        }
    }
}

/// A command as its family declares it.
#[derive(Debug)]
pub(crate) struct Spec {
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    group: Group,
    since: &'static str,
    summary: &'static str,
    keys: &'static [KeySpec],
    find_keys: Option<FindKeys>,
    acl: Option<u32>,
    tips: &'static [&'static str],
    subcommands: &'static [Spec],
}

impl Spec {
    /// A command. `arity` counts the name; a negative one is a minimum. `since` is the version of Redis that had it first.
    pub(crate) const fn new(
        name: &'static str,
        handler: Handler,
        arity: i32,
        flags: u32,
        group: Group,
        since: &'static str,
        summary: &'static str,
    ) -> Spec {
        Spec {
            name,
            handler,
            arity,
            flags,
            group,
            since,
            summary,
            keys: &[],
            find_keys: None,
            acl: None,
            tips: &[],
            subcommands: &[],
        }
    }

    /// Which arguments are keys.
    pub(crate) const fn keys(mut self, keys: &'static [KeySpec]) -> Spec {
        self.keys = keys;
        self
    }

    /// Finds the keys of a request where `keys` can't tell all about them.
    pub(crate) const fn find_keys(mut self, find: FindKeys) -> Spec {
        self.find_keys = Some(find);
        self
    }

    /// Categories in place of the group's; those that follow from flags come in addition.
    pub(crate) const fn acl(mut self, categories: u32) -> Spec {
        self.acl = Some(categories);
        self
    }

    /// Hints for clients and proxies.
    pub(crate) const fn tips(mut self, tips: &'static [&'static str]) -> Spec {
        self.tips = tips;
        self
    }

    /// The second words that it understands.
    pub(crate) const fn subcommands(mut self, subcommands: &'static [Spec]) -> Spec {
        self.subcommands = subcommands;
        self
    }
}

/// For a command that does nothing without its second word; the arity lets nobody get here.
pub(crate) fn container(_: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    Err(Error::SYNTAX)
}

/// A command of the table.
pub(crate) struct Command {
    /// Its number, below [`Table::count`].
    pub(crate) id: usize,
    /// In lower case; a subcommand's has that of its parent before it, as in `config|get`.
    pub(crate) name: String,
    pub(crate) handler: Handler,
    pub(crate) arity: i32,
    pub(crate) flags: u32,
    pub(crate) group: Group,
    pub(crate) since: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) keys: &'static [KeySpec],
    find_keys: Option<FindKeys>,
    /// The categories, those that follow from flags included.
    pub(crate) acl: u32,
    pub(crate) tips: &'static [&'static str],
    /// In alphabetical order.
    pub(crate) subcommands: Vec<Command>,
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Command {
    fn new(spec: &Spec, parent: Option<&str>, next: &mut usize) -> Command {
        let id = std::mem::replace(next, *next + 1);
        let name = match parent {
            Some(parent) => format!("{parent}|{}", spec.name),
            None => spec.name.to_owned(),
        };
        let mut subcommands: Vec<Command> =
            spec.subcommands.iter().map(|it| Command::new(it, Some(&name), next)).collect();
        subcommands.sort_by(|a, b| a.name.cmp(&b.name));
        Command {
            id,
            handler: spec.handler,
            arity: spec.arity,
            flags: spec.flags,
            group: spec.group,
            since: spec.since,
            summary: spec.summary,
            keys: spec.keys,
            find_keys: spec.find_keys,
            acl: categories(spec),
            tips: spec.tips,
            subcommands,
            name,
        }
    }

    pub(crate) fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    /// Whether any of its arguments can be a key.
    pub(crate) fn has_keys(&self) -> bool {
        !self.keys.is_empty() || self.find_keys.is_some()
    }

    /// The places of all keys of a request, each with its flags; `None` when the request makes no sense.
    pub(crate) fn keys_of(&self, args: &[&[u8]]) -> Option<Vec<(usize, u32)>> {
        match self.find_keys {
            Some(find) => find(args),
            None => places(self.keys, args),
        }
    }

    /// The name without that of the parent.
    pub(crate) fn own_name(&self) -> &str {
        self.name.split_once('|').map_or(&self.name, |(_, own)| own)
    }

    /// Whether `count` arguments, the name among them, can be right.
    pub(crate) fn takes(&self, count: usize) -> bool {
        let expected = self.arity.unsigned_abs() as usize;
        if self.arity < 0 { count >= expected } else { count == expected }
    }
}

fn categories(spec: &Spec) -> u32 {
    let mut all = spec.acl.unwrap_or(spec.group.acl());
    let implied = [
        (flag::WRITE, acl::WRITE),
        (flag::ADMIN, acl::ADMIN | acl::DANGEROUS),
        (flag::PUBSUB, acl::PUBSUB),
        (flag::FAST, acl::FAST),
        (flag::BLOCKING, acl::BLOCKING),
    ];
    for (flag, category) in implied {
        if spec.flags & flag != 0 {
            all |= category;
        }
    }
    if spec.flags & flag::READONLY != 0 && spec.group != Group::Scripting {
        all |= acl::READ;
    }
    if all & acl::FAST == 0 {
        all |= acl::SLOW;
    }
    all
}

/// All commands.
#[derive(Debug)]
pub(crate) struct Table {
    /// In alphabetical order.
    commands: Vec<Command>,
    count: usize,
    by_name: HashTable<usize>,
}

/// The table.
pub(crate) fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let families = crate::engine::commands::FAMILIES;
        let mut count = 0;
        let mut commands: Vec<Command> =
            families.iter().copied().flatten().map(|spec| Command::new(spec, None, &mut count)).collect();
        commands.sort_by(|a, b| a.name.cmp(&b.name));
        let mut by_name = HashTable::new();
        for (index, command) in commands.iter().enumerate() {
            by_name.insert_unique(fold(command.name.as_bytes()), index, |index| {
                fold(commands[*index].name.as_bytes())
            });
        }
        Table { commands, count, by_name }
    })
}

/// A hash that doesn't know upper case from lower case. Names come from us, so nobody can make them collide.
fn fold(name: &[u8]) -> u64 {
    let hash = name.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    });
    hash ^ (hash >> 32)
}

impl Table {
    /// The commands in alphabetical order, without subcommands.
    pub(crate) fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// How many commands there are, subcommands included.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// A command by its first word.
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Command> {
        let found = self
            .by_name
            .find(fold(name), |index| self.commands[*index].name.as_bytes().eq_ignore_ascii_case(name));
        found.map(|index| &self.commands[*index])
    }

    /// A command by its name in either form: `get`, `config|get`.
    pub(crate) fn get_full(&self, name: &[u8]) -> Option<&Command> {
        match name.iter().position(|byte| *byte == b'|') {
            Some(bar) => subcommand(self.get(&name[..bar])?, &name[bar + 1..]),
            None => self.get(name),
        }
    }

    /// The command that a request asks for.
    ///
    /// # Errors
    /// When there is none, or it takes another number of arguments.
    pub(crate) fn lookup(&self, args: &[&[u8]]) -> Result<&Command, Error> {
        let Some(command) = self.find(args) else {
            return Err(if self.get(args[0]).is_some() { unknown_subcommand(args) } else { unknown(args) });
        };
        if command.takes(args.len()) { Ok(command) } else { Err(Error::arity(&command.name)) }
    }

    /// The command that a request asks for, whether or not it takes so many arguments.
    pub(crate) fn find(&self, args: &[&[u8]]) -> Option<&Command> {
        let command = self.get(args[0])?;
        match args.get(1) {
            Some(second) if !command.subcommands.is_empty() => subcommand(command, second),
            _ => Some(command),
        }
    }
}

fn subcommand<'a>(command: &'a Command, name: &[u8]) -> Option<&'a Command> {
    command.subcommands.iter().find(|it| it.own_name().as_bytes().eq_ignore_ascii_case(name))
}

/// As C prints it: up to a zero byte, and no more than `limit` bytes.
pub(crate) fn cut(text: &[u8], limit: usize) -> &[u8] {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    &text[..text.len().min(limit)]
}

fn unknown(args: &[&[u8]]) -> Error {
    let mut list = Vec::new();
    for arg in &args[1..] {
        if list.len() >= 128 {
            break;
        }
        let limit = 128 - list.len();
        list.extend_from_slice(b"'");
        list.extend_from_slice(cut(arg, limit));
        list.extend_from_slice(b"' ");
    }
    let name = cut(args[0], 128);
    Error::bytes([b"ERR unknown command '", name, b"', with args beginning with: ", &list].concat())
}

fn unknown_subcommand(args: &[&[u8]]) -> Error {
    let name = args[0].to_ascii_uppercase();
    Error::bytes([b"ERR unknown subcommand '", cut(args[1], 128), b"'. Try ", &name, b" HELP."].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_have_one_name() {
        for pair in table().commands().windows(2) {
            assert_ne!(pair[0].name, pair[1].name);
        }
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(table().get(b"gEt").map(|it| it.name.as_str()), Some("get"));
        assert_eq!(table().get_full(b"COMMAND|Count").map(|it| it.name.as_str()), Some("command|count"));
        assert!(table().get(b"gett").is_none());
    }

    #[test]
    fn every_command_is_well_described() {
        for command in table().commands() {
            assert!(command.arity != 0, "{command:?}");
            assert!(!command.summary.is_empty() && !command.since.is_empty(), "{command:?}");
            assert_eq!(command.name, command.name.to_ascii_lowercase());
            let writes = command.has(flag::WRITE);
            assert!(!(writes && command.has(flag::READONLY)), "{command:?}");
        }
    }
}
