//! Streams and their consumer groups.

mod add;
mod claim;
mod group;
mod info;
mod pending;
mod range;
mod read;
#[cfg(test)]
mod tests;

use crate::engine::args::Owned;
use crate::engine::command::{Group, Handler, Spec, container, cut, flag};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::keyspec::{Begin, Find, KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::resp::Out;
use crate::engine::stream::{Id, Pending, Stream};

use add::{xadd, xdel, xlen, xsetid, xtrim};
use claim::{xack, xautoclaim, xclaim};
use group::{
    xgroup_create, xgroup_createconsumer, xgroup_delconsumer, xgroup_destroy, xgroup_help, xgroup_setid,
};
use info::{xinfo_consumers, xinfo_groups, xinfo_help, xinfo_stream};
use pending::xpending;
use range::{xrange, xrevrange};
use read::{xread, xreadgroup};

const READ: &[KeySpec] = &[KeySpec::first(key::RO | key::ACCESS)];
const UPDATE: &[KeySpec] = &[KeySpec::first(key::RW | key::UPDATE)];
const DELETE: &[KeySpec] = &[KeySpec::first(key::RW | key::DELETE)];
const SECOND_INSERT: &[KeySpec] = &[KeySpec::range(2, 0, 1, key::RW | key::INSERT)];
const SECOND_DELETE: &[KeySpec] = &[KeySpec::range(2, 0, 1, key::RW | key::DELETE)];
const SECOND_READ: &[KeySpec] = &[KeySpec::range(2, 0, 1, key::RO | key::ACCESS)];
const BY_CHANCE: &[&str] = &["nondeterministic_output"];

const fn spec(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Stream, since, summary)
}

#[rustfmt::skip]
pub(crate) const COMMANDS: &[Spec] = &[
    spec("xack", xack, -4, flag::WRITE | flag::FAST, "5.0.0",
        "Marks a pending message as correctly processed, effectively removing it from the pending entries list of the \
         consumer group. Return value of the command is the number of messages successfully acknowledged, that is, the \
         IDs we were actually able to resolve in the PEL.").keys(UPDATE),
    spec("xadd", xadd, -5, flag::WRITE | flag::DENYOOM | flag::FAST, "5.0.0", "Appends a new entry to a stream")
        .keys(&[KeySpec::first(key::RW | key::UPDATE)
            .note("UPDATE instead of INSERT because of the optional trimming feature")])
        .tips(BY_CHANCE),
    spec("xautoclaim", xautoclaim, -6, flag::WRITE | flag::FAST, "6.2.0",
        "Changes (or acquires) ownership of messages in a consumer group, as if the messages were delivered to the \
         specified consumer.").keys(DELETE).tips(BY_CHANCE),
    spec("xclaim", xclaim, -6, flag::WRITE | flag::FAST, "5.0.0",
        "Changes (or acquires) ownership of a message in a consumer group, as if the message was delivered to the \
         specified consumer.").keys(UPDATE).tips(BY_CHANCE),
    spec("xdel", xdel, -3, flag::WRITE | flag::FAST, "5.0.0",
        "Removes the specified entries from the stream. Returns the number of items actually deleted, that may be \
         different from the number of IDs passed in case certain IDs do not exist.").keys(DELETE),
    spec("xgroup", container, -2, 0, "5.0.0", "A container for consumer groups commands").acl(0).subcommands(&[
        spec("create", xgroup_create, -5, flag::WRITE | flag::DENYOOM, "5.0.0", "Create a consumer group.")
            .keys(SECOND_INSERT),
        spec("createconsumer", xgroup_createconsumer, 5, flag::WRITE | flag::DENYOOM, "6.2.0",
            "Create a consumer in a consumer group.").keys(SECOND_INSERT),
        spec("delconsumer", xgroup_delconsumer, 5, flag::WRITE, "5.0.0", "Delete a consumer from a consumer group.")
            .keys(SECOND_DELETE),
        spec("destroy", xgroup_destroy, 4, flag::WRITE, "5.0.0", "Destroy a consumer group.").keys(SECOND_DELETE),
        spec("help", xgroup_help, 2, flag::LOADING | flag::STALE, "5.0.0",
            "Show helpful text about the different subcommands"),
        spec("setid", xgroup_setid, -5, flag::WRITE, "5.0.0",
            "Set a consumer group to an arbitrary last delivered ID value.")
            .keys(&[KeySpec::range(2, 0, 1, key::RW | key::UPDATE)]),
    ]),
    spec("xinfo", container, -2, 0, "5.0.0", "A container for stream introspection commands").acl(0).subcommands(&[
        spec("consumers", xinfo_consumers, 4, flag::READONLY, "5.0.0", "List the consumers in a consumer group")
            .keys(SECOND_READ).tips(BY_CHANCE),
        spec("groups", xinfo_groups, 3, flag::READONLY, "5.0.0", "List the consumer groups of a stream")
            .keys(SECOND_READ),
        spec("help", xinfo_help, 2, flag::LOADING | flag::STALE, "5.0.0",
            "Show helpful text about the different subcommands"),
        spec("stream", xinfo_stream, -3, flag::READONLY, "5.0.0", "Get information about a stream")
            .keys(SECOND_READ),
    ]),
    spec("xlen", xlen, 2, flag::READONLY | flag::FAST, "5.0.0", "Return the number of entries in a stream")
        .keys(&[KeySpec::first(key::RO)]),
    spec("xpending", xpending, -3, flag::READONLY, "5.0.0",
        "Return information and entries from a stream consumer group pending entries list, that are messages fetched \
         but never acknowledged.").keys(READ).tips(BY_CHANCE),
    spec("xrange", xrange, -4, flag::READONLY, "5.0.0",
        "Return a range of elements in a stream, with IDs matching the specified IDs interval").keys(READ),
    spec("xread", xread, -4, flag::READONLY | flag::BLOCKING, "5.0.0",
        "Return never seen elements in multiple streams, with IDs greater than the ones reported by the caller for each \
         stream. Can block.")
        .keys(&[KeySpec::new(Begin::Keyword("STREAMS", 1), Find::Range(-1, 1, 2), key::RO | key::ACCESS)]),
    spec("xreadgroup", xreadgroup, -7, flag::WRITE | flag::BLOCKING, "5.0.0",
        "Return new entries from a stream using a consumer group, or access the history of the pending entries for a \
         given consumer. Can block.")
        .keys(&[KeySpec::new(Begin::Keyword("STREAMS", 4), Find::Range(-1, 1, 2), key::RO | key::ACCESS)]),
    spec("xrevrange", xrevrange, -4, flag::READONLY, "5.0.0",
        "Return a range of elements in a stream, with IDs matching the specified IDs interval, in reverse order (from \
         greater to smaller IDs) compared to XRANGE").keys(READ),
    spec("xsetid", xsetid, -3, flag::WRITE | flag::DENYOOM | flag::FAST, "5.0.0",
        "An internal command for replicating stream values").keys(UPDATE),
    spec("xtrim", xtrim, -4, flag::WRITE, "5.0.0",
        "Trims the stream to (approximately if '~' is passed) a certain size").keys(DELETE).tips(BY_CHANCE),
];

