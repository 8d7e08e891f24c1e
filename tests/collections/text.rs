//! Texts, changed in place and into new keys.

use std::time::Duration;

use pottery::{ErrorKind, Outcome, Text};
use pottery_test_support::{scale, shared, unique};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::common_store as store;
use crate::list::foreign::{FOREIGN, make_foreign, wrong_type};

fn text(content: &str) -> Text {
    let text = store().text(unique("text"));
    text.set(content).wait().unwrap();
    text
}

#[test]
fn it_is_changed_in_place() {
    let text = store().text(unique("text"));
    assert_eq!(text.get().wait().unwrap(), "");
    assert!(!text.exists().wait().unwrap());
    assert_eq!(text.append("né").wait().unwrap(), 3);
    assert_eq!(text.prepend("«").wait().unwrap(), 5);
    assert_eq!(text.append("e»").wait().unwrap(), 8);
    assert_eq!(text.get().wait().unwrap(), "«née»");
    assert_eq!((text.len().wait().unwrap(), text.char_count().wait().unwrap()), (8, 5));
    assert_eq!(text.insert(3, "iè").wait().unwrap(), 11);
    assert_eq!(text.get().wait().unwrap(), "«nièée»");
    assert_eq!(text.replace_range(2..4, "").wait().unwrap(), 9);
    assert_eq!(text.replace_range(2..=3, "ab").wait().unwrap(), 9);
    assert_eq!(text.get().wait().unwrap(), "«abée»");
    assert_eq!(text.find("é").wait().unwrap(), Some(4));
    assert_eq!(text.find("").wait().unwrap(), Some(0));
    assert!(text.contains("ée").wait().unwrap());
    assert!(!text.contains("%a").wait().unwrap(), "no pattern");
    assert_eq!(text.char_at(4).wait().unwrap(), Some('é'));
    assert_eq!(text.char_at(2).wait().unwrap(), Some('a'));
    assert_eq!(text.char_at(9).wait().unwrap(), None);
    text.truncate(100).wait().unwrap();
    text.truncate(4).wait().unwrap();
    assert_eq!(text.repeat(3).wait().unwrap(), 12);
    assert!(text.content_eq("«ab«ab«ab").wait().unwrap());
    assert!(!text.content_eq("«ab").wait().unwrap());
    assert_eq!(text.swap("new").wait().unwrap(), "«ab«ab«ab");
    assert_eq!(text.take().wait().unwrap(), "new");
    assert_eq!(text.take().wait().unwrap(), "");
    text.create("x").wait().unwrap();
    assert_eq!(text.create("y").wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert!(text.clear().wait().unwrap());
    assert!(text.is_empty().wait().unwrap());
}

#[test]
fn an_empty_text_is_stored() {
    let text = text("");
    assert!(text.exists().wait().unwrap());
    assert!(text.is_empty().wait().unwrap());
    text.set("abc").wait().unwrap();
    text.replace_range(.., "").wait().unwrap();
    assert!(text.exists().wait().unwrap());
    text.set("abc").wait().unwrap();
    assert_eq!(text.repeat(0).wait().unwrap(), 0);
    assert!(text.exists().wait().unwrap());
    assert_eq!(text.get_range(..).wait().unwrap(), "");
}

#[test]
fn what_changes_nothing_makes_no_text() {
    let text = store().text(unique("text"));
    text.truncate(0).wait().unwrap();
    text.prepend("").wait().unwrap();
    text.replace_range(.., "").wait().unwrap();
    assert!(!text.exists().wait().unwrap());
    text.create("").wait().unwrap();
    assert!(text.exists().wait().unwrap());
}

#[test]
fn no_character_is_torn() {
    let text = text("aé😀z");
    for error in [
        text.get_range(2..).wait().map(drop),
        text.get_range(..2).wait().map(drop),
        text.get_range(3..=5).wait().map(drop),
        text.char_at(2).wait().map(drop),
        text.insert(5, "x").wait().map(drop),
        text.truncate(4).wait(),
        text.replace_range(2..3, "x").wait().map(drop),
        text.replace_range(1..2, "x").wait().map(drop),
    ] {
        let error = error.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::Misuse, Outcome::NotApplied), "{error}");
    }
    for error in [text.insert(9, "x").wait(), text.replace_range(3..20, "x").wait()] {
        assert_eq!(error.unwrap_err().kind(), ErrorKind::IndexOutOfRange);
    }
    #[allow(clippy::reversed_empty_ranges, reason = "it is tried")]
    let reversed = text.replace_range(3..1, "x");
    assert_eq!(reversed.wait().unwrap_err().kind(), ErrorKind::Misuse);
    assert_eq!(text.get().wait().unwrap(), "aé😀z");
    assert_eq!(text.get_range(1..7).wait().unwrap(), "é😀");
    assert_eq!(text.get_range(3..100).wait().unwrap(), "😀z");
    assert_eq!(text.get_range(50..).wait().unwrap(), "");
    assert_eq!(text.get_range(2..2).wait().unwrap(), "");
}

