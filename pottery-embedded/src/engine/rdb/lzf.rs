//! Unpacking what Redis has compressed with LZF.

/// Unpacks to exactly `length` bytes.
pub(super) fn unpack(mut packed: &[u8], length: usize) -> Option<Vec<u8>> {
    // The memory comes with the bytes: what is claimed may be a lie.
    let mut bytes: Vec<u8> = Vec::new();
    while let [control, rest @ ..] = packed {
        let control = usize::from(*control);
        packed = rest;
        if control < 32 {
            let (literal, rest) = packed.split_at_checked(control + 1)?;
            bytes.extend_from_slice(literal);
            packed = rest;
        } else {
            let mut count = control >> 5;
            if count == 7 {
                let (more, rest) = packed.split_first()?;
                count += usize::from(*more);
                packed = rest;
            }
            let (low, rest) = packed.split_first()?;
            packed = rest;
            let back = (control & 31) << 8 | usize::from(*low);
            let start = bytes.len().checked_sub(back + 1)?;
            // What is copied may reach into the copy.
            for at in start..start + count + 2 {
                bytes.push(bytes[at]);
            }
        }
        if bytes.len() > length {
            return None;
        }
    }
    (bytes.len() == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_may_overlap() {
        assert_eq!(unpack(b"\x00a\xe0\x03\x00", 13).as_deref(), Some(&b"aaaaaaaaaaaaa"[..]));
        assert_eq!(unpack(b"\x00a\xe0\x03\x00", 12), None);
        assert_eq!(unpack(b"\x00a\xe0\x03\x01", 13), None);
        assert_eq!(unpack(b"\x05a", 6), None);
    }
}
