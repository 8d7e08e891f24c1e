//! The settings that commands and the server itself depend on.

use std::time::Duration;

use crate::engine::notify::Classes;

/// Settings, with Redis's defaults.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    /// The default user's password.
    pub(crate) password: Option<Vec<u8>>,
    /// `notify-keyspace-events`.
    pub(crate) notify: Classes,
    /// `proto-max-bulk-len`, in bytes: the longest string.
    pub(crate) longest_string: i64,
    /// `client-query-buffer-limit`, in bytes.
    pub(crate) query_limit: usize,
    /// What may pile up for a client that doesn't read what others send it (messages, invalidations), in bytes; beyond
    /// it the client is cut off.
    pub(crate) push_limit: usize,
    /// `hash-max-listpack-entries` and `-value`, and so on: where `OBJECT ENCODING` changes.
    pub(crate) hash_listpack: (usize, usize),
    /// `zset-max-listpack-entries` and `-value`.
    pub(crate) zset_listpack: (usize, usize),
    /// `hll-sparse-max-bytes`.
    pub(crate) hll_sparse_bytes: usize,
    /// `set-max-intset-entries`.
    pub(crate) intset_entries: usize,
    /// `busy-reply-threshold`: after which time a script is so slow that other clients are told.
    pub(crate) busy_reply_threshold: Option<Duration>,
    /// How much memory the interpreter of scripts may use, in bytes.
    pub(crate) script_memory: usize,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            password: None,
            notify: Classes::default(),
            longest_string: 512 * 1024 * 1024,
            query_limit: 1024 * 1024 * 1024,
            push_limit: 32 * 1024 * 1024,
            hash_listpack: (512, 64),
            zset_listpack: (128, 64),
            hll_sparse_bytes: 3000,
            intset_entries: 512,
            busy_reply_threshold: Some(Duration::from_secs(5)),
            script_memory: 1024 * 1024 * 1024,
        }
    }
}
