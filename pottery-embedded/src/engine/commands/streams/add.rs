//! Adding entries and taking them away.

use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::stream::{Excess, Id, MAX_ENTRIES, NewId, Stream};

/// How a stream is to be trimmed.
#[derive(Clone, Copy, Debug)]
struct Trim {
    excess: Excess,
    /// `~`: only what is easily removed.
    about: bool,
    limit: usize,
    /// Where what [`Trim::excess`] says is in the arguments.
    place: usize,
}

/// The options of `XADD` and `XTRIM`.
#[derive(Debug)]
struct Options {
    trim: Option<Trim>,
    /// Where `LIMIT` is in the arguments.
    limit_place: Option<usize>,
    create: bool,
    id: NewId,
    /// Where what follows the options is in the arguments: the name of an entry to add.
    end: usize,
}

impl Options {
    fn parse(args: &[&[u8]], adds: bool, loading: bool) -> Result<Options, Error> {
        let mut options =
            Options { trim: None, limit_place: None, create: true, id: NewId::Now, end: args.len() };
        let mut limit = None;
        let mut at = 2;
        while let Some(word) = args.get(at) {
            let value = args.get(at + 1);
            match value {
                _ if adds && *word == b"*" => {
                    options.end = at;
                    break;
                }
                Some(_) if is(word, "MAXLEN") || is(word, "MINID") => {
                    if options.trim.is_some() {
                        return Err(Error::text(
                            "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
                        ));
                    }
                    let trim = Trim::parse(args, at)?;
                    at = trim.place;
                    options.trim = Some(trim);
                }
                Some(value) if is(word, "LIMIT") => {
                    let most = integer(value)?;
                    limit = Some(
                        usize::try_from(most)
                            .map_err(|_| Error::text("ERR The LIMIT argument must be >= 0."))?,
                    );
                    options.limit_place = Some(at);
                    at += 1;
                }
                _ if adds && is(word, "NOMKSTREAM") => options.create = false,
                _ if adds => {
                    options.id = NewId::parse(word)?;
                    options.end = at;
                    break;
                }
                _ => return Err(Error::SYNTAX),
            }
            at += 1;
        }
        // In a file, Redis leaves the limit of what was trimmed beside the length that it was trimmed to.
        options.check(limit.filter(|_| !loading), adds)?;
        Ok(options)
    }

    fn check(&mut self, limit: Option<usize>, adds: bool) -> Result<(), Error> {
        if self.trim.is_none() && limit.is_some_and(|limit| limit > 0) {
            return Err(Error::text(
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
            ));
        }
        if self.trim.is_none() && !adds {
            return Err(Error::text("ERR syntax error, XTRIM must be called with a trimming strategy"));
        }
        if limit.is_some() && !self.trim.is_some_and(|trim| trim.about) {
            return Err(Error::text("ERR syntax error, LIMIT cannot be used without the special ~ option"));
        }
        if let Some(trim) = &mut self.trim
            && trim.about
        {
            trim.limit = limit.unwrap_or(100 * MAX_ENTRIES);
        }
        Ok(())
    }
}

impl Trim {
    /// Reads `MAXLEN` or `MINID`, which is at `at`, and what follows it.
    fn parse(args: &[&[u8]], at: usize) -> Result<Trim, Error> {
        let marked = at + 2 < args.len() && matches!(args[at + 1], b"~" | b"=");
        let place = if marked { at + 2 } else { at + 1 };
        let excess = if is(args[at], "MAXLEN") {
            let most = usize::try_from(integer(args[place])?);
            Excess::Over(most.map_err(|_| Error::text("ERR The MAXLEN argument must be >= 0."))?)
        } else {
            Excess::Before(Id::parse(args[place], 0)?)
        };
        Ok(Trim { excess, about: marked && args[at + 1] == b"~", limit: 0, place })
    }

    fn apply(&self, stream: &mut Stream) -> usize {
        stream.trim(self.excess, self.about, self.limit)
    }

    /// What the stream was trimmed to, so that the same can be done again exactly.
    fn exactly(&self, stream: &Stream) -> String {
        match self.excess {
            Excess::Over(_) => stream.len().to_string(),
            Excess::Before(_) => stream.first_id().unwrap_or(Id::MAX).to_string(),
        }
    }
}

/// Says what to propagate in place of a command that adds or trims by time or by what is easy.
fn propagate(ctx: &mut Ctx<'_>, args: &[&[u8]], options: &Options, id: Option<&str>, exactly: Option<&str>) {
    let mut command = args.to_vec();
    if let Some(id) = id {
        command[options.end] = id.as_bytes();
    }
    if let (Some(trim), Some(exactly)) = (options.trim, exactly) {
        command[trim.place - 1] = b"=";
        command[trim.place] = exactly.as_bytes();
        if let Some(place) = options.limit_place {
            command.drain(place..place + 2);
        }
    }
    ctx.propagate_as(&command);
}