#[test]
fn what_would_be_too_long_is_refused() {
    let text = text("0123456789");
    let error = text.repeat(100_000_000).wait().unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Overflow, Outcome::NotApplied));
    assert_eq!(text.len().wait().unwrap(), 10);
}

#[test]
fn long_texts_are_edited_like_short_ones() {
    let mut model = "é😀x".repeat(100_000);
    let text = text(&model);
    assert_eq!(text.char_count().wait().unwrap(), 300_000);
    text.replace_range(7..350_000, "middle").wait().unwrap();
    model.replace_range(7..350_000, "middle");
    assert!(text.content_eq(model.clone()).wait().unwrap());
    assert_eq!(text.find("middle").wait().unwrap(), model.find("middle"));
}

#[test]
fn others_are_made_of_a_text_that_stays() {
    let (name, key) = (store().value::<String>(unique("text")), || unique("made"));
    assert_eq!(name.append_to(key(), "x").wait().unwrap_err().kind(), ErrorKind::NotFound);
    name.set("née").wait().unwrap();
    let content = |made: pottery::Value<String>| made.get().wait().unwrap().unwrap();
    assert_eq!(content(name.append_to(key(), "!").wait().unwrap()), "née!");
    assert_eq!(content(name.prepend_to(key(), "¡").wait().unwrap()), "¡née");
    assert_eq!(content(name.repeat_to(key(), 2).wait().unwrap()), "néenée");
    assert_eq!(content(name.repeat_to(key(), 0).wait().unwrap()), "");
    assert_eq!(content(name.replace_range_to(key(), 1..3, "e").wait().unwrap()), "nee");
    assert_eq!(name.replace_range_to(key(), 2.., "").wait().unwrap_err().kind(), ErrorKind::Misuse);
    let taken = key();
    store().list::<u8>(&taken).push(1).wait().unwrap();
    assert_eq!(name.append_to(&taken, "x").wait().unwrap_err().kind(), ErrorKind::KeyExists);
    assert_eq!(store().list::<u8>(&taken).len().wait().unwrap(), 1);
    assert_eq!(content(name), "née");
}

#[test]
fn what_is_no_text_is_an_error_and_stays() {
    let text = text("");
    shared().cli(&[&b"SET"[..], text.key().as_bytes(), b"\xff\xfeabc"]);
    assert_eq!(text.get().wait().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(text.get_range(0..1).wait().unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(text.get_range(2..).wait().unwrap(), "abc");
    assert_eq!(text.len().wait().unwrap(), 5);
}

#[test]
fn another_type_at_the_key_is_an_error_and_stays() {
    let text = text("");
    let name = text.key().to_string();
    let value = store().value::<String>(text.key());
    for command in &FOREIGN[1..] {
        let dump = make_foreign(&name, command);
        wrong_type! { &*name, dump;
            text.get();
            text.swap("x");
            text.take();
            text.len();
            text.is_empty();
            text.char_count();
            text.content_eq("x");
            text.append("x");
            text.prepend("x");
            text.insert(0, "x");
            text.get_range(..);
            text.get_range(0..0);
            text.char_at(0);
            text.replace_range(.., "x");
            text.truncate(0);
            text.repeat(2);
            text.contains("x");
            text.find("x");
            value.append_to(unique("made"), "x");
        }
        assert_eq!(text.create("x").wait().unwrap_err().kind(), ErrorKind::KeyExists);
    }
}

#[test]
fn a_time_to_live_stays() {
    let text = text("abc");
    text.expire(Duration::from_secs(100)).wait().unwrap();
    text.append("d").wait().unwrap();
    text.prepend("d").wait().unwrap();
    text.set("abc").wait().unwrap();
    text.repeat(2).wait().unwrap();
    text.truncate(1).wait().unwrap();
    assert!(text.ttl().wait().unwrap().unwrap() > Duration::from_secs(50));
}

#[test]
fn it_is_the_same_awaited_in_transactions_and_in_pipelines() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let text = text("b");
        let batch = || (text.append("c"), text.prepend("a"), text.get(), text.contains("b"));
        assert_eq!(store().transaction(batch()).await.unwrap(), (2, 3, "abc".into(), true));
        assert_eq!(store().pipeline(batch()).await.unwrap(), (4, 5, "aabcc".into(), true));
        assert_eq!(text.insert(1, "-").await.unwrap(), 6);
    });
}

