//! `INFO`.

use std::fmt::Write as _;

use crate::engine::command::{Command, Group, Spec, acl, flag, table};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::{Engine, REDIS_VERSION};

pub(crate) const COMMANDS: &[Spec] = &[Spec::new(
    "info",
    info,
    -1,
    flag::LOADING | flag::STALE,
    Group::Server,
    "1.0.0",
    "Get information and statistics about the server",
)
.acl(acl::DANGEROUS)
.tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])];

/// A section: its name, whether it is shown unless others are asked for, and what is in it.
type Section = (&'static str, bool, fn(&Engine, &mut Lines));

/// In Redis's order.
const SECTIONS: [Section; 12] = [
    ("Server", true, server),
    ("Clients", true, clients),
    ("Memory", true, memory),
    ("Persistence", true, persistence),
    ("Stats", true, stats),
    ("Replication", true, replication),
    ("CPU", true, cpu),
    ("Modules", true, |_, _| {}),
    ("Commandstats", false, command_stats),
    ("Errorstats", true, error_stats),
    ("Cluster", true, cluster),
    ("Keyspace", true, keyspace),
];

/// Lines of a name and a value.
#[derive(Debug, Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: impl std::fmt::Display) {
        // Writing to a string can't fail.
        let _ = write!(self.0, "{name}:{value}\r\n");
    }

    /// A number of bytes, also as people read it.
    fn bytes(&mut self, name: &str, value: usize) {
        self.add(name, value);
        self.add(&format!("{name}_human"), human(value));
    }
}

/// `1.29M`
fn human(bytes: usize) -> String {
    let units = [("G", 1usize << 30), ("M", 1 << 20), ("K", 1 << 10)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.2}{name}", bytes as f64 / unit as f64),
        None => format!("{bytes}B"),
    }
}

fn info(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let asked = |name: &str| args[1..].iter().any(|arg| arg.eq_ignore_ascii_case(name.as_bytes()));
    let all = asked("all") || asked("everything");
    let default = args.len() == 1 || asked("default");
    let mut lines = Lines::default();
    for (name, usual, write) in SECTIONS {
        if !(all || (default && usual) || asked(name)) {
            continue;
        }
        if !lines.0.is_empty() {
            lines.0.push_str("\r\n");
        }
        let _ = write!(lines.0, "# {name}\r\n");
        write(ctx.engine(), &mut lines);
    }
    ctx.out.verbatim("txt", lines.0.as_bytes());
    Ok(())
}

fn server(engine: &Engine, lines: &mut Lines) {
    let uptime = (engine.now - engine.started).max(0) / 1_000_000;
    lines.add("redis_version", REDIS_VERSION);
    lines.add("redis_git_sha1", "00000000");
    lines.add("redis_git_dirty", 0);
    lines.add("redis_build_id", 0);
    lines.add("pottery_embedded", env!("CARGO_PKG_VERSION"));
    lines.add("redis_mode", if engine.cluster.is_some() { "cluster" } else { "standalone" });
    lines.add("os", format_args!("{} {}", std::env::consts::OS, std::env::consts::ARCH));
    lines.add("arch_bits", usize::BITS);
    lines.add("process_id", std::process::id());
    lines.add("process_supervised", "no");
    lines.add("run_id", &engine.run_id);
    lines.add("tcp_port", engine.port);
    lines.add("server_time_usec", engine.now);
    lines.add("uptime_in_seconds", uptime);
    lines.add("uptime_in_days", uptime / 86_400);
    lines.add("hz", 10);
    lines.add("configured_hz", 10);
    lines.add("lru_clock", (engine.now / 1_000_000) & 0xff_ffff);
    lines.add("executable", std::env::current_exe().unwrap_or_default().display());
    lines.add("config_file", "");
    lines.add("io_threads_active", 0);
}

fn clients(engine: &Engine, lines: &mut Lines) {
    lines.add("connected_clients", engine.clients.len());
    lines.add("cluster_connections", 0);
    lines.add("maxclients", engine.config.max_clients);
    lines.add("client_recent_max_input_buffer", 0);
    lines.add("client_recent_max_output_buffer", 0);
    lines.add("blocked_clients", engine.clients.values().filter(|it| it.is_blocked()).count());
    lines.add("tracking_clients", engine.tracking.clients());
    lines.add("clients_in_timeout_table", engine.waits.len());
}

/// What the system says of this process, in bytes.
fn resident() -> usize {
    const PAGE: usize = 4096;
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * PAGE
}

fn memory(engine: &Engine, lines: &mut Lines) {
    let used = engine.used_memory();
    lines.bytes("used_memory", used);
    lines.bytes("used_memory_rss", resident());
    lines.bytes("used_memory_peak", used);
    let scripts = engine.scripts.memory();
    lines.bytes("used_memory_lua", scripts);
    lines.add("used_memory_vm_eval", scripts);
    lines.add("number_of_cached_scripts", engine.scripts.len());
    lines.bytes("maxmemory", engine.config.max_memory);
    let policy = crate::engine::settings::Setting::find(b"maxmemory-policy");
    lines.add("maxmemory_policy", policy.map(|it| engine.config.value(it)).unwrap_or_default());
    lines.add("mem_fragmentation_ratio", "1.00");
    lines.add("mem_allocator", "system");
    lines.add("active_defrag_running", 0);
    lines.add("lazyfree_pending_objects", 0);
    lines.add("lazyfreed_objects", 0);
}

