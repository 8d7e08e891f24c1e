//! The numbers of `INCRBYFLOAT` and `HINCRBYFLOAT`: Redis computes with C's `long double`, which on the machines it runs
//! on has a mantissa of 64 bits. So `0.1 + 0.2` is `0.3` there, and must be here.

use num_bigint::BigUint;

/// A finite number: `±mantissa × 2^exponent`. The mantissa's highest bit is set unless the exponent is the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Finite {
    negative: bool,
    mantissa: u64,
    exponent: i32,
}

/// A number of 80 bits that is not NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LongDouble(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Infinite { negative: bool },
    Finite(Finite),
}

/// The exponents of the smallest and of the largest numbers.
const LOWEST: i32 = -16_445;
const HIGHEST: i32 = 16_384 - 64;

/// The decimals that Redis prints, before it takes the zeros away.
const DECIMALS: u32 = 17;

/// Redis reads no longer text as a number.
const MAX_TEXT: usize = 5 * 1024;

impl LongDouble {
    /// Reads a number as `strtold` does, from the first byte to the last: decimal, hexadecimal or `inf`. What is too
    /// large or too small is refused, as is NaN.
    pub(crate) fn parse(text: &[u8]) -> Option<LongDouble> {
        if text.len() >= MAX_TEXT {
            return None;
        }
        let (negative, unsigned) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        if unsigned.eq_ignore_ascii_case(b"inf") || unsigned.eq_ignore_ascii_case(b"infinity") {
            return Some(LongDouble(Kind::Infinite { negative }));
        }
        let (mantissa, exponent) = match unsigned {
            [b'0', b'x' | b'X', digits @ ..] => parse_hexadecimal(digits)?,
            digits => parse_decimal(digits)?,
        };
        Some(LongDouble(Kind::Finite(Finite { negative, mantissa, exponent })))
    }

    pub(crate) fn is_finite(self) -> bool {
        matches!(self.0, Kind::Finite(_))
    }

    /// The sum, if it is a finite number.
    pub(crate) fn checked_add(self, other: LongDouble) -> Option<LongDouble> {
        let (Kind::Finite(a), Kind::Finite(b)) = (self.0, other.0) else { return None };
        a.add(b).map(|sum| LongDouble(Kind::Finite(sum)))
    }

    /// Seconds as milliseconds: a thousand times as much, and from there the next whole number. `None` if that doesn't fit.
    pub(crate) fn to_millis(self) -> Option<i64> {
        let Kind::Finite(seconds) = self.0 else { return None };
        // The product is rounded too, so that what should be whole nearly always is.
        let (mantissa, exponent) = round(u128::from(seconds.mantissa) * 1000, seconds.exponent, false)?;
        let (whole, more) = match exponent.unsigned_abs() {
            _ if mantissa == 0 => (0, false),
            _ if exponent >= 0 => return None,
            shift @ 0..64 => (mantissa >> shift, mantissa & ((1 << shift) - 1) != 0),
            _ => (0, true),
        };
        let millis = i64::try_from(if seconds.negative { whole } else { whole + u64::from(more) }).ok()?;
        Some(if seconds.negative { -millis } else { millis })
    }

    /// The number with up to 17 decimals, and never an exponent.
    pub(crate) fn format(self) -> String {
        match self.0 {
            Kind::Infinite { negative } => if negative { "-inf" } else { "inf" }.to_owned(),
            Kind::Finite(number) => number.format(),
        }
    }
}

impl From<i64> for LongDouble {
    fn from(value: i64) -> LongDouble {
        let (mantissa, exponent) = round(u128::from(value.unsigned_abs()), 0, false).unwrap_or((0, LOWEST));
        LongDouble(Kind::Finite(Finite { negative: value < 0, mantissa, exponent }))
    }
}

impl Finite {
    fn add(self, other: Finite) -> Option<Finite> {
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        // Two bits stay free above for the sum, 62 below for what the smaller one adds.
        let a = u128::from(large.mantissa) << 62;
        let distance = large.exponent.abs_diff(small.exponent);
        let b = u128::from(small.mantissa) << 62;
        // A bit for all that is shifted out: enough to round rightly.
        let b = match distance {
            0..=62 => b >> distance,
            63..=127 => (b >> distance) | u128::from(b & ((1 << distance) - 1) != 0),
            _ => u128::from(b != 0),
        };
        let (negative, sum) = match (large.negative == small.negative, a >= b) {
            (true, _) => (large.negative, a + b),
            (false, true) => (large.negative && a != b, a - b),
            (false, false) => (small.negative, b - a),
        };
        let (mantissa, exponent) = round(sum, large.exponent - 62, false)?;
        Some(Finite { negative, mantissa, exponent })
    }

    fn format(self) -> String {
        let (whole, fraction) = self.parts();
        let sign = if self.negative && (fraction != 0 || whole != "0") { "-" } else { "" };
        if fraction == 0 {
            return format!("{sign}{whole}");
        }
        let decimals = format!("{fraction:0width$}", width = DECIMALS as usize);
        format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
    }

