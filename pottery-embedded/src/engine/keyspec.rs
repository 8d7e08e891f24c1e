//! Which arguments of a command are keys.

/// What a command does to a key: flags of a [`KeySpec`].
pub(crate) mod key {
    /// Their names by bit, in the order in which Redis lists them.
    pub(crate) const NAMES: [&str; 11] = [
        "RO",
        "RW",
        "OW",
        "RM",
        "access",
        "update",
        "insert",
        "delete",
        "not_key",
        "incomplete",
        "variable_flags",
    ];
    pub(crate) const RO: u32 = 1 << 0;
    pub(crate) const RW: u32 = 1 << 1;
    pub(crate) const OW: u32 = 1 << 2;
    pub(crate) const RM: u32 = 1 << 3;
    pub(crate) const ACCESS: u32 = 1 << 4;
    pub(crate) const UPDATE: u32 = 1 << 5;
    pub(crate) const INSERT: u32 = 1 << 6;
    pub(crate) const DELETE: u32 = 1 << 7;
    pub(crate) const NOT_KEY: u32 = 1 << 8;
    pub(crate) const INCOMPLETE: u32 = 1 << 9;
    pub(crate) const VARIABLE_FLAGS: u32 = 1 << 10;
}

/// Some of a command's keys, in Redis's own terms: where to begin, and how to go on from there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeySpec {
    pub(crate) begin: Begin,
    pub(crate) find: Find,
    pub(crate) flags: u32,
    pub(crate) note: Option<&'static str>,
}

/// Where to begin.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Begin {
    /// At an argument.
    Index(usize),
    /// After a word, looked for from an argument on: counted from the end, backwards, if negative.
    Keyword(&'static str, i32),
    /// It depends.
    Unknown,
    /// It depends, as far as clients are told; this finds the keys. The number of arguments has been checked.
    Found(fn(args: &[&[u8]]) -> Vec<usize>),
}

/// How to go on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Find {
    /// The last key, counted from the first or, if negative, from the end; the distance between two; and, where the end is
    /// meant, the part of the arguments that are keys (0 or 1: all, 2: half).
    Range(i32, i32, i32),
    /// Where their number is, where the first is, both counted from the beginning, and the distance between two.
    Count(usize, usize, usize),
    /// It depends.
    Unknown,
}

impl KeySpec {
    pub(crate) const fn new(begin: Begin, find: Find, flags: u32) -> KeySpec {
        KeySpec { begin, find, flags, note: None }
    }

    /// The first argument alone.
    pub(crate) const fn first(flags: u32) -> KeySpec {
        KeySpec::range(1, 0, 1, flags)
    }

    /// Arguments from one on: see [`Find::Range`].
    pub(crate) const fn range(first: usize, last: i32, step: i32, flags: u32) -> KeySpec {
        KeySpec::new(Begin::Index(first), Find::Range(last, step, 0), flags)
    }

    /// What `COMMAND INFO` says about it.
    pub(crate) const fn note(mut self, note: &'static str) -> KeySpec {
        self.note = Some(note);
        self
    }

    /// The places of its keys in a request, or `None` when they can't be told or the request makes no sense.
    pub(crate) fn places(&self, args: &[&[u8]]) -> Option<Vec<usize>> {
        let first = match self.begin {
            Begin::Index(index) => index,
            Begin::Keyword(word, from) => {
                let is_word = |index: &usize| args[*index].eq_ignore_ascii_case(word.as_bytes());
                let found = if from >= 0 {
                    (from as usize..args.len()).find(is_word)
                } else {
                    let from = args.len().checked_sub(from.unsigned_abs() as usize)?;
                    (1..=from).rev().find(is_word)
                };
                // A word that isn't there: these keys aren't either.
                let Some(found) = found else { return Some(Vec::new()) };
                found + 1
            }
            Begin::Unknown => return None,
            Begin::Found(find) => return Some(find(args)),
        };
        let (first, last, step) = match self.find {
            Find::Range(last, step, limit) => {
                let last = match usize::try_from(last) {
                    Ok(last) => first + last,
                    Err(_) if limit <= 1 => args.len().checked_sub(last.unsigned_abs() as usize)?,
                    Err(_) => {
                        let part = args.len().checked_sub(first)? / limit.unsigned_abs() as usize;
                        (first + part).checked_sub(last.unsigned_abs() as usize)?
                    }
                };
                (first, last, step.unsigned_abs() as usize)
            }
            Find::Count(count, offset, step) => {
                let count = crate::engine::number::parse_i64(args.get(first + count)?)?;
                let count = usize::try_from(count).ok()?;
                if count == 0 {
                    return Some(Vec::new());
                }
                let first = first + offset;
                (first, first.checked_add((count - 1).checked_mul(step)?)?, step)
            }
            Find::Unknown => return None,
        };
        (first < args.len() && last < args.len()).then(|| (first..=last).step_by(step.max(1)).collect())
    }
}

/// Finds the keys of a request, each with its flags, where specs can't.
pub(crate) type FindKeys = fn(args: &[&[u8]]) -> Option<Vec<(usize, u32)>>;

/// The places of all keys of a request, each with its flags, in the order of the specs. `None` when a spec can't tell.
pub(crate) fn places(specs: &[KeySpec], args: &[&[u8]]) -> Option<Vec<(usize, u32)>> {
    let mut all = Vec::new();
    for spec in specs {
        match spec.places(args) {
            Some(places) => all.extend(places.into_iter().map(|place| (place, spec.flags))),
            // One that says it is incomplete has nothing to say here.
            None if spec.flags & key::INCOMPLETE != 0 || matches!(spec.begin, Begin::Unknown) => {}
            None => return None,
        }
    }
    Some(all)
}

/// The first key, the last and the distance between two, as clients older than key specs want them; zeros without any.
pub(crate) fn legacy_range(specs: &[KeySpec]) -> (i64, i64, i64) {
    let ranges: Vec<(i64, i64, i64)> = specs
        .iter()
        .filter_map(|spec| match (spec.begin, spec.find) {
            (Begin::Index(first), Find::Range(last, step, _)) => {
                let first = first as i64;
                let last = i64::from(last);
                Some((first, if last >= 0 { first + last } else { last }, i64::from(step)))
            }
            _ => None,
        })
        .collect();
    if let ([_], [range]) = (specs, &ranges[..]) {
        return *range;
    }
    // Ranges are one only if they touch.
    let mut joined: Option<(i64, i64)> = None;
    for (first, last, step) in ranges {
        match joined {
            _ if step != 1 => break,
            None => joined = Some((first, last)),
            Some((start, end)) if first == end + 1 => joined = Some((start, last)),
            Some(_) => break,
        }
    }
    joined.map_or((0, 0, 0), |(first, last)| (first, last, 1))
}

/// Whether the places of keys depend on other arguments.
pub(crate) fn movable(specs: &[KeySpec]) -> bool {
    specs.iter().any(|spec| !matches!((spec.begin, spec.find), (Begin::Index(_), Find::Range(..))))
}
