//! `SORT`: the elements of a list, a set or a sorted set in another order, or what other keys hold for them.

mod pattern;

use std::cmp::Ordering;

use pattern::Pattern;

use crate::engine::command::{Group, Spec, acl, flag};
use crate::engine::commands::options::{integer, is};
use crate::engine::context::{Ctx, Expiry};
use crate::engine::error::Error;
use crate::engine::keyspec::{Begin, Find, KeySpec, key};
use crate::engine::notify::Class;
use crate::engine::number::parse_f64;
use crate::engine::value::{List, Value};

const CATEGORIES: u32 = acl::SET | acl::SORTEDSET | acl::LIST | acl::DANGEROUS;

const OTHER_KEYS: KeySpec = KeySpec::new(Begin::Unknown, Find::Unknown, key::RO | key::ACCESS).note(
    "For the optional BY/GET keyword. It is marked 'unknown' because the key names derive from the content of the key \
     we sort",
);

pub(crate) const COMMANDS: &[Spec] = &[
    Spec::new(
        "sort",
        sort,
        -2,
        flag::WRITE | flag::DENYOOM,
        Group::Generic,
        "1.0.0",
        "Sort the elements in a list, set or sorted set",
    )
    .acl(CATEGORIES)
    .keys(&[
        KeySpec::first(key::RO | key::ACCESS),
        OTHER_KEYS,
        KeySpec::new(Begin::Found(target_place), Find::Unknown, key::OW | key::UPDATE).note(
            "For the optional STORE keyword. It is marked 'unknown' because the keyword can appear anywhere in the \
             argument array",
        ),
    ]),
    Spec::new(
        "sort_ro",
        sort_ro,
        -2,
        flag::READONLY,
        Group::Generic,
        "7.0.0",
        "Sort the elements in a list, set or sorted set. Read-only variant of SORT.",
    )
    .acl(CATEGORIES)
    .keys(&[KeySpec::first(key::RO | key::ACCESS), OTHER_KEYS]),
];

/// Where the key after the last `STORE` is.
fn target_place(args: &[&[u8]]) -> Vec<usize> {
    let (mut place, mut index) = (None, 2);
    while let Some(word) = args.get(index) {
        if is(word, "STORE") && index + 1 < args.len() {
            place = Some(index + 1);
        }
        // What belongs to other words isn't looked at.
        index += match word {
            word if is(word, "LIMIT") => 3,
            word if is(word, "GET") || is(word, "BY") => 2,
            _ => 1,
        };
    }
    place.into_iter().collect()
}

#[derive(Debug)]
struct Options<'a> {
    descending: bool,
    alphabetic: bool,
    /// How many to skip, and how many to take unless negative.
    limit: (i64, i64),
    by: Option<&'a [u8]>,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    fn parse(mut args: &[&'a [u8]], may_store: bool) -> Result<Options<'a>, Error> {
        let mut options = Options {
            descending: false,
            alphabetic: false,
            limit: (0, -1),
            by: None,
            get: Vec::new(),
            store: None,
        };
        while let [word, rest @ ..] = args {
            args = rest;
            match rest {
                _ if is(word, "ASC") => options.descending = false,
                _ if is(word, "DESC") => options.descending = true,
                _ if is(word, "ALPHA") => options.alphabetic = true,
                [start, count, rest @ ..] if is(word, "LIMIT") => {
                    options.limit = (integer(start)?, integer(count)?);
                    args = rest;
                }
                [target, rest @ ..] if is(word, "STORE") && may_store => {
                    options.store = Some(target);
                    args = rest;
                }
                [pattern, rest @ ..] if is(word, "BY") => {
                    options.by = Some(pattern);
                    args = rest;
                }
                [pattern, rest @ ..] if is(word, "GET") => {
                    options.get.push(pattern);
                    args = rest;
                }
                _ => return Err(Error::SYNTAX),
            }
        }
        Ok(options)
    }

    /// Whether the client may read keys that no argument names: in a cluster nobody, elsewhere who may read all keys.
    fn check_patterns(&self, ctx: &mut Ctx<'_>) -> Result<(), Error> {
        let by = self.by.is_some_and(|pattern| pattern.contains(&b'*'));
        let option = match (by, self.get.is_empty()) {
            (true, _) => "BY",
            (false, false) => "GET",
            (false, true) => return Ok(()),
        };
        if ctx.engine().cluster.is_some() {
            return Err(Error::new(format!("ERR {option} option of SORT denied in Cluster mode.")));
        }
        if !ctx.client().user.may_read_all_keys() {
            return Err(Error::new(format!(
                "ERR {option} option of SORT denied due to insufficient ACL permissions."
            )));
        }
        Ok(())
    }

    /// The elements to answer with, of so many.
    fn range(&self, length: usize) -> std::ops::Range<usize> {
        let clamp = |at: i64| usize::try_from(at.max(0)).unwrap_or(usize::MAX).min(length);
        let start = clamp(self.limit.0);
        let count = if self.limit.1 < 0 { length } else { clamp(self.limit.1) };
        start..start.saturating_add(count).min(length)
    }
}

type Element = Box<[u8]>;

fn sort(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    sort_with(ctx, args[1], &Options::parse(&args[2..], true)?)
}

fn sort_ro(ctx: &mut Ctx<'_>, args: &[&[u8]]) -> Result<(), Error> {
    sort_with(ctx, args[1], &Options::parse(&args[2..], false)?)
}

