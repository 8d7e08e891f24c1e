//! Strings as rows of bits, the highest bit of a byte first.

use std::ops::Range;

/// How many bits are set in a range of bits.
pub(crate) fn count(bytes: &[u8], range: Range<u64>) -> u64 {
    let Parts { head, middle, tail } = Parts::new(bytes, range);
    let edges =
        [head, tail].into_iter().flatten().map(|edge| u64::from((bytes[edge.at] & edge.mask).count_ones()));
    // By words, of which one takes as long as a byte.
    let (words, rest) = bytes[middle].as_chunks::<8>();
    let words = words.iter().map(|word| u64::from(u64::from_ne_bytes(*word).count_ones()));
    let rest = rest.iter().map(|byte| u64::from(byte.count_ones()));
    edges.chain(rest).sum::<u64>() + words.sum::<u64>()
}

/// Where the first bit of this kind is in a range of bits.
pub(crate) fn position(bytes: &[u8], bit: bool, range: Range<u64>) -> Option<u64> {
    // A zero is a one in the complement.
    let flip = if bit { 0 } else { 0xff };
    let at = |at: usize, found: u8| (found != 0).then(|| at as u64 * 8 + u64::from(found.leading_zeros()));
    let in_edge = |edge: Option<Edge>| edge.and_then(|edge| at(edge.at, (bytes[edge.at] ^ flip) & edge.mask));
    let Parts { head, middle, tail } = Parts::new(bytes, range);
    in_edge(head)
        .or_else(|| {
            let skipped = bytes[middle.clone()].iter().position(|byte| *byte != flip)?;
            at(middle.start + skipped, bytes[middle.start + skipped] ^ flip)
        })
        .or_else(|| in_edge(tail))
}

/// A range of bits: whole bytes, and at most two of which only some bits are in it.
struct Parts {
    head: Option<Edge>,
    middle: Range<usize>,
    tail: Option<Edge>,
}

#[derive(Clone, Copy)]
struct Edge {
    at: usize,
    mask: u8,
}

impl Parts {
    fn new(bytes: &[u8], range: Range<u64>) -> Parts {
        let end = range.end.min(bytes.len() as u64 * 8);
        if range.start >= end {
            return Parts { head: None, middle: 0..0, tail: None };
        }
        let (first, last) = ((range.start / 8) as usize, (end / 8) as usize);
        let from = 0xff >> (range.start % 8);
        let to = !(0xff >> (end % 8));
        let edge = |at, mask| (mask != 0 && mask != 0xff).then_some(Edge { at, mask });
        if first == last {
            return Parts { head: edge(first, from & to), middle: 0..0, tail: None };
        }
        let head = edge(first, from);
        Parts { head, middle: first + usize::from(head.is_some())..last, tail: edge(last, to) }
    }
}

/// What `BITOP` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    And,
    Or,
    Xor,
    Not,
}

impl Operation {
    pub(crate) fn parse(name: &[u8]) -> Option<Operation> {
        [("and", Operation::And), ("or", Operation::Or), ("xor", Operation::Xor), ("not", Operation::Not)]
            .into_iter()
            .find(|(it, _)| name.eq_ignore_ascii_case(it.as_bytes()))
            .map(|(_, operation)| operation)
    }

    /// Combines the result so far with a further operand; the shorter one goes on with zeros.
    pub(crate) fn apply(self, result: &mut Vec<u8>, operand: &[u8]) {
        if result.len() < operand.len() {
            result.resize(operand.len(), 0);
        }
        let (both, alone) = result.split_at_mut(operand.len());
        match self {
            Operation::And => {
                both.iter_mut().zip(operand).for_each(|(byte, other)| *byte &= other);
                alone.fill(0);
            }
            Operation::Or => both.iter_mut().zip(operand).for_each(|(byte, other)| *byte |= other),
            Operation::Xor => both.iter_mut().zip(operand).for_each(|(byte, other)| *byte ^= other),
            Operation::Not => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bit(bytes: &[u8], at: u64) -> bool {
        bytes[(at / 8) as usize] >> (7 - at % 8) & 1 == 1
    }

    proptest! {
        #[test]
        fn ranges_are_those_of_single_bits(
            bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(255), any::<u8>()], 0..40),
            start in 0u64..350,
            len in 0u64..350,
        ) {
            let bits = (start..(start + len).min(bytes.len() as u64 * 8)).map(|at| (at, bit(&bytes, at)));
            prop_assert_eq!(count(&bytes, start..start + len), bits.clone().filter(|(_, it)| *it).count() as u64);
            for looked_for in [false, true] {
                let first = bits.clone().find(|(_, it)| *it == looked_for).map(|(at, _)| at);
                prop_assert_eq!(position(&bytes, looked_for, start..start + len), first);
            }
        }
    }

    #[test]
    fn the_shorter_operand_goes_on_with_zeros() {
        let result = |operation: Operation| {
            let mut result = b"\x0f\xf0".to_vec();
            operation.apply(&mut result, b"\x33\x33\x33");
            operation.apply(&mut result, b"\x01");
            result
        };
        assert_eq!(result(Operation::And), b"\x01\x00\x00");
        assert_eq!(result(Operation::Or), b"\x3f\xf3\x33");
        assert_eq!(result(Operation::Xor), b"\x3d\xc3\x33");
    }
}
