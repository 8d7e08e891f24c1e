//! `XPENDING`.

use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::resp::Out;
use crate::engine::stream::{Group, Id, Stream};

use super::{no_group, write_id};

/// What is asked for of the single entries.
#[derive(Debug)]
struct Query<'a> {
    start: Id,
    end: Id,
    count: usize,
    /// Only those that haven't been delivered for so many milliseconds.
    idle: i64,
    consumer: Option<&'a [u8]>,
}

impl<'a> Query<'a> {
    /// Reads what follows the group.
    fn parse(args: &[&'a [u8]]) -> Result<Query<'a>, Error> {
        let mut idle = 0;
        let mut rest = args;
        if let [word, millis, after @ ..] = args
            && is(word, "IDLE")
        {
            idle = integer(millis)?;
            rest = after;
        }
        let [start, end, count, consumer @ ..] = rest else { return Err(Error::SYNTAX) };
        let count = usize::try_from(integer(count)?).unwrap_or(0);
        let (start, end) = (Id::parse_start(start)?, Id::parse_end(end)?);
        Ok(Query { start, end, count, idle, consumer: consumer.first().copied() })
    }

    fn write(&self, out: &mut Out, group: &Group, now: i64) {
        // One consumer's own list may be much shorter than the group's.
        let ids: Box<dyn Iterator<Item = Id> + '_> = match self.consumer {
            _ if self.start > self.end => Box::new(std::iter::empty()),
            None => Box::new(group.pending().range(self.start..=self.end).map(|(id, _)| *id)),
            Some(name) => match group.consumers().get(name) {
                Some(consumer) => Box::new(consumer.pending.range(self.start..=self.end).copied()),
                None => Box::new(std::iter::empty()),
            },
        };
        let found: Vec<_> = ids
            .filter_map(|id| Some((id, group.pending().get(&id)?)))
            .filter(|(_, pending)| self.idle == 0 || now.wrapping_sub(pending.delivered_at) >= self.idle)
            .take(self.count)
            .collect();
        out.array(found.len());
        for (id, pending) in found {
            out.array(4);
            write_id(out, id);
            out.bulk(&pending.consumer);
            out.integer(now.wrapping_sub(pending.delivered_at).max(0));
            out.integer(pending.deliveries);
        }
    }
}

pub(super) fn xpending(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let query = match args.len() {
        3 => None,
        6..=9 => Some(Query::parse(&args[3..])?),
        _ => return Err(Error::SYNTAX),
    };
    let now = ctx.now();
    let group = ctx.db.get::<Stream>(args[1])?.and_then(|stream| stream.groups.get(args[2]));
    let group = group.ok_or_else(|| no_group(args[1], args[2], ""))?;
    match query {
        Some(query) => query.write(&mut ctx.out, group, now),
        None => write_summary(&mut ctx.out, group),
    }
    Ok(())
}

fn write_summary(out: &mut Out, group: &Group) {
    out.array(4);
    out.count(group.pending().len());
    let ends = (group.pending().first_key_value(), group.pending().last_key_value());
    let (Some((first, _)), Some((last, _))) = ends else {
        out.null();
        out.null();
        out.null_array();
        return;
    };
    write_id(out, *first);
    write_id(out, *last);
    let busy: Vec<_> =
        group.consumers().iter().filter(|(_, consumer)| !consumer.pending.is_empty()).collect();
    out.array(busy.len());
    for (name, consumer) in busy {
        out.array(2);
        out.bulk(name);
        out.bulk(itoa::Buffer::new().format(consumer.pending.len()).as_bytes());
    }
}
