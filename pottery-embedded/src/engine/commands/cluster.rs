//! `CLUSTER`: a cluster of one node, seen and changed by clients. What takes more than one node is refused as if none of
//! the others were known.

use crate::engine::cluster::{Cluster, SLOTS, slot};
use crate::engine::command::{Group, Handler, Spec, acl, container, flag};
use crate::engine::commands::options::{integer, is, wrong_subcommand};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;

const LOOK: u32 = flag::STALE;
const ADMIN: u32 = flag::ADMIN | flag::STALE;
const CHANGE: u32 = ADMIN | flag::NO_ASYNC_LOADING;

const DISABLED: Error = Error::text("ERR This instance has cluster support disabled");

const fn sub(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Cluster, since, summary)
}

const UNSTABLE: &[&str] = &["nondeterministic_output"];
const FAST: u32 = flag::LOADING | flag::STALE | flag::FAST;

pub(crate) const COMMANDS: &[Spec] = &[
    sub("asking", asking, 1, flag::FAST, "3.0.0", "Let a slot be used that is about to come")
        .acl(acl::CONNECTION),
    sub("readonly", readonly, 1, FAST, "3.0.0", "Let replicas answer reads").acl(acl::CONNECTION),
    sub("readwrite", readwrite, 1, FAST, "3.0.0", "Let replicas answer reads no more").acl(acl::CONNECTION),
    sub("cluster", container, -2, 0, "3.0.0", "The cluster").subcommands(&[
        sub("addslots", change_slots, -3, CHANGE, "3.0.0", "Take slots"),
        sub("addslotsrange", change_slots, -4, CHANGE, "7.0.0", "Take ranges of slots"),
        sub("bumpepoch", bumpepoch, 2, CHANGE, "3.0.0", "Advance the epoch").tips(UNSTABLE),
        sub("count-failure-reports", failures, 3, ADMIN, "3.0.0", "How many say that a node fails")
            .tips(UNSTABLE),
        sub("countkeysinslot", countkeysinslot, 3, LOOK, "3.0.0", "How many keys are in a slot"),
        sub("delslots", change_slots, -3, CHANGE, "3.0.0", "Give slots away"),
        sub("delslotsrange", change_slots, -4, CHANGE, "7.0.0", "Give ranges of slots away"),
        sub("failover", failover, -2, CHANGE, "3.0.0", "Take over from the master"),
        sub("flushslots", flushslots, 2, CHANGE, "3.0.0", "Give all slots away"),
        sub("forget", forget, 3, CHANGE, "3.0.0", "Forget a node"),
        sub("getkeysinslot", getkeysinslot, 4, LOOK, "3.0.0", "The keys in a slot").tips(UNSTABLE),
        sub("help", help, 2, flag::LOADING | flag::STALE, "5.0.0", "What there is"),
        sub("info", info, 2, LOOK, "3.0.0", "How the cluster is").tips(UNSTABLE),
        sub("keyslot", keyslot, 3, LOOK, "3.0.0", "The slot of a key"),
        sub("links", links, 2, LOOK, "7.0.0", "The connections to other nodes").tips(UNSTABLE),
        sub("meet", refuse, -4, CHANGE, "3.0.0", "Join another node"),
        sub("myid", myid, 2, LOOK, "3.0.0", "The name of this node"),
        sub("nodes", nodes, 2, LOOK, "3.0.0", "All nodes").tips(UNSTABLE),
        sub("replicas", replicas, 3, ADMIN, "5.0.0", "The replicas of a node").tips(UNSTABLE),
        sub("replicate", replicate, 3, CHANGE, "3.0.0", "Become a node's replica"),
        sub("reset", reset, -2, ADMIN | flag::NOSCRIPT, "3.0.0", "Forget the cluster"),
        sub("saveconfig", done, 2, CHANGE, "3.0.0", "Write down what is known of the cluster"),
        sub("set-config-epoch", set_epoch, 3, CHANGE, "3.0.0", "Set the epoch of a new node"),
        sub("setslot", setslot, -4, CHANGE, "3.0.0", "Move a slot"),
        sub("shards", shards, 2, LOOK, "7.0.0", "The slots and who has them").tips(UNSTABLE),
        sub("slaves", replicas, 3, ADMIN, "3.0.0", "The replicas of a node").tips(UNSTABLE),
        sub("slots", slots, 2, LOOK, "3.0.0", "The slots and who has them").tips(UNSTABLE),
    ]),
];

