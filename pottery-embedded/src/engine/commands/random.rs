//! Random elements of a hash, a set or a sorted set, as `HRANDFIELD`, `SRANDMEMBER` and `ZRANDMEMBER` give them.

use hashbrown::HashSet;

use crate::engine::commands::options::integer;
use crate::engine::dict::{Dict, Place};
use crate::engine::error::Error;

/// A reply with repetitions may be as long as its sender likes. Redis tries to give all of it; here it ends before the
/// reply takes this many bytes.
const LONGEST: usize = 512 * 1024 * 1024;
/// No element takes fewer bytes in a reply.
const SHORTEST: usize = 6;

/// How many elements are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// So many different ones, or all.
    Distinct(usize),
    /// So many, each drawn anew.
    Repeated(u64),
}

impl Wanted {
    pub(crate) fn parse(count: &[u8]) -> Result<Wanted, Error> {
        match integer(count)? {
            i64::MIN => Err(Error::text(
                "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
            )),
            count if count < 0 => Ok(Wanted::Repeated(count.unsigned_abs())),
            count => Ok(Wanted::Distinct(usize::try_from(count).unwrap_or(usize::MAX))),
        }
    }

    pub(crate) fn count(self) -> u64 {
        match self {
            Wanted::Distinct(count) => count as u64,
            Wanted::Repeated(count) => count,
        }
    }
}

/// How many elements to draw, if a reply can have so many.
pub(crate) fn repetitions(count: u64) -> Result<usize, Error> {
    usize::try_from(count).ok().filter(|count| *count <= LONGEST / SHORTEST).ok_or(TOO_MUCH)
}

/// Whether a reply with repetitions, so many bytes long, may grow.
pub(crate) fn may_grow(length: usize) -> Result<(), Error> {
    if length <= LONGEST { Ok(()) } else { Err(TOO_MUCH) }
}

const TOO_MUCH: Error = Error::text("ERR value is out of range");

/// So many different elements, fewer than there are.
pub(crate) fn distinct<V, K: AsRef<[u8]> + for<'k> From<&'k [u8]>>(
    dict: &Dict<V, K>,
    count: usize,
    random: &mut fastrand::Rng,
) -> Vec<Place> {
    // Drawing one that has been drawn already mustn't become likely.
    if count > dict.len() / 3 {
        let mut places: Vec<Place> = dict.places().collect();
        random.shuffle(&mut places);
        places.truncate(count);
        return places;
    }
    let mut drawn = HashSet::with_capacity(count);
    let mut places = Vec::with_capacity(count);
    while places.len() < count {
        let Some(place) = dict.random(random) else { break };
        if drawn.insert(dict.sequence(place)) {
            places.push(place);
        }
    }
    places
}
