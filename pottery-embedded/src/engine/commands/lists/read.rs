//! Looking into a list.

use crate::engine::commands::lists::place;
use crate::engine::commands::options::{integer, is, positive, slice};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::value::List;

pub(super) fn llen(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let length = ctx.db.get::<List>(args[1])?.map_or(0, |list| list.items.len());
    ctx.out.count(length);
    Ok(())
}

pub(super) fn lrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (start, stop) = (integer(args[2])?, integer(args[3])?);
    let list = ctx.db.get::<List>(args[1])?;
    let Some((list, range)) = list.and_then(|list| Some((list, slice(start, stop, list.items.len())?)))
    else {
        ctx.out.array(0);
        return Ok(());
    };
    ctx.out.array(range.len());
    for item in list.items.range(range) {
        ctx.out.bulk(item);
    }
    Ok(())
}

pub(super) fn lindex(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let Some(list) = ctx.db.get::<List>(args[1])? else {
        ctx.out.null();
        return Ok(());
    };
    let place = place(integer(args[2])?, list.items.len());
    ctx.out.bulk_or_null(place.map(|place| &*list.items[place]));
    Ok(())
}

/// What `LPOS` is asked for.
struct Search {
    /// The number of the first match to tell, from the end if negative.
    rank: i64,
    /// How many to tell, 0 for all. Without it the first one alone, and not as an array.
    count: Option<usize>,
    /// How many elements to look at, 0 for all.
    limit: usize,
}

impl Search {
    fn parse(mut options: &[&[u8]]) -> Result<Search, Error> {
        const ZERO: Error = Error::text(
            "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to \
             start from the end of the list",
        );
        let mut search = Search { rank: 1, count: None, limit: 0 };
        while let [word, value, rest @ ..] = options {
            if is(word, "RANK") {
                search.rank = integer(value)?;
                if search.rank == 0 {
                    return Err(ZERO);
                }
            } else if is(word, "COUNT") {
                let count = positive(value).map_err(|_| Error::text("ERR COUNT can't be negative"))?;
                search.count = Some(count);
            } else if is(word, "MAXLEN") {
                search.limit = positive(value).map_err(|_| Error::text("ERR MAXLEN can't be negative"))?;
            } else {
                return Err(Error::SYNTAX);
            }
            options = rest;
        }
        if options.is_empty() { Ok(search) } else { Err(Error::SYNTAX) }
    }

    /// Where the matches are, in the order of the search.
    fn matches(&self, list: &List, element: &[u8]) -> Vec<usize> {
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let count = match self.count {
            None => 1,
            Some(0) => usize::MAX,
            Some(count) => count,
        };
        let skip = usize::try_from(self.rank.unsigned_abs()).map_or(usize::MAX, |rank| rank - 1);
        let items = list.items.iter().map(|item| **item == *element).enumerate();
        let places = |(place, matches): (usize, bool)| matches.then_some(place);
        if self.rank > 0 {
            items.take(limit).filter_map(places).skip(skip).take(count).collect()
        } else {
            // The lowest number has no opposite; Redis then takes the first match.
            let skip = if self.rank == i64::MIN { 0 } else { skip };
            items.rev().take(limit).filter_map(places).skip(skip).take(count).collect()
        }
    }
}

pub(super) fn lpos(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let search = Search::parse(&args[3..])?;
    let list = ctx.db.get::<List>(args[1])?;
    let found = list.map(|list| search.matches(list, args[2])).unwrap_or_default();
    match (search.count, found.first()) {
        (None, Some(place)) => ctx.out.count(*place),
        (None, None) => ctx.out.null(),
        (Some(_), _) => {
            ctx.out.array(found.len());
            for place in found {
                ctx.out.count(place);
            }
        }
    }
    Ok(())
}
