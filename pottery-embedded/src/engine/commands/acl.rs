//! `ACL`: users and what they may do.

use crate::engine::acl::{DEFAULT, Denied};
use crate::engine::command::{Command, Group, Handler, Spec, acl as categories, container, flag, table};
use crate::engine::commands::options::{integer, is, wrong_subcommand};
use crate::engine::context::Ctx;
use crate::engine::error::Error;

const FLAGS: u32 = flag::NOSCRIPT | flag::LOADING | flag::STALE;
const ADMIN: u32 = FLAGS | flag::ADMIN;

const fn sub(name: &'static str, handler: Handler, arity: i32, flags: u32, summary: &'static str) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Server, "6.0.0", summary)
}

pub(crate) const COMMANDS: &[Spec] = &[sub("acl", container, -2, 0, "Users and what they may do")
    .subcommands(&[
        sub("cat", cat, -2, FLAGS, "The categories of commands, or the commands of one"),
        sub("deluser", deluser, -3, ADMIN, "Remove users"),
        Spec::new("dryrun", dryrun, -4, ADMIN, Group::Server, "7.0.0", "Whether a user may run a command"),
        sub("genpass", genpass, -2, FLAGS, "Make up a password"),
        sub("getuser", getuser, 3, ADMIN, "What a user may do"),
        sub("help", help, 2, flag::LOADING | flag::STALE, "What there is"),
        sub("list", list, 2, ADMIN, "All users, as rules"),
        sub("load", no_file, 2, ADMIN, "Read the users from their file"),
        sub("log", log, -2, ADMIN, "What was denied"),
        sub("save", no_file, 2, ADMIN, "Write the users into their file"),
        sub("setuser", setuser, -3, ADMIN, "Add or change a user"),
        sub("users", users, 2, ADMIN, "The names of all users"),
        sub("whoami", whoami, 2, FLAGS, "As whom the connection is logged in"),
    ])];

fn whoami(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let name = ctx.client().user.name.clone();
    ctx.out.bulk(&name);
    Ok(())
}

fn users(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(ctx.db.engine.users.len());
    for user in ctx.db.engine.users.iter() {
        ctx.out.bulk(&user.name);
    }
    Ok(())
}

fn list(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(ctx.db.engine.users.len());
    for user in ctx.db.engine.users.iter() {
        ctx.out.bulk(&user.describe());
    }
    Ok(())
}

fn getuser(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let Some(user) = ctx.engine().users.get(args[2]).cloned() else {
        ctx.out.null();
        return Ok(());
    };
    let out = &mut ctx.out;
    out.map(6);
    out.bulk(b"flags");
    let flags = user.flags();
    out.set(flags.len());
    for flag in flags {
        out.bulk(flag.as_bytes());
    }
    out.bulk(b"passwords");
    out.array(user.passwords.len());
    for password in &user.passwords {
        out.bulk(password.hex().as_bytes());
    }
    for (index, selector) in user.selectors.iter().enumerate() {
        if index == 1 {
            out.bulk(b"selectors");
            out.array(user.selectors.len() - 1);
        }
        if index > 0 {
            out.map(3);
        }
        out.bulk(b"commands");
        out.bulk(selector.describe_commands().as_bytes());
        out.bulk(b"keys");
        out.bulk(&selector.describe_keys());
        out.bulk(b"channels");
        out.bulk(&selector.describe_channels());
    }
    if user.selectors.len() == 1 {
        out.bulk(b"selectors");
        out.array(0);
    }
    Ok(())
}

/// Applies all rules, or none.
fn setuser(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if args[2].iter().any(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(Error::text("ERR Usernames can't contain spaces or null characters"));
    }
    let all_channels = ctx.engine().config.acl_all_channels;
    let user = ctx
        .engine()
        .users
        .changed(args[2], &args[3..], all_channels)
        .map_err(|text| Error::bytes([&b"ERR "[..], &text].concat()))?;
    ctx.engine().set_user(user);
    ctx.out.ok();
    Ok(())
}

fn deluser(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut removed = 0;
    for name in &args[2..] {
        if *name == DEFAULT {
            return Err(Error::text("ERR The 'default' user cannot be removed"));
        }
        removed += usize::from(ctx.engine().remove_user(name));
    }
    ctx.out.count(removed);
    Ok(())
}

fn cat(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    match args[2..] {
        [] => {
            ctx.out.array(categories::NAMES.len());
            for name in categories::NAMES {
                ctx.out.bulk(name.as_bytes());
            }
        }
        [name] => {
            let bit = categories::NAMES.iter().position(|it| is(name, &it.to_ascii_uppercase()));
            let bit = bit.ok_or_else(|| Error::bytes([b"ERR Unknown category '", name, b"'"].concat()))?;
            let place = ctx.out.later();
            let mut count = 0;
            for command in table().commands() {
                write_in_category(ctx, command, 1 << bit, &mut count);
            }
            ctx.out.array_was(place, count);
        }
        _ => return Err(wrong_subcommand(args)),
    }
    Ok(())
}

