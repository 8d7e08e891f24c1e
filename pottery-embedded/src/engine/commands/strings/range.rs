//! Parts of strings.

use std::ops::Range;

use crate::engine::commands::options::integer;
use crate::engine::commands::strings::check_length;
use crate::engine::context::Ctx;
use crate::engine::error::Error;
use crate::engine::notify::Class;
use crate::engine::value::{Str, Value};

/// What `start` and `end`, both inclusive and counted from the end if negative, mean in something of `length` parts; for
/// strings and rows of bits. `None` when that is nothing.
///
/// An end before the first part counts as the first part, unlike in lists.
pub(crate) fn part(start: i64, end: i64, length: u64) -> Option<Range<u64>> {
    if start < 0 && end < 0 && start > end {
        return None;
    }
    let from_end = |at: i64| match u64::try_from(at) {
        Ok(at) => at,
        Err(_) => length.saturating_sub(at.unsigned_abs()),
    };
    let (start, end) = (from_end(start), from_end(end).min(length.checked_sub(1)?));
    (start <= end).then_some(start..end + 1)
}

pub(super) fn getrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (start, end) = (integer(args[2])?, integer(args[3])?);
    let bytes = ctx.db.get::<Str>(args[1])?.map(Str::bytes).unwrap_or_default();
    let range = part(start, end, bytes.len() as u64).unwrap_or_default();
    ctx.out.bulk(&bytes[range.start as usize..range.end as usize]);
    Ok(())
}

pub(super) fn setrange(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    let (key, new) = (args[1], args[3]);
    let offset = usize::try_from(integer(args[2])?).map_err(|_| Error::text("ERR offset is out of range"))?;
    let longest = ctx.engine().config.longest_string;
    let former = ctx.db.get::<Str>(key)?.map(Str::len);
    if new.is_empty() {
        ctx.out.count(former.unwrap_or(0));
        return Ok(());
    }
    check_length(offset, new.len(), longest)?;
    let end = offset + new.len();
    let length = match ctx.db.get_mut::<Str>(key)? {
        Some(string) => {
            let bytes = string.make_mut();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[offset..end].copy_from_slice(new);
            bytes.len()
        }
        None => {
            let mut bytes = vec![0; end];
            bytes[offset..].copy_from_slice(new);
            ctx.db.add(key, Value::Str(Str::Bytes { bytes, raw: true }));
            end
        }
    };
    ctx.touched(Class::STRING, "setrange", key);
    ctx.out.count(length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_before_the_beginning_are_the_beginning() {
        for (start, end, expected) in [
            (0, -1, Some(0..5)),
            (0, 0, Some(0..1)),
            (1, 3, Some(1..4)),
            (-3, -1, Some(2..5)),
            (0, -100, Some(0..1)),
            (-100, -90, Some(0..1)),
            (-90, -100, None),
            (3, 2, None),
            (5, 9, None),
            (i64::MIN, i64::MAX, Some(0..5)),
            (i64::MAX, i64::MIN, None),
        ] {
            assert_eq!(part(start, end, 5), expected, "{start} {end}");
        }
        assert_eq!(part(0, -1, 0), None);
    }
}
