//! Numbers from their decimal text, straight from the bytes.

use std::str::FromStr;

/// Why a text is not the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is no number at all.
    Malformed,
    /// It is one that the type cannot hold.
    OutOfRange,
}

/// What `str::parse` accepts, except a leading `+`: Redis never writes one.
pub(super) trait Number: Sized {
    fn parse(text: &[u8]) -> Result<Self, Fault>;
}

/// Numbers of this many digits fit a `u64` whatever they are.
const SAFE_DIGITS: usize = 19;

fn digit(byte: u8) -> Result<u8, Fault> {
    let digit = byte.wrapping_sub(b'0');
    if digit < 10 { Ok(digit) } else { Err(Fault::Malformed) }
}

fn magnitude(digits: &[u8]) -> Result<u64, Fault> {
    if digits.is_empty() {
        return Err(Fault::Malformed);
    }
    let (safe, rest) = digits.split_at(digits.len().min(SAFE_DIGITS));
    let mut sum = 0;
    for &byte in safe {
        sum = sum * 10 + u64::from(digit(byte)?);
    }
    let mut fits = true;
    for &byte in rest {
        let digit = digit(byte)?;
        match sum.checked_mul(10).and_then(|sum: u64| sum.checked_add(digit.into())) {
            Some(next) => sum = next,
            None => fits = false,
        }
    }
    if fits { Ok(sum) } else { Err(Fault::OutOfRange) }
}

fn wide_magnitude(digits: &[u8]) -> Result<u128, Fault> {
    if digits.is_empty() {
        return Err(Fault::Malformed);
    }
    let mut sum = 0_u128;
    let mut fits = true;
    for &byte in digits {
        let digit = digit(byte)?;
        match sum.checked_mul(10).and_then(|sum| sum.checked_add(digit.into())) {
            Some(next) => sum = next,
            None => fits = false,
        }
    }
    if fits { Ok(sum) } else { Err(Fault::OutOfRange) }
}

macro_rules! integers {
    ($magnitude:ident $whole:ident: $($unsigned:ident $signed:ident)*) => { $(
        impl Number for $unsigned {
            #[inline]
            fn parse(text: &[u8]) -> Result<Self, Fault> {
                $unsigned::try_from($magnitude(text)?).map_err(|_| Fault::OutOfRange)
            }
        }

        impl Number for $signed {
            #[inline]
            fn parse(text: &[u8]) -> Result<Self, Fault> {
                let whole = match text {
                    [b'-', digits @ ..] => {
                        let magnitude = $magnitude(digits)?;
                        // The one whose positive counterpart does not exist is its own wrapped negation.
                        if magnitude > $whole::MIN.unsigned_abs() {
                            return Err(Fault::OutOfRange);
                        }
                        magnitude.wrapping_neg().cast_signed()
                    }
                    digits => $whole::try_from($magnitude(digits)?).map_err(|_| Fault::OutOfRange)?,
                };
                $signed::try_from(whole).map_err(|_| Fault::OutOfRange)
            }
        }
    )* };
}

integers!(magnitude i64: u8 i8 u16 i16 u32 i32 u64 i64);
integers!(wide_magnitude i128: u128 i128);

/// Decimal text with or without an exponent, `inf` and `-inf`. NaN, other spellings of infinity, and numbers that would
/// become infinite are refused.
fn float<F: FromStr>(text: &[u8], is_finite: impl Fn(&F) -> bool) -> Result<F, Fault> {
    let number = match text {
        b"inf" | b"-inf" => return parse(text),
        [b'-', rest @ ..] => rest,
        _ => text,
    };
    let plain = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    if !matches!(number, [b'0'..=b'9' | b'.', ..]) || !number.iter().all(plain) {
        return Err(Fault::Malformed);
    }
    let value = parse(text)?;
    if is_finite(&value) { Ok(value) } else { Err(Fault::OutOfRange) }
}