fn persistence(engine: &Engine, lines: &mut Lines) {
    lines.add("loading", u8::from(engine.loading));
    lines.add("async_loading", 0);
    lines.add("rdb_changes_since_last_save", engine.dirty);
    lines.add("rdb_bgsave_in_progress", 0);
    lines.add("rdb_last_save_time", engine.started / 1_000_000);
    lines.add("rdb_last_bgsave_status", "ok");
    match &engine.propagation.hook {
        Some(hook) => {
            for line in hook.describe() {
                lines.0.push_str(&line);
                lines.0.push_str("\r\n");
            }
        }
        None => lines.add("aof_enabled", 0),
    }
}

fn stats(engine: &Engine, lines: &mut Lines) {
    let stats = &engine.stats;
    lines.add("total_connections_received", stats.connections);
    lines.add("total_commands_processed", stats.commands);
    lines.add("instantaneous_ops_per_sec", 0);
    lines.add("rejected_connections", stats.rejected_connections);
    lines.add("expired_keys", stats.expired);
    lines.add("evicted_keys", stats.evicted);
    lines.add("keyspace_hits", stats.hits);
    lines.add("keyspace_misses", stats.misses);
    lines.add("pubsub_channels", engine.channels.channels.len());
    lines.add("pubsub_patterns", engine.channels.patterns.len());
    lines.add("pubsubshard_channels", engine.channels.shards.len());
    lines.add("latest_fork_usec", 0);
    lines.add("tracking_total_keys", engine.tracking.keys());
    lines.add("tracking_total_items", engine.tracking.items());
    lines.add("tracking_total_prefixes", engine.tracking.prefixes());
    lines.add("unexpected_error_replies", 0);
    lines.add("total_error_replies", stats.errors.values().sum::<u64>());
}

fn replication(engine: &Engine, lines: &mut Lines) {
    lines.add("role", "master");
    lines.add("connected_slaves", 0);
    lines.add("master_failover_state", "no-failover");
    lines.add("master_replid", &engine.run_id);
    lines.add("master_replid2", "0".repeat(40));
    lines.add("master_repl_offset", 0);
    lines.add("second_repl_offset", -1);
    lines.add("repl_backlog_active", 0);
    lines.add("repl_backlog_size", 1_048_576);
    lines.add("repl_backlog_first_byte_offset", 0);
    lines.add("repl_backlog_histlen", 0);
}

/// Of the whole process, of which the server is a part. The system counts in hundredths of a second.
fn cpu(_: &Engine, lines: &mut Lines) {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program, in parentheses, may hold spaces.
    let fields = text.rsplit(')').next().unwrap_or_default();
    let field = |index: usize| {
        fields.split_whitespace().nth(index).and_then(|it| it.parse::<f64>().ok()).unwrap_or(0.0) / 100.0
    };
    lines.add("used_cpu_sys", format_args!("{:.6}", field(12)));
    lines.add("used_cpu_user", format_args!("{:.6}", field(11)));
    lines.add("used_cpu_sys_children", "0.000000");
    lines.add("used_cpu_user_children", "0.000000");
}

fn command_stats(engine: &Engine, lines: &mut Lines) {
    for command in table().commands() {
        command_line(engine, command, lines);
        for subcommand in &command.subcommands {
            command_line(engine, subcommand, lines);
        }
    }
}

fn command_line(engine: &Engine, command: &Command, lines: &mut Lines) {
    let it = engine.stats.calls_of(command);
    if it.calls + it.rejected == 0 {
        return;
    }
    let each = if it.calls == 0 { 0.0 } else { it.micros as f64 / it.calls as f64 };
    lines.add(
        &format!("cmdstat_{}", command.name),
        format_args!(
            "calls={},usec={},usec_per_call={each:.2},rejected_calls={},failed_calls={}",
            it.calls, it.micros, it.rejected, it.failed
        ),
    );
}

fn error_stats(engine: &Engine, lines: &mut Lines) {
    for (code, count) in &engine.stats.errors {
        lines.add(&format!("errorstat_{code}"), format_args!("count={count}"));
    }
}

fn cluster(engine: &Engine, lines: &mut Lines) {
    lines.add("cluster_enabled", u8::from(engine.cluster.is_some()));
}

fn keyspace(engine: &Engine, lines: &mut Lines) {
    for (index, db) in engine.dbs.iter().enumerate().filter(|(_, db)| !db.keys().is_empty()) {
        lines.add(
            &format!("db{index}"),
            format_args!("keys={},expires={},avg_ttl=0", db.keys().len(), db.expiring()),
        );
    }
}
