//! `COMMAND`: what the table of commands says.

use crate::engine::command::{Command, Group, Spec, acl, flag, table};
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::glob;
use crate::engine::keyspec::{Begin, Find, KeySpec, key, legacy_range, movable};
use crate::engine::resp::Out;

const FLAGS: u32 = flag::LOADING | flag::STALE;

/// A subcommand.
const fn sub(
    name: &'static str,
    handler: crate::engine::command::Handler,
    arity: i32,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, FLAGS, Group::Server, "2.8.13", summary).acl(acl::CONNECTION)
}

pub(crate) const COMMANDS: &[Spec] = &[Spec::new(
    "command",
    list_all,
    -1,
    FLAGS,
    Group::Server,
    "2.8.13",
    "Get array of Redis command details",
)
.acl(acl::CONNECTION)
.tips(&["nondeterministic_output_order"])
.subcommands(&[
    sub("count", count, 2, "Get total number of Redis commands"),
    Spec::new(
        "docs",
        docs,
        -2,
        FLAGS,
        Group::Server,
        "7.0.0",
        "Get array of specific Redis command documentation",
    )
    .acl(acl::CONNECTION)
    .tips(&["nondeterministic_output_order"]),
    sub("getkeys", getkeys, -4, "Extract keys given a full Redis command"),
    Spec::new(
        "getkeysandflags",
        getkeysandflags,
        -4,
        FLAGS,
        Group::Server,
        "7.0.0",
        "Extract keys and access flags given a full Redis command",
    )
    .acl(acl::CONNECTION),
    Spec::new(
        "help",
        help,
        2,
        FLAGS,
        Group::Server,
        "5.0.0",
        "Show helpful text about the different subcommands",
    )
    .acl(acl::CONNECTION),
    sub("info", info, -2, "Get array of specific Redis command details, or all when no argument is given.")
        .tips(&["nondeterministic_output_order"]),
    Spec::new("list", list, -2, FLAGS, Group::Server, "7.0.0", "Get an array of Redis command names")
        .acl(acl::CONNECTION)
        .tips(&["nondeterministic_output_order"]),
])];

fn list_all(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(table().commands().len());
    for command in table().commands() {
        describe(&mut ctx.out, command);
    }
    Ok(())
}

fn count(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.count(table().commands().len());
    Ok(())
}

fn info(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if args.len() == 2 {
        return list_all(ctx, args);
    }
    ctx.out.array(args.len() - 2);
    for name in &args[2..] {
        match table().get_full(name) {
            Some(command) => describe(&mut ctx.out, command),
            None => ctx.out.null(),
        }
    }
    Ok(())
}

/// The names of the bits that are set, as a set of statuses.
fn names(out: &mut Out, bits: u32, names: &[&str], prefix: &str, more: Option<&str>) {
    let set = || names.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, name)| *name);
    out.set(set().count() + usize::from(more.is_some()));
    for name in set().chain(more) {
        out.simple(&format!("{prefix}{name}"));
    }
}

/// The ten things that `COMMAND INFO` tells.
fn describe(out: &mut Out, command: &Command) {
    out.array(10);
    out.bulk(command.name.as_bytes());
    out.integer(i64::from(command.arity));
    names(out, command.flags, &flag::NAMES, "", movable(command.keys).then_some("movablekeys"));
    let (first, last, step) = legacy_range(command.keys);
    out.integer(first);
    out.integer(last);
    out.integer(step);
    names(out, command.acl, &acl::NAMES, "@", None);
    out.set(command.tips.len());
    for tip in command.tips {
        out.bulk(tip.as_bytes());
    }
    out.set(command.keys.len());
    for spec in command.keys {
        describe_keys(out, spec);
    }
    // As Redis has it: a set when there are none, an array when there are some.
    match command.subcommands.len() {
        0 => out.set(0),
        count => out.array(count),
    }
    for subcommand in &command.subcommands {
        describe(out, subcommand);
    }
}

fn describe_keys(out: &mut Out, spec: &KeySpec) {
    out.map(3 + usize::from(spec.note.is_some()));
    if let Some(note) = spec.note {
        out.bulk(b"notes");
        out.bulk(note.as_bytes());
    }
    out.bulk(b"flags");
    names(out, spec.flags, &key::NAMES, "", None);
    let typed = |out: &mut Out, name: &str, pairs: usize| {
        out.map(2);
        out.bulk(b"type");
        out.bulk(name.as_bytes());
        out.bulk(b"spec");
        out.map(pairs);
    };
    let pair = |out: &mut Out, name: &str, value: i64| {
        out.bulk(name.as_bytes());
        out.integer(value);
    };
    out.bulk(b"begin_search");
    match spec.begin {
        Begin::Index(index) => {
            typed(out, "index", 1);
            pair(out, "index", index as i64);
        }
        Begin::Keyword(word, from) => {
            typed(out, "keyword", 2);
            out.bulk(b"keyword");
            out.bulk(word.as_bytes());
            pair(out, "startfrom", i64::from(from));
        }
        Begin::Unknown | Begin::Found(_) => typed(out, "unknown", 0),
    }
    out.bulk(b"find_keys");
    match spec.find {
        Find::Range(last, step, limit) => {
            typed(out, "range", 3);
            pair(out, "lastkey", i64::from(last));
            pair(out, "keystep", i64::from(step));
            pair(out, "limit", i64::from(limit));
        }
        Find::Count(count, first, step) => {
            typed(out, "keynum", 3);
            pair(out, "keynumidx", count as i64);
            pair(out, "firstkey", first as i64);
            pair(out, "keystep", step as i64);
        }
        Find::Unknown => typed(out, "unknown", 0),
    }
}

