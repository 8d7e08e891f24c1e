//! Texts: strings that are changed in place.

use std::ops::{Bound, RangeBounds};

use super::keyed::Keyed;
use super::value::Value;
use crate::codec::Native;
use crate::command::Command;
use crate::decode::{Bytes, Decode, Done, Flag, Index, Maybe, Number};
use crate::error::{Error, ErrorKind, Result};
use crate::key::Key;
use crate::place::Place;
use crate::reply::{Reply, Step};
use crate::request::{Arguments, Request};
use crate::script::Script;
use crate::store::Store;

/// A text at a key that is changed in place: a Redis string of UTF-8, like a `String` of the program's.
///
/// As with `String`, indexes and lengths are in bytes, and no operation tears a character: a place in the middle of
/// one is a [`Misuse`](crate::ErrorKind::Misuse) error, found before anything is changed. [`char_count`](Text::char_count)
/// counts characters. No text counts as an empty one; other than a collection, an empty text that was stored is a key.
///
/// Whatever an operation does, it does atomically and in one round trip. All of them fail with
/// [`WrongType`](crate::ErrorKind::WrongType) if something else than a string is at the key, except
/// [`set`](Text::set), which replaces it; those that read fail with [`Decode`](crate::ErrorKind::Decode) if what they
/// read is no UTF-8. A time to live stays.
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let song = store.text("song");
/// song.set("Everything in its place").wait()?;
/// song.insert(18, "right ").wait()?;
/// assert_eq!(song.get_range(11..).wait()?, "in its right place");
/// song.replace_range(..10, "Nothing").wait()?;
/// assert!(song.contains("Nothing in").wait()?);
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
///
/// A text that stays as it is, and of which others are made, is a [`Value<String>`](crate::Value):
/// [`append_to`](crate::Value::append_to) and its neighbours.
#[must_use]
pub struct Text {
    at: Keyed,
}

super::plain::plain_handle!(Text);

impl Store {
    /// The text at a key. Nothing is sent.
    pub fn text(&self, key: impl Into<Key>) -> Text {
        self.handle(key)
    }
}

/// A whole text: that of no key is empty.
pub(crate) struct Whole;

impl Decode for Whole {
    type Output = String;
    type Partial = ();
    fn resume((): &mut (), reply: &mut Reply<'_>) -> Step<String> {
        Maybe::<String, Native>::resume(&mut (), reply).map(Option::unwrap_or_default)
    }
}

impl Text {
    /// The text; an empty one if there is none. `GET`, O(n).
    pub fn get(&self) -> Command<String> {
        let request = Request::read().command("GET", |a| _ = a.key(self.key()));
        Command::new::<Whole>(self.place(), request)
    }

    /// Stores a text in place of whatever was there, also an empty one; a time to live stays. `SET key text KEEPTTL`,
    /// O(n).
    pub fn set(&self, text: impl AsRef<str>) -> Command<()> {
        self.put::<Done>(text.as_ref(), |a| _ = a.raw(b"KEEPTTL"))
    }

    /// Stores a text where there must be none. `SET key text NX`, O(n).
    ///
    /// # Errors
    /// `KeyExists` if anything is at the key; it is not touched.
    pub fn create(&self, text: impl AsRef<str>) -> Command<()> {
        self.put::<Flag>(text.as_ref(), |a| _ = a.raw(b"NX")).try_map(|stored| match stored {
            true => Ok(()),
            false => Err(Error::not_applied(ErrorKind::KeyExists, "there is a text already")),
        })
    }

    /// Stores a text and returns the one before, an empty one if there was none. `SET key text KEEPTTL GET`, O(n).
    ///
    /// # Errors
    /// `Decode` if what was there is no text; it is replaced all the same.
    pub fn swap(&self, text: impl AsRef<str>) -> Command<String> {
        self.put::<Maybe<String, Native>>(text.as_ref(), |a| _ = a.raw(b"KEEPTTL").raw(b"GET"))
            .mapped(Option::unwrap_or_default)
    }

