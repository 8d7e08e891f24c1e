//! The settings by the names that `redis.conf` and `CONFIG` give them.
//!
//! All that Redis 7.0 knows can be read and set, because tools ask for the strangest; what acts is in [`Config`]'s
//! fields, the rest is only remembered.

mod table;

use crate::engine::config::{Config, OutputLimit, Policy};
use crate::engine::notify::Classes;
use crate::engine::number::parse_i64;

pub(crate) use table::SETTINGS;

/// A setting.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// An older name, which means the same.
    pub(crate) alias: Option<&'static str>,
    kind: Kind,
    default: &'static str,
    pub(crate) change: Change,
}

/// When a setting can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Always,
    /// Only at the start.
    Never,
    /// Only at the start, because it would be dangerous.
    Protected,
}

/// What a value looks like.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Bool,
    /// The least and the largest.
    Int(i64, i64),
    /// Bytes, with a unit; the least and the largest.
    Memory(i64, i64),
    Enum(&'static [&'static str]),
    Text,
    /// What has rules of its own: see [`Config::special`].
    Special,
}

impl Setting {
    /// A setting by either of its names.
    pub(crate) fn find(name: &[u8]) -> Option<&'static Setting> {
        let is = |it: &str| name.eq_ignore_ascii_case(it.as_bytes());
        SETTINGS.iter().find(|setting| is(setting.name) || setting.alias.is_some_and(is))
    }

    /// The value in the form in which it is remembered.
    fn normal(&self, value: &[u8]) -> Result<String, String> {
        let between = |number: i64, least: i64, most: i64| {
            if (least..=most).contains(&number) {
                Ok(number.to_string())
            } else {
                Err(format!("argument must be between {least} and {most} inclusive"))
            }
        };
        match self.kind {
            Kind::Bool => match value.to_ascii_lowercase().as_slice() {
                b"yes" => Ok("yes".to_owned()),
                b"no" => Ok("no".to_owned()),
                _ => Err("argument must be 'yes' or 'no'".to_owned()),
            },
            Kind::Int(least, most) => match parse_i64(value) {
                Some(number) => between(number, least, most),
                None => Err("argument couldn't be parsed into an integer".to_owned()),
            },
            Kind::Memory(least, most) => match parse_memory(value) {
                Some(number) => between(number, least, most),
                None => Err("argument must be a memory value".to_owned()),
            },
            Kind::Enum(names) => {
                match names.iter().find(|name| value.eq_ignore_ascii_case(name.as_bytes())) {
                    Some(name) => Ok((*name).to_owned()),
                    None => Err(format!("argument(s) must be one of the following: {}", names.join(", "))),
                }
            }
            Kind::Text | Kind::Special => {
                String::from_utf8(value.to_vec()).map_err(|_| "argument must be text".to_owned())
            }
        }
    }
}

/// Reads `100`, `4kb`, `1G`.
pub(crate) fn parse_memory(text: &[u8]) -> Option<i64> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let number: i64 = str::from_utf8(&text[..digits]).ok()?.parse().ok()?;
    let unit = match text[digits..].to_ascii_lowercase().as_slice() {
        b"" | b"b" => 1,
        b"k" => 1000,
        b"kb" => 1024,
        b"m" => 1000 * 1000,
        b"mb" => 1024 * 1024,
        b"g" => 1000 * 1000 * 1000,
        b"gb" => 1024 * 1024 * 1024,
        _ => return None,
    };
    number.checked_mul(unit)
}

impl Config {
    /// A setting's value as `CONFIG GET` shows it.
    pub(crate) fn value(&self, setting: &Setting) -> String {
        match setting.name {
            "notify-keyspace-events" => self.notify.letters(),
            "client-output-buffer-limit" => {
                let classes = [
                    ("normal", self.normal_limit),
                    ("slave", self.replica_limit),
                    ("pubsub", self.pubsub_limit),
                ];
                classes.map(|(name, limit)| format!("{name} {}", limit.shown())).join(" ")
            }
            "requirepass" => self
                .password
                .as_deref()
                .map(|it| String::from_utf8_lossy(it).into_owned())
                .unwrap_or_default(),
            "dir" => std::env::current_dir().map(|it| it.display().to_string()).unwrap_or_default(),
            name => self.values.get(name).cloned().unwrap_or_else(|| setting.default.to_owned()),
        }
    }

    /// Changes a setting.
    ///
    /// # Errors
    /// In Redis's words, when the value makes no sense.
    pub(crate) fn set(&mut self, setting: &'static Setting, value: &[u8]) -> Result<(), String> {
        let value = match setting.kind {
            Kind::Special => self.special(setting.name, value)?,
            _ => setting.normal(value)?,
        };
        self.act_on(setting.name, &value);
        self.values.insert(setting.name, value);
        Ok(())
    }

