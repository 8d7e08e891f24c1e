//! Measuring things beside each other.
//!
//! The figures of a machine that others use too wander by more than what is to be measured. What stays is the ratio of
//! two things that were measured in turn: so the ways of a comparison take turns, each round gives one ratio, and the
//! median of those is what is told.

use std::time::Duration;

use crate::comparison::Comparison;

/// A turn takes about so long, so that the clock and the switching do not count.
const TURN: Duration = Duration::from_millis(20);
/// What is shorter is done no more often than this in one turn.
const TIMES_AT_MOST: u128 = 2000;

/// The head of a table.
pub(crate) const HEAD: &str = "\
| | pottery, µs | by hand, µs | raw socket, µs | pottery / by hand (half of the rounds) | pottery / raw |
|---|--:|--:|--:|--:|--:|";

/// Measures, and returns one row of the table.
pub(crate) fn row(mut comparison: Comparison, rounds: u32) -> String {
    let times = fitting(&mut comparison);
    let mut took: [Vec<f64>; 3] = Default::default();
    for round in 0..rounds {
        // nobody always comes first
        for turn in 0..3 {
            let who = (round as usize + turn) % 3;
            let time = comparison.ways[who](times);
            took[who].push(time.as_secs_f64() * 1e6 / f64::from(times * comparison.per));
        }
    }
    let ratios =
        |to: usize| sorted(std::iter::zip(&took[0], &took[to]).map(|(pottery, other)| pottery / other));
    let (by_hand, raw) = (ratios(1), ratios(2));
    let [pottery, hand, socket] = took.map(|times| micros(quantile(&sorted(times), 0.5)));
    format!(
        "| {} | {pottery} | {hand} | {socket} | **{:.2}** ({:.2} to {:.2}) | {:.2} |",
        comparison.what,
        quantile(&by_hand, 0.5),
        quantile(&by_hand, 0.25),
        quantile(&by_hand, 0.75),
        quantile(&raw, 0.5),
    )
}

/// How often the work is done in one turn. Finding out warms up, too.
fn fitting(comparison: &mut Comparison) -> u32 {
    for way in &mut comparison.ways {
        way(2);
    }
    let three = comparison.ways[1](3).max(Duration::from_micros(1));
    let times = (TURN * 3).as_nanos() / three.as_nanos();
    u32::try_from(times.clamp(1, TIMES_AT_MOST)).unwrap_or(1)
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

fn quantile(sorted: &[f64], at: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * at).round() as usize).copied().unwrap_or(f64::NAN)
}

fn micros(time: f64) -> String {
    match time {
        ..10.0 => format!("{time:.2}"),
        ..100.0 => format!("{time:.1}"),
        _ => format!("{time:.0}"),
    }
}
