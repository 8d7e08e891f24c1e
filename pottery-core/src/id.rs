//! Ids: what distinguishes the objects of a model, and how it stands in their keys.

use crate::error::{Error, ErrorKind, Result};

/// What can be the id of a model: integers, `char`, `bool`, `String`, `Uuid` (feature `uuid`), tuples of them, and newtypes
/// over them with `#[derive(RedisId)]`.
///
/// The escape is injective and reversible: no id breaks out of its braces, none is empty, no two share a key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the id of a model",
    label = "not an integer, `String`, `Uuid`, a tuple of those or a newtype over one",
    note = "if the type is a newtype of yours, add `#[derive(RedisId)]` to it"
)]
pub trait RedisId: Clone + Send + Sync + Sized + 'static {
    /// What a caller hands over: `7` for a number, `&str` for a `String`, a tuple of those for a tuple.
    type Arg<'a>;
    /// Of how many parts, with colons between them, the id consists in keys.
    #[doc(hidden)]
    const __PARTS: usize = 1;
    #[doc(hidden)]
    fn __from_arg(arg: Self::Arg<'_>) -> Self;
    /// Appends the id as it stands in keys.
    #[doc(hidden)]
    fn __write(&self, out: &mut String);
    /// Appends the argument as it stands in keys, like `__write` does the id.
    #[doc(hidden)]
    fn __write_arg(arg: &Self::Arg<'_>, out: &mut String);
    /// Reads back what `__write` appended.
    #[doc(hidden)]
    fn __read(text: &str) -> Option<Self>;
}

/// Copies an id, for the derive: an id that cannot be copied is then refused at its type alone.
#[doc(hidden)]
pub fn clone_id<I: RedisId>(id: &I) -> I {
    id.clone()
}

macro_rules! plain_id {
    ($($t:ty),*) => {$(
        impl RedisId for $t {
            type Arg<'a> = $t;
            fn __from_arg(arg: $t) -> $t {
                arg
            }
            fn __write(&self, out: &mut String) {
                out.push_str(itoa::Buffer::new().format(*self));
            }
            fn __write_arg(arg: &$t, out: &mut String) {
                arg.__write(out);
            }
            fn __read(text: &str) -> Option<$t> {
                let id: $t = text.parse().ok()?;
                // "+7" and "07" parse as well, and are not what was written
                (itoa::Buffer::new().format(id) == text).then_some(id)
            }
        }
    )*};
}

plain_id!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl RedisId for bool {
    type Arg<'a> = bool;
    fn __from_arg(arg: bool) -> bool {
        arg
    }
    fn __write(&self, out: &mut String) {
        out.push(if *self { '1' } else { '0' });
    }
    fn __write_arg(arg: &bool, out: &mut String) {
        arg.__write(out);
    }
    fn __read(text: &str) -> Option<bool> {
        match text {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        }
    }
}

impl RedisId for char {
    type Arg<'a> = char;
    fn __from_arg(arg: char) -> char {
        arg
    }
    fn __write(&self, out: &mut String) {
        escape(self.encode_utf8(&mut [0; 4]), out);
    }
    fn __write_arg(arg: &char, out: &mut String) {
        arg.__write(out);
    }
    fn __read(text: &str) -> Option<char> {
        unescape(text)?.parse().ok()
    }
}

impl RedisId for String {
    type Arg<'a> = &'a str;
    fn __from_arg(arg: &str) -> String {
        arg.to_owned()
    }
    fn __write(&self, out: &mut String) {
        escape(self, out);
    }
    fn __write_arg(arg: &&str, out: &mut String) {
        escape(arg, out);
    }
    fn __read(text: &str) -> Option<String> {
        unescape(text)
    }
}

#[cfg(feature = "uuid")]
impl RedisId for uuid::Uuid {
    type Arg<'a> = uuid::Uuid;
    fn __from_arg(arg: uuid::Uuid) -> uuid::Uuid {
        arg
    }
    fn __write(&self, out: &mut String) {
        out.push_str(self.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()));
    }
    fn __write_arg(arg: &uuid::Uuid, out: &mut String) {
        arg.__write(out);
    }
    fn __read(text: &str) -> Option<uuid::Uuid> {
        uuid::Uuid::try_parse(text).ok().filter(|id| id.hyphenated().to_string() == text)
    }
}