    /// Reads values that have rules of their own, and acts on them.
    fn special(&mut self, name: &str, value: &[u8]) -> Result<String, String> {
        let text = String::from_utf8_lossy(value).into_owned();
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        match name {
            "notify-keyspace-events" => {
                self.notify =
                    Classes::parse(value).ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
            }
            "requirepass" => self.password = Some(value.to_vec()).filter(|it| !it.is_empty()),
            "client-output-buffer-limit" => self.set_output_limits(&words)?,
            "save" => {
                let numbers: Option<Vec<i64>> = words.iter().map(|word| parse_i64(word.as_bytes())).collect();
                let valid = numbers.is_some_and(|it| {
                    it.len() % 2 == 0 && it.chunks(2).all(|pair| pair[0] >= 1 && pair[1] >= 0)
                });
                if !valid {
                    return Err("Invalid save parameters".to_owned());
                }
                return Ok(words.join(" "));
            }
            "activedefrag" if !value.eq_ignore_ascii_case(b"no") => {
                return Err("Active defragmentation cannot be enabled: it requires a Redis server compiled with a \
                            modified Jemalloc like the one shipped by default with the Redis source distribution"
                    .to_owned());
            }
            "appendonly" if value.eq_ignore_ascii_case(b"yes") => {
                return Err("the program that embeds the server decides where data are kept".to_owned());
            }
            "appendonly" if !value.eq_ignore_ascii_case(b"no") => {
                return Err("argument must be 'yes' or 'no'".to_owned());
            }
            _ => {}
        }
        Ok(text)
    }

    fn set_output_limits(&mut self, words: &[&str]) -> Result<(), String> {
        if !words.len().is_multiple_of(4) {
            return Err("Wrong number of arguments in buffer limit configuration.".to_owned());
        }
        let mut limits = (self.normal_limit, self.replica_limit, self.pubsub_limit);
        for class in words.chunks(4) {
            let limit = match class[0].to_ascii_lowercase().as_str() {
                "normal" => &mut limits.0,
                "slave" | "replica" => &mut limits.1,
                "pubsub" => &mut limits.2,
                _ => return Err("Invalid client class specified in buffer limit configuration.".to_owned()),
            };
            let bytes = |word: &str| parse_memory(word.as_bytes()).and_then(|it| usize::try_from(it).ok());
            let seconds = parse_i64(class[3].as_bytes()).filter(|it| *it >= 0);
            let (Some(hard), Some(soft), Some(seconds)) = (bytes(class[1]), bytes(class[2]), seconds) else {
                return Err(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration.".to_owned()
                );
            };
            *limit = OutputLimit::new(hard, soft, seconds);
        }
        (self.normal_limit, self.replica_limit, self.pubsub_limit) = limits;
        Ok(())
    }

    /// Takes over what acts. The value has been checked.
    fn act_on(&mut self, name: &str, value: &str) {
        let number = || value.parse::<i64>().unwrap_or(0);
        let size = || value.parse::<usize>().unwrap_or(0);
        match name {
            "proto-max-bulk-len" => self.longest_string = number(),
            "client-query-buffer-limit" => self.query_limit = size(),
            "tracking-table-max-keys" => self.tracking_keys = size(),
            "hash-max-listpack-entries" => self.hash_listpack.0 = size(),
            "hash-max-listpack-value" => self.hash_listpack.1 = size(),
            "zset-max-listpack-entries" => self.zset_listpack.0 = size(),
            "zset-max-listpack-value" => self.zset_listpack.1 = size(),
            "set-max-intset-entries" => self.intset_entries = size(),
            "maxmemory" => self.max_memory = size(),
            "maxmemory-policy" => self.policy = Policy::named(value),
            "maxmemory-samples" => self.samples = size(),
            "maxclients" => self.max_clients = size(),
            "timeout" => self.idle_timeout = number(),
            "slowlog-log-slower-than" => self.slow_micros = number(),
            "slowlog-max-len" => self.slow_entries = size(),
            "acllog-max-len" => self.acl_log_entries = size(),
            "acl-pubsub-default" => self.acl_all_channels = value == "allchannels",
            "busy-reply-threshold" => self.busy_millis = number(),
            "databases" => self.databases = size(),
            "cluster-enabled" => self.cluster = value == "yes",
            "cluster-require-full-coverage" => self.cluster_full_coverage = value == "yes",
            "enable-debug-command" => self.debug_command = value != "no",
            "enable-protected-configs" => self.protected_configs = value != "no",
            _ => {}
        }
    }
}