pub(super) fn xadd(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let options = Options::parse(args, true, ctx.engine().loading)?;
    let pairs = args.get(options.end + 1..).unwrap_or_default();
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return Err(Error::arity("xadd"));
    }
    if options.id == NewId::Given(Id::MIN) {
        return Err(Error::text("ERR The ID specified in XADD must be greater than 0-0"));
    }
    let (key, now) = (args[1], ctx.now());
    if !options.create && ctx.db.get_mut::<Stream>(key)?.is_none() {
        ctx.out.null();
        return Ok(());
    }
    let stream = ctx.db.get_or_create::<Stream>(key)?;
    if stream.last_id == Id::MAX {
        return Err(Error::text(
            "ERR The stream has exhausted the last possible ID, unable to add more items",
        ));
    }
    // Redis forgets to say that there is no room after the last number of a time, and then blames the size.
    let id = stream.next_id(options.id, now).ok_or(Error::text("ERR Elements are too large to be stored"))?;
    if id <= stream.last_id {
        return Err(Error::text(
            "ERR The ID specified in XADD is equal or smaller than the target stream top item",
        ));
    }
    stream.append(id, pairs);
    let trimmed = options.trim.map_or(0, |trim| trim.apply(stream));
    let exactly = options.trim.filter(|trim| trim.about).map(|trim| trim.exactly(stream));
    let id = id.to_string();
    ctx.out.bulk(id.as_bytes());
    ctx.touched(Class::STREAM, "xadd", key);
    if trimmed > 0 {
        ctx.notify(Class::STREAM, "xtrim", key);
    }
    let given = matches!(options.id, NewId::Given(_));
    if !given || exactly.is_some() {
        propagate(ctx, args, &options, (!given).then_some(&*id), exactly.as_deref());
    }
    ctx.db.ready(key);
    Ok(())
}

pub(super) fn xtrim(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let options = Options::parse(args, false, ctx.engine().loading)?;
    let (Some(trim), Some(stream)) = (options.trim, ctx.db.get_mut::<Stream>(args[1])?) else {
        ctx.out.integer(0);
        return Ok(());
    };
    let trimmed = trim.apply(stream);
    let exactly = trim.about.then(|| trim.exactly(stream));
    ctx.out.count(trimmed);
    if trimmed > 0 {
        ctx.touched(Class::STREAM, "xtrim", args[1]);
        if exactly.is_some() {
            propagate(ctx, args, &options, None, exactly.as_deref());
        }
    }
    Ok(())
}

pub(super) fn xdel(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut removed = 0;
    if let Some(stream) = ctx.db.get_mut::<Stream>(args[1])? {
        let ids: Vec<Id> = args[2..].iter().map(|arg| Id::parse(arg, 0)).collect::<Result<_, _>>()?;
        removed = ids.into_iter().filter(|id| stream.remove(*id)).count();
    }
    ctx.out.count(removed);
    if removed > 0 {
        ctx.touched(Class::STREAM, "xdel", args[1]);
    }
    Ok(())
}

pub(super) fn xlen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let length = ctx.db.get::<Stream>(args[1])?.map_or(0, Stream::len);
    ctx.out.count(length);
    Ok(())
}

pub(super) fn xsetid(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let id = Id::parse(args[2], 0)?;
    let (mut added, mut max_deleted) = (None, Id::MIN);
    let mut rest = &args[3..];
    while !rest.is_empty() {
        rest = match rest {
            [word, value, after @ ..] if is(word, "ENTRIESADDED") => {
                let count = integer(value)?;
                if count < 0 {
                    return Err(Error::text("ERR entries_added must be positive"));
                }
                added = Some(count);
                after
            }
            [word, value, after @ ..] if is(word, "MAXDELETEDID") => {
                max_deleted = Id::parse(value, 0)?;
                if id < max_deleted {
                    return Err(Error::text(
                        "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                    ));
                }
                after
            }
            _ => return Err(Error::SYNTAX),
        };
    }
    let stream = ctx.db.get_mut::<Stream>(args[1])?.ok_or(Error::NO_SUCH_KEY)?;
    if stream.top_id().is_some_and(|top| id < top) {
        return Err(Error::text("ERR The ID specified in XSETID is smaller than the target stream top item"));
    }
    if added.is_some_and(|added| (added as usize) < stream.len()) {
        return Err(Error::text(
            "ERR The entries_added specified in XSETID is smaller than the target stream length",
        ));
    }
    stream.last_id = id;
    stream.entries_added = added.unwrap_or(stream.entries_added);
    if max_deleted != Id::MIN {
        stream.max_deleted_id = max_deleted;
    }
    ctx.out.ok();
    // Redis doesn't tell those who watch the key.
    ctx.db.changed_unnoticed(args[1]);
    ctx.notify(Class::STREAM, "xsetid", args[1]);
    Ok(())
}
