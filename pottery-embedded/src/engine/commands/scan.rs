//! What `SCAN`, `HSCAN`, `SSCAN` and `ZSCAN` have in common.

use crate::engine::commands::options::{integer, is};
use crate::engine::error::Error;
use crate::engine::glob;
use crate::engine::resp::Out;

/// The options of a scan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scan<'a> {
    pub(crate) cursor: u64,
    /// How many elements to look at.
    pub(crate) count: usize,
    pattern: Option<&'a [u8]>,
    /// `TYPE`, which `SCAN` alone takes.
    pub(crate) of_type: Option<&'a [u8]>,
}

impl<'a> Scan<'a> {
    /// Reads the cursor and what follows it.
    pub(crate) fn parse(cursor: &[u8], options: &[&'a [u8]], takes_type: bool) -> Result<Scan<'a>, Error> {
        let mut scan = Scan { cursor: parse_cursor(cursor)?, count: 10, pattern: None, of_type: None };
        let mut rest = options;
        while !rest.is_empty() {
            rest = match rest {
                [word, count, after @ ..] if is(word, "COUNT") => {
                    scan.count = usize::try_from(integer(count)?).map_err(|_| Error::SYNTAX)?;
                    if scan.count == 0 {
                        return Err(Error::SYNTAX);
                    }
                    after
                }
                [word, pattern, after @ ..] if is(word, "MATCH") => {
                    scan.pattern = Some(*pattern).filter(|pattern| *pattern != b"*");
                    after
                }
                [word, name, after @ ..] if is(word, "TYPE") && takes_type => {
                    scan.of_type = Some(*name);
                    after
                }
                _ => return Err(Error::SYNTAX),
            };
        }
        Ok(scan)
    }

    pub(crate) fn matches(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, name))
    }
}

/// What the scan of one key has found. It is written down at once, since the cursor that comes before it isn't known yet.
#[derive(Debug, Default)]
pub(crate) struct Found {
    elements: Out,
    count: usize,
}

impl Found {
    pub(crate) fn add(&mut self, element: &[u8]) {
        self.elements.bulk(element);
        self.count += 1;
    }

    pub(crate) fn reply(self, out: &mut Out, next: u64) {
        out.array(2);
        out.bulk(itoa::Buffer::new().format(next).as_bytes());
        out.array(self.count);
        out.raw(&self.elements.into_bytes());
    }
}

fn parse_cursor(cursor: &[u8]) -> Result<u64, Error> {
    const INVALID: Error = Error::text("ERR invalid cursor");
    // Like `strtoul`, which takes a sign too; a negative number wraps.
    let text = str::from_utf8(cursor).map_err(|_| INVALID)?;
    match text.strip_prefix('-') {
        Some(digits) if !digits.starts_with('+') => digits.parse().map(u64::wrapping_neg),
        _ => text.parse(),
    }
    .or_else(|error: std::num::ParseIntError| match error.kind() {
        std::num::IntErrorKind::Empty if text.is_empty() => Ok(0),
        _ => Err(INVALID),
    })
}
