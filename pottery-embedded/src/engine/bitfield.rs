//! Integers of any width at any bit of a string: the arithmetic of `BITFIELD`.

/// `i16` or `u8`: a sign or none, and how many bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FieldType {
    pub(crate) signed: bool,
    pub(crate) bits: u32,
}

/// What becomes of a number that its field can't hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// Its lowest bits are stored.
    Wrap,
    /// The nearest number is stored.
    Saturate,
    /// Nothing is stored.
    Fail,
}

/// The side on which a number is too far out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Above,
    Below,
}

impl FieldType {
    pub(crate) fn parse(text: &[u8]) -> Option<FieldType> {
        let (signed, digits) = match text {
            [b'i', digits @ ..] => (true, digits),
            [b'u', digits @ ..] => (false, digits),
            _ => return None,
        };
        let most = if signed { 64 } else { 63 };
        let bits = crate::engine::number::parse_i64(digits).filter(|bits| (1..=most).contains(bits))?;
        Some(FieldType { signed, bits: bits as u32 })
    }

    /// The number at a bit; what lies beyond the end of `bytes` is zero.
    pub(crate) fn get(self, bytes: &[u8], offset: u64) -> i64 {
        let mut window = [0; 9];
        let first = (offset / 8) as usize;
        if let Some(rest) = bytes.get(first..) {
            let len = rest.len().min(window.len());
            window[..len].copy_from_slice(&rest[..len]);
        }
        // Nine bytes at the upper end, so that the field begins at the highest bit.
        let wide = window.iter().fold(0u128, |wide, byte| wide << 8 | u128::from(*byte)) << (56 + offset % 8);
        let value = wide >> (128 - self.bits);
        if self.signed { (wide as i128 >> (128 - self.bits)) as i64 } else { value as i64 }
    }

    /// Writes the lowest bits of a number at a bit. `bytes` reaches that far.
    pub(crate) fn set(self, bytes: &mut [u8], offset: u64, value: i64) {
        let mask = (u128::MAX >> (128 - self.bits)) << (72 - self.bits as u64 - offset % 8);
        let wide = (value as u128) << (72 - self.bits as u64 - offset % 8);
        let rest = bytes.get_mut((offset / 8) as usize..).unwrap_or_default();
        for (place, byte) in rest.iter_mut().take(9).enumerate() {
            let shift = 64 - 8 * place;
            let mask = (mask >> shift) as u8;
            *byte = (*byte & !mask) | ((wide >> shift) as u8 & mask);
        }
    }

    /// `value + increment` as this type holds it, and whether it had to be bent to fit.
    pub(crate) fn add(self, value: i64, increment: i64, overflow: Overflow) -> (i64, bool) {
        let side = if self.signed {
            self.side_signed(value, increment)
        } else {
            self.side_unsigned(value, increment)
        };
        let sum = value.wrapping_add(increment);
        match (side, overflow) {
            (None, _) => (sum, false),
            (Some(Side::Above), Overflow::Saturate) => (self.highest(), true),
            (Some(Side::Below), Overflow::Saturate) => (self.lowest(), true),
            (Some(_), _) => (self.cut(sum), true),
        }
    }

    /// The lowest bits of a number, as this type reads them.
    fn cut(self, value: i64) -> i64 {
        let unused = 64 - self.bits;
        if self.signed { (value << unused) >> unused } else { (((value as u64) << unused) >> unused) as i64 }
    }

    fn highest(self) -> i64 {
        let bits = if self.signed { self.bits - 1 } else { self.bits };
        ((1u64 << bits) - 1) as i64
    }

    fn lowest(self) -> i64 {
        if self.signed { -self.highest() - 1 } else { 0 }
    }

    /// In Redis's own arithmetic, which wraps round: a number far below the lowest one counts as above the highest.
    fn side_signed(self, value: i64, increment: i64) -> Option<Side> {
        let (high, low) = (self.highest(), self.lowest());
        let (up, down) = (high.wrapping_sub(value), low.wrapping_sub(value));
        let narrow = self.bits != 64;
        if value > high || (increment > up && (narrow || (value >= 0 && increment > 0))) {
            Some(Side::Above)
        } else if value < low || (increment < down && (narrow || (value < 0 && increment < 0))) {
            Some(Side::Below)
        } else {
            None
        }
    }

    fn side_unsigned(self, value: i64, increment: i64) -> Option<Side> {
        let high = self.highest();
        let (up, down) = (high.wrapping_sub(value), value.wrapping_neg());
        if value as u64 > high as u64 || (increment > 0 && increment > up) {
            Some(Side::Above)
        } else if increment < 0 && increment < down {
            Some(Side::Below)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn types() -> impl Strategy<Value = FieldType> {
        (any::<bool>(), 1u32..=64)
            .prop_map(|(signed, bits)| FieldType { signed, bits: if signed { bits } else { bits.min(63) } })
    }

    proptest! {
        #[test]
        fn what_is_set_is_read_and_nothing_else_changes(
            field in types(),
            offset in 0u64..200,
            value in any::<i64>(),
            mut bytes in prop::collection::vec(any::<u8>(), 40),
        ) {
            let before = bytes.clone();
            field.set(&mut bytes, offset, value);
            prop_assert_eq!(field.get(&bytes, offset), field.cut(value));
            field.set(&mut bytes, offset, field.get(&before, offset));
            prop_assert_eq!(bytes, before);
        }

        #[test]
        fn sums_that_fit_are_exact_and_others_are_bent(field in types(), a in any::<i64>(), b in any::<i64>()) {
            let a = field.cut(a);
            let exact = i128::from(a) + i128::from(b);
            let (low, high) = (i128::from(field.lowest()), i128::from(field.highest()));
            let fits = (low..=high).contains(&exact);
            let (wrapped, bent) = field.add(a, b, Overflow::Wrap);
            prop_assert_eq!(bent, !fits);
            prop_assert_eq!(wrapped, field.cut(a.wrapping_add(b)));
            prop_assert_eq!(i128::from(field.add(a, b, Overflow::Saturate).0), exact.clamp(low, high));
        }
    }

    #[test]
    fn types_are_read_as_redis_reads_them() {
        for (text, expected) in
            [("i64", Some((true, 64))), ("u63", Some((false, 63))), ("i1", Some((true, 1)))]
        {
            assert_eq!(
                FieldType::parse(text.as_bytes()),
                expected.map(|(signed, bits)| FieldType { signed, bits })
            );
        }
        for text in ["", "i", "u0", "u64", "i65", "I8", "i08", "i8 ", "x8", "-8"] {
            assert_eq!(FieldType::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
