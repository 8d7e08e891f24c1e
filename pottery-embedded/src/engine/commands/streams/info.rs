//! `XINFO`.

use crate::engine::args::Owned;
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::resp::Out;
use crate::engine::stream::{Group, Id, Stream};

use super::{no_such_group, write_entries, write_entry, write_id, wrong_subcommand};

pub(super) fn xinfo_consumers(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now();
    let stream = ctx.db.get::<Stream>(args[2])?.ok_or(Error::NO_SUCH_KEY)?;
    let group = stream.groups.get(args[3]).ok_or_else(|| no_such_group(args[2], args[3]))?;
    let out = &mut ctx.out;
    out.array(group.consumers().len());
    for (name, consumer) in group.consumers() {
        out.map(3);
        out.bulk(b"name");
        out.bulk(name);
        out.bulk(b"pending");
        out.count(consumer.pending.len());
        out.bulk(b"idle");
        out.integer(now.wrapping_sub(consumer.seen_at).max(0));
    }
    Ok(())
}

pub(super) fn xinfo_groups(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let stream = ctx.db.get::<Stream>(args[2])?.ok_or(Error::NO_SUCH_KEY)?;
    let out = &mut ctx.out;
    out.array(stream.groups.len());
    for (name, group) in &stream.groups {
        out.map(6);
        out.bulk(b"name");
        out.bulk(name);
        out.bulk(b"consumers");
        out.count(group.consumers().len());
        out.bulk(b"pending");
        out.count(group.pending().len());
        write_progress(out, stream, group);
    }
    Ok(())
}

fn write_progress(out: &mut Out, stream: &Stream, group: &Group) {
    out.bulk(b"last-delivered-id");
    write_id(out, group.last_id);
    for (name, count) in [("entries-read", group.entries_read), ("lag", stream.lag(group))] {
        out.bulk(name.as_bytes());
        match count {
            Some(count) => out.integer(count),
            None => out.null(),
        }
    }
}

pub(super) fn xinfo_stream(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let stream = ctx.db.get::<Stream>(args[2])?.ok_or(Error::NO_SUCH_KEY)?;
    // How much of each list a full report tells.
    let count = match &args[3..] {
        [] => None,
        [full] if is(full, "FULL") => Some(10),
        [full, word, count] if is(full, "FULL") && is(word, "COUNT") => match integer(count)? {
            ..0 => Some(10),
            0 => Some(usize::MAX),
            count => Some(usize::try_from(count).unwrap_or(usize::MAX)),
        },
        _ => return Err(wrong_subcommand(args)),
    };
    let out = &mut ctx.out;
    out.map(if count.is_some() { 9 } else { 10 });
    let (keys, nodes) = stream.tree_size();
    for (name, count) in [("length", stream.len()), ("radix-tree-keys", keys), ("radix-tree-nodes", nodes)] {
        out.bulk(name.as_bytes());
        out.count(count);
    }
    out.bulk(b"last-generated-id");
    write_id(out, stream.last_id);
    out.bulk(b"max-deleted-entry-id");
    write_id(out, stream.max_deleted_id);
    out.bulk(b"entries-added");
    out.integer(stream.entries_added);
    out.bulk(b"recorded-first-entry-id");
    write_id(out, stream.first_id().unwrap_or(Id::MIN));
    match count {
        None => write_ends(out, stream),
        Some(count) => write_all(out, stream, count),
    }
    Ok(())
}

/// The end of a short report.
fn write_ends(out: &mut Out, stream: &Stream) {
    out.bulk(b"groups");
    out.count(stream.groups.len());
    let mut entries = stream.range(Id::MIN, Id::MAX);
    let first = entries.next();
    let last = entries.next_back().or(first);
    for (name, entry) in [("first-entry", first), ("last-entry", last)] {
        out.bulk(name.as_bytes());
        match entry {
            Some((id, entry)) => write_entry(out, id, entry),
            None => out.null(),
        }
    }
}

/// The end of a full report.
fn write_all(out: &mut Out, stream: &Stream, count: usize) {
    out.bulk(b"entries");
    let entries: Vec<(Id, &Owned)> = stream.range(Id::MIN, Id::MAX).take(count).collect();
    write_entries(out, &entries);
    out.bulk(b"groups");
    out.array(stream.groups.len());
    for (name, group) in &stream.groups {
        out.map(7);
        out.bulk(b"name");
        out.bulk(name);
        write_progress(out, stream, group);
        out.bulk(b"pel-count");
        out.count(group.pending().len());
        out.bulk(b"pending");
        out.array(group.pending().len().min(count));
        for (id, pending) in group.pending().iter().take(count) {
            out.array(4);
            write_id(out, *id);
            out.bulk(&pending.consumer);
            out.integer(pending.delivered_at);
            out.integer(pending.deliveries);
        }
        write_consumers(out, group, count);
    }
}

fn write_consumers(out: &mut Out, group: &Group, count: usize) {
    out.bulk(b"consumers");
    out.array(group.consumers().len());
    for (name, consumer) in group.consumers() {
        out.map(4);
        out.bulk(b"name");
        out.bulk(name);
        out.bulk(b"seen-time");
        out.integer(consumer.seen_at);
        out.bulk(b"pel-count");
        out.count(consumer.pending.len());
        out.bulk(b"pending");
        out.array(consumer.pending.len().min(count));
        for id in consumer.pending.iter().take(count) {
            let pending = group.pending().get(id);
            out.array(3);
            write_id(out, *id);
            out.integer(pending.map_or(0, |it| it.delivered_at));
            out.integer(pending.map_or(0, |it| it.deliveries));
        }
    }
}

pub(super) fn xinfo_help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "XINFO",
        &[
            "CONSUMERS <key> <groupname>",
            "    Show consumers of <groupname>.",
            "GROUPS <key>",
            "    Show the stream consumer groups.",
            "STREAM <key> [FULL [COUNT <count>]",
            "    Show information about the stream.",
        ],
    );
    Ok(())
}