    /// Removes the text and returns it. `GETDEL`, O(n).
    pub fn take(&self) -> Command<String> {
        let request = Request::write().command("GETDEL", |a| _ = a.key(self.key()));
        Command::new::<Whole>(self.place(), request)
    }

    /// How many bytes the text has. `STRLEN`, O(1).
    pub fn len(&self) -> Command<usize> {
        let request = Request::read().command("STRLEN", |a| _ = a.key(self.key()));
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Whether the text is empty, or there is none. `STRLEN`, O(1).
    pub fn is_empty(&self) -> Command<bool> {
        self.len().mapped(|len| len == 0)
    }

    /// How many characters the text has. One script, O(n) on the server; the text does not travel.
    pub fn char_count(&self) -> Command<usize> {
        static CHARS: Script = Script::new(include_str!("../scripts/text_chars.lua"));
        Command::new::<Number<usize>>(self.place(), Request::read().eval(&CHARS, &[self.key()], |_| {}))
    }

    /// Whether the text is this one. `GET`, O(n).
    pub fn content_eq(&self, text: impl Into<String>) -> Command<bool> {
        let text = text.into();
        self.get().mapped(move |found| found == text)
    }

    /// Appends to the text, and says how many bytes it has then. `APPEND`, O(1) for each byte appended.
    pub fn append(&self, text: impl AsRef<str>) -> Command<usize> {
        let request = Request::write()
            .command("APPEND", |a| _ = a.key(self.key()).raw(text.as_ref().as_bytes()))
            .bears(self.place());
        Command::new::<Number<usize>>(self.place(), request)
    }

    /// Puts something before the text, and says how many bytes it has then. One script, O(n).
    pub fn prepend(&self, text: impl AsRef<str>) -> Command<usize> {
        self.edit(Edit::Splice(0, Some(0), text.as_ref()))
    }

    /// Inserts something at a byte of the text, and says how many bytes it has then. One script, O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if the text is shorter; `Misuse` if the byte is in the middle of a character.
    pub fn insert(&self, index: usize, text: impl AsRef<str>) -> Command<usize> {
        self.edit(Edit::Splice(index, Some(index), text.as_ref()))
    }

    /// The part of the text between two bytes: `..5`, `3..`, `2..=4`. What lies behind the end is left out, and
    /// of a range that ends before it begins there is nothing. `GETRANGE`, O(n) in the bytes read.
    ///
    /// # Errors
    /// `Misuse` if the range begins or ends in the middle of a character.
    pub fn get_range(&self, range: impl RangeBounds<usize>) -> Command<String> {
        let Some((from, last)) = inclusive(&range) else { return self.nothing() };
        self.read(from, last).try_map(|bytes| whole_characters(bytes.unwrap_or_default()))
    }

    /// The character that begins at a byte; `None` at the end of the text and behind it. `GETRANGE`, O(1).
    ///
    /// # Errors
    /// `Misuse` if the byte is in the middle of a character.
    pub fn char_at(&self, index: usize) -> Command<Option<char>> {
        let last = index.saturating_add(3);
        self.read(clamp(index), clamp(last)).try_map(|bytes| {
            let mut bytes = bytes.unwrap_or_default();
            let length = match bytes.first() {
                None | Some(..=0x7f) => 1,
                Some(..=0xdf) => 2,
                Some(..=0xef) => 3,
                _ => 4,
            };
            bytes.truncate(length);
            Ok(whole_characters(bytes)?.chars().next())
        })
    }

    /// Puts something in the place of a part of the text, which may be shorter, as long or longer, and says how many
    /// bytes the text has then. One script, O(n).
    ///
    /// # Errors
    /// `IndexOutOfRange` if the text is shorter; `Misuse` if the range begins or ends in the middle of a character, or
    /// ends before it begins.
    pub fn replace_range(&self, range: impl RangeBounds<usize>, with: impl AsRef<str>) -> Command<usize> {
        match part(&range) {
            Ok((from, to)) => self.edit(Edit::Splice(from, to, with.as_ref())),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Shortens the text to so many bytes; a shorter one stays as it is. One script, O(n).
    ///
    /// # Errors
    /// `Misuse` if that is in the middle of a character.
    pub fn truncate(&self, len: usize) -> Command<()> {
        self.edit(Edit::Splice(len, None, "")).map(drop).recover(|error| match error.kind() {
            ErrorKind::IndexOutOfRange => Ok(()),
            _ => Err(error),
        })
    }

    /// Makes the text `times` times itself, and says how many bytes it has then. One script, O(n · times).
    ///
    /// # Errors
    /// `Overflow` if that would be more than the 512 MiB of a Redis string: nothing is changed then.
    pub fn repeat(&self, times: usize) -> Command<usize> {
        self.edit(Edit::Repeat(times))
    }

    /// Whether something is a part of the text. One script, O(n) on the server; the text does not travel.
    pub fn contains(&self, part: impl AsRef<str>) -> Command<bool> {
        self.find(part).mapped(|at| at.is_some())
    }

    /// The byte at which something is in the text for the first time. One script, O(n) on the server; the text does not
    /// travel.
    pub fn find(&self, part: impl AsRef<str>) -> Command<Option<usize>> {
        static FIND: Script = Script::new(include_str!("../scripts/text_find.lua"));
        let request = Request::read().eval(&FIND, &[self.key()], |a| _ = a.raw(part.as_ref().as_bytes()));
        Command::new::<Index>(self.place(), request)
    }

    fn edit(&self, edit: Edit<'_>) -> Command<usize> {
        Command::new::<Number<usize>>(self.place(), edit.request(&[self.key()]).bears(self.place()))
    }

    fn read(&self, from: i64, last: i64) -> Command<Option<Vec<u8>>> {
        let request = Request::read().command("GETRANGE", |a| _ = a.key(self.key()).int(from).int(last));
        Command::new::<Bytes>(self.place(), request)
    }

    /// An empty range, which still sees whether there is something else than a string.
    fn nothing(&self) -> Command<String> {
        self.len().mapped(|_| String::new())
    }

    fn put<D>(&self, text: &str, options: impl FnOnce(&mut Arguments<'_>)) -> Command<D::Output>
    where
        D: Decode + 'static,
        D::Output: Send + 'static,
    {
        let request = Request::write().command("SET", |a| {
            a.key(self.key()).raw(text.as_bytes());
            options(a);
        });
        Command::new::<D>(self.place(), request.bears(self.place()))
    }
}

/// Others made of a text, which stays as it is: each goes to a key where there is nothing yet, in one script, and is
/// answered with a handle on it. On a cluster both keys must be in one slot. A text that is changed in place is a
/// [`Text`].
///
/// ```no_run
/// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
/// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
/// let name = store.value::<String>("name");
/// name.set("Raj").wait()?;
/// let cheer = name.append_to("cheer", "! ").wait()?.repeat_to("cheers", 3).wait()?;
/// assert_eq!(cheer.get().wait()?.as_deref(), Some("Raj! Raj! Raj! "));
/// assert_eq!(name.get().wait()?.as_deref(), Some("Raj"));
/// # Ok(()) }
/// # #[cfg(not(feature = "blocking"))] fn main() {}
/// ```
impl Value<String> {
    /// This text with another behind it, at a new key. One script, O(n).
    ///
    /// # Errors
    /// `NotFound` if there is no text here; `KeyExists` if anything is at the new key.
    pub fn append_to(&self, key: impl Into<Key>, text: impl AsRef<str>) -> Command<Value<String>> {
        self.made(key, Edit::Splice(usize::MAX, None, text.as_ref()))
    }

    /// This text with another before it, at a new key. One script, O(n).
    ///
    /// # Errors
    /// As with [`append_to`](Value::append_to).
    pub fn prepend_to(&self, key: impl Into<Key>, text: impl AsRef<str>) -> Command<Value<String>> {
        self.made(key, Edit::Splice(0, Some(0), text.as_ref()))
    }

    /// This text so many times, at a new key. One script, O(n · times).
    ///
    /// # Errors
    /// As with [`append_to`](Value::append_to), and `Overflow` if that would be more than 512 MiB.
    pub fn repeat_to(&self, key: impl Into<Key>, times: usize) -> Command<Value<String>> {
        self.made(key, Edit::Repeat(times))
    }

    /// This text with something in the place of a part of it, from byte to byte, at a new key. One script, O(n).
    ///
    /// # Errors
    /// As with [`append_to`](Value::append_to); `IndexOutOfRange` if the text is shorter, `Misuse` if the range begins
    /// or ends in the middle of a character.
    pub fn replace_range_to(
        &self,
        key: impl Into<Key>,
        range: impl RangeBounds<usize>,
        with: impl AsRef<str>,
    ) -> Command<Value<String>> {
        match part(&range) {
            Ok((from, to)) => self.made(key, Edit::Splice(from, to, with.as_ref())),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    fn made(&self, key: impl Into<Key>, edit: Edit<'_>) -> Command<Value<String>> {
        let store = self.place().store();
        let made = Value::open(Place::free(store, key.into()));
        let request = edit.request(&[self.key(), made.key()]);
        Command::new::<Number<usize>>(self.place(), request).map(|_| made)
    }
}

/// What is done with a text.
enum Edit<'a> {
    /// From byte to byte, without an end to the end. `usize::MAX` begins at the end as well.
    Splice(usize, Option<usize>, &'a str),
    Repeat(usize),
}

impl Edit<'_> {
    fn request(&self, keys: &[&Key]) -> Request {
        static TEXT: Script = Script::new(include_str!("../scripts/text.lua"));
        Request::write().eval(&TEXT, keys, |a| match self {
            Edit::Splice(from, to, with) => {
                let from = if *from == usize::MAX { -1 } else { clamp(*from) };
                a.raw(b"splice").int(from).int(to.map_or(-1, clamp)).raw(with.as_bytes());
            }
            Edit::Repeat(times) => _ = a.raw(b"repeat").int(clamp(*times)),
        })
    }
}

/// More than a Redis string can have, and exact in Lua.
const FAR: u64 = 1 << 40;

fn clamp(number: usize) -> i64 {
    (number as u64).min(FAR) as i64
}

/// Where a range begins, and the byte behind its end.
fn part(range: &impl RangeBounds<usize>) -> Result<(usize, Option<usize>)> {
    let from = match range.start_bound() {
        Bound::Included(from) => *from,
        Bound::Excluded(before) => before.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let to = match range.end_bound() {
        Bound::Included(last) => Some(last.saturating_add(1)),
        Bound::Excluded(to) => Some(*to),
        Bound::Unbounded => None,
    };
    match to {
        Some(to) if to < from => Err(Error::misuse("a range cannot end before it begins")),
        _ => Ok((from.min(usize::MAX - 1), to)),
    }
}

/// Where a range begins, and its last byte as `GETRANGE` has it; `None` if it is empty.
fn inclusive(range: &impl RangeBounds<usize>) -> Option<(i64, i64)> {
    let (from, to) = part(range).ok()?;
    match to {
        None => Some((clamp(from), -1)),
        Some(to) if to > from => Some((clamp(from), clamp(to - 1))),
        Some(_) => None,
    }
}

/// The text of a part, which has not torn anything.
fn whole_characters(bytes: Vec<u8>) -> Result<String> {
    let is_later_byte = |byte: &u8| (0x80..0xc0).contains(byte);
    if bytes.first().is_some_and(is_later_byte) {
        return Err(Error::misuse("the range begins in the middle of a character"));
    }
    String::from_utf8(bytes).map_err(|error| match error.utf8_error().error_len() {
        None => Error::misuse("the range ends in the middle of a character"),
        Some(_) => Error::new(ErrorKind::Decode, "what is stored is no UTF-8"),
    })
}