/// What is said of a subcommand whose arguments make no sense.
fn wrong_subcommand(args: &[&[u8]]) -> Error {
    let (container, name) = (args[0].to_ascii_uppercase(), cut(args[1], 128));
    let start: &[u8] = b"ERR unknown subcommand or wrong number of arguments for '";
    Error::bytes([start, name, b"'. Try ", &container, b" HELP."].concat())
}

/// What is said of a group that isn't there. Names end at a zero byte.
fn no_group(key: &[u8], group: &[u8], where_to: &str) -> Error {
    let (key, group) = (cut(key, usize::MAX), cut(group, usize::MAX));
    let end = where_to.as_bytes();
    Error::bytes([b"NOGROUP No such key '", key, b"' or consumer group '", group, b"'", end].concat())
}

/// The same, where the key is there.
fn no_such_group(key: &[u8], group: &[u8]) -> Error {
    let (key, group) = (cut(key, usize::MAX), cut(group, usize::MAX));
    Error::bytes([b"NOGROUP No such consumer group '", group, b"' for key name '", key, b"'"].concat())
}

fn write_id(out: &mut Out, id: Id) {
    out.bulk(id.to_string().as_bytes());
}

fn write_entry(out: &mut Out, id: Id, entry: &Owned) {
    out.array(2);
    write_id(out, id);
    let pairs = entry.as_args();
    out.array(pairs.len());
    for it in pairs {
        out.bulk(it);
    }
}

fn write_entries(out: &mut Out, entries: &[(Id, &Owned)]) {
    out.array(entries.len());
    for (id, entry) in entries {
        write_entry(out, *id, entry);
    }
}

/// What commands did to a group, to be told in words that do the same whenever they are run: effects gather here while
/// the stream is borrowed. Empty while nobody wants to know.
#[derive(Debug)]
struct Told {
    wanted: bool,
    commands: Vec<Owned>,
}

impl Told {
    fn new(ctx: &mut Ctx<'_>) -> Told {
        Told { wanted: ctx.engine().propagation.hook.is_some(), commands: Vec::new() }
    }

    /// That an entry is pending: `XCLAIM ... FORCE`. For one that is gone from the stream, that it isn't any more.
    fn pending(&mut self, key: &[u8], group: &[u8], id: Id, pending: &Pending, last_id: Id) {
        if self.wanted {
            let number = |it: i64| it.to_string().into_bytes();
            let (id, last_id) = (id.to_string(), last_id.to_string());
            let (time, count) = (number(pending.delivered_at), number(pending.deliveries));
            self.commands.push(Owned::new(&[
                b"XCLAIM",
                key,
                group,
                &pending.consumer,
                b"0",
                id.as_bytes(),
                b"TIME",
                &time,
                b"RETRYCOUNT",
                &count,
                b"FORCE",
                b"JUSTID",
                b"LASTID",
                last_id.as_bytes(),
            ]));
        }
    }

    /// How far a group has come.
    fn progress(&mut self, key: &[u8], group: &[u8], stream: &Stream) {
        if let Some(known) = stream.groups.get(group).filter(|_| self.wanted) {
            let (id, read) = (known.last_id.to_string(), known.entries_read.unwrap_or(-1).to_string());
            let command: [&[u8]; 7] =
                [b"XGROUP", b"SETID", key, group, id.as_bytes(), b"ENTRIESREAD", read.as_bytes()];
            self.commands.push(Owned::new(&command));
        }
    }

    /// That there is a consumer.
    fn consumer(&mut self, key: &[u8], group: &[u8], consumer: &[u8]) {
        if self.wanted {
            self.commands.push(Owned::new(&[b"XGROUP", b"CREATECONSUMER", key, group, consumer]));
        }
    }

    /// Tells all in place of the command itself.
    fn tell(self, ctx: &mut Ctx<'_>) {
        ctx.propagate_nothing();
        for command in &self.commands {
            ctx.propagate_as(&command.as_args());
        }
    }
}

/// What follows when a command of a group has brought a consumer into being.
fn created_consumer(ctx: &mut Ctx<'_>, key: &[u8]) {
    ctx.db.changed_unnoticed(key);
    ctx.notify(Class::STREAM, "xgroup-createconsumer", key);
}
