//! Redis's glob patterns: `*`, `?`, `[a-c]`, `[^a]` and `\` to quote.

/// Whether all of `text` is described by `pattern`.
pub(crate) fn matches(pattern: &[u8], text: &[u8]) -> bool {
    matches_case(pattern, text, false)
}

/// The same, where letters may differ in case if `fold` says so.
pub(crate) fn matches_case(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    // Not even stars describe nothing; where Redis takes `*` for everything, it doesn't ask.
    if text.is_empty() {
        return pattern.is_empty();
    }
    let same = |a: u8, b: u8| a == b || (fold && a.eq_ignore_ascii_case(&b));
    let (mut p, mut t) = (0, 0);
    // Where to go on when what follows the last `*` didn't fit: only the last one ever needs another try, because
    // whatever an earlier one could give up, the last one can take.
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let fits = match pattern.get(p) {
            None => t == text.len(),
            Some(b'*') => {
                while pattern.get(p + 1) == Some(&b'*') {
                    p += 1;
                }
                if p + 1 == pattern.len() {
                    return true;
                }
                p += 1;
                retry = Some((p, t));
                continue;
            }
            Some(_) if t == text.len() => return false,
            Some(b'?') => {
                p += 1;
                t += 1;
                continue;
            }
            Some(b'[') => {
                let (found, after) = class(pattern, p, text[t], fold);
                p = after;
                found
            }
            Some(b'\\') if p + 1 < pattern.len() => {
                p += 1;
                let found = same(pattern[p], text[t]);
                p += 1;
                found
            }
            Some(&byte) => {
                p += 1;
                same(byte, text[t])
            }
        };
        if fits {
            if t == text.len() {
                return true;
            }
            t += 1;
            continue;
        }
        match retry {
            Some((after_star, taken)) if taken < text.len() => {
                p = after_star;
                t = taken + 1;
                retry = Some((after_star, taken + 1));
            }
            _ => return false,
        }
    }
}

/// Whether `byte` is in the class that begins at `start`, and where the pattern goes on. A class without an end takes
/// the rest of the pattern, as in Redis.
fn class(pattern: &[u8], start: usize, byte: u8, fold: bool) -> (bool, usize) {
    let lower = |byte: u8| if fold { byte.to_ascii_lowercase() } else { byte };
    let mut p = start + 1;
    let negated = pattern.get(p) == Some(&b'^');
    if negated {
        p += 1;
    }
    let mut found = false;
    loop {
        match pattern.get(p) {
            None => break,
            Some(b']') => {
                p += 1;
                break;
            }
            Some(b'\\') if p + 1 < pattern.len() => {
                p += 1;
                found |= pattern[p] == byte;
            }
            Some(&low) if pattern.get(p + 1) == Some(&b'-') && p + 2 < pattern.len() => {
                let high = pattern[p + 2];
                let (low, high) = if low > high { (high, low) } else { (low, high) };
                found |= (lower(low)..=lower(high)).contains(&lower(byte));
                p += 2;
            }
            Some(&other) => found |= lower(other) == lower(byte),
        }
        p += 1;
    }
    (found != negated, p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_what_redis_describes() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", false),
            ("**", "", false),
            ("a**", "a", true),
            ("a*", "abc", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("*a*b*", "xxaxxbxx", true),
            ("h?llo", "hello", true),
            ("h?llo", "hllo", false),
            ("h[ae]llo", "hallo", true),
            ("h[^e]llo", "hello", false),
            ("h[a-b]llo", "hbllo", true),
            ("h[b-a]llo", "hallo", true),
            ("h[a", "ha", true),
            (r"h\*llo", "h*llo", true),
            (r"h\*llo", "hello", false),
            (r"a\", r"a\", true),
            (r"[\]]", "]", true),
            ("[", "a", false),
            ("*[", "a", false),
            ("**a**", "a", true),
            ("a?", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), text.as_bytes()), expected, "{pattern:?} {text:?}");
        }
        assert!(matches_case(b"A[B-C]", b"ab", true));
    }

    #[test]
    fn many_stars_cost_no_exponential_time() {
        let pattern = b"a*".repeat(40);
        let text = b"a".repeat(10_000);
        assert!(!matches(&[&pattern[..], b"b"].concat(), &text));
    }
}
