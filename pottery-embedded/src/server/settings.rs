//! Settings that are given at the start.

use std::io::{Error, ErrorKind, Result};

use crate::engine::config::Config;
use crate::engine::settings::Setting;

/// Settings that the builder has methods for, since more than the engine is concerned.
const ELSEWHERE: [&str; 3] = ["port", "bind", "unixsocket"];

/// Takes over what was set.
pub(super) fn apply(config: &mut Config, settings: &[(String, String)]) -> Result<()> {
    for (name, value) in settings {
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
