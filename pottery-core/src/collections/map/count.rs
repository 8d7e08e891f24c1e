//! Numbers in a hash, counted with by the server.

use crate::arg::Arg;
use crate::codec::Codec;
use crate::collections::number::{self, FloatingPoint, Int, Spot};
use crate::command::Command;
use crate::storable::Storable;

use super::Map;

impl<K: Storable, V: Storable, C: Codec> Map<K, V, C> {
    /// Adds `by` to the number at a key, which counts from 0 if it is not there, and returns the sum. Exact up to the
    /// ends of `V`. A time to live of the entry stays. `HINCRBY`, O(1); for types other than `i64` in a script that also reads
    /// the number before, O(1).
    ///
    /// # Errors
    /// `Overflow` if the sum is not a `V`: the number stays as it was. `Decode` if what is stored is
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
        V: Int,
    {
        match number::countable::<C>(self.place()) {
            Ok(()) => Spot::in_hash(self.place(), |a| _ = a.member::<C, _>(key.__as())).add(by),
            Err(error) => Command::refused(self.place(), error),
        }
    }

    /// Adds `by` to the number at a key, which counts from 0 if it is not there, and returns the sum. The server adds
    /// in at least 64 bits of precision and keeps 17 digits behind the decimal point: `0.1` and `0.2` make `0.3`, and
    /// what is smaller than 10⁻¹⁷ becomes 0. A script of `HGET` and `HINCRBYFLOAT`, O(1).
    ///
    /// # Errors
    /// `Overflow` if the sum is not a finite `V`: the number stays as it was. `Misuse` if `by` is NaN or infinite, or
    /// for a codec that does not store numbers as text. `Decode` if what is stored is not a number. `Encode` if the
    /// key has no encoding.
    pub fn incr_float(&self, key: impl Arg<K>, by: f64) -> Command<V>
    where
        V: FloatingPoint,
    {
        match number::countable::<C>(self.place()) {
            Ok(()) => Spot::in_hash(self.place(), |a| _ = a.member::<C, _>(key.__as())).add(by),
            Err(error) => Command::refused(self.place(), error),
        }
    }
}
