//! Times to live as they are written in attributes: `30m`, `1h30m`, `250ms`.

/// The units, with their milliseconds. `ms` stands before `m` and `s`, which it begins with or ends in.
const UNITS: [(&str, u64); 6] =
    [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// More than that Redis would refuse when it adds the clock: about 285,000 years.
const LONGEST: u64 = 1 << 53;

/// The milliseconds that `text` says.
pub(crate) fn millis(text: &str) -> Result<u64, String> {
    let mut rest = text;
    let mut total = 0u64;
    if text.is_empty() {
        return Err(wrong(text));
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let end = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let Some((_, factor)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(wrong(text));
        };
        if number.is_empty() {
            return Err(wrong(text));
        }
        total = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(*factor))
            .and_then(|millis| millis.checked_add(total))
            .filter(|total| *total <= LONGEST)
            .ok_or_else(|| format!("`{text}` is longer than Redis can keep"))?;
        rest = after;
    }
    match total {
        0 => Err("a time to live must be longer than 0; an object that never expires has `ttl = \"never\"`"
            .to_owned()),
        total => Ok(total),
    }
}

fn wrong(text: &str) -> String {
    format!(
        "`{text}` is not a time: write a number and a unit (ms, s, m, h, d, w), as in \"30m\" or \"1h30m\""
    )
}

#[cfg(test)]
mod tests {
    use super::millis;

    #[test]
    fn a_number_and_a_unit_is_a_time() {
        assert_eq!(millis("250ms"), Ok(250));
        assert_eq!(millis("30m"), Ok(1_800_000));
        assert_eq!(millis("2w"), Ok(1_209_600_000));
    }

    #[test]
    fn times_add_up() {
        assert_eq!(millis("1h30m"), Ok(5_400_000));
        assert_eq!(millis("1d2h3m4s5ms"), Ok(93_784_005));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "5", "m", "-1s", "1.5h", "1 h", "1y", "0s", "99999999999999999999s", "300000000w", "1m s"]
        {
            assert!(millis(text).is_err(), "{text}");
        }
    }
}