/// The cluster, if there is one.
fn cluster<'a>(ctx: &'a mut Ctx<'_>) -> Result<&'a mut Cluster, Error> {
    ctx.engine().cluster.as_mut().ok_or(DISABLED)
}

fn done(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    ctx.out.ok();
    Ok(())
}

fn asking(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    done(ctx, args)
}

fn readonly(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    done(ctx, args)?;
    ctx.client().readonly = true;
    Ok(())
}

fn readwrite(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    done(ctx, args)?;
    ctx.client().readonly = false;
    Ok(())
}

fn refuse(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    Err(Error::text("ERR pottery-embedded is a cluster of one node"))
}

/// Reads a slot's number.
fn parse_slot(arg: &[u8]) -> Result<usize, Error> {
    let slot = parse_i64(arg).and_then(|slot| usize::try_from(slot).ok()).filter(|slot| *slot < SLOTS);
    slot.ok_or(Error::text("ERR Invalid or out of range slot"))
}

/// `ADDSLOTS`, `ADDSLOTSRANGE`, `DELSLOTS` and `DELSLOTSRANGE`: all that are named, or none.
fn change_slots(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let cluster = cluster(ctx)?;
    let add = args[1][0].eq_ignore_ascii_case(&b'a');
    let ranges = args[1].len() > b"ADDSLOTS".len();
    let mut named = Vec::new();
    if ranges {
        if !args.len().is_multiple_of(2) {
            return Err(Error::arity(if add { "cluster|addslotsrange" } else { "cluster|delslotsrange" }));
        }
        let mut pairs = Vec::new();
        for pair in args[2..].chunks(2) {
            let (start, end) = (parse_slot(pair[0])?, parse_slot(pair[1])?);
            if start > end {
                return Err(Error::new(format!(
                    "ERR start slot number {start} is greater than end slot number {end}"
                )));
            }
            pairs.push(start..=end);
        }
        named.extend(pairs.into_iter().flatten());
    } else {
        for arg in &args[2..] {
            named.push(parse_slot(arg)?);
        }
    }
    let mut seen = vec![false; SLOTS];
    for slot in &named {
        if cluster.has(*slot) == add {
            let state = if add { "busy" } else { "unassigned" };
            return Err(Error::new(format!("ERR Slot {slot} is already {state}")));
        }
        if std::mem::replace(&mut seen[*slot], true) {
            return Err(Error::new(format!("ERR Slot {slot} specified multiple times")));
        }
    }
    for slot in named {
        cluster.set(slot, add);
    }
    ctx.out.ok();
    Ok(())
}

fn flushslots(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    if !ctx.engine().dbs[0].keys().is_empty() {
        return Err(Error::text("ERR DB must be empty to perform CLUSTER FLUSHSLOTS."));
    }
    let cluster = cluster(ctx)?;
    (0..SLOTS).for_each(|slot| cluster.set(slot, false));
    ctx.out.ok();
    Ok(())
}

fn reset(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    match args[2..] {
        [] => {}
        [how] if is(how, "HARD") || is(how, "SOFT") => {}
        [_] => return Err(Error::SYNTAX),
        _ => return Err(wrong_subcommand(args)),
    }
    if !ctx.engine().dbs[0].keys().is_empty() {
        return Err(Error::text("ERR CLUSTER RESET can't be called with master nodes containing keys"));
    }
    flushslots(ctx, args)
}

fn bumpepoch(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let cluster = cluster(ctx)?;
    let (word, epoch) = if cluster.epoch == 0 { ("BUMPED", 1) } else { ("STILL", cluster.epoch) };
    cluster.epoch = epoch;
    ctx.out.simple(&format!("{word} {epoch}"));
    Ok(())
}

fn set_epoch(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let cluster = cluster(ctx)?;
    let epoch = integer(args[2])?;
    if epoch < 0 {
        return Err(Error::new(format!("ERR Invalid config epoch specified: {epoch}")));
    }
    if cluster.epoch != 0 {
        return Err(Error::text("ERR Node config epoch is already non-zero"));
    }
    cluster.epoch = epoch;
    ctx.out.ok();
    Ok(())
}

/// Whether the node that is meant is this one.
///
/// # Errors
/// When it is another: there is none.
fn known(ctx: &mut Ctx<'_>, name: &[u8]) -> Result<(), Error> {
    if cluster(ctx)?.id.as_bytes() == name {
        return Ok(());
    }
    Err(Error::bytes([b"ERR Unknown node ", name].concat()))
}

