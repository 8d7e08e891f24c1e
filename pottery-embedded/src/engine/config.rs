//! The settings that commands and the server itself depend on.

use hashbrown::HashMap;

use crate::engine::DATABASES;
use crate::engine::acl::User;
use crate::engine::notify::Classes;

/// Settings, with Redis's defaults.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The default user's password.
    pub(crate) password: Option<Vec<u8>>,
    /// `user`: who there is at the start, beside or in place of the default user.
    pub(crate) users: Vec<User>,
    /// `notify-keyspace-events`.
    pub(crate) notify: Classes,
    /// `proto-max-bulk-len`, in bytes: the longest string.
    pub(crate) longest_string: i64,
    /// `client-query-buffer-limit`, in bytes.
    pub(crate) query_limit: usize,
    /// `tracking-table-max-keys`; 0 is no limit.
    pub(crate) tracking_keys: usize,
    /// `client-output-buffer-limit`: what may pile up for a client that doesn't read what others send it.
    pub(crate) normal_limit: OutputLimit,
    pub(crate) replica_limit: OutputLimit,
    pub(crate) pubsub_limit: OutputLimit,
    /// `hash-max-listpack-entries` and `-value`, and so on: where `OBJECT ENCODING` changes.
    pub(crate) hash_listpack: (usize, usize),
    /// `zset-max-listpack-entries` and `-value`.
    pub(crate) zset_listpack: (usize, usize),
    /// `hll-sparse-max-bytes`.
    pub(crate) hll_sparse_bytes: usize,
    /// `set-max-intset-entries`.
    pub(crate) intset_entries: usize,
    /// How much memory the interpreter of scripts may use, in bytes.
    pub(crate) script_memory: usize,
    /// `maxmemory`, in bytes; 0 is no limit.
    pub(crate) max_memory: usize,
    /// `maxmemory-policy`.
    pub(crate) policy: Policy,
    /// `maxmemory-samples`.
    pub(crate) samples: usize,
    /// `maxclients`.
    pub(crate) max_clients: usize,
    /// `timeout`: connections end after so many seconds without a command; 0 is never.
    pub(crate) idle_timeout: i64,
    /// `slowlog-log-slower-than`, in microseconds; a negative number is never.
    pub(crate) slow_micros: i64,
    /// `slowlog-max-len`.
    pub(crate) slow_entries: usize,
    /// `acllog-max-len`.
    pub(crate) acl_log_entries: usize,
    /// `acl-pubsub-default`: whether new users may use all channels.
    pub(crate) acl_all_channels: bool,
    /// `busy-reply-threshold`, in milliseconds: after which time a script is so slow that other clients are told. 0 is
    /// never.
    pub(crate) busy_millis: i64,
    /// `databases`.
    pub(crate) databases: usize,
    /// `cluster-enabled`.
    pub(crate) cluster: bool,
    /// Whether the node begins with all slots.
    pub(crate) cluster_all_slots: bool,
    /// `cluster-require-full-coverage`.
    pub(crate) cluster_full_coverage: bool,
    /// `enable-debug-command`.
    pub(crate) debug_command: bool,
    /// `enable-protected-configs`.
    pub(crate) protected_configs: bool,
    /// What was set, by name, as it is shown: see [`crate::engine::settings`].
    pub(crate) values: HashMap<&'static str, String>,
}

/// What goes when memory is short.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Nothing: commands that need memory are refused.
    #[default]
    None,
    /// What hasn't been used for long.
    Lru,
    /// What hasn't been used for long, of what has a time to live.
    VolatileLru,
    Random,
    VolatileRandom,
    /// What expires soonest.
    VolatileTtl,
}

impl Policy {
    /// The policy of that name. How often keys are used isn't counted: the least frequently used are those that haven't
    /// been used for long.
    pub(crate) fn named(name: &str) -> Policy {
        match name {
            "allkeys-lru" | "allkeys-lfu" => Policy::Lru,
            "volatile-lru" | "volatile-lfu" => Policy::VolatileLru,
            "allkeys-random" => Policy::Random,
            "volatile-random" => Policy::VolatileRandom,
            "volatile-ttl" => Policy::VolatileTtl,
            _ => Policy::None,
        }
    }
}

const MB: usize = 1024 * 1024;

/// One class of `client-output-buffer-limit`. Sizes in bytes; none is the largest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutputLimit {
    /// Beyond it the client is cut off.
    pub(crate) hard: usize,
    /// Beyond it for so many seconds too.
    pub(crate) soft: usize,
    pub(crate) seconds: i64,
}

impl OutputLimit {
    /// As Redis writes them: 0 is none.
    pub(crate) const fn new(hard: usize, soft: usize, seconds: i64) -> OutputLimit {
        const fn limit(bytes: usize) -> usize {
            if bytes == 0 { usize::MAX } else { bytes }
        }
        OutputLimit { hard: limit(hard), soft: limit(soft), seconds }
    }

    /// As `CONFIG GET` shows it.
    pub(crate) fn shown(self) -> String {
        let bytes = |limit: usize| if limit == usize::MAX { 0 } else { limit };
        format!("{} {} {}", bytes(self.hard), bytes(self.soft), self.seconds)
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            password: None,
            users: Vec::new(),
            notify: Classes::default(),
            longest_string: 512 * 1024 * 1024,
            query_limit: 1024 * 1024 * 1024,
            tracking_keys: 1_000_000,
            normal_limit: OutputLimit::new(0, 0, 0),
            replica_limit: OutputLimit::new(256 * MB, 64 * MB, 60),
            pubsub_limit: OutputLimit::new(32 * MB, 8 * MB, 60),
            hash_listpack: (512, 64),
            zset_listpack: (128, 64),
            hll_sparse_bytes: 3000,
            intset_entries: 512,
            script_memory: 1024 * 1024 * 1024,
            max_memory: 0,
            policy: Policy::None,
            samples: 5,
            max_clients: 10_000,
            idle_timeout: 0,
            slow_micros: 10_000,
            slow_entries: 128,
            acl_log_entries: 128,
            acl_all_channels: false,
            busy_millis: 5000,
            databases: DATABASES,
            cluster: false,
            cluster_all_slots: false,
            cluster_full_coverage: true,
            debug_command: false,
            protected_configs: false,
            values: HashMap::new(),
        }
    }
}