fn write_in_category(ctx: &mut Ctx<'_>, command: &Command, category: u32, count: &mut usize) {
    if command.acl & category != 0 {
        ctx.out.bulk(command.name.as_bytes());
        *count += 1;
    }
    for subcommand in &command.subcommands {
        write_in_category(ctx, subcommand, category, count);
    }
}

fn dryrun(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let user = ctx.engine().users.get(args[2]).cloned();
    let user = user.ok_or_else(|| Error::bytes([b"ERR User '", args[2], b"' not found"].concat()))?;
    let request = &args[3..];
    let command = table().lookup(request).map_err(|error| {
        // What is wrong with the number of arguments is said as ever.
        if error.as_bytes().starts_with(b"ERR unknown") {
            Error::bytes([b"ERR Command '", request[0], b"' not found"].concat())
        } else {
            error
        }
    })?;
    let text: Vec<u8> = match user.check(command, request) {
        Ok(()) => {
            ctx.out.ok();
            return Ok(());
        }
        Err(Denied::Command) => [b"run the '", command.name.as_bytes(), b"' command"].concat(),
        Err(Denied::Key(place)) => [b"access the '", request[place], b"' key"].concat(),
        Err(Denied::Channel(place)) => [b"access the '", request[place], b"' channel"].concat(),
    };
    ctx.out.bulk(&[b"This user has no permissions to ", &text[..]].concat());
    Ok(())
}

fn genpass(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let bits = match args[2..] {
        [] => 256,
        [bits] => integer(bits)?,
        _ => return Err(wrong_subcommand(args)),
    };
    if !(1..=4096).contains(&bits) {
        return Err(Error::text(
            "ERR ACL GENPASS argument must be the number of bits for the output password, a positive number up to 4096",
        ));
    }
    let digits: Vec<u8> =
        (0..(bits + 3) / 4).map(|_| b"0123456789abcdef"[ctx.db.engine.random.usize(..16)]).collect();
    ctx.out.bulk(&digits);
    Ok(())
}

fn no_file(_: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    Err(Error::text(
        "ERR This Redis instance is not configured to use an ACL file. You may want to specify users via the ACL SETUSER \
         command and then issue a CONFIG REWRITE (assuming you have a Redis configuration file set) in order to store \
         users in the Redis configuration.",
    ))
}

fn log(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let count = match args[2..] {
        [] => 10,
        [word] if is(word, "RESET") => {
            ctx.engine().users.log.0.clear();
            ctx.out.ok();
            return Ok(());
        }
        [count] => integer(count)?,
        _ => return Err(wrong_subcommand(args)),
    };
    let count = usize::try_from(count).unwrap_or(0);
    let now = ctx.now();
    let entries: Vec<_> = ctx.engine().users.log.0.iter().take(count).cloned().collect();
    let out = &mut ctx.out;
    out.array(entries.len());
    for entry in entries {
        out.map(7);
        out.bulk(b"count");
        out.integer(i64::try_from(entry.count).unwrap_or(i64::MAX));
        let texts: [(&str, &[u8]); 4] = [
            ("reason", entry.reason.name().as_bytes()),
            ("context", entry.context.name().as_bytes()),
            ("object", &entry.object),
            ("username", &entry.user),
        ];
        for (name, value) in texts {
            out.bulk(name.as_bytes());
            out.bulk(value);
        }
        out.bulk(b"age-seconds");
        out.double((now - entry.time) as f64 / 1000.0);
        out.bulk(b"client-info");
        out.bulk(&entry.client);
    }
    Ok(())
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "ACL",
        &[
            "CAT [<category>]",
            "    List all commands that belong to <category>, or all command categories",
            "    when no category is specified.",
            "DELUSER <username> [<username> ...]",
            "    Delete a list of users.",
            "DRYRUN <username> <command> [<arg> ...]",
            "    Returns whether the user can execute the given command without executing the command.",
            "GETUSER <username>",
            "    Get the user's details.",
            "GENPASS [<bits>]",
            "    Generate a secure 256-bit user password. The optional `bits` argument can",
            "    be used to specify a different size.",
            "LIST",
            "    Show users details in config file format.",
            "LOAD",
            "    Reload users from the ACL file.",
            "LOG [<count> | RESET]",
            "    Show the ACL log entries.",
            "SAVE",
            "    Save the current config to the ACL file.",
            "SETUSER <username> <attribute> [<attribute> ...]",
            "    Create or modify a user with the specified attributes.",
            "USERS",
            "    List all the registered usernames.",
            "WHOAMI",
            "    Return the current connection username.",
        ],
    );
    Ok(())
}
