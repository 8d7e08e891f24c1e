//! Doubles as the libraries write them.

/// Writes a number as C's `%.{digits}g` does.
pub(super) fn format_g(value: f64, digits: usize) -> String {
    if value.is_nan() {
        return if value.is_sign_negative() { "-nan" } else { "nan" }.to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs());
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

/// Reads a number at the beginning of a text as C's `strtod` does, and returns how many bytes it takes.
pub(super) fn strtod(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let unsigned = &text[sign..];
    let negate = |value: f64| if text[0] == b'-' { -value } else { value };
    for (word, value) in
        [(b"infinity".as_slice(), f64::INFINITY), (b"inf", f64::INFINITY), (b"nan", f64::NAN)]
    {
        if unsigned.len() >= word.len() && unsigned[..word.len()].eq_ignore_ascii_case(word) {
            let mut length = word.len();
            // nan(characters)
            if value.is_nan() && unsigned.get(3) == Some(&b'(') {
                let inner =
                    unsigned[4..].iter().take_while(|it| it.is_ascii_alphanumeric() || **it == b'_').count();
                if unsigned.get(4 + inner) == Some(&b')') {
                    length += inner + 2;
                }
            }
            return Some((negate(value), sign + length));
        }
    }
    if unsigned.len() > 2 && unsigned[..2].eq_ignore_ascii_case(b"0x") {
        if let Some((value, length)) = hexadecimal(&unsigned[2..]) {
            return Some((negate(value), sign + 2 + length));
        }
        return Some((negate(0.0), sign + 1));
    }
    let digits = |from: usize| unsigned[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(0);
    let mut end = whole;
    let mut fraction = 0;
    if unsigned.get(end) == Some(&b'.') {
        fraction = digits(end + 1);
        end += 1 + fraction;
    }
    if whole + fraction == 0 {
        return None;
    }
    if matches!(unsigned.get(end), Some(b'e' | b'E')) {
        let signed = usize::from(matches!(unsigned.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits((end + 1 + signed).min(unsigned.len()));
        if exponent > 0 {
            end += 1 + signed + exponent;
        }
    }
    let value: f64 = str::from_utf8(&unsigned[..end]).ok()?.parse().ok()?;
    Some((negate(value), sign + end))
}

/// Reads `1.8p3`, what follows `0x`.
fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    let digit = |at: usize| text.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let (mut value, mut unit, mut at, mut count) = (0.0f64, 1.0f64, 0, 0);
    while let Some(number) = digit(at) {
        value = value * 16.0 + f64::from(number);
        (at, count) = (at + 1, count + 1);
    }
    if text.get(at) == Some(&b'.') && (count > 0 || digit(at + 1).is_some()) {
        at += 1;
        while let Some(number) = digit(at) {
            unit /= 16.0;
            value += f64::from(number) * unit;
            (at, count) = (at + 1, count + 1);
        }
    }
    if count == 0 {
        return None;
    }
    if matches!(text.get(at), Some(b'p' | b'P')) {
        let signed = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        let start = at + 1 + signed;
        let length = text.iter().skip(start).take_while(|byte| byte.is_ascii_digit()).count();
        if length > 0 {
            let exponent = text[start..start + length]
                .iter()
                .fold(0i32, |all, byte| all.saturating_mul(10).saturating_add(i32::from(byte - b'0')));
            let exponent = if text.get(at + 1) == Some(&b'-') { -exponent } else { exponent };
            value *= 2f64.powi(exponent);
            at = start + length;
        }
    }
    Some((value, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_with_as_many_digits_as_asked_for() {
        assert_eq!(format_g(1.0 / 3.0, 14), "0.33333333333333");
        assert_eq!(format_g(100.0, 14), "100");
        assert_eq!(format_g(1e15, 14), "1e+15");
        assert_eq!(format_g(0.0, 14), "0");
        assert_eq!(format_g(-0.0, 14), "-0");
        assert_eq!(format_g(123456.0, 3), "1.23e+05");
        assert_eq!(format_g(0.00001, 14), "1e-05");
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        for (text, value, length) in [
            ("12x", 12.0, 2),
            ("-1.5e3,", -1500.0, 6),
            ("1e", 1.0, 1),
            ("0x1F]", 31.0, 4),
            ("0xg", 0.0, 1),
            ("-inf", f64::NEG_INFINITY, 4),
            ("1.", 1.0, 2),
            (".5", 0.5, 2),
        ] {
            assert_eq!(strtod(text.as_bytes()), Some((value, length)), "{text}");
        }
        assert_eq!(strtod(b"-"), None);
        assert_eq!(strtod(b"x"), None);
    }
}
