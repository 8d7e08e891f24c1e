//! Publish and subscribe.

use crate::engine::command::{Group, Handler, Spec, container, flag};
use crate::engine::commands::options::wrong_subcommand;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::glob;
use crate::engine::keyspec::{KeySpec, key};
use crate::engine::pubsub::Kind;

const LISTEN: u32 = flag::PUBSUB | flag::NOSCRIPT | flag::LOADING | flag::STALE | flag::IN_SUBSCRIPTION;
const SEND: u32 = flag::PUBSUB | flag::LOADING | flag::STALE | flag::FAST;
const LOOK: u32 = flag::PUBSUB | flag::LOADING | flag::STALE;

const fn command(
    name: &'static str,
    handler: Handler,
    arity: i32,
    flags: u32,
    since: &'static str,
    summary: &'static str,
) -> Spec {
    Spec::new(name, handler, arity, flags, Group::Pubsub, since, summary)
}

pub(crate) const COMMANDS: &[Spec] = &[
    command("psubscribe", subscribe, -2, LISTEN, "2.0.0", "Listen to channels that match patterns"),
    command("publish", publish, 3, SEND, "2.0.0", "Send a message to a channel"),
    command("pubsub", container, -2, 0, "2.8.0", "Who listens to what").acl(0).subcommands(&[
        command("channels", channels, -2, LOOK, "2.8.0", "The channels that somebody listens to"),
        command("help", help, 2, flag::LOADING | flag::STALE, "6.2.0", "What there is").acl(0),
        command("numpat", numpat, 2, LOOK, "2.8.0", "How many patterns are listened to"),
        command("numsub", numsub, -2, LOOK, "2.8.0", "How many listen to channels"),
        command("shardchannels", channels, -2, LOOK, "7.0.0", "The shard channels that somebody listens to"),
        command("shardnumsub", numsub, -2, LOOK, "7.0.0", "How many listen to shard channels"),
    ]),
    command("punsubscribe", unsubscribe, -1, LISTEN, "2.0.0", "Stop listening to patterns"),
    command("spublish", publish, 3, SEND, "7.0.0", "Send a message to a shard channel")
        .keys(&[KeySpec::first(key::NOT_KEY)]),
    command("ssubscribe", subscribe, -2, LISTEN, "7.0.0", "Listen to shard channels")
        .keys(&[KeySpec::range(1, -1, 1, key::NOT_KEY)]),
    command("subscribe", subscribe, -2, LISTEN, "2.0.0", "Listen to channels"),
    command("sunsubscribe", unsubscribe, -1, LISTEN, "7.0.0", "Stop listening to shard channels")
        .keys(&[KeySpec::range(1, -1, 1, key::NOT_KEY)]),
    command("unsubscribe", unsubscribe, -1, LISTEN, "2.0.0", "Stop listening to channels"),
];

/// What a command is about, by the letter that it begins with; the word that confirms a subscription or its end.
fn kind_of(args: &[&[u8]], end: bool) -> (Kind, &'static str) {
    match (args[0].first().map(u8::to_ascii_lowercase), args[0].get(1).map(u8::to_ascii_lowercase), end) {
        (Some(b'p'), _, false) => (Kind::Pattern, "psubscribe"),
        (Some(b'p'), _, true) => (Kind::Pattern, "punsubscribe"),
        (Some(b's'), Some(b's'), false) => (Kind::Shard, "ssubscribe"),
        (Some(b's'), _, true) => (Kind::Shard, "sunsubscribe"),
        (_, _, false) => (Kind::Channel, "subscribe"),
        (_, _, true) => (Kind::Channel, "unsubscribe"),
    }
}

fn subscribe(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (kind, word) = kind_of(args, false);
    // A client that gets one reply for each command couldn't make sense of more. Transactions are an exception that old
    // clients rely on, though not with shards, which are younger than the rule.
    if (ctx.is_nested() && kind == Kind::Shard) || ctx.is_captured() {
        return Err(Error::new(format!(
            "ERR {} isn't allowed for a DENY BLOCKING client",
            word.to_ascii_uppercase()
        )));
    }
    let id = ctx.db.client;
    for name in &args[1..] {
        ctx.engine().subscribe(id, kind, name);
        confirm(ctx, kind, word, Some(name));
    }
    Ok(())
}

fn unsubscribe(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (kind, word) = kind_of(args, true);
    let id = ctx.db.client;
    if args.len() > 1 {
        for name in &args[1..] {
            ctx.engine().unsubscribe(id, kind, name);
            confirm(ctx, kind, word, Some(name));
        }
        return Ok(());
    }
    let names: Vec<Box<[u8]>> = ctx.client().subscriptions.of(kind).keys().cloned().collect();
    for name in &names {
        ctx.engine().unsubscribe(id, kind, name);
        confirm(ctx, kind, word, Some(name));
    }
    if names.is_empty() {
        confirm(ctx, kind, word, None);
    }
    Ok(())
}

/// One message for each name, with what is listened to from now on.
fn confirm(ctx: &mut Ctx<'_>, kind: Kind, word: &str, name: Option<&[u8]>) {
    let count = ctx.client().subscriptions.count(kind);
    ctx.out.push(3);
    ctx.out.bulk(word.as_bytes());
    ctx.out.bulk_or_null(name);
    ctx.out.count(count);
}

fn publish(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let shard = args[0].first().is_some_and(|byte| byte.eq_ignore_ascii_case(&b's'));
    let engine = ctx.engine();
    let sent =
        if shard { engine.publish_to_shard(args[1], args[2]) } else { engine.publish(args[1], args[2]) };
    // Who listens to the channel gets the message before the reply.
    ctx.absorb();
    ctx.out.count(sent);
    Ok(())
}

/// Whether `PUBSUB`'s second word is about shards.
fn about(args: &[&[u8]]) -> Kind {
    if args[1].first().is_some_and(|byte| byte.eq_ignore_ascii_case(&b's')) {
        Kind::Shard
    } else {
        Kind::Channel
    }
}

fn channels(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    if args.len() > 3 {
        return Err(wrong_subcommand(args));
    }
    let place = ctx.out.later();
    let mut count = 0;
    for name in ctx.db.engine.channels.by_name(about(args)).keys() {
        if args.get(2).is_none_or(|pattern| glob::matches(pattern, name)) {
            ctx.out.bulk(name);
            count += 1;
        }
    }
    ctx.out.array_was(place, count);
    Ok(())
}

fn numsub(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    ctx.out.array(2 * (args.len() - 2));
    for name in &args[2..] {
        let count = ctx.db.engine.channels.by_name(about(args)).get(*name).map_or(0, Vec::len);
        ctx.out.bulk(name);
        ctx.out.count(count);
    }
    Ok(())
}

fn numpat(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    let count = ctx.engine().channels.patterns.len();
    ctx.out.count(count);
    Ok(())
}

fn help(ctx: &mut Ctx<'_>, _: &[&[u8]]) -> Result<(), Error> {
    ctx.out.help(
        "PUBSUB",
        &[
            "CHANNELS [<pattern>]",
            "    Return the currently active channels matching a <pattern> (default: '*').",
            "NUMPAT",
            "    Return number of subscriptions to patterns.",
            "NUMSUB [<channel> ...]",
            "    Return the number of subscribers for the specified channels, excluding",
            "    pattern subscriptions(default: no channels).",
            "SHARDCHANNELS [<pattern>]",
            "    Return the currently active shard level channels matching a <pattern> (default: '*').",
            "SHARDNUMSUB [<shardchannel> ...]",
            "    Return the number of subscribers for the specified shard level channel(s)",
        ],
    );
    Ok(())
}
