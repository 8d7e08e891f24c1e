//! `XREAD` and `XREADGROUP`, which may wait for what is to come.

use crate::engine::args::Owned;
use crate::engine::command::cut;
use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;
use crate::engine::resp::Out;
use crate::engine::stream::{Id, Stream};

use super::{Told, created_consumer, no_group, write_entries, write_entry, write_id};

/// What is asked for.
#[derive(Debug)]
struct Query<'a> {
    /// The group and the consumer.
    group: Option<(&'a [u8], &'a [u8])>,
    keys: &'a [&'a [u8]],
    ids: &'a [&'a [u8]],
    /// At most so many entries of each stream.
    count: usize,
    /// How long to wait: `None` not at all, and then when to give up, `None` never.
    block: Option<Option<i64>>,
    /// Whether what is delivered needs no acknowledgement.
    no_ack: bool,
}

/// Where to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    After(Id),
    /// `>`: what nobody in the group was given.
    New,
}

pub(super) fn xread(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let query = Query::parse(ctx, args, false)?;
    let from = query.resolve(ctx)?;
    let mut found: Vec<(usize, Id)> = Vec::new();
    for (index, (key, from)) in query.keys.iter().zip(&from).enumerate() {
        let top = ctx.db.get::<Stream>(key)?.and_then(Stream::top_id);
        if let From::After(id) = *from
            && top.is_some_and(|top| top > id)
        {
            found.push((index, id));
        }
    }
    if found.is_empty() {
        return query.wait(ctx, args, &from);
    }
    write_head(&mut ctx.out, found.len());
    for (index, after) in found {
        let key = query.keys[index];
        write_key(&mut ctx.out, key);
        if let Some(stream) = ctx.db.get::<Stream>(key)? {
            write_entries(&mut ctx.out, &query.entries(stream, after));
        }
    }
    Ok(())
}

pub(super) fn xreadgroup(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let query = Query::parse(ctx, args, true)?;
    let Some((group, _)) = query.group else {
        return Err(Error::text("ERR Missing GROUP option for XREADGROUP"));
    };
    let from = query.resolve(ctx)?;
    let mut told = Told::new(ctx);
    let (place, mut streams) = (ctx.out.later(), 0);
    for (key, from) in query.keys.iter().zip(&from) {
        // What is delivered for a key isn't there for the same key again.
        let Some(stream) = ctx.db.get::<Stream>(key)? else { continue };
        let last_id = stream.groups.get(group).map(|group| group.last_id);
        if *from == From::New && stream.top_id() <= last_id {
            continue;
        }
        streams += 1;
        write_key(&mut ctx.out, key);
        match from {
            From::New => query.deliver(ctx, key, &mut told)?,
            From::After(id) => query.write_history(ctx, key, *id, &mut told)?,
        }
    }
    if streams == 0 {
        return query.wait(ctx, args, &from);
    }
    if ctx.out.resp3 {
        ctx.out.map_was(place, streams);
    } else {
        ctx.out.array_was(place, streams);
    }
    told.tell(ctx);
    Ok(())
}

/// Begins what holds a stream's name and its entries for each of so many streams.
fn write_head(out: &mut Out, streams: usize) {
    if out.resp3 { out.map(streams) } else { out.array(streams) }
}

fn write_key(out: &mut Out, key: &[u8]) {
    if !out.resp3 {
        out.array(2);
    }
    out.bulk(key);
}

/// When a wait of some milliseconds ends. `None` for one that doesn't.
fn deadline(ctx: &Ctx<'_>, millis: &[u8]) -> Result<Option<i64>, Error> {
    let millis = parse_i64(millis).ok_or(Error::text("ERR timeout is not an integer or out of range"))?;
    match millis {
        0 => Ok(None),
        ..0 => Err(Error::text("ERR timeout is negative")),
        // One that ends after all time doesn't.
        _ => Ok(ctx.now().checked_add(millis)),
    }
}

