use super::canonical::{Rules, inspect};
use super::error::harmless;
use super::float::{self, Whole};
use super::guard::{Guard, Root};
use super::{Codec, CodecError, check_read_len, whole};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::error::Category;
use serde_json::ser::Formatter;
use std::io::{self, Write};
use std::marker::PhantomData;

/// JSON, byte for byte as Python's `json.dumps` writes it, and so as Python's Pottery does: keys, members and values
/// alike. A set that both sides write to holds every member once.
///
/// Infinities and NaN are refused. `Some(None)` reads back as `None`, since JSON has one `null`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json;

impl Codec for Json {
    const NAME: &'static str = "json";
    const HUMAN_READABLE: bool = true;

    fn encode<T: Serialize + ?Sized + 'static>(value: &T, out: &mut Vec<u8>) -> Result<(), CodecError> {
        write(value, out, false)
    }

    fn decode<T: DeserializeOwned + 'static>(bytes: &[u8]) -> Result<T, CodecError> {
        check_read_len::<T>(Self::NAME, bytes)?;
        let guard = Guard::new(bytes.len());
        let root = Root { guard: &guard, bare: false, value: PhantomData };
        let mut reader = serde_json::Deserializer::from_slice(bytes);
        let value = root.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
        value.map_err(|error| {
            let text = error.to_string();
            let why = match error.classify() {
                Category::Data => guard.tripped().unwrap_or_else(|| harmless(&text)),
                // These are serde_json's own words about the syntax, with the position.
                _ => return CodecError::undecodable::<T>(Self::NAME, bytes.len(), text),
            };
            let why = format_args!("{why} (found at line {}, column {})", error.line(), error.column());
            CodecError::undecodable::<T>(Self::NAME, bytes.len(), why)
        })
    }

    fn encode_member<T: Serialize + ?Sized + 'static>(
        value: &T,
        out: &mut Vec<u8>,
    ) -> Result<(), CodecError> {
        write(value, out, true)
    }
}

fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>, canonical: bool) -> Result<(), CodecError> {
    let unencodable = |error: CodecError| CodecError::unencodable::<T>(Json::NAME, error);
    let seen = inspect(value, Rules { canonical, finite: true, human_readable: true, positional: false })
        .map_err(unencodable)?;
    whole(out, |out| {
        let start = out.len();
        let mut serializer = serde_json::Serializer::with_formatter(&mut *out, Python);
        value.serialize(&mut serializer).map_err(|error| {
            let why = match error.classify() {
                Category::Data => "its `Serialize` implementation refused".to_owned(),
                _ => error.to_string(),
            };
            CodecError::unencodable::<T>(Json::NAME, why)
        })?;
        seen.check_len(out.len() - start).map_err(unencodable)
    })
}

/// The layout of `json.dumps` with its defaults: a space after `,` and `:`, nothing but ASCII, floats as `repr`.
struct Python;

impl Python {
    fn separate<W: ?Sized + Write>(writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn float<W: ?Sized + Write>(writer: &mut W, value: impl ryu::Float) -> io::Result<()> {
        let mut text = Vec::with_capacity(32);
        float::write(value, Whole::Pointed, &mut text);
        writer.write_all(&text)
    }
}

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        Self::separate(writer, first)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        Self::separate(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_f32<W: ?Sized + Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        Self::float(writer, value)
    }

    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        Self::float(writer, value)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Quotes, backslashes and control characters come another way; DEL does not, and Python escapes it.
        let printable = |char: char| char.is_ascii() && char != '\x7f';
        let mut rest = fragment;
        while let Some(at) = rest.find(|char| !printable(char)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            let escaped = &rest[at..];
            let end = escaped.find(printable).unwrap_or(escaped.len());
            for unit in escaped[..end].encode_utf16() {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &escaped[end..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Json;
    use crate::codec::Codec;
    use serde::Serialize;
    use std::collections::BTreeMap;

    fn text<T: Serialize + ?Sized + 'static>(value: &T) -> String {
        let mut out = Vec::new();
        Json::encode(value, &mut out).expect("encodes");
        String::from_utf8(out).expect("ASCII")
    }

    /// The right-hand sides were printed by Python 3.11's `json.dumps`.
    #[test]
    fn json_is_what_python_writes() {
        #[derive(Serialize)]
        struct Mixed {
            a: u8,
            b: (u8, f64, Option<u8>, bool),
        }
        assert_eq!(text(&Mixed { a: 1, b: (1, 2.5, None, true) }), r#"{"a": 1, "b": [1, 2.5, null, true]}"#);
        assert_eq!(text("é"), r#""\u00e9""#);
        assert_eq!(text("a😀b"), r#""a\ud83d\ude00b""#);
        assert_eq!(text("\u{7f}~\u{0}\u{1f}/"), r#""\u007f~\u0000\u001f/""#);
        assert_eq!(text("\"\\\n\r\t\u{8}\u{c}"), r#""\"\\\n\r\t\b\f""#);
        assert_eq!(text("日本 ö"), r#""\u65e5\u672c \u00f6""#);
        assert_eq!(text(&1.0), "1.0");
        assert_eq!(text(&1e16), "1e+16");
        assert_eq!(text(&1.5e-7), "1.5e-07");
        assert_eq!(text(&-0.0), "-0.0");
        assert_eq!(text(&u64::MAX), "18446744073709551615");
        assert_eq!(text(&Vec::<u8>::new()), "[]");
        assert_eq!(text(&BTreeMap::<String, u8>::new()), "{}");
        assert_eq!(text(&BTreeMap::from([("é", vec![[1]]), ("x", vec![])])), r#"{"x": [], "\u00e9": [[1]]}"#);
        assert_eq!(text(&BTreeMap::from([(1, true), (2, false)])), r#"{"1": true, "2": false}"#);
        assert_eq!(text(&'é'), text("é"));
    }

    #[test]
    fn infinities_and_nan_are_refused_wherever_they_are() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut out = b"before".to_vec();
            Json::encode(&value, &mut out).expect_err("not JSON");
            Json::encode(&vec![Some(value)], &mut out).expect_err("not JSON");
            assert_eq!(out, b"before");
        }
        for text in ["NaN", "Infinity", "-Infinity", "1e999"] {
            Json::decode::<f64>(text.as_bytes()).expect_err("not JSON");
        }
    }

    #[test]
    fn an_error_gives_the_place_and_not_the_data() {
        #[derive(serde::Deserialize, Debug)]
        #[allow(dead_code, reason = "only its shape matters")]
        struct Named {
            name: u8,
        }
        let error = Json::decode::<Named>(br#"{"name": "hunter2"}"#).expect_err("not a number").to_string();
        assert!(!error.contains("hunter2") && error.contains("column"), "{error}");
        let error = Json::decode::<Named>(b"{}").expect_err("no name").to_string();
        assert!(error.contains("missing field `name`"), "{error}");
        let error = Json::decode::<Named>(br#"{"name": 1} hunter2"#).expect_err("more").to_string();
        assert!(!error.contains("hunter2") && error.contains("trailing characters"), "{error}");
    }
}
