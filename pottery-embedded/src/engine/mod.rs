//! Everything that Redis means, without any I/O.
//!
//! An [`Engine`] is a whole server's state. A connection is a client of it: [`Engine::connect`], [`Engine::execute`],
//! [`Engine::disconnect`]. Replies, and whatever else is for a client, gather in the client's own buffer. Time passes only
//! when [`Engine::tick`] or a command looks at the clock.
//!
//! # Where a new command goes
//!
//! Into its family's file in `commands/`: a [`command::Spec`] in the `COMMANDS` there and a handler of the same name. A
//! new family is a file with such a constant and its line in `commands/mod.rs`. `COMMAND` and its kin, the categories, the
//! documentation and the random tests take everything from the table. Then cases in
//! `tests/conformance/cases/<family>.txt`: edge cases and every error.
//!
//! # What handlers obey
//!
//! * A handler gets a [`context::Ctx`] and `args`, whose first is the command's name; the number of arguments has been
//!   checked. It writes exactly one reply to `ctx.out`, or returns an error, or blocks the client.
//! * It checks all arguments before it changes anything, in the order in which Redis does: that decides which of two
//!   errors is told. Nothing a client sends may make it panic, run for ever, or allocate what wasn't sent.
//! * It reaches keys through `ctx.db` alone (`get`, `get_mut`, `get_or_create`, `set`, `remove`...), never through
//!   `engine.dbs`, so that what has expired is gone and who waits is served.
//! * After a change of a key it says [`context::Ctx::changed`] (watchers, invalidation, the append-only file) and
//!   [`context::Ctx::notify`] (keyspace events), both at once with [`context::Ctx::touched`]; after taking something out,
//!   [`context::Ctx::remove_if_empty`].
//! * If running the same command again at another time, or on another day's luck, would do something else, it says
//!   [`context::Ctx::propagate_as`] what would do the same.
//! * A blocking command tries first, then asks [`context::Ctx::may_block`] and says [`context::Ctx::block`].
//! * Time is `ctx.now()` and chance `engine.random`, nothing else.
//! * In doubt, ask the real server, byte for byte.

pub(crate) mod acl;
pub(crate) mod args;
pub(crate) mod bitfield;
pub(crate) mod bits;
pub(crate) mod blocking;
pub(crate) mod client;
pub(crate) mod clock;
pub(crate) mod cluster;
pub(crate) mod command;
pub(crate) mod commands;
pub(crate) mod config;
pub(crate) mod context;
pub(crate) mod db;
pub(crate) mod dict;
pub(crate) mod effects;
pub(crate) mod error;
pub(crate) mod eviction;
pub(crate) mod execute;
pub(crate) mod geo;
pub(crate) mod glob;
pub(crate) mod hash;
pub(crate) mod hyperloglog;
pub(crate) mod keyspec;
pub(crate) mod lcs;
pub(crate) mod long_double;
pub(crate) mod memory;
pub(crate) mod monitor;
pub(crate) mod notify;
pub(crate) mod number;
pub(crate) mod pause;
pub(crate) mod pubsub;
pub(crate) mod rdb;
pub(crate) mod resp;
pub(crate) mod script;
pub(crate) mod set;
pub(crate) mod settings;
pub(crate) mod shutdown;
pub(crate) mod stats;
pub(crate) mod stream;
pub(crate) mod time;
pub(crate) mod tracking;
pub(crate) mod transaction;
pub(crate) mod value;
pub(crate) mod zset;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use hashbrown::HashMap;

use client::{Client, ClientId};
use clock::Clock;
use config::Config;
use db::Db;
use effects::Propagation;
use pubsub::Channels;
use script::Scripts;
use script::busy::Busy;
pub(crate) use stats::Stats;

use crate::testing::Rig;

/// How many databases `SELECT` can choose from.
pub(crate) const DATABASES: usize = 16;

/// The version of Redis that this behaves as.
pub(crate) const REDIS_VERSION: &str = "7.0.15";

