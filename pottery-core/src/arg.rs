use serde::Serialize;
use std::borrow::Cow;
use std::sync::Arc;

/// What may be passed where a value of type `T` is wanted: a `T`, a reference to one, or what it borrows as, so that
/// a `List<String>` takes `"x"` and a `Map<u64, _>` takes `7` or `&7`.
///
/// It is like `Borrow`, with another promise: the argument has the same *bytes* as the `T` it stands for, under every
/// codec. (`[u8; 4]` borrows as `[u8]`, but serde writes the one without a length and the other with one.)
///
/// | wanted | may be given, beside a `T`, `&T` and `&&T` |
/// |---|---|
/// | `String` | `&str`, `&&str`, `Cow<str>`, `&Cow<str>`, `char` |
/// | `Box<str>`, `Arc<str>`, `Cow<'static, str>` | `&str`, `&&str` |
/// | `Vec<T>` | `&[T]`, `&[T; N]` |
#[diagnostic::on_unimplemented(
    message = "a `{T}` is wanted here, and `{Self}` cannot stand for one",
    label = "expected `{T}`, `&{T}` or what it borrows as"
)]
pub trait Arg<T> {
    /// What is serialized.
    #[doc(hidden)]
    type __As: Serialize + ?Sized + 'static;

    /// It.
    #[doc(hidden)]
    fn __as(&self) -> &Self::__As;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Arg<T> for T {
    type __As = T;

    fn __as(&self) -> &T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Arg<T> for &T {
    type __As = T;

    fn __as(&self) -> &T {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Arg<T> for &&T {
    type __As = T;

    fn __as(&self) -> &T {
        self
    }
}

macro_rules! as_str {
    ($($wanted:ty: $($given:ty)*;)*) => { $($(
        #[diagnostic::do_not_recommend]
        impl Arg<$wanted> for $given {
            type __As = str;

            fn __as(&self) -> &str {
                self
            }
        }
    )*)* };
}

as_str! {
    String: &str &&str Cow<'_, str> &Cow<'_, str>;
    Box<str>: &str &&str;
    Arc<str>: &str &&str;
    Cow<'static, str>: &str &&str;
}

/// Every serde format of pottery's writes a character as the text it is.
#[diagnostic::do_not_recommend]
impl Arg<String> for char {
    type __As = char;

    fn __as(&self) -> &char {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static> Arg<Vec<T>> for &[T] {
    type __As = [T];

    fn __as(&self) -> &[T] {
        self
    }
}

/// As the slice, since serde writes an array as a tuple.
#[diagnostic::do_not_recommend]
impl<T: Serialize + 'static, const N: usize> Arg<Vec<T>> for &[T; N] {
    type __As = [T];

    fn __as(&self) -> &[T] {
        self.as_slice()
    }
}

#[cfg(test)]
mod tests {
    use super::Arg;
    use crate::codec::{Codec, Native};
    use serde::Serialize;
    use std::borrow::Cow;

    fn bytes<C: Codec, T: Serialize + ?Sized + 'static>(value: &T) -> [Vec<u8>; 3] {
        let mut all = [const { Vec::new() }; 3];
        C::encode(value, &mut all[0]).expect("encodes");
        C::encode_member(value, &mut all[1]).expect("encodes");
        C::encode_field(value, &mut all[2]).expect("encodes");
        all
    }

    fn stands_for<T: Serialize + 'static>(arg: impl Arg<T>, value: &T) {
        assert_eq!(bytes::<Native, _>(arg.__as()), bytes::<Native, T>(value));
        #[cfg(feature = "json")]
        assert_eq!(bytes::<crate::codec::Json, _>(arg.__as()), bytes::<crate::codec::Json, T>(value));
        #[cfg(feature = "msgpack")]
        assert_eq!(
            bytes::<crate::codec::MessagePack, _>(arg.__as()),
            bytes::<crate::codec::MessagePack, T>(value)
        );
        #[cfg(feature = "postcard")]
        assert_eq!(bytes::<crate::codec::Postcard, _>(arg.__as()), bytes::<crate::codec::Postcard, T>(value));
    }

    #[test]
    #[allow(clippy::needless_borrows_for_generic_args, reason = "borrowed arguments are what is tried")]
    fn every_argument_has_the_bytes_of_the_value_it_stands_for() {
        stands_for(7, &7_u64);
        stands_for(&7, &7_u64);
        stands_for(&&7, &7_u64);
        for text in ["", "x", "é", "😀 \" \u{7f}"] {
            let owned = text.to_owned();
            stands_for::<String>(text, &owned);
            stands_for::<String>(&text, &owned);
            stands_for::<String>(&owned, &owned);
            stands_for::<String>(Cow::Borrowed(text), &owned);
            stands_for::<String>(&Cow::Borrowed(text), &owned);
            stands_for::<String>(Cow::Owned(owned.clone()), &owned);
            stands_for::<Box<str>>(text, &text.into());
            stands_for::<Box<str>>(&text, &text.into());
            stands_for::<Cow<'static, str>>(text, &Cow::Owned(owned.clone()));
            #[cfg(feature = "rc")]
            stands_for::<std::sync::Arc<str>>(text, &text.into());
        }
        for char in ['x', 'é', '\u{7f}', '"', '😀'] {
            stands_for::<String>(char, &char.to_string());
        }
        stands_for::<Vec<u64>>([1, 2].as_slice(), &vec![1, 2]);
        stands_for::<Vec<u64>>(&[1, 2], &vec![1, 2]);
        stands_for::<Vec<u8>>(b"bytes", &b"bytes".to_vec());
        stands_for::<Vec<u8>>(&[0, 255][..], &vec![0, 255]);
        stands_for::<Vec<String>>(&[String::new()], &vec![String::new()]);
        stands_for::<Option<u8>>(Some(1), &Some(1));
        stands_for::<Option<String>>(&None, &None);
    }

    #[test]
    fn literals_and_iterators_infer() {
        fn push<T: Serialize + 'static>(_: impl Arg<T>) {}
        fn extend<T: Serialize + 'static, I: IntoIterator<Item: Arg<T>>>(_: I) {}
        push::<String>("x");
        push::<i64>(-3);
        push::<f32>(0.5);
        push::<Option<u8>>(None);
        extend::<String, _>(["a", "b"]);
        extend::<String, _>(["a", "b"].iter());
        extend::<String, _>("a b".split(' '));
        extend::<String, _>(&vec![String::new()]);
        extend::<u64, _>(1..5);
        extend::<u64, _>([1, 2].iter().filter(|number| **number > 1));
    }
}
