//! Settings that are given at the start.

use std::io::{Error, ErrorKind, Result};

use crate::engine::acl::Users;
use crate::engine::config::Config;
use crate::engine::settings::Setting;

/// Settings that the builder has methods for, since more than the engine is concerned.
const ELSEWHERE: [&str; 3] = ["port", "bind", "unixsocket"];

/// Takes over what was set.
pub(super) fn apply(config: &mut Config, settings: &[(String, String)]) -> Result<()> {
    for (name, value) in settings.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("user")) {
        let failed = |why: &str| Error::new(ErrorKind::InvalidInput, format!("'{name} {value}': {why}"));
        let setting = Setting::find(name.as_bytes()).ok_or_else(|| failed("no such setting"))?;
        if ELSEWHERE.contains(&setting.name) {
            return Err(failed("the builder has a method for that"));
        }
        if let Some(why) = unsupported(setting.name, value) {
            return Err(failed(why));
        }
        config.set(setting, value.as_bytes()).map_err(|why| failed(&why))?;
    }
    add_users(config, settings)
}

/// Users are added when everything else is known.
fn add_users(config: &mut Config, settings: &[(String, String)]) -> Result<()> {
    let mut users = Users::new(config.password.as_deref());
    for (name, value) in settings.iter().filter(|(name, _)| name.eq_ignore_ascii_case("user")) {
        let failed = |why: &[u8]| {
            let why = String::from_utf8_lossy(why);
            Error::new(ErrorKind::InvalidInput, format!("'{name} {value}': {why}"))
        };
        let words: Vec<&[u8]> = value.split_ascii_whitespace().map(str::as_bytes).collect();
        let (user, rules) = words.split_first().ok_or_else(|| failed(b"a user needs a name"))?;
        let user = users.changed(user, rules, config.acl_all_channels).map_err(|why| failed(&why))?;
        users.insert(user.clone());
        config.users.push(user);
    }
    Ok(())
}

/// Why a setting would have no effect that it should have.
fn unsupported(name: &str, value: &str) -> Option<&'static str> {
    match name {
        "save" if !value.is_empty() => Some("there are no snapshots"),
        "daemonize" if value.eq_ignore_ascii_case("yes") => Some("it stays in the foreground"),
        "supervised" if !value.eq_ignore_ascii_case("no") => Some("it stays in the foreground"),
        "replicaof" => Some("it can't be a replica"),
        "aclfile" => Some("users are kept in memory"),
        "logfile" if !value.is_empty() => Some("it writes to its output"),
        "syslog-enabled" if value.eq_ignore_ascii_case("yes") => Some("it writes to its output"),
        "io-threads" if value != "1" => Some("it runs on one thread"),
        "tls-port" if value != "0" => Some("there is no TLS"),
        _ => None,
    }
}