macro_rules! tuple_id {
    ($first:ident 0 $(, $name:ident $index:tt)+) => {
        impl<$first: RedisId $(, $name: RedisId)+> RedisId for ($first, $($name,)+) {
            type Arg<'a> = ($first::Arg<'a>, $($name::Arg<'a>,)+);
            const __PARTS: usize = $first::__PARTS $(+ $name::__PARTS)+;
            fn __from_arg(arg: Self::Arg<'_>) -> Self {
                ($first::__from_arg(arg.0), $($name::__from_arg(arg.$index),)+)
            }
            fn __write(&self, out: &mut String) {
                self.0.__write(out);
                $(out.push(':'); self.$index.__write(out);)+
            }
            fn __write_arg(arg: &Self::Arg<'_>, out: &mut String) {
                $first::__write_arg(&arg.0, out);
                $(out.push(':'); $name::__write_arg(&arg.$index, out);)+
            }
            fn __read(text: &str) -> Option<Self> {
                let mut rest = Some(text);
                let id = (
                    $first::__read(take_parts(&mut rest, $first::__PARTS)?)?,
                    $($name::__read(take_parts(&mut rest, $name::__PARTS)?)?,)+
                );
                rest.is_none().then_some(id)
            }
        }
    };
}

tuple_id!(A 0, B 1);
tuple_id!(A 0, B 1, C 2);
tuple_id!(A 0, B 1, C 2, D 3);

/// The next so many parts of an id that consists of several, without the colon behind them.
fn take_parts<'a>(rest: &mut Option<&'a str>, parts: usize) -> Option<&'a str> {
    let text = (*rest)?;
    match text.match_indices(':').nth(parts.checked_sub(1)?) {
        Some((at, _)) => {
            *rest = Some(&text[at + 1..]);
            Some(&text[..at])
        }
        None => rest.take(),
    }
}

/// Appends `text` so that it holds no brace, no colon, no control character, and is not empty.
///
/// What must not stand is percent-encoded, and so is the percent sign; a lone `%` is the empty text.
pub(crate) fn escape(text: &str, out: &mut String) {
    if text.is_empty() {
        out.push('%');
    }
    for c in text.chars() {
        if matches!(c, '{' | '}' | ':' | '%') || c.is_ascii_control() {
            let byte = c as u8;
            for digit in [byte >> 4, byte & 15] {
                out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
            let at = out.len() - 2;
            out.insert(at, '%');
        } else {
            out.push(c);
        }
    }
}

/// What [`escape`] made this of, if it did.
pub(crate) fn unescape(text: &str) -> Option<String> {
    if text == "%" {
        return Some(String::new());
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        plain.push_str(&rest[..at]);
        let digits = rest.get(at + 1..at + 3)?;
        plain.push(char::from(u8::from_str_radix(digits, 16).ok()?));
        rest = &rest[at + 3..];
    }
    plain.push_str(rest);
    // only what escape writes is read: `%41` and `%2f` are not
    let mut again = String::with_capacity(text.len());
    escape(&plain, &mut again);
    (again == text).then_some(plain)
}

/// The id in an object's key, or an error that shows the key's tag.
pub(crate) fn read<I: RedisId>(text: &str) -> Result<I> {
    I::__read(text).ok_or_else(|| {
        Error::new(ErrorKind::Decode, format!("`{}` is not an id of this model", text.escape_debug()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written<I: RedisId>(id: &I) -> String {
        let mut text = String::new();
        id.__write(&mut text);
        text
    }

    #[test]
    fn tuples_nest_and_are_read_back() {
        type Nested = ((u8, String), (char, (i64, bool)));
        let id: Nested = ((7, "a:b{c}%".into()), (':', (-5, true)));
        let text = written(&id);
        assert_eq!(text, "7:a%3Ab%7Bc%7D%25:%3A:-5:1");
        assert_eq!(Nested::__read(&text), Some(id));
        for wrong in ["", "7", "7:a:b:-5", "7:a:b:-5:1:2", "07:a:b:-5:1", "7:a:b:-5:2"] {
            assert_eq!(Nested::__read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_is_written_is_read() {
        for text in ["%41", "%2f", "%", "a%", "%zz", "{", ":"] {
            let read = String::__read(text);
            assert!(read.is_none_or(|id| written(&id) == text), "{text}");
        }
        assert_eq!(String::__read("%"), Some(String::new()));
    }
}
