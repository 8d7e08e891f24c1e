//! The longest common subsequence of two strings, chosen among equally long ones as Redis chooses.

/// Pieces that both strings have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Common {
    /// The subsequence itself.
    pub(crate) text: Vec<u8>,
    /// Where its pieces are, from the last to the first.
    pub(crate) matches: Vec<Match>,
}

/// A piece: where it is in either string, and how long it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) a: usize,
    pub(crate) b: usize,
    pub(crate) len: usize,
}

/// How long the subsequence is. Takes time by the product of the lengths, and memory by the second.
pub(crate) fn length(a: &[u8], b: &[u8]) -> usize {
    rows(a, b, |_, _| {}) as usize
}

/// The subsequence. Takes a bit for each pair of bytes.
pub(crate) fn common(a: &[u8], b: &[u8]) -> Common {
    // Where the way back goes on with a shorter `a`; otherwise with a shorter `b`.
    let mut up = vec![0u64; (a.len() * b.len()).div_ceil(64)];
    rows(a, b, |i, j| {
        let place = i * b.len() + j;
        up[place / 64] |= 1 << (place % 64);
    });
    let mut common = Common::default();
    let (mut i, mut j) = (a.len(), b.len());
    let mut joins = false;
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            (i, j) = (i - 1, j - 1);
            common.text.push(a[i]);
            match common.matches.last_mut() {
                Some(last) if joins => *last = Match { a: i, b: j, len: last.len + 1 },
                _ => common.matches.push(Match { a: i, b: j, len: 1 }),
            }
            joins = true;
        } else {
            let place = (i - 1) * b.len() + j - 1;
            if up[place / 64] >> (place % 64) & 1 == 1 {
                i -= 1;
            } else {
                j -= 1;
            }
            joins = false;
        }
    }
    common.text.reverse();
    common
}

/// Fills the table of lengths row by row and returns the last length. Calls `up` for each pair of different bytes where
/// more is in common without the one of `a` than without the one of `b`.
fn rows(a: &[u8], b: &[u8], mut up: impl FnMut(usize, usize)) -> u32 {
    // The lengths for the former byte of `a`, overwritten from left to right.
    let mut row = vec![0u32; b.len() + 1];
    for (i, from_a) in a.iter().enumerate() {
        let mut diagonal = 0;
        for (j, from_b) in b.iter().enumerate() {
            let (above, left) = (row[j + 1], row[j]);
            row[j + 1] = if from_a == from_b {
                diagonal + 1
            } else {
                if above > left {
                    up(i, j);
                }
                above.max(left)
            };
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_from_the_last_to_the_first() {
        let common = common(b"ohmytext", b"mynewtext");
        assert_eq!(common.text, b"mytext");
        assert_eq!(common.matches, [Match { a: 4, b: 5, len: 4 }, Match { a: 2, b: 0, len: 2 }]);
        assert_eq!(length(b"ohmytext", b"mynewtext"), 6);
    }

    #[test]
    fn empty_strings_have_nothing_in_common() {
        assert_eq!(common(b"", b"abc"), Common::default());
        assert_eq!(length(b"abc", b""), 0);
    }
}