fn sort_with(ctx: &mut Ctx<'_>, key: &[u8], options: &Options<'_>) -> Result<(), Error> {
    options.check_patterns(ctx)?;
    let elements = sorted(ctx, key, options)?;
    let patterns: Vec<Pattern<'_>> = options.get.iter().map(|pattern| Pattern::new(pattern)).collect();
    let count = elements.len() * patterns.len().max(1);
    let Some(target) = options.store else {
        ctx.out.array(count);
        for element in &elements {
            if patterns.is_empty() {
                ctx.out.bulk(element);
            }
            for pattern in &patterns {
                let found = pattern.look_up(ctx, element);
                ctx.out.bulk_or_null(found.as_deref());
            }
        }
        return Ok(());
    };
    let mut list = List::default();
    for element in elements {
        for pattern in &patterns {
            // What isn't there is the empty string in a list.
            list.items.push_back(pattern.look_up(ctx, &element).unwrap_or_default().into());
        }
        if patterns.is_empty() {
            list.items.push_back(element);
        }
    }
    store(ctx, target, list);
    ctx.out.count(count);
    Ok(())
}

fn store(ctx: &mut Ctx<'_>, target: &[u8], list: List) {
    if list.items.is_empty() {
        if ctx.db.remove(target).is_some() {
            ctx.touched(Class::GENERIC, "del", target);
        }
        return;
    }
    ctx.db.set(target, Value::List(Box::new(list)), Expiry::Never);
    ctx.touched(Class::LIST, "sortstore", target);
}

/// The elements in their new order, as many as are asked for.
fn sorted(ctx: &mut Ctx<'_>, key: &[u8], options: &Options<'_>) -> Result<Vec<Element>, Error> {
    let unsorted = options.by.is_some_and(|pattern| !pattern.contains(&b'*'));
    let is_set = matches!(ctx.db.value(key), Some(Value::Set(_)));
    // The order of a set is nobody's business, but what is stored must not depend on it.
    let forced = unsorted && is_set && (options.store.is_some() || ctx.is_nested());
    if unsorted && !forced {
        return in_own_order(ctx, key, options);
    }
    let elements = elements(ctx, key)?;
    let by = options.by.filter(|_| !forced).map(Pattern::new);
    let mut weights = Vec::with_capacity(elements.len());
    for element in &elements {
        weights.push(match &by {
            Some(pattern) => pattern.look_up(ctx, element),
            None => None,
        });
    }
    let weight = |index: usize| match &by {
        Some(_) => weights[index].as_deref(),
        None => Some(&elements[index][..]),
    };
    let mut places: Vec<usize> = (0..elements.len()).collect();
    if options.alphabetic || forced {
        // Compared by C's rules for text, unless it is stored.
        let cut = |text| if options.store.is_some() { text } else { c_string(text) };
        let text: Vec<Option<&[u8]>> = (0..elements.len()).map(|index| weight(index).map(cut)).collect();
        order(&mut places, options, |a, b| text[a].cmp(&text[b]));
    } else {
        let scores: Option<Vec<f64>> =
            (0..elements.len()).map(|index| weight(index).map_or(Some(0.0), score)).collect();
        let scores = scores.ok_or(Error::text("ERR One or more scores can't be converted into double"))?;
        order(&mut places, options, |a, b| {
            scores[a].total_cmp(&scores[b]).then_with(|| elements[a].cmp(&elements[b]))
        });
    }
    let mut elements = elements;
    Ok(places[options.range(elements.len())]
        .iter()
        .map(|place| std::mem::take(&mut elements[*place]))
        .collect())
}

fn order(places: &mut [usize], options: &Options<'_>, compare: impl Fn(usize, usize) -> Ordering) {
    places.sort_by(|a, b| if options.descending { compare(*b, *a) } else { compare(*a, *b) });
}

/// All elements, in their own order.
fn elements(ctx: &mut Ctx<'_>, key: &[u8]) -> Result<Vec<Element>, Error> {
    Ok(match ctx.db.value_mut(key) {
        None => Vec::new(),
        Some(Value::List(list)) => list.items.iter().cloned().collect(),
        Some(Value::Set(set)) => set.in_order().map(Element::from).collect(),
        Some(Value::ZSet(zset)) => {
            // Redis sorts no listpack.
            zset.skiplist = true;
            zset.iter().map(|(_, member)| (**member).into()).collect()
        }
        Some(_) => return Err(Error::WRONG_TYPE),
    })
}

/// The elements that are asked for when nothing is sorted.
fn in_own_order(ctx: &mut Ctx<'_>, key: &[u8], options: &Options<'_>) -> Result<Vec<Element>, Error> {
    Ok(match ctx.db.value_mut(key) {
        Some(Value::List(list)) => {
            let (length, range) = (list.items.len(), options.range(list.items.len()));
            if options.descending {
                list.items.range(length - range.end..length - range.start).rev().cloned().collect()
            } else {
                list.items.range(range).cloned().collect()
            }
        }
        Some(Value::ZSet(zset)) => {
            zset.skiplist = true;
            let (length, range) = (zset.len(), options.range(zset.len()));
            let copy = |(_, member): &(f64, std::rc::Rc<[u8]>)| -> Element { (**member).into() };
            if options.descending {
                zset.range(length - range.end..length - range.start).rev().map(copy).collect()
            } else {
                zset.range(range).map(copy).collect()
            }
        }
        _ => {
            let all = elements(ctx, key)?;
            let range = options.range(all.len());
            all.into_iter().skip(range.start).take(range.len()).collect()
        }
    })
}

/// What C takes for the text: up to the first zero byte.
fn c_string(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// A number as `strtod` reads it: spaces before it are fine, and nothing at all is zero.
fn score(text: &[u8]) -> Option<f64> {
    let text = c_string(text);
    if text.is_empty() {
        return Some(0.0);
    }
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t'..=b'\r'))?;
    // What has lost digits for being so small counts as out of range; and both zeros are one.
    parse_f64(&text[start..]).filter(|it| *it == 0.0 || it.is_infinite() || it.is_normal()).map(|it| it + 0.0)
}
