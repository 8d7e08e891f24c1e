//! `LCS`.

use crate::engine::commands::options::{integer, is};
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::lcs::{common, length};
use crate::engine::resp::Out;
use crate::engine::value::Str;

/// What is asked for beside the subsequence itself.
#[derive(Clone, Copy, Debug, Default)]
struct Options {
    length: bool,
    matches: bool,
    match_lengths: bool,
    shortest_match: usize,
}

impl Options {
    fn parse(mut args: &[&[u8]]) -> Result<Options, Error> {
        let mut options = Options::default();
        while let [word, rest @ ..] = args {
            args = rest;
            if is(word, "IDX") {
                options.matches = true;
            } else if is(word, "LEN") {
                options.length = true;
            } else if is(word, "WITHMATCHLEN") {
                options.match_lengths = true;
            } else if let [shortest, rest @ ..] = args
                && is(word, "MINMATCHLEN")
            {
                options.shortest_match = usize::try_from(integer(shortest)?).unwrap_or(0);
                args = rest;
            } else {
                return Err(Error::SYNTAX);
            }
        }
        if options.matches && options.length {
            return Err(Error::text("ERR If you want both the length and indexes, please just use IDX."));
        }
        Ok(options)
    }
}

pub(super) fn lcs(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let mut read = |key| match ctx.db.get::<Str>(key) {
        Ok(string) => Ok(string.map(|it| it.bytes().into_owned()).unwrap_or_default()),
        Err(_) => Err(Error::text("ERR The specified keys must contain string values")),
    };
    let (a, b) = (read(args[1])?, read(args[2])?);
    let options = Options::parse(&args[3..])?;
    let cells = (a.len() as u128 + 1) * (b.len() as u128 + 1);
    // What Redis needs, four bytes for each cell, although this needs less.
    if cells * 4 > u128::try_from(ctx.engine().config.longest_string).unwrap_or(0) {
        return Err(Error::text(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
        ));
    }
    if options.length {
        ctx.out.count(length(&a, &b));
    } else if options.matches {
        reply_with_matches(&mut ctx.out, &a, &b, options);
    } else {
        ctx.out.bulk(&common(&a, &b).text);
    }
    Ok(())
}

fn reply_with_matches(out: &mut Out, a: &[u8], b: &[u8], options: Options) {
    let common = common(a, b);
    let long = || common.matches.iter().filter(|it| it.len >= options.shortest_match);
    out.map(2);
    out.bulk(b"matches");
    out.array(long().count());
    for piece in long() {
        out.array(2 + usize::from(options.match_lengths));
        for start in [piece.a, piece.b] {
            out.array(2);
            out.count(start);
            out.count(start + piece.len - 1);
        }
        if options.match_lengths {
            out.count(piece.len);
        }
    }
    out.bulk(b"len");
    out.count(common.text.len());
}
