//! Acknowledging what was delivered, and giving it to another consumer.

use std::rc::Rc;

use crate::engine::command::cut;
use crate::engine::commands::options::is;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::number::parse_i64;
use crate::engine::stream::{Id, Stream};

use super::{Told, created_consumer, no_group, write_entry, write_id};

pub(super) fn xack(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut acknowledged = 0;
    if let Some(stream) = ctx.db.get_mut::<Stream>(args[1])?
        && let Some(group) = stream.groups.get_mut(args[2])
    {
        let ids: Vec<Id> = args[3..].iter().map(|arg| Id::parse(arg, 0)).collect::<Result<_, _>>()?;
        acknowledged = ids.into_iter().filter(|id| group.acknowledge(*id).is_some()).count();
    }
    ctx.out.count(acknowledged);
    if acknowledged > 0 {
        // Redis doesn't tell those who watch the key.
        ctx.db.changed_unnoticed(args[1]);
    }
    Ok(())
}

/// What a claim does to the entries that it gets.
#[derive(Debug)]
struct Claim<'a> {
    key: &'a [u8],
    group: &'a [u8],
    consumer: &'a [u8],
    /// Only what hasn't been delivered for so many milliseconds.
    idle: i64,
    delivered_at: i64,
    deliveries: Option<i64>,
    /// Claim what isn't pending, too.
    force: bool,
    just_ids: bool,
    now: i64,
}

/// What became of a claim for one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Claimed,
    /// The entry is gone from the stream, and now from the group.
    Gone,
    /// It isn't pending, or hasn't been for long enough.
    Left,
}

/// The consumer that claims, once it has claimed something.
#[derive(Debug, Default)]
struct Claimant {
    name: Option<Rc<[u8]>>,
    created: bool,
}

impl Claim<'_> {
    fn claim(&self, stream: &mut Stream, id: Id, claimant: &mut Claimant, told: &mut Told) -> Outcome {
        let exists = stream.get(id).is_some();
        let Some(group) = stream.groups.get_mut(self.group) else { return Outcome::Left };
        let last_id = group.last_id;
        if !exists {
            let Some(pending) = group.acknowledge(id) else { return Outcome::Left };
            told.pending(self.key, self.group, id, &pending, last_id);
            return Outcome::Gone;
        }
        let deliveries = match group.pending().get(&id) {
            None if !self.force => return Outcome::Left,
            None => 1,
            Some(pending) if self.idle > 0 && self.now.wrapping_sub(pending.delivered_at) < self.idle => {
                return Outcome::Left;
            }
            Some(pending) => pending.deliveries,
        };
        let name = match &claimant.name {
            Some(name) => Rc::clone(name),
            None => {
                let (name, created) = group.consumer(self.consumer, self.now);
                *claimant = Claimant { name: Some(Rc::clone(&name)), created };
                name
            }
        };
        let more = if self.just_ids { deliveries } else { deliveries.wrapping_add(1) };
        group.assign(id, &name, self.delivered_at, self.deliveries.unwrap_or(more));
        if let Some(pending) = group.pending().get(&id) {
            told.pending(self.key, self.group, id, pending, last_id);
        }
        Outcome::Claimed
    }

    fn write(&self, ctx: &mut Ctx<'_>, claimed: &[Id]) -> Result<(), Error> {
        let stream = ctx.db.get::<Stream>(self.key)?;
        ctx.out.array(claimed.len());
        for id in claimed {
            match stream.and_then(|stream| stream.get(*id)) {
                Some(entry) if !self.just_ids => write_entry(&mut ctx.out, *id, entry),
                _ => write_id(&mut ctx.out, *id),
            }
        }
        Ok(())
    }

    /// What follows from a claim that has changed something.
    fn finish(&self, ctx: &mut Ctx<'_>, claimant: &Claimant, told: Told) {
        if claimant.created {
            created_consumer(ctx, self.key);
        }
        ctx.db.changed_unnoticed(self.key);
        told.tell(ctx);
    }
}

/// Reads a number, or says in which option there is none.
fn number(arg: &[u8], problem: &'static str) -> Result<i64, Error> {
    parse_i64(arg).ok_or(Error::text(problem))
}

pub(super) fn xclaim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, group, now) = (args[1], args[2], ctx.now());
    let known = ctx.db.get::<Stream>(key)?.is_some_and(|stream| stream.groups.contains_key(group));
    if !known {
        return Err(no_group(key, group, ""));
    }
    let idle = number(args[4], "ERR Invalid min-idle-time argument for XCLAIM")?;
    let ids: Vec<Id> = args[5..].iter().map_while(|arg| Id::parse(arg, 0).ok()).collect();
    let mut claim = Claim {
        key,
        group,
        consumer: args[3],
        idle,
        delivered_at: now,
        deliveries: None,
        force: false,
        just_ids: false,
        now,
    };
    let last_id = claim.parse_options(&args[5 + ids.len()..])?;

    let (mut told, mut claimant) = (Told::new(ctx), Claimant::default());
    let Some(stream) = ctx.db.get_mut::<Stream>(key)? else { return Ok(()) };
    let mut advanced = false;
    if let Some(group) = stream.groups.get_mut(group)
        && last_id > group.last_id
    {
        group.last_id = last_id;
        advanced = true;
    }
    let (mut claimed, mut gone) = (Vec::new(), false);
    for id in ids {
        match claim.claim(stream, id, &mut claimant, &mut told) {
            Outcome::Claimed => claimed.push(id),
            Outcome::Gone => gone = true,
            Outcome::Left => {}
        }
    }
    let changed = gone || !claimed.is_empty();
    if advanced && !changed {
        told.progress(key, group, stream);
    }
    claim.write(ctx, &claimed)?;
    if changed || advanced {
        claim.finish(ctx, &claimant, told);
    }
    Ok(())
}

