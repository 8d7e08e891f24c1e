//! The numbers that scripts take for random: `math.random` gives the same ones after every start of the server, as in
//! Redis.

use std::cell::Cell;

use mlua::{Lua, Result};

use super::raise::{self, Args};

/// The generator of C's `lrand48`, which Redis brings along.
#[derive(Debug)]
pub(super) struct Random(Cell<u64>);

const MULTIPLIER: u64 = 0x5_DEEC_E66D;
const INCREMENT: u64 = 0xB;
const MASK: u64 = (1 << 48) - 1;

impl Random {
    pub(super) fn new() -> Random {
        Random(Cell::new(0x1234_ABCD_330E))
    }

    /// Goes on where another has come to.
    pub(super) fn follow(&self, other: &Random) {
        self.0.set(other.0.get());
    }

    pub(super) fn seed(&self, seed: i32) {
        self.0.set((u64::from(seed as u32) << 16) | 0x330E);
    }

    /// The next of 2^31 numbers.
    fn next(&self) -> i32 {
        let state = self.0.get().wrapping_mul(MULTIPLIER).wrapping_add(INCREMENT) & MASK;
        self.0.set(state);
        (state >> 17) as i32
    }

    /// `math.random`
    pub(super) fn random(&self, lua: &Lua, args: &Args) -> Result<f64> {
        let limit = f64::from(i32::MAX);
        let fraction = f64::from(self.next() % i32::MAX) / limit;
        match args.len() {
            0 => Ok(fraction),
            1 => {
                let high = args.integer(lua, 1)? as i32;
                if high < 1 {
                    return Err(raise::bad_argument(lua, 1, "interval is empty"));
                }
                Ok((fraction * f64::from(high)).floor() + 1.0)
            }
            2 => {
                let low = args.integer(lua, 1)? as i32;
                let high = args.integer(lua, 2)? as i32;
                if low > high {
                    return Err(raise::bad_argument(lua, 2, "interval is empty"));
                }
                let width = high.wrapping_sub(low).wrapping_add(1);
                Ok((fraction * f64::from(width)).floor() + f64::from(low))
            }
            _ => Err(raise::text(lua, "wrong number of arguments")),
        }
    }

    /// `math.randomseed`
    pub(super) fn randomseed(&self, lua: &Lua, args: &Args) -> Result<()> {
        self.seed(args.integer(lua, 1)? as i32);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_real_server() {
        let random = Random::new();
        let fraction = f64::from(random.next() % i32::MAX) / f64::from(i32::MAX);
        assert_eq!((fraction * 1000.0).floor() + 1.0, 397.0);
    }
}