fn parse<F: FromStr>(text: &[u8]) -> Result<F, Fault> {
    std::str::from_utf8(text).ok().and_then(|text| text.parse().ok()).ok_or(Fault::Malformed)
}

impl Number for f32 {
    fn parse(text: &[u8]) -> Result<Self, Fault> {
        float(text, |value: &f32| value.is_finite())
    }
}

impl Number for f64 {
    fn parse(text: &[u8]) -> Result<Self, Fault> {
        float(text, |value: &f64| value.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, Number};

    fn parse<T: Number>(text: &str) -> Result<T, Fault> {
        T::parse(text.as_bytes())
    }

    #[test]
    fn integers_are_exact_to_their_ends() {
        macro_rules! ends {
            ($($type:ident)*) => { $(
                for value in [$type::MIN, $type::MIN + 1, 0, 1, $type::MAX - 1, $type::MAX] {
                    assert_eq!(parse::<$type>(&value.to_string()), Ok(value));
                }
                assert_eq!(parse::<$type>(&format!("{}0", $type::MAX)), Err(Fault::OutOfRange));
            )* };
        }
        ends!(u8 i8 u16 i16 u32 i32 u64 i64 u128 i128);
        for (text, fits) in [
            ("255", true),
            ("256", false),
            ("18446744073709551616", false),
            ("340282366920938463463374607431768211456", false),
        ] {
            assert_eq!(parse::<u8>(text).is_ok(), fits, "{text}");
        }
        assert_eq!(parse::<i64>("9223372036854775808"), Err(Fault::OutOfRange));
        assert_eq!(parse::<i64>("-9223372036854775809"), Err(Fault::OutOfRange));
        assert_eq!(parse::<u64>("0000000000000000000000000007"), Ok(7));
        assert_eq!(parse::<i16>("-007"), Ok(-7));
        assert_eq!(parse::<i8>("-128"), Ok(-128));
        assert_eq!(parse::<i8>("-129"), Err(Fault::OutOfRange));
        assert_eq!(parse::<u64>("18446744073709551616"), Err(Fault::OutOfRange));
        assert_eq!(parse::<i128>("-170141183460469231731687303715884105729"), Err(Fault::OutOfRange));
    }

    #[test]
    fn what_is_no_integer_is_refused() {
        for text in
            ["", "-", "+1", " 1", "1 ", "1.0", "1e3", "--1", "0x1", "1_0", "\u{661}", "99999999999999999999x"]
        {
            assert_eq!(parse::<i64>(text), Err(Fault::Malformed), "{text:?}");
            assert_eq!(parse::<u128>(text), Err(Fault::Malformed), "{text:?}");
        }
        assert_eq!(parse::<u64>("-1"), Err(Fault::Malformed));
    }

    #[test]
    fn floats_are_read_as_redis_and_python_write_them() {
        for (text, value) in [
            ("5", 5.0),
            ("10.5", 10.5),
            ("-0", -0.0_f64),
            ("1e+300", 1e300),
            ("1e-05", 1e-5),
            ("1.5E3", 1500.0),
            (".5", 0.5),
            ("inf", f64::INFINITY),
            ("-inf", f64::NEG_INFINITY),
            ("0.30000000000000004", 0.1 + 0.2),
            ("10.50000000000000000", 10.5),
        ] {
            assert_eq!(parse::<f64>(text).map(f64::to_bits), Ok(value.to_bits()), "{text}");
        }
        for text in [
            "", "-", ".", "e5", "+1", "nan", "NaN", "infinity", "Inf", "+inf", " 1", "1 ", "1,5", "0x1p3",
            "--1",
        ] {
            assert_eq!(parse::<f64>(text), Err(Fault::Malformed), "{text:?}");
        }
        assert_eq!(parse::<f64>("1e999"), Err(Fault::OutOfRange));
        assert_eq!(parse::<f32>("1e39"), Err(Fault::OutOfRange));
    }
}
