//! The forms in which Redis packs small containers into one string: listpacks, the ziplists of former versions, and
//! intsets.

/// The end of a listpack or a ziplist.
const END: u8 = 0xff;

fn number(value: i64) -> Vec<u8> {
    itoa::Buffer::new().format(value).as_bytes().to_vec()
}

fn split<const N: usize>(bytes: &[u8]) -> Option<([u8; N], &[u8])> {
    bytes.split_first_chunk().map(|(first, rest)| (*first, rest))
}

/// A number of three bytes.
fn three(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let ([a, b, c], rest) = split(bytes)?;
    // Shifted down from the upper end, so that the sign comes along.
    Some((number(i64::from(i32::from_le_bytes([0, a, b, c]) >> 8)), rest))
}

/// A string of `length` bytes.
fn string(bytes: &[u8], length: usize) -> Option<(Vec<u8>, &[u8])> {
    bytes.split_at_checked(length).map(|(string, rest)| (string.to_vec(), rest))
}

/// The elements of a listpack: six bytes, then elements, each with its own length behind it.
pub(super) fn listpack(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (total, rest) = split::<4>(bytes)?;
    let (_, mut rest) = split::<2>(rest)?;
    if u32::from_le_bytes(total) as usize != bytes.len() {
        return None;
    }
    let mut items = Vec::new();
    while rest != [END] {
        let (item, after) = listpack_item(rest)?;
        items.push(item);
        let back = match rest.len() - after.len() {
            0..=127 => 1,
            128..16_383 => 2,
            16_383..2_097_151 => 3,
            2_097_151..268_435_455 => 4,
            _ => 5,
        };
        rest = after.get(back..)?;
    }
    Some(items)
}

fn listpack_item(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0..0x80 => Some((number(i64::from(*first)), rest)),
        0x80..0xc0 => string(rest, usize::from(first & 0x3f)),
        0xc0..0xe0 => {
            let ([low], rest) = split(rest)?;
            // Thirteen bits with a sign.
            let value = i16::from_be_bytes([first << 3 | low >> 5, low << 3]) >> 3;
            Some((number(value.into()), rest))
        }
        0xe0..0xf0 => {
            let ([low], rest) = split(rest)?;
            string(rest, usize::from(first & 0x0f) << 8 | usize::from(low))
        }
        0xf0 => {
            let (length, rest) = split(rest)?;
            string(rest, u32::from_le_bytes(length) as usize)
        }
        0xf1 => split(rest).map(|(bytes, rest)| (number(i16::from_le_bytes(bytes).into()), rest)),
        0xf2 => three(rest),
        0xf3 => split(rest).map(|(bytes, rest)| (number(i32::from_le_bytes(bytes).into()), rest)),
        0xf4 => split(rest).map(|(bytes, rest)| (number(i64::from_le_bytes(bytes)), rest)),
        _ => None,
    }
}

/// The elements of a ziplist: ten bytes, then elements, each behind the length of the one before it.
pub(super) fn ziplist(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (total, rest) = split::<4>(bytes)?;
    let (_, mut rest) = split::<6>(rest)?;
    if u32::from_le_bytes(total) as usize != bytes.len() {
        return None;
    }
    let mut items = Vec::new();
    while rest != [END] {
        let after = rest.get(if rest.first() == Some(&0xfe) { 5 } else { 1 }..)?;
        let (item, after) = ziplist_item(after)?;
        items.push(item);
        rest = after;
    }
    Some(items)
}

fn ziplist_item(bytes: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    match first {
        0..0x40 => string(rest, usize::from(*first)),
        0x40..0x80 => {
            let ([low], rest) = split(rest)?;
            string(rest, usize::from(first & 0x3f) << 8 | usize::from(low))
        }
        0x80 => {
            let (length, rest) = split(rest)?;
            string(rest, u32::from_be_bytes(length) as usize)
        }
        0xc0 => split(rest).map(|(bytes, rest)| (number(i16::from_le_bytes(bytes).into()), rest)),
        0xd0 => split(rest).map(|(bytes, rest)| (number(i32::from_le_bytes(bytes).into()), rest)),
        0xe0 => split(rest).map(|(bytes, rest)| (number(i64::from_le_bytes(bytes)), rest)),
        0xf0 => three(rest),
        0xfe => split(rest).map(|(bytes, rest)| (number(i8::from_le_bytes(bytes).into()), rest)),
        0xf1..=0xfd => Some((number(i64::from(first & 0x0f) - 1), rest)),
        _ => None,
    }
}

/// The numbers of an intset: how wide they are, how many, then one after the other.
pub(super) fn intset(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let (width, rest) = split(bytes)?;
    let (count, rest) = split(rest)?;
    let width = u32::from_le_bytes(width) as usize;
    if !matches!(width, 2 | 4 | 8) || rest.len() != (u32::from_le_bytes(count) as usize).checked_mul(width)? {
        return None;
    }
    let wide = |bytes: &[u8]| {
        let sign = if bytes.last().is_some_and(|last| last & 0x80 != 0) { 0xff } else { 0 };
        let mut all = [sign; 8];
        all[..width].copy_from_slice(bytes);
        i64::from_le_bytes(all)
    };
    Some(rest.chunks_exact(width).map(|bytes| number(wide(bytes))).collect())
}
