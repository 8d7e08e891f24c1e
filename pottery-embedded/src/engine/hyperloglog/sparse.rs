//! The sparse form: runs of registers, each written in one or two bytes.
//!
//! | bytes               | run                                            |
//! |---------------------|------------------------------------------------|
//! | `00nnnnnn`          | n + 1 empty registers                          |
//! | `01nnnnnn nnnnnnnn` | n + 1 empty registers                          |
//! | `1vvvvvnn`          | n + 1 registers whose value is v + 1           |

use smallvec::SmallVec;

use super::REGISTERS;

/// The largest value that this form can hold.
pub(super) const MAX_VALUE: u8 = 32;

/// The longest run of a value.
const MAX_VALUE_RUN: usize = 4;

/// The longest run of empty registers that one byte describes.
const MAX_SHORT_RUN: usize = 64;

/// How many runs Redis looks at, from the one before the change on, when it joins runs of one value.
const JOINED_RUNS: usize = 5;

/// A run of registers of one value.
#[derive(Clone, Copy, Debug)]
struct Run {
    value: u8,
    /// How many registers.
    len: usize,
    /// How many bytes it takes.
    bytes: usize,
}

/// What became of an attempt to raise a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raised {
    /// It was lower.
    Yes,
    /// It was as high already.
    No,
    /// There is no room in this form.
    NoRoom,
    /// The runs don't cover the register.
    Corrupt,
}

/// The run at the beginning of `runs`, which isn't empty. A run that is cut off counts as one byte.
fn first(runs: &[u8]) -> Run {
    let byte = runs[0];
    match byte >> 6 {
        0 => Run { value: 0, len: usize::from(byte & 63) + 1, bytes: 1 },
        1 => {
            let low = runs.get(1).copied().unwrap_or(0);
            Run { value: 0, len: (usize::from(byte & 63) << 8 | usize::from(low)) + 1, bytes: 2 }
        }
        _ => Run { value: (byte >> 2 & 31) + 1, len: usize::from(byte & 3) + 1, bytes: 1 },
    }
}

/// Calls `each` with every register that is not empty and its value. Says whether the runs cover the registers exactly.
pub(super) fn visit(mut runs: &[u8], mut each: impl FnMut(usize, u8)) -> bool {
    let mut index = 0;
    while !runs.is_empty() {
        let run = first(runs);
        if run.bytes > runs.len() || index + run.len > REGISTERS {
            return false;
        }
        if run.value > 0 {
            (index..index + run.len).for_each(|index| each(index, run.value));
        }
        index += run.len;
        runs = &runs[run.bytes..];
    }
    index == REGISTERS
}

/// Raises a register. `value` begins with `header` bytes that are not runs, and may become `limit` bytes long.
pub(super) fn raise(value: &mut Vec<u8>, header: usize, index: usize, count: u8, limit: usize) -> Raised {
    if count > MAX_VALUE {
        return Raised::NoRoom;
    }
    let Some(Found { before, at, start, run }) = find(value, header, index) else { return Raised::Corrupt };
    if run.value >= count {
        return Raised::No;
    }
    let mut pieces = Pieces::new();
    write(&mut pieces, run.value, index - start);
    write(&mut pieces, count, 1);
    write(&mut pieces, run.value, start + run.len - 1 - index);
    if pieces.len() > run.bytes && value.len() + pieces.len() - run.bytes > limit {
        return Raised::NoRoom;
    }
    value.splice(at..at + run.bytes, pieces);
    join(value, before);
    Raised::Yes
}

/// What a run is replaced by: three runs at most, of which two may be long.
type Pieces = SmallVec<[u8; 5]>;

/// Where a register is.
struct Found {
    /// Where the run before it begins; the same as `at` if it is the first one.
    before: usize,
    /// Where the run begins in the value.
    at: usize,
    /// The run's first register.
    start: usize,
    run: Run,
}

fn find(value: &[u8], header: usize, index: usize) -> Option<Found> {
    let (mut before, mut at, mut start) = (header, header, 0);
    while at < value.len() {
        let run = first(&value[at..]);
        if at + run.bytes > value.len() {
            return None;
        }
        if index < start + run.len {
            return Some(Found { before, at, start, run });
        }
        before = at;
        at += run.bytes;
        start += run.len;
    }
    None
}

/// Writes a run that is part of a former one.
fn write(pieces: &mut Pieces, value: u8, len: usize) {
    match (value, len) {
        (_, 0) => {}
        (0, 1..=MAX_SHORT_RUN) => pieces.push((len - 1) as u8),
        (0, _) => pieces.extend([((len - 1) >> 8) as u8 | 0x40, (len - 1) as u8]),
        _ => pieces.push(run_of(value, len)),
    }
}

fn run_of(value: u8, len: usize) -> u8 {
    0x80 | (value - 1) << 2 | (len - 1) as u8
}

/// Joins neighbouring runs of one value, as far as Redis does.
fn join(value: &mut Vec<u8>, mut at: usize) {
    for _ in 0..JOINED_RUNS {
        if at >= value.len() {
            return;
        }
        let run = first(&value[at..]);
        if run.value > 0 && at + 1 < value.len() {
            let next = first(&value[at + 1..]);
            if next.value == run.value && run.len + next.len <= MAX_VALUE_RUN {
                value[at + 1] = run_of(run.value, run.len + next.len);
                value.remove(at);
                continue;
            }
        }
        at += run.bytes;
    }
}
