//! HyperLogLogs: strings in which Redis counts distinct elements approximately, byte for byte as Redis writes them.
//!
//! A value is a header of 16 bytes (the letters `HYLL`, the form, three bytes of nothing, and the last count with its
//! highest bit saying that it is out of date) and the registers, [`sparse`] or [`dense`].

mod dense;
mod estimate;
mod hash;
mod sparse;

use estimate::Histogram;
use sparse::Raised;

/// How many registers there are.
const REGISTERS: usize = 1 << 14;

const HEADER: usize = 16;
const MAGIC: &[u8; 4] = b"HYLL";
const DENSE: u8 = 0;
const SPARSE: u8 = 1;

/// The byte of the header whose highest bit says that the count is out of date.
const COUNT_END: usize = 15;
const STALE: u8 = 0x80;

/// The value has the header of a HyperLogLog, but its registers make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupt;

/// Whether a string looks like a HyperLogLog. More is found out by reading the registers.
pub(crate) fn is_valid(value: &[u8]) -> bool {
    value.len() >= HEADER
        && value.starts_with(MAGIC)
        && (value[4] == SPARSE || (value[4] == DENSE && value.len() == dense::SIZE))
}

/// A HyperLogLog without elements.
pub(crate) fn empty() -> Vec<u8> {
    let mut value = vec![0; HEADER];
    value[..4].copy_from_slice(MAGIC);
    value[4] = SPARSE;
    // One run of all registers.
    value.extend([0x7f, 0xff]);
    value
}

/// Counts an element and says whether a register changed. The sparse form may take `limit` bytes.
pub(crate) fn add(value: &mut Vec<u8>, element: &[u8], limit: usize) -> Result<bool, Corrupt> {
    let hash = hash::murmur64(element);
    let index = (hash & (REGISTERS as u64 - 1)) as usize;
    // The bit above the last one ends the row of zeros if nothing else does.
    let rest = (hash >> 14) | (1 << 50);
    raise(value, index, rest.trailing_zeros() as u8 + 1, limit)
}

/// Says that the number of elements must be counted anew.
pub(crate) fn mark_stale(value: &mut [u8]) {
    value[COUNT_END] |= STALE;
}

/// The number of elements that was counted last, if nothing changed since.
pub(crate) fn cached_count(value: &[u8]) -> Option<u64> {
    let (count, _) = value[COUNT_END - 7..].split_first_chunk::<8>()?;
    (value[COUNT_END] & STALE == 0).then(|| u64::from_le_bytes(*count))
}

/// Counts the elements, and keeps the count in the value.
pub(crate) fn count(value: &mut [u8]) -> Result<u64, Corrupt> {
    let mut histogram: Histogram = [0; 64];
    let mut empty = REGISTERS as u32;
    visit(value, |_, count| {
        histogram[usize::from(count)] += 1;
        empty -= 1;
    })?;
    histogram[0] = empty;
    let count = estimate::cardinality(&histogram);
    value[COUNT_END - 7..=COUNT_END].copy_from_slice(&count.to_le_bytes());
    Ok(count)
}

/// The union of several HyperLogLogs.
#[derive(Debug)]
pub(crate) struct Union {
    registers: Box<[u8]>,
    dense: bool,
}

impl Union {
    pub(crate) fn new() -> Union {
        Union { registers: vec![0; REGISTERS].into(), dense: false }
    }

    /// Adds another one, which must be [valid](is_valid).
    pub(crate) fn add(&mut self, value: &[u8]) -> Result<(), Corrupt> {
        self.dense |= value[4] == DENSE;
        visit(value, |index, count| {
            let register = &mut self.registers[index];
            *register = count.max(*register);
        })
    }

    /// The number of elements.
    pub(crate) fn count(&self) -> u64 {
        let mut histogram: Histogram = [0; 64];
        for count in &self.registers {
            histogram[usize::from(*count)] += 1;
        }
        estimate::cardinality(&histogram)
    }

    /// Raises the registers of `value` to those of the union. It becomes dense if one of them was.
    pub(crate) fn write(&self, value: &mut Vec<u8>, limit: usize) -> Result<(), Corrupt> {
        if self.dense {
            make_dense(value)?;
        }
        for (index, count) in self.registers.iter().enumerate().filter(|(_, count)| **count > 0) {
            raise(value, index, *count, limit)?;
        }
        mark_stale(value);
        Ok(())
    }
}

