//! Types of other crates that have a readable form.

#![cfg(any(
    feature = "uuid",
    feature = "chrono",
    feature = "time",
    feature = "bytes",
    feature = "rust_decimal"
))]

use super::{decode, encode, encode_field, with_each_codec};
use crate::codec::{Codec, Native};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Holder<T> {
    before: u8,
    value: T,
    list: Vec<T>,
    maybe: Option<T>,
}

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Wrapper<T>(T);

fn readable<T>(value: T, text: impl AsRef<[u8]>)
where
    T: Serialize + DeserializeOwned + Clone + PartialEq + Debug + 'static,
{
    let text = text.as_ref();
    assert_eq!(encode::<Native, _>(&value), text, "{value:?}: {}", String::from_utf8_lossy(text));
    assert_eq!(decode::<Native, T>(text), value);
    assert_eq!(encode_field::<Native, _>(&Some(value.clone())).as_deref(), Some(text));
    assert_eq!(Native::decode_field::<Option<T>>(Some(text)).expect("decodes"), Some(value.clone()));
    assert_eq!(encode::<Native, _>(&Wrapper(value.clone())), text);
    assert_eq!(decode::<Native, Wrapper<T>>(text).0, value);

    fn within<C: Codec, T>(value: T)
    where
        T: Serialize + DeserializeOwned + Clone + PartialEq + Debug + 'static,
    {
        assert_eq!(decode::<C, T>(&encode::<C, _>(&value)), value);
        let holder =
            Holder { before: 1, value: value.clone(), list: vec![value.clone()], maybe: Some(value) };
        assert_eq!(decode::<C, Holder<T>>(&encode::<C, _>(&holder)), holder);
    }
    with_each_codec!(within[_](value.clone()));
}

#[cfg(feature = "uuid")]
#[test]
fn a_uuid_is_its_text() {
    let uuid = uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    readable(uuid, "01234567-89ab-cdef-0123-456789abcdef");
}

#[cfg(feature = "chrono")]
#[test]
fn chrono_times_are_their_text() {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
    let utc = DateTime::<Utc>::from_timestamp(1_700_000_000, 5_000_000).expect("in range");
    readable(utc, "2023-11-14T22:13:20.005Z");
    let naive: NaiveDateTime = utc.naive_utc();
    readable(naive, "2023-11-14T22:13:20.005");
    readable::<NaiveDate>(naive.date(), "2023-11-14");
    readable::<NaiveTime>(naive.time(), "22:13:20.005");
}

#[cfg(feature = "time")]
#[test]
fn times_of_the_time_crate_are_their_text() {
    use time::{Duration, Month, OffsetDateTime, UtcOffset, Weekday};
    let utc = OffsetDateTime::from_unix_timestamp(1_700_000_000).expect("in range");
    readable(utc, "2023-11-14 22:13:20.0 +00:00:00");
    readable(utc.date(), "2023-11-14");
    readable(utc.time(), "22:13:20.0");
    readable(time::PrimitiveDateTime::new(utc.date(), utc.time()), "2023-11-14 22:13:20.0");
    readable(UtcOffset::UTC, "+00:00:00");
    readable(Weekday::Monday, "Monday");
    readable(Month::May, "May");
    readable(Duration::milliseconds(1500), "1.500000000");
}

#[cfg(feature = "bytes")]
#[test]
fn bytes_are_raw() {
    readable(bytes::Bytes::from_static(b"\0\xffa"), b"\0\xffa");
    readable(bytes::Bytes::new(), b"");
}

#[cfg(feature = "rust_decimal")]
#[test]
fn a_decimal_is_its_text() {
    use rust_decimal::Decimal;
    readable(Decimal::new(12_345_600, 4), "1234.5600");
    readable(Decimal::MIN, "-79228162514264337593543950335");
}
