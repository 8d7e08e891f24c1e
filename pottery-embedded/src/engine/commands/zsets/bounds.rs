//! Where ranges begin and end.

use std::ops::Range;

use crate::engine::error::Error;
use crate::engine::number::parse_f64;
use crate::engine::zset::{Element, SortedSet};

/// Scores between two bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ScoreRange {
    min: (f64, Edge),
    max: (f64, Edge),
}

/// Whether a bound is in the range itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    In,
    Out,
}

impl ScoreRange {
    pub(crate) fn new(min: (f64, Edge), max: (f64, Edge)) -> ScoreRange {
        ScoreRange { min, max }
    }

    pub(crate) fn parse(min: &[u8], max: &[u8]) -> Result<ScoreRange, Error> {
        const NO_FLOAT: Error = Error::text("ERR min or max is not a float");
        let bound = |text: &[u8]| match text.strip_prefix(b"(") {
            Some(text) => Some((lenient_float(text)?, Edge::Out)),
            None => Some((lenient_float(text)?, Edge::In)),
        };
        Ok(ScoreRange { min: bound(min).ok_or(NO_FLOAT)?, max: bound(max).ok_or(NO_FLOAT)? })
    }

    /// The ranks of what lies between the bounds.
    pub(crate) fn ranks(&self, set: &SortedSet) -> Range<usize> {
        let (min, max) = (self.min, self.max);
        let start = set.rank_where(|(score, _)| *score < min.0 || (min.1 == Edge::Out && *score == min.0));
        let end = set.rank_where(|(score, _)| *score < max.0 || (max.1 == Edge::In && *score == max.0));
        start..end.max(start)
    }
}

/// Reads a bound as `strtod` alone does, without the checks that Redis makes elsewhere: white space before it, nothing at
/// all, and what no double can hold are all right, and a zero byte is the end.
fn lenient_float(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    if text.is_empty() {
        return Some(0.0);
    }
    let text = str::from_utf8(text).ok()?.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let value = text.parse().ok().or_else(|| parse_f64(text.as_bytes()))?;
    if f64::is_nan(value) { None } else { Some(value) }
}

/// Members between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LexRange<'a> {
    min: Bound<'a>,
    max: Bound<'a>,
}

/// An end of a range of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound<'a> {
    /// `-`: before every member.
    First,
    /// `+`: after every member.
    Last,
    Member(&'a [u8], Edge),
}

impl<'a> LexRange<'a> {
    pub(crate) fn parse(min: &'a [u8], max: &'a [u8]) -> Result<LexRange<'a>, Error> {
        const NO_ITEM: Error = Error::text("ERR min or max not valid string range item");
        let bound = |text: &'a [u8]| match text {
            [b'-'] | [b'-', 0, ..] => Some(Bound::First),
            [b'+'] | [b'+', 0, ..] => Some(Bound::Last),
            [b'(', member @ ..] => Some(Bound::Member(member, Edge::Out)),
            [b'[', member @ ..] => Some(Bound::Member(member, Edge::In)),
            _ => None,
        };
        Ok(LexRange { min: bound(min).ok_or(NO_ITEM)?, max: bound(max).ok_or(NO_ITEM)? })
    }

    fn after_min(&self, member: &[u8]) -> bool {
        match self.min {
            Bound::First => true,
            Bound::Last => false,
            Bound::Member(min, edge) => member > min || (edge == Edge::In && member == min),
        }
    }

    fn before_max(&self, member: &[u8]) -> bool {
        match self.max {
            Bound::First => false,
            Bound::Last => true,
            Bound::Member(max, edge) => member < max || (edge == Edge::In && member == max),
        }
    }

    /// The ranks of what lies between the bounds, if all scores are equal. If they are not, there is no right answer; in a
    /// small set this looks where Redis does: onwards from the first element after the minimum or, `backwards`, from the
    /// last before the maximum.
    pub(crate) fn ranks(&self, set: &SortedSet, backwards: bool) -> Range<usize> {
        let after_min = |(_, member): &Element| self.after_min(member);
        let before_max = |(_, member): &Element| self.before_max(member);
        if set.skiplist {
            let start = set.rank_where(|element| !after_min(element));
            let end = set.rank_where(before_max);
            return start..end.max(start);
        }
        let (first, last) = (set.iter().next(), set.iter().next_back());
        if self.is_empty() || !last.is_some_and(after_min) || !first.is_some_and(before_max) {
            0..0
        } else if backwards {
            let end = set.len() - set.iter().rev().position(before_max).unwrap_or(set.len());
            let length = set.range(0..end).rev().take_while(|it| after_min(it)).count();
            end - length..end
        } else {
            let start = set.iter().position(after_min).unwrap_or(set.len());
            let length = set.range(start..set.len()).take_while(|it| before_max(it)).count();
            start..start + length
        }
    }

    /// Whether nothing can lie between the bounds.
    fn is_empty(&self) -> bool {
        match (self.min, self.max) {
            (Bound::Last, _) | (_, Bound::First) => true,
            (Bound::Member(min, one), Bound::Member(max, other)) => {
                min > max || (min == max && (one == Edge::Out || other == Edge::Out))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_as_strtod_reads_them() {
        for (text, value) in [
            ("", Some(0.0)),
            ("  1", Some(1.0)),
            ("1 ", None),
            ("1e400", Some(f64::INFINITY)),
            ("-inf", Some(f64::NEG_INFINITY)),
            ("0x10", Some(16.0)),
            ("1\0x", Some(1.0)),
            ("nan", None),
            (" ", None),
        ] {
            assert_eq!(lenient_float(text.as_bytes()), value, "{text:?}");
        }
    }

    #[test]
    fn ranges_are_the_ranks_between_their_bounds() {
        let set = |scores: [f64; 4]| {
            let mut set = SortedSet::default();
            for (score, member) in scores.into_iter().zip([b"a", b"b", b"c", b"d"]) {
                set.insert(member, score);
            }
            set
        };
        let scores = |min: &str, max: &str| {
            let range = ScoreRange::parse(min.as_bytes(), max.as_bytes()).expect("two bounds");
            range.ranks(&set([1.0, 2.0, 2.0, 3.0]))
        };
        assert_eq!(scores("2", "2"), 1..3);
        assert_eq!(scores("(2", "3"), 3..4);
        assert_eq!(scores("1", "(2"), 0..1);
        assert!(scores("3", "1").is_empty());
        assert_eq!(scores("-inf", "+inf"), 0..4);
        for skiplist in [false, true] {
            let mut set = set([0.0; 4]);
            set.skiplist = skiplist;
            for (min, max, expected) in [
                ("-", "+", 0..4),
                ("[b", "(d", 1..3),
                ("(b", "[d", 2..4),
                ("(bb", "[dd", 2..4),
                ("-", "(a", 0..0),
                ("(d", "+", 0..0),
            ] {
                let range = LexRange::parse(min.as_bytes(), max.as_bytes()).expect("two bounds");
                for backwards in [false, true] {
                    let found = range.ranks(&set, backwards);
                    assert!(
                        found == expected || (found.is_empty() && expected.is_empty()),
                        "{min} {max} {found:?}"
                    );
                }
            }
            for (min, max) in [("+", "-"), ("(b", "[b"), ("[c", "[b"), ("+", "+"), ("-", "-")] {
                let range = LexRange::parse(min.as_bytes(), max.as_bytes()).expect("two bounds");
                assert!(range.ranks(&set, false).is_empty() && range.ranks(&set, true).is_empty());
            }
        }
    }
}