#[derive(Clone, Debug)]
enum Op {
    Set(String),
    Append(String),
    Prepend(String),
    Insert(usize, String),
    Replace(usize, usize, String),
    Read(usize, usize),
    Truncate(usize),
    Repeat(usize),
    Find(String),
}

fn piece() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "é", "😀", "\0", "%", "\r\n"]), 0..4)
        .prop_map(|pieces| pieces.concat())
}

fn op() -> impl Strategy<Value = Op> {
    let at = || 0..24_usize;
    prop_oneof![
        1 => piece().prop_map(Op::Set),
        2 => piece().prop_map(Op::Append),
        2 => piece().prop_map(Op::Prepend),
        3 => (at(), piece()).prop_map(|(at, text)| Op::Insert(at, text)),
        3 => (at(), at(), piece()).prop_map(|(a, b, text)| Op::Replace(a.min(b), a.max(b), text)),
        3 => (at(), at()).prop_map(|(a, b)| Op::Read(a.min(b), a.max(b))),
        1 => at().prop_map(Op::Truncate),
        1 => (0..3_usize).prop_map(Op::Repeat),
        1 => piece().prop_map(Op::Find),
    ]
}

proptest! {
    #![proptest_config(Config { cases: scale(100, 5000), failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_text_does_what_a_string_does(ops in prop::collection::vec(op(), 1..60)) {
        let (text, mut model) = (text(""), String::new());
        for op in ops {
            match op {
                Op::Set(new) => {
                    text.set(&new).wait().unwrap();
                    model = new;
                }
                Op::Append(more) => {
                    model.push_str(&more);
                    assert_eq!(text.append(&more).wait().unwrap(), model.len());
                }
                Op::Prepend(more) => {
                    model.insert_str(0, &more);
                    assert_eq!(text.prepend(&more).wait().unwrap(), model.len());
                }
                Op::Insert(at, more) => {
                    let result = text.insert(at, &more).wait().map_err(|error| error.kind());
                    let expected = match (at <= model.len(), model.is_char_boundary(at)) {
                        (false, _) => Err(ErrorKind::IndexOutOfRange),
                        (_, false) => Err(ErrorKind::Misuse),
                        _ => {
                            model.insert_str(at, &more);
                            Ok(model.len())
                        }
                    };
                    assert_eq!(result, expected);
                }
                Op::Replace(from, to, with) => {
                    let result = text.replace_range(from..to, &with).wait().map_err(|error| error.kind());
                    let whole = model.is_char_boundary(from) && model.is_char_boundary(to);
                    let expected = match (to <= model.len(), whole) {
                        (false, _) => Err(ErrorKind::IndexOutOfRange),
                        (_, false) => Err(ErrorKind::Misuse),
                        _ => {
                            model.replace_range(from..to, &with);
                            Ok(model.len())
                        }
                    };
                    assert_eq!(result, expected);
                }
                Op::Read(from, to) => {
                    let result = text.get_range(from..to).wait().map_err(|error| error.kind());
                    let (begin, end) = (from.min(model.len()), to.min(model.len()));
                    let expected = match model.get(begin..end) {
                        _ if begin == end => Ok(String::new()),
                        Some(part) => Ok(part.to_owned()),
                        None => Err(ErrorKind::Misuse),
                    };
                    assert_eq!(result, expected, "{from}..{to} of {model:?}");
                }
                Op::Truncate(len) => {
                    let result = text.truncate(len).wait().map_err(|error| error.kind());
                    if len > model.len() || model.is_char_boundary(len) {
                        model.truncate(len);
                        assert_eq!(result, Ok(()));
                    } else {
                        assert_eq!(result, Err(ErrorKind::Misuse));
                    }
                }
                Op::Repeat(times) => {
                    if model.len() < 200 {
                        model = model.repeat(times);
                        assert_eq!(text.repeat(times).wait().unwrap(), model.len());
                    }
                }
                Op::Find(part) => {
                    assert_eq!(text.find(&part).wait().unwrap(), model.find(&part));
                    assert_eq!(text.char_count().wait().unwrap(), model.chars().count());
                }
            }
            assert_eq!(text.get().wait().unwrap(), model);
        }
    }
}