    /// What stands before the point, and the decimals after it as a whole number; rounded.
    fn parts(self) -> (String, u64) {
        const UNIT: u128 = 10u128.pow(DECIMALS);
        if self.exponent >= 0 {
            return ((BigUint::from(self.mantissa) << self.exponent.unsigned_abs()).to_string(), 0);
        }
        let shift = self.exponent.unsigned_abs();
        let (whole, fraction) = match shift {
            0..64 => (self.mantissa >> shift, self.mantissa & ((1 << shift) - 1)),
            _ => (0, self.mantissa),
        };
        // Less than 2^121, so nothing is left of it from a shift of 122 bits on.
        let product = u128::from(fraction) * UNIT;
        let mut decimals = if shift < 128 { product >> shift } else { 0 };
        if shift < 128 {
            let rest = product & ((1 << shift) - 1);
            let half = 1 << (shift - 1);
            decimals += u128::from(rest > half || (rest == half && decimals & 1 == 1));
        }
        if decimals == UNIT { ((whole + 1).to_string(), 0) } else { (whole.to_string(), decimals as u64) }
    }
}

/// Rounds `value × 2^exponent` to the nearest number that 80 bits hold, of two equally near to the even one. `more` says
/// that it is really a little more. `None` if it is too large.
fn round(value: u128, exponent: i32, more: bool) -> Option<(u64, i32)> {
    if value == 0 {
        return Some((0, LOWEST));
    }
    let bits = 128 - value.leading_zeros() as i32;
    // Below the lowest exponent, bits are lost instead.
    let target = (exponent + bits - 64).max(LOWEST);
    let shift = target - exponent;
    let (mut mantissa, mut target) = (shifted(value, shift, more), target);
    if mantissa == 1 << 64 {
        (mantissa, target) = (1 << 63, target + 1);
    }
    (target <= HIGHEST).then_some((mantissa as u64, target))
}

/// `value` shifted to the right, or to the left if `shift` is negative, and rounded. At most 2^64.
fn shifted(value: u128, shift: i32, more: bool) -> u128 {
    if shift <= 0 {
        return value << -shift;
    }
    if shift > 128 {
        return 0;
    }
    let kept = if shift == 128 { 0 } else { value >> shift };
    let rest = value << (128 - shift);
    let half = 1u128 << 127;
    kept + u128::from(rest > half || (rest == half && (more || kept & 1 == 1)))
}

/// The same for a large number.
fn round_large(value: &BigUint, exponent: i64, more: bool) -> Option<(u64, i32)> {
    let excess = value.bits().saturating_sub(128);
    let top: u128 = (value >> excess).try_into().ok()?;
    let cut = value.trailing_zeros().is_some_and(|zeros| zeros < excess);
    let exponent = i32::try_from(exponent.checked_add_unsigned(excess)?).ok()?;
    round(top, exponent, more || cut)
}

/// Digits with at most one point among them: the number they write without it, and how many follow it.
fn split_point(text: &[u8], digit: fn(&u8) -> bool) -> Option<(Vec<u8>, i64)> {
    let mut parts = text.splitn(2, |byte| *byte == b'.');
    let (whole, fraction) = (parts.next()?, parts.next().unwrap_or(b""));
    let digits = [whole, fraction].concat();
    (!digits.is_empty() && digits.iter().all(digit)).then_some((digits, fraction.len() as i64))
}

/// An exponent. One of many digits is as good as a very large one.
fn parse_exponent(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value =
        digits.iter().fold(0, |value: i64, digit| (value * 10 + i64::from(digit - b'0')).min(1_000_000));
    Some(if negative { -value } else { value })
}

/// `text` up to one of two letters, and the exponent after it.
fn split_exponent(text: &[u8], letters: [u8; 2]) -> Option<(&[u8], i64)> {
    match text.iter().position(|byte| letters.contains(byte)) {
        Some(at) => Some((&text[..at], parse_exponent(&text[at + 1..])?)),
        None => Some((text, 0)),
    }
}

/// Not zero, since the number isn't.
fn not_lost(number: (u64, i32)) -> Option<(u64, i32)> {
    (number.0 != 0).then_some(number)
}