impl<'a> Query<'a> {
    fn parse(ctx: &Ctx<'_>, args: &'a [&'a [u8]], groups: bool) -> Result<Query<'a>, Error> {
        let mut query =
            Query { group: None, keys: &[], ids: &[], count: usize::MAX, block: None, no_ack: false };
        let only = |option: &str| {
            Error::new(format!(
                "ERR The {option} option is only supported by XREADGROUP. You called XREAD instead."
            ))
        };
        let mut rest = &args[1..];
        loop {
            rest = match rest {
                [word, _, ..] if is(word, "BLOCK") && ctx.is_captured() => {
                    let name = args[0];
                    let refusal = b" command is not allowed with BLOCK option from scripts";
                    return Err(Error::bytes([b"ERR ", cut(name, usize::MAX), refusal].concat()));
                }
                [word, millis, after @ ..] if is(word, "BLOCK") => {
                    query.block = Some(deadline(ctx, millis)?);
                    after
                }
                [word, count, after @ ..] if is(word, "COUNT") => {
                    let count = usize::try_from(integer(count)?).unwrap_or(0);
                    query.count = if count == 0 { usize::MAX } else { count };
                    after
                }
                [word, streams @ ..] if is(word, "STREAMS") && !streams.is_empty() => {
                    if streams.len() % 2 == 1 {
                        return Err(Error::text(
                            "ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
                        ));
                    }
                    (query.keys, query.ids) = streams.split_at(streams.len() / 2);
                    return Ok(query);
                }
                [word, group, consumer, after @ ..] if is(word, "GROUP") => {
                    if !groups {
                        return Err(only("GROUP"));
                    }
                    query.group = Some((group, consumer));
                    after
                }
                [word, after @ ..] if is(word, "NOACK") => {
                    if !groups {
                        return Err(only("NOACK"));
                    }
                    query.no_ack = true;
                    after
                }
                _ => return Err(Error::SYNTAX),
            };
        }
    }

    /// Where to read each stream on.
    fn resolve(&self, ctx: &mut Ctx<'_>) -> Result<Vec<From>, Error> {
        let mut all = Vec::with_capacity(self.keys.len());
        for (key, id) in self.keys.iter().zip(self.ids) {
            let stream = ctx.db.get::<Stream>(key)?;
            if let Some((group, _)) = self.group
                && !stream.is_some_and(|stream| stream.groups.contains_key(group))
            {
                return Err(no_group(key, group, " in XREADGROUP with GROUP option"));
            }
            all.push(match *id {
                b"$" if self.group.is_some() => {
                    return Err(Error::text(
                        "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this \
                         consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just \
                         return an empty result set.",
                    ));
                }
                b"$" => From::After(stream.map_or(Id::MIN, |stream| stream.last_id)),
                b">" if self.group.is_some() => From::New,
                b">" => {
                    return Err(Error::text(
                        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> \
                         option.",
                    ));
                }
                id => match Id::parse(id, 0)? {
                    // Redis means this one when it reads `>`.
                    Id::MAX if self.group.is_some() => From::New,
                    id => From::After(id),
                },
            });
        }
        Ok(all)
    }

    /// Answers that there is nothing, now or in a while.
    fn wait(&self, ctx: &mut Ctx<'_>, args: &[&[u8]], from: &[From]) -> Result<(), Error> {
        let Some(deadline) = self.block.filter(|_| ctx.may_block()) else {
            ctx.out.null_array();
            return Ok(());
        };
        // What `$` means is settled now.
        let ids: Vec<String> = from
            .iter()
            .map(|from| match from {
                From::After(id) => id.to_string(),
                From::New => ">".to_owned(),
            })
            .collect();
        let start = &args[..args.len() - ids.len()];
        let args: Vec<&[u8]> = start.iter().copied().chain(ids.iter().map(|id| id.as_bytes())).collect();
        match self.group {
            Some(_) => ctx.block_while_exists(self.keys, &args, deadline, serve_group, GONE),
            None => ctx.block(self.keys, &args, deadline, serve),
        }
        Ok(())
    }

    fn entries<'s>(&self, stream: &'s Stream, after: Id) -> Vec<(Id, &'s Owned)> {
        let start = after.next().unwrap_or(Id::MIN);
        stream.range(start, Id::MAX).take(self.count).collect()
    }

    /// Delivers to the consumer what nobody in the group was given, and writes it.
    fn deliver(&self, ctx: &mut Ctx<'_>, key: &[u8], told: &mut Told) -> Result<(), Error> {
        let now = ctx.now();
        let Some((name, consumer)) = self.group else { return Ok(()) };
        let Some(stream) = ctx.db.get_mut::<Stream>(key)? else { return Ok(()) };
        let Some(group) = stream.groups.get_mut(name) else { return Ok(()) };
        let after = group.last_id;
        let (consumer, created) = group.consumer(consumer, now);
        if created {
            told.consumer(key, name, &consumer);
        }
        let ids: Vec<Id> = self.entries(stream, after).into_iter().map(|(id, _)| id).collect();
        for id in &ids {
            stream.advance(name, *id);
            let Some(group) = stream.groups.get_mut(name).filter(|_| !self.no_ack) else { continue };
            group.assign(*id, &consumer, now, 1);
            if let Some(pending) = group.pending().get(id) {
                told.pending(key, name, *id, pending, group.last_id);
            }
        }
        if !ids.is_empty() {
            told.progress(key, name, stream);
        }
        write_entries(&mut ctx.out, &self.entries(stream, after));
        if created {
            created_consumer(ctx, key);
        }
        if !ids.is_empty() {
            ctx.db.changed_unnoticed(key);
        }
        Ok(())
    }

    /// Writes what the consumer was given and hasn't acknowledged: another delivery.
    fn write_history(&self, ctx: &mut Ctx<'_>, key: &[u8], after: Id, told: &mut Told) -> Result<(), Error> {
        let now = ctx.now();
        let Some((name, consumer)) = self.group else { return Ok(()) };
        let Some(stream) = ctx.db.get_mut::<Stream>(key)? else { return Ok(()) };
        let Some(group) = stream.groups.get_mut(name) else { return Ok(()) };
        let (consumer, created) = group.consumer(consumer, now);
        if created {
            told.consumer(key, name, &consumer);
        }
        let start = after.next().unwrap_or(Id::MIN);
        let pending = group.consumers().get(&consumer).map(|it| it.pending.range(start..));
        let ids: Vec<Id> = pending.into_iter().flatten().take(self.count).copied().collect();
        ctx.out.array(ids.len());
        for id in ids {
            match stream.get(id) {
                Some(entry) => {
                    write_entry(&mut ctx.out, id, entry);
                    if let Some(group) = stream.groups.get_mut(name) {
                        group.deliver_again(id, now);
                    }
                }
                None => {
                    ctx.out.array(2);
                    write_id(&mut ctx.out, id);
                    ctx.out.null_array();
                }
            }
        }
        if created {
            created_consumer(ctx, key);
        }
        Ok(())
    }

    /// Where the client waits for what comes into a stream.
    fn awaited(&self, key: &[u8]) -> Option<Id> {
        let index = self.keys.iter().position(|it| *it == key)?;
        Id::parse(self.ids[index], 0).ok()
    }
}

fn serve(ctx: &mut Ctx<'_>, key: &[u8], args: &[&[u8]]) -> Result<bool, Error> {
    let query = Query::parse(ctx, args, false)?;
    let (Some(after), Ok(Some(stream))) = (query.awaited(key), ctx.db.get::<Stream>(key)) else {
        return Ok(false);
    };
    if stream.last_id <= after {
        return Ok(false);
    }
    write_head(&mut ctx.out, 1);
    write_key(&mut ctx.out, key);
    write_entries(&mut ctx.out, &query.entries(stream, after));
    Ok(true)
}

/// What those who read for a group are told when the stream is gone.
const GONE: Error = Error::text("UNBLOCKED the stream key no longer exists");

fn serve_group(ctx: &mut Ctx<'_>, key: &[u8], args: &[&[u8]]) -> Result<bool, Error> {
    let query = Query::parse(ctx, args, true)?;
    let Some((name, _)) = query.group else { return Ok(false) };
    let Ok(Some(stream)) = ctx.db.get::<Stream>(key) else { return Err(GONE) };
    let Some(group) = stream.groups.get(name) else {
        return Err(Error::text("NOGROUP the consumer group this client was blocked on no longer exists"));
    };
    if stream.last_id <= group.last_id {
        return Ok(false);
    }
    let mut told = Told::new(ctx);
    write_head(&mut ctx.out, 1);
    write_key(&mut ctx.out, key);
    query.deliver(ctx, key, &mut told)?;
    told.tell(ctx);
    Ok(true)
}