impl Claim<'_> {
    /// Reads the options of `XCLAIM`. Returns how far the group has come at least.
    fn parse_options(&mut self, options: &[&[u8]]) -> Result<Id, Error> {
        let (mut delivered_at, mut last_id) = (None, Id::MIN);
        let mut rest = options;
        while let [word, after @ ..] = rest {
            rest = match after {
                _ if is(word, "FORCE") => {
                    self.force = true;
                    after
                }
                _ if is(word, "JUSTID") => {
                    self.just_ids = true;
                    after
                }
                [value, after @ ..] if is(word, "IDLE") => {
                    let idle = number(value, "ERR Invalid IDLE option argument for XCLAIM")?;
                    delivered_at = Some(self.now.wrapping_sub(idle));
                    after
                }
                [value, after @ ..] if is(word, "TIME") => {
                    delivered_at = Some(number(value, "ERR Invalid TIME option argument for XCLAIM")?);
                    after
                }
                [value, after @ ..] if is(word, "RETRYCOUNT") => {
                    let count = number(value, "ERR Invalid RETRYCOUNT option argument for XCLAIM")?;
                    self.deliveries = Some(count).filter(|count| *count >= 0);
                    after
                }
                [value, after @ ..] if is(word, "LASTID") => {
                    last_id = Id::parse(value, 0)?;
                    after
                }
                _ => {
                    let word = cut(word, usize::MAX);
                    return Err(Error::bytes([b"ERR Unrecognized XCLAIM option '", word, b"'"].concat()));
                }
            };
        }
        // A time that can't be is taken for a clock that goes wrong, and not for a mistake.
        self.delivered_at = delivered_at.filter(|at| (0..=self.now).contains(at)).unwrap_or(self.now);
        Ok(last_id)
    }
}

/// `XAUTOCLAIM` looks at so many times more entries than it was asked to claim.
const ATTEMPTS: i64 = 10;

pub(super) fn xautoclaim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, group, now) = (args[1], args[2], ctx.now());
    let idle = number(args[4], "ERR Invalid min-idle-time argument for XAUTOCLAIM")?;
    let start = Id::parse_start(args[5])?;
    let (mut count, mut just_ids) = (100, false);
    let mut rest = &args[6..];
    while !rest.is_empty() {
        rest = match rest {
            [word, value, after @ ..] if is(word, "COUNT") => {
                let possible = parse_i64(value).filter(|count| (1..=i64::MAX / 16).contains(count));
                count = possible.ok_or(Error::text("ERR COUNT must be > 0"))?;
                after
            }
            [word, after @ ..] if is(word, "JUSTID") => {
                just_ids = true;
                after
            }
            _ => return Err(Error::SYNTAX),
        };
    }
    let known = ctx.db.get::<Stream>(key)?.is_some_and(|stream| stream.groups.contains_key(group));
    if !known {
        return Err(no_group(key, group, ""));
    }
    let claim = Claim {
        key,
        group,
        consumer: args[3],
        idle,
        delivered_at: now,
        deliveries: None,
        force: false,
        just_ids,
        now,
    };

    let (mut told, mut claimant) = (Told::new(ctx), Claimant::default());
    let Some(stream) = ctx.db.get_mut::<Stream>(key)? else { return Ok(()) };
    let pending_from = |stream: &Stream, start: Id| {
        stream.groups.get(group).and_then(|group| group.pending().range(start..).next().map(|(id, _)| *id))
    };
    let (mut claimed, mut gone) = (Vec::new(), Vec::new());
    let mut attempts = count * ATTEMPTS;
    let mut next = pending_from(stream, start);
    while let Some(id) = next.filter(|_| attempts > 0 && count > 0) {
        attempts -= 1;
        match claim.claim(stream, id, &mut claimant, &mut told) {
            Outcome::Claimed => claimed.push(id),
            Outcome::Gone => gone.push(id),
            Outcome::Left => count += 1,
        }
        count -= 1;
        next = id.next().and_then(|start| pending_from(stream, start));
    }
    ctx.out.array(3);
    write_id(&mut ctx.out, next.unwrap_or(Id::MIN));
    claim.write(ctx, &claimed)?;
    ctx.out.array(gone.len());
    for id in &gone {
        write_id(&mut ctx.out, *id);
    }
    if !claimed.is_empty() || !gone.is_empty() {
        claim.finish(ctx, &claimant, told);
    }
    Ok(())
}