fn parse_decimal(text: &[u8]) -> Option<(u64, i32)> {
    let (mantissa, exponent) = split_exponent(text, [b'e', b'E'])?;
    let (digits, decimals) = split_point(mantissa, u8::is_ascii_digit)?;
    let Some(first) = digits.iter().position(|digit| *digit != b'0') else { return Some((0, LOWEST)) };
    let digits = &digits[first..];
    let power = exponent - decimals;
    // Far from everything that fits, and too long to compute.
    if !(-6_000..=6_000).contains(&(power + digits.len() as i64)) {
        return None;
    }
    if digits.len() <= 19 && (-19..=0).contains(&power) {
        let value = digits.iter().fold(0, |value: u128, digit| value * 10 + u128::from(digit - b'0'));
        let room = value.leading_zeros();
        let (dividend, divisor) = (value << room, 10u128.pow(power.unsigned_abs() as u32));
        return round(dividend / divisor, -(room as i32), dividend % divisor != 0);
    }
    let value = BigUint::parse_bytes(digits, 10)?;
    let factor = BigUint::from(10u8).pow(u32::try_from(power.unsigned_abs()).ok()?);
    if power >= 0 {
        return round_large(&(value * factor), 0, false);
    }
    // Enough bits for the quotient to have more than 64.
    let room = (factor.bits() + 66).saturating_sub(value.bits());
    let dividend = value << room;
    let quotient = &dividend / &factor;
    let more = &quotient * &factor != dividend;
    not_lost(round_large(&quotient, -(room as i64), more)?)
}

fn parse_hexadecimal(text: &[u8]) -> Option<(u64, i32)> {
    let (mantissa, exponent) = split_exponent(text, [b'p', b'P'])?;
    let (digits, decimals) = split_point(mantissa, u8::is_ascii_hexdigit)?;
    let value = BigUint::parse_bytes(&digits, 16)?;
    if value == BigUint::ZERO {
        return Some((0, LOWEST));
    }
    not_lost(round_large(&value, exponent - 4 * decimals, false)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(a: &str, b: &str) -> Option<String> {
        let (a, b) = (LongDouble::parse(a.as_bytes())?, LongDouble::parse(b.as_bytes())?);
        a.checked_add(b).map(LongDouble::format)
    }

    /// Recorded from Redis 7.0.15: `SET k a`, `INCRBYFLOAT k b`.
    #[test]
    fn sums_are_those_of_redis() {
        for (a, b, expected) in [
            ("0.1", "0.2", Some("0.3")),
            ("10.50", "0.1", Some("10.6")),
            ("3.0e3", "200", Some("3200")),
            ("1", "-1", Some("0")),
            ("0", "-0", Some("0")),
            ("1e-17", "0", Some("0.00000000000000001")),
            ("1e-18", "0", Some("0")),
            ("-1e-18", "0", Some("0")),
            ("0x10", ".5", Some("16.5")),
            ("5.", "1", Some("6")),
            ("1e20", "1", Some("100000000000000000000")),
            ("18446744073709551615", "1", Some("18446744073709551616")),
            ("18446744073709551615", "0.5", Some("18446744073709551616")),
            ("9007199254740993", "0", Some("9007199254740993")),
            ("3.14159265358979323846", "0", Some("3.14159265358979324")),
            ("inf", "1", None),
            ("nan", "1", None),
            ("1e5000", "1", None),
            ("1e-5000", "1", None),
            ("", "1", None),
            (" 1", "1", None),
            ("1 ", "1", None),
            ("1e", "1", None),
            ("0x", "1", None),
            (".", "1", None),
            ("1.2.3", "1", None),
        ] {
            assert_eq!(sum(a, b).as_deref(), expected, "{a} {b}");
        }
        assert!(sum("1e4932", "0").is_some_and(|it| it.len() == 4933));
        assert!(sum("1e4932", "1e4932").is_none());
    }

    /// Recorded from Redis 7.0.15: how long `BLPOP k s` waits, as far as it can be told.
    #[test]
    fn milliseconds_are_those_of_redis() {
        for (seconds, millis) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("1", Some(1000)),
            ("0.25", Some(250)),
            ("0.0001", Some(1)),
            ("1e-4000", Some(1)),
            ("-0.001", Some(0)),
            ("-0.0001", Some(0)),
            ("-0.0011", Some(-1)),
            ("-1", Some(-1000)),
            ("9223372036854775", Some(9_223_372_036_854_775_000)),
            ("9223372036854776", None),
            ("1e4000", None),
            ("inf", None),
        ] {
            assert_eq!(
                LongDouble::parse(seconds.as_bytes()).and_then(LongDouble::to_millis),
                millis,
                "{seconds}"
            );
        }
    }

    proptest! {
        #[test]
        fn whole_numbers_stay_exact(a in any::<i32>(), b in any::<i32>()) {
            prop_assert_eq!(sum(&a.to_string(), &b.to_string()), Some((i64::from(a) + i64::from(b)).to_string()));
            let (a, b) = (LongDouble::from(i64::from(a)), LongDouble::parse(a.to_string().as_bytes()));
            prop_assert_eq!(Some(a), b);
        }

        #[test]
        fn both_ways_to_read_a_number_agree(digits in 1u64.., decimals in 0usize..19) {
            let digits = digits.to_string();
            let at = digits.len().saturating_sub(decimals);
            let text = format!("{}.{}", &digits[..at], &digits[at..]);
            let longer = format!("{text}{}", "0".repeat(30));
            prop_assert_eq!(LongDouble::parse(text.as_bytes()), LongDouble::parse(longer.as_bytes()));
        }
    }
}
