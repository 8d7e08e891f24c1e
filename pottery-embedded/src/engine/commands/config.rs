//! `CONFIG`: settings, seen and changed by clients.

use std::collections::BTreeMap;

use crate::engine::command::{Group, Handler, Spec, container, flag};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::glob;
use crate::engine::settings::{Change, SETTINGS, Setting};

const ADMIN: u32 = flag::ADMIN | flag::NOSCRIPT | flag::LOADING | flag::STALE;

const fn sub(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Server, since, summary)
}

pub(crate) const COMMANDS: &[Spec] = &[sub("config", container, -2, 0, "2.0.0", "Settings").subcommands(&[
    sub("get", get, -3, ADMIN, "2.0.0", "The values of settings"),
    sub("help", help, 2, flag::LOADING | flag::STALE, "5.0.0", "What there is"),
    sub("resetstat", resetstat, 2, ADMIN, "2.0.0", "Begin to count anew what INFO tells"),
    sub("rewrite", rewrite, 2, ADMIN, "2.8.0", "Write the settings into their file"),
    sub("set", set, -4, ADMIN, "2.0.0", "Change settings")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
])];

fn get(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut found: BTreeMap<&str, &Setting> = BTreeMap::new();
    for pattern in &args[2..] {
        if !pattern.iter().any(|byte| b"*?[".contains(byte)) {
            if let Some(setting) = Setting::find(pattern) {
                let by_alias = setting.alias.filter(|it| pattern.eq_ignore_ascii_case(it.as_bytes()));
                found.insert(by_alias.unwrap_or(setting.name), setting);
            }
            continue;
        }
        for setting in SETTINGS {
            for name in [Some(setting.name), setting.alias].into_iter().flatten() {
                if glob::matches_case(pattern, name.as_bytes(), true) {
                    found.insert(name, setting);
                }
            }
        }
    }
    ctx.out.map(found.len());
    for (name, setting) in found {
        ctx.out.bulk(name.as_bytes());
        ctx.out.bulk(ctx.db.engine.config.value(setting).as_bytes());
    }
    Ok(())
}

/// Sets all, or none.
fn set(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if !args.len().is_multiple_of(2) {
        return Err(Error::SYNTAX);
    }
    let failed = |name: &[u8], why: &str| {
        Error::bytes(
            [b"ERR CONFIG SET failed (possibly related to argument '", name, b"') - ", why.as_bytes()]
                .concat(),
        )
    };
    let pairs: Vec<(&[u8], &[u8])> = args[2..].chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let mut wanted: Vec<&'static Setting> = Vec::new();
    for (index, (name, _)) in pairs.iter().enumerate() {
        let setting = Setting::find(name).ok_or_else(|| {
            Error::bytes(
                [b"ERR Unknown option or number of arguments for CONFIG SET - '", *name, b"'"].concat(),
            )
        })?;
        match setting.change {
            Change::Never => return Err(failed(name, "can't set immutable config")),
            Change::Protected if !ctx.engine().config.protected_configs => {
                return Err(failed(name, "can't set protected config"));
            }
            _ => {}
        }
        if pairs[..index].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(failed(name, "duplicate parameter"));
        }
        wanted.push(setting);
    }
    let mut config = ctx.engine().config.clone();
    for (setting, (name, value)) in wanted.iter().zip(&pairs) {
        let shown = name.to_ascii_lowercase();
        config.set(setting, value).map_err(|why| failed(&shown, &why))?;
    }
    ctx.engine().config = config;
    for setting in wanted {
        ctx.engine().setting_changed(setting.name);
    }
    ctx.out.ok();
    Ok(())
}

fn resetstat(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.engine().stats = crate::engine::Stats::default();
    ctx.out.ok();
    Ok(())
}

fn rewrite(_: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    Err(Error::text("ERR The server is running without a config file"))
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "CONFIG",
        &[
            "GET <pattern>",
            "    Return parameters matching the glob-like <pattern> and their values.",
            "SET <directive> <value>",
            "    Set the configuration <directive> to <value>.",
            "RESETSTAT",
            "    Reset statistics reported by the INFO command.",
            "REWRITE",
            "    Rewrite the configuration file.",
        ],
    );
    Ok(())
}