fn docs(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let found: Vec<&Command> = match &args[2..] {
        [] => table().commands().iter().collect(),
        names => names.iter().filter_map(|name| table().get_full(name)).collect(),
    };
    ctx.out.map(found.len());
    for command in found {
        document(&mut ctx.out, command);
    }
    Ok(())
}

/// A name and a map of what is known: not all that Redis knows.
fn document(out: &mut Out, command: &Command) {
    out.bulk(command.name.as_bytes());
    out.map(3 + usize::from(!command.subcommands.is_empty()));
    for (name, value) in
        [("summary", command.summary), ("since", command.since), ("group", command.group.name())]
    {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    }
    if !command.subcommands.is_empty() {
        out.bulk(b"subcommands");
        out.map(command.subcommands.len());
        for subcommand in &command.subcommands {
            document(out, subcommand);
        }
    }
}

fn list(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut all: Vec<&Command> = Vec::new();
    for command in table().commands() {
        all.push(command);
        all.extend(&command.subcommands);
    }
    match &args[2..] {
        [] => {}
        [word, kind, value] if is(word, "FILTERBY") => {
            if is(kind, "PATTERN") {
                all.retain(|it| glob::matches_case(value, it.name.as_bytes(), true));
            } else if is(kind, "ACLCAT") {
                let bit = acl::NAMES.iter().position(|name| is(value, name));
                all.retain(|it| bit.is_some_and(|bit| it.acl & (1 << bit) != 0));
            } else if is(kind, "MODULE") {
                all.clear();
            } else {
                return Err(Error::SYNTAX);
            }
        }
        _ => return Err(Error::SYNTAX),
    }
    // Only the whole list is called a set.
    if args.len() == 2 {
        ctx.out.set(all.len())
    } else {
        ctx.out.array(all.len())
    }
    for command in all {
        ctx.out.bulk(command.name.as_bytes());
    }
    Ok(())
}

/// The keys of a request, with what happens to each.
fn keys_of<'a>(args: &'a [&'a [u8]]) -> Result<Vec<(&'a [u8], u32)>, Error> {
    let request = &args[2..];
    let invalid = Error::text("ERR Invalid arguments specified for command");
    let command = match table().lookup(request) {
        Ok(command) => command,
        Err(_) if table().get(request[0]).is_none() => {
            return Err(Error::text("ERR Invalid command specified"));
        }
        Err(_) => return Err(Error::text("ERR Invalid number of arguments specified for command")),
    };
    if command.keys.is_empty() {
        return Err(Error::text("ERR The command has no key arguments"));
    }
    let places = command.keys_of(request).ok_or(invalid.clone())?;
    if places.is_empty() && !command.has(flag::NO_MANDATORY_KEYS) {
        return Err(invalid);
    }
    let named = places.iter().any(|(_, flags)| flags & key::NOT_KEY == 0);
    if !places.is_empty() && !named {
        return Err(Error::text("ERR The command has no key arguments"));
    }
    Ok(places.into_iter().map(|(place, flags)| (request[place], flags)).collect())
}

fn getkeys(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let keys = keys_of(args)?;
    ctx.out.array(keys.len());
    for (key, _) in keys {
        ctx.out.bulk(key);
    }
    Ok(())
}

fn getkeysandflags(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let keys = keys_of(args)?;
    ctx.out.array(keys.len());
    for (key, flags) in keys {
        ctx.out.array(2);
        ctx.out.bulk(key);
        names(&mut ctx.out, flags, &key::NAMES, "", None);
    }
    Ok(())
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "COMMAND",
        &[
            "(no subcommand)",
            "    Return details about all Redis commands.",
            "COUNT",
            "    Return the total number of commands in this Redis server.",
            "LIST",
            "    Return a list of all commands in this Redis server.",
            "INFO [<command-name> ...]",
            "    Return details about multiple Redis commands.",
            "    If no command names are given, documentation details for all",
            "    commands are returned.",
            "DOCS [<command-name> ...]",
            "    Return documentation details about multiple Redis commands.",
            "    If no command names are given, documentation details for all",
            "    commands are returned.",
            "GETKEYS <full-command>",
            "    Return the keys from a full Redis command.",
            "GETKEYSANDFLAGS <full-command>",
            "    Return the keys and the access flags from a full Redis command.",
        ],
    );
    Ok(())
}
