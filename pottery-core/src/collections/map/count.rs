//! Numbers in a hash, counted with by the server.

use crate::arg::Arg;
use crate::codec::{Codec, Value};
use crate::collections::number::{self, Float, Integer};
use crate::command::Command;
use crate::decode::{Number, One};
use crate::request::Request;
use crate::script::Script;

use super::Map;

impl<K: Value, V: Value, C: Codec> Map<K, V, C> {
    /// Adds `by` to the number at a key, which counts from 0 if it is not there, and returns the sum. Exact up to the
    /// ends of `V`, and of `i64`. `HINCRBY`, O(1); for types other than `i64` in a script that also reads the number
    /// before, O(1).
    ///
    /// # Errors
    /// `Overflow` if the sum is not a `V`, or not an `i64`: the number stays as it was. `Decode` if what is stored is
    /// not an integer. `Misuse` for a codec that does not store numbers as text. `Encode` if the key has no encoding.
    ///
    /// ```no_run
    /// # #[cfg(feature = "blocking")] fn main() -> pottery_core::Result<()> {
    /// # let store = pottery_core::Store::open("redis://127.0.0.1/")?;
    /// let stats = store.map::<String, u8>("stats");
    /// assert_eq!(stats.incr("strength", 250).wait()?, 250);
    /// let error = stats.incr("strength", 6).wait().unwrap_err();
    /// assert_eq!(error.kind(), pottery_core::ErrorKind::Overflow);
    /// # Ok(()) }
    /// # #[cfg(not(feature = "blocking"))] fn main() {}
    /// ```
    pub fn incr(&self, key: impl Arg<K>, by: i64) -> Command<V>
    where
        V: Integer,
    {
        static INCR: Script = Script::new(include_str!("../../scripts/map_incr.lua"));
        if let Err(error) = number::countable::<C>() {
            return Command::refused(self.place(), error);
        }
        let request = match number::room::<V>(by) {
            None => Request::write().command("HINCRBY", |a| {
                a.key(self.key()).member::<C, _>(key.__as()).int(by);
            }),
            Some((least, most)) => Request::write().eval(&INCR, &[self.key()], |a| {
                a.member::<C, _>(key.__as()).int(by).int(least).int(most);
            }),
        };
        Command::new::<Number<V>>(self.place(), request.bears(self.place()))
    }

    /// Adds `by` to the number at a key, which counts from 0 if it is not there, and returns the sum. The server adds
    /// in at least 64 bits of precision and keeps 17 digits behind the decimal point: `0.1` and `0.2` make `0.3`, and
    /// what is smaller than 10⁻¹⁷ becomes 0. A script of `HGET` and `HINCRBYFLOAT`, O(1).
    ///
    /// # Errors
    /// `Overflow` if the sum is not a finite `V`: the number stays as it was. `Encode` if `by` is NaN or infinite, or
    /// if the key has no encoding. `Decode` if what is stored is not a number. `Misuse` for a codec that does not
    /// store numbers as text.
    pub fn incr_float(&self, key: impl Arg<K>, by: f64) -> Command<V>
    where
        V: Float,
    {
        static INCR_FLOAT: Script = Script::new(include_str!("../../scripts/map_incr_float.lua"));
        let by = match number::countable::<C>().and_then(|()| number::finite(by)) {
            Ok(by) => by,
            Err(error) => return Command::refused(self.place(), error),
        };
        let request = Request::write().eval(&INCR_FLOAT, &[self.key()], |a| {
            let mut text = ryu::Buffer::new();
            a.member::<C, _>(key.__as()).raw(text.format_finite(by).as_bytes());
            a.raw(text.format_finite(V::__MOST).as_bytes());
        });
        Command::new::<One<V, C>>(self.place(), request.bears(self.place()))
    }
}
