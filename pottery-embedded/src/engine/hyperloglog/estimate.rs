//! From registers to a number of elements: Otmar Ertl's improved estimator, the one that Redis uses, in the same order
//! of operations, so that both round alike.

use super::REGISTERS;

/// The largest value that a register takes, less one: the bits of the hash that don't choose the register.
const Q: usize = 50;

/// 0.5 / ln(2).
const ALPHA: f64 = 0.721_347_520_444_481_7;

/// How many registers have each value.
pub(super) type Histogram = [u32; 64];

pub(super) fn cardinality(histogram: &Histogram) -> u64 {
    let m = REGISTERS as f64;
    let mut z = m * tau((m - f64::from(histogram[Q + 1])) / m);
    for count in histogram[1..=Q].iter().rev() {
        z += f64::from(*count);
        z *= 0.5;
    }
    z += m * sigma(f64::from(histogram[0]) / m);
    (ALPHA * m * m / z).round() as u64
}

/// What the empty registers contribute.
fn sigma(mut x: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    let mut y = 1.0;
    let mut z = x;
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if before == z {
            return z;
        }
    }
}

/// What the full registers contribute.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let mut y = 1.0;
    let mut z = 1.0 - x;
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if before == z {
            return z / 3.0;
        }
    }
}
