//! Random tests that can be repeated.

use std::{env, thread};

use fastrand::Rng;

/// The number that all randomness of one test comes from.
///
/// Taken from the environment variable `POTTERY_SEED`, or drawn. When the test panics while the seed is alive, it
/// prints the variable to set in order to repeat the run.
#[derive(Debug)]
pub struct Seed(u64);

impl Seed {
    /// The seed from `POTTERY_SEED`, or a fresh one.
    ///
    /// # Panics
    /// When the variable isn't a decimal number.
    #[expect(clippy::new_without_default, reason = "a default that differs from call to call would mislead")]
    pub fn new() -> Seed {
        match env::var("POTTERY_SEED") {
            Ok(text) => Seed(text.parse().expect("POTTERY_SEED must be a number from 0 to 2^64 - 1")),
            Err(_) => Seed(fastrand::u64(..)),
        }
    }

    /// A fixed seed, for a case that once failed.
    pub fn of(value: u64) -> Seed {
        Seed(value)
    }

    /// The number itself.
    pub fn value(&self) -> u64 {
        self.0
    }

    /// A generator that depends only on the seed.
    pub fn rng(&self) -> Rng {
        Rng::with_seed(self.0)
    }

    /// A generator for the `index`th worker, which depends only on the seed and the index, so that the order in which
    /// threads start changes nothing.
    pub fn rng_for(&self, index: u64) -> Rng {
        // An odd multiplier maps different indexes to different seeds.
        Rng::with_seed(self.0 ^ (index + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("to repeat this run: POTTERY_SEED={}", self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_always_gives_the_same_numbers() {
        let (mut one, mut two) = (Seed::of(7).rng(), Seed::of(7).rng());
        assert!((0..100).all(|_| one.u64(..) == two.u64(..)));
        assert_ne!(Seed::of(7).rng_for(0).u64(..), Seed::of(7).rng_for(1).u64(..));
    }
}
