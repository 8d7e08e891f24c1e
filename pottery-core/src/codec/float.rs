//! Floats as text: the shortest digits that read back as the same number, laid out as Python's `repr` does, which
//! Redis's own number parser reads as well.

/// Whether a whole number keeps its `.0`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    /// `5`, as Redis writes numbers.
    Bare,
    /// `5.0`, as Python's `repr` and `json.dumps` do.
    #[cfg_attr(not(feature = "json"), allow(dead_code))]
    Pointed,
}

/// Appends a finite float.
pub(super) fn write(value: impl ryu::Float, whole: Whole, out: &mut Vec<u8>) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(value);
    // ryu has the same layout for most numbers in everyday use, so there is nothing to take apart.
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    if unsigned.starts_with("0.0000") || unsigned.bytes().any(|byte| byte == b'e') {
        return Digits::read(text.as_bytes()).write(whole, out);
    }
    let text = if whole == Whole::Bare { text.strip_suffix(".0").unwrap_or(text) } else { text };
    out.extend_from_slice(text.as_bytes());
}

/// `0.DIGITS * 10^point`, without zeros at either end of the digits.
struct Digits {
    negative: bool,
    digits: [u8; 24],
    len: usize,
    point: i32,
}

impl Digits {
    /// Reads what ryu wrote, whose own layout differs between `f32` and `f64`.
    fn read(text: &[u8]) -> Self {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let mut this = Self { negative, digits: [0; 24], len: 0, point: 0 };
        let mut pointed = false;
        for (index, &byte) in text.iter().enumerate() {
            match byte {
                b'.' => pointed = true,
                b'e' => {
                    this.point += exponent(&text[index + 1..]);
                    break;
                }
                b'0' if this.len == 0 => this.point -= i32::from(pointed),
                digit => {
                    this.digits[this.len] = digit;
                    this.len += 1;
                    this.point += i32::from(!pointed);
                }
            }
        }
        while this.len > 0 && this.digits[this.len - 1] == b'0' {
            this.len -= 1;
        }
        this
    }

    fn write(&self, whole: Whole, out: &mut Vec<u8>) {
        if self.negative {
            out.push(b'-');
        }
        let digits = &self.digits[..self.len];
        let point = if digits.is_empty() { 1 } else { self.point };
        match point {
            -3..=0 => {
                out.extend_from_slice(b"0.");
                out.resize(out.len() + point.unsigned_abs() as usize, b'0');
                out.extend_from_slice(digits);
            }
            1..=16 => {
                let point = point.unsigned_abs() as usize;
                if digits.len() > point {
                    out.extend_from_slice(&digits[..point]);
                    out.push(b'.');
                    out.extend_from_slice(&digits[point..]);
                } else {
                    out.extend_from_slice(digits);
                    out.resize(out.len() + point - digits.len(), b'0');
                    if whole == Whole::Pointed {
                        out.extend_from_slice(b".0");
                    }
                }
            }
            _ => {
                out.push(digits[0]);
                if digits.len() > 1 {
                    out.push(b'.');
                    out.extend_from_slice(&digits[1..]);
                }
                let exponent = point - 1;
                out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
                if exponent.abs() < 10 {
                    out.push(b'0');
                }
                out.extend_from_slice(itoa::Buffer::new().format(exponent.unsigned_abs()).as_bytes());
            }
        }
    }
}

fn exponent(text: &[u8]) -> i32 {
    let (sign, digits) = match text {
        [b'-', rest @ ..] => (-1, rest),
        _ => (1, text),
    };
    sign * digits.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use super::{Whole, write};

    fn text(value: impl ryu::Float, whole: Whole) -> String {
        let mut out = Vec::new();
        write(value, whole, &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn floats_are_laid_out_as_python_does() {
        // Each of these was printed by Python's `repr`.
        for (value, repr) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (100.0, "100.0"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1e-05"),
            (0.000015, "1.5e-05"),
            (1.5e-7, "1.5e-07"),
            (1e-10, "1e-10"),
            (1e15, "1000000000000000.0"),
            (1234567890123456.0, "1234567890123456.0"),
            (1e16, "1e+16"),
            (1.5e16, "1.5e+16"),
            (1e22, "1e+22"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (2.2250738585072014e-308, "2.2250738585072014e-308"),
            (9007199254740993.0, "9007199254740992.0"),
            (123456.789, "123456.789"),
            (980836970935480.2, "980836970935480.2"),
        ] {
            assert_eq!(text(value, Whole::Pointed), repr);
            assert_eq!(text(value, Whole::Bare), repr.strip_suffix(".0").unwrap_or(repr));
        }
    }

    #[test]
    fn an_f32_has_the_digits_of_an_f32() {
        for (value, repr) in [
            (0.1_f32, "0.1"),
            (16777216.0, "16777216"),
            (1e13, "10000000000000"),
            (1e16, "1e+16"),
            (f32::MAX, "3.4028235e+38"),
            (f32::MIN_POSITIVE, "1.1754944e-38"),
            (1e-45, "1e-45"),
        ] {
            assert_eq!(text(value, Whole::Bare), repr);
        }
    }
}