fn failures(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    known(ctx, args[2])?;
    ctx.out.integer(0);
    Ok(())
}

fn replicas(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    known(ctx, args[2])?;
    ctx.out.array(0);
    Ok(())
}

fn links(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    ctx.out.array(0);
    Ok(())
}

fn forget(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    known(ctx, args[2])?;
    Err(Error::text("ERR I tried hard but I can't forget myself..."))
}

fn replicate(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    known(ctx, args[2])?;
    Err(Error::text("ERR Can't replicate myself"))
}

fn failover(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    match args[2..] {
        [] => {}
        [how] if is(how, "FORCE") || is(how, "TAKEOVER") => {}
        [_] => return Err(Error::SYNTAX),
        _ => return Err(wrong_subcommand(args)),
    }
    Err(Error::text("ERR You should send CLUSTER FAILOVER to a replica"))
}

fn setslot(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    let slot = parse_slot(args[2])?;
    match &args[3..] {
        [word] if is(word, "STABLE") => {}
        [word, node] if is(word, "MIGRATING") => {
            if !cluster(ctx)?.has(slot) {
                return Err(Error::new(format!("ERR I'm not the owner of hash slot {slot}")));
            }
            return Err(Error::bytes([b"ERR I don't know about node ", *node].concat()));
        }
        [word, node] if is(word, "IMPORTING") => {
            if cluster(ctx)?.has(slot) {
                return Err(Error::new(format!("ERR I'm already the owner of hash slot {slot}")));
            }
            return Err(Error::bytes([b"ERR I don't know about node ", *node].concat()));
        }
        [word, node] if is(word, "NODE") => {
            known(ctx, node)?;
            cluster(ctx)?.set(slot, true);
        }
        _ => {
            return Err(Error::text(
                "ERR Invalid CLUSTER SETSLOT action or number of arguments. Try CLUSTER HELP",
            ));
        }
    }
    ctx.out.ok();
    Ok(())
}

fn keyslot(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    ctx.out.count(slot(args[2]));
    Ok(())
}

fn countkeysinslot(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    let wanted = usize::try_from(integer(args[2])?).ok().filter(|slot| *slot < SLOTS);
    let wanted = wanted.ok_or(Error::text("ERR Invalid slot"))?;
    let count = ctx.engine().dbs[0].keys().keys().filter(|key| slot(key) == wanted).count();
    ctx.out.count(count);
    Ok(())
}

fn getkeysinslot(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    let wanted = usize::try_from(integer(args[2])?).ok().filter(|slot| *slot < SLOTS);
    let limit = usize::try_from(integer(args[3])?).ok();
    let (Some(wanted), Some(limit)) = (wanted, limit) else {
        return Err(Error::text("ERR Invalid slot or number of keys"));
    };
    let keys = ctx.db.engine.dbs[0].keys().keys();
    let found: Vec<_> = keys.filter(|key| slot(key) == wanted).take(limit).collect();
    ctx.out.array(found.len());
    for key in found {
        ctx.out.bulk(key);
    }
    Ok(())
}

fn myid(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let id = cluster(ctx)?.id.clone();
    ctx.out.bulk(id.as_bytes());
    Ok(())
}

fn info(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let state = if ctx.engine().cluster_is_up() { "ok" } else { "fail" };
    let Cluster { epoch, .. } = *cluster(ctx)?;
    let count = cluster(ctx)?.count();
    let text = format!(
        "cluster_state:{state}\r\ncluster_slots_assigned:{count}\r\ncluster_slots_ok:{count}\r\ncluster_slots_pfail:0\r\n\
         cluster_slots_fail:0\r\ncluster_known_nodes:1\r\ncluster_size:{}\r\ncluster_current_epoch:{epoch}\r\n\
         cluster_my_epoch:{epoch}\r\ncluster_stats_messages_sent:0\r\ncluster_stats_messages_received:0\r\n\
         total_cluster_links_buffer_limit_exceeded:0\r\n",
        usize::from(count > 0),
    );
    ctx.out.verbatim("txt", text.as_bytes());
    Ok(())
}