/// A server's state.
#[derive(Debug)]
pub(crate) struct Engine {
    /// Handlers don't touch these: see [`context::Keyspace`].
    pub(crate) dbs: Vec<Db>,
    pub(crate) clients: HashMap<ClientId, Client>,
    last_client: u64,
    pub(crate) clock: Clock,
    /// The time, in microseconds since 1970, of the command that runs.
    pub(crate) now: i64,
    pub(crate) config: Config,
    pub(crate) users: acl::Users,
    pub(crate) channels: Channels,
    /// Who is told of which changes.
    pub(crate) tracking: tracking::Table,
    /// Who is told of every command.
    pub(crate) monitors: Vec<ClientId>,
    pub(crate) pause: Option<pause::Pause>,
    /// Whose command waits for the end of the pause, in the order of arrival.
    pub(crate) postponed: Vec<ClientId>,
    /// Commands that have waited for it.
    pub(crate) resume: Vec<(ClientId, args::Owned)>,
    /// Whose command runs.
    pub(crate) current: Option<ClientId>,
    /// Grows with every change: what a command added to it tells whether it changed anything.
    pub(crate) dirty: u64,
    pub(crate) propagation: Propagation,
    /// Whether a file is being run again.
    pub(crate) loading: bool,
    /// Keys that came into being and that someone waits for.
    pub(crate) ready: Vec<(usize, Box<[u8]>)>,
    /// How many clients wait for a key that must not be removed meanwhile.
    pub(crate) fragile_waits: usize,
    /// When blocked clients give up, in milliseconds since 1970.
    pub(crate) waits: BTreeSet<(i64, ClientId)>,
    alarm: time::Alarm,
    shutdown: shutdown::Shutdown,
    pub(crate) stats: Stats,
    pub(crate) slow: stats::SlowLog,
    /// If it is a node of a cluster.
    pub(crate) cluster: Option<cluster::Cluster>,
    /// Whether memory was short when the command that runs was admitted.
    pub(crate) out_of_memory: bool,
    /// Whether expired keys are removed although nobody looks at them.
    pub(crate) active_expiry: bool,
    pub(crate) scripts: Scripts,
    pub(crate) busy: Busy,
    /// The only source of chance.
    pub(crate) random: fastrand::Rng,
    /// Forty digits that no other server has.
    pub(crate) run_id: String,
    /// When it started, in microseconds since 1970.
    pub(crate) started: i64,
    /// The port that it listens on, 0 without one.
    pub(crate) port: u16,
    /// What tests have the server do to its clients.
    pub(crate) rig: Rig,
}

impl Engine {
    pub(crate) fn new(clock: Clock, config: Config) -> Engine {
        let now = clock.micros();
        let mut users = acl::Users::new(config.password.as_deref());
        let mut random = fastrand::Rng::new();
        let mut name = || (0..40).map(|_| char::from(b"0123456789abcdef"[random.usize(..16)])).collect();
        let run_id = name();
        let cluster = config.cluster.then(|| cluster::Cluster::new(name(), config.cluster_all_slots));
        for user in &config.users {
            users.insert(user.clone());
        }
        Engine {
            dbs: (0..config.databases).map(|_| Db::default()).collect(),
            clients: HashMap::new(),
            last_client: 0,
            clock,
            now,
            config,
            users,
            channels: Channels::default(),
            tracking: tracking::Table::default(),
            monitors: Vec::new(),
            pause: None,
            postponed: Vec::new(),
            resume: Vec::new(),
            current: None,
            dirty: 0,
            propagation: Propagation::default(),
            loading: false,
            ready: Vec::new(),
            fragile_waits: 0,
            waits: BTreeSet::new(),
            alarm: time::Alarm::default(),
            shutdown: shutdown::Shutdown::default(),
            stats: Stats::default(),
            slow: stats::SlowLog::default(),
            cluster,
            out_of_memory: false,
            active_expiry: true,
            scripts: Scripts::default(),
            busy: Busy::default(),
            run_id,
            random,
            started: now,
            port: 0,
            rig: Rig::default(),
        }
    }

    /// Does what follows from a setting, beyond what reads it anew each time.
    pub(crate) fn setting_changed(&mut self, name: &str) {
        match name {
            "timeout" => self.alarm_at(0),
            "maxmemory" => {
                self.measure_all();
                self.make_room();
            }
            "requirepass" => {
                let password = self.config.password.clone();
                self.set_default_password(password.as_deref());
            }
            _ => {}
        }
    }

    /// The time of the command that runs, in milliseconds since 1970.
    pub(crate) fn now_ms(&self) -> i64 {
        self.now.div_euclid(1000)
    }

    /// What expires until then is gone. While a file is run again nothing is: the commands that follow may have met keys
    /// alive whose time is over today.
    pub(crate) fn expiry_time(&self) -> i64 {
        if self.loading { i64::MIN } else { self.now_ms() }
    }
}
