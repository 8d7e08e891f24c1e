//! Finds the shortest program that still shows a difference.

use std::time::{Duration, Instant};

use crate::program::Step;

/// How long to look.
const TIME: Duration = Duration::from_secs(60);

/// Drops steps, in portions that become smaller, for as long as `differs` says that the rest still shows a difference.
pub(crate) fn shrink(mut program: Vec<Step>, mut differs: impl FnMut(&[Step]) -> bool) -> Vec<Step> {
    let deadline = Instant::now() + TIME;
    // How long a client is left blocked is counted in steps, which would keep others from being dropped.
    let others: Vec<Step> = program.iter().filter(|step| !step.may_block()).cloned().collect();
    if differs(&others) {
        program = others;
    }
    let mut portion = program.len().div_ceil(2);
    loop {
        let mut dropped = false;
        // From the end, since what follows the difference is of no use.
        let mut end = program.len();
        while end > 0 {
            if Instant::now() > deadline {
                return program;
            }
            let start = end.saturating_sub(portion);
            let rest = [&program[..start], &program[end..]].concat();
            if differs(&rest) {
                program = rest;
                dropped = true;
            }
            end = start.min(program.len());
        }
        if portion == 1 && !dropped {
            return program;
        }
        portion = portion.div_ceil(2).max(1);
    }
}
