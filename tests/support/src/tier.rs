//! How much a test does: a little on every change, a lot every night.

use std::env;

/// Which run this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// On every change; all tests together take minutes.
    Pr,
    /// Every night, or by hand with `scripts/test nightly`.
    Nightly,
}

/// The tier named by the environment variable `POTTERY_TIER` (`pr` or `nightly`); [`Tier::Pr`] without it.
///
/// # Panics
/// When the variable holds anything else: a misspelt tier must not quietly run the small one.
pub fn tier() -> Tier {
    match env::var("POTTERY_TIER").as_deref() {
        Err(_) | Ok("" | "pr") => Tier::Pr,
        Ok("nightly") => Tier::Nightly,
        Ok(other) => panic!("POTTERY_TIER is {other:?}; it may be pr or nightly"),
    }
}

/// The count for this run: `pr` on every change, `nightly` every night.
pub fn scale<T>(pr: T, nightly: T) -> T {
    match tier() {
        Tier::Pr => pr,
        Tier::Nightly => nightly,
    }
}
