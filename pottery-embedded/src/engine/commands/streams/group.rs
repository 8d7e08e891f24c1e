//! `XGROUP`.

use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::stream::{Group, Id, Stream};

use super::{created_consumer, no_such_group, wrong_subcommand};

const NO_KEY: Error = Error::text(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option \
     to create an empty stream automatically.",
);

/// The options of `CREATE` and `SETID`.
#[derive(Debug, Default)]
struct Options {
    create: bool,
    entries_read: Option<i64>,
}

impl Options {
    fn parse(args: &[&[u8]], creates: bool) -> Result<Options, Error> {
        let mut options = Options::default();
        let mut rest = &args[5..];
        while !rest.is_empty() {
            rest = match rest {
                [word, after @ ..] if creates && is(word, "MKSTREAM") => {
                    options.create = true;
                    after
                }
                [word, value, after @ ..] if is(word, "ENTRIESREAD") => {
                    let read = integer(value)?;
                    if read < -1 {
                        return Err(Error::text("ERR value for ENTRIESREAD must be positive or -1"));
                    }
                    options.entries_read = Some(read).filter(|read| *read >= 0);
                    after
                }
                _ => return Err(wrong_subcommand(args)),
            };
        }
        Ok(options)
    }
}

/// What follows a change of a group. Redis doesn't tell those who watch the key.
fn changed(ctx: &mut Ctx<'_>, event: &str, key: &[u8]) {
    ctx.db.changed_unnoticed(key);
    ctx.notify(Class::STREAM, event, key);
}

/// The group that a command is about.
fn group<'a>(ctx: &'a mut Ctx<'_>, args: &[&[u8]]) -> Result<&'a mut Group, Error> {
    let stream = ctx.db.get_mut::<Stream>(args[2])?.ok_or(NO_KEY)?;
    stream.groups.get_mut(args[3]).ok_or_else(|| no_such_group(args[2], args[3]))
}

pub(super) fn xgroup_create(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let options = Options::parse(args, true)?;
    let (key, name) = (args[2], args[3]);
    let stream = ctx.db.get_mut::<Stream>(key)?;
    if stream.is_none() && !options.create {
        return Err(NO_KEY);
    }
    if args.len() > 8 {
        return Err(wrong_subcommand(args));
    }
    let missing = stream.is_none();
    let id = match args[4] {
        b"$" => stream.map_or(Id::MIN, |stream| stream.last_id),
        id => Id::parse(id, 0)?,
    };
    let stream = ctx.db.get_or_create::<Stream>(key)?;
    if stream.groups.contains_key(name) {
        return Err(Error::text("BUSYGROUP Consumer Group name already exists"));
    }
    stream.groups.insert(name.into(), Group::new(id, options.entries_read));
    ctx.out.ok();
    if missing {
        ctx.changed(key);
    }
    changed(ctx, "xgroup-create", key);
    Ok(())
}

pub(super) fn xgroup_setid(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let options = Options::parse(args, false)?;
    let stream = ctx.db.get_mut::<Stream>(args[2])?.ok_or(NO_KEY)?;
    let last_id = stream.last_id;
    let group = stream.groups.get_mut(args[3]).ok_or_else(|| no_such_group(args[2], args[3]))?;
    if args.len() > 7 {
        return Err(wrong_subcommand(args));
    }
    group.last_id = if args[4] == b"$" { last_id } else { Id::parse_or_end(args[4], 0)? };
    group.entries_read = options.entries_read;
    ctx.out.ok();
    changed(ctx, "xgroup-setid", args[2]);
    Ok(())
}

pub(super) fn xgroup_destroy(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let stream = ctx.db.get_mut::<Stream>(args[2])?.ok_or(NO_KEY)?;
    let removed = stream.groups.remove(args[3]).is_some();
    ctx.out.integer(i64::from(removed));
    if removed {
        changed(ctx, "xgroup-destroy", args[2]);
        // Those who wait for something new are told that they wait in vain.
        ctx.db.ready(args[2]);
    }
    Ok(())
}

pub(super) fn xgroup_createconsumer(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let now = ctx.now();
    let group = group(ctx, args)?;
    let created = !group.consumers().contains_key(args[4]);
    if created {
        group.consumer(args[4], now);
        created_consumer(ctx, args[2]);
    }
    ctx.out.integer(i64::from(created));
    Ok(())
}

pub(super) fn xgroup_delconsumer(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let removed = group(ctx, args)?.remove_consumer(args[4]);
    ctx.out.count(removed.unwrap_or(0));
    if removed.is_some() {
        changed(ctx, "xgroup-delconsumer", args[2]);
    }
    Ok(())
}

pub(super) fn xgroup_help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "XGROUP",
        &[
            "CREATE <key> <groupname> <id|$> [option]",
            "    Create a new consumer group. Options are:",
            "    * MKSTREAM",
            "      Create the empty stream if it does not exist.",
            "    * ENTRIESREAD entries_read",
            "      Set the group's entries_read counter (internal use).",
            "CREATECONSUMER <key> <groupname> <consumer>",
            "    Create a new consumer in the specified group.",
            "DELCONSUMER <key> <groupname> <consumer>",
            "    Remove the specified consumer.",
            "DESTROY <key> <groupname>",
            "    Remove the specified group.",
            "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
            "    Set the current group ID and entries_read counter.",
        ],
    );
    Ok(())
}