fn nodes(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let port = u32::from(ctx.engine().port);
    let cluster = cluster(ctx)?;
    let epoch = cluster.epoch;
    let mut line = format!("{} :{port}@{} myself,master - 0 0 {epoch} connected", cluster.id, port + 10_000);
    for (start, end) in cluster.ranges() {
        line.push_str(&if start == end { format!(" {start}") } else { format!(" {start}-{end}") });
    }
    line.push('\n');
    ctx.out.verbatim("txt", line.as_bytes());
    Ok(())
}

fn slots(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let port = i64::from(ctx.engine().port);
    let (id, ranges) = (cluster(ctx)?.id.clone(), cluster(ctx)?.ranges());
    let out = &mut ctx.out;
    out.array(ranges.len());
    for (start, end) in ranges {
        out.array(3);
        out.count(start);
        out.count(end);
        out.array(4);
        // The address isn't known: clients take the one they are connected to.
        out.bulk(b"");
        out.integer(port);
        out.bulk(id.as_bytes());
        out.map(0);
    }
    Ok(())
}

fn shards(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let port = i64::from(ctx.engine().port);
    let (id, ranges) = (cluster(ctx)?.id.clone(), cluster(ctx)?.ranges());
    let out = &mut ctx.out;
    out.array(1);
    out.map(2);
    out.bulk(b"slots");
    out.array(2 * ranges.len());
    for (start, end) in ranges {
        out.count(start);
        out.count(end);
    }
    out.bulk(b"nodes");
    out.array(1);
    out.map(7);
    let text = |out: &mut crate::engine::resp::Out, name: &str, value: &str| {
        out.bulk(name.as_bytes());
        out.bulk(value.as_bytes());
    };
    text(out, "id", &id);
    out.bulk(b"port");
    out.integer(port);
    text(out, "ip", "");
    text(out, "endpoint", "");
    text(out, "role", "master");
    out.bulk(b"replication-offset");
    out.integer(0);
    text(out, "health", "online");
    Ok(())
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    cluster(ctx)?;
    ctx.out.help("CLUSTER", HELP);
    Ok(())
}

const HELP: &[&str] = &[
    "ADDSLOTS <slot> [<slot> ...]",
    "    Assign slots to current node.",
    "ADDSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]",
    "    Assign slots which are between <start-slot> and <end-slot> to current node.",
    "BUMPEPOCH",
    "    Advance the cluster config epoch.",
    "COUNT-FAILURE-REPORTS <node-id>",
    "    Return number of failure reports for <node-id>.",
    "COUNTKEYSINSLOT <slot>",
    "    Return the number of keys in <slot>.",
    "DELSLOTS <slot> [<slot> ...]",
    "    Delete slots information from current node.",
    "DELSLOTSRANGE <start slot> <end slot> [<start slot> <end slot> ...]",
    "    Delete slots information which are between <start-slot> and <end-slot> from current node.",
    "FAILOVER [FORCE|TAKEOVER]",
    "    Promote current replica node to being a master.",
    "FORGET <node-id>",
    "    Remove a node from the cluster.",
    "GETKEYSINSLOT <slot> <count>",
    "    Return key names stored by current node in a slot.",
    "FLUSHSLOTS",
    "    Delete current node own slots information.",
    "INFO",
    "    Return information about the cluster.",
    "KEYSLOT <key>",
    "    Return the hash slot for <key>.",
    "MEET <ip> <port> [<bus-port>]",
    "    Connect nodes into a working cluster.",
    "MYID",
    "    Return the node id.",
    "NODES",
    "    Return cluster configuration seen by node. Output format:",
    "    <id> <ip:port> <flags> <master> <pings> <pongs> <epoch> <link> <slot> ...",
    "REPLICATE <node-id>",
    "    Configure current node as replica to <node-id>.",
    "RESET [HARD|SOFT]",
    "    Reset current node (default: soft).",
    "SET-CONFIG-EPOCH <epoch>",
    "    Set config epoch of current node.",
    "SETSLOT <slot> (IMPORTING <node-id>|MIGRATING <node-id>|STABLE|NODE <node-id>)",
    "    Set slot state.",
    "REPLICAS <node-id>",
    "    Return <node-id> replicas.",
    "SAVECONFIG",
    "    Force saving cluster configuration on disk.",
    "SLOTS",
    "    Return information about slots range mappings. Each range is made of:",
    "    start, end, master and replicas IP addresses, ports and ids",
    "SHARDS",
    "    Return information about slot range mappings and the nodes associated with them.",
    "LINKS",
    "    Return information about all network links between this node and its peers.",
    "    Output format is an array where each array element is a map containing attributes of a link",
];
