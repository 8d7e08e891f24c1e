//! Collections: what each operation does on a real server.
#![cfg(all(feature = "async", feature = "blocking"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, reason = "tests")]

mod bits;
mod bloom;
mod cycle;
mod default_map;
mod deque;
mod flag;
mod float;
mod geo;
mod hyper_log_log;
mod integer;
mod keyspace;
mod limiter;
mod list;
mod map;
mod map_expiry;
mod memo;
mod multiset;
mod queue;
mod set;
mod slots;
mod sorted_set;
mod stream;
mod temporary;
mod text;
mod unique_list;
mod unique_queue;
mod value;

use std::sync::LazyLock;
use std::time::Duration;

use pottery::Store;
use pottery_test_support::shared;

/// A store of its own on the server that all share. What is tested with much data may take long on a machine that does
/// other things too.
fn store() -> Store {
    Store::options(&shared().url()).timeout(Duration::from_secs(60)).open().unwrap()
}

/// One store for all, where many are asked for.
fn common_store() -> Store {
    static STORE: LazyLock<Store> = LazyLock::new(store);
    STORE.clone()
}
