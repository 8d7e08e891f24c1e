//! `DUMP` and `RESTORE`.

use std::rc::Rc;

use hashbrown::HashSet;

use crate::engine::commands::options::{integer, is};
use crate::engine::config::Config;
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::rdb::{self, Loaded};
use crate::engine::value::{Hash, List, Set, Str, Value};
use crate::engine::zset::{SortedSet, order};

pub(super) fn dump(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let payload = ctx.db.value(args[1]).map(rdb::dump);
    ctx.out.bulk_or_null(payload.as_deref());
    Ok(())
}

#[derive(Clone, Copy, Debug, Default)]
struct Options {
    replace: bool,
    absolute: bool,
    /// For how many seconds nobody has looked at it.
    idle: Option<i64>,
    frequency: Option<i64>,
}

impl Options {
    fn parse(mut args: &[&[u8]]) -> Result<Options, Error> {
        let mut options = Options::default();
        while let [word, rest @ ..] = args {
            args = match rest {
                _ if is(word, "REPLACE") => {
                    options.replace = true;
                    rest
                }
                _ if is(word, "ABSTTL") => {
                    options.absolute = true;
                    rest
                }
                [seconds, rest @ ..] if is(word, "IDLETIME") && options.frequency.is_none() => {
                    let seconds = integer(seconds)?;
                    if seconds < 0 {
                        return Err(Error::text("ERR Invalid IDLETIME value, must be >= 0"));
                    }
                    options.idle = Some(seconds);
                    rest
                }
                [frequency, rest @ ..] if is(word, "FREQ") && options.idle.is_none() => {
                    let frequency = integer(frequency)?;
                    if !(0..=255).contains(&frequency) {
                        return Err(Error::text("ERR Invalid FREQ value, must be >= 0 and <= 255"));
                    }
                    options.frequency = Some(frequency);
                    rest
                }
                _ => return Err(Error::SYNTAX),
            };
        }
        Ok(options)
    }
}

pub(super) fn restore(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, payload) = (args[1], args[3]);
    let options = Options::parse(&args[4..])?;
    if !options.replace && ctx.db.exists(key) {
        return Err(Error::text("BUSYKEY Target key name already exists."));
    }
    let ttl = integer(args[2])?;
    if ttl < 0 {
        return Err(Error::text("ERR Invalid TTL value, must be >= 0"));
    }
    let body = rdb::verify(payload).ok_or(Error::text("ERR DUMP payload version or checksum are wrong"))?;
    let longest = usize::try_from(ctx.engine().config.longest_string).unwrap_or(usize::MAX);
    let value = rdb::load(body, longest).and_then(|loaded| build(loaded, &ctx.engine().config));
    let value = value.ok_or(Error::text("ERR Bad data format"))?;
    let removed = options.replace && ctx.db.remove(key).is_some();
    let now = ctx.now();
    let at = match ttl {
        0 => None,
        ttl if options.absolute => Some(ttl),
        // Beyond the largest number it wraps round and is in the past, as in Redis.
        ttl => Some(ttl.wrapping_add(now)),
    };
    if at.is_some_and(|at| ctx.is_past(at)) {
        if removed {
            ctx.touched(Class::GENERIC, "del", key);
            ctx.propagate_as(&[b"DEL", key]);
        }
        ctx.out.ok();
        return Ok(());
    }
    ctx.db.set(key, value, at.map_or(Expiry::Never, Expiry::At));
    if let Some(idle) = options.idle {
        ctx.db.set_idle(key, idle);
    }
    ctx.touched(Class::GENERIC, "restore", key);
    if let Some(at) = at
        && !options.absolute
    {
        let mut buffer = itoa::Buffer::new();
        let mut words = args.to_vec();
        words[2] = buffer.format(at).as_bytes();
        words.push(b"ABSTTL");
        ctx.propagate_as(&words);
    }
    ctx.out.ok();
    Ok(())
}

/// The value, unless an element is there twice.
fn build(loaded: Loaded, config: &Config) -> Option<Value> {
    Some(match loaded {
        Loaded::Str(bytes) => Value::Str(Str::new(&bytes)),
        Loaded::List(items) => {
            Value::List(Box::new(List { items: items.into_iter().map(Vec::into_boxed_slice).collect() }))
        }
        Loaded::Set(members) => {
            let mut set = Set::default();
            members.iter().all(|member| set.add(member, config.intset_entries)).then_some(())?;
            Value::Set(Box::new(set))
        }
        Loaded::Hash(pairs) => {
            let mut hash = Hash::default();
            pairs.iter().all(|(field, value)| hash.set(field, value, config.hash_listpack)).then_some(())?;
            Value::Hash(Box::new(hash))
        }
        Loaded::ZSet(pairs) => {
            let mut elements: Vec<(f64, Rc<[u8]>)> =
                pairs.into_iter().map(|(member, score)| (score, member.into())).collect();
            elements.sort_by(|a, b| order(a.0, &a.1, b.0, &b.1));
            let distinct = elements.iter().map(|(_, member)| &**member).collect::<HashSet<&[u8]>>().len();
            (distinct == elements.len()).then_some(())?;
            Value::ZSet(Box::new(SortedSet::from_sorted(elements, config.zset_listpack)))
        }
        Loaded::Stream(stream) => Value::Stream(stream),
    })
}