fn raise(value: &mut Vec<u8>, index: usize, count: u8, limit: usize) -> Result<bool, Corrupt> {
    if value[4] == SPARSE {
        match sparse::raise(value, HEADER, index, count, limit) {
            Raised::Yes => {
                mark_stale(value);
                return Ok(true);
            }
            Raised::No => return Ok(false),
            Raised::Corrupt => return Err(Corrupt),
            Raised::NoRoom => make_dense(value)?,
        }
    }
    Ok(dense::raise(&mut value[HEADER..], index, count))
}

/// Turns the value into the dense form.
fn make_dense(value: &mut Vec<u8>) -> Result<(), Corrupt> {
    if value[4] == DENSE {
        return Ok(());
    }
    let mut other = vec![0; dense::SIZE];
    other[..HEADER].copy_from_slice(&value[..HEADER]);
    other[4] = DENSE;
    visit(value, |index, count| {
        dense::raise(&mut other[HEADER..], index, count);
    })?;
    *value = other;
    Ok(())
}

/// Calls `each` with every register that is not empty.
fn visit(value: &[u8], mut each: impl FnMut(usize, u8)) -> Result<(), Corrupt> {
    let registers = &value[HEADER..];
    if value[4] == SPARSE {
        return if sparse::visit(registers, each) { Ok(()) } else { Err(Corrupt) };
    }
    for index in 0..REGISTERS {
        let count = dense::get(registers, index);
        if count > 0 {
            each(index, count);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 3000;

    fn of(elements: impl Iterator<Item = u32>) -> Vec<u8> {
        let mut value = empty();
        for element in elements {
            add(&mut value, element.to_string().as_bytes(), LIMIT).expect("it is not corrupt");
        }
        mark_stale(&mut value);
        value
    }

    fn registers(value: &[u8]) -> Vec<u8> {
        let mut registers = vec![0; REGISTERS];
        visit(value, |index, count| registers[index] = count).expect("it is not corrupt");
        registers
    }

    #[test]
    fn both_forms_hold_the_same() {
        let mut sparse = of(0..900);
        assert_eq!(sparse[4], SPARSE);
        let mut dense = sparse.clone();
        make_dense(&mut dense).expect("it is not corrupt");
        assert_eq!(dense.len(), dense::SIZE);
        assert_eq!(registers(&sparse), registers(&dense));
        assert_eq!(count(&mut sparse), count(&mut dense));
        assert_eq!(cached_count(&sparse), cached_count(&dense));
    }

    #[test]
    fn the_count_is_close() {
        for n in [0u32, 1, 10, 1000, 100_000, 1_000_000] {
            let counted = count(&mut of(0..n)).expect("it is not corrupt");
            let error = (counted as f64 - f64::from(n)).abs();
            assert!(error <= f64::from(n) * 0.03, "{n} {counted}");
        }
    }

    #[test]
    fn a_union_is_what_adding_all_gives() {
        let mut union = Union::new();
        union.add(&of(0..600)).expect("it is not corrupt");
        union.add(&of(300..5000)).expect("it is not corrupt");
        let mut merged = of(0..600);
        union.write(&mut merged, LIMIT).expect("it is not corrupt");
        assert_eq!(registers(&merged), registers(&of(0..5000)));
        assert_eq!(Ok(union.count()), count(&mut merged));
    }

    /// Recorded from Redis 7.0.15: `PFADD k a b c`, then `PFCOUNT k`.
    #[test]
    fn the_bytes_are_those_of_redis() {
        let mut value = empty();
        for element in [b"a", b"b", b"c"] {
            add(&mut value, element, LIMIT).expect("it is not corrupt");
        }
        assert_eq!(count(&mut value), Ok(3));
        let expected = b"HYLL\x01\0\0\0\x03\0\0\0\0\0\0\0`\xf3\x80P\xb1\x84K\xfb\x80BZ";
        assert_eq!(value, expected);
    }

    #[test]
    fn nonsense_is_an_error() {
        let header = &empty()[..HEADER];
        for runs in [&b""[..], b"\x00", b"\x7f", b"\x7f\xff\x00", b"\x7f\xfe\x81"] {
            let mut value = [header, runs].concat();
            mark_stale(&mut value);
            assert!(is_valid(&value));
            assert_eq!(count(&mut value), Err(Corrupt), "{runs:?}");
            assert!(Union::new().add(&value).is_err());
        }
        assert!(!is_valid(b""));
        assert!(!is_valid(b"HYLL\x02\0\0\0\0\0\0\0\0\0\0\0"));
        assert!(!is_valid(b"HYLL\x00\0\0\0\0\0\0\0\0\0\0\0"));
    }
}
